// Signs of life, and counting their absence: RFC 9260 §8.
#include "sctp/association/association.hpp"

#include <cerrno>
#include <utility>

namespace hawser::sctp {

/// RFC 9260 §8.3: an interval and one RTO, jittered by half of it, after the last.
void Association::schedule_heartbeat(Instant now) {
    const Duration interval = shared_.options.heartbeat_interval;
    if (interval == Options::kHeartbeatOff) {
        transfer_->heartbeats.next_at = kNever;
        return;
    }
    const Duration rto = destination().rtt().rto();
    const auto jitter = Duration{static_cast<std::int64_t>(
        shared_.random.u64() % static_cast<std::uint64_t>(rto.count() + 1))};
    transfer_->heartbeats.next_at = after(now, interval + rto / 2 + jitter);
}

Result<> Association::heartbeat(std::uint64_t context, const Ancillary& ancillary, Instant now) {
    if (!is<Established>() && !is<ShutdownPending>()) {
        return fail(Errc::closed, "heartbeat: the association is not up");
    }
    if (transfer_->heartbeats.full())
        return fail(Errc::exhausted, "heartbeat: too many without an answer");
    const auto traffic_class = shared_.classes.intern(ancillary);
    if (!traffic_class) return std::unexpected{traffic_class.error()};
    send_heartbeat(context, true, *traffic_class, now);
    shared_.classes.release(*traffic_class);
    return {};
}

void Association::send_heartbeat(std::uint64_t context, bool for_user, ClassId traffic_class,
                                 Instant now) {
    const std::uint64_t nonce = shared_.random.u64();
    // DATA that a dead peer does not acknowledge makes the RTO longer, but not the wait for it.
    const RttEstimator& rtt = destination().rtt();
    const Duration wait =
        transfer_->suspected_errno == ECONNREFUSED ? rtt.measured_rto(shared_.options) : rtt.rto();
    transfer_->heartbeats.add({.nonce = nonce,
                               .context = context,
                               .sent_at = now,
                               .gives_up_at = after(now, wait),
                               .for_user = for_user});
    std::array<std::byte, wire::sctp::kTlvHeaderBytes + Heartbeats::kInfoBytes> parameter{};
    wire::Writer out{parameter};
    out.u16(std::to_underlying(wire::sctp::ParameterType::heartbeat_info));
    out.u16(static_cast<std::uint16_t>(parameter.size()));
    out.u64(nonce);
    transfer_->controls.add(wire::sctp::ChunkType::heartbeat, 0, parameter, traffic_class);
}

void Association::advance_heartbeats(Instant now) {
    while (const auto pending = transfer_->heartbeats.overdue(now)) {
        if (pending->for_user) {
            shared_.events.push_back(HeartbeatResult{.association = id_,
                                                     .path = destination().path,
                                                     .context = pending->context,
                                                     .round_trip = std::nullopt,
                                                     .ancillary = {}});
            continue;
        }
        if (transfer_->suspected_errno != ECONNREFUSED)
            destination().rtt().timed_out(shared_.options);
        strike();
        if (closed()) return;
        if (transfer_->suspected_errno == ECONNREFUSED) ask_again(now);
    }
    if (transfer_->heartbeats.next_at > now) return;
    schedule_heartbeat(now);
    if (!is<Established>() && !is<ShutdownPending>() && !is<ShutdownReceived>()) return;
    // A path that carries data is its own sign of life.
    if (now - destination().last_data_at >= shared_.options.heartbeat_interval &&
        !transfer_->heartbeats.full()) {
        send_heartbeat(0, false, ClassTable::kDefault, now);
        sender_->shrink();
        transfer_->receiver.shrink();
    }
}

/// The network says that nobody is there. Anyone can forge that (RFC 9260 §10), so that it only
/// makes us ask: the user is told, and where the peer's very port is gone the peer has to answer
/// within a few RTOs, not after as many that double.
void Association::suspect(int os_errno, Instant now) {
    const bool up = !in_handshake() && !closed();
    if (!up || transfer_->suspected_errno != 0) return;
    transfer_->suspected_errno = static_cast<std::int16_t>(os_errno);
    shared_.events.push_back(PathChanged{.association = id_,
                                         .path = destination().path,
                                         .state = PathChanged::State::unreachable,
                                         .os_errno = os_errno});
    if (os_errno == ECONNREFUSED) ask_again(now);
}

void Association::ask_again(Instant now) {
    if (auto* sent = in<ShutdownSent>()) return sent->shutdown.repeat();
    if (!is<ShutdownAckSent>() && !transfer_->heartbeats.full())
        send_heartbeat(0, false, ClassTable::kDefault, now);
}

/// Something was not answered in time: RFC 9260 §8.1 and §8.2.
void Association::strike() {
    constexpr std::uint32_t kTimeoutsBeforeFragmenting = 2;
    ++transfer_->errors;
    ++destination().errors;
    if (destination().timeouts_in_row >= kTimeoutsBeforeFragmenting) {
        // Perhaps large packets vanish without a word: let IP cut them rather than die of it.
        destination().may_fragment = true;
    }
    if (destination().active && destination().errors > shared_.options.path_retransmissions_max) {
        destination().active = false;
        shared_.events.push_back(
            PathChanged{id_, destination().path, PathChanged::State::inactive});
    }
    if (transfer_->errors > shared_.options.association_retransmissions_max) {
        const auto reason =
            transfer_->suspected_errno != 0 ? CloseReason::unreachable : CloseReason::timed_out;
        abort_with(wire::sctp::CauseCode::user_initiated_abort, {}, reason,
                   transfer_->suspected_errno);
    }
}

/// The peer answered: RFC 9260 §8.1, the counters begin anew.
void Association::answered() {
    transfer_->errors = 0;
    destination().errors = 0;
    const bool suspected = std::exchange(transfer_->suspected_errno, std::int16_t{0}) != 0;
    if (destination().active && !suspected) return;
    destination().active = true;
    shared_.events.push_back(PathChanged{id_, destination().path, PathChanged::State::active});
}

} // namespace hawser::sctp
