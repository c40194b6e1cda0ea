// A recovery from its beginning to its end, or to the news that there was nothing to recover.
#include "sctp/tx/sender.hpp"

namespace hawser::sctp {
namespace {

/// A duplicate is reported a round trip after what made it. What a peer says of a loss when it is
/// long over is not worth a window.
constexpr int kRtosOfDoubt = 4;

} // namespace

LossFound Sender::loss_found(const Destination& destination, Instant now) const {
    return {.in_flight = destination.in_flight_before,
            .first = chunks_.first(),
            .chunks = chunks_.size(),
            .now = now,
            .doubted_until = after(now, kRtosOfDoubt * destination.rtt().rto())};
}

/// Before the losses that it is about are marked.
void Sender::enter_recovery(Destination& destination, Instant now) {
    ++count().fast_retransmits;
    if (destination.in_recovery) return;
    destination.in_recovery = destination.recovery_began = true;
    destination.recovery_point = last_sent_tsn();
    if (is_concurrent()) way(destination).recovery_began_at = now;
    if (!reduced_for_echo(destination)) destination.congestion->lost(loss_found(destination, now));
}

/// After all of a SACK is known, or the clock has found losses.
void Sender::steer_recovery(Destination& destination, bool cumulative_advanced) {
    std::size_t delivered = 0;
    for (const Lane& lane : destination.lanes())
        delivered += lane.acked_bytes;
    destination.congestion->recovering(
        {.delivered = delivered,
         .in_flight = destination.in_flight_bytes,
         .cumulative_advanced = progressed(destination, cumulative_advanced)});
}

void Sender::leave_recovery_at_its_end(Destination& destination) {
    const bool is_over = is_concurrent()
                             ? is_recovered(destination)
                             : !chunks_.first().previous().precedes(destination.recovery_point);
    if (!is_over) return;
    destination.in_recovery = false;
    destination.congestion->recovered();
}

/// What arrived twice was sent twice, and so the first time had not been lost. It has arrived,
/// then, and the SACK says that also by its other numbers; of what is missing a duplicate is a lie.
/// What was acknowledged before it went again, or too soon after, is not in doubt any more.
void Sender::note_duplicates(const wire::sctp::SackView& sack, Instant now) {
    for (std::size_t i = 0; i < sack.duplicate_count(); ++i) {
        const Tsn tsn = sack.duplicate(i);
        const bool is_missing = chunks_.contains(tsn) && chunks_[tsn].state != ChunkState::sacked &&
                                chunks_[tsn].state != ChunkState::settled;
        if (!is_missing) arrived_after_all(tsn, now);
    }
}

/// The first transmission of a chunk that was taken for lost has arrived, wherever it was sent.
void Sender::arrived_after_all(Tsn tsn, Instant now) {
    Destination& by = chunks_.contains(tsn) ? destination_of(chunks_[tsn]) : current();
    ++by.tally().retransmissions.spurious;
    ++count().retransmissions.spurious;
    for (const auto& destination : destinations_) {
        if (!destination->congestion->found_arrived(tsn, now)) continue;
        destination->in_recovery = false;
        destination->window_used_at = now; // something was under way all the time
        for (Lane& lane : destination->lanes())
            lane.reordering_seen = true; // RFC 8985 §6.2: it is given time from now on
    }
}

} // namespace hawser::sctp
