#include "command/file_name.hpp"

namespace hawser::command {
namespace {

/// File systems take 255 bytes; our hidden names need some of them.
constexpr std::size_t kNameBytesMax = 200;

bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
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
    if (name.size() > kNameBytesMax) {
        std::size_t end = kNameBytesMax;
        while (end > 0 && !starts_character(name[end]))
            --end;
        name.resize(end);
    }
    return name;
}

} // namespace hawser::command
