// What a command tells people, on standard error; results go to standard output.
#pragma once

#include "command/outcome.hpp"

#include <string>
#include <string_view>

namespace hawser::command {

/// Prints a result on standard output.
void show(std::string_view text);

struct ConsoleOptions {
    bool verbose = false;
    bool results_beside = false; ///< on standard error: standard output carries something else
};

class Console {
public:
    explicit Console(const ConsoleOptions& options = {});

    /// Prints a result.
    void show(std::string_view text);

    /// A line that everybody sees.
    void say(std::string_view line);
    /// A line for those who asked for more.
    void detail(std::string_view line);
    bool verbose() const { return options_.verbose; }

    /// Whether anybody would see a progress bar.
    bool shows_progress() const { return terminal_; }
    /// Draws the bar anew: done of all, with a remark after. Does nothing without a terminal.
    void progress(double done, std::string_view remark);
    /// Takes the bar away.
    void end_progress();

private:
    ConsoleOptions options_;
    bool terminal_;
    bool drawn_ = false;
};

/// Says what is wrong with the command line, before anything was begun.
ExitCode refuse(const Failure& failure);

} // namespace hawser::command
