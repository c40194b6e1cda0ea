// The checksum of SCTP.
#pragma once

#include <hawser/core/bytes.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace hawser {

/// CRC32c (Castagnoli) of `bytes`: RFC 9260 appendix A. SCTP puts it on the wire least significant
/// byte first. `seed` is the value of what came before.
std::uint32_t crc32c(Bytes bytes, std::uint32_t seed = 0);

/// One way of computing it; all are equal, the fastest this processor has is chosen once.
struct Crc32cImplementation {
    std::string_view name;
    bool available;
    std::uint32_t (*compute)(Bytes bytes, std::uint32_t seed);
};

/// Every implementation in this build, fastest first.
std::span<const Crc32cImplementation> crc32c_implementations();

} // namespace hawser
