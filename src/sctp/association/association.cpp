#include "sctp/association/association.hpp"

#include <algorithm>
#include <cerrno>

namespace hawser::sctp {
namespace {

/// The kernel has no way to that address now, whatever a datagram is marked with.
bool says_no_route(int os_errno) {
    return os_errno == ENETUNREACH || os_errno == EHOSTUNREACH || os_errno == ENETDOWN ||
           os_errno == EADDRNOTAVAIL;
}

/// Neither the marking's fault: a packet too large, or an ICMP answer to one sent before.
bool spares_markings(int os_errno) {
    return says_no_route(os_errno) || os_errno == EMSGSIZE || os_errno == ECONNREFUSED;
}

} // namespace

Association::Association(Shared& shared, AssociationId id, const PeerKey& key, const Path& path,
                         VerificationTag local_tag, Tsn initial_tsn, Streams streams, Instant now)
    : shared_{shared},
      id_{id},
      key_{key},
      path_{path, shared.options},
      local_tag_{local_tag},
      initial_tsn_{initial_tsn},
      wanted_{streams},
      sender_{std::make_unique<Sender>(shared, path_, initial_tsn)},
      handshake_rto_{shared.options.rto_initial} {
    path_.last_data_at = path_.window_used_at = now;
    timer.association = this;
}

Association::~Association() {
    clear_controls();
}

Result<> Association::can_send(std::size_t bytes, const SendOptions& options) {
    switch (state_) {
    case State::cookie_wait:
    case State::cookie_echoed:
    case State::established: break;
    default: return fail(Errc::closed, "the association is ending");
    }
    if (shutdown_wanted_) return fail(Errc::closed, "the association is ending");
    if (bytes == 0)
        return fail(Errc::invalid_argument, "message: empty; SCTP carries 1 byte or more");
    if (bytes > shared_.options.message_bytes_max) {
        return fail(Errc::too_large, "message: above Options::message_bytes_max");
    }
    const std::uint16_t streams = in_handshake() ? wanted_.outbound : outbound_streams_;
    if (std::to_underlying(options.stream) >= streams) {
        return fail(Errc::invalid_argument, "stream: beyond the number negotiated");
    }
    // One message may always wait, so that even one larger than the queue can leave.
    const std::size_t held = sender_->held_bytes();
    if (held > 0 && held + sizeof(OutgoingMessage) + bytes > shared_.options.send_queue_bytes_max) {
        low_wanted_ = true;
        return fail(Errc::exhausted, "send queue: full; go on after SendQueueLow");
    }
    return {};
}

Result<> Association::send(Buffer&& payload, const SendOptions& options, Instant now) {
    const auto traffic_class = shared_.classes.intern(options.ancillary);
    if (!traffic_class) return std::unexpected{traffic_class.error()};
    OutgoingMessage* message = shared_.messages.take();
    message->payload = std::move(payload);
    message->context = options.context;
    message->expires = options.lifetime == Duration{} ? kNever : after(now, options.lifetime);
    if (options.ancillary.send_at) message->not_before = options.ancillary.send_at->at;
    message->ppid = options.ppid;
    message->stream = options.stream;
    message->traffic_class = *traffic_class;
    message->unordered = options.unordered;
    message->immediate = options.sack_immediately;
    sender_->push(message, now);
    dry_reported_ = false;
    return {};
}

void Association::released(std::size_t bytes) {
    if (receiver_) receiver_->taken(bytes);
}

Status Association::status() const {
    const Sender::Counts& counts = sender_->counts();
    return {
        .state = state_,
        .path = path_.path,
        .local_port = key_.local_port,
        .remote_port = key_.remote_port,
        .outbound_streams = outbound_streams_,
        .inbound_streams = inbound_streams_,
        .peer_window_bytes = sender_->peer_window_left(),
        .queued_bytes = sender_->queued_bytes(),
        .in_flight_bytes = sender_->in_flight_bytes(),
        .congestion_window_bytes = path_.congestion->window(),
        .packet_bytes_max = path_.packet_bytes,
        .smoothed_rtt = sender_->rtt().smoothed(),
        .rto = sender_->rtt().rto(),
        .packets_sent = packets_sent_,
        .packets_received = packets_received_,
        .chunks_sent = counts.chunks_sent,
        .chunks_received = receiver_ ? receiver_->chunks() : 0,
        .chunks_retransmitted = counts.chunks_retransmitted,
        .chunks_duplicate = receiver_ ? receiver_->duplicates() : 0,
        .timeouts = counts.timeouts,
        .fast_retransmits = counts.fast_retransmits,
        .tail_loss_probes = counts.tail_loss_probes,
    };
}

Instant Association::deadline() const {
    Instant earliest = std::min({t1_, t2_, t5_, heartbeats_.deadline()});
    if (receiver_) earliest = std::min(earliest, receiver_->deadline());
    if (!in_handshake()) earliest = std::min(earliest, sender_->deadline());
    return earliest;
}

void Association::advance(Instant now) {
    if (t5_ <= now) { // RFC 9260 §9.2: the guard over a shutdown that never ends
        return abort_with(wire::sctp::CauseCode::user_initiated_abort, {}, CloseReason::timed_out);
    }
    if (t1_ <= now) t1_expired(now);
    if (!closed() && t2_ <= now) t2_expired(now);
    if (closed()) return;
    if (receiver_) receiver_->advance(now);
    advance_heartbeats(now);
    if (closed() || in_handshake()) return;
    if (sender_->advance(now) > 0) strike();
    if (closed()) return;
    report_given_up();
    move_towards_shutdown(now);
}

void Association::path_event(const PathEvent& event, Instant now) {
    constexpr std::size_t kLeastPacketBytes = 512;
    switch (event.kind) {
    case PathEvent::Kind::unreachable:
        // ICMP is easily forged (RFC 9260 §10): it decides only where nothing is lost by it.
        if (state_ == State::cookie_wait) {
            close(CloseReason::unreachable, std::nullopt, {}, event.os_errno);
        } else if (state_ == State::shutdown_ack_sent) {
            // All has been acknowledged both ways, and SHUTDOWN COMPLETE was lost.
            close(CloseReason::shutdown);
        } else {
            suspect(event.os_errno, now);
        }
        return;
    case PathEvent::Kind::too_big: {
        const std::size_t headers = (path_.path.remote.is_ipv4() ? 20u : 40u) + 8u;
        const std::size_t mtu = event.mtu_bytes > headers + kLeastPacketBytes
                                    ? (event.mtu_bytes - headers) & ~std::size_t{3}
                                    : kLeastPacketBytes;
        if (mtu >= path_.packet_bytes) return;
        path_.packet_bytes = mtu;
        sender_->packet_size_changed();
        shared_.events.push_back(PathChanged{id_, path_.path, PathChanged::State::too_big});
        return;
    }
    case PathEvent::Kind::send_refused: {
        if (state_ == State::cookie_wait && says_no_route(event.os_errno)) {
            return close(CloseReason::unreachable, std::nullopt, {}, event.os_errno);
        }
        if (says_no_route(event.os_errno)) suspect(event.os_errno, now);
        if (spares_markings(event.os_errno)) return; // T3-rtx sends it again
        const auto refused = shared_.classes.find(event.ancillary);
        // Our own default carries control chunks: what it cannot do now it may do later.
        if (!refused || *refused == ClassTable::kDefault) return;
        sender_->refuse(*refused, event.os_errno, now);
        report_given_up();
        move_towards_shutdown(now);
        return;
    }
    case PathEvent::Kind::address_added:
    case PathEvent::Kind::address_removed: return;
    }
}

/// The peer's UDP port changed on the way, as NATs do: RFC 6951 §5.4. The verification tag has
/// been checked.
void Association::follow(const Path& path) {
    const bool elsewhere = path.remote != path_.path.remote;
    const bool known_by_now = path_.path.local.is_unspecified() && !path.local.is_unspecified();
    if (!elsewhere && !known_by_now) return;
    path_.path = path;
    if (!elsewhere) return; // only our own address became known
    shared_.events.push_back(PathChanged{id_, path, PathChanged::State::moved});
}

} // namespace hawser::sctp
