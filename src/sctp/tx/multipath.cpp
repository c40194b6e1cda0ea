// Several paths at once: concurrent multipath transfer, and what keeps one from holding up others.
#include "sctp/tx/sender.hpp"

#include <algorithm>

namespace hawser::sctp {
namespace {

double seconds(Duration duration) {
    return std::chrono::duration<double>{duration}.count();
}

/// What the path is known to take in a second: of windows that never met a loss only what they are.
double known_rate(const Destination& destination) {
    const std::size_t window =
        std::min(destination.congestion->slow_start_threshold(), destination.congestion->window());
    return static_cast<double>(window) / seconds(destination.usual_delay());
}

} // namespace

Way& Sender::way(const Destination& destination) {
    if (!ways_) ways_ = std::make_unique<Ways>();
    return ways_->at(destination.index);
}

/// The Cumulative TSN waits for the slowest path. Of each one its own oldest chunk is what counts:
/// a cumulative acknowledgement for that path alone.
bool Sender::progressed(const Destination& destination, bool cumulative_advanced) const {
    if (!is_concurrent()) return cumulative_advanced;
    return std::ranges::any_of(destination.lanes(),
                               [](const Lane& lane) { return lane.oldest_acked; });
}

/// All that was on its way there when the recovery began has arrived, or goes another way.
bool Sender::is_recovered(const Destination& destination) {
    const Instant began = way(destination).recovery_began_at;
    return std::ranges::all_of(destination.lanes(), [&](const Lane& lane) {
        return lane.lost.empty() &&
               (lane.in_flight.empty() || chunks_[lane.in_flight.front()].sent_at > began);
    });
}

/// RFC 6356 §3, as a share of what the path would grow by alone: alpha * cwnd / cwnd_total.
double Sender::share_of_growth(const Destination& destination) const {
    if (!is_concurrent() || shared_.options.multipath != Multipath::coupled) return 1;
    double best = 0;
    double sum = 0;
    for (const Destination* one : destinations_) {
        if (!one->is_usable() || one->in_flight_before == 0) continue;
        const auto window = static_cast<double>(one->congestion->window());
        const double round_trip = seconds(one->usual_delay());
        best = std::max(best, window / (round_trip * round_trip));
        sum += window / round_trip;
    }
    if (sum == 0) return 1;
    const auto window = static_cast<double>(destination.congestion->window());
    return std::min(1.0, window * best / (sum * sum));
}

/// What the peer's window counts for what is to go again.
std::size_t Sender::lost_charge() const {
    std::size_t charge = 0;
    for (const Destination* destination : destinations_) {
        for (const Lane& lane : destination->lanes()) {
            Tsn tsn = lane.lost.front();
            for (std::size_t i = 0; i < lane.lost.size(); ++i, tsn = chunks_[tsn].next)
                charge += window_charge(chunks_[tsn]);
        }
    }
    return charge;
}

// --- what was lost ---

/// Another path with room that brings it across sooner: the one whose slow start threshold is the
/// largest for its round trip. nullptr: where it was lost is as good.
Destination* Sender::best_way_for_lost(const Destination& lost_on) const {
    Destination* best = nullptr;
    double most = lost_on.is_usable() ? known_rate(lost_on) : 0;
    for (Destination* one : destinations_) {
        const bool fits = one->packet_bytes >= lost_on.packet_bytes || !lost_on.is_usable();
        if (one == &lost_on || !one->is_usable() || !one->has_window() || !fits) continue;
        if (const double rate = known_rate(*one); rate > most) {
            most = rate;
            best = one;
        }
    }
    return best;
}

void Sender::spread_lost(Instant now) {
    for (Destination* destination : destinations_) {
        if (!destination->any_lost()) continue;
        if (Destination* other = best_way_for_lost(*destination))
            send_elsewhere(*destination, *other, now);
    }
}

/// Where one path lost much a SACK has no room left to say what arrived by others: nothing says
/// that these are silent.
void Sender::spare_unreported(Instant now) {
    const std::optional<Tsn> end = end_of_report();
    if (!end) return;
    for_each_lane([&](Lane& lane) {
        const bool unreported = !lane.in_flight.empty() && end->precedes(lane.in_flight.front());
        if (unreported && !lane.touched) lane.start_t3(now);
    });
}

// --- what a slow path holds up ---

/// The peer's window is full of what waits for a slower path, while a faster one has room: its
/// oldest chunk goes there, too, and the slow path gets a smaller window, once a round trip. (As
/// opportunistic retransmission and penalization in Raiciu et al., NSDI 2012, section 4.2.) One
/// that is overdue, and perhaps dead, is asked for a sign of life, and not used before that comes:
/// T3-rtx has nothing left to find it out by.
Lane* Sender::next_held_up(Instant now) {
    if (!is_concurrent() || chunks_.empty() || destinations_.any_lost()) return nullptr;
    const std::size_t wanted = std::min(queue_.ready_bytes(), current().chunk_bytes_max());
    if (window_left() >= wanted) return nullptr;
    constexpr std::size_t kLookedAtMax = 64;
    const std::size_t looked_at = std::min(chunks_.size(), kLookedAtMax);
    Tsn tsn = chunks_.first();
    for (std::size_t i = 0; i < looked_at; ++i, tsn = tsn.next()) {
        SentChunk& chunk = chunks_[tsn];
        if (chunk.state != ChunkState::in_flight || chunk.sent_twice_over) continue;
        Destination* const other = way_past(chunk, now);
        if (other == nullptr) continue;
        Lane& slow = lane_of(chunk);
        Lane& fast = other->lane_of(slow.traffic_class);
        if (Way& held = way(*slow.destination); held.spared_until <= now) {
            held.spared_until = now + slow.destination->usual_delay();
            slow.destination->congestion->marked();
        }
        if (overdue_at(chunk) <= now) {
            slow.destination->doubted = true;
            slow.destination->heartbeat_at = now;
        }
        slow.in_flight.remove(chunks_, tsn);
        left_network(chunk);
        if (!slow.has_outstanding()) {
            slow.stop_t3();
            slow.tail_probe = slow.reordering = kNever;
        }
        chunk.state = ChunkState::lost;
        chunk.destination = other->index;
        chunk.lane = fast.index;
        chunk.rerouted = chunk.sent_twice_over = true;
        fast.lost.push_back(chunks_, tsn);
        ++count().retransmissions.faster_path;
        ++other->tally().retransmissions.faster_path;
        new_class_ = fast.traffic_class;
        return &fast;
    }
    return nullptr;
}

/// When something is amiss with the path of a chunk that was not acknowledged by then.
Instant Sender::overdue_at(const SentChunk& chunk) const {
    const Destination& on = destinations_[chunk.destination];
    return chunk.sent_at + on.usual_delay() + 4 * on.rtt().variation() +
           shared_.options.delayed_ack;
}

/// By which a chunk would arrive before the path that it is on can bring it; nullptr: none now.
Destination* Sender::way_past(const SentChunk& chunk, Instant now) {
    const Destination& slow = destinations_[chunk.destination];
    const Instant expected = chunk.sent_at + slow.usual_delay();
    const Instant overdue = overdue_at(chunk);
    Destination* best = nullptr;
    for (Destination* one : destinations_) {
        if (one == &slow || !one->is_usable() || !one->has_window() || one->pace_at > now) continue;
        if (one->packet_bytes < packet_bytes_of(chunk)) continue;
        if (overdue > now && now + one->usual_delay() >= expected) {
            one->paced_until = std::min(one->paced_until, overdue); // looks again then
            continue;
        }
        if (best == nullptr || one->usual_delay() < best->usual_delay()) best = one;
    }
    return best;
}

} // namespace hawser::sctp
