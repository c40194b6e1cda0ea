// Signs of life, and counting their absence: RFC 9260 §8.
#include "sctp/association/association.hpp"

#include <cerrno>
#include <utility>

namespace hawser::sctp {

/// RFC 9260 §8.3: an interval and one RTO, jittered by half of it, after the last.
void Association::schedule_heartbeat(Instant now) {
    const Duration interval = shared_.options.heartbeat_interval;
    if (interval == Options::kHeartbeatOff) {
        heartbeats_.next_at = kNever;
        return;
    }
    const Duration rto = sender_->rtt().rto();
    const auto jitter = Duration{static_cast<std::int64_t>(
        shared_.random.u64() % static_cast<std::uint64_t>(rto.count() + 1))};
    heartbeats_.next_at = after(now, interval + rto / 2 + jitter);
}

Result<> Association::heartbeat(std::uint64_t context, const Ancillary& ancillary, Instant now) {
    if (state_ != State::established && state_ != State::shutdown_pending) {
        return fail(Errc::closed, "heartbeat: the association is not up");
    }
    if (heartbeats_.full()) return fail(Errc::exhausted, "heartbeat: too many without an answer");
    const auto traffic_class = shared_.classes.intern(ancillary);
    if (!traffic_class) return std::unexpected{traffic_class.error()};
    send_heartbeat(context, true, *traffic_class, now);
    shared_.classes.release(*traffic_class);
    return {};
}

void Association::send_heartbeat(std::uint64_t context, bool for_user, ClassId traffic_class,
                                 Instant now) {
    const std::uint64_t nonce = shared_.random.u64();
    heartbeats_.add({.nonce = nonce,
                     .context = context,
                     .sent_at = now,
                     .gives_up_at = after(now, sender_->rtt().rto()),
                     .for_user = for_user});
    std::array<std::byte, wire::sctp::kTlvHeaderBytes + Heartbeats::kInfoBytes> parameter{};
    wire::Writer out{parameter};
    out.u16(std::to_underlying(wire::sctp::ParameterType::heartbeat_info));
    out.u16(static_cast<std::uint16_t>(parameter.size()));
    out.u64(nonce);
    queue_control(wire::sctp::ChunkType::heartbeat, 0, parameter, traffic_class);
}

Verdict Association::on_heartbeat(const wire::sctp::Chunk& chunk) {
    if (in_handshake() && state_ != State::cookie_echoed) return Verdict::unexpected;
    // The value goes back as it came, whatever it is: RFC 9260 §3.3.6.
    queue_control(wire::sctp::ChunkType::heartbeat_ack, 0, chunk.value);
    return Verdict::accepted;
}

Verdict Association::on_heartbeat_ack(const wire::sctp::Chunk& chunk, const Datagram& datagram,
                                      Instant now) {
    const auto heartbeat = wire::sctp::Heartbeat::parse(chunk.value);
    if (!heartbeat) return Verdict::malformed;
    const auto pending = heartbeats_.answered(heartbeat->info);
    if (!pending) return Verdict::unexpected;
    const Duration round_trip = now - pending->sent_at;
    sender_->rtt().sample(round_trip, shared_.options);
    answered();
    if (pending->for_user) {
        shared_.events.push_back(HeartbeatResult{.association = id_,
                                                 .path = path_.path,
                                                 .context = pending->context,
                                                 .round_trip = round_trip,
                                                 .ancillary = datagram.ancillary});
    }
    return Verdict::accepted;
}

void Association::advance_heartbeats(Instant now) {
    while (const auto pending = heartbeats_.overdue(now)) {
        if (pending->for_user) {
            shared_.events.push_back(HeartbeatResult{.association = id_,
                                                     .path = path_.path,
                                                     .context = pending->context,
                                                     .round_trip = std::nullopt,
                                                     .ancillary = {}});
            continue;
        }
        if (suspected_errno_ != ECONNREFUSED) sender_->rtt().timed_out(shared_.options);
        strike();
        if (closed()) return;
        if (suspected_errno_ == ECONNREFUSED) ask_again(now);
    }
    if (heartbeats_.next_at > now) return;
    schedule_heartbeat(now);
    const bool up = state_ == State::established || state_ == State::shutdown_pending ||
                    state_ == State::shutdown_received;
    if (!up) return;
    // A path that carries data is its own sign of life.
    if (now - path_.last_data_at >= shared_.options.heartbeat_interval && !heartbeats_.full()) {
        send_heartbeat(0, false, ClassTable::kDefault, now);
        sender_->shrink();
        if (receiver_) receiver_->shrink();
    }
}

/// The network says that nobody is there. Anyone can forge that (RFC 9260 §10), so that it only
/// makes us ask: the user is told, and where the peer's very port is gone the peer has to answer
/// within a few RTOs, not after as many that double.
void Association::suspect(int os_errno, Instant now) {
    const bool up = !in_handshake() && !closed();
    if (!up || suspected_errno_ != 0) return;
    suspected_errno_ = os_errno;
    shared_.events.push_back(PathChanged{.association = id_,
                                         .path = path_.path,
                                         .state = PathChanged::State::unreachable,
                                         .os_errno = os_errno});
    if (os_errno == ECONNREFUSED) ask_again(now);
}

void Association::ask_again(Instant now) {
    const bool answers = state_ != State::shutdown_sent && state_ != State::shutdown_ack_sent;
    if (answers && !heartbeats_.full()) send_heartbeat(0, false, ClassTable::kDefault, now);
}

/// Something was not answered in time: RFC 9260 §8.1 and §8.2.
void Association::strike() {
    constexpr std::uint32_t kTimeoutsBeforeFragmenting = 2;
    ++errors_;
    ++path_.errors;
    if (path_.timeouts_in_row >= kTimeoutsBeforeFragmenting) {
        // Perhaps large packets vanish without a word: let IP cut them rather than die of it.
        path_.may_fragment = true;
    }
    if (path_.active && path_.errors > shared_.options.path_retransmissions_max) {
        path_.active = false;
        shared_.events.push_back(PathChanged{id_, path_.path, PathChanged::State::inactive});
    }
    if (errors_ > shared_.options.association_retransmissions_max) {
        const auto reason =
            suspected_errno_ != 0 ? CloseReason::unreachable : CloseReason::timed_out;
        abort_with(wire::sctp::CauseCode::user_initiated_abort, {}, reason, suspected_errno_);
    }
}

/// The peer answered: RFC 9260 §8.1, the counters begin anew.
void Association::answered() {
    errors_ = 0;
    path_.errors = 0;
    const bool suspected = std::exchange(suspected_errno_, 0) != 0;
    if (path_.active && !suspected) return;
    path_.active = true;
    shared_.events.push_back(PathChanged{id_, path_.path, PathChanged::State::active});
}

} // namespace hawser::sctp
