// How associations end when nothing is in the way: RFC 9260 §9.2.
#include "sctp/association/association.hpp"

#include <algorithm>
#include <cerrno>

namespace hawser::sctp {

Result<> Association::shutdown(Instant now) {
    if (closed()) return fail(Errc::closed, "the association has ended");
    if (Attempts* handshake = attempts()) {
        handshake->shutdown_wanted = true;
        // Nobody knows of it yet.
        if (is<CookieWait>() && sender_->drained()) close(CloseReason::shutdown);
        return {};
    }
    if (!is<Established>()) return {}; // under way
    state_ = ShutdownPending{.guard = after(now, shared_.options.shutdown_guard)};
    sender_->await_end();
    move_towards_shutdown(now);
    return {};
}

/// Takes the next step as soon as all that was sent has been acknowledged.
void Association::move_towards_shutdown(Instant now) {
    // Once asked for, all begins again or does not: what the peer sends until its end has numbers
    // of the one kind or the other.
    if (!sender_->drained() || awaits_new_tsns()) return;
    if (is<ShutdownPending>() || is<ShutdownReceived>()) give_up_reconfiguration();
    if (const auto* pending = in<ShutdownPending>()) {
        state_ = ShutdownSent{.guard = pending->guard, .shutdown = {}};
    } else if (const auto* received = in<ShutdownReceived>()) {
        const Instant guard = received->guard != kNever
                                  ? received->guard
                                  : after(now, shared_.options.shutdown_guard);
        state_ = ShutdownAckSent{.guard = guard, .shutdown_ack = {}};
    }
}

/// T2-shutdown. All has been acknowledged both ways once SHUTDOWN ACK is said: where its answer
/// does not come, the peer had it and has gone (RFC 9260 §9.2 would go on to
/// Association.Max.Retrans).
void Association::retry_shutdown(Instant now) {
    constexpr unsigned kShutdownAcksMax = 4; // 15 s of the initial RTO
    if (auto* last = in<ShutdownAckSent>(); last != nullptr && ++last->repeated >= kShutdownAcksMax)
        return close(CloseReason::shutdown);
    // Where the network says that the peer's port is gone, and it does not say otherwise.
    constexpr unsigned kRefusedMax = 4;
    Destination& silent = sender_->destinations()[request()->destination()];
    const bool refused = silent.suspected_errno == ECONNREFUSED;
    if (auto* first = in<ShutdownSent>(); first != nullptr && refused) {
        if (++first->refused >= kRefusedMax)
            return close(CloseReason::unreachable, std::nullopt, {}, ECONNREFUSED);
    } else {
        silent.rtt().timed_out(silent.rto_limits(shared_.options));
    }
    strike(silent, now);
    if (Request* unanswered = request()) unanswered->ask_again();
}

/// Long enough for the peer to ask once more, and once more after that. A peer that has sent no
/// DATA knows no round trip: it asks after its initial RTO. On this host ICMP tells it that we have
/// gone.
void Association::linger(Instant now) {
    constexpr Duration kLingerMax = std::chrono::seconds{2};
    const bool is_asked_late =
        transfer_->receiver.chunks() == 0 && !current().path.remote.is_loopback();
    const Duration rest = is_asked_late ? kLingerMax : 3 * current().rtt().rto();
    const Instant until = after(now, std::min(rest, kLingerMax));
    const bool later = shared_.lingers_until == kNever || until > shared_.lingers_until;
    if (later) shared_.lingers_until = until;
}

} // namespace hawser::sctp
