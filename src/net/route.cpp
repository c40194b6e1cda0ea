#include <hawser/net/route.hpp>

#include "net/file_descriptor.hpp"
#include "net/sockaddr.hpp"

namespace hawser::net {
namespace {

/// A route is looked up for it, and nothing is sent.
constexpr std::uint16_t kAnyPort = 9;

} // namespace

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

namespace {

/// An address that is not ours can be bound where ip_nonlocal_bind is set, but is the source of no
/// datagram then.
bool is_source(const Address& address) {
    const FileDescriptor scratch{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!scratch) return false;
    SocketAddress name;
    const socklen_t length = encode(address.with_port(0), Family::ipv4, name);
    if (bind(scratch.get(), &name.header, length) != 0) return false;
    encode(address.with_port(kAnyPort), Family::ipv4, name);
    return connect(scratch.get(), &name.header, length) == 0;
}

} // namespace

bool is_of_this_host(const Address& address) {
    if (address.is_multicast() || address.is_broadcast()) return false;
    // The source towards a second IPv4 address of one network is the first; IPv6 prefers the same
    // one (RFC 6724 §5, rule 1).
    if (address.is_ipv4()) return is_source(address);
    const auto source = source_towards(address.with_port(kAnyPort));
    return source && source->is_same_host(address);
}

} // namespace hawser::net
