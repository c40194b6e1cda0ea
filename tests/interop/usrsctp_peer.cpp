// A peer on libusrsctp over UDP encapsulation: see peer_arguments.hpp.
#include "interop/blocking_peer.hpp"
#include "interop/peer_arguments.hpp"
#include "interop/socket_address.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <usrsctp.h>

#include "interop/notification.hpp" // of the header above

namespace hawser::interop {
namespace {

template <class T>
void set(struct socket* so, int option, const T& value, int level = IPPROTO_SCTP) {
    if (usrsctp_setsockopt(so, level, option, &value, sizeof value) != 0) die("setsockopt");
}

/// Missing from its header, as its code knows it.
constexpr int kInterleavingSupported = 0x1206;

/// I-DATA, and a packet of one message after a packet of another: RFC 8260 §4.3.
void interleave(struct socket* so) {
    set(so, SCTP_FRAGMENT_INTERLEAVE, int{2});
    sctp_assoc_value value{};
    value.assoc_id = SCTP_FUTURE_ASSOC;
    value.assoc_value = 1;
    set(so, kInterleavingSupported, value);
    value.assoc_value = SCTP_SS_ROUND_ROBIN_PACKET;
    set(so, SCTP_PLUGGABLE_SS, value);
    set(so, SO_SNDBUF, int{1'000'000}, SOL_SOCKET);
    set(so, SO_RCVBUF, int{1'000'000}, SOL_SOCKET); // what is under construction has to fit
}

void authenticate(struct socket* so) {
    for (const std::uint8_t type : kAuthenticated)
        set(so, SCTP_AUTH_CHUNK, sctp_authchunk{type});
    std::uint16_t number = 0;
    for (const std::string_view secret : kSharedKeys) {
        std::array<std::byte, sizeof(sctp_authkey) + 64> room{};
        sctp_authkey key{};
        key.sca_assoc_id = SCTP_FUTURE_ASSOC;
        key.sca_keynumber = ++number;
        key.sca_keylength = static_cast<std::uint16_t>(secret.size());
        std::memcpy(room.data(), &key, sizeof key);
        std::memcpy(room.data() + offsetof(sctp_authkey, sca_key), secret.data(), secret.size());
        const auto bytes = static_cast<socklen_t>(offsetof(sctp_authkey, sca_key) + secret.size());
        if (usrsctp_setsockopt(so, IPPROTO_SCTP, SCTP_AUTH_KEY, room.data(), bytes) != 0)
            die("shared key");
    }
    sctp_authkeyid first{};
    first.scact_assoc_id = SCTP_FUTURE_ASSOC;
    first.scact_keynumber = 1;
    set(so, SCTP_AUTH_ACTIVE_KEY, first);
}

/// A socket bound to the local address that encapsulates and reports what happens to it.
struct socket* open_socket(const PeerArguments& arguments) {
    SocketAddress local{arguments.local,
                        arguments.listens ? arguments.sctp_port : std::uint16_t{0}};
    struct socket* const so =
        usrsctp_socket(local.family(), SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
    if (so == nullptr) die("socket");
    sctp_udpencaps encapsulation{};
    encapsulation.sue_address.ss_family = local.family();
    encapsulation.sue_port = htons(arguments.peer_udp_port);
    set(so, SCTP_REMOTE_UDP_ENCAPS_PORT, encapsulation);
    set(so, SCTP_RECVRCVINFO, int{1});
    sctp_initmsg streams{};
    streams.sinit_num_ostreams = arguments.streams;
    streams.sinit_max_instreams = UINT16_MAX;
    set(so, SCTP_INITMSG, streams);
    sctp_assoc_value everything{}; // of RFC 6525
    everything.assoc_id = SCTP_FUTURE_ASSOC;
    everything.assoc_value =
        SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_RESET_ASSOC_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ;
    set(so, SCTP_ENABLE_STREAM_RESET, everything);
    for (const int kind :
         {SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_REMOTE_ERROR, SCTP_STREAM_RESET_EVENT,
          SCTP_ASSOC_RESET_EVENT, SCTP_STREAM_CHANGE_EVENT}) {
        sctp_event event{};
        event.se_assoc_id = SCTP_FUTURE_ASSOC;
        event.se_type = static_cast<std::uint16_t>(kind);
        event.se_on = 1;
        set(so, SCTP_EVENT, event);
    }
    if (arguments.interleaving) interleave(so);
    if (arguments.authentication) authenticate(so);
    if (usrsctp_bind(so, local.get(), local.size()) != 0) die("bind");
    return so;
}

struct socket* associate(const PeerArguments& arguments) {
    struct socket* const so = open_socket(arguments);
    if (arguments.listens) {
        if (usrsctp_listen(so, 1) != 0) die("listen");
        say("listening");
        struct socket* const accepted = usrsctp_accept(so, nullptr, nullptr);
        if (accepted == nullptr) die("accept");
        return accepted;
    }
    SocketAddress remote{arguments.remote, arguments.sctp_port};
    if (usrsctp_connect(so, remote.get(), remote.size()) != 0) die("connect");
    return so;
}

class UsrsctpWire final : public Wire {
public:
    UsrsctpWire(struct socket* so, bool gives_up) : so_{so}, gives_up_{gives_up} {}

