#include "simulation/flight_watch.hpp"

#include "simulation/villain.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hawser::test {
namespace {

constexpr std::size_t kCommonHeaderBytes = 12;

/// A TSN further away than this begins another association.
constexpr std::uint32_t kSameLife = 1u << 20;

} // namespace

void FlightWatch::seen(const Sighting& sighting) {
    then_.seen(sighting);
    if (sighting.direction != Direction::out) return;
    if (read_number(sighting.bytes, 2, 2) == Villain::kPort) return; // not the friend's
    if (!is_new(sighting.bytes)) return;
    for (const sctp::PathStatus& path : side_.engine->paths(side_.association())) {
        if (path.path.remote != sighting.path.remote) continue;
        // A window that is not used up lets a whole packet leave, and a probe may leave in any
        // case.
        const std::size_t most = path.congestion_window_bytes + 2 * path.packet_bytes_max;
        EXPECT_LE(path.in_flight_bytes, most)
            << "new DATA beyond a congestion window of " << path.congestion_window_bytes;
    }
}

/// Whether its DATA leaves for the first time; not told of the first of an association.
bool FlightWatch::is_new(Bytes packet) {
    Bytes rest = packet.subspan(kCommonHeaderBytes);
    bool any = false;
    while (rest.size() >= 8) {
        const std::size_t length = std::max<std::size_t>(read_number(rest, 2, 2), 4);
        const std::uint32_t type = read_number(rest, 0, 1);
        if (type == kData || type == kIData) {
            const std::uint32_t tsn = read_number(rest, 4, 4);
            const std::uint32_t ahead = tsn - newest_;
            any |= ahead > 0 && ahead < kSameLife;
            if (ahead < kSameLife || 0 - ahead >= kSameLife) newest_ = tsn;
        }
        rest = rest.subspan(std::min((length + 3) / 4 * 4, rest.size()));
    }
    return any;
}

} // namespace hawser::test
