// Child processes: peers that must not share our address space.
#pragma once

#include "row.hpp"
#include "support/machine.hpp"

#include <chrono>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace hawser::bench {

/// A child whose standard output we read. Ended, by its own id, at the latest with this object.
class Process {
public:
    /// `arguments[0]` is the program: a path, or a name looked up in PATH.
    static Outcome<Process> start(const std::vector<std::string>& arguments);

    Process(Process&& other) noexcept
        : pid_{std::exchange(other.pid_, -1)}, output_{std::move(other.output_)} {}
    Process& operator=(Process&& other) noexcept {
        std::swap(pid_, other.pid_);
        output_ = std::move(other.output_);
        return *this;
    }
    ~Process();

    /// Reads until the child closes its output and has ended; an error when it takes longer than
    /// `patience` or ends with another status than 0.
    Outcome<std::string> output(std::chrono::milliseconds patience);
    /// Reads until the child has printed a line, or something without a line's end.
    Outcome<std::string> line(std::chrono::milliseconds patience);

private:
    Process(pid_t pid, Descriptor output) : pid_{pid}, output_{std::move(output)} {}

    /// What the child has printed; empty once it has closed its output.
    Outcome<std::string> some(Clock::time_point until);

    pid_t pid_ = -1;
    Descriptor output_;
};

/// Runs a program of ours that stands beside this one and prints a single number.
Outcome<double> run_peer(const std::string& name, std::vector<std::string> arguments);

} // namespace hawser::bench
