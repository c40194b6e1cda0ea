#include "endpoint/open_socket.hpp"

#include <hawser/core/path.hpp>

#include <utility>

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

Result<std::vector<net::Socket>> open_raw_sockets(const std::optional<Address>& local) {
    const bool both = !local || (local->is_unspecified() && !local->is_ipv4());
    std::vector<net::Socket> sockets;
    for (const Family family : {Family::ipv6, Family::ipv4}) {
        if (!both && family != local->family()) continue;
        auto opened = net::RawSocket::open({.local = both ? Address::any(family) : *local});
        if (opened) {
            sockets.push_back(*std::move(opened));
        } else if (!both || opened.error().code != Errc::unsupported || family == Family::ipv4) {
            return std::unexpected{opened.error()};
        }
    }
    return sockets;
}

Result<> check_defaults(const net::Socket& socket, const Ancillary& defaults) {
    if (defaults.empty()) return {};
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        if (!socket.capabilities().sends(family)) continue;
        const std::uint16_t port = socket.protocol() == Protocol::udp ? 1 : 0;
        const Path path{.protocol = socket.protocol(),
                        .local = Address::any(family),
                        .remote = Address::loopback(family, port)};
        if (auto possible = socket.check(defaults, path); !possible) return possible;
    }
    return {};
}

} // namespace hawser::detail
