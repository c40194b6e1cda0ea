// Which TSNs are of before all began again.
#pragma once

#include <hawser/wire/sctp/types.hpp>

#include <cstdint>

namespace hawser::sctp {

/// RFC 6525 §5.2.4 (G1): after an SSN/TSN reset the TSNs go on as far from the old ones as they
/// can.
inline constexpr std::uint32_t kHalfTheCircle = std::uint32_t{1} << 31;

/// After such a reset: nothing new is so far ahead of the Cumulative TSN.
constexpr bool is_of_before(Tsn tsn, Tsn cumulative) {
    return tsn.steps_from(cumulative) > kHalfTheCircle / 2;
}

} // namespace hawser::sctp
