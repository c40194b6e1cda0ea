// Opening a socket, of whatever kind, and finding out what it can do.
#include "net/probe.hpp"
#include "net/socket_state.hpp"

#include <cerrno>

namespace hawser::net {
namespace {

Error explain_bind(int error) {
    switch (error) {
    case EADDRINUSE: return {Errc::in_use, "bind: the port is taken", error};
    case EACCES: return {Errc::permission, "bind: the port needs a privilege", error};
    case EADDRNOTAVAIL:
        return {Errc::invalid_argument, "bind: the address is not one of this host's", error};
    case EINVAL: return {Errc::invalid_argument, "bind: the address cannot be bound", error};
    default: return {Errc::io, "bind", error};
    }
}

Error explain_socket(int error) {
    if (error == EAFNOSUPPORT) return {Errc::unsupported, "socket: no such family here", error};
    if (error == EPERM || error == EACCES) return {Errc::permission, "socket", error};
    if (error == EMFILE || error == ENFILE) {
        return {Errc::exhausted, "socket: too many open files", error};
    }
    return {Errc::io, "socket", error};
}

Error explain_default(int error, std::string_view what) {
    if (error == EPERM || error == EACCES) return {Errc::permission, what, error};
    return {Errc::unsupported, what, error};
}

} // namespace

bool Socket::State::set(int level, int option, int value) const {
    return setsockopt(fd.get(), level, option, &value, sizeof value) == 0;
}

std::optional<int> Socket::State::get(int level, int option) const {
    int value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(fd.get(), level, option, &value, &length) != 0) return std::nullopt;
    return value;
}

Result<> Socket::State::create(Family of, int type, int number) {
    family = of;
    const int domain = family == Family::ipv4 ? AF_INET : AF_INET6;
    fd = FileDescriptor{socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, number)};
    return fd ? Result<>{} : std::unexpected{explain_socket(errno)};
}

Result<Address> Socket::State::name_of_ours() const {
    SocketAddress name;
    socklen_t length = sizeof name;
    if (getsockname(fd.get(), &name.header, &length) != 0)
        return fail(Errc::io, "getsockname", errno);
    return net::decode(&name.header, length).value_or(Address{});
}

Result<> Socket::State::bind_to(const Address& wanted) {
    SocketAddress name;
    const socklen_t length = encode(wanted, family, name);
    if (bind(fd.get(), &name.header, length) != 0) return std::unexpected{explain_bind(errno)};
    const auto bound = name_of_ours();
    if (!bound) return std::unexpected{bound.error()};
    // Only the port is news: a mapped wildcard must stay the IPv6 one that was asked for.
    local = wanted.with_port(bound->port());
    return {};
}

Result<> Socket::State::connect_to(const Address& wanted) {
    if (protocol != Protocol::udp) return fail(Errc::unsupported, "connect: a raw socket");
    if (wanted.port() == 0 || !capabilities.sends(wanted.family()))
        return fail(Errc::invalid_argument, "connect: a port, and an address of this family");
    SocketAddress name;
    const socklen_t length = encode(wanted, family, name);
    if (::connect(fd.get(), &name.header, length) != 0) {
        const bool no_route = errno == ENETUNREACH || errno == EHOSTUNREACH;
        const bool no_peer = errno == EACCES || errno == EINVAL; // broadcast, for one
        return fail(no_route  ? Errc::unreachable
                    : no_peer ? Errc::invalid_argument
                              : Errc::io,
                    "connect", errno);
    }
    // The kernel has given it that family's kind for good.
    capabilities.sends_ipv4 = wanted.is_ipv4();
    capabilities.sends_ipv6 = !wanted.is_ipv4();
    const auto bound = name_of_ours();
    if (!bound) return std::unexpected{bound.error()};
    local = *bound; // no longer any address of ours, but the one that leads there
    peer = wanted;
    return {};
}

void Socket::State::set_buffers(std::size_t send_bytes, std::size_t receive_bytes) {
    const auto ask = [this](int forced, int asked, std::size_t bytes) {
        const auto value = static_cast<int>(std::min<std::size_t>(bytes, INT32_MAX));
        if (!set(SOL_SOCKET, forced, value)) set(SOL_SOCKET, asked, value);
    };
    ask(SO_SNDBUFFORCE, SO_SNDBUF, send_bytes);
    ask(SO_RCVBUFFORCE, SO_RCVBUF, receive_bytes);
}

