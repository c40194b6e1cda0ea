// One class of traffic on its way to a destination.
#pragma once

#include "sctp/tx/outgoing_message.hpp"
#include "sctp/tx/outstanding.hpp"
#include "sctp/tx/rtt.hpp"

#include <hawser/core/instant.hpp>

#include <cstddef>
#include <cstdint>

namespace hawser::sctp {

class Destination;

/// Classes overtake each other in the network, so that losses are found, and round trips measured,
/// within a class only.
struct Lane {
    Lane(Destination& where, ClassId id, std::uint16_t its_index, const RttEstimator& estimate)
        : destination{&where}, traffic_class{id}, index{its_index}, rtt{estimate} {}

    Destination* destination;
    ClassId traffic_class;
    std::uint16_t index;          ///< in the destination
    bool probe_wanted = false;    ///< a tail-loss probe is to be sent
    bool probe_sent = false;      ///< since the last acknowledgement
    bool reordering_seen = false; ///< RFC 8985 §5.2, RACK.reordering_seen
    RttEstimator rtt;

    ChunkList in_flight; ///< in the order sent
    ChunkList lost;      ///< in the order found lost

    Instant t3_rtx = kNever;     ///< RFC 9260 §6.3.2
    Instant tail_probe = kNever; ///< RFC 8985 §7.2, the PTO
    Instant reordering = kNever; ///< when a chunk that may only be late counts as lost

    // RFC 8985 §5.2: the newest chunk known to have arrived.
    Instant delivered_sent_at{};
    Duration delivered_rtt{};
    Tsn highest_delivered{};
    bool any_delivered = false;

    // What the SACK at hand acknowledged.
    bool oldest_acked = false;
    bool touched = false;
    bool rtt_sampled = false;
    Duration rtt_sample{};
    Instant sampled_at{}; ///< when the last one was taken
    std::size_t acked_bytes = 0;
    std::size_t sacked_bytes = 0; ///< above the Cumulative TSN, now

    bool has_outstanding() const { return !in_flight.empty() || !lost.empty(); }
    bool idle() const { return !has_outstanding() && sacked_bytes == 0; }

    void start_t3(Instant now) { t3_rtx = after(now, rtt.rto()); }
    void stop_t3() { t3_rtx = kNever; }
};

} // namespace hawser::sctp
