#include <hawser/net/clock.hpp>

#include <time.h>

namespace hawser::net {
namespace {

std::chrono::nanoseconds read(clockid_t clock) {
    timespec at{};
    clock_gettime(clock, &at); // cannot fail for these clocks
    return std::chrono::seconds{at.tv_sec} + std::chrono::nanoseconds{at.tv_nsec};
}

} // namespace

Instant Clock::now() {
    return Instant{read(CLOCK_MONOTONIC)};
}

WallClock Clock::wall_clock() {
    const auto wall = read(CLOCK_REALTIME);
    const auto monotonic = read(CLOCK_MONOTONIC);
    return {std::chrono::sys_time<std::chrono::nanoseconds>{wall - monotonic}};
}

} // namespace hawser::net
