// INIT ACK: RFC 9260 §5.1 (C).
#include "sctp/association/association.hpp"
#include "sctp/authentication/handshake.hpp"
#include "sctp/extensions.hpp"
#include "sctp/init_parameters.hpp"
#include "sctp/zero_checksum.hpp"

#include <hawser/wire/sctp/causes.hpp>
#include <hawser/wire/sctp/parameters.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace hawser::sctp {

using wire::sctp::CauseCode;
using wire::sctp::Parameter;
using wire::sctp::ParameterType;

namespace {

bool is_known(ParameterType type) {
    switch (type) {
    case ParameterType::state_cookie:
    case ParameterType::ipv4_address:
    case ParameterType::ipv6_address:
    case ParameterType::supported_address_types:
    case ParameterType::unrecognized_parameter:
    case ParameterType::ecn_capable:
    case ParameterType::padding:
    case ParameterType::supported_extensions:
    case ParameterType::forward_tsn_supported:
    case ParameterType::random:
    case ParameterType::chunk_list:
    case ParameterType::requested_hmac_algorithm:
    case ParameterType::zero_checksum_acceptable:
    case ParameterType::host_name_address: return true;
    default: return false;
    }
}

/// RFC 9260 §3.3.10.2: one parameter is missing, the State Cookie.
constexpr std::array<std::byte, 6> kStateCookieMissing{std::byte{0}, std::byte{0}, std::byte{0},
                                                       std::byte{1}, std::byte{0}, std::byte{7}};

} // namespace

Verdict Association::on_init_ack(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    const auto init = wire::sctp::Init::parse(chunk.value);
    if (!init) return Verdict::malformed;
    if (init->initiate_tag == VerificationTag::none) {
        // §3.3.3: no packet can answer it
        close(CloseReason::protocol_violation, std::to_underlying(CauseCode::protocol_violation),
              as_bytes("INIT ACK: its Initiate Tag is 0"));
        return Verdict::protocol_violation;
    }
    if (!has_what_it_must(*init))
        return refuse_init_ack(*init, CauseCode::invalid_mandatory_parameter, {});
    const WalkedParameters parameters{init->parameters, is_known};
    if (const auto name = parameters.first(ParameterType::host_name_address))
        return refuse_init_ack(*init, CauseCode::unresolvable_address, name->whole);
    const auto cookie = parameters.first(ParameterType::state_cookie);
    if (!cookie || cookie->value.empty()) {
        return refuse_init_ack(*init, CauseCode::missing_mandatory_parameter, kStateCookieMissing);
    }

    const auto offer = read_offer(shared_, init->parameters);
    if (!offer) {
        return refuse_init_ack(*init, CauseCode::protocol_violation, as_bytes(offer.error().what));
    }

    if (wants_asconf_without_auth(shared_.options, parameters, *offer))
        return refuse_init_ack(*init, CauseCode::protocol_violation, as_bytes(kAsconfWithoutAuth));
    const Extensions extensions = agreed_extensions(shared_.options, parameters, *offer);
    // What has left with a COOKIE ECHO, before its cookie was stale, cannot become another chunk.
    if (sender_->has_outstanding() && extensions.interleaving != sender_->interleaves())
        return refuse_init_ack(*init, CauseCode::protocol_violation,
                               as_bytes("INIT ACKs that differ about I-DATA"));
    const auto zero_checksum = parameters.first(ParameterType::zero_checksum_acceptable);
    meet({.peer_tag = init->initiate_tag,
          .peer_initial_tsn = init->initial_tsn,
          .peer_window_bytes = init->receive_window_bytes,
          .outbound_streams = std::min(wanted_.outbound, init->inbound_streams),
          .inbound_streams = std::min(wanted_.inbound_max, init->outbound_streams),
          .zero_checksum =
              zero_checksum && accepts_zero_checksum(shared_.options, zero_checksum->value),
          .forward_tsn = extensions.forward_tsn,
          .interleaving = extensions.interleaving,
          .reconfiguration = extensions.reconfiguration,
          .nr_sack = extensions.nr_sack,
          .ecn = extensions.ecn,
          .asconf = extensions.asconf},
         *offer);
    adopt_addresses(init->parameters, arrival);
    parameters.for_each_reported([this](const Parameter& unknown) {
        queue_error(CauseCode::unrecognized_parameters, unknown.whole);
    });
    auto& wait = std::get<CookieWait>(state_);
    if (wait.attempts->retransmissions == 0 && wait.init.left_at() != kNever) {
        current().rtt().sample(arrival.now - wait.init.left_at(),
                               current().rto_limits(shared_.options));
    }
    auto attempts = std::move(wait.attempts);
    attempts->retransmissions = 0;
    attempts->cookie = shared_.buffers.copy(cookie->value);
    state_ = CookieEchoed{.attempts = std::move(attempts), .echo = {}, .with_data = true};
    return Verdict::accepted;
}

/// It goes on from where the answer came. Of other addresses only what the peer calls its own is
/// kept; those that our user had named need no proof: RFC 9260 §5.1.2 and §5.4.
void Association::adopt_addresses(Bytes parameters, const Arrival& arrival) {
    Destinations& known = sender_->destinations();
    const Address& source = arrival.datagram.path.remote;
    const auto theirs = addresses_of_peer(shared_.options, parameters, source);
    AddressList named;
    const Destination* kept = known.find(source);
    for (Destination* destination : known) {
        if (destination->confirmed) named.add(destination->path.remote);
        if (kept == nullptr && theirs.contains(destination->path.remote)) kept = destination;
    }
    // DATA that went with a COOKIE ECHO, before the cookie was stale, knows its destination.
    if (kept != nullptr && !sender_->has_outstanding()) {
        known.keep_only(kept->index);
        arrived_from_ = 0;
    }
    learn_addresses(theirs, arrival.now);
    for (Destination* destination : known)
        destination->confirmed = named.contains(destination->path.remote);
}

Verdict Association::refuse_init_ack(const wire::sctp::Init& init, CauseCode code, Bytes value) {
    send_abort(reply_to(), init.initiate_tag, code, value);
    close(CloseReason::protocol_violation, std::to_underlying(code), value);
    return Verdict::protocol_violation;
}

} // namespace hawser::sctp
