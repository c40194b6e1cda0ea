// What is lost, and when: RFC 8985 on TSNs, or RFC 9260 §7.2.4 and §6.3.3.
#include "sctp/tx/sender.hpp"

#include <algorithm>

namespace hawser::sctp {
namespace {

/// RFC 8985 §6.2 step 4: with this many packets' worth arrived beyond a hole, a path that never
/// reordered is not given time to.
constexpr std::size_t kReorderingThresholdPackets = 3;
/// RFC 9260 §7.2.4.
constexpr std::uint8_t kMissThreshold = 3;

} // namespace

void Sender::mark_lost(Lane& lane, Tsn tsn) {
    SentChunk& chunk = chunks_[tsn];
    lane.in_flight.remove(chunks_, tsn);
    left_network(chunk);
    chunk.state = ChunkState::lost;
    lane.lost.push_back(chunks_, tsn);
}

void Sender::enter_recovery() {
    ++counts_.fast_retransmits;
    if (path_.in_recovery) return;
    path_.in_recovery = true;
    path_.recovery_point = last_sent_tsn();
    path_.congestion->lost();
}

void Sender::detect_losses(Lane& lane, Instant now) {
    lane.reordering = kNever;
    if (!lane.any_delivered || lane.in_flight.empty()) return;
    detect_by_time(lane, now);
}

/// The list is in the order sent, so that this costs what is newly lost and one look more.
void Sender::detect_by_time(Lane& lane, Instant now) {
    Duration tolerance = lane.rtt.least() / 4;
    if (!lane.reordering_seen &&
        (path_.in_recovery ||
         lane.sacked_bytes >= kReorderingThresholdPackets * path_.packet_bytes)) {
        tolerance = Duration{};
    }
    tolerance = std::min(tolerance, lane.rtt.smoothed());
    bool any = false;
    while (!lane.in_flight.empty()) {
        const Tsn tsn = lane.in_flight.front();
        const SentChunk& chunk = chunks_[tsn];
        const bool sent_before =
            chunk.sent_at < lane.delivered_sent_at ||
            (chunk.sent_at == lane.delivered_sent_at && tsn.precedes(lane.highest_delivered));
        if (!sent_before) break;
        const Instant overdue = chunk.sent_at + lane.delivered_rtt + tolerance;
        if (overdue > now) {
            lane.reordering = overdue;
            break;
        }
        mark_lost(lane, tsn);
        any = true;
    }
    if (any) enter_recovery();
}

/// RFC 9260 §7.2.4: a TSN below the highest newly acknowledged one (HTNA) that is still missing is
/// struck once a SACK; the third strike is a loss.
void Sender::count_misses(Tsn highest_newly_acked) {
    bool any = false;
    for (Tsn tsn = chunks_.first(); tsn.precedes(highest_newly_acked); tsn = tsn.next()) {
        SentChunk& chunk = chunks_[tsn];
        if (chunk.state != ChunkState::in_flight || chunk.fast_retransmitted) continue;
        if (++chunk.misses < kMissThreshold) continue;
        mark_lost(*lanes_[chunk.lane], tsn);
        any = true;
    }
    if (any) enter_recovery();
}

/// RFC 9260 §6.3.3.
void Sender::t3_expired(Lane& lane, Instant now) {
    ++counts_.timeouts;
    ++path_.timeouts_in_row;
    lane.rtt.timed_out(shared_.options);
    while (!lane.in_flight.empty())
        mark_lost(lane, lane.in_flight.front());
    path_.congestion->timed_out();
    path_.in_recovery = false;
    reclaim_reneged();
    // The earliest go first (RFC 9260 §6.3.3 E3), and any may be found missing anew (§7.2.4).
    lane.lost = {};
    for (std::uint32_t i = 0; i < chunks_.size(); ++i) {
        const Tsn tsn = chunks_.first().plus(i);
        SentChunk& chunk = chunks_[tsn];
        chunk.misses = 0;
        chunk.fast_retransmitted = false;
        if (chunk.lane == lane.index && chunk.state == ChunkState::lost) {
            lane.lost.push_back(chunks_, tsn);
        }
    }
    lane.tail_probe = kNever;
    lane.reordering = kNever;
    lane.probe_sent = false;
    lane.t3_rtx = after(now, lane.rtt.rto());
    burst_limit_ = path_.in_flight_bytes + shared_.options.max_burst * path_.chunk_bytes_max();
}

unsigned Sender::advance(Instant now) {
    unsigned counted = 0;
    release_timed(now);
    expire(now);
    if (window_probe_ <= now) window_probe_ = kNever;
    if (paced_until_ <= now) paced_until_ = kNever;
    for (const auto& lane : lanes_) {
        if (lane->reordering <= now) detect_losses(*lane, now);
        if (lane->tail_probe <= now) {
            lane->tail_probe = kNever;
            lane->probe_sent = true;
            lane->probe_wanted = !lane->in_flight.empty();
        }
        if (lane->t3_rtx > now) continue;
        if (!lane->has_outstanding()) {
            lane->t3_rtx = kNever;
            continue;
        }
        // RFC 9260 §6.1 (A): a peer that answers with a closed window is alive.
        const bool closed_but_alive = advertised_ == 0 && window_answered_;
        t3_expired(*lane, now);
        if (!closed_but_alive && now >= next_strike_) {
            // Classes share the path: their timers together are one strike.
            counted = 1;
            next_strike_ = now + lane->rtt.rto() / 4;
        }
        window_answered_ = false;
    }
    return counted;
}

void Sender::restart_timers(Instant now) {
    for (const auto& lane : lanes_) {
        if (lane->has_outstanding()) lane->t3_rtx = after(now, lane->rtt.rto());
    }
}

} // namespace hawser::sctp
