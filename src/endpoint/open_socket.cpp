#include "endpoint/open_socket.hpp"

#include <hawser/core/path.hpp>

namespace hawser::detail {

Result<net::UdpSocket> open_socket(const std::optional<Address>& local, std::uint16_t udp_port,
                                   net::UdpOptions udp) {
    if (local) {
        udp.local = local->with_port(udp_port);
        return net::UdpSocket::open(udp);
    }
    udp.local = Address::any(Family::ipv6, udp_port);
    auto both = net::UdpSocket::open(udp);
    if (both || both.error().code != Errc::unsupported) return both;
    udp.local = Address::any(Family::ipv4, udp_port); // a host without IPv6
    return net::UdpSocket::open(udp);
}

Result<> check_defaults(const net::UdpSocket& socket, const Ancillary& defaults) {
    if (defaults.empty()) return {};
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        if (!socket.capabilities().sends(family)) continue;
        const Path path{.local = Address::any(family), .remote = Address::loopback(family, 1)};
        if (auto possible = socket.check(defaults, path); !possible) return possible;
    }
    return {};
}

} // namespace hawser::detail
