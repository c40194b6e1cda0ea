#include "command/log_text.hpp"

#include "command/marking.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace hawser::command {

std::string clock_time(capture::WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds);
    return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:06} UTC",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), rest.count());
}

std::string marking_counts(const std::vector<capture::MarkingTally>& markings,
                           const std::map<std::uint8_t, std::uint64_t>& hop_limits) {
    std::string text;
    for (const auto& tally : markings) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                            Marking{tally.dscp, tally.ecn, {}}.text(), tally.packets);
    }
    std::string hops;
    for (const auto& [limit, packets] : hop_limits)
        hops += fmt::format("{}{}", hops.empty() ? "; hop limit " : ", ", limit);
    return text.empty() ? "none" : text + hops;
}

} // namespace hawser::command
