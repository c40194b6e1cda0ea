// Opening a raw socket for SCTP.
#include "net/socket_state.hpp"

#include <cerrno>
#include <utility>

#include <unistd.h>

namespace hawser::net {
namespace {

/// There once the kernel's own SCTP is: it answers every packet that is not its own with ABORT.
constexpr const char* kKernelSctp = "/proc/net/sctp";

/// What came before the socket heard nothing: it ends, since no more comes.
void empty(int fd) {
    char byte = 0;
    while (recv(fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) >= 0 || errno == EINTR) {
    }
}

} // namespace

RawSocket::RawSocket(std::unique_ptr<State> state) : Socket{std::move(state)} {}

Result<> Socket::State::prepare(const RawOptions& options) {
    protocol = Protocol::ip;
    if (access(kKernelSctp, F_OK) == 0)
        return fail(Errc::in_use, "raw socket: the kernel of this host has SCTP itself", EBUSY);
    if (auto made = create(options.local.family(), SOCK_RAW, IPPROTO_SCTP); !made) {
        if (made.error().code != Errc::permission) return made;
        return fail(Errc::permission, "raw socket: CAP_NET_RAW is needed", made.error().os_errno);
    }
    if (auto deaf = hear({}); !deaf) return deaf;
    empty(fd.get());
    // The checksum of SCTP is its own, and not where the kernel would look for one.
    if (family == Family::ipv6) set(IPPROTO_IPV6, IPV6_CHECKSUM, -1);
    learn_families(family == Family::ipv4, family == Family::ipv6);
    set_buffers(options.send_buffer_bytes, options.receive_buffer_bytes);
    if (auto ok = set_defaults(options.defaults); !ok) return ok;
    switch_on(options.receive);
    if (auto bound = bind_to(options.local.with_port(0)); !bound) return bound;
    local = options.local.with_port(0); // the kernel says its protocol's number
    return {};
}

Result<RawSocket> RawSocket::open(const RawOptions& options) {
    auto state = std::make_unique<State>();
    if (auto ready = state->prepare(options); !ready) return std::unexpected{ready.error()};
    return RawSocket{std::move(state)};
}

} // namespace hawser::net
