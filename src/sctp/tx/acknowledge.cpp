// What a SACK does: RFC 9260 §6.2.1, at the cost of what is new in it.
#include "sctp/begun_again.hpp"
#include "sctp/tx/sender.hpp"

#include <algorithm>

namespace hawser::sctp {

/// Whether a Cumulative TSN Ack says what it cannot; nullopt when all is well, which only one of
/// what is outstanding is. Half the circle away a number neither precedes another nor follows it.
std::optional<Sender::SackVerdict> Sender::judge(Tsn cumulative) const {
    const Tsn before = chunks_.first().previous();
    if (cumulative.steps_from(before) <= chunks_.size()) return std::nullopt;
    if (began_again_ && is_of_before(cumulative, before)) return SackVerdict::old;
    return cumulative.precedes(before) ? SackVerdict::old : SackVerdict::acknowledges_unsent;
}

Sender::SackOutcome Sender::acknowledge(const wire::sctp::SackView& sack, Instant now) {
    const Tsn cumulative = sack.cumulative_tsn();
    if (const auto verdict = judge(cumulative)) return {.verdict = *verdict};
    const std::size_t outstanding = last_sent_tsn().steps_from(cumulative);
    for (std::size_t i = 0; i < sack.gap_count(); ++i) {
        if (sack.gap(i).last > outstanding) return {.verdict = SackVerdict::acknowledges_unsent};
    }
    begin_marking();
    const Tsn before = chunks_.first().previous();
    const bool advanced = advance_cumulative(cumulative, now);
    apply_gaps(sack, before, now);
    if (sack.duplicate_count() > 0) note_duplicates(sack, now);
    window_answered_ = true;
    // With the Cumulative TSN of the last one, and less to report, it was overtaken on its way: its
    // window is history.
    const bool overtaken = !advanced && reported_chunks() < sacked_chunks_;
    if (!overtaken) window_changed(sack.receive_window_bytes(), now);
    return conclude(advanced, now);
}

Sender::SackOutcome Sender::acknowledge_cumulative(Tsn cumulative, Instant now) {
    if (const auto verdict = judge(cumulative)) return {.verdict = *verdict};
    begin_marking();
    const std::uint32_t moved = cumulative.steps_from(chunks_.first().previous());
    const bool advanced = advance_cumulative(cumulative, now);
    if (reported_) move_reported(moved);
    return conclude(advanced, now);
}

/// What the last SACK reported counts from the Cumulative TSN, which has moved without one.
void Sender::move_reported(std::uint32_t moved) {
    std::vector<Range>& ranges = reported_->now;
    std::erase_if(ranges, [moved](const Range& range) { return range.last <= moved; });
    for (Range& range : ranges)
        range = {range.first > moved ? range.first - moved : 1, range.last - moved};
}

void Sender::begin_marking() {
    for (Destination* destination : destinations_) {
        destination->highest_newly_acked = chunks_.first().previous();
        destination->in_flight_before = destination->in_flight_bytes;
        destination->recovery_began = false;
    }
}

bool Sender::advance_cumulative(Tsn cumulative, Instant now) {
    const bool advanced = chunks_.first().previous() != cumulative;
    while (chunks_.first().previous() != cumulative) {
        const Tsn tsn = chunks_.first();
        SentChunk& chunk = chunks_[tsn];
        if (chunk.state == ChunkState::sacked || chunk.state == ChunkState::settled) {
            lane_of(chunk).sacked_bytes -= chunk.length;
            --sacked_chunks_;
            if (chunk.state == ChunkState::settled) --chunk.message->settled_fragments;
        } else if (chunk.state != ChunkState::abandoned) {
            newly_acked(tsn, chunk, now);
        }
        OutgoingMessage* message = chunk.message;
        chunks_.pop();
        if (--message->unacked_fragments == 0) acknowledged(message);
    }
    return advanced;
}

/// All of a message that had left is acknowledged, or passed over.
void Sender::acknowledged(OutgoingMessage* message) {
    if (message->settled) {
        queue_.release(message);
    } else if (message->given_up != GivenUp::no) {
        if (message->reported) queue_.release(message); // else it stands among those given up
    } else if (message->fully_sent()) {
        queue_.uncount(*message);
        queue_.release(message);
    }
}

/// A chunk left the network: its bytes, its round trip and its place in its class's order.
void Sender::newly_acked(Tsn tsn, SentChunk& chunk, Instant now) {
    Lane& lane = lane_of(chunk);
    if (chunk.state == ChunkState::in_flight) {
        if (lane.in_flight.front() == tsn) lane.oldest_acked = true;
        lane.in_flight.remove(chunks_, tsn);
        left_network(chunk);
    } else {
        lane.lost.remove(chunks_, tsn);
        if (chunk.transmissions == 1) arrived_after_all(tsn, now);
    }
    lane.touched = true;
    if (chunk.rerouted) return; // by where it was sent before, of which nothing is known any more
    lane.acked_bytes += chunk_bytes(chunk);
    if (chunk.sent_twice_over) return;
    Tsn& highest = lane.destination->highest_newly_acked;
    if (highest.precedes(tsn)) highest = tsn;

    const bool first_transmission = chunk.transmissions == 1;
    if (lane.any_delivered && first_transmission && tsn.precedes(lane.highest_delivered)) {
        lane.reordering_seen = true; // it was overtaken, not lost
    }
    if (!lane.any_delivered || lane.highest_delivered.precedes(tsn)) lane.highest_delivered = tsn;
    const Duration rtt = now - chunk.sent_at;
    // An answer faster than the path ever was is one to an earlier transmission (RFC 8985 §6.2).
    if (!first_transmission && rtt < lane.rtt.least()) return arrived_after_all(tsn, now);
    if (!lane.any_delivered || chunk.sent_at >= lane.delivered_sent_at) {
        lane.delivered_sent_at = chunk.sent_at;
        lane.delivered_rtt = rtt;
        // Karn's algorithm (RFC 9260 §6.3.1 C5): only what was sent once tells a round trip.
        if (first_transmission && chunk.sent_at >= lane.sampled_at) {
            lane.rtt_sampled = true; // and once a round trip (C4)
            lane.rtt_sample = rtt;
        }
        lane.any_delivered = true;
    }
}

void Sender::mark_range(const Range& range, Instant now) {
    const Tsn base = chunks_.first().previous();
    for (std::uint32_t step = range.first; step <= range.last; ++step) {
        const Tsn tsn = base.plus(step);
        SentChunk& chunk = chunks_[tsn];
        if (chunk.state >= ChunkState::sacked) continue;
        newly_acked(tsn, chunk, now);
        chunk.state = ChunkState::sacked;
        lane_of(chunk).sacked_bytes += chunk.length;
        ++sacked_chunks_;
    }
}

void Sender::read_gaps(const wire::sctp::SackView& sack) {
    std::swap(reported_->now, reported_->before);
    std::vector<Range>& ranges = reported_->now;
    ranges.clear();
    std::uint32_t end = 0;
    for (std::size_t i = 0; i < sack.gap_count(); ++i) {
        const wire::sctp::Gap gap = sack.gap(i);
        if (gap.first <= end || gap.last < gap.first) return; // not in order: believe no more of it
        ranges.push_back({gap.first, gap.last});
        end = gap.last;
    }
}

/// Marks what the gap blocks report and the last SACK's did not.
void Sender::apply_gaps(const wire::sctp::SackView& sack, Tsn moved_from, Instant now) {
    if (!reported_) {
        if (sack.gap_count() == 0) return;
        reported_ = std::make_unique<Reported>();
    }
    read_gaps(sack);
    const std::vector<Range>& before = reported_->before;
    const std::uint32_t moved = chunks_.first().previous().steps_from(moved_from);
    std::size_t known = 0;
    for (const Range& range : reported_->now) {
        std::uint32_t from = range.first;
        while (known < before.size() && before[known].last < from + moved)
            ++known;
        for (std::size_t i = known; i < before.size(); ++i) {
            const Range& old = before[i];
            if (old.first > range.last + moved) break;
            if (old.first > from + moved) mark_range({from, old.first - moved - 1}, now);
            from = std::max(from, old.last - moved + 1);
        }
        if (from <= range.last) mark_range({from, range.last}, now);
    }
}

std::size_t Sender::reported_chunks() const {
    if (!reported_) return 0;
    std::size_t total = 0;
    for (const Range& range : reported_->now)
        total += range.last - range.first + 1;
    return total;
}

void Sender::window_changed(std::uint32_t advertised, Instant now) {
    const bool was_closed = advertised_ == 0;
    advertised_ = advertised;
    if (advertised > 0) {
        window_probe_ = kNever;
        if (!was_closed || !window_probe_tsn_) return;
        // What probed the closed window was thrown away there: it goes again at once.
        const Tsn probe = *std::exchange(window_probe_tsn_, std::nullopt);
        if (!chunks_.contains(probe) || chunks_[probe].state != ChunkState::in_flight) return;
        mark_lost(probe, Lost::refused);
    } else if (in_flight_payload_ == 0 && window_probe_ == kNever) {
        window_probe_ = after(now, current().rtt().rto());
    }
}

/// After all marks of a SACK: round trips, timers, losses, congestion windows.
Sender::SackOutcome Sender::conclude(bool cumulative_advanced, Instant now) {
    SackOutcome outcome{.acknowledged_something = cumulative_advanced,
                        .cumulative_advanced = cumulative_advanced};
    for_each_lane([&](const Lane& lane) { outcome.acknowledged_something |= lane.touched; });
    for (Destination* destination : destinations_)
        conclude(*destination, cumulative_advanced, now);
    if (shared_.options.recovery == Recovery::rfc9260) count_misses(now);
    for (Destination* destination : destinations_)
        grow(*destination, cumulative_advanced, now);
    pass_settled(now);
    notice_reneging();
    for (const auto& destination : destinations_) {
        if (destination->in_recovery) steer_recovery(*destination, cumulative_advanced);
    }
    if (is_concurrent()) spread_lost(now);
    if (is_concurrent() && outcome.acknowledged_something) spare_unreported(now);
    for_each_lane([&](Lane& lane) {
        if (lane.touched) arm_probe(lane, now);
        lane.touched = false;
        lane.oldest_acked = false;
        lane.acked_bytes = 0;
        lane.rtt_sampled = false;
    });
    for (Destination* destination : destinations_)
        destination->allow_burst(shared_.options);
    reroute(now);
    abandon_doomed(now);
    notice_ack_point(now);
    return outcome;
}

void Sender::conclude(Destination& destination, bool cumulative_advanced, Instant now) {
    std::size_t acked_bytes = 0;
    for (Lane& lane : destination.lanes())
        acked_bytes += conclude(lane, cumulative_advanced, now);
    if (destination.in_recovery) leave_recovery_at_its_end(destination);
    if (acked_bytes > 0) {
        destination.answered = true;
        destination.timeouts_in_row = 0;
    }
    if (shared_.options.recovery != Recovery::rack) return;
    for (Lane& lane : destination.lanes()) {
        if (lane.touched) detect_losses(lane, now);
    }
}

/// After losses were looked for.
void Sender::grow(Destination& destination, bool cumulative_advanced, Instant now) {
    std::size_t acked_bytes = 0;
    for (const Lane& lane : destination.lanes())
        acked_bytes += lane.acked_bytes;
    if (acked_bytes == 0) return;
    std::size_t in_flight_before = destination.in_flight_before;
    // Max.Burst cuts the window (RFC 9260 §6.1 D): what it held back would have used it.
    const bool held_by_burst = shared_.options.congestion == Congestion::rfc9260 &&
                               in_flight_before >= destination.burst_limit;
    if (held_by_burst)
        in_flight_before = std::max(in_flight_before, destination.congestion->window());
    destination.congestion->acked(
        {.bytes = acked_bytes,
         .in_flight_before = in_flight_before,
         .in_flight = destination.in_flight_bytes,
         .cumulative_advanced = progressed(destination, cumulative_advanced),
         .in_recovery = destination.in_recovery,
         .recovery_began = destination.recovery_began,
         .newest = destination.highest_newly_acked,
         .next = chunks_.next(),
         .round_trip = destination.newest_round_trip(now),
         .smoothed = destination.rtt().smoothed(),
         .now = now,
         .share = share_of_growth(destination)});
}

/// What a SACK acknowledged of a class.
std::size_t Sender::conclude(Lane& lane, bool cumulative_advanced, Instant now) {
    if (!lane.touched) return 0;
    if (lane.rtt_sampled) {
        lane.rtt.sample(lane.rtt_sample, lane.destination->rto_limits(shared_.options));
        lane.sampled_at = now;
    }
    lane.probe_sent = false;
    if (!lane.has_outstanding()) {
        lane.stop_t3(); // RFC 9260 §6.3.2 R2
    } else if (lane.oldest_acked || (cumulative_advanced && !is_concurrent())) {
        lane.start_t3(now); // R3
    }
    return lane.acked_bytes;
}

/// Everything is reported by gap blocks and still the Cumulative TSN stands: the peer has thrown
/// away what it reported earlier.
void Sender::notice_reneging() {
    if (chunks_.empty()) return;
    bool any = is_abandoned(chunks_.first());
    for_each_lane([&](const Lane& lane) { any |= lane.has_outstanding(); });
    if (!any) reclaim_reneged();
}

/// RFC 9260 §6.2.1 (D) iii: what the last SACK left out of its gap blocks goes again. Looked at
/// only when nothing else moves, because a SACK that was overtaken looks the same.
void Sender::reclaim_reneged() {
    if (sacked_chunks_ == 0) return;
    const std::vector<Range>& ranges = reported_->now; // they were sacked by gap blocks
    std::size_t next_range = 0;
    const Tsn base = chunks_.first().previous();
    for (std::uint32_t step = 1; step <= chunks_.size(); ++step) {
        while (next_range < ranges.size() && ranges[next_range].last < step)
            ++next_range;
        if (next_range < ranges.size() && ranges[next_range].first <= step) continue;
        const Tsn tsn = base.plus(step);
        SentChunk& chunk = chunks_[tsn];
        if (chunk.state != ChunkState::sacked) continue;
        Lane& lane = lane_of(chunk);
        lane.sacked_bytes -= chunk.length;
        --sacked_chunks_;
        const bool given_up = chunk.message->given_up != GivenUp::no;
        chunk.state = given_up ? ChunkState::abandoned : ChunkState::lost;
        if (!given_up) lane.lost.push_back(chunks_, tsn);
    }
}

} // namespace hawser::sctp
