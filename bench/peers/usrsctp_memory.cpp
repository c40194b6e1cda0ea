// usrsctp in memory, both ends on one core: no thread, no socket of the system, no copy but one.
//
//   usrsctp_memory throughput MESSAGE_BYTES MILLISECONDS   messages a second
//   usrsctp_memory heap ASSOCIATIONS STREAMS               heap bytes for one end of an association
//   usrsctp_memory handshakes STREAMS MILLISECONDS         associations a second, INIT to ABORT
#include "peers/usrsctp_settings.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <malloc.h>
#include <memory>
#include <string_view>
#include <vector>

namespace hawser::bench::usrsctp {
namespace {
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kWindowBytes = 256 * 1024;

/// Packets on their way to one end, in the order in which they were sent.
class Inbox {
public:
    static constexpr std::size_t kPackets = 8192;

    bool put(const void* bytes, std::size_t size) {
        if (tail_ == kPackets || size > slots_[0].bytes.size()) return false;
        Slot& slot = slots_[tail_++];
        std::memcpy(slot.bytes.data(), bytes, size);
        slot.size = size;
        return true;
    }

    /// Hands every packet that is here to the end at `address`.
    bool deliver(void* address) {
        const bool any = head_ != tail_;
        while (head_ != tail_) {
            const Slot& slot = slots_[head_];
            usrsctp_conninput(address, slot.bytes.data(), slot.size, 0);
            ++head_;
        }
        head_ = tail_ = 0; // the same few slots again, still in the cache
        return any;
    }

private:
    struct Slot {
        std::array<char, 2048> bytes;
        std::size_t size;
    };
    std::vector<Slot> slots_{kPackets};
    std::size_t head_ = 0;
    std::size_t tail_ = 0;
};

/// One side of an association: its address is this object.
struct End {
    End* peer = nullptr;
    Inbox* wire = nullptr; ///< what the peer will be given
};

int output(void* address, void* buffer, std::size_t size, std::uint8_t, std::uint8_t) {
    const End& from = *static_cast<End*>(address);
    return from.wire->put(buffer, size) ? 0 : ENOBUFS;
}

sockaddr_conn address_of(End& end) {
    sockaddr_conn address{};
    address.sconn_family = AF_CONN;
    address.sconn_port = htons(kPort);
    address.sconn_addr = &end;
    return address;
}

/// Bytes of whole messages that every end of this process was given.
std::uint64_t received_bytes = 0;

int on_receive(struct socket*, sctp_sockstore, void* data, std::size_t size, sctp_rcvinfo, int,
               void*) {
    received_bytes += size;
    std::free(data); // NOLINT: given to us by usrsctp's malloc
    return 1;
}

/// `port` 0: any.
struct socket* bound_socket(End& end, std::uint16_t streams, std::uint16_t port = kPort) {
    struct socket* so =
        usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_receive, nullptr, 0, nullptr);
    if (so == nullptr) die("usrsctp_socket");
    usrsctp_set_non_blocking(so, 1);
    sctp_initmsg streams_wanted{};
    streams_wanted.sinit_num_ostreams = streams;
    streams_wanted.sinit_max_instreams = streams;
    set(so, SCTP_INITMSG, streams_wanted);
    tune(so, kPacketBytes, AF_CONN);
    sockaddr_conn address = address_of(end);
    address.sconn_port = htons(port);
    if (usrsctp_bind(so, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
    return so;
}

/// An association between two ends of this process.
class Link {
public:
    Link(Inbox& to_client, Inbox& to_server, std::uint16_t streams)
        : to_client_{to_client}, to_server_{to_server} {
        client_end_ = {.peer = &server_end_, .wire = &to_server};
        server_end_ = {.peer = &client_end_, .wire = &to_client};
        usrsctp_register_address(&client_end_);
        usrsctp_register_address(&server_end_);

        struct socket* const listener = bound_socket(server_end_, streams);
        if (usrsctp_listen(listener, 1) != 0) die("listen");
        client_ = bound_socket(client_end_, streams);
        sockaddr_conn to = address_of(client_end_); // an end's peer has the end's own address
        if (usrsctp_connect(client_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 &&
            errno != EINPROGRESS) {
            die("connect");
        }
        deliver();
        server_ = usrsctp_accept(listener, nullptr, nullptr);
        if (server_ == nullptr) die("accept");
        usrsctp_set_non_blocking(server_, 1);
        tune(server_, kPacketBytes, AF_CONN);
        usrsctp_close(listener);
    }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void deliver() {
        while (to_server_.deliver(&server_end_) || to_client_.deliver(&client_end_)) {
        }
    }
    struct socket* client() const { return client_; }
    struct socket* server() const { return server_; }

private:
    Inbox& to_client_;
    Inbox& to_server_;
    End client_end_;
    End server_end_;
    struct socket* client_ = nullptr;
    struct socket* server_ = nullptr;
};

/// Calls usrsctp's timers as its own timer thread would.
class Ticker {
public:
    void tick() {
        const auto passed =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - last_);
        if (passed < std::chrono::milliseconds{10}) return;
        last_ += passed;
        usrsctp_handle_timers(static_cast<std::uint32_t>(passed.count()));
    }

private:
    Clock::time_point last_ = Clock::now();
};

double messages_per_second(std::size_t message_bytes, std::chrono::milliseconds duration) {
    // What is sent before the packets are carried over: the best of those tried.
    const std::size_t burst = std::clamp<std::size_t>(1024 * 1024 / message_bytes, 1, 256);
    Inbox to_client;
    Inbox to_server;
    Link link{to_client, to_server, 1};
    const std::vector<char> message(message_bytes, 'm');
    Ticker ticker;

    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < duration) {
        for (std::size_t i = 0; i < burst; ++i) {
            sctp_sndinfo info{};
            const ssize_t sent =
                usrsctp_sendv(link.client(), message.data(), message.size(), nullptr, 0, &info,
                              sizeof info, SCTP_SENDV_SNDINFO, 0);
            if (sent < 0 && errno != EWOULDBLOCK) die("sendv");
            if (sent < 0) break;
        }
        link.deliver();
        ticker.tick();
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return static_cast<double>(received_bytes) / static_cast<double>(message_bytes) / seconds;
}

std::size_t heap_in_use() {
    const struct mallinfo2 info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

double heap_per_end(std::size_t associations, std::uint16_t streams) {
    Inbox to_client;
    Inbox to_server;
    Link warm{to_client, to_server, streams}; // what the first association costs once and for all
    std::vector<std::unique_ptr<Link>> links;
    links.reserve(associations);

    const std::size_t before = heap_in_use();
    for (std::size_t i = 0; i < associations; ++i) {
        links.push_back(std::make_unique<Link>(to_client, to_server, streams));
    }
    const std::size_t grown = heap_in_use() - before - associations * sizeof(Link);
    return static_cast<double>(grown) / static_cast<double>(2 * associations);
}

/// It ends with ABORT, so that nothing of it stays.
void close_at_once(struct socket* so) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    if (usrsctp_setsockopt(so, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0) die("linger");
    usrsctp_close(so);
}

double handshakes_per_second(std::uint16_t streams, std::chrono::milliseconds duration) {
    Inbox to_client;
    Inbox to_server;
    End client_end{.peer = nullptr, .wire = &to_server};
    End server_end{.peer = &client_end, .wire = &to_client};
    client_end.peer = &server_end;
    usrsctp_register_address(&client_end);
    usrsctp_register_address(&server_end);
    const auto deliver = [&] {
        while (to_server.deliver(&server_end) || to_client.deliver(&client_end)) {
        }
    };
    struct socket* const listener = bound_socket(server_end, streams);
    if (usrsctp_listen(listener, 100) != 0) die("listen");
    Ticker ticker;
    std::uint64_t done = 0;
    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < duration) {
        struct socket* const client = bound_socket(client_end, streams, 0);
        sockaddr_conn to = address_of(client_end); // an end's peer has the end's own address
        if (usrsctp_connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 &&
            errno != EINPROGRESS) {
            die("connect");
        }
        deliver();
        struct socket* const server = usrsctp_accept(listener, nullptr, nullptr);
        if (server == nullptr) die("accept");
        close_at_once(client);
        deliver();
        usrsctp_close(server);
        ticker.tick();
        ++done;
    }
    return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - start).count();
}

int command(int argc, char** argv) {
    const std::string_view mode = argc == 4 ? argv[1] : "";
    if (mode != "throughput" && mode != "heap" && mode != "handshakes") {
        std::fprintf(stderr, "usage: usrsctp_memory throughput MESSAGE_BYTES MILLISECONDS\n"
                             "       usrsctp_memory heap ASSOCIATIONS STREAMS\n"
                             "       usrsctp_memory handshakes STREAMS MILLISECONDS\n");
        return 2;
    }
    const auto first = std::strtoul(argv[2], nullptr, 10);
    const auto second = std::strtoul(argv[3], nullptr, 10);
    usrsctp_init_nothreads(0, output, silent);
    tune(kWindowBytes);
    if (mode == "handshakes") {
        report(handshakes_per_second(static_cast<std::uint16_t>(first),
                                     std::chrono::milliseconds{second}));
    }
    report(mode == "heap" ? heap_per_end(first, static_cast<std::uint16_t>(second))
                          : messages_per_second(first, std::chrono::milliseconds{second}));
}

} // namespace
} // namespace hawser::bench::usrsctp

int main(int argc, char** argv) {
    return hawser::bench::usrsctp::command(argc, argv);
}
