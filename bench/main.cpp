// hawser_bench: how fast, how large, and beside whom.
#include "row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace hawser::bench {
namespace {

constexpr std::string_view kUsage =
    "usage: hawser_bench [NAME...] [--json] [--list]\n"
    "\n"
    "Runs the benchmarks whose name begins with one of NAME, or all of them. Each takes at most\n"
    "six seconds (link.vs_tcp: two minutes) and is measured beside its reference in the same run;\n"
    "only the ratio means something on a machine that others use too.\n"
    "\n"
    "  --json   one object a line instead of a table\n"
    "  --list   the names, and what each measures\n"
    "\n"
    "The status is 1 when a benchmark could not run. A requirement that is not met is in the\n"
    "table.\n";

struct Arguments {
    std::vector<std::string_view> names;
    bool json = false;
    bool list = false;
    bool help = false;
    bool wrong = false;
};

Arguments parse(std::span<char* const> words) {
    Arguments arguments;
    for (const std::string_view word : words) {
        if (word == "--json")
            arguments.json = true;
        else if (word == "--list")
            arguments.list = true;
        else if (word == "--help" || word == "-h")
            arguments.help = true;
        else if (word.starts_with('-'))
            arguments.wrong = true;
        else
            arguments.names.push_back(word);
    }
    return arguments;
}

bool selects(std::string_view name, std::string_view benchmark) {
    // `sctp.udp.gso.16k.vs_tcp` names a row of `sctp.udp.gso.16k`, which is measured as a whole.
    return benchmark.starts_with(name) ||
           (name.starts_with(benchmark) && name[benchmark.size()] == '.');
}

bool selected(const Arguments& arguments, std::string_view benchmark) {
    if (arguments.names.empty()) return true;
    return std::ranges::any_of(arguments.names,
                               [&](std::string_view name) { return selects(name, benchmark); });
}

std::string number(const std::optional<double>& value) {
    if (!value) return "";
    if (*value != 0 && *value < 100) return fmt::format("{:.3g}", *value);
    return fmt::format("{:.0f}", *value);
}

std::string required(const Row& row, const std::optional<double>& bound) {
    if (!bound) return "";
    return (row.bound == Bound::value_at_most ? "<= " : ">= ") + number(bound);
}

void print_table_head() {
    fmt::print("{:<30}{:>10} {:<14}{:<18}{:>10}{:>9}{:>9}{:>9}\n", "name", "value", "unit",
               "reference", "its value", "ratio", "must", "goal");
}

void print_table_line(const Row& row) {
    const std::optional<bool> met = row.met();
    fmt::print("{:<30}{:>10} {:<14}{:<18}{:>10}{:>9}{:>9}{:>9}{}\n", row.name, number(row.value),
               row.unit, row.reference, number(row.reference_value), number(row.ratio),
               required(row, row.must), required(row, row.goal),
               !met   ? ""
               : *met ? "  met"
                      : "  MISSED");
}

std::string json(const std::optional<double>& value) {
    return value ? fmt::format("{:.6g}", *value) : "null";
}

void print_json_line(const Row& row) {
    // No name or unit has a character that JSON would want escaped.
    fmt::print(R"({{"name":"{}","value":{},"unit":"{}","reference":{},"reference_value":{},)"
               R"("ratio":{},"must":{},"goal":{}}})"
               "\n",
               row.name, json(row.value), row.unit,
               row.reference.empty() ? "null" : fmt::format("\"{}\"", row.reference),
               json(row.reference_value), json(row.ratio), json(row.must), json(row.goal));
}

int run(const Arguments& arguments) {
    int status = 0;
    bool any = false;
    if (!arguments.json) print_table_head();
    for (const Benchmark& benchmark : benchmarks()) {
        if (!selected(arguments, benchmark.name)) continue;
        any = true;
        const auto rows = benchmark.run();
        if (!rows) {
            fmt::print(stderr, "hawser_bench: {}: {}\n", benchmark.name, rows.error());
            status = 1;
            continue;
        }
        for (const Row& row : *rows)
            arguments.json ? print_json_line(row) : print_table_line(row);
        std::fflush(stdout);
    }
    if (any) return status;
    fmt::print(stderr, "hawser_bench: no benchmark has that name; --list shows all\n");
    return 2;
}

int command(int argc, char** argv) {
    const Arguments arguments = parse({argv + 1, argv + argc});
    if (arguments.wrong || arguments.help) {
        fmt::print(arguments.wrong ? stderr : stdout, "{}", kUsage);
        return arguments.wrong ? 2 : 0;
    }
    if (arguments.list) {
        for (const Benchmark& benchmark : benchmarks()) {
            fmt::print("{:<26}{}\n", benchmark.name, benchmark.what);
        }
        return 0;
    }
    return run(arguments);
}

} // namespace
} // namespace hawser::bench

int main(int argc, char** argv) {
    return hawser::bench::command(argc, argv);
}
