// Arithmetic with polynomials modulo that of CRC32c, for tables made at compile time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hawser::crc {

/// The polynomial with its bits reversed: bit 31 stands for x^0, as in all of its registers.
inline constexpr std::uint32_t kPolynomial = 0x82f6'3b78;

constexpr std::uint32_t times_x(std::uint32_t value) {
    return (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
}

consteval std::uint32_t x_to_the(std::size_t power) {
    std::uint32_t value = std::uint32_t{1} << 31;
    for (std::size_t i = 0; i < power; ++i)
        value = times_x(value);
    return value;
}

/// Entry w carries a register over w words of eight bytes, for a multiplication without carries
/// whose product one crc32 instruction reduces. The 33: the product of two reversed polynomials is
/// one bit short, and crc32 multiplies by x^32.
template <std::size_t kWordsMax>
consteval std::array<std::uint32_t, kWordsMax + 1> make_carries() {
    std::array<std::uint32_t, kWordsMax + 1> carries{};
    std::uint32_t value = x_to_the(64 - 33);
    for (std::size_t words = 1; words < carries.size(); ++words) {
        carries[words] = value;
        for (int bit = 0; bit < 64; ++bit)
            value = times_x(value);
    }
    return carries;
}

} // namespace hawser::crc
