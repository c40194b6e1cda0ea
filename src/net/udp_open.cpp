// Opening a UDP socket.
#include "net/socket_state.hpp"

#include <cerrno>
#include <utility>

#include <time.h>

namespace hawser::net {
namespace {

/// <linux/net_tstamp.h> cannot be included beside <time.h> on every system.
struct TransmitTime {
    clockid_t clock;
    std::uint32_t flags;
};

} // namespace

UdpSocket::UdpSocket(std::unique_ptr<State> state) : Socket{std::move(state)} {}

void Socket::State::learn(const UdpOptions& options) {
    learn_families(options.local.is_ipv4() || (!options.v6_only && options.local.is_unspecified()),
                   !options.local.is_ipv4());
    if (options.send_at) {
        const TransmitTime how{.clock = CLOCK_MONOTONIC, .flags = 0};
        const bool able = setsockopt(fd.get(), SOL_SOCKET, SO_TXTIME, &how, sizeof how) == 0;
        capabilities.ipv4.send_at = able && capabilities.sends_ipv4;
        capabilities.ipv6.send_at = able && capabilities.sends_ipv6;
    }
    capabilities.gso = options.gso && get(SOL_UDP, UDP_SEGMENT).has_value();
    capabilities.gro = options.gro && set(SOL_UDP, UDP_GRO, 1);
}

Result<> Socket::State::prepare(const UdpOptions& options) {
    if (auto made = create(options.local.family(), SOCK_DGRAM, IPPROTO_UDP); !made) return made;
    if (family == Family::ipv6 && !set(IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only)) {
        return fail(Errc::io, "IPV6_V6ONLY", errno);
    }
    if (options.reuse_port && !set(SOL_SOCKET, SO_REUSEPORT, 1)) {
        return fail(Errc::unsupported, "SO_REUSEPORT", errno);
    }
    learn(options);
    set_buffers(options.send_buffer_bytes, options.receive_buffer_bytes);
    if (auto ok = set_defaults(options.defaults); !ok) return ok;
    // Everything is switched on before the port is open, so that no datagram comes without.
    switch_on(options.receive);
    return bind_to(options.local);
}

Result<UdpSocket> UdpSocket::open(const UdpOptions& options) {
    auto state = std::make_unique<State>();
    if (auto ready = state->prepare(options); !ready) return std::unexpected{ready.error()};
    return UdpSocket{std::move(state)};
}

} // namespace hawser::net
