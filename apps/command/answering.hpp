// What every listening hawser answers by itself: pings, benchmarks, and files it does not take.
#pragma once

#include "command/dialect.hpp"

#include <hawser/endpoint/connection.hpp>

#include <cstdint>

namespace hawser::command {

/// One association's answers.
class Answering {
public:
    explicit Answering(Connection connection) : connection_(std::move(connection)) {}

    /// True when the message was a question of the dialect, or an answer to nothing we asked; it is
    /// dealt with then. Files are for others, who tell a sender that none are taken here with
    /// `refuse_files`.
    bool take(const Message& message);
    void refuse_files(std::string_view reason);

private:
    void answer_ping(const Message& message);
    void answer_bench(const Message& message);
    /// An asker who does not read its answers misses some: nothing waits here.
    Result<> answer(Bytes octets, Kind kind, sctp::StreamId stream, const Ancillary& ancillary);

    Connection connection_;
    BenchAnswer bench_;
};

} // namespace hawser::command
