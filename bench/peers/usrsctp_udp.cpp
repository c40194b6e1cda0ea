// usrsctp over UDP on loopback, a process and a core for each end.
//
//   usrsctp_udp MESSAGE_BYTES MILLISECONDS SENDER_CPU RECEIVER_CPU SENDER_PORT RECEIVER_PORT
//               [WINDOW_BYTES SENDER_NAMESPACE RECEIVER_NAMESPACE RECEIVER_HOST]
//
// Prints the bytes of whole messages a second that arrived. The ports are UDP's. The namespaces are
// those of a link that is no loopback.
#include "peers/usrsctp_settings.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace hawser::bench::usrsctp {
namespace {
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kPathMtu = kPacketBytes + 8 + 20; // UDP and IPv4 headers

struct Plan {
    std::size_t message_bytes;
    std::chrono::milliseconds duration;
    unsigned sender_cpu, receiver_cpu;
    std::uint16_t sender_port, receiver_port;
    std::uint32_t window_bytes = 128 * 1024;
    std::string sender_namespace, receiver_namespace; ///< empty: that of this process
    std::string receiver_host = "127.0.0.1";
};

void enter(const std::string& network_namespace) {
    if (network_namespace.empty()) return;
    const int fd = ::open(("/run/netns/" + network_namespace).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || ::setns(fd, CLONE_NEWNET) != 0) die("setns");
    ::close(fd);
}

void pin_process(unsigned cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    ::sched_setaffinity(0, sizeof set, &set);
}

sockaddr_in receiver_address(const Plan& plan) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(kPort);
    if (::inet_pton(AF_INET, plan.receiver_host.c_str(), &address.sin_addr) != 1) die("inet_pton");
    return address;
}

using Receive = int (*)(struct socket*, sctp_sockstore, void*, std::size_t, sctp_rcvinfo, int,
                        void*);

struct socket* open_socket(std::uint16_t remote_udp_port, Receive receive) {
    struct socket* so =
        usrsctp_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, receive, nullptr, 0, nullptr);
    if (so == nullptr) die("usrsctp_socket");
    tune(so, kPathMtu, AF_INET);
    sctp_udpencaps encapsulation{};
    encapsulation.sue_address.ss_family = AF_INET;
    encapsulation.sue_port = htons(remote_udp_port);
    set(so, SCTP_REMOTE_UDP_ENCAPS_PORT, encapsulation);
    return so;
}

/// What has come so far. Written by usrsctp's receiving thread alone.
struct Arrived {
    std::uint64_t bytes = 0;
    Clock::time_point first{};
} arrived;

int take(struct socket*, sctp_sockstore, void* data, std::size_t size, sctp_rcvinfo, int, void*) {
    if (data == nullptr) { // the association has ended
        const double seconds = std::chrono::duration<double>(Clock::now() - arrived.first).count();
        report(static_cast<double>(arrived.bytes) / seconds);
    }
    if (arrived.bytes == 0) arrived.first = Clock::now();
    arrived.bytes += size;
    std::free(data);
    return 1;
}

/// Says on `ready` when it listens.
[[noreturn]] void run_receiver(const Plan& plan, int ready) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    enter(plan.receiver_namespace);
    pin_process(plan.receiver_cpu);
    usrsctp_init(plan.receiver_port, nullptr, silent);
    tune(plan.window_bytes);
    struct socket* const so = open_socket(plan.sender_port, take);
    sockaddr_in address = receiver_address(plan);
    if (usrsctp_bind(so, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
    if (usrsctp_listen(so, 1) != 0) die("listen");
    if (::write(ready, "", 1) != 1) die("write");
    if (usrsctp_accept(so, nullptr, nullptr) == nullptr) die("accept");
    for (;;)
        ::pause(); // `take` ends the process
}

void run_sender(const Plan& plan) {
    enter(plan.sender_namespace);
    pin_process(plan.sender_cpu);
    usrsctp_init(plan.sender_port, nullptr, silent);
    tune(plan.window_bytes);
    struct socket* const so = open_socket(plan.receiver_port, nullptr);
    sockaddr_in to = receiver_address(plan);
    if (usrsctp_connect(so, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) die("connect");
    const std::vector<char> message(plan.message_bytes, 'm');
    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < plan.duration) {
        sctp_sndinfo info{};
        if (usrsctp_sendv(so, message.data(), message.size(), nullptr, 0, &info, sizeof info,
                          SCTP_SENDV_SNDINFO, 0) < 0) {
            die("sendv");
        }
    }
    if (usrsctp_shutdown(so, SHUT_WR) != 0) die("shutdown");
}

int command(int argc, char** argv) {
    if (argc != 7 && argc != 11) {
        std::fprintf(stderr,
                     "usage: usrsctp_udp MESSAGE_BYTES MILLISECONDS SENDER_CPU RECEIVER_CPU "
                     "SENDER_PORT RECEIVER_PORT\n"
                     "       [WINDOW_BYTES SENDER_NAMESPACE RECEIVER_NAMESPACE RECEIVER_HOST]\n");
        return 2;
    }
    const auto number = [argv](int i) { return std::strtoul(argv[i], nullptr, 10); };
    Plan plan{.message_bytes = number(1),
              .duration = std::chrono::milliseconds{number(2)},
              .sender_cpu = static_cast<unsigned>(number(3)),
              .receiver_cpu = static_cast<unsigned>(number(4)),
              .sender_port = static_cast<std::uint16_t>(number(5)),
              .receiver_port = static_cast<std::uint16_t>(number(6))};
    if (argc == 11) {
        plan.window_bytes = static_cast<std::uint32_t>(number(7));
        plan.sender_namespace = argv[8];
        plan.receiver_namespace = argv[9];
        plan.receiver_host = argv[10];
    }
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) die("pipe");
    const pid_t receiver = ::fork(); // before either end has started usrsctp's threads
    if (receiver < 0) die("fork");
    if (receiver == 0) run_receiver(plan, ready[1]);
    ::close(ready[1]); // so that a receiver which dies is noticed
    char byte = 0;
    if (::read(ready[0], &byte, 1) != 1) die("the receiver");
    run_sender(plan);
    int status = 0;
    ::waitpid(receiver, &status, 0);
    std::_Exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

} // namespace
} // namespace hawser::bench::usrsctp

int main(int argc, char** argv) {
    return hawser::bench::usrsctp::command(argc, argv);
}
