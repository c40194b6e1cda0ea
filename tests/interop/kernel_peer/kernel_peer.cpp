// A peer on the Linux kernel's own SCTP: see peer_arguments.hpp. The UDP ports are the machine's
// (net.sctp.udp_port, net.sctp.encap_port), not this program's.
#include "interop/blocking_peer.hpp"
#include "interop/peer_arguments.hpp"
#include "interop/socket_address.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <linux/sctp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "interop/notification.hpp" // of the header above

namespace hawser::interop {
namespace {

template <class T>
void set(int fd, int option, const T& value) {
    if (::setsockopt(fd, IPPROTO_SCTP, option, &value, sizeof value) != 0) die("setsockopt");
}

int open_socket(const PeerArguments& arguments) {
    SocketAddress local{arguments.local,
                        arguments.listens ? arguments.sctp_port : std::uint16_t{0}};
    const int fd = ::socket(local.family(), SOCK_STREAM, IPPROTO_SCTP);
    if (fd < 0) die("socket");
    sctp_initmsg streams{};
    streams.sinit_num_ostreams = arguments.streams;
    streams.sinit_max_instreams = UINT16_MAX;
    set(fd, SCTP_INITMSG, streams);
    set(fd, SCTP_RECVRCVINFO, int{1});
    sctp_event_subscribe events{};
    events.sctp_association_event = 1;
    events.sctp_shutdown_event = 1;
    events.sctp_peer_error_event = 1;
    set(fd, SCTP_EVENTS, events);
    if (::bind(fd, local.get(), local.size()) != 0) die("bind");
    return fd;
}

int associate(const PeerArguments& arguments) {
    const int fd = open_socket(arguments);
    if (arguments.listens) {
        if (::listen(fd, 1) != 0) die("listen");
        say("listening");
        const int accepted = ::accept(fd, nullptr, nullptr);
        if (accepted < 0) die("accept");
        return accepted;
    }
    SocketAddress remote{arguments.remote, arguments.sctp_port};
    if (::connect(fd, remote.get(), remote.size()) != 0) die("connect");
    return fd;
}

class KernelWire final : public Wire {
public:
    explicit KernelWire(int fd) : fd_{fd} {}

    bool send(const Load::Message& message) override {
        sctp_sndinfo info{};
        info.snd_sid = message.stream;
        info.snd_ppid = htonl(message.ppid);
        alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof info)> control{};
        iovec bytes{.iov_base = const_cast<std::byte*>(message.payload.data()),
                    .iov_len = message.payload.size()};
        msghdr header{};
        header.msg_iov = &bytes;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        cmsghdr* const control_message = CMSG_FIRSTHDR(&header);
        control_message->cmsg_level = IPPROTO_SCTP;
        control_message->cmsg_type = SCTP_SNDINFO;
        control_message->cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(control_message), &info, sizeof info);
        return ::sendmsg(fd_, &header, MSG_NOSIGNAL) >= 0;
    }

    Arrival receive() override {
        alignas(cmsghdr) std::array<std::byte, 256> control{};
        iovec bytes{.iov_base = buffer_.data(), .iov_len = buffer_.size()};
        msghdr header{};
        header.msg_iov = &bytes;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        const ssize_t got = ::recvmsg(fd_, &header, 0);
        if (got <= 0) return {};
        const Bytes some = Bytes{buffer_}.first(static_cast<std::size_t>(got));
        if ((header.msg_flags & MSG_NOTIFICATION) != 0) return notification(some);

        sctp_rcvinfo info{};
        const cmsghdr* const beside = CMSG_FIRSTHDR(&header);
        if (beside != nullptr && beside->cmsg_type == SCTP_RCVINFO) {
            std::memcpy(&info, CMSG_DATA(beside), sizeof info);
        }
        return {.kind = Arrival::Kind::data,
                .some = some,
                .ends_message = (header.msg_flags & MSG_EOR) != 0,
                .stream = info.rcv_sid,
                .ssn = info.rcv_ssn,
                .ppid = ntohl(info.rcv_ppid),
                .tsn = info.rcv_tsn,
                .cumulative_tsn = info.rcv_cumtsn,
                .unordered = (info.rcv_flags & SCTP_UNORDERED) != 0};
    }

    void shut_down() override { ::shutdown(fd_, SHUT_WR); }

private:
    int fd_;
    std::array<std::byte, 65'536> buffer_{};
};

} // namespace
} // namespace hawser::interop

int main(int argc, char** argv) {
    namespace interop = hawser::interop;
    const auto arguments = interop::PeerArguments::parse({argv + 1, argv + argc});
    if (!arguments) {
        fmt::print(stderr, "kernel_peer: {}\nusage: kernel_peer {}\n", arguments.error(),
                   interop::PeerArguments::kUsage);
        return 2;
    }
    interop::KernelWire wire{interop::associate(*arguments)};
    interop::play(*arguments, wire);
    return 0;
}
