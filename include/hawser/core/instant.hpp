// Time, as engines know it: they are told, and cannot ask.
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>

namespace hawser {

/// A std::chrono clock type without now(): nothing above the outside world reads a clock.
struct Timeline {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<Timeline, duration>;
    static constexpr bool is_steady = true;
};

using Duration = std::chrono::nanoseconds;
/// A moment on the monotonic timeline of one process (or one simulation).
using Instant = Timeline::time_point;

/// Later than everything: the deadline of what has nothing to do.
inline constexpr Instant kNever = Instant::max();

/// `now + wait` that stays at kNever instead of wrapping.
constexpr Instant after(Instant now, Duration wait) {
    return wait >= kNever - now ? kNever : now + wait;
}

} // namespace hawser
