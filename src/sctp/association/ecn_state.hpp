// What an association knows of marks that the network puts on packets.
#pragma once

#include <hawser/wire/sctp/types.hpp>

#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// RFC 3168, with ECNE and CWR as RFC 4960 Appendix A has them; made where both ends know of it.
struct EcnState {
    // --- what we send ---

    /// Whether packets marked ECT(0) arrive: until the first is acknowledged nobody knows, and one
    /// that goes again before that says that the path drops them.
    enum class Path : std::uint8_t { unknown, carries, drops };
    Path path = Path::unknown;
    std::optional<Tsn> first_marked{};      ///< none has left yet
    std::uint64_t retransmitted_before = 0; ///< chunks, when it left
    std::optional<Tsn> reduced_for{};       ///< CWR is to be sent

    void test_again() {
        path = Path::unknown;
        first_marked.reset();
    }

    // --- what comes ---

    bool echoing = false;           ///< ECNE goes with each SACK, until CWR comes
    Tsn congested_tsn{};            ///< the lowest of the last datagram with a mark
    std::uint64_t congested_at = 0; ///< which packet that was

    /// A packet marked CE brought this chunk. True for the first of its chunks.
    bool congested(Tsn tsn, std::uint64_t packet) {
        const bool same_packet = echoing && congested_at == packet;
        if (!same_packet) ++marks_received;
        if (!echoing || (same_packet ? tsn.precedes(congested_tsn) : congested_tsn.precedes(tsn)))
            congested_tsn = tsn;
        congested_at = packet;
        echoing = true;
        return !same_packet;
    }
    /// The peer has heard of it.
    void answered(Tsn tsn) {
        if (!tsn.precedes(congested_tsn)) echoing = false;
    }

    // --- counters ---

    std::uint64_t marks_received = 0;
    std::uint64_t echoes_received = 0;
    std::uint64_t reductions = 0;
};

} // namespace hawser::sctp
