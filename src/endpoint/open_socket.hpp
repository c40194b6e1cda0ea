// The sockets of an endpoint.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>
#include <hawser/core/result.hpp>
#include <hawser/net/raw_socket.hpp>
#include <hawser/net/udp_socket.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::detail {

/// `local` nullopt: every address of both families, or of IPv4 on a host without IPv6. `udp` says
/// the rest.
Result<net::UdpSocket> open_socket(const std::optional<Address>& local, std::uint16_t udp_port,
                                   net::UdpOptions udp = {});

/// `local` nullopt or unspecified IPv6: one socket for each family that this host has.
Result<std::vector<net::Socket>> open_raw_sockets(const std::optional<Address>& local);

/// What every packet without markings of its own carries has to be possible from the start.
Result<> check_defaults(const net::Socket& socket, const Ancillary& defaults);

} // namespace hawser::detail
