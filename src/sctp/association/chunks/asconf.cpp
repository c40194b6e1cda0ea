// ASCONF: the peer's addresses come and go (RFC 5061 §5.2, §5.3).
#include "sctp/addresses.hpp"
#include "sctp/association/address_changes.hpp"
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/causes.hpp>
#include <hawser/wire/sctp/parameters.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {

using wire::sctp::AddressRequest;
using wire::sctp::AddressResponse;
using wire::sctp::CauseCode;
using wire::sctp::ChunkType;
using wire::sctp::Parameter;
using wire::sctp::ParameterType;

namespace {

/// No packet is as large (RFC 5061 §5.1.1 C5), and an answer to more might be no chunk.
constexpr std::size_t kAsconfBytesMax = 8192;

/// Of a TLV that cannot be read, too: RFC 5061 §5.2 V3.
std::uint32_t correlation_of(const Parameter& parameter) {
    return wire::Reader{parameter.value}.u32();
}

void write_error(wire::Writer& out, const Parameter& about, CauseCode code) {
    std::vector<std::byte> cause(about.whole.size() + wire::sctp::kTlvHeaderBytes);
    wire::Writer in{cause};
    wire::sctp::write_item(in, code, about.whole);
    AddressResponse{ParameterType::error_cause_indication, correlation_of(about), in.output()}
        .write(out);
}

void write_success(wire::Writer& out, const Parameter& about) {
    AddressResponse{ParameterType::success_indication, correlation_of(about), {}}.write(out);
}

bool changes_addresses(ParameterType type) {
    return type == ParameterType::add_ip_address || type == ParameterType::delete_ip_address;
}

AsconfResult refused(CauseCode code) {
    return {.error = code};
}

} // namespace

Verdict Association::on_asconf(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    if (!transfer_->negotiated.asconf) return on_unknown(chunk);
    if (chunk.value.size() > kAsconfBytesMax) return Verdict::malformed;
    const auto asked = wire::sctp::Asconf::parse(chunk.value);
    if (!asked) return Verdict::malformed;
    AddressExchange& exchange = address_exchange();
    const std::uint64_t packet =
        std::uint64_t{arrived_from_} << 56 | asker().traffic.packets_received;
    const bool is_first = std::exchange(exchange.packet, packet) != packet;
    if (asked->number == exchange.expected) {
        // §5.2 E1: who asks this alone has heard all answers before it.
        if (is_first) exchange.answers.clear();
        if (exchange.answers.size() >= AddressExchange::kAnswersMax)
            exchange.answers.erase(exchange.answers.begin());
        exchange.answers.push_back({asked->number, answer_to(*asked, arrival)});
        exchange.expected = asked->number.next();
    }
    const auto known =
        std::ranges::find(exchange.answers, asked->number, &AddressExchange::Answer::number);
    if (known == exchange.answers.end()) return Verdict::unexpected; // E2, E5
    // E7: what does not fit into one packet is told when it is asked for again.
    const std::size_t around = wire::sctp::kCommonHeaderBytes + auth_bytes(ChunkType::asconf_ack);
    auto& responses = exchange.responses;
    if (responses.empty() ||
        around + responses.size() + known->chunk.size() <= current().packet_bytes)
        responses.insert(responses.end(), known->chunk.begin(), known->chunk.end());
    return Verdict::accepted;
}

/// §5.2 E4: one after the other, and what is not spoken of has succeeded.
std::vector<std::byte> Association::answer_to(const wire::sctp::Asconf& asked,
                                              const Arrival& arrival) {
    // An error is its TLV and 12 bytes around it, a success is 8 for a TLV of 8 or more.
    std::size_t bytes = 2 * wire::sctp::kTlvHeaderBytes;
    wire::sctp::Parameters sizes{asked.parameters};
    while (const auto parameter = sizes.next())
        bytes += wire::sctp::padded(parameter->whole.size()) + 3 * wire::sctp::kTlvHeaderBytes;
    std::vector<std::byte> ack(bytes);
    wire::Writer out{ack};
    wire::sctp::write_chunk(out, ChunkType::asconf_ack, 0, [&](wire::Writer& to) {
        to.u32(asked.number.value);
        std::optional<CauseCode> failing; // §5.3 F11: the first refusal is that of all after it
        bool any_failed = false;
        wire::sctp::Parameters walker{asked.parameters};
        while (const auto parameter = walker.next()) {
            const bool changes = changes_addresses(parameter->type);
            const AsconfResult result =
                changes && failing ? refused(*failing) : perform(*parameter, arrival);
            if (changes && result.error) failing = result.error;
            if (result.error && result.reported) write_error(to, *parameter, *result.error);
            if (!result.error && any_failed) write_success(to, *parameter); // §5.1 A7
            any_failed |= result.error.has_value();
            if (!result.goes_on) break;
        }
    });
    HAWSER_ASSERT(out.ok());
    ack.resize(out.written());
    return ack;
}

