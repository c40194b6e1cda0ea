// What a benchmark answers: rows of a table, each a figure beside another one of the same run.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::bench {

/// A benchmark that could not run says why.
template <class T = void>
using Outcome = std::expected<T, std::string>;

/// What `must` and `goal` bound.
enum class Bound : std::uint8_t {
    ratio_at_least, ///< the ratio to the reference
    value_at_most,  ///< the value itself: bytes, allocations
};

/// One line of the table.
struct Row {
    std::string name;
    double value = 0;
    std::string unit;
    std::string reference; ///< what it is compared with; empty: nothing
    std::optional<double> reference_value;
    /// How many times better than the reference; higher is always better (0.8: 1.25 times slower).
    std::optional<double> ratio;
    std::optional<double> must;
    std::optional<double> goal;
    Bound bound = Bound::ratio_at_least;

    /// nullopt when nothing is required.
    std::optional<bool> met() const;
};

/// A throughput beside another: the ratio is value / reference.
Row faster_than(std::string name, double value, std::string unit, std::string reference,
                double reference_value);
/// A time or a size beside another: the ratio is reference / value.
Row smaller_than(std::string name, double value, std::string unit, std::string reference,
                 double reference_value);

/// Runs for at most 6 s. The first row bears the benchmark's name, the others begin with it.
struct Benchmark {
    std::string_view name;
    std::string_view what; ///< one line for --list
    Outcome<std::vector<Row>> (*run)();
};

/// Every benchmark, in the order of the table.
std::span<const Benchmark> benchmarks();

} // namespace hawser::bench
