#include "support/machine.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace hawser::bench {
namespace {

sockaddr_in loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A socket bound to a free port of 127.0.0.1, and where.
Outcome<std::pair<Descriptor, sockaddr_in>> bound(int type) {
    Descriptor fd{::socket(AF_INET, type | SOCK_CLOEXEC, 0)};
    sockaddr_in address = loopback();
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (fd.get() < 0 || ::bind(fd.get(), generic, length) != 0 ||
        ::getsockname(fd.get(), generic, &length) != 0) {
        return std::unexpected{system_error("bind")};
    }
    return std::pair{std::move(fd), address};
}

Outcome<std::uint16_t> free_port(int type) {
    const auto socket = bound(type);
    if (!socket) return std::unexpected{socket.error()};
    return ntohs(socket->second.sin_port);
}

/// As root beyond the system's maximum, otherwise as far as it goes.
void set_buffers(int fd, int bytes) {
    for (const auto& [forced, plain] :
         {std::pair{SO_SNDBUFFORCE, SO_SNDBUF}, std::pair{SO_RCVBUFFORCE, SO_RCVBUF}}) {
        if (::setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0) {
            ::setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
        }
    }
}

} // namespace

unsigned sender_cpu() {
    return 0;
}
unsigned receiver_cpu() {
    return std::thread::hardware_concurrency() > 1 ? 1 : 0;
}

void pin_thread(unsigned cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    // Refused in a container with fewer processors: the figures are then noisier, not wrong.
    ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

std::string system_error(const std::string& what) {
    return what + ": " + std::strerror(errno);
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Outcome<std::pair<Descriptor, Descriptor>> udp_pair(int buffer_bytes) {
    auto a = bound(SOCK_DGRAM);
    auto b = bound(SOCK_DGRAM);
    if (!a) return std::unexpected{a.error()};
    if (!b) return std::unexpected{b.error()};
    const auto connect = [](const Descriptor& fd, const sockaddr_in& to) {
        return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    };
    if (!connect(a->first, b->second) || !connect(b->first, a->second)) {
        return std::unexpected{system_error("connect")};
    }
    set_buffers(a->first.get(), buffer_bytes);
    set_buffers(b->first.get(), buffer_bytes);
    return std::pair{std::move(a->first), std::move(b->first)};
}

Outcome<std::uint16_t> free_tcp_port() {
    return free_port(SOCK_STREAM);
}
Outcome<std::uint16_t> free_udp_port() {
    return free_port(SOCK_DGRAM);
}

} // namespace hawser::bench
