#include <hawser/wire/pcapng_link.hpp>

#include <hawser/wire/byte_order.hpp>

#include <cstdint>

namespace hawser::wire::pcapng {
namespace {

constexpr std::uint16_t kEtherIpv4 = 0x0800;
constexpr std::uint16_t kEtherIpv6 = 0x86dd;
constexpr std::size_t kVlanTagsMax = 4;

bool is_vlan(std::uint16_t ether_type) {
    return ether_type == 0x8100 || ether_type == 0x88a8 || ether_type == 0x9100;
}

/// `type_at` is where the EtherType stands; the packet follows it, or `header` where that is more.
std::optional<Bytes> behind_ether_type(Bytes frame, std::size_t type_at, std::size_t header) {
    std::size_t packet_at = header;
    for (std::size_t tags = 0; tags <= kVlanTagsMax; ++tags) {
        if (frame.size() < type_at + 2 || frame.size() < packet_at) return std::nullopt;
        const auto type = load_big<std::uint16_t>(frame.data() + type_at);
        if (type == kEtherIpv4 || type == kEtherIpv6) return frame.subspan(packet_at);
        if (!is_vlan(type)) return std::nullopt;
        type_at = packet_at + 2; // two octets of tag, then the next type
        packet_at += 4;
    }
    return std::nullopt;
}

/// Loopback links name the family by the system's own number for it, in any order; the version in
/// the IP header is sure.
std::optional<Bytes> with_ip_version(Bytes packet) {
    if (packet.empty()) return std::nullopt;
    const unsigned version = std::to_integer<unsigned>(packet[0]) >> 4;
    if (version != 4 && version != 6) return std::nullopt;
    return packet;
}

} // namespace

std::optional<Bytes> ip_packet_of(LinkType link, Bytes frame) {
    switch (link) {
    case LinkType::ethernet: return behind_ether_type(frame, 12, 14);
    case LinkType::linux_sll: return behind_ether_type(frame, 14, 16);
    case LinkType::linux_sll2: return behind_ether_type(frame, 0, 20);
    case LinkType::null:
    case LinkType::loop: return frame.size() < 4 ? std::nullopt : with_ip_version(frame.subspan(4));
    case LinkType::raw:
    case LinkType::ipv4:
    case LinkType::ipv6: return with_ip_version(frame);
    case LinkType::sctp:
    case LinkType::upper_pdu: return std::nullopt;
    }
    return std::nullopt;
}

} // namespace hawser::wire::pcapng
