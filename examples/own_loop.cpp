// An event loop of one's own: engine, driver and sockets without Asio. It answers what it gets.
#include <hawser/driver/driver.hpp>
#include <hawser/net/system_random.hpp>
#include <hawser/net/udp_socket.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <iostream>

using namespace hawser;

int main() {
    auto socket = net::UdpSocket::open({.local = Address::any(Family::ipv6, 9899)});
    if (!socket) return std::cerr << to_string(socket.error()) << '\n', 1;
    std::vector<net::Socket> sockets;
    sockets.push_back(std::move(*socket));

    net::SystemRandom random;
    PacketPool packets;
    BufferPool buffers;
    sctp::Endpoint engine{{}, {random, packets, buffers}, net::Clock::now()};
    Driver driver{engine, std::move(sockets)};
    if (!engine.listen(7001)) return 1;

    for (;;) {
        driver.wait(kNever); // or watch driver.fds() and driver.deadline(), then driver.pump()
        while (auto event = engine.poll_event()) {
            if (auto* message = std::get_if<sctp::Message>(&*event)) {
                std::cout << as_text(message->payload.bytes()) << std::endl;
                // What finds no room in the send queue is dropped here; SendQueueLow says when to
                // go on.
                static_cast<void>(engine.send(message->association, std::move(message->payload),
                                              {.stream = message->stream}, driver.now()));
            }
        }
        driver.flush();
    }
}
