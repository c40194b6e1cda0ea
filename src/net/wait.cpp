#include <hawser/net/wait.hpp>

#include <hawser/net/clock.hpp>

#include <array>
#include <vector>

#include <poll.h>
#include <time.h>

namespace hawser::net {
namespace {

/// Sockets that are watched without an allocation.
constexpr std::size_t kFew = 16;

timespec to_timespec(Duration wait) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
    return {.tv_sec = seconds.count(), .tv_nsec = (wait - seconds).count()};
}

bool poll_once(std::span<pollfd> fds, Instant until) {
    if (until == kNever) return ppoll(fds.data(), fds.size(), nullptr, nullptr) > 0;
    const Instant now = Clock::now();
    const timespec timeout = to_timespec(until <= now ? Duration::zero() : until - now);
    return ppoll(fds.data(), fds.size(), &timeout, nullptr) > 0;
}

bool wait_awake(std::span<pollfd> fds, Instant until, Duration spin) {
    const Instant sleep_at = std::min(until, after(Clock::now(), spin));
    do {
        if (poll_once(fds, Instant::min())) return true;
    } while (Clock::now() < sleep_at);
    return poll_once(fds, until);
}

} // namespace

bool wait(std::span<const Interest> interests, Instant until, Duration spin) {
    std::array<pollfd, kFew> few;
    std::vector<pollfd> many(interests.size() > kFew ? interests.size() : 0);
    const std::span<pollfd> fds =
        many.empty() ? std::span{few}.first(interests.size()) : std::span{many};
    for (std::size_t i = 0; i < fds.size(); ++i) {
        const int wanted = POLLIN | (interests[i].writable ? POLLOUT : 0);
        fds[i] = {.fd = interests[i].fd, .events = static_cast<short>(wanted), .revents = 0};
    }
    return spin > Duration::zero() ? wait_awake(fds, until, spin) : poll_once(fds, until);
}

bool wait(std::span<const Interest> interests, Instant until) {
    return wait(interests, until, Duration::zero());
}

} // namespace hawser::net
