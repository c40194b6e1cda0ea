// Answers every message on its own stream, with its own marking: one coroutine an association.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

namespace asio = boost::asio;
using hawser::Connection;
using hawser::SctpEndpoint;

asio::awaitable<void> echo(Connection connection) {
    while (auto message = co_await connection.receive()) {
        hawser::sctp::SendOptions options{.stream = message->stream, .ppid = message->ppid};
        options.ancillary.dscp = message->ancillary.dscp;
        options.ancillary.ecn = message->ancillary.ecn;
        // Waits while the peer does not read its answers.
        if (!co_await connection.async_send(message->bytes(), options)) co_return;
    }
}

asio::awaitable<void> serve(asio::any_io_executor executor) {
    auto endpoint = SctpEndpoint::open(executor);
    if (!endpoint) co_return void(std::cerr << to_string(endpoint.error()) << '\n');
    auto listener = endpoint->listen(7001);
    if (!listener) co_return void(std::cerr << to_string(listener.error()) << '\n');
    while (auto connection = co_await listener->accept()) {
        co_spawn(executor, echo(std::move(*connection)), asio::detached);
    }
}

int main() {
    asio::io_context io;
    co_spawn(io, serve(io.get_executor()), asio::detached);
    io.run();
}
