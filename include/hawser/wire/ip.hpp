// IPv4, IPv6 and UDP headers: read from captures, and made for them.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::wire {

/// Numbers of IANA's protocol registry.
enum class IpProtocol : std::uint8_t { tcp = 6, udp = 17, icmp = 1, icmpv6 = 58, sctp = 132 };

/// What an IP header says that we use: RFC 791 §3.1, RFC 8200 §3.
struct IpHeader {
    Address source, destination; ///< port 0
    IpProtocol protocol = IpProtocol::udp;
    Dscp dscp = Dscp::cs0;
    Ecn ecn = Ecn::not_ect;
    std::uint8_t hop_limit = 64;
    bool dont_fragment = true;    ///< IPv4
    bool later_fragment = false;  ///< read only: not the first fragment, so no header follows
    std::uint32_t flow_label = 0; ///< IPv6, 20 bits
};

/// An IP packet as read; `payload` may be shorter than the header says when the capture was cut.
struct IpPacket {
    IpHeader header;
    Bytes payload;
    std::size_t payload_bytes = 0; ///< what the header says
};

/// Reads an IPv4 packet, or an IPv6 packet with its extension headers passed over. Checksums are
/// not looked at: offload leaves them wrong in many captures. Fails with `malformed`.
Result<IpPacket> parse_ip(Bytes packet);

struct UdpDatagram {
    std::uint16_t source_port = 0, destination_port = 0;
    Bytes payload;
    std::size_t payload_bytes = 0; ///< what the header says
};

/// Reads a UDP header: RFC 768. Fails with `malformed`.
Result<UdpDatagram> parse_udp(Bytes datagram);

/// Appends an IP packet with a right header checksum. Both addresses must be of one family.
/// Fails with `too_large` or `invalid_argument`, and has then appended nothing.
Result<> append_ip(std::vector<std::byte>& out, const IpHeader& header, Bytes payload);

/// Appends an IP packet with a UDP datagram; the ports are those of the addresses. The UDP checksum
/// is right (RFC 768, RFC 8200 §8.1).
Result<> append_udp(std::vector<std::byte>& out, const IpHeader& header, Bytes payload);

/// Only what stands before `payload` in what the two above make, for whoever writes that after it.
Result<> append_ip_header(std::vector<std::byte>& out, const IpHeader& header, Bytes payload);
Result<> append_udp_headers(std::vector<std::byte>& out, const IpHeader& header, Bytes payload);

/// The sum of RFC 1071 over `bytes`, folded to 16 bits and not yet complemented. `sum` is that of
/// an even number of octets before.
std::uint32_t internet_sum(Bytes bytes, std::uint32_t sum = 0);

} // namespace hawser::wire
