// A peer on libusrsctp over UDP encapsulation: see peer_arguments.hpp.
//
// usrsctp has threads of its own; one of ours sends, one receives, and each blocks.
#include "interop/load.hpp"
#include "interop/peer_arguments.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <netinet/in.h>
#include <optional>
#include <thread>
#include <usrsctp.h>
#include <utility>

namespace hawser::interop {
namespace {

[[noreturn]] void die(std::string_view what) {
    say(fmt::format("error {}: {}", what, std::strerror(errno)));
    std::_Exit(1);
}

sockaddr_storage address_of(const std::string& host, std::uint16_t port) {
    sockaddr_storage storage{};
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
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
    return storage;
}

sockaddr* generic(sockaddr_storage& storage) {
    return reinterpret_cast<sockaddr*>(&storage);
}

socklen_t length(const sockaddr_storage& storage) {
    return storage.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

template <class T>
void set(struct socket* so, int option, const T& value) {
    if (usrsctp_setsockopt(so, IPPROTO_SCTP, option, &value, sizeof value) != 0) die("setsockopt");
}

/// A socket bound to the local address that encapsulates and reports what happens to it.
struct socket* open_socket(const PeerArguments& arguments) {
    sockaddr_storage local =
        address_of(arguments.local, arguments.listens ? arguments.sctp_port : std::uint16_t{0});
    struct socket* const so =
        usrsctp_socket(local.ss_family, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
    if (so == nullptr) die("socket");
    sctp_udpencaps encapsulation{};
    encapsulation.sue_address.ss_family = local.ss_family;
    encapsulation.sue_port = htons(arguments.peer_udp_port);
    set(so, SCTP_REMOTE_UDP_ENCAPS_PORT, encapsulation);
    set(so, SCTP_RECVRCVINFO, int{1});
    sctp_initmsg streams{};
    streams.sinit_num_ostreams = arguments.streams;
    streams.sinit_max_instreams = UINT16_MAX;
    set(so, SCTP_INITMSG, streams);
    for (const int kind : {SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_REMOTE_ERROR}) {
        sctp_event event{};
        event.se_assoc_id = SCTP_FUTURE_ASSOC;
        event.se_type = static_cast<std::uint16_t>(kind);
        event.se_on = 1;
        set(so, SCTP_EVENT, event);
    }
    if (usrsctp_bind(so, generic(local), length(local)) != 0) die("bind");
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
    sockaddr_storage remote = address_of(arguments.remote, arguments.sctp_port);
    if (usrsctp_connect(so, generic(remote), length(remote)) != 0) die("connect");
    return so;
}

/// Messages to send back, from the thread that receives to the one that sends.
class Echoes {
public:
    void put(Load::Message message) {
        const std::lock_guard lock{mutex_};
        messages_.push_back(std::move(message));
        changed_.notify_one();
    }
    void close() {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        changed_.notify_one();
    }
    /// nullopt once closed and empty.
    std::optional<Load::Message> take() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return closed_ || !messages_.empty(); });
        if (messages_.empty()) return std::nullopt;
        Load::Message message = std::move(messages_.front());
        messages_.pop_front();
        return message;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Load::Message> messages_;
    bool closed_ = false;
};

class Peer {
public:
    Peer(const PeerArguments& arguments, struct socket* so) : arguments_{arguments}, so_{so} {}

    void run() {
        std::thread receiver{[this] { receive_all(); }};
        if (arguments_.echoes) {
            while (auto message = echoes_.take())
                send(*message);
        } else {
            Load load{arguments_.seed, arguments_.bytes, arguments_.streams};
            while (!load.done() && !over_)
                send(load.next());
            sent_all_ = true;
            end_when_complete();
        }
        receiver.join();
        sent_.report("sent");
        received_.report("received");
        say(fmt::format("closed reason={}", reason_));
    }

private:
    void send(const Load::Message& message) {
        sctp_sndinfo info{};
        info.snd_sid = message.stream;
        info.snd_ppid = htonl(message.ppid);
        const ssize_t sent = usrsctp_sendv(so_, message.payload.data(), message.payload.size(),
                                           nullptr, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0);
        if (sent >= 0)
            sent_.add(message.stream, message.payload, true);
        else if (!over_ && errno != EPIPE && errno != ECONNRESET)
            die("send");
    }

