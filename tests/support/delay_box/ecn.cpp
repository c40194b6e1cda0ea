#include "support/delay_box/ecn.hpp"

namespace hawser::test {
namespace {

constexpr std::size_t kIpv4HeaderBytes = 20;
constexpr std::size_t kIpv4ChecksumAt = 10;
constexpr std::size_t kIpv6HeaderBytes = 40;

bool is_ipv4(std::span<const std::byte> packet) {
    return packet.size() >= kIpv4HeaderBytes && packet[0] >> 4 == std::byte{4};
}
bool is_ipv6(std::span<const std::byte> packet) {
    return packet.size() >= kIpv6HeaderBytes && packet[0] >> 4 == std::byte{6};
}

std::uint32_t u16(std::span<const std::byte> packet, std::size_t at) {
    return std::to_integer<std::uint32_t>(packet[at]) << 8 |
           std::to_integer<std::uint32_t>(packet[at + 1]);
}

} // namespace

bool can_be_marked(std::span<const std::byte> packet) {
    if (is_ipv4(packet)) return (packet[1] & std::byte{0b11}) != std::byte{0};
    // The traffic class lies across the first two octets: RFC 8200 §3.
    if (is_ipv6(packet)) return (packet[1] & std::byte{0b11'0000}) != std::byte{0};
    return false;
}

void mark_congestion(std::span<std::byte> packet) {
    if (is_ipv6(packet)) {
        packet[1] |= std::byte{0b11'0000};
        return;
    }
    const std::uint32_t before = u16(packet, 0);
    packet[1] |= std::byte{0b11};
    // HC' = ~(~HC + ~m + m'), in ones' complement.
    std::uint32_t sum =
        (~u16(packet, kIpv4ChecksumAt) & 0xffff) + (~before & 0xffff) + u16(packet, 0);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    packet[kIpv4ChecksumAt] = static_cast<std::byte>(~sum >> 8 & 0xff);
    packet[kIpv4ChecksumAt + 1] = static_cast<std::byte>(~sum & 0xff);
}

} // namespace hawser::test
