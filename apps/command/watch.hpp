// Follows what happens to an association beside its messages.
#pragma once

#include "command/condition.hpp"
#include "command/session.hpp"

#include <cstdint>
#include <memory>

namespace hawser::command {

/// A marking that the kernel refuses ends the association: what was to be marked cannot follow
/// later in another way.
class Watch {
public:
    static std::shared_ptr<Watch> start(Session& session, const Connection& connection);

    Watch(Session& session, const Connection& connection)
        : session_(session),
          changed_(session.executor()),
          connection_(connection),
          events_(connection.events()) {}

    /// Waits for the end of the association and says what went wrong, a refused marking first.
    asio::awaitable<Outcome<>> end();

private:
    static asio::awaitable<void> follow(std::shared_ptr<Watch> self);
    void take(const Event& event);

    Session& session_;
    Condition changed_;
    Connection connection_;
    EventStream events_;
    Outcome<> ending_;
    std::uint64_t refused_ = 0;
    int refused_errno_ = 0;
    bool peer_is_done_ = false;
    bool ended_ = false;
};

} // namespace hawser::command
