#include "net/probe.hpp"

#include "net/control.hpp"
#include "net/file_descriptor.hpp"
#include "net/sockaddr.hpp"

#include <cerrno>

namespace hawser::net {
namespace {

/// A socket that talks to itself over the loopback interface.
class Scratch {
public:
    explicit Scratch(Family family) : family_{family} {
        const int domain = family == Family::ipv4 ? AF_INET : AF_INET6;
        fd_ = FileDescriptor{socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (!fd_) return;
        length_ = encode(Address::loopback(family), family, name_);
        SocketAddress bound = name_;
        socklen_t length = length_;
        // Without a loopback address (a fresh network namespace) nothing can leave; the control
        // messages are still looked at, before the route is.
        if (bind(fd_.get(), &bound.header, length) != 0 ||
            getsockname(fd_.get(), &bound.header, &length) != 0) {
            encode(Address::loopback(family, kDiscardPort), family, name_);
        } else {
            name_ = bound;
        }
        baseline_ = send_with({});
    }

    explicit operator bool() const { return static_cast<bool>(fd_); }

    bool accepts(const Ancillary& ancillary, const Address* source = nullptr) {
        const int error = send_with(ancillary, source);
        return error != EINVAL && error != EPERM && error != EACCES ? true : error == baseline_;
    }

private:
    static constexpr std::uint16_t kDiscardPort = 9;

    /// 0, or the system's error number.
    int send_with(const Ancillary& ancillary, const Address* source = nullptr) {
        ControlBuffer control;
        const Ancillary none;
        const auto size = encode_control({.ancillary = ancillary,
                                          .defaults = none,
                                          .family = family_,
                                          .source = source,
                                          .segment_bytes = 0},
                                         control);
        std::byte payload{};
        iovec piece{.iov_base = &payload, .iov_len = 1};
        msghdr message{};
        message.msg_name = &name_;
        message.msg_namelen = length_;
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = *size > 0 ? control.bytes : nullptr;
        message.msg_controllen = *size;
        const int error = sendmsg(fd_.get(), &message, 0) < 0 ? errno : 0;
        // Its own datagram is taken out again, so that the next one finds room.
        recv(fd_.get(), &payload, 1, 0);
        return error;
    }

    Family family_;
    FileDescriptor fd_;
    SocketAddress name_{};
    socklen_t length_ = 0;
    int baseline_ = 0;
};

template <class Value>
Ancillary with(std::optional<Value> Ancillary::* field, Value value) {
    Ancillary ancillary;
    ancillary.*field = value;
    return ancillary;
}

} // namespace

Settable probe_settable(Family family) {
    Scratch scratch{family};
    Settable can;
    if (!scratch) return can;
    const Address loopback = Address::loopback(family);
    can.traffic_class = scratch.accepts(with(&Ancillary::dscp, Dscp::ef));
    can.hop_limit = scratch.accepts(with(&Ancillary::hop_limit, std::uint8_t{64}));
    // IPv4 has no control message for it: it is a socket option around the send.
    can.dont_fragment = scratch.accepts(with(&Ancillary::dont_fragment, true));
    can.interface_index = scratch.accepts({}, &loopback);
    can.flow_label =
        family == Family::ipv6 && scratch.accepts(with(&Ancillary::flow_label, std::uint32_t{1}));
    can.mark = scratch.accepts(with(&Ancillary::mark, std::uint32_t{1}));
    can.priority = scratch.accepts(with(&Ancillary::priority, std::uint32_t{6}));
    can.priority_above_6 =
        can.priority && scratch.accepts(with(&Ancillary::priority, std::uint32_t{7}));
    return can;
}

} // namespace hawser::net
