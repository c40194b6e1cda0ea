// INIT: it is answered without any state, which the State Cookie of the INIT ACK carries.
#include "sctp/associations.hpp"
#include "sctp/authentication/handshake.hpp"
#include "sctp/extensions.hpp"
#include "sctp/init_parameters.hpp"
#include "sctp/zero_checksum.hpp"

#include <hawser/wire/sctp/causes.hpp>
#include <hawser/wire/sctp/parameters.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {

using wire::sctp::CauseCode;
using wire::sctp::ChunkType;
using wire::sctp::Parameter;
using wire::sctp::ParameterType;

namespace {

bool is_known(ParameterType type) {
    switch (type) {
    case ParameterType::ipv4_address:
    case ParameterType::ipv6_address:
    case ParameterType::cookie_preservative:
    case ParameterType::supported_address_types:
    case ParameterType::random:
    case ParameterType::chunk_list:
    case ParameterType::requested_hmac_algorithm:
    case ParameterType::zero_checksum_acceptable:
    case ParameterType::padding:
    case ParameterType::ecn_capable:
    case ParameterType::forward_tsn_supported:
    case ParameterType::supported_extensions:
    case ParameterType::host_name_address: return true;
    default: return false;
    }
}

WalkedParameters<decltype(&is_known)> walked(const wire::sctp::Init& init) {
    return {init.parameters, is_known};
}

bool offers_zero_checksum(const Options& options, const wire::sctp::Init& init) {
    const auto offer = walked(init).first(ParameterType::zero_checksum_acceptable);
    return offer && accepts_zero_checksum(options, offer->value);
}

} // namespace

Verdict Endpoint::Associations::on_init(const Incoming& packet, Instant now) {
    const auto init = wire::sctp::Init::parse(packet.first.value);
    if (!init) return Verdict::malformed;
    if (init->initiate_tag == VerificationTag::none) return Verdict::malformed; // RFC 9260 §3.3.2
    if (!init_answers_.take(now)) {
        ++shared_.counters.answers_suppressed;
        return Verdict::rate_limited;
    }
    if (const Verdict verdict = check_init(packet, *init, now); verdict != Verdict::accepted) {
        return verdict;
    }
    Association::InitAnswer answer{VerificationTag::none, Tsn{}, {}};
    const Path& path = packet.datagram.path;
    const auto listed = addresses_of_peer(shared_.options, init->parameters, path.remote);
    Association* association = by_key(packet.key);
    if (association == nullptr) association = by_listed(packet, listed);
    if (association == nullptr) // begun in another shard, or moved: it tells a restart
        if (const auto shard = shard_knowing(packet, listed)) return hand_over(*shard, packet);
    if (association != nullptr && joins(*association, packet, listed))
        return refuse(packet, init->initiate_tag, false, CauseCode::restart_with_new_addresses,
                      init->parameters, now);
    // Who says that it is our peer, and has not shown it, is answered where that is known to be:
    // §5.2.1, and it is right for a restart, too.
    const bool proves_itself =
        association == nullptr || association->knows_beyond_doubt(path.remote);
    const Path to = proves_itself ? path : association->path();
    if (association != nullptr) {
        const auto wanted = association->answer_init();
        settle(*association);
        if (!wanted) return Verdict::accepted;
        answer = *wanted;
    } else if (listening_.contains(packet.header.destination_port)) {
        answer.local_tag = fresh_tag();
        answer.initial_tsn = Tsn{shared_.random.u32()};
    } else {
        // RFC 9260 §8.4 (3): the port is not ours.
        return refuse(packet, init->initiate_tag, false, CauseCode::user_initiated_abort, {}, now);
    }
    return write_init_ack(packet, to, *init, answer, now) ? Verdict::accepted
                                                          : Verdict::rate_limited;
}

/// The association that an INIT from a stranger's address is about, because it lists one that is
/// the peer's.
Association* Endpoint::Associations::by_listed(const Incoming& packet,
                                               const AddressList& listed) const {
    for (const Address& address : listed) {
        const Address remote = address.with_port(packet.datagram.path.remote.port());
        const PeerKey key = PeerKey::of(remote, packet.key.remote_port, packet.key.local_port);
        if (Association* association = by_key(key)) return association;
    }
    return nullptr;
}

/// RFC 9260 §5.2.2: nobody joins a running association by pretending to be its peer begun anew.
/// Neither may the peer's own address bring others, nor another say that the peer's is its own.
bool Endpoint::Associations::joins(const Association& running, const Incoming& packet,
                                   const AddressList& listed) {
    if (running.in_handshake()) return false;
    if (running.destinations().find(packet.datagram.path.remote) == nullptr) return true;
    return std::ranges::any_of(listed, [&](const Address& address) {
        return running.destinations().find(address) == nullptr;
    });
}

/// Cookies may come back to another of our addresses where there are several.
CookieBinding Endpoint::Associations::binding_of(const Incoming& packet) const {
    const Path& path = packet.datagram.path;
    const bool several =
        shared_.options.local_addresses.size() > 1 || shared_.options.dynamic_addresses;
    return {several ? Address{} : path.local, path.remote, packet.header.destination_port,
            packet.header.source_port};
}

