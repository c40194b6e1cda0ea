#include "command/text.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <system_error>

namespace hawser::command {
namespace {

double in_seconds(Duration time) {
    return std::chrono::duration<double>(time).count();
}

/// A number below 1000 with its unit, in three or four digits.
std::string scaled(double value, std::string_view unit) {
    static constexpr std::array<std::string_view, 6> kPrefixes{"", "k", "M", "G", "T", "P"};
    std::size_t prefix = 0;
    while (value >= 999.5 && prefix + 1 < kPrefixes.size()) {
        value /= 1000;
        ++prefix;
    }
    return fmt::format("{:.{}f} {}{}", value, prefix == 0 || value >= 99.95 ? 0 : 1,
                       kPrefixes[prefix], unit);
}

} // namespace

std::string human_bytes(std::uint64_t bytes) {
    return scaled(static_cast<double>(bytes), "B");
}

std::string human_rate(std::uint64_t bytes, Duration time) {
    if (time <= Duration::zero()) return "-";
    return scaled(static_cast<double>(bytes) / in_seconds(time), "B/s");
}

std::string human_duration(Duration time) {
    const double value = in_seconds(time);
    if (value < 1e-3) return fmt::format("{:.0f} us", value * 1e6);
    if (value < 1) return fmt::format("{:.2f} ms", value * 1e3);
    return fmt::format("{:.2f} s", value);
}

Duration seconds(double count) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

namespace {

std::string escaped(std::string_view text, bool keeps_lines) {
    std::string safe;
    safe.reserve(text.size());
    unsigned char before = 0;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        const bool allowed = c == '\t' || (c == '\n' && keeps_lines);
        const bool control = (octet < 0x20 && !allowed) || octet == 0x7f;
        const bool control_in_utf8 = before == 0xc2 && octet >= 0x80 && octet < 0xa0;
        if (control_in_utf8) safe.pop_back();
        if (control || control_in_utf8) {
            safe += fmt::format("\\x{:02x}", octet);
        } else {
            safe += c;
        }
        before = octet;
    }
    return safe;
}

} // namespace

std::string escaped(std::string_view text) {
    return escaped(text, false);
}

std::string escaped_lines(std::string_view text) {
    return escaped(text, true);
}

std::string shown(const std::string& path) {
    return path.empty() ? "\"\"" : path;
}

std::string counted(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string peer_text(const Path& path) {
    return path.protocol == Protocol::ip ? host_to_string(path.remote) : to_string(path.remote);
}

std::string os_text(int number) {
    return std::generic_category().message(number);
}

} // namespace hawser::command
