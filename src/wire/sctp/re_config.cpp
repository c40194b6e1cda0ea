#include <hawser/wire/sctp/re_config.hpp>

#include <hawser/wire/reader.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace hawser::wire::sctp {
namespace {

/// What follows the fixed fields: whole Stream Numbers, and nothing else.
bool has_streams_after(std::size_t fixed_bytes, Bytes value) {
    return value.size() >= fixed_bytes && (value.size() - fixed_bytes) % StreamNumbers::kEach == 0;
}

template <class Parameter>
Result<ReConfigParameter> read(Bytes value) {
    auto parameter = Parameter::parse(value);
    if (!parameter) return std::unexpected{parameter.error()};
    return ReConfigParameter{*std::move(parameter)};
}

Result<ReConfigParameter> read(const Parameter& parameter) {
    switch (parameter.type) {
    case ParameterType::outgoing_ssn_reset_request:
        return read<OutgoingSsnResetRequest>(parameter.value);
    case ParameterType::incoming_ssn_reset_request:
        return read<IncomingSsnResetRequest>(parameter.value);
    case ParameterType::ssn_tsn_reset_request: return read<SsnTsnResetRequest>(parameter.value);
    case ParameterType::reconfiguration_response:
        return read<ReconfigurationResponse>(parameter.value);
    case ParameterType::add_outgoing_streams_request:
        return read<AddOutgoingStreamsRequest>(parameter.value);
    case ParameterType::add_incoming_streams_request:
        return read<AddIncomingStreamsRequest>(parameter.value);
    default: return fail(Errc::unsupported, "RE-CONFIG with a parameter that is not its own");
    }
}

ParameterType type_of(const ReConfigParameter& parameter) {
    return std::visit([](const auto& each) { return each.kType; }, parameter);
}

/// RFC 6525 §3.1, in either order: what the two say does not depend on it.
bool stand_together(ParameterType one, ParameterType other) {
    using enum ParameterType;
    static constexpr std::array kPairs{
        std::pair{outgoing_ssn_reset_request, incoming_ssn_reset_request},
        std::pair{add_outgoing_streams_request, add_incoming_streams_request},
        std::pair{reconfiguration_response, outgoing_ssn_reset_request},
        std::pair{reconfiguration_response, reconfiguration_response},
    };
    return std::ranges::any_of(kPairs, [&](const auto& pair) {
        return pair == std::pair{one, other} || pair == std::pair{other, one};
    });
}

} // namespace

std::vector<std::byte> StreamNumbers::encode(std::span<const StreamId> streams) {
    std::vector<std::byte> numbers(streams.size() * kEach);
    Writer out{numbers};
    for (const StreamId stream : streams)
        out.u16(std::to_underlying(stream));
    return numbers;
}

Result<OutgoingSsnResetRequest> OutgoingSsnResetRequest::parse(Bytes value) {
    if (!has_streams_after(kFixedBytes, value))
        return fail(Errc::malformed, "Outgoing SSN Reset Request length");
    Reader in{value};
    OutgoingSsnResetRequest request;
    request.number = {in.u32()};
    request.answers = {in.u32()};
    request.last_assigned_tsn = {in.u32()};
    request.streams = StreamNumbers{in.rest()};
    return request;
}

void OutgoingSsnResetRequest::write(Writer& out) const {
    write_item(out, kType, [this](Writer& to) {
        to.u32(number.value);
        to.u32(answers.value);
        to.u32(last_assigned_tsn.value);
        to.bytes(streams.bytes());
    });
}

Result<IncomingSsnResetRequest> IncomingSsnResetRequest::parse(Bytes value) {
    if (!has_streams_after(kFixedBytes, value))
        return fail(Errc::malformed, "Incoming SSN Reset Request length");
    Reader in{value};
    IncomingSsnResetRequest request;
    request.number = {in.u32()};
    request.streams = StreamNumbers{in.rest()};
    return request;
}

void IncomingSsnResetRequest::write(Writer& out) const {
    write_item(out, kType, [this](Writer& to) {
        to.u32(number.value);
        to.bytes(streams.bytes());
    });
}

Result<SsnTsnResetRequest> SsnTsnResetRequest::parse(Bytes value) {
    Reader in{value};
    const SsnTsnResetRequest request{.number = {in.u32()}};
    if (in.remaining() > 0) return fail(Errc::malformed, "SSN/TSN Reset Request length");
    return in.finish(request);
}

void SsnTsnResetRequest::write(Writer& out) const {
    write_item(out, kType, [this](Writer& to) { to.u32(number.value); });
}

Result<ReconfigurationResponse> ReconfigurationResponse::parse(Bytes value) {
    constexpr std::size_t kShort = 8;
    constexpr std::size_t kLong = 16;
    if (value.size() != kShort && value.size() != kLong)
        return fail(Errc::malformed, "Re-configuration Response length");
    Reader in{value};
    ReconfigurationResponse response;
    response.answers = {in.u32()};
    response.result = ReconfigurationResult{in.u32()};
    if (value.size() == kLong) {
        response.next_tsns = NextTsns{.sender = {in.u32()}, .receiver = {in.u32()}};
    }
    return response;
}

void ReconfigurationResponse::write(Writer& out) const {
    write_item(out, kType, [this](Writer& to) {
        to.u32(answers.value);
        to.u32(std::to_underlying(result));
        if (!next_tsns) return;
        to.u32(next_tsns->sender.value);
        to.u32(next_tsns->receiver.value);
    });
}

template <ParameterType kParameter>
Result<AddStreamsRequest<kParameter>> AddStreamsRequest<kParameter>::parse(Bytes value) {
    Reader in{value};
    AddStreamsRequest request;
    request.number = {in.u32()};
    request.streams = in.u16();
    in.skip(sizeof(std::uint16_t)); // reserved: ignored
    if (in.remaining() > 0) return fail(Errc::malformed, "Add Streams Request length");
    return in.finish(request);
}

template <ParameterType kParameter>
void AddStreamsRequest<kParameter>::write(Writer& out) const {
    write_item(out, kType, [this](Writer& to) {
        to.u32(number.value);
        to.u16(streams);
        to.u16(0);
    });
}

template struct AddStreamsRequest<ParameterType::add_outgoing_streams_request>;
template struct AddStreamsRequest<ParameterType::add_incoming_streams_request>;

Result<ReConfig> ReConfig::parse(Bytes value) {
    Parameters parameters{value};
    const auto first = parameters.next();
    const auto second = parameters.next();
    const bool more = parameters.next().has_value();
    if (!first || parameters.malformed()) return fail(Errc::malformed, "RE-CONFIG parameters");
    if (more) return fail(Errc::unsupported, "RE-CONFIG with more than two parameters");

    auto read_first = read(*first);
    if (!read_first) return std::unexpected{read_first.error()};
    ReConfig chunk{.first = *std::move(read_first), .second = {}};
    if (!second) return chunk;
    auto read_second = read(*second);
    if (!read_second) return std::unexpected{read_second.error()};
    if (!stand_together(first->type, type_of(*read_second)))
        return fail(Errc::unsupported, "RE-CONFIG parameters that may not stand together");
    chunk.second = *std::move(read_second);
    return chunk;
}

void ReConfig::write(Writer& out) const {
    write_chunk(out, kType, 0, [this](Writer& to) {
        const auto write_one = [&to](const auto& each) { each.write(to); };
        std::visit(write_one, first);
        if (second) std::visit(write_one, *second);
    });
}

} // namespace hawser::wire::sctp
