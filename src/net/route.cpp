#include <hawser/net/route.hpp>

#include "net/file_descriptor.hpp"
#include "net/sockaddr.hpp"

namespace hawser::net {

std::optional<Address> source_towards(const Address& remote) {
    const int domain = remote.is_ipv4() ? AF_INET : AF_INET6;
    const FileDescriptor scratch{socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!scratch) return std::nullopt;
    // Connecting a datagram socket looks up the route and sends nothing.
    SocketAddress name;
    socklen_t length = encode(remote, remote.family(), name);
    if (connect(scratch.get(), &name.header, length) != 0) return std::nullopt;
    length = sizeof name;
    if (getsockname(scratch.get(), &name.header, &length) != 0) return std::nullopt;
    const auto source = decode(&name.header, length);
    return source ? std::optional{source->with_port(0)} : std::nullopt;
}

} // namespace hawser::net
