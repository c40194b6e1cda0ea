#include "net/sockaddr.hpp"

#include <cstring>

namespace hawser::net {

in_addr to_in_addr(const Address& address) {
    in_addr host;
    std::memcpy(&host, address.octets().data(), sizeof host);
    return host;
}

in6_addr to_in6_addr(const Address& address) {
    in6_addr host{};
    if (!address.is_ipv4()) {
        std::memcpy(&host, address.octets().data(), sizeof host);
        return host;
    }
    host.s6_addr[10] = 0xff;
    host.s6_addr[11] = 0xff;
    std::memcpy(&host.s6_addr[12], address.octets().data(), sizeof(in_addr));
    return host;
}

socklen_t encode(const Address& address, Family socket_family, SocketAddress& out) {
    if (socket_family == Family::ipv6) {
        out.v6 = {};
        out.v6.sin6_family = AF_INET6;
        out.v6.sin6_port = htons(address.port());
        out.v6.sin6_addr = to_in6_addr(address);
        out.v6.sin6_scope_id = address.scope();
        return sizeof out.v6;
    }
    if (!address.is_ipv4()) return 0;
    out.v4 = {};
    out.v4.sin_family = AF_INET;
    out.v4.sin_port = htons(address.port());
    out.v4.sin_addr = to_in_addr(address);
    return sizeof out.v4;
}

Address decode(const in_addr& host, std::uint16_t port) {
    Address::V4 octets;
    std::memcpy(octets.data(), &host, sizeof host);
    return Address::ipv4(octets, port);
}

Address decode(const in6_addr& host, std::uint16_t port, std::uint32_t scope) {
    if (IN6_IS_ADDR_V4MAPPED(&host)) {
        in_addr v4;
        std::memcpy(&v4, &host.s6_addr[12], sizeof v4);
        return decode(v4, port);
    }
    Address::V6 octets;
    std::memcpy(octets.data(), &host, sizeof host);
    return Address::ipv6(octets, port, IN6_IS_ADDR_LINKLOCAL(&host) ? scope : 0);
}

std::optional<Address> decode(const sockaddr* address, socklen_t length) {
    if (length >= sizeof(sockaddr_in) && address->sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, address, sizeof v4);
        return decode(v4.sin_addr, ntohs(v4.sin_port));
    }
    if (length >= sizeof(sockaddr_in6) && address->sa_family == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, address, sizeof v6);
        return decode(v6.sin6_addr, ntohs(v6.sin6_port), v6.sin6_scope_id);
    }
    return std::nullopt;
}

} // namespace hawser::net