    /// The side that connected ends the association (the other one's data has all come by then).
    void end_when_complete() {
        if (arguments_.listens || arguments_.echoes || !sent_all_) return;
        if (received_bytes_ < arguments_.expect || shutdown_begun_.exchange(true)) return;
        usrsctp_shutdown(so_, SHUT_WR);
    }

    void receive_all() {
        std::array<std::byte, 65'536> buffer{};
        for (;;) {
            sctp_rcvinfo info{};
            socklen_t info_bytes = sizeof info;
            sockaddr_storage from{};
            socklen_t from_bytes = sizeof from;
            unsigned kind = 0;
            int flags = 0;
            const ssize_t got = usrsctp_recvv(so_, buffer.data(), buffer.size(), generic(from),
                                              &from_bytes, &info, &info_bytes, &kind, &flags);
            if (got <= 0) break;
            const auto some = hawser::Bytes{buffer}.first(static_cast<std::size_t>(got));
            if ((flags & MSG_NOTIFICATION) != 0)
                note(some);
            else
                take(some, info, (flags & MSG_EOR) != 0);
        }
        over_ = true;
        echoes_.close();
    }

    void take(hawser::Bytes some, const sctp_rcvinfo& info, bool ends) {
        received_.add(info.rcv_sid, some, ends);
        received_bytes_ = received_.bytes();
        partial_.insert(partial_.end(), some.begin(), some.end());
        if (ends) {
            if (arguments_.verbose) {
                say(fmt::format(
                    "message stream={} ssn={} ppid={} tsn={} cumtsn={} unordered={} bytes={}",
                    info.rcv_sid, info.rcv_ssn, ntohl(info.rcv_ppid), info.rcv_tsn, info.rcv_cumtsn,
                    (info.rcv_flags & SCTP_UNORDERED) != 0 ? 1 : 0, partial_.size()));
            }
            if (arguments_.echoes) {
                echoes_.put({.stream = info.rcv_sid,
                             .ppid = ntohl(info.rcv_ppid),
                             .payload = std::exchange(partial_, {})});
            }
            partial_.clear();
        }
        end_when_complete();
    }

    void note(hawser::Bytes bytes) {
        sctp_notification event{};
        std::memcpy(&event, bytes.data(), std::min(bytes.size(), sizeof event));
        switch (event.sn_header.sn_type) {
        case SCTP_SHUTDOWN_EVENT: say("event peer_shutdown"); return;
        case SCTP_REMOTE_ERROR:
            say(fmt::format("event remote_error cause={}", ntohs(event.sn_remote_error.sre_error)));
            return;
        default: break;
        }
        const sctp_assoc_change& change = event.sn_assoc_change;
        switch (change.sac_state) {
        case SCTP_COMM_UP:
            say(fmt::format("event up outbound_streams={} inbound_streams={}",
                            change.sac_outbound_streams, change.sac_inbound_streams));
            break;
        case SCTP_COMM_LOST:
            reason_ = "lost";
            say(fmt::format("event lost error={}", change.sac_error));
            break;
        case SCTP_SHUTDOWN_COMP:
            reason_ = "shutdown";
            say("event shutdown_complete");
            break;
        case SCTP_RESTART: say("event restart"); break;
        default: say(fmt::format("event assoc_change state={}", change.sac_state));
        }
    }

    const PeerArguments& arguments_;
    struct socket* so_;
    Tally sent_;     // of the sending thread
    Tally received_; // of the receiving one
    std::vector<std::byte> partial_;
    std::string reason_ = "none";
    Echoes echoes_;
    std::atomic<std::uint64_t> received_bytes_{0};
    std::atomic<bool> sent_all_{false};
    std::atomic<bool> shutdown_begun_{false};
    std::atomic<bool> over_{false};
};

void silent(const char*, ...) {}

int command(int argc, char** argv) {
    const auto arguments = PeerArguments::parse({argv + 1, argv + argc});
    if (!arguments) {
        fmt::print(stderr, "usrsctp_peer: {}\nusage: usrsctp_peer {}\n", arguments.error(),
                   PeerArguments::kUsage);
        return 2;
    }
    usrsctp_init(arguments->udp_port, nullptr, silent);
    usrsctp_sysctl_set_sctp_blackhole(2);
    Peer peer{*arguments, associate(*arguments)};
    peer.run();
    std::_Exit(0); // usrsctp_finish waits for timers that no longer matter
}

} // namespace
} // namespace hawser::interop

int main(int argc, char** argv) {
    return hawser::interop::command(argc, argv);
}
