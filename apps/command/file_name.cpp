#include "command/file_name.hpp"

#include <fmt/format.h>

namespace hawser::command {
namespace {

/// File systems take 255 bytes; our hidden names need some of them.
constexpr std::size_t kNameBytesMax = 200;

bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
}

/// What is longer is a sentence with a full stop in it.
constexpr std::size_t kExtensionBytesMax = 32;

/// Where ".txt" or ".tar.gz" begins; the end of the name when it has none.
std::size_t extension_of(std::string_view name) {
    constexpr std::string_view kTar = ".tar";
    std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return name.size();
    if (name.size() - dot > kExtensionBytesMax) return name.size();
    if (dot > kTar.size() && name.substr(0, dot).ends_with(kTar)) dot -= kTar.size();
    return dot;
}

/// `stem` and what comes after it, the stem cut between characters so that both fit.
std::string fitted(std::string_view stem, std::string_view tail) {
    if (stem.size() + tail.size() > kNameBytesMax) {
        std::size_t end = kNameBytesMax - tail.size();
        while (end > 0 && !starts_character(stem[end]))
            --end;
        stem = stem.substr(0, end);
    }
    return std::string{stem} += tail;
}

} // namespace

std::string safe_file_name(std::string_view sent) {
    if (const std::size_t slash = sent.rfind('/'); slash != std::string_view::npos) {
        sent.remove_prefix(slash + 1);
    }
    if (sent == "." || sent == "..") return {};
    std::string name;
    for (const char c : sent) {
        const auto octet = static_cast<unsigned char>(c);
        name += octet < 0x20 || octet == 0x7f || c == '\\' ? '_' : c;
    }
    // A hidden file could be one that programs obey, and would look like one of our partial files.
    if (name.starts_with('.')) name.front() = '_';
    const std::string_view all{name};
    const std::size_t extension = extension_of(all);
    return fitted(all.substr(0, extension), all.substr(extension));
}

std::string numbered_file_name(std::string_view safe_name, unsigned number) {
    const std::size_t extension = extension_of(safe_name);
    return fitted(safe_name.substr(0, extension),
                  fmt::format("-{}{}", number, safe_name.substr(extension)));
}

} // namespace hawser::command
