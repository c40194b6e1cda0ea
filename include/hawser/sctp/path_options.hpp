// What one path may have otherwise than its endpoint.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/instant.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// The way to one of the peer's addresses (RFC 6458 §8.1.12). What is not set is as
/// ConnectOptions::paths says, and what is not set there as the endpoint's Options say, where each
/// has its meaning, unit and reason.
struct PathOptions {
    /// Options::kHeartbeatOff: none, but where a path is not confirmed or in doubt.
    std::optional<Duration> heartbeat_interval;
    std::optional<std::uint32_t> path_retransmissions_max;
    std::optional<std::uint32_t> potentially_failed_retransmissions_max;
    /// Counts until a round trip was measured there.
    std::optional<Duration> rto_initial;
    std::optional<Duration> rto_min;
    std::optional<Duration> rto_max;
    /// SCTP packets there have this size, 512 to 65000 and a multiple of 4, and no larger one is
    /// looked for. The network's word that it is too much makes it less.
    std::optional<std::size_t> packet_bytes;
    /// RFC 8899 there. Off, packets have `packet_bytes`, or the endpoint's `packet_bytes_max`.
    std::optional<bool> path_mtu_discovery;
    /// Marks control chunks there, and what a message leaves unset: DSCP, flow label and the rest.
    /// What is not set here is as Options::ancillary says.
    Ancillary ancillary;

    friend bool operator==(const PathOptions&, const PathOptions&) = default;
};

} // namespace hawser::sctp
