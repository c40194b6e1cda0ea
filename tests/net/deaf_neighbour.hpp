// A link on which nothing moves until a test says so: how a send buffer is filled.
#pragma once

#include "net/wire.hpp"

#include <cstdlib>

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>

namespace hawser::net::test {

/// In the calling thread's network namespace: a cable with 10.9.0.1 at one end, and at the other
/// somebody who does not answer to ARP. What is sent to 10.9.0.2 waits in the neighbour's queue,
/// and in the sender's buffer, until `listen` is called.
class DeafNeighbour {
public:
    /// Answers whether the cable could be made; it goes with the namespace.
    bool make() {
        if (std::system("ip link add here type veth peer name there && "
                        "ip address add 10.9.0.1/24 dev here && "
                        "ip link set there up && ip link set here up") != 0) {
            return false;
        }
        tap_ = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETHERTYPE_IP));
        const int buffer_bytes = 16 * 1024 * 1024; // every frame, however late it is collected
        setsockopt(tap_, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes);
        sockaddr_ll name{};
        name.sll_family = AF_PACKET;
        name.sll_protocol = htons(ETHERTYPE_IP);
        name.sll_ifindex = static_cast<int>(if_nametoindex("there"));
        return bind(tap_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
    }
    DeafNeighbour() = default;
    DeafNeighbour(const DeafNeighbour&) = delete;
    DeafNeighbour& operator=(const DeafNeighbour&) = delete;
    ~DeafNeighbour() {
        if (tap_ >= 0) close(tap_);
    }

    static Path path() {
        return {.protocol = Protocol::udp,
                .local = Address::any(Family::ipv4),
                .remote = Address::ipv4({10, 9, 0, 2}, 9)};
    }

    /// From now on everything passes at once.
    void listen() {
        EXPECT_EQ(std::system("ip neighbour replace 10.9.0.2 lladdr 02:00:00:00:00:02 "
                              "dev here nud permanent"),
                  0);
    }

    /// The UDP payloads that have come so far.
    void collect(std::vector<std::string>& payloads) {
        constexpr std::size_t kHeaders = 14 + 20 + 8;
        std::array<char, 2048> frame;
        for (;;) {
            const ssize_t size = recv(tap_, frame.data(), frame.size(), 0);
            if (size < 0) return;
            constexpr std::size_t kProtocolAt = 14 + 9;
            if (static_cast<std::size_t>(size) < kHeaders || frame[kProtocolAt] != IPPROTO_UDP)
                continue;
            payloads.emplace_back(frame.data() + kHeaders,
                                  static_cast<std::size_t>(size) - kHeaders);
        }
    }

private:
    int tap_ = -1;
};

} // namespace hawser::net::test
