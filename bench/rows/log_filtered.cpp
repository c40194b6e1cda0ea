// log.filtered: what a packet log costs that is attached and wants nothing, in instructions.
#include "rows/rows.hpp"
#include "support/process.hpp"

#include <charconv>
#include <filesystem>
#include <string_view>

namespace hawser::bench {
namespace {

constexpr std::chrono::seconds kPatience{60};

/// callgrind says "Collected : 123".
Outcome<double> collected(std::string_view said) {
    constexpr std::string_view kBefore = "Collected : ";
    const std::size_t at = said.find(kBefore);
    double count = 0;
    if (at != std::string_view::npos) {
        const std::string_view number = said.substr(at + kBefore.size());
        std::from_chars(number.data(), number.data() + number.size(), count);
    }
    if (count == 0) return std::unexpected{"callgrind counted nothing: " + std::string{said}};
    return count;
}

Outcome<double> instructions(const std::string& log) {
    std::error_code none;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", none);
    auto child = Process::start({"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                                 "--log-fd=1", "--toggle-collect=hawser_bench_transfer",
                                 self.parent_path() / "tapped_transfer", log});
    if (!child) return std::unexpected{"needs valgrind, and is skipped: " + child.error()};
    const auto said = child->output(kPatience);
    if (!said) return std::unexpected{said.error()};
    return collected(*said);
}

} // namespace

Outcome<std::vector<Row>> run_log_filtered() {
    const auto plain = instructions("none");
    if (!plain) return std::unexpected{plain.error()};
    const auto filtered = instructions("filtered");
    if (!filtered) return std::unexpected{filtered.error()};
    constexpr double kMillion = 1e6;
    Row row = smaller_than("log.filtered", *filtered / kMillion, "M instructions", "no log",
                           *plain / kMillion);
    row.must = 1 / 1.01;
    return std::vector{row};
}

} // namespace hawser::bench
