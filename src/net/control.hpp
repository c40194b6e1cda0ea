// Control messages: what travels beside a datagram, as the system carries it.
#pragma once

#include "net/kernel.hpp"

#include <hawser/core/ancillary.hpp>
#include <hawser/core/path.hpp>
#include <hawser/core/result.hpp>
#include <hawser/net/capabilities.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::net {

/// What the control messages of one send are made from.
struct ControlRequest {
    const Ancillary& ancillary;
    const Ancillary& defaults;   ///< the socket's own: the half of the traffic class not given
    Family family;               ///< the destination's on the wire: a mapped address is IPv4
    const Address* source;       ///< nullptr: the kernel chooses
    std::uint16_t segment_bytes; ///< 0: not a train
};

/// Writes them and answers their length; nullopt when they do not fit.
std::optional<std::size_t> encode_control(const ControlRequest& request, ControlBuffer& out);

/// What came beside a datagram, apart from its Ancillary.
struct ControlFacts {
    std::optional<Address> local;       ///< the destination that the sender wrote; port 0
    std::size_t segment_bytes = 0;      ///< GRO; 0: one datagram
    std::optional<std::uint32_t> drops; ///< of the socket so far
};

/// Reads the control messages of one received datagram. Kinds without a typed field go to `extra`.
/// `ancillary` is empty at first.
ControlFacts decode_control(msghdr& header, Ancillary& ancillary);

/// What a check needs to know of a socket.
struct SocketFacts {
    Protocol protocol;
    const Capabilities& capabilities;
    const Address& local;
};

/// See Socket::check. `Error::os_errno` is what the kernel would say.
Result<> check_send(const Ancillary& ancillary, const Path& path, const SocketFacts& socket);

/// Whether a datagram on `path` needs its source named: the socket has a wildcard address.
inline bool names_source(const Path& path, const Address& bound) {
    return !path.local.is_unspecified() && bound.is_unspecified();
}

/// What the datagram's source has to be named, or nullptr: an interface index alone would let the
/// kernel take that interface's address instead of the bound one.
inline const Address* source_of(const Path& path, const Ancillary& ancillary,
                                const Address& bound) {
    if (names_source(path, bound)) return &path.local;
    const bool fixed = !bound.is_unspecified() && bound.family() == path.remote.family();
    return ancillary.interface_index && fixed ? &bound : nullptr;
}

} // namespace hawser::net
