// What is lost, and when: RFC 8985 on TSNs, or RFC 9260 §7.2.4 and §6.3.3.
#include "sctp/tx/sender.hpp"

#include <hawser/core/check.hpp>
#include <hawser/wire/sctp/data.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {
namespace {

/// RFC 8985 §6.2 step 4: with this many packets' worth arrived beyond a hole, a path that never
/// reordered is not given time to.
constexpr std::size_t kReorderingThresholdPackets = 3;
/// RFC 9260 §7.2.4.
constexpr std::uint8_t kMissThreshold = 3;
/// A SACK with so many gap blocks may have had no room for more: in a packet of 512 bytes 121 fit.
constexpr std::size_t kGapBlocksOfAFullSack = 100;

} // namespace

void Sender::left_network(const SentChunk& chunk) {
    destination_of(chunk).in_flight_bytes -= chunk_bytes(chunk);
    in_flight_payload_ -= chunk.length;
    in_flight_charge_ -= window_charge(chunk);
}

void Sender::mark_lost(Tsn tsn, Lost why) {
    SentChunk& chunk = chunks_[tsn];
    Lane& lane = lane_of(chunk);
    if (why != Lost::refused) {
        const auto which =
            why == Lost::timed_out ? &Retransmissions::timeout : &Retransmissions::fast;
        Tally& there = lane.destination->tally();
        ++there.losses;
        ++(there.retransmissions.*which);
        ++count().losses;
        ++(count().retransmissions.*which);
    }
    lane.in_flight.remove(chunks_, tsn);
    left_network(chunk);
    chunk.state = ChunkState::lost;
    lane.lost.push_back(chunks_, tsn);
    lane.destination->congestion->found_lost({.tsn = tsn,
                                              .sent_again_before = chunk.transmissions > 1,
                                              .bytes = chunk_bytes(chunk),
                                              .sent_at = chunk.sent_at});
    doom_if_lost_too_often(chunk);
}

/// What arrived beyond this TSN the last SACK may have had no room to report; nullopt: it had.
std::optional<Tsn> Sender::end_of_report() const {
    if (!reported_ || reported_->now.size() < kGapBlocksOfAFullSack) return std::nullopt;
    return acknowledged_tsn().plus(reported_->now.back().last);
}

/// By time, RFC 8985 §6.2. The list is in the order sent, so that this costs what is newly lost and
/// one look more.
void Sender::detect_losses(Lane& lane, Instant now) {
    lane.reordering = kNever;
    if (!lane.any_delivered || lane.in_flight.empty()) return;
    Destination& destination = *lane.destination;
    Duration tolerance = lane.rtt.least() / 4;
    if (!lane.reordering_seen &&
        (destination.in_recovery ||
         lane.sacked_bytes >= kReorderingThresholdPackets * destination.packet_bytes)) {
        tolerance = Duration{};
    }
    tolerance = std::min(tolerance, lane.rtt.smoothed());
    const std::optional<Tsn> end = end_of_report();
    bool any = false;
    while (!lane.in_flight.empty()) {
        const Tsn tsn = lane.in_flight.front();
        if (end && end->precedes(tsn)) break; // the holes that are known are closed first
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
        if (!std::exchange(any, true)) enter_recovery(destination, now);
        mark_lost(tsn, Lost::overtaken);
    }
}

/// RFC 9260 §7.2.4: a TSN below the highest newly acknowledged one (HTNA) that is still missing is
/// struck once a SACK; the third strike is a loss. Packets overtake each other between paths, so
/// that each has an HTNA of its own.
void Sender::count_misses(Instant now) {
    Tsn highest = chunks_.first();
    for (Destination* destination : destinations_)
        if (highest.precedes(destination->highest_newly_acked))
            highest = destination->highest_newly_acked;
    const Destination* recovering = nullptr;
    for (Tsn tsn = chunks_.first(); tsn.precedes(highest); tsn = tsn.next()) {
        SentChunk& chunk = chunks_[tsn];
        if (chunk.state != ChunkState::in_flight || chunk.fast_retransmitted) continue;
        Destination& destination = destination_of(chunk);
        if (!tsn.precedes(destination.highest_newly_acked)) continue;
        if (++chunk.misses < kMissThreshold) continue;
        if (std::exchange(recovering, &destination) != &destination)
            enter_recovery(destination, now);
        mark_lost(tsn, Lost::overtaken);
    }
}

