// How the kernel tells whose a datagram is, where shards share a port.
#pragma once

#include <hawser/net/udp_socket.hpp>

#include <array>
#include <cstddef>

namespace hawser::detail {

/// Where a record's connection ID begins, whose first byte says which shard gave it out: in 1.2
/// after type, version, epoch and number (RFC 9146 §4), in 1.3 after the byte that says there is
/// one (RFC 9147 §4).
inline constexpr std::array kByConnectionId{
    net::SteeringRule{.mask = std::byte{0xff}, .value = std::byte{25}, .offset = 11},
    net::SteeringRule{.mask = std::byte{0xf0}, .value = std::byte{0x30}, .offset = 1},
};

/// The verification tag (RFC 9260 §3.1), which the shard chose. INIT has none: it goes where the
/// kernel's hash of its addresses leads it, and the tag of the answer keeps COOKIE ECHO there.
inline constexpr std::array kByVerificationTag{
    net::SteeringRule{.mask = {}, .value = {}, .offset = 4, .bytes = 4, .zero_is_none = true},
};

} // namespace hawser::detail
