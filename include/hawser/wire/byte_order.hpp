// Numbers in memory: network order and its opposite, whatever the alignment.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace hawser::wire {

/// Reads a number most significant byte first.
template <std::unsigned_integral T>
T load_big(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return std::endian::native == std::endian::little ? std::byteswap(value) : value;
}

/// Writes a number most significant byte first.
template <std::unsigned_integral T>
void store_big(std::byte* to, T value) {
    if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
    std::memcpy(to, &value, sizeof value);
}

/// Reads a number least significant byte first.
template <std::unsigned_integral T>
T load_little(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return std::endian::native == std::endian::little ? value : std::byteswap(value);
}

/// Writes a number least significant byte first.
template <std::unsigned_integral T>
void store_little(std::byte* to, T value) {
    if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
    std::memcpy(to, &value, sizeof value);
}

} // namespace hawser::wire
