#include "crypto/vectors.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>

namespace hawser::crypto {

std::vector<std::byte> from_hex(std::string_view digits) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::vector<std::byte> bytes;
    bool half = false;
    for (const char c : digits) {
        if (c == ' ') continue;
        const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        const std::size_t value = kDigits.find(lower);
        HAWSER_ASSERT(value != std::string_view::npos);
        if (half) {
            bytes.back() = bytes.back() << 4 | static_cast<std::byte>(value);
        } else {
            bytes.push_back(static_cast<std::byte>(value));
        }
        half = !half;
    }
    HAWSER_ASSERT(!half);
    return bytes;
}

std::string to_hex(Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::byte octet : bytes) {
        text += kDigits[static_cast<std::size_t>(octet >> 4)];
        text += kDigits[static_cast<std::size_t>(octet & std::byte{0xf})];
    }
    return text;
}

Entropy entropy_of(std::uint8_t number) {
    Entropy entropy{};
    for (std::size_t i = 0; i < entropy.size(); ++i) {
        entropy[i] = static_cast<std::byte>(i * 7 + number * 31U + 1);
    }
    return entropy;
}

Entropy entropy_from(Bytes beginning) {
    Entropy entropy{};
    HAWSER_ASSERT(beginning.size() <= entropy.size());
    std::ranges::copy(beginning, entropy.begin());
    return entropy;
}

} // namespace hawser::crypto