/// RFC 9260 §6.3.3.
void Sender::t3_expired(Lane& lane, Instant now) {
    Destination& destination = *lane.destination;
    ++count().timeouts;
    ++destination.timeouts_in_row;
    lane.rtt.timed_out(destination.rto_limits(shared_.options));
    destination.congestion->timed_out(loss_found(destination, now));
    destination.in_recovery = false;
    while (!lane.in_flight.empty())
        mark_lost(lane.in_flight.front(), Lost::timed_out);
    reclaim_reneged();
    for (std::uint32_t i = 0; i < chunks_.size(); ++i) { // any may be found missing anew (§7.2.4)
        SentChunk& chunk = chunks_[chunks_.first().plus(i)];
        chunk.misses = 0;
        chunk.fast_retransmitted = false;
    }
    sort_lost(lane);
    lane.tail_probe = kNever;
    lane.reordering = kNever;
    lane.probe_sent = false;
    lane.start_t3(now);
    Destination* const other = is_concurrent() ? best_way_for_lost(destination) : nullptr;
    send_elsewhere(destination, other != nullptr ? *other : destinations_.alternate_to(destination),
                   now);
}

/// The earliest go first: RFC 9260 §6.3.3 E3.
void Sender::sort_lost(Lane& lane) {
    lane.lost = {};
    for (std::uint32_t i = 0; i < chunks_.size(); ++i) {
        const Tsn tsn = chunks_.first().plus(i);
        const SentChunk& chunk = chunks_[tsn];
        if (chunk.state == ChunkState::lost && &lane_of(chunk) == &lane)
            lane.lost.push_back(chunks_, tsn);
    }
}

/// RFC 9260 §6.4.1: what was lost on one path goes again on another.
void Sender::send_elsewhere(Destination& from, Destination& to, Instant now) {
    if (&from == &to) return;
    for (Lane& lane : from.lanes()) {
        if (lane.lost.empty()) continue;
        Lane& other = to.lane_of(lane.traffic_class);
        while (!lane.lost.empty()) {
            const Tsn tsn = lane.lost.front();
            lane.lost.remove(chunks_, tsn);
            SentChunk& chunk = chunks_[tsn];
            chunk.destination = to.index;
            chunk.lane = other.index;
            chunk.rerouted = true;
            chunk.sent_twice_over = is_concurrent();
        }
        sort_lost(other);
        if (!lane.has_outstanding()) lane.stop_t3();
        if (other.t3_rtx == kNever) other.start_t3(now);
    }
}

void Sender::forget(Destination& gone, Instant now) {
    Destination& heir = destinations_.heir_of(gone);
    for (Lane& lane : gone.lanes()) {
        while (!lane.in_flight.empty())
            mark_lost(lane.in_flight.front(), Lost::refused);
    }
    send_elsewhere(gone, heir, now);
    for (std::uint32_t i = 0; i < chunks_.size(); ++i) { // the others need not go again
        SentChunk& chunk = chunks_[chunks_.first().plus(i)];
        if (chunk.destination != gone.index) continue;
        Lane& other = heir.lane_of(gone.lane(chunk.lane).traffic_class);
        if (chunk.state == ChunkState::sacked) other.sacked_bytes += chunk.length;
        chunk.destination = heir.index;
        chunk.lane = other.index;
    }
    if (abandonment_ && abandonment_->told_to == gone.index) abandonment_->told_to = heir.index;
    if (ways_) ways_->at(gone.index) = {}; // which may be another's soon
    destinations_.remove(gone);
    if (ways_ && ways_->all.size() > destinations_.slots())
        ways_->all.resize(destinations_.slots());
    destinations_.choose();
    abandon_doomed(now);
}

void Sender::reroute(Instant now) {
    if (!destinations_.several()) return;
    destinations_.choose();
    for (Destination* destination : destinations_)
        if (!destination->is_usable()) send_elsewhere(*destination, current(), now);
}

/// Fires the clocks of a class.
void Sender::advance(Lane& lane, Instant now) {
    if (lane.reordering <= now) {
        Destination& destination = *lane.destination;
        destination.in_flight_before = destination.in_flight_bytes;
        detect_losses(lane, now);
        if (destination.in_recovery) steer_recovery(destination, false);
    }
    if (lane.tail_probe <= now) {
        lane.tail_probe = kNever;
        lane.probe_sent = true;
        lane.probe_wanted = !lane.in_flight.empty();
    }
    if (lane.t3_rtx > now) return;
    HAWSER_COSTLY_ASSERT(lane.has_outstanding()); // R2: `conclude` stops it with the last
    if (!lane.has_outstanding()) {
        lane.stop_t3();
        return;
    }
    // RFC 9260 §6.1 (A): a peer that answers with a closed window is alive.
    const bool closed_but_alive = advertised_ == 0 && window_answered_;
    t3_expired(lane, now);
    window_answered_ = false;
    Destination& destination = *lane.destination;
    if (closed_but_alive || now < destination.next_error_at) return;
    // Classes share the path: their timers together are one error.
    destination.next_error_at = now + lane.rtt.rto() / 4;
    destination.timed_out = true;
}

} // namespace hawser::sctp