/// What an INIT must not say; it is refused without touching any association.
Verdict Endpoint::Associations::check_init(const Incoming& packet, const wire::sctp::Init& init,
                                           Instant now) {
    if (!has_what_it_must(init)) {
        static_cast<void>(refuse(packet, init.initiate_tag, false,
                                 CauseCode::invalid_mandatory_parameter, {}, now));
        return Verdict::malformed;
    }
    if (const auto name = walked(init).first(ParameterType::host_name_address)) {
        static_cast<void>(refuse(packet, init.initiate_tag, false, CauseCode::unresolvable_address,
                                 name->whole, now));
        return Verdict::malformed;
    }
    const auto offer = read_offer(shared_, init.parameters);
    if (!offer) { // RFC 4895 §6.1
        static_cast<void>(refuse(packet, init.initiate_tag, false, CauseCode::protocol_violation,
                                 as_bytes(offer.error().what), now));
        return Verdict::malformed;
    }
    if (wants_asconf_without_auth(shared_.options, walked(init), *offer)) {
        static_cast<void>(refuse(packet, init.initiate_tag, false, CauseCode::protocol_violation,
                                 as_bytes(kAsconfWithoutAuth), now));
        return Verdict::malformed;
    }
    return Verdict::accepted;
}

/// What an INIT ACK of `written` bytes may still grow by: three times what asked for it, with its
/// IP and UDP headers, is no help to whoever floods others with answers.
std::size_t Endpoint::Associations::bytes_unamplified(const Incoming& packet,
                                                      std::size_t written) const {
    constexpr std::size_t kUdpHeaderBytes = 8;
    const std::size_t around = (packet.datagram.path.remote.is_ipv4() ? 20 : 40) + kUdpHeaderBytes;
    const std::size_t most = 3 * (packet.datagram.payload.size() + around);
    return most > around + written ? most - around - written : 0;
}

/// What an association will be made of, once the peer has shown that it is where it says.
Cookie Endpoint::Associations::cookie_for(const Incoming& packet, const Path& to,
                                          const wire::sctp::Init& init,
                                          const Association::InitAnswer& answer_with,
                                          Instant now) const {
    const Options& options = shared_.options;
    const auto offer = read_offer(shared_, init.parameters);
    HAWSER_ASSERT(offer && "check_init has seen to it");
    const Extensions extensions = agreed_extensions(options, walked(init), *offer);
    // The first is where the cookie goes, whoever has asked for it: §5.4 (2).
    AddressList addresses = addresses_of_peer(options, init.parameters, to.remote);
    addresses.add(packet.datagram.path.remote);
    return {.made_at = now,
            .local_tag = answer_with.local_tag,
            .peer_tag = init.initiate_tag,
            .local_initial_tsn = answer_with.initial_tsn,
            .peer_initial_tsn = init.initial_tsn,
            .peer_window_bytes = init.receive_window_bytes,
            .outbound_streams = std::min(options.outbound_streams, init.inbound_streams),
            .inbound_streams = std::min(options.inbound_streams_max, init.outbound_streams),
            .peer_udp_port = packet.datagram.path.remote.port(),
            .ties = answer_with.ties,
            .peer_addresses = addresses,
            .zero_checksum = offers_zero_checksum(options, init),
            .forward_tsn = extensions.forward_tsn,
            .interleaving = extensions.interleaving,
            .reconfiguration = extensions.reconfiguration,
            .nr_sack = extensions.nr_sack,
            .ecn = extensions.ecn,
            .asconf = extensions.asconf,
            .authentication = *offer};
}

bool Endpoint::Associations::write_init_ack(const Incoming& packet, const Path& to,
                                            const wire::sctp::Init& init,
                                            const Association::InitAnswer& answer_with,
                                            Instant now) {
    const Options& options = shared_.options;
    const Cookie cookie = cookie_for(packet, to, init, answer_with, now);
    const auto encoded = jar_.make(cookie, binding_of(packet), now);
    const wire::sctp::Init ack{.initiate_tag = answer_with.local_tag,
                               .receive_window_bytes = options.receive_window_bytes,
                               .outbound_streams = cookie.outbound_streams,
                               .inbound_streams = options.inbound_streams_max,
                               .initial_tsn = answer_with.initial_tsn,
                               .parameters = {}};
    const bool queued =
        answer(shared_, to, packet.header_back(init.initiate_tag), [&](wire::Writer& out) {
            ack.write(out, ChunkType::init_ack, [&](wire::Writer& in) {
                wire::sctp::write_item(in, ParameterType::state_cookie, encoded.bytes());
                if (options.zero_checksum) {
                    wire::sctp::write_zero_checksum_acceptable(
                        in, wire::sctp::ErrorDetectionMethod::dtls);
                }
                write_extensions(in, options);
                if (cookie.authentication) {
                    shared_.authentication->write(in,
                                                  {answer_with.local_tag, answer_with.initial_tsn});
                }
                walked(init).for_each_reported([&](const Parameter& unknown) {
                    const std::size_t whole = wire::sctp::padded(unknown.whole.size()) + 8;
                    if (in.remaining() < whole) return;
                    wire::sctp::write_item(in, ParameterType::unrecognized_parameter,
                                           unknown.whole);
                });
                write_our_addresses(
                    in, options, to.remote,
                    std::min(bytes_unamplified(packet, in.written()), in.remaining()));
            });
        });
    shared_.counters.stateless_answers += queued ? 1 : 0;
    return queued;
}

} // namespace hawser::sctp
