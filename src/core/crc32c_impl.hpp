// The ways of computing CRC32c that this build has.
#pragma once

#include <hawser/core/crc32c.hpp>

#include <cstdint>

namespace hawser {

/// Eight tables. Needs nothing.
std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t seed);

#if defined(__x86_64__)
/// Three runs of the crc32 instruction side by side. Needs SSE4.2 and PCLMULQDQ.
std::uint32_t crc32c_three_runs(Bytes bytes, std::uint32_t seed);
/// Those beside multiplications without carries. Needs AVX2 and VPCLMULQDQ besides.
std::uint32_t crc32c_fold(Bytes bytes, std::uint32_t seed);
#elif defined(__aarch64__)
/// Three runs of the crc32c instruction. Needs the CRC extension of Armv8.
std::uint32_t crc32c_arm(Bytes bytes, std::uint32_t seed);
#endif

} // namespace hawser
