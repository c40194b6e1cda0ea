// CRC32c with the instruction that Armv8 processors have for it.
#include "core/crc32c_impl.hpp"

#if defined(__aarch64__)

#include "core/crc32c_polynomial.hpp"

#include <algorithm>
#include <arm_acle.h>
#include <array>
#include <cstring>

#define HAWSER_TARGET_CRC [[gnu::target("+crc")]]

namespace hawser {
namespace {

// The instruction can start every cycle but answers after two or three, so three runs of equal
// length go side by side. A register is carried over what came after its run by a table for each of
// its bytes, because a multiplication without carries is not there on every one of these
// processors; hence runs of one fixed length.

constexpr std::size_t kRunBytes = 128;

using CarryTables = std::array<std::array<std::uint32_t, 256>, 4>;

/// Table k, entry b: byte b at place k of a register, after `kBytes` zeros.
template <std::size_t kBytes>
consteval CarryTables make_carry_tables() {
    CarryTables tables{};
    std::array<std::uint32_t, 32> bits{}; // what bit i becomes
    for (std::size_t i = 0; i < 32; ++i) {
        std::uint32_t value = std::uint32_t{1} << i;
        for (std::size_t step = 0; step < 8 * kBytes; ++step)
            value = crc::times_x(value);
        bits[i] = value;
    }
    for (std::size_t k = 0; k < tables.size(); ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            for (std::size_t bit = 0; bit < 8; ++bit) {
                if ((byte >> bit & 1) != 0) tables[k][byte] ^= bits[8 * k + bit];
            }
        }
    }
    return tables;
}

constexpr CarryTables kOverOne = make_carry_tables<kRunBytes>();
constexpr CarryTables kOverTwo = make_carry_tables<2 * kRunBytes>();

std::uint32_t carried(std::uint32_t crc, const CarryTables& tables) {
    return tables[0][crc & 0xff] ^ tables[1][crc >> 8 & 0xff] ^ tables[2][crc >> 16 & 0xff] ^
           tables[3][crc >> 24];
}

template <class T>
T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

} // namespace

HAWSER_TARGET_CRC std::uint32_t crc32c_arm(Bytes bytes, std::uint32_t seed) {
    const std::byte* at = bytes.data();
    std::size_t count = bytes.size();
    std::uint32_t crc = ~seed;
    for (; count >= 3 * kRunBytes; at += 3 * kRunBytes, count -= 3 * kRunBytes) {
        std::uint32_t second = 0;
        std::uint32_t third = 0;
        for (std::size_t offset = 0; offset < kRunBytes; offset += 8) {
            crc = __crc32cd(crc, load<std::uint64_t>(at + offset));
            second = __crc32cd(second, load<std::uint64_t>(at + kRunBytes + offset));
            third = __crc32cd(third, load<std::uint64_t>(at + 2 * kRunBytes + offset));
        }
        crc = carried(crc, kOverTwo) ^ carried(second, kOverOne) ^ third;
    }
    for (; count >= 8; at += 8, count -= 8)
        crc = __crc32cd(crc, load<std::uint64_t>(at));
    if ((count & 4) != 0) {
        crc = __crc32cw(crc, load<std::uint32_t>(at));
        at += 4;
    }
    if ((count & 2) != 0) {
        crc = __crc32ch(crc, load<std::uint16_t>(at));
        at += 2;
    }
    if ((count & 1) != 0) crc = __crc32cb(crc, load<std::uint8_t>(at));
    return ~crc;
}

} // namespace hawser

#endif
