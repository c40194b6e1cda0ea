// What became of files: the table at the end of send and receive.
#pragma once

#include "command/dialect.hpp"

#include <hawser/core/instant.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace hawser::command {

struct FileReport {
    std::string name;
    std::string sent_name; ///< by a sender that called it something else; else empty
    std::uint64_t bytes = 0;
    Duration time{};
    Marking sent;                 ///< as asked by the sender
    std::vector<Arrived> arrived; ///< the most frequent first
    Outcome<> outcome;
};

/// "EF/ECT(1)"; "CS0/CE 93 %, EF/ECT(1) 7 %" when messages of one file arrived differently.
std::string arrived_text(const std::vector<Arrived>& arrived);

/// Lines for standard output: one a file, and a sum.
std::string file_table(const std::vector<FileReport>& files, Duration time);

/// What the files together say: the worst of their failures.
Outcome<> worst_of(const std::vector<FileReport>& files);

/// Counts how messages arrived.
class ArrivalCount {
public:
    void add(const Marking& marking);
    /// The most frequent first.
    std::vector<Arrived> sorted() const;

private:
    std::vector<Arrived> seen_;
};

} // namespace hawser::command
