// Addresses as the system wants them.
#pragma once

#include <hawser/core/address.hpp>

#include <optional>

#include <netinet/in.h>
#include <sys/socket.h>

namespace hawser::net {

/// Large enough for either family, and no larger.
union SocketAddress {
    sockaddr header;
    sockaddr_in v4;
    sockaddr_in6 v6;
};

/// `socket_family` is the socket's own: on an IPv6 socket an IPv4 address is written mapped.
/// Answers the length; 0 when an IPv4 socket is to have an IPv6 address.
socklen_t encode(const Address& address, Family socket_family, SocketAddress& out);

/// nullopt for any other family, or when `length` is too short.
std::optional<Address> decode(const sockaddr* address, socklen_t length);

Address decode(const in_addr& host, std::uint16_t port);
/// A mapped address becomes IPv4.
Address decode(const in6_addr& host, std::uint16_t port, std::uint32_t scope);

in_addr to_in_addr(const Address& address);
/// An IPv4 address is written mapped.
in6_addr to_in6_addr(const Address& address);

} // namespace hawser::net
