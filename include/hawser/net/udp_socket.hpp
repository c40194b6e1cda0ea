// A UDP socket that carries everything that travels beside a datagram.
#pragma once

#include <hawser/net/socket.hpp>

namespace hawser::net {

struct UdpOptions {
    /// Where to listen. Port 0: the kernel chooses. `[::]` takes IPv4 too, unless `v6_only`.
    Address local = Address::any(Family::ipv6);
    bool v6_only = false;
    /// Several sockets may share the port; the kernel spreads the peers over them.
    bool reuse_port = false;
    /// Asked from the kernel, which may grant less to a process without CAP_NET_ADMIN. Several
    /// megabytes, so that a burst of trains fits while the reader is busy.
    std::size_t send_buffer_bytes = std::size_t{4} * 1024 * 1024;
    std::size_t receive_buffer_bytes = std::size_t{4} * 1024 * 1024;
    /// Trains in one call, out and in. Both fall back silently where the kernel cannot do it.
    bool gso = true;
    bool gro = true;
    /// The interface has an fq or etf queueing discipline that honours SCM_TXTIME
    /// (CLOCK_MONOTONIC). The kernel cannot be asked, so that without this promise `send_at` is
    /// `unsupported`.
    bool send_at = false;
    ReceiveItems receive;
    /// What datagrams carry that do not ask for something else: dscp, ecn, hop_limit, mark and
    /// priority. Any other field set here is `invalid_argument`.
    Ancillary defaults;
};

/// Knows a datagram by its first byte, and where in it a socket's number stands.
struct SteeringRule {
    std::byte mask, value;  ///< of the first byte: `(byte & mask) == value`; mask 0: every datagram
    std::uint16_t offset;   ///< of what is the socket's number modulo the sockets
    std::uint8_t bytes = 1; ///< it has: 1, 2 or 4, the most significant first
    bool zero_is_none = false; ///< 0 is no number: such a datagram goes by its addresses
};

/// A socket of IPv4, IPv6 or both.
class UdpSocket : public Socket {
public:
    /// Fails with `in_use`, `permission` (a port below 1024), `invalid_argument` (an address that
    /// is not this host's, a default that cannot be one), `unsupported` (no such family here, a
    /// default marking this kernel refuses), `io`.
    static Result<UdpSocket> open(const UdpOptions& options = {});

    /// Of `sockets` sockets that share a port (`reuse_port`), numbered from 0 as they were bound,
    /// gives each datagram that a rule knows to the one whose number it carries, wherever it comes
    /// from; any other goes by its addresses, as before. Holds for all of them, those bound later
    /// too. Fails with `invalid_argument` (no rule, more than 16, no socket, another
    /// count of bytes), `unsupported`.
    Result<> steer(std::span<const SteeringRule> rules, std::uint8_t sockets);

private:
    explicit UdpSocket(std::unique_ptr<State> state);
};

} // namespace hawser::net
