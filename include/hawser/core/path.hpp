// The way a packet takes: what carries it, from where, to where.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>
#include <hawser/core/bytes.hpp>

#include <array>
#include <cerrno>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser {

enum class Protocol : std::uint8_t {
    udp, ///< a UDP datagram (SCTP in it: RFC 6951)
    ip,  ///< an IP packet of the protocol's own number
    tcp, ///< a frame on a TCP connection
};

struct Path {
    Protocol protocol = Protocol::udp;
    Address local; ///< inbound: the address that was asked; outbound: unspecified lets the kernel
                   ///< choose
    Address remote;

    friend auto operator<=>(const Path&, const Path&) = default;
    friend bool operator==(const Path&, const Path&) = default;
};

/// How what an ICMP message is about began, above IP and UDP: by that it is told whose it was.
struct Quote {
    static constexpr std::size_t kBytesMax = 20; ///< SCTP's header, and the Initiate Tag of INIT
    std::array<std::byte, kBytesMax> bytes{};
    std::uint8_t size = 0; ///< 0: nothing is quoted

    Bytes view() const { return Bytes{bytes}.first(size); }
};

/// What happened to a path: from the kernel's error queue, from a refused send, from the
/// interfaces.
struct PathEvent {
    enum class Kind : std::uint8_t {
        unreachable,  ///< ICMP says nobody is there; `os_errno` says which way
        too_big,      ///< a packet did not fit; `mtu_bytes` is the path's IP MTU, 0 when unknown
        send_refused, ///< the kernel would not send; the datagram was not sent, `os_errno` says why
        address_added,   ///< `path.local` can be used from now on
        address_removed, ///< `path.local` is gone
    };
    Kind kind;
    Path path;
    int os_errno = 0;
    std::uint32_t mtu_bytes = 0;
    Ancillary ancillary; ///< send_refused: what the datagram was to be marked with
    Quote quote{};       ///< unreachable, too_big: of the packet, where ICMP says it

    /// too_big: the largest payload that fits, and never less than `least`, since ICMP is
    /// easily forged; nullopt when the MTU is unknown.
    std::optional<std::size_t> payload_bytes_max(std::size_t least) const {
        constexpr std::size_t kUdpHeaderBytes = 8;
        if (kind != Kind::too_big || mtu_bytes == 0) return std::nullopt;
        const std::size_t headers = (path.remote.is_ipv4() ? 20 : 40) +
                                    (path.protocol == Protocol::udp ? kUdpHeaderBytes : 0);
        return mtu_bytes > headers + least ? mtu_bytes - headers : least;
    }

    /// send_refused: the kernel has no way to that address now, whatever a datagram is marked with.
    bool says_no_route() const {
        return kind == Kind::send_refused && (os_errno == ENETUNREACH || os_errno == EHOSTUNREACH ||
                                              os_errno == ENETDOWN || os_errno == EADDRNOTAVAIL);
    }

    // One for each kind, so that nothing it needs is forgotten.
    static PathEvent unreachable(const Path& path, int os_errno) {
        return {.kind = Kind::unreachable, .path = path, .os_errno = os_errno};
    }
    static PathEvent too_big(const Path& path, std::uint32_t mtu_bytes) {
        return {.kind = Kind::too_big, .path = path, .mtu_bytes = mtu_bytes};
    }
    static PathEvent send_refused(const Path& path, int os_errno, const Ancillary& ancillary) {
        return {
            .kind = Kind::send_refused, .path = path, .os_errno = os_errno, .ancillary = ancillary};
    }
};

} // namespace hawser
