// One coroutine waits until another one says that something has changed.
#pragma once

#include "command/asio.hpp"

namespace hawser::command {

/// All on one thread. A `notify` before the `wait` is not remembered: look at the facts first.
class Condition {
public:
    explicit Condition(const asio::any_io_executor& executor) : timer_(executor) {
        timer_.expires_at(asio::steady_timer::time_point::max());
    }

    asio::awaitable<void> wait() { return elapse(timer_); }
    void notify() { timer_.cancel(); }

private:
    asio::steady_timer timer_;
};

} // namespace hawser::command