AsconfResult Association::perform(const Parameter& parameter, const Arrival& arrival) {
    const auto request = AddressRequest::parse(parameter);
    if (!request && request.error().code == Errc::invalid_argument) { // §5.2 V2
        const auto action = wire::sctp::unknown_action(parameter.type);
        return {.error = CauseCode::unrecognized_parameters,
                .goes_on = action.skip,
                .reported = action.report};
    }
    if (!request) return refused(CauseCode::unresolvable_address);
    const Address& source = arrival.datagram.path.remote;
    const Address& address = request->address.is_unspecified() ? source : request->address;
    switch (request->type) {
    case ParameterType::add_ip_address: return add_address(address, arrival);
    case ParameterType::delete_ip_address: return delete_address(request->address, arrival);
    default: return make_primary(address);
    }
}

AsconfResult Association::add_address(const Address& address, const Arrival& arrival) {
    const Path& path = arrival.datagram.path;
    Destinations& known = sender_->destinations();
    if (known.find(address) != nullptr) return {};
    if (!is_of_one_host(address)) return refused(CauseCode::unresolvable_address); // §4.2.1
    if (!may_be_added(shared_.options, address, path.remote))
        return refused(CauseCode::no_authorization);
    if (known.size() >= shared_.options.peer_addresses_max) // F9
        return refused(CauseCode::out_of_resource_for_asconf);
    const bool is_source = address.is_same_host(path.remote);
    const std::uint16_t port = is_source ? path.remote.port() : current().path.remote.port();
    const Address remote = address.host().with_port(port);
    const Address local = is_source && may_send_from(path.local)
                              ? path.local
                              : source_to(remote, current().path.local);
    Destination& added = known.add({path.protocol, local, remote}, shared_.options, arrival.now);
    shared_.events.push_back(PathChanged{id_, added.path, PathChanged::State::added});
    schedule_heartbeat(added, arrival.now); // F14
    return {};
}

/// §5.3 F7, F8. One that the peer does not have is gone already.
AsconfResult Association::delete_address(const Address& address, const Arrival& arrival) {
    Destinations& known = sender_->destinations();
    Destination* const from = known.find(arrival.datagram.path.remote);
    if (address.is_unspecified()) { // all but the source of the packet
        if (from == nullptr) return refused(CauseCode::delete_last_address);
        AddressList others;
        for (const Destination* one : known)
            if (one != from) others.add(one->path.remote);
        for (const Address& other : others)
            forget_address(*known.find(other), arrival.now);
        return {};
    }
    Destination* const gone = known.find(address);
    if (gone == nullptr) return {};
    if (!known.several()) return refused(CauseCode::delete_last_address);
    if (gone == from) return refused(CauseCode::delete_source_address);
    forget_address(*gone, arrival.now);
    return {};
}

AsconfResult Association::make_primary(const Address& address) {
    if (!shared_.options.peer_chooses_primary) return refused(CauseCode::no_authorization);
    Destination* const wanted = sender_->destinations().find(address);
    if (wanted == nullptr) return refused(CauseCode::unresolvable_address); // §5.4
    // Nothing goes there before the peer has answered: §5.3 F14.
    address_exchange().primary_wanted = wanted->confirmed ? Address{} : address.host();
    if (wanted->confirmed) prefer(*wanted);
    return {};
}

/// §5.2 E6: to where the request came from, whether it is one of the peer's or not any more.
void Association::send_asconf_acks(const Arrival& arrival) {
    if (!address_changes_->exchange) return;
    const auto responses = std::exchange(address_changes_->exchange->responses, {});
    if (responses.empty() || closed()) return;
    Path path = arrival.datagram.path;
    if (!may_send_from(path.local)) path.local = source_to(path.remote, path.local);
    answer(shared_, path, {ports_.local, ports_.remote, peer_tag(), 0}, [&](wire::Writer& out) {
        authenticated(out, ChunkType::asconf_ack, [&] { out.bytes(responses); });
    });
}

} // namespace hawser::sctp
