// A tap of one's own: one line for each datagram. Run echo_server beside it.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

class PrintTap final : public hawser::Tap {
public:
    void seen(const hawser::Sighting& packet) override {
        const bool in = packet.direction == hawser::Direction::in;
        std::cout << (in ? "< " : "> ") << to_string(packet.path.remote) << ' '
                  << packet.bytes.size() << " bytes " << to_string(packet.ancillary);
        if (packet.verdict != hawser::Verdict::accepted) std::cout << ' ' << name(packet.verdict);
        std::cout << '\n';
    }
};

boost::asio::awaitable<void> talk(boost::asio::any_io_executor executor, PrintTap& tap) {
    auto endpoint = hawser::SctpEndpoint::open(executor, {.udp_port = 0, .tap = &tap});
    if (!endpoint) co_return void(std::cerr << to_string(endpoint.error()) << '\n');
    auto connection = co_await endpoint->connect("127.0.0.1:7001");
    if (!connection) co_return void(std::cerr << to_string(connection.error()) << '\n');
    connection->send(hawser::as_bytes("hello"), {.ancillary = {.dscp = hawser::Dscp::ef}});
    co_await connection->receive();
    co_await connection->shutdown();
}

int main() {
    PrintTap tap; // outlives the endpoint
    boost::asio::io_context io;
    co_spawn(io, talk(io.get_executor(), tap), boost::asio::detached);
    io.run();
}
