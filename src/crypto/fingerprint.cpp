#include "crypto/fingerprint.hpp"

namespace hawser::crypto {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

constexpr char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (upper(a[i]) != upper(b[i])) return false;
    }
    return true;
}

std::string_view without_blanks_around(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::unexpected<Error> not_a_fingerprint() {
    return fail(Errc::malformed,
                "fingerprint: 32 or 48 bytes in hexadecimal are needed, e.g. \"AB:CD:...\"");
}

/// All octets are joined by colons, or none.
Result<Digest> parse_octets(std::string_view text) {
    const bool colons = text.size() > 2 && text[2] == ':';
    const std::size_t step = colons ? 3 : 2;
    const std::size_t count = (text.size() + (colons ? 1 : 0)) / step;
    const std::size_t expected_size = count * step - (colons ? 1 : 0);
    if ((count != 32 && count != 48) || text.size() != expected_size) return not_a_fingerprint();
    Digest digest;
    digest.size = static_cast<std::uint8_t>(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t high = kDigits.find(upper(text[i * step]));
        const std::size_t low = kDigits.find(upper(text[i * step + 1]));
        const bool joined = !colons || i + 1 == count || text[i * step + 2] == ':';
        if (high == std::string_view::npos || low == std::string_view::npos || !joined) {
            return not_a_fingerprint();
        }
        digest.octets[i] = static_cast<std::byte>(high << 4 | low);
    }
    return digest;
}

} // namespace

std::string fingerprint_text(Bytes bytes) {
    std::string text;
    text.reserve(bytes.size() * 3);
    for (const std::byte octet : bytes) {
        if (!text.empty()) text += ':';
        text += kDigits[static_cast<std::size_t>(octet >> 4)];
        text += kDigits[static_cast<std::size_t>(octet & std::byte{0xf})];
    }
    return text;
}

Result<Digest> parse_fingerprint(std::string_view text) {
    text = without_blanks_around(text);
    const std::size_t blank = text.find_first_of(" \t");
    if (blank == std::string_view::npos) return parse_octets(text);

    const std::string_view hash = text.substr(0, blank);
    const bool sha256 = equal_ignoring_case(hash, "sha-256");
    if (!sha256 && !equal_ignoring_case(hash, "sha-384")) {
        return fail(Errc::unsupported, "fingerprint: only sha-256 and sha-384 are supported");
    }
    const auto digest = parse_octets(without_blanks_around(text.substr(blank)));
    if (digest && digest->size != digest_bytes(sha256 ? Hash::sha256 : Hash::sha384)) {
        return fail(Errc::malformed, "fingerprint: the length is not that of its hash");
    }
    return digest;
}

} // namespace hawser::crypto
