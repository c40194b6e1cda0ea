// Questions and their answers, and what happened to both on their way.
#pragma once

#include "command/condition.hpp"
#include "command/dialect.hpp"
#include "command/session.hpp"

#include <hawser/endpoint/connection.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::command {

/// One answer, and the markings at the four places where they can be seen.
struct PingAnswer {
    std::uint32_t sequence = 0;
    Duration round_trip{};
    Marking sent;                 ///< of the question, by us
    std::optional<Marking> there; ///< of the question, at the peer; nullopt: it cannot say
    std::optional<Marking> back;  ///< of the answer, by the peer; nullopt: it does not say
    Marking here;                 ///< of the answer, at us
};

class Pinger {
public:
    Pinger(Session& session, Connection connection)
        : session_(session), connection_(std::move(connection)), changed_(session.executor()) {}

    /// Takes answers from now on, until the association ends.
    static void start(const std::shared_ptr<Pinger>& self);

    struct Question {
        Marking marking;
        sctp::StreamId stream{};
        std::size_t bytes = 64;
        Duration wait{};
    };
    /// Asks a hawser and waits for its answer; nullopt when none came in time.
    static asio::awaitable<Outcome<std::optional<PingAnswer>>> ask(std::shared_ptr<Pinger> self,
                                                                   Question question);
    /// Asks any SCTP by HEARTBEAT (RFC 9260 §8.3).
    static asio::awaitable<Outcome<std::optional<PingAnswer>>>
    ask_by_heartbeat(std::shared_ptr<Pinger> self, Question question);

    bool ended() const { return ended_; }
    const Connection& connection() const { return connection_; }

private:
    struct Asked {
        Marking sent;
        Instant at{};
        std::optional<PingAnswer> answer;
    };

    static asio::awaitable<void> read_answers(std::shared_ptr<Pinger> self);
    void take(const Pong& pong, const Message& message);

    Session& session_;
    Connection connection_;
    Condition changed_;
    std::map<std::uint32_t, Asked> asked_;
    std::uint32_t next_ = 1;
    bool ended_ = false;
};

} // namespace hawser::command
