// What ping prints.
#pragma once

#include "command/pinger.hpp"
#include "command/table.hpp"

#include <string>
#include <vector>

namespace hawser::command {

/// "1  0.41 ms   there: EF/ECT(1) arrived CS0/ECT(1), DSCP changed, 1 hop   back: ...".
std::string ping_line(const PingAnswer& answer);

/// Questions, and how long the answers took.
class RoundTrips {
public:
    void ask() { ++asked_; }
    void add(Duration round_trip) { times_.push_back(round_trip); }
    std::uint64_t asked() const { return asked_; }
    std::uint64_t answered() const { return times_.size(); }
    /// Asked, answered, loss, min, avg, max.
    std::vector<std::string> cells() const;
    /// A table that has their columns between the first and the others.
    static Table table(Table::Column first, std::vector<Table::Column> others);

private:
    std::uint64_t asked_ = 0;
    std::vector<Duration> times_;
};

/// Counts the answers to one class of questions.
class PingTally {
public:
    explicit PingTally(const Marking& marking) : marking_(marking) {}

    void ask() { round_trips_.ask(); }
    void add(const PingAnswer& answer);

    const Marking& marking() const { return marking_; }
    /// Cells of a row of `ping_table`.
    std::vector<std::string> row() const;

private:
    Marking marking_;
    RoundTrips round_trips_;
    std::vector<std::string> there_, here_; ///< each way of arriving once
    bool peer_tells_ = true;
};

std::string ping_table(const std::vector<PingTally>& tallies);

} // namespace hawser::command
