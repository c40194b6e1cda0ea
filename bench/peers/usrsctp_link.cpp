// usrsctp on a simulated link, both ends in this process, in virtual time: its clock is ours.
//
//   usrsctp_link BYTES_PER_SECOND DELAY_MS QUEUE_BYTES LOSS SECONDS   message bytes a second
#include "peers/usrsctp_settings.hpp"
#include "support/simulated_link.hpp"

#include <sys/time.h>

namespace {

constexpr std::chrono::nanoseconds kTick{1'000'000};
std::chrono::nanoseconds now = std::chrono::hours{1};

} // namespace

/// What libusrsctp asks, and nothing else here does.
extern "C" int gettimeofday(timeval* time, void*) noexcept {
    time->tv_sec = now.count() / 1'000'000'000;
    time->tv_usec = now.count() / 1000 % 1'000'000;
    return 0;
}

namespace hawser::bench::usrsctp {
using test::LinkShape;
using test::SimulatedLink;
namespace {

constexpr std::size_t kMessageBytes = 16 * 1024;
constexpr std::uint32_t kWindowBytes = 16 * 1024 * 1024;

/// One side of the association: its address is this object.
struct End {
    SimulatedLink link; ///< to the other one
};

int output(void* address, void* buffer, std::size_t size, std::uint8_t, std::uint8_t) {
    static_cast<End*>(address)->link.send(buffer, size, now);
    return 0;
}

std::uint64_t received_bytes = 0;

int on_receive(struct socket*, sctp_sockstore, void* data, std::size_t size, sctp_rcvinfo, int,
               void*) {
    received_bytes += size;
    std::free(data); // NOLINT: given to us by usrsctp's malloc
    return 1;
}

sockaddr_conn address_of(End& end) {
    sockaddr_conn address{};
    address.sconn_family = AF_CONN;
    address.sconn_port = htons(kPort);
    address.sconn_addr = &end;
    return address;
}

struct socket* bound_socket(End& end) {
    struct socket* so =
        usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_receive, nullptr, 0, nullptr);
    if (so == nullptr) die("usrsctp_socket");
    usrsctp_set_non_blocking(so, 1);
    usrsctp_register_address(&end);
    tune(so, kPacketBytes, AF_CONN);
    sockaddr_conn address = address_of(end);
    if (usrsctp_bind(so, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
    return so;
}

void deliver(SimulatedLink& link, End& to) {
    while (const auto packet = link.arrival(now))
        usrsctp_conninput(&to, packet->bytes.data(), packet->bytes.size(), 0);
}

/// As much as its queue takes.
void fill(struct socket* so) {
    static const std::vector<char> message(kMessageBytes, 'm');
    sctp_sndinfo info{};
    while (usrsctp_sendv(so, message.data(), message.size(), nullptr, 0, &info, sizeof info,
                         SCTP_SENDV_SNDINFO, 0) > 0) {
    }
}

double bytes_per_second(const LinkShape& shape, double seconds) {
    End client{SimulatedLink{shape}};
    LinkShape lossless = shape;
    lossless.loss = 0;
    End server{SimulatedLink{lossless}};
    struct socket* const listener = bound_socket(server);
    if (usrsctp_listen(listener, 1) != 0) die("listen");
    struct socket* const sender = bound_socket(client);
    sockaddr_conn to = address_of(client); // an end's peer has the end's own address
    if (usrsctp_connect(sender, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 &&
        errno != EINPROGRESS) {
        die("connect");
    }
    std::chrono::nanoseconds tick = now + kTick;
    const auto end = now + std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
    while (now < end) {
        fill(sender);
        const auto forth = client.link.next().value_or(tick);
        const auto back = server.link.next().value_or(tick);
        now = std::max(now, std::min({forth, back, tick}));
        deliver(client.link, server);
        deliver(server.link, client);
        if (now < tick) continue;
        tick += kTick;
        usrsctp_handle_timers(1);
    }
    return static_cast<double>(received_bytes) / seconds;
}

int command(int argc, char** argv) {
    if (argc != 6) {
        std::fprintf(stderr, "usage: usrsctp_link BYTES_PER_SECOND DELAY_MS QUEUE_BYTES LOSS "
                             "SECONDS\n");
        return 2;
    }
    usrsctp_init_nothreads(0, output, silent);
    tune(kWindowBytes);
    usrsctp_sysctl_set_sctp_sendspace(2 * kWindowBytes);
    const LinkShape shape{
        .bytes_per_second = std::strtod(argv[1], nullptr),
        .delay = std::chrono::milliseconds{std::strtol(argv[2], nullptr, 10)},
        .queue_bytes = std::strtoul(argv[3], nullptr, 10),
        .loss = std::strtod(argv[4], nullptr),
    };
    report(bytes_per_second(shape, std::strtod(argv[5], nullptr)));
}

} // namespace
} // namespace hawser::bench::usrsctp

int main(int argc, char** argv) {
    return hawser::bench::usrsctp::command(argc, argv);
}
