// --idle-timeout: a run that nothing moves ends by itself.
#pragma once

#include "command/asio.hpp"

#include <hawser/core/instant.hpp>

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>

namespace hawser::command {

/// Waits until nothing has come or gone for so long. Signs of life that carry no message do not
/// count; those tell whether the peer is there: see `peer_silence`.
class IdleLimit {
public:
    /// No limit: every call does nothing.
    IdleLimit(const asio::any_io_executor& executor, std::optional<Duration> limit)
        : limit_(limit), timer_(executor) {}

    std::optional<Duration> limit() const { return limit_; }
    /// Counts from now on; `action` is called once.
    void start(std::function<void()> action);
    /// Something has moved.
    void touch();
    void stop() { timer_.cancel(); }
    bool exceeded() const { return exceeded_; }

    /// How long a peer may give no sign of life: shorter than the limit, so that a peer that is
    /// gone is told from one that has nothing to say.
    std::optional<Duration> peer_silence() const;
    /// After how long without one a peer is asked for a sign of life.
    std::optional<Duration> peer_pause() const;
    /// How often to look whether anything has moved, and to ask again.
    Duration look_interval() const;

private:
    void wait();

    std::optional<Duration> limit_;
    asio::steady_timer timer_;
    std::function<void()> action_;
    Instant moved_{};
    bool exceeded_ = false;
};

} // namespace hawser::command
