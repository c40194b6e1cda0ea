// Inbound: from control messages to typed fields.
#include "net/control.hpp"
#include "net/sockaddr.hpp"

#include <chrono>
#include <cstring>
#include <type_traits>

#include <time.h>

namespace hawser::net {
namespace {

/// nullopt when the kernel cut the message short (MSG_CTRUNC): never trusted.
template <class T>
    requires std::is_trivially_copyable_v<T>
std::optional<T> payload(const cmsghdr& message) {
    if (message.cmsg_len < CMSG_LEN(sizeof(T))) return std::nullopt;
    T value;
    std::memcpy(&value, CMSG_DATA(&message), sizeof value); // CMSG_DATA promises no alignment
    return value;
}

void set_traffic_class(Ancillary& ancillary, unsigned octet) {
    ancillary.dscp = static_cast<Dscp>((octet & 0xff) >> 2);
    ancillary.ecn = static_cast<Ecn>(octet & 0b11);
}

bool decode_ipv4(const cmsghdr& message, Ancillary& ancillary, ControlFacts& facts) {
    switch (message.cmsg_type) {
    case IP_TOS: // one byte inbound, an int outbound
        if (auto octet = payload<std::uint8_t>(message)) set_traffic_class(ancillary, *octet);
        return true;
    case IP_TTL:
        if (auto limit = payload<int>(message)) {
            ancillary.hop_limit = static_cast<std::uint8_t>(*limit);
        }
        return true;
    case IP_PKTINFO:
        if (auto info = payload<in_pktinfo>(message)) {
            facts.local = decode(info->ipi_addr, 0);
            ancillary.interface_index = static_cast<std::uint32_t>(info->ipi_ifindex);
        }
        return true;
    default: return false;
    }
}

bool decode_ipv6(const cmsghdr& message, Ancillary& ancillary, ControlFacts& facts) {
    switch (message.cmsg_type) {
    case IPV6_TCLASS: // an int both ways
        if (auto octet = payload<int>(message)) {
            set_traffic_class(ancillary, static_cast<unsigned>(*octet));
        }
        return true;
    case IPV6_HOPLIMIT:
        if (auto limit = payload<int>(message)) {
            ancillary.hop_limit = static_cast<std::uint8_t>(*limit);
        }
        return true;
    case IPV6_PKTINFO: // of an IPv4 packet too, on a dual-stack socket: a mapped address then
        if (auto info = payload<in6_pktinfo>(message)) {
            facts.local = decode(info->ipi6_addr, 0, info->ipi6_ifindex);
            ancillary.interface_index = info->ipi6_ifindex;
        }
        return true;
    case IPV6_FLOWINFO: // traffic class and flow label in one word, in network order
        if (auto info = payload<std::uint32_t>(message)) {
            ancillary.flow_label = ntohl(*info) & kFlowLabelMask;
        }
        return true;
    default: return false;
    }
}

bool decode_socket(const cmsghdr& message, Ancillary& ancillary, ControlFacts& facts) {
    switch (message.cmsg_type) {
    case SCM_TIMESTAMPNS:
        if (auto at = payload<timespec>(message)) {
            const auto since =
                std::chrono::seconds{at->tv_sec} + std::chrono::nanoseconds{at->tv_nsec};
            ancillary.received_at =
                ReceiveTime{std::chrono::sys_time<std::chrono::nanoseconds>{since}};
        }
        return true;
    case SO_MARK: ancillary.mark = payload<std::uint32_t>(message); return true;
    case SO_PRIORITY: ancillary.priority = payload<std::uint32_t>(message); return true;
    case SO_RXQ_OVFL: facts.drops = payload<std::uint32_t>(message); return true;
    default: return false;
    }
}

bool decode_udp(const cmsghdr& message, ControlFacts& facts) {
    if (message.cmsg_type != UDP_GRO) return false;
    // An int inbound, where UDP_SEGMENT outbound is 16 bits.
    if (auto stride = payload<int>(message)) {
        facts.segment_bytes = static_cast<std::size_t>(*stride);
    }
    return true;
}

bool decode_one(const cmsghdr& message, Ancillary& ancillary, ControlFacts& facts) {
    switch (message.cmsg_level) {
    case IPPROTO_IP: return decode_ipv4(message, ancillary, facts);
    case IPPROTO_IPV6: return decode_ipv6(message, ancillary, facts);
    case SOL_SOCKET: return decode_socket(message, ancillary, facts);
    case SOL_UDP: return decode_udp(message, facts);
    default: return false;
    }
}

} // namespace

ControlFacts decode_control(msghdr& header, Ancillary& ancillary) {
    ControlFacts facts;
    for (cmsghdr* m = CMSG_FIRSTHDR(&header); m != nullptr; m = CMSG_NXTHDR(&header, m)) {
        if (m->cmsg_len < CMSG_LEN(0)) break;
        if (decode_one(*m, ancillary, facts)) continue;
        const auto* data = reinterpret_cast<const std::byte*>(CMSG_DATA(m));
        ancillary.extra.push_back({.level = m->cmsg_level,
                                   .type = m->cmsg_type,
                                   .data = {data, data + (m->cmsg_len - CMSG_LEN(0))}});
    }
    return facts;
}

} // namespace hawser::net
