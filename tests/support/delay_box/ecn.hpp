// The two ECN bits of an IP packet as a router treats them: RFC 3168 §5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hawser::test {

/// Whether the packet's sender can be told: ECT(0), ECT(1) or CE. `packet` begins with its IPv4 or
/// IPv6 header; anything else cannot be marked.
bool can_be_marked(std::span<const std::byte> packet);

/// Sets CE, and puts the header's checksum right (RFC 1624 §3). Of a packet that can be marked.
void mark_congestion(std::span<std::byte> packet);

} // namespace hawser::test
