// A socket for SCTP in IP packets: protocol 132, RFC 9260 §10.
#pragma once

#include <hawser/net/socket.hpp>

namespace hawser::net {

struct RawOptions {
    /// The address to receive at, of one family; unspecified: all of that family. Its port is not
    /// looked at.
    Address local = Address::any(Family::ipv4);
    /// As those of UdpOptions.
    std::size_t send_buffer_bytes = std::size_t{4} * 1024 * 1024;
    std::size_t receive_buffer_bytes = std::size_t{4} * 1024 * 1024;
    ReceiveItems receive;
    Ancillary defaults;
};

/// A socket of IPv4 or of IPv6 whose datagrams are SCTP packets, without their IP header; the ports
/// of its paths are 0. A train leaves packet by packet.
///
/// The kernel gives every such socket a copy of every SCTP packet of the host: it hears nothing
/// before `hear`. PortClaim keeps other processes away from the ports that one hears.
class RawSocket : public Socket {
public:
    /// Fails with `permission` (CAP_NET_RAW is needed, which root has), `in_use` (the kernel of
    /// this host has SCTP itself, and would answer every packet), `invalid_argument` (an address
    /// that is not this host's, a default that cannot be one), `unsupported` (no such family here,
    /// a default marking this kernel refuses), `io`.
    static Result<RawSocket> open(const RawOptions& options = {});

private:
    explicit RawSocket(std::unique_ptr<State> state);
};

} // namespace hawser::net
