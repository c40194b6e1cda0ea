// The UDP socket of an endpoint.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>
#include <hawser/core/result.hpp>
#include <hawser/net/udp_socket.hpp>

#include <cstdint>
#include <optional>

namespace hawser::detail {

/// `local` nullopt: every address of both families, or of IPv4 on a host without IPv6. `udp` says
/// the rest.
Result<net::UdpSocket> open_socket(const std::optional<Address>& local, std::uint16_t udp_port,
                                   net::UdpOptions udp = {});

/// What every packet without markings of its own carries has to be possible from the start.
Result<> check_defaults(const net::UdpSocket& socket, const Ancillary& defaults);

} // namespace hawser::detail
