// Opening a socket, and finding out what it can do.
#include "net/probe.hpp"
#include "net/udp_state.hpp"

#include <cerrno>

#include <time.h>

namespace hawser::net {
namespace {

/// <linux/net_tstamp.h> cannot be included beside <time.h> on every system.
struct TransmitTime {
    clockid_t clock;
    std::uint32_t flags;
};

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

bool UdpSocket::State::set(int level, int option, int value) const {
    return setsockopt(fd.get(), level, option, &value, sizeof value) == 0;
}

std::optional<int> UdpSocket::State::get(int level, int option) const {
    int value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(fd.get(), level, option, &value, &length) != 0) return std::nullopt;
    return value;
}

Result<> UdpSocket::State::create(const UdpOptions& options) {
    family = options.local.family();
    const int domain = family == Family::ipv4 ? AF_INET : AF_INET6;
    fd = FileDescriptor{socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP)};
    if (!fd) return std::unexpected{explain_socket(errno)};
    if (family == Family::ipv6 && !set(IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only)) {
        return fail(Errc::io, "IPV6_V6ONLY", errno);
    }
    if (options.reuse_port && !set(SOL_SOCKET, SO_REUSEPORT, 1)) {
        return fail(Errc::unsupported, "SO_REUSEPORT", errno);
    }
    return {};
}

Result<Address> UdpSocket::State::name_of_ours() const {
    SocketAddress name;
    socklen_t length = sizeof name;
    if (getsockname(fd.get(), &name.header, &length) != 0)
        return fail(Errc::io, "getsockname", errno);
    return net::decode(&name.header, length).value_or(Address{});
}

Result<> UdpSocket::State::bind_to(const UdpOptions& options) {
    SocketAddress name;
    const socklen_t length = encode(options.local, family, name);
    if (bind(fd.get(), &name.header, length) != 0) return std::unexpected{explain_bind(errno)};
    const auto bound = name_of_ours();
    if (!bound) return std::unexpected{bound.error()};
    // Only the port is news: a mapped wildcard must stay the IPv6 one that was asked for.
    local = options.local.with_port(bound->port());
    return {};
}

Result<> UdpSocket::State::connect_to(const Address& wanted) {
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

void UdpSocket::State::set_buffers(const UdpOptions& options) {
    const auto ask = [this](int forced, int asked, std::size_t bytes) {
        const auto value = static_cast<int>(std::min<std::size_t>(bytes, INT32_MAX));
        if (!set(SOL_SOCKET, forced, value)) set(SOL_SOCKET, asked, value);
    };
    ask(SO_SNDBUFFORCE, SO_SNDBUF, options.send_buffer_bytes);
    ask(SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer_bytes);
}

/// The IPv4 items are set on a dual-stack socket too: without them its IPv4 datagrams come with a
/// destination and nothing else.
void UdpSocket::State::switch_on(const ReceiveItems& items) {
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

void UdpSocket::State::learn(const UdpOptions& options) {
    capabilities.sends_ipv6 = family == Family::ipv6;
    capabilities.sends_ipv4 =
        family == Family::ipv4 || (!options.v6_only && options.local.is_unspecified());
    if (capabilities.sends_ipv4) capabilities.ipv4 = probe_settable(Family::ipv4);
    if (capabilities.sends_ipv6) capabilities.ipv6 = probe_settable(Family::ipv6);
    if (options.send_at) {
        const TransmitTime how{.clock = CLOCK_MONOTONIC, .flags = 0};
        const bool able = setsockopt(fd.get(), SOL_SOCKET, SO_TXTIME, &how, sizeof how) == 0;
        capabilities.ipv4.send_at = able && capabilities.sends_ipv4;
        capabilities.ipv6.send_at = able && capabilities.sends_ipv6;
    }
    capabilities.gso = options.gso && get(SOL_UDP, UDP_SEGMENT).has_value();
    capabilities.gro = options.gro && set(SOL_UDP, UDP_GRO, 1);

    // DF on every packet, and what the kernel has learned of the path's MTU is not heeded: the
    // engine above does its own discovery.
    if (capabilities.sends_ipv6) set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    if (capabilities.sends_ipv4) set(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
}

Result<> UdpSocket::State::set_defaults(const Ancillary& defaults) {
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

Result<UdpSocket> UdpSocket::open(const UdpOptions& options) {
    auto state = std::make_unique<State>();
    if (auto ok = state->create(options); !ok) return std::unexpected{ok.error()};
    state->learn(options);
    state->set_buffers(options);
    if (auto ok = state->set_defaults(options.defaults); !ok) return std::unexpected{ok.error()};
    // Everything is switched on before the port is open, so that no datagram comes without.
    state->switch_on(options.receive);
    if (auto ok = state->bind_to(options); !ok) return std::unexpected{ok.error()};
    return UdpSocket{std::move(state)};
}

} // namespace hawser::net
