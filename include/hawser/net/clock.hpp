// The clock of the outside world.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/engine/wall_clock.hpp>

namespace hawser::net {

/// CLOCK_MONOTONIC as the timeline of this process.
struct Clock {
    static Instant now();
    /// The offset from the monotonic timeline to CLOCK_REALTIME, as it stands at this moment.
    static WallClock wall_clock();
};

} // namespace hawser::net
