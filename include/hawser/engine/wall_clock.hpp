// Wall time from engine time: an offset given at construction.
#pragma once

#include <hawser/core/instant.hpp>

#include <chrono>

namespace hawser {

/// Turns an Instant into wall time, where it is needed: certificates, captures.
struct WallClock {
    std::chrono::sys_time<std::chrono::nanoseconds> at_zero; ///< the wall time of Instant{}

    std::chrono::sys_time<std::chrono::nanoseconds> at(Instant instant) const {
        return at_zero + instant.time_since_epoch();
    }
};

} // namespace hawser
