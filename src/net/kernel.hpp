// The kernel's numbers, with those that are newer than the C library's headers.
#pragma once

#include <cstddef>
#include <cstdint>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

// <linux/in6.h> and <linux/ipv6.h> cannot be included beside <netinet/in.h>.
#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SO_TXTIME
#define SO_TXTIME 61
#endif
#ifndef SCM_TXTIME
#define SCM_TXTIME SO_TXTIME
#endif
#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif
#ifndef SO_RCVPRIORITY
#define SO_RCVPRIORITY 82
#endif

namespace hawser::net {

/// UDP_MAX_SEGMENTS of Linux before 6.9.
inline constexpr std::size_t kTrainSegmentsMax = 64;
/// What an IPv4 packet of 65535 bytes leaves for a UDP payload; IPv6 has 20 bytes more.
inline constexpr std::size_t kUdpPayloadMax = 65'507;
inline constexpr std::uint32_t kFlowLabelMask = 0x000f'ffff;

/// Room for every control message of a datagram, aligned as a cmsghdr wants it. All typed items
/// together need 264 bytes on IPv4 and 312 on IPv6.
inline constexpr std::size_t kControlBytes = 512;
struct alignas(cmsghdr) ControlBuffer {
    std::byte bytes[kControlBytes];
};

} // namespace hawser::net
