// How a command ends: an exit code that scripts can rely on, and a sentence for people.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace hawser::command {

/// docs/command.md and `hawser --help` list them.
enum class ExitCode : int {
    ok = 0,
    usage = 1,         ///< the command line makes no sense
    address = 2,       ///< an address or port of ours or theirs cannot be used
    peer = 3,          ///< the peer refused, was silent, or went away
    integrity = 4,     ///< what arrived is not what was sent
    file = 5,          ///< a file or the disk
    marking = 6,       ///< this kernel cannot set a marking that was asked for
    limit = 7,         ///< a message or a stream beyond a limit
    idle = 8,          ///< nothing came or went for as long as --idle-timeout says
    hung_up = 129,     ///< SIGHUP, as a terminal that goes sends it, before the work was done
    interrupted = 130, ///< Ctrl-C; within a run, any of these three signals
    terminated = 143,  ///< SIGTERM
};

struct Failure {
    ExitCode code;
    std::string text; ///< what was wrong, and what would be right
};

template <class T = void>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> failure(ExitCode code, std::string text) {
    return std::unexpected{Failure{code, std::move(text)}};
}

} // namespace hawser::command
