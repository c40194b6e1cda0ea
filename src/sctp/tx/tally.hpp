// What is counted of a path.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// Packets of SCTP, both ways.
struct Traffic {
    std::uint64_t packets_sent = 0, packets_received = 0;
    std::uint64_t bytes_sent = 0, bytes_received = 0;
    Instant last_received{}; ///< none yet

    void sent(std::size_t packets, std::size_t bytes) {
        packets_sent += packets;
        bytes_sent += bytes;
    }
    void received(std::size_t bytes, Instant now) {
        ++packets_received;
        bytes_received += bytes;
        last_received = now;
    }
    std::optional<Instant> last_heard() const {
        if (packets_received == 0) return std::nullopt;
        return last_received;
    }
    /// Of a path that is gone, so that the sum of all stays true.
    void add(const Traffic& other) {
        packets_sent += other.packets_sent;
        packets_received += other.packets_received;
        bytes_sent += other.bytes_sent;
        bytes_received += other.bytes_received;
        if (last_received < other.last_received) last_received = other.last_received;
    }
};

/// What most paths never see. Made when one does.
struct Tally {
    std::uint64_t losses = 0;
    Retransmissions retransmissions;
    std::uint64_t marks = 0;      ///< of packets that came
    std::uint64_t reductions = 0; ///< of the window, for marks of ours
};

} // namespace hawser::sctp
