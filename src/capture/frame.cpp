#include "capture/frame.hpp"

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/pcapng_link.hpp>
#include <hawser/wire/pcapng_upper_pdu.hpp>

#include <algorithm>

namespace hawser::capture {
namespace {

using wire::pcapng::LinkType;

constexpr std::size_t kUdpHeaderBytes = 8;

/// Offload may leave the length of the first datagram on a whole row: what follows is taken for
/// more of it when it begins as an SCTP packet of the same ports and tag does.
Bytes with_what_follows(Bytes payload, Bytes captured) {
    constexpr std::size_t kPortsAndTagBytes = 8;
    const Bytes after = captured.subspan(payload.size());
    const bool is_more =
        payload.size() > kPortsAndTagBytes && after.size() >= kPortsAndTagBytes &&
        std::ranges::equal(payload.first(kPortsAndTagBytes), after.first(kPortsAndTagBytes));
    return is_more ? captured : payload;
}

/// `captured`: all that is there after the IP header.
void decode_udp(Frame& frame, Bytes captured) {
    const auto udp = wire::parse_udp(frame.payload);
    if (!udp) return;
    frame.is_udp = true;
    frame.payload = with_what_follows(udp->payload, captured.subspan(kUdpHeaderBytes));
    frame.payload_bytes = std::max(udp->payload_bytes, frame.payload.size());
    frame.cut = frame.cut || frame.payload.size() < udp->payload_bytes;
    frame.source = frame.ip->source = frame.ip->source.with_port(udp->source_port);
    frame.destination = frame.ip->destination =
        frame.ip->destination.with_port(udp->destination_port);
}

void decode_ip(Frame& frame, Bytes packet) {
    const auto ip = wire::parse_ip(packet);
    if (!ip) return;
    frame.ip = ip->header;
    frame.source = ip->header.source;
    frame.destination = ip->header.destination;
    frame.payload = ip->payload;
    frame.payload_bytes = ip->payload_bytes;
    frame.cut = frame.cut || ip->payload.size() < ip->payload_bytes;
    if (ip->header.later_fragment) return; // what follows is the middle of something
    if (ip->header.protocol == wire::IpProtocol::udp && !ip->payload.empty()) {
        const auto begin = static_cast<std::size_t>(ip->payload.data() - packet.data());
        decode_udp(frame, packet.subspan(begin));
    }
}

void decode_upper_pdu(Frame& frame, Bytes data) {
    const auto pdu = wire::pcapng::UpperPdu::parse(data);
    if (!pdu) return;
    frame.dissector = pdu->dissector;
    frame.source = pdu->source;
    frame.destination = pdu->destination;
    frame.payload = pdu->payload;
    frame.payload_bytes = pdu->payload.size();
}

/// Linux cooked captures say which way a packet went: 4 is outgoing.
std::optional<Direction> cooked_direction(LinkType link, Bytes data) {
    constexpr unsigned kOutgoing = 4;
    if (link == LinkType::linux_sll && data.size() >= 2) {
        return wire::load_big<std::uint16_t>(data.data()) == kOutgoing ? Direction::out
                                                                       : Direction::in;
    }
    if (link == LinkType::linux_sll2 && data.size() > 10) {
        return std::to_integer<unsigned>(data[10]) == kOutgoing ? Direction::out : Direction::in;
    }
    return std::nullopt;
}

} // namespace

std::string_view Frame::drop_reason() const {
    for (const std::string_view comment : comments) {
        for (const std::string_view prefix : {"rx drop=", "tx refused="}) {
            if (comment.starts_with(prefix)) {
                const std::string_view reason = comment.substr(prefix.size());
                return reason.substr(0, reason.find(' '));
            }
        }
    }
    return {};
}

namespace detail {

void decode_headers(Frame& frame, LinkType link, Bytes data, bool cut) {
    frame.ip.reset();
    frame.source.reset();
    frame.destination.reset();
    frame.is_udp = false;
    frame.dissector.clear();
    frame.payload = data;
    frame.payload_bytes = data.size();
    frame.cut = cut;
    if (!frame.direction) frame.direction = cooked_direction(link, data);
    if (link == LinkType::upper_pdu) return decode_upper_pdu(frame, data);
    if (link == LinkType::sctp) {
        frame.dissector = "sctp";
        return;
    }
    if (const auto packet = wire::pcapng::ip_packet_of(link, data)) decode_ip(frame, *packet);
}

} // namespace detail
} // namespace hawser::capture
