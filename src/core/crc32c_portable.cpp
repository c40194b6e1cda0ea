// CRC32c with eight tables, for any processor: eight bytes a step.
#include "core/crc32c_impl.hpp"
#include "core/crc32c_polynomial.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace hawser {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

/// Table k holds what a byte does to the register k bytes later.
consteval Tables make_tables() {
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit)
            value = crc::times_x(value);
        tables[0][byte] = value;
    }
    for (std::size_t byte = 0; byte < 256; ++byte) {
        for (std::size_t k = 1; k < tables.size(); ++k) {
            const std::uint32_t before = tables[k - 1][byte];
            tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
        }
    }
    return tables;
}

constexpr Tables kTables = make_tables();

std::uint64_t load_little(const std::byte* from) {
    std::uint64_t value;
    std::memcpy(&value, from, sizeof value);
    return std::endian::native == std::endian::little ? value : std::byteswap(value);
}

} // namespace

std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t seed) {
    std::uint32_t crc = ~seed;
    while (bytes.size() >= 8) {
        const std::uint64_t word = load_little(bytes.data()) ^ crc;
        crc = 0;
        for (std::size_t k = 0; k < 8; ++k)
            crc ^= kTables[7 - k][word >> (8 * k) & 0xff];
        bytes = bytes.subspan(8);
    }
    for (const std::byte byte : bytes) {
        crc = (crc >> 8) ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
    }
    return ~crc;
}

} // namespace hawser
