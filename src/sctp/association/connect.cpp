// The four-way handshake: RFC 9260 §5.1.
#include "sctp/association/association.hpp"
#include "sctp/peer_addresses.hpp"
#include "sctp/zero_checksum.hpp"

#include <hawser/wire/sctp/causes.hpp>
#include <hawser/wire/sctp/parameters.hpp>

#include <algorithm>

namespace hawser::sctp {
namespace {

/// RFC 9260 §3.3.2: a smaller window makes no association.
constexpr std::uint32_t kWindowBytesMin = 1500;

} // namespace

void Association::connect(std::uint32_t retransmissions_max) {
    attempts_max_ = retransmissions_max;
    begin_handshake();
}

void Association::begin_handshake() {
    state_ = State::cookie_wait;
    init_due_ = true;
    cookie_echo_due_ = false; // an INIT ACK of the same batch may have asked for it
    cookie_ = {};
    t1_ = kNever; // begins when the INIT leaves
}

void Association::t1_expired(Instant now) {
    t1_ = kNever;
    if (++attempts_ > attempts_max_) return close(CloseReason::timed_out);
    handshake_rto_ = std::min(handshake_rto_ * 2, shared_.options.rto_max);
    if (state_ == State::cookie_wait) {
        init_due_ = true;
    } else {
        cookie_echo_due_ = true;
        cookie_echo_with_data_ = false;
    }
    t1_ = after(now, handshake_rto_);
}

Verdict Association::on_init_ack(const wire::sctp::Chunk& chunk, Instant now) {
    if (state_ != State::cookie_wait) return Verdict::unexpected; // RFC 9260 §5.2.3
    const auto init = wire::sctp::Init::parse(chunk.value);
    if (!init) return Verdict::malformed;
    if (init->initiate_tag == VerificationTag::none) {
        close(CloseReason::protocol_violation); // RFC 9260 §3.3.3: no packet can answer it
        return Verdict::protocol_violation;
    }
    peer_tag_ = init->initiate_tag;
    if (init->outbound_streams == 0 || init->inbound_streams == 0 ||
        init->receive_window_bytes < kWindowBytesMin) {
        abort_with(wire::sctp::CauseCode::invalid_mandatory_parameter, {},
                   CloseReason::protocol_violation);
        return Verdict::protocol_violation;
    }
    const auto cookie = read_init_ack_parameters(*init);
    if (!cookie) return Verdict::protocol_violation;

    learn_peer(init->initiate_tag, init->receive_window_bytes, init->outbound_streams,
               init->inbound_streams, init->initial_tsn);
    peer_addresses_ = digest_of_addresses(init->parameters, path_.path.remote);
    cookie_ = shared_.buffers.copy(*cookie);
    if (attempts_ == 0 && t1_ != kNever) {
        const Duration rtt = now - (t1_ - handshake_rto_); // the INIT was sent once
        sender_->rtt().sample(rtt, shared_.options);
    }
    state_ = State::cookie_echoed;
    init_due_ = false;
    cookie_echo_due_ = true;
    cookie_echo_with_data_ = true;
    attempts_ = 0;
    t1_ = kNever; // T1-cookie begins when the COOKIE ECHO leaves
    return Verdict::accepted;
}

/// The State Cookie among the parameters; without a usable one the association ends here.
std::optional<Bytes> Association::read_init_ack_parameters(const wire::sctp::Init& init) {
    using wire::sctp::ParameterType;
    std::optional<Bytes> cookie;
    wire::sctp::Parameters walker{init.parameters};
    while (const auto parameter = walker.next()) {
        switch (parameter->type) {
        case ParameterType::state_cookie: cookie = parameter->value; continue;
        case ParameterType::ipv4_address:
        case ParameterType::ipv6_address:
        case ParameterType::supported_address_types:
        case ParameterType::unrecognized_parameter:
        case ParameterType::ecn_capable:
        case ParameterType::padding:
        case ParameterType::supported_extensions:
        case ParameterType::forward_tsn_supported: continue; // known, and of no use here
        case ParameterType::zero_checksum_acceptable:
            zero_checksum_ = accepts_zero_checksum(shared_.options, parameter->value);
            continue;
        case ParameterType::host_name_address:
            abort_with(wire::sctp::CauseCode::unresolvable_address, parameter->whole,
                       CloseReason::protocol_violation);
            return std::nullopt;
        default: break;
        }
        const auto action = wire::sctp::unknown_action(parameter->type);
        if (action.report) {
            queue_error(wire::sctp::CauseCode::unrecognized_parameters, parameter->whole);
        }
        if (!action.skip) break;
    }
    if (cookie && !cookie->empty()) return cookie;
    constexpr std::array<std::byte, 6> kMissing{std::byte{0}, std::byte{0}, std::byte{0},
                                                std::byte{1}, std::byte{0}, std::byte{7}};
    abort_with(wire::sctp::CauseCode::missing_mandatory_parameter, kMissing,
               CloseReason::protocol_violation);
    return std::nullopt;
}

void Association::learn_peer(VerificationTag tag, std::uint32_t window, std::uint16_t outbound,
                             std::uint16_t inbound, Tsn initial_tsn) {
    peer_tag_ = tag;
    // RFC 9260 §5.1.1: each side may use what the other is ready to take.
    outbound_streams_ = std::min(wanted_.outbound, inbound);
    inbound_streams_ = std::min(wanted_.inbound_max, outbound);
    sender_->peer_window(window);
    receiver_ = std::make_unique<Receiver>(shared_, id_, initial_tsn);
}

void Association::accept(const Cookie& cookie, Instant now) {
    // The cookie holds what was negotiated; an upper bound of ours may be lower by now.
    wanted_ = {cookie.outbound_streams, cookie.inbound_streams};
    learn_peer(cookie.peer_tag, cookie.peer_window_bytes, cookie.inbound_streams,
               cookie.outbound_streams, cookie.peer_initial_tsn);
    peer_addresses_ = cookie.peer_addresses;
    zero_checksum_ = cookie.zero_checksum;
    cookie_ack_due_ = true;
    established(now, true);
}

void Association::established(Instant now, bool initiated_by_peer) {
    state_ = State::established;
    t1_ = kNever;
    cookie_ = {};
    cookie_echo_due_ = false;
    init_due_ = false;
    errors_ = 0;
    refuse_streams_beyond();
    sender_->restart_timers(now);
    shared_.events.push_back(Connected{.association = id_,
                                       .path = path_.path,
                                       .local_port = key_.local_port,
                                       .remote_port = key_.remote_port,
                                       .outbound_streams = outbound_streams_,
                                       .inbound_streams = inbound_streams_,
                                       .initiated_by_peer = initiated_by_peer});
    schedule_heartbeat(now);
    move_towards_shutdown(now);
}

/// What was queued before the peer said how many streams it takes.
void Association::refuse_streams_beyond() {
    if (outbound_streams_ >= wanted_.outbound) return;
    sender_->take_streams_from(outbound_streams_, [this](OutgoingMessage* message) {
        report_failed(message, SendFailed::Why::no_such_stream);
    });
}

Verdict Association::on_cookie_ack(Instant now) {
    if (state_ != State::cookie_echoed) return Verdict::unexpected; // RFC 9260 §5.2.5
    established(now, false);
    return Verdict::accepted;
}

/// RFC 9260 §5.2.6: the cookie took too long. Ask again, and for one that lives longer.
void Association::on_stale_cookie(Bytes value) {
    if (state_ != State::cookie_echoed) return;
    if (++stale_cookies_ > kStaleCookieRetries) return close(CloseReason::timed_out);
    constexpr std::uint32_t kMicrosecondsPerMillisecond = 1000;
    const auto stale = wire::sctp::StaleCookie::parse(value);
    const auto staleness =
        stale ? static_cast<std::uint32_t>(stale->staleness.count()) : std::uint32_t{0};
    cookie_more_ms_ = std::max<std::uint32_t>(1, 2 * (staleness / kMicrosecondsPerMillisecond));
    // Messages that rode on the COOKIE ECHO are still ours to send: their TSNs stay.
    begin_handshake();
}

} // namespace hawser::sctp
