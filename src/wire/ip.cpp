#include <hawser/wire/ip.hpp>

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

namespace hawser::wire {
namespace {

constexpr std::size_t kIpv4HeaderBytes = 20;
constexpr std::size_t kIpv6HeaderBytes = 40;
constexpr std::size_t kUdpHeaderBytes = 8;
constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kFragmentOffset = 0x1fff;
constexpr std::size_t kExtensionHeadersMax = 8; ///< more than any honest packet has

void set_traffic_class(IpHeader& header, unsigned octet) {
    header.dscp = static_cast<Dscp>(octet >> 2);
    header.ecn = static_cast<Ecn>(octet & 0b11);
}

unsigned traffic_class(const IpHeader& header) {
    return static_cast<unsigned>(std::to_underlying(header.dscp)) << 2 |
           std::to_underlying(header.ecn);
}

template <std::size_t N>
std::array<std::uint8_t, N> octets(Reader& in) {
    std::array<std::uint8_t, N> out;
    for (std::uint8_t& octet : out)
        octet = in.u8();
    return out;
}

///      0                   1                   2                   3
///     |Version|  IHL  |  DSCP   |ECN|          Total Length         |
///     |         Identification        |Flags|      Fragment Offset    |
///     |  Time to Live |    Protocol   |         Header Checksum       |
///     |                       Source Address                          |
///     |                    Destination Address                        |
Result<IpPacket> parse_ipv4(Bytes bytes) {
    Reader in{bytes};
    IpPacket packet;
    const std::size_t header_bytes = (in.u8() & 0x0fu) * 4;
    set_traffic_class(packet.header, in.u8());
    std::size_t total = in.u16();
    in.skip(2);
    const std::uint16_t fragment = in.u16();
    packet.header.dont_fragment = (fragment & kDontFragment) != 0;
    packet.header.later_fragment = (fragment & kFragmentOffset) != 0;
    packet.header.hop_limit = in.u8();
    packet.header.protocol = IpProtocol{in.u8()};
    in.skip(2);
    packet.header.source = Address::ipv4(octets<4>(in));
    packet.header.destination = Address::ipv4(octets<4>(in));
    // Segmentation offload leaves a zero in captures of the sending host: all that is there.
    if (total == 0) total = bytes.size();
    if (header_bytes < kIpv4HeaderBytes || total < header_bytes) {
        return fail(Errc::malformed, "IPv4 header length");
    }
    in.skip(header_bytes - kIpv4HeaderBytes); // options
    packet.payload_bytes = total - header_bytes;
    packet.payload = in.bytes(std::min(packet.payload_bytes, in.remaining()));
    return in.finish(packet, "IPv4 packet shorter than its header");
}

/// Passes over the extension headers of RFC 8200 §4; leaves `next` at the upper layer's number.
void skip_extensions(Reader& in, std::uint8_t& next, IpHeader& header) {
    constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kDestination = 60;
    for (std::size_t i = 0; i < kExtensionHeadersMax; ++i) {
        if (next == kFragment) {
            next = in.u8();
            in.skip(1);
            header.later_fragment = (in.u16() & 0xfff8) != 0;
            in.skip(4);
        } else if (next == kHopByHop || next == kRouting || next == kDestination) {
            next = in.u8();
            const std::size_t units = in.u8();
            in.skip(units * 8 + 6);
        } else {
            return;
        }
    }
}

///      0                   1                   2                   3
///     |Version| Traffic Class |           Flow Label                  |
///     |         Payload Length        |  Next Header  |   Hop Limit   |
///     |                   Source Address (16 octets)                  |
///     |                 Destination Address (16 octets)               |
Result<IpPacket> parse_ipv6(Bytes bytes) {
    Reader in{bytes};
    IpPacket packet;
    const std::uint32_t first = in.u32();
    set_traffic_class(packet.header, first >> 20 & 0xff);
    packet.header.flow_label = first & 0xf'ffff;
    std::size_t total = in.u16();
    std::uint8_t next = in.u8();
    packet.header.hop_limit = in.u8();
    packet.header.source = Address::ipv6(octets<16>(in));
    packet.header.destination = Address::ipv6(octets<16>(in));
    if (total == 0) total = in.remaining(); // offload, as above, or a jumbogram
    const std::size_t before = in.remaining();
    skip_extensions(in, next, packet.header);
    packet.header.protocol = IpProtocol{next};
    const std::size_t extension_bytes = before - in.remaining();
    if (extension_bytes > total) return fail(Errc::malformed, "IPv6 payload length");
    packet.payload_bytes = total - extension_bytes;
    packet.payload = in.bytes(std::min(packet.payload_bytes, in.remaining()));
    return in.finish(packet, "IPv6 packet shorter than its headers");
}

std::uint16_t finish_sum(std::uint32_t sum) {
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

void write_ipv4_header(Writer& out, const IpHeader& header, std::size_t payload_bytes) {
    const std::size_t start = out.written();
    out.u8(0x45);
    out.u8(static_cast<std::uint8_t>(traffic_class(header)));
    out.u16(static_cast<std::uint16_t>(kIpv4HeaderBytes + payload_bytes));
    out.u16(0);
    out.u16(header.dont_fragment ? kDontFragment : 0);
    out.u8(header.hop_limit);
    out.u8(std::to_underlying(header.protocol));
    out.u16(0); // the checksum, over a zero here
    out.bytes(header.source.octets());
    out.bytes(header.destination.octets());
    out.patch_u16(start + 10, finish_sum(internet_sum(out.output().subspan(start))));
}

void write_ipv6_header(Writer& out, const IpHeader& header, std::size_t payload_bytes) {
    out.u32(6u << 28 | traffic_class(header) << 20 | (header.flow_label & 0xf'ffff));
    out.u16(static_cast<std::uint16_t>(payload_bytes));
    out.u8(std::to_underlying(header.protocol));
    out.u8(header.hop_limit);
    out.bytes(header.source.octets());
    out.bytes(header.destination.octets());
}

Result<> check(const IpHeader& header, std::size_t payload_bytes) {
    if (header.source.family() != header.destination.family()) {
        return fail(Errc::invalid_argument, "IP addresses of two families");
    }
    const std::size_t limit = header.source.is_ipv4() ? 0xffff - kIpv4HeaderBytes : 0xffff;
    if (payload_bytes > limit) return fail(Errc::too_large, "IP payload");
    return {};
}

/// Appends the header of a packet with so much after it; answers where it begins in `out`.
std::size_t append_header(std::vector<std::byte>& out, const IpHeader& header,
                          std::size_t payload_bytes) {
    const bool v4 = header.source.is_ipv4();
    const std::size_t start = out.size();
    out.resize(start + (v4 ? kIpv4HeaderBytes : kIpv6HeaderBytes));
    Writer writer{MutableBytes{out}.subspan(start)};
    v4 ? write_ipv4_header(writer, header, payload_bytes)
       : write_ipv6_header(writer, header, payload_bytes);
    return start;
}

/// What a transport checksum covers besides its own bytes: RFC 768, RFC 8200 §8.1.
std::uint32_t pseudo_header_sum(const IpHeader& header, std::size_t transport_bytes) {
    std::uint32_t sum = internet_sum(header.source.octets());
    sum = internet_sum(header.destination.octets(), sum);
    return sum + static_cast<std::uint32_t>(transport_bytes) + std::to_underlying(header.protocol);
}

} // namespace

Result<IpPacket> parse_ip(Bytes packet) {
    if (packet.empty()) return fail(Errc::malformed, "empty IP packet");
    switch (std::to_integer<unsigned>(packet[0]) >> 4) {
    case 4: return parse_ipv4(packet);
    case 6: return parse_ipv6(packet);
    default: return fail(Errc::malformed, "IP version");
    }
}

Result<UdpDatagram> parse_udp(Bytes datagram) {
    Reader in{datagram};
    UdpDatagram udp;
    udp.source_port = in.u16();
    udp.destination_port = in.u16();
    std::size_t length = in.u16();
    in.skip(2);
    if (length == 0) length = datagram.size(); // offload, or a jumbogram (RFC 2675 §4)
    if (length < kUdpHeaderBytes) return fail(Errc::malformed, "UDP length");
    udp.payload_bytes = length - kUdpHeaderBytes;
    udp.payload = in.bytes(std::min(udp.payload_bytes, in.remaining()));
    return in.finish(udp, "UDP datagram shorter than its header");
}

Result<> append_ip_header(std::vector<std::byte>& out, const IpHeader& header, Bytes payload) {
    if (auto checked = check(header, payload.size()); !checked) return checked;
    append_header(out, header, payload.size());
    return {};
}

Result<> append_udp_headers(std::vector<std::byte>& out, const IpHeader& header, Bytes payload) {
    const std::size_t length = kUdpHeaderBytes + payload.size();
    if (auto checked = check(header, length); !checked) return checked;
    IpHeader udp_header = header;
    udp_header.protocol = IpProtocol::udp;
    append_header(out, udp_header, length);
    const std::size_t start = out.size();
    out.resize(start + kUdpHeaderBytes);
    Writer writer{MutableBytes{out}.subspan(start)};
    writer.u16(header.source.port());
    writer.u16(header.destination.port());
    writer.u16(static_cast<std::uint16_t>(length));
    writer.u16(0);
    const std::uint32_t before =
        internet_sum(writer.output(), pseudo_header_sum(udp_header, length));
    const std::uint16_t sum = finish_sum(internet_sum(payload, before));
    writer.patch_u16(6, sum == 0 ? 0xffff : sum); // zero would mean that there is none
    return {};
}

Result<> append_ip(std::vector<std::byte>& out, const IpHeader& header, Bytes payload) {
    auto appended = append_ip_header(out, header, payload);
    if (appended) out.insert(out.end(), payload.begin(), payload.end());
    return appended;
}

Result<> append_udp(std::vector<std::byte>& out, const IpHeader& header, Bytes payload) {
    auto appended = append_udp_headers(out, header, payload);
    if (appended) out.insert(out.end(), payload.begin(), payload.end());
    return appended;
}

std::uint32_t internet_sum(Bytes bytes, std::uint32_t sum) {
    // RFC 1071 §2: the sum may be taken in this machine's order and turned at the end, and 32 bits
    // at a time, whose carries fold at the end.
    std::uint64_t native = 0;
    std::size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        native += word;
    }
    while (native >> 16 != 0)
        native = (native & 0xffff) + (native >> 16);
    const auto folded = static_cast<std::uint16_t>(native);
    std::uint64_t wide = sum;
    wide += load_big<std::uint16_t>(reinterpret_cast<const std::byte*>(&folded));
    for (; at + 2 <= bytes.size(); at += 2)
        wide += load_big<std::uint16_t>(bytes.data() + at);
    if (at < bytes.size()) wide += std::to_integer<std::uint64_t>(bytes[at]) << 8;
    while (wide >> 16 != 0)
        wide = (wide & 0xffff) + (wide >> 16);
    return static_cast<std::uint32_t>(wide);
}

} // namespace hawser::wire
