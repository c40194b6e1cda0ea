// hawser ping --paths: each of the peer's addresses is asked.
#pragma once

#include "command/marking.hpp"
#include "command/outcome.hpp"
#include "command/session.hpp"

#include <hawser/endpoint/connection.hpp>

namespace hawser::command {

struct PathQuestions {
    Marking marking;
    unsigned count = 0; ///< of each address; 0: until Ctrl-C
    Duration interval{};
    Duration wait{}; ///< for an answer
};

/// Asks by HEARTBEAT (RFC 9260 §8.3), which alone goes to an address of choice; prints a line for
/// each question, and a table.
asio::awaitable<Outcome<>> ping_paths(Session& session, Connection connection,
                                      PathQuestions questions);

} // namespace hawser::command
