// One class of traffic on its way through the network.
#pragma once

#include "sctp/tx/outgoing_message.hpp"
#include "sctp/tx/outstanding.hpp"
#include "sctp/tx/rtt.hpp"

#include <hawser/core/instant.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// Classes overtake each other in the network, so that losses are found, and round trips measured,
/// within a class only. What waits of a class stands here as well.
struct Lane {
    Lane(ClassId id, std::uint16_t its_index, const RttEstimator& estimate)
        : traffic_class{id}, index{its_index}, rtt{estimate} {}

    ClassId traffic_class;
    std::uint16_t index; ///< in the sender
    RttEstimator rtt;

    MessageList waiting;   ///< not started
    bool in_round = false; ///< stands in the sender's round of classes with work
    int refused_errno = 0; ///< the kernel would not send this class

    ChunkList in_flight; ///< in the order sent
    ChunkList lost;      ///< in the order found lost

    Instant t3_rtx = kNever;     ///< RFC 9260 §6.3.2
    Instant tail_probe = kNever; ///< RFC 8985 §7.2, the PTO
    Instant reordering = kNever; ///< when a chunk that may only be late counts as lost
    bool probe_wanted = false;   ///< a tail-loss probe is to be sent
    bool probe_sent = false;     ///< since the last acknowledgement

    // RFC 8985 §5.2: the newest chunk known to have arrived.
    Instant delivered_sent_at{};
    Duration delivered_rtt{};
    Tsn highest_delivered{};
    bool any_delivered = false;
    bool reordering_seen = false;

    // What the SACK at hand acknowledged.
    std::optional<Duration> rtt_sample;
    Instant sampled_at{}; ///< when the last one was taken
    std::size_t acked_bytes = 0;
    std::size_t sacked_bytes = 0; ///< above the Cumulative TSN, now
    bool oldest_acked = false;
    bool touched = false;

    bool has_outstanding() const { return !in_flight.empty() || !lost.empty(); }
    bool idle() const { return waiting.empty() && !has_outstanding() && sacked_bytes == 0; }
};

} // namespace hawser::sctp