    bool send(const Load::Message& message) override {
        sctp_sendv_spa beside{};
        beside.sendv_flags = SCTP_SEND_SNDINFO_VALID;
        beside.sendv_sndinfo.snd_sid = message.stream;
        beside.sendv_sndinfo.snd_ppid = htonl(message.ppid);
        if (gives_up_) {
            beside.sendv_flags |= SCTP_SEND_PRINFO_VALID;
            beside.sendv_prinfo.pr_policy = SCTP_PR_SCTP_RTX;
            beside.sendv_prinfo.pr_value = 0;
        }
        // It takes nothing for a stream whose reset is under way.
        while (usrsctp_sendv(so_, message.payload.data(), message.payload.size(), nullptr, 0,
                             &beside, sizeof beside, SCTP_SENDV_SPA, 0) < 0) {
            if (errno != EAGAIN) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        return true;
    }

    Arrival receive() override {
        sctp_rcvinfo info{};
        socklen_t info_bytes = sizeof info;
        sockaddr_storage from{};
        socklen_t from_bytes = sizeof from;
        unsigned kind = 0;
        int flags = 0;
        const ssize_t got =
            usrsctp_recvv(so_, buffer_.data(), buffer_.size(), reinterpret_cast<sockaddr*>(&from),
                          &from_bytes, &info, &info_bytes, &kind, &flags);
        if (got <= 0) return {};
        const Bytes some = Bytes{buffer_}.first(static_cast<std::size_t>(got));
        if ((flags & MSG_NOTIFICATION) != 0) return notification(some);
        return {.kind = Arrival::Kind::data,
                .some = some,
                .ends_message = (flags & MSG_EOR) != 0,
                .stream = info.rcv_sid,
                .ssn = info.rcv_ssn,
                .ppid = ntohl(info.rcv_ppid),
                .tsn = info.rcv_tsn,
                .cumulative_tsn = info.rcv_cumtsn,
                .unordered = (info.rcv_flags & SCTP_UNORDERED) != 0};
    }

    bool ask(Wish wish) override {
        sctp_reset_streams reset{};
        sctp_add_streams more{};
        switch (wish) {
        case Wish::reset_outgoing: reset.srs_flags = SCTP_STREAM_RESET_OUTGOING; break;
        case Wish::reset_incoming: reset.srs_flags = SCTP_STREAM_RESET_INCOMING; break;
        case Wish::reset_all: set(so_, SCTP_RESET_ASSOC, sctp_assoc_t{}); return true;
        case Wish::add_outgoing: more.sas_outstrms = kStreamsAdded; break;
        case Wish::add_incoming: more.sas_instrms = kStreamsAdded; break;
        }
        reset.srs_flags != 0 ? set(so_, SCTP_RESET_STREAMS, reset)
                             : set(so_, SCTP_ADD_STREAMS, more);
        return true;
    }

    void shut_down() override { usrsctp_shutdown(so_, SHUT_WR); }

private:
    struct socket* so_;
    bool gives_up_;
    std::array<std::byte, 65'536> buffer_{};
};

void silent(const char*, ...) {}

} // namespace
} // namespace hawser::interop

int main(int argc, char** argv) {
    namespace interop = hawser::interop;
    const auto arguments = interop::PeerArguments::parse({argv + 1, argv + argc});
    if (!arguments) {
        fmt::print(stderr, "usrsctp_peer: {}\nusage: usrsctp_peer {}\n", arguments.error(),
                   interop::PeerArguments::kUsage);
        return 2;
    }
    usrsctp_init(arguments->udp_port, nullptr, interop::silent);
    usrsctp_sysctl_set_sctp_blackhole(2);
    if (arguments->nr_sack) usrsctp_sysctl_set_sctp_nrsack_enable(1);
    interop::UsrsctpWire wire{interop::associate(*arguments), arguments->give_up};
    interop::play(*arguments, wire);
    while (arguments->stay)
        std::this_thread::sleep_for(std::chrono::hours{1});
    std::_Exit(0); // usrsctp_finish waits for timers that no longer matter
}
