// SHUTDOWN: RFC 9260 §9.2.
#include "sctp/association/association.hpp"

namespace hawser::sctp {

Verdict Association::on_shutdown(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    const auto shutdown = wire::sctp::Shutdown::parse(chunk.value);
    if (!shutdown) return Verdict::malformed;
    if (const auto* sent = in<ShutdownSent>()) { // both at once
        state_ = ShutdownAckSent{.guard = sent->guard, .shutdown_ack = {}};
        return Verdict::accepted;
    }
    if (!is<ShutdownReceived>()) {
        state_ = ShutdownReceived{.guard = guard()};
        shared_.events.push_back(PeerShutdown{id_});
        sender_->await_end();
    }
    // Its Cumulative TSN Ack counts like a SACK's.
    const auto outcome = sender_->acknowledge_cumulative(shutdown->cumulative_tsn, arrival.now);
    if (outcome.verdict == Sender::SackVerdict::acknowledges_unsent && !awaits_new_tsns())
        return violation("SHUTDOWN acknowledges a TSN never sent");
    after_acknowledgement(outcome, arrival.now);
    return Verdict::accepted;
}

} // namespace hawser::sctp
