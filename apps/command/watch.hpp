// Follows what happens to an association beside its messages.
#pragma once

#include "command/condition.hpp"
#include "command/paths.hpp"
#include "command/session.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace hawser::command {

/// With --idle-timeout, looks whether anything moves and whether the peer is there at all.
///
/// A marking that the kernel refuses ends the association: what was to be marked cannot follow
/// later in another way.
class Watch {
public:
    static std::shared_ptr<Watch> start(Session& session, const Connection& connection);

    Watch(Session& session, const Connection& connection)
        : session_(session),
          changed_(session.executor()),
          connection_(connection),
          events_(connection.events()),
          look_timer_(session.executor()) {}

    /// Waits for the end of the association and says what went wrong, a refused marking first.
    asio::awaitable<Outcome<>> end();
    /// A line for the end of a command, where the peer had several addresses; else nothing.
    std::string paths_summary() const { return paths_.summary(); }

private:
    static asio::awaitable<void> follow(std::shared_ptr<Watch> self);
    static asio::awaitable<void> look_after(std::shared_ptr<Watch> self);
    bool look();
    void begin_with_paths();
    void take(const Event& event);
    void take(const sctp::PathChanged& changed);

    Session& session_;
    Condition changed_;
    Connection connection_;
    EventStream events_;
    PathCount paths_;
    Outcome<> ending_;
    std::uint64_t unacknowledged_ = 0; ///< messages that came back when it ended
    std::uint64_t refused_ = 0;
    int refused_errno_ = 0;
    bool peer_is_done_ = false;
    bool ended_ = false;
    asio::steady_timer look_timer_;
    std::array<std::uint64_t, 3> moved_{}; ///< DATA sent, DATA received, bytes on their way
    std::uint64_t packets_ = 0;            ///< received
    Instant heard_{};
    bool silent_ = false;
};

} // namespace hawser::command
