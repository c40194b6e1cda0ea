// How to open one association.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/sctp/options.hpp>

#include <chrono>
#include <cstdint>

namespace hawser {

/// The UDP port that IANA gave to SCTP in UDP: RFC 6951 §5.1.
inline constexpr std::uint16_t kSctpUdpPort = 9899;

/// How to open one association.
struct ConnectOptions {
    /// Where the peer's encapsulation listens; not looked at by endpoints on raw IP.
    std::uint16_t peer_udp_port = kSctpUdpPort;
    /// The whole operation, names, all addresses and the handshake of DTLS included. 30 s: what
    /// people wait for.
    Duration within = std::chrono::seconds{30};
    /// How long one address is waited for before the next is tried beside it. 250 ms: RFC 8305 §8.
    Duration attempt_delay = std::chrono::milliseconds{250};
    sctp::ConnectOptions sctp;
};

} // namespace hawser