/// The IPv4 items are set on a dual-stack socket too: without them its IPv4 datagrams come with a
/// destination and nothing else.
void Socket::State::switch_on(const ReceiveItems& items) {
    const bool ipv4 = family == Family::ipv4 || capabilities.sends_ipv4;
    const bool ipv6 = family == Family::ipv6;
    const auto on = [this](bool wanted, int level, int option) {
        if (wanted) set(level, option, 1); // a kernel that lacks the item reports nothing
    };
    on(ipv4 && items.traffic_class, IPPROTO_IP, IP_RECVTOS);
    on(ipv4 && items.hop_limit, IPPROTO_IP, IP_RECVTTL);
    on(ipv4 && items.destination, IPPROTO_IP, IP_PKTINFO);
    on(ipv4, IPPROTO_IP, IP_RECVERR);
    on(ipv6 && items.traffic_class, IPPROTO_IPV6, IPV6_RECVTCLASS);
    on(ipv6 && items.hop_limit, IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
    on(ipv6 && items.destination, IPPROTO_IPV6, IPV6_RECVPKTINFO);
    on(ipv6 && items.flow_label, IPPROTO_IPV6, IPV6_FLOWINFO);
    on(ipv6, IPPROTO_IPV6, IPV6_RECVERR);
    on(items.timestamp, SOL_SOCKET, SO_TIMESTAMPNS);
    on(items.mark, SOL_SOCKET, SO_RCVMARK);
    on(items.priority, SOL_SOCKET, SO_RCVPRIORITY);
    on(items.drop_counter, SOL_SOCKET, SO_RXQ_OVFL);
}

void Socket::State::learn_families(bool ipv4, bool ipv6) {
    capabilities.sends_ipv4 = ipv4;
    capabilities.sends_ipv6 = ipv6;
    if (ipv4) capabilities.ipv4 = probe_settable(Family::ipv4);
    if (ipv6) capabilities.ipv6 = probe_settable(Family::ipv6);
    // DF on every packet, and what the kernel has learned of the path's MTU is not heeded: the
    // engine above does its own discovery.
    if (ipv6) set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    if (ipv4) set(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
}

Result<> Socket::State::set_defaults(const Ancillary& defaults) {
    Ancillary rest = defaults;
    rest.dscp.reset();
    rest.ecn.reset();
    rest.hop_limit.reset();
    rest.mark.reset();
    rest.priority.reset();
    if (!rest.empty()) return fail(Errc::invalid_argument, "defaults: a field that cannot be one");

    const int octet = static_cast<int>(defaults.dscp.value_or(Dscp::cs0)) << 2 |
                      static_cast<int>(defaults.ecn.value_or(Ecn::not_ect));
    const bool marked = defaults.dscp || defaults.ecn;
    const int limit = defaults.hop_limit.value_or(0);
    if (octet > 0xff || (defaults.hop_limit && limit == 0)) {
        return fail(Errc::invalid_argument, "defaults: a value out of range");
    }
    const auto ask = [this](bool wanted, int level, int option, int value) {
        return !wanted || set(level, option, value);
    };
    const bool ipv4 = capabilities.sends_ipv4;
    const bool ipv6 = capabilities.sends_ipv6;
    if (!ask(ipv4 && marked, IPPROTO_IP, IP_TOS, octet) ||
        !ask(ipv6 && marked, IPPROTO_IPV6, IPV6_TCLASS, octet)) {
        return std::unexpected{explain_default(errno, "default DSCP and ECN")};
    }
    if (!ask(ipv4 && limit != 0, IPPROTO_IP, IP_TTL, limit) ||
        !ask(ipv6 && limit != 0, IPPROTO_IPV6, IPV6_UNICAST_HOPS, limit)) {
        return std::unexpected{explain_default(errno, "default hop limit")};
    }
    // A traffic class sets the priority too, so that the priority comes after it.
    if (!ask(defaults.mark.has_value(), SOL_SOCKET, SO_MARK,
             static_cast<int>(defaults.mark.value_or(0)))) {
        return std::unexpected{explain_default(errno, "default mark")};
    }
    if (!ask(defaults.priority.has_value(), SOL_SOCKET, SO_PRIORITY,
             static_cast<int>(defaults.priority.value_or(0)))) {
        return std::unexpected{explain_default(errno, "default priority")};
    }

    const auto effective = [&](int level, int hops) {
        Ancillary ancillary = defaults;
        ancillary.dscp = defaults.dscp.value_or(Dscp::cs0);
        ancillary.ecn = defaults.ecn.value_or(Ecn::not_ect);
        if (const auto value = get(level, hops))
            ancillary.hop_limit = static_cast<std::uint8_t>(*value);
        return ancillary;
    };
    if (ipv4) defaults_ipv4 = effective(IPPROTO_IP, IP_TTL);
    if (ipv6) defaults_ipv6 = effective(IPPROTO_IPV6, IPV6_UNICAST_HOPS);
    return {};
}

} // namespace hawser::net
