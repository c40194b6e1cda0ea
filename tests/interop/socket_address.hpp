// Socket addresses for the peers that use a sockets API.
#pragma once

#include "interop/blocking_peer.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <netinet/in.h>
#include <string>

namespace hawser::interop {

/// An IPv4 or IPv6 address with a port, as sockets take it.
class SocketAddress {
public:
    SocketAddress(const std::string& host, std::uint16_t port) {
        auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage_);
        auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage_);
        if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
            v4->sin_family = AF_INET;
            v4->sin_port = htons(port);
        } else if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
            v6->sin6_family = AF_INET6;
            v6->sin6_port = htons(port);
        } else {
            errno = EINVAL;
            die("address " + host);
        }
    }

    sa_family_t family() const { return storage_.ss_family; }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage_); }
    socklen_t size() const {
        return family() == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    }

private:
    sockaddr_storage storage_{};
};

} // namespace hawser::interop
