// Sockets of the loopback interface, and datagrams for them.
#pragma once

#include <hawser/net/clock.hpp>
#include <hawser/net/udp_socket.hpp>
#include <hawser/net/wait.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hawser::net::test {

using namespace std::chrono_literals;

/// How long a test waits for the kernel to deliver over the loopback interface.
inline constexpr auto kPatience = 2s;

inline UdpSocket open(const UdpOptions& options) {
    auto socket = UdpSocket::open(options);
    EXPECT_TRUE(socket.has_value()) << (socket ? "" : to_string(socket.error()));
    return std::move(*socket);
}

inline UdpSocket open(Family family) {
    return open({.local = Address::loopback(family)});
}

inline Path path_to(const Socket& socket, Family family) {
    const Address& bound = socket.local_address();
    const Address host = bound.is_unspecified() ? Address::loopback(family) : bound;
    return {.protocol = Protocol::udp,
            .local = Address::any(family),
            .remote = host.with_port(bound.port())};
}

/// Packets for tests: one pool for the whole program, as a shard has.
inline PacketPool& pool() {
    static PacketPool packets;
    return packets;
}

inline Transmit datagram(const Path& path, std::string_view text, const Ancillary& ancillary = {}) {
    Transmit out{.path = path, .ancillary = ancillary, .payload = pool().take(text.size())};
    out.payload.resize(text.size());
    if (!text.empty()) std::memcpy(out.payload.bytes().data(), text.data(), text.size());
    return out;
}

/// `count` segments of `segment_bytes`; each begins with its own number, and the last has
/// `last_bytes`.
inline Transmit train(const Path& path, std::size_t count, std::uint16_t segment_bytes,
                      std::size_t last_bytes = 0, const Ancillary& ancillary = {}) {
    const std::size_t size =
        (count - 1) * segment_bytes + (last_bytes == 0 ? segment_bytes : last_bytes);
    Transmit out{.path = path,
                 .ancillary = ancillary,
                 .payload = pool().take(size),
                 .segment_bytes = segment_bytes};
    out.payload.resize(size);
    std::memset(out.payload.bytes().data(), 0x5a, size);
    for (std::size_t i = 0; i < count; ++i)
        out.segment(i)[0] = static_cast<std::byte>(i);
    return out;
}

/// One datagram as a test wants to look at it.
struct Arrived {
    Path path;
    Ancillary ancillary;
    std::string bytes;
    bool truncated = false;
};

/// Receives until `count` datagrams have come or patience is at its end.
inline std::vector<Arrived> receive(Socket& socket, std::size_t count,
                                    ReceiveBatch batch = ReceiveBatch{}) {
    std::vector<Arrived> arrived;
    const Instant until = Clock::now() + kPatience;
    while (arrived.size() < count && Clock::now() < until) {
        const std::array interests{Interest{.fd = socket.fd()}};
        wait(interests, until);
        socket.receive(batch);
        for (const Received& message : batch.messages()) {
            for (std::size_t i = 0; i < message.segment_count(); ++i) {
                const Datagram one = message.datagram(i, PacketId{});
                arrived.push_back({one.path, one.ancillary, std::string{as_text(one.payload)},
                                   message.truncated && i + 1 == message.segment_count()});
            }
        }
    }
    return arrived;
}

/// Receives one datagram; an empty one when none comes.
inline Arrived receive_one(Socket& socket) {
    auto arrived = receive(socket, 1);
    EXPECT_EQ(arrived.size(), 1u);
    return arrived.empty() ? Arrived{} : std::move(arrived.front());
}

inline SendOutcome send_one(Socket& socket, const Transmit& transmit) {
    return socket.send({&transmit, 1});
}

inline std::vector<PathEvent> errors_of(Socket& socket) {
    std::vector<PathEvent> events;
    const Instant until = Clock::now() + kPatience;
    while (events.empty() && Clock::now() < until) {
        const std::array interests{Interest{.fd = socket.fd()}};
        wait(interests, until);
        socket.read_errors(events);
    }
    return events;
}

/// Brings the loopback interface up with this MTU, in the calling thread's network namespace.
inline bool set_loopback(int mtu) {
    const int scratch = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::ranges::copy(std::string_view{"lo"}, request.ifr_name);
    request.ifr_mtu = mtu;
    const bool sized = ioctl(scratch, SIOCSIFMTU, &request) == 0;
    request.ifr_flags = IFF_UP;
    const bool up = ioctl(scratch, SIOCSIFFLAGS, &request) == 0;
    close(scratch);
    return sized && up;
}

/// Runs a test body in a network namespace of its own, with nothing but a loopback interface of
/// this MTU. Skips loudly without the privilege.
inline void in_private_network(int mtu, const std::function<void()>& body) {
    bool made = false;
    std::thread{[&] {
        made = unshare(CLONE_NEWNET) == 0 && set_loopback(mtu);
        if (made) body();
    }}.join();
    if (!made) GTEST_SKIP() << "needs CAP_SYS_ADMIN for a network namespace";
}

} // namespace hawser::net::test
