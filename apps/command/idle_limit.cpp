#include "command/idle_limit.hpp"

#include <hawser/net/clock.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hawser::command {

void IdleLimit::start(std::function<void()> action) {
    if (!limit_) return;
    action_ = std::move(action);
    touch();
    wait();
}

void IdleLimit::touch() {
    if (limit_) moved_ = net::Clock::now();
}

void IdleLimit::wait() {
    const Duration idle = net::Clock::now() - moved_;
    if (idle >= *limit_) {
        exceeded_ = true;
        action_();
        return;
    }
    timer_.expires_after(*limit_ - idle);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) wait();
    });
}

std::optional<Duration> IdleLimit::peer_silence() const {
    if (!limit_) return std::nullopt;
    return *limit_ * 3 / 4;
}

std::optional<Duration> IdleLimit::peer_pause() const {
    if (!limit_) return std::nullopt;
    return *limit_ / 4;
}

Duration IdleLimit::look_interval() const {
    constexpr Duration kLongest = std::chrono::seconds{1};
    return limit_ ? std::min(*limit_ / 16, kLongest) : kLongest;
}

} // namespace hawser::command
