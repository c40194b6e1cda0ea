// What it takes to find out how large packets a path carries.
#pragma once

#include "sctp/tx/path_mtu.hpp"

#include <cstdint>

namespace hawser::sctp {

/// The machine and the probe that is out: a HEARTBEAT, known by its nonce (RFC 8899 §6.2.1.2). It
/// stands apart from other heartbeats, because its loss says nothing of the peer.
struct MtuDiscovery {
    explicit MtuDiscovery(const PathMtu::Sizes& sizes) : mtu{sizes} {}

    PathMtu mtu;
    std::uint64_t nonce = 0;
    Instant sent_at{};
    std::uint64_t probes = 0;
    std::uint64_t probes_lost = 0; ///< not answered in time, or refused by the network
};

} // namespace hawser::sctp
