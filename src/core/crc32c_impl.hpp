// The ways of computing CRC32c that this build has.
#pragma once

#include <hawser/core/crc32c.hpp>

#include <array>
#include <cstdint>

namespace hawser {

/// The polynomial with its bits reversed, as all of the implementations use it.
inline constexpr std::uint32_t kCrc32cPolynomial = 0x82f6'3b78;

std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t seed);

} // namespace hawser
