// One message with its own stream and marking, and what came back. Run echo_server beside it.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

boost::asio::awaitable<void> talk(boost::asio::any_io_executor executor) {
    auto endpoint = hawser::SctpEndpoint::open(executor, {.udp_port = 0});
    if (!endpoint) co_return void(std::cerr << to_string(endpoint.error()) << '\n');
    auto connection = co_await endpoint->connect("127.0.0.1:7001");
    if (!connection) co_return void(std::cerr << to_string(connection.error()) << '\n');
    connection->send(hawser::as_bytes("hello"), {.stream = hawser::sctp::StreamId{3},
                                                 .ancillary = {.dscp = hawser::Dscp::ef}});
    const auto answer = co_await connection->receive();
    if (answer) std::cout << answer->text() << " came " << to_string(answer->ancillary) << '\n';
    co_await connection->shutdown();
}

int main() {
    boost::asio::io_context io;
    co_spawn(io, talk(io.get_executor()), boost::asio::detached);
    io.run();
}
