// Takes associations on SCTP port 4297 and answers nothing: what another SCTP program may look
// like. Prints its UDP port.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

namespace {

namespace asio = boost::asio;

asio::awaitable<void> swallow(hawser::Connection connection) {
    auto message = co_await connection.receive();
    while (message)
        message = co_await connection.receive();
}

asio::awaitable<void> serve(asio::any_io_executor executor) {
    hawser::SctpEndpointOptions options;
    options.udp_port = 0;
    auto endpoint = hawser::SctpEndpoint::open(executor, options);
    if (!endpoint) co_return;
    auto listener = endpoint->listen(4297);
    if (!listener) co_return;
    std::cout << endpoint->local_address().port() << std::endl;
    while (auto connection = co_await listener->accept())
        asio::co_spawn(executor, swallow(*std::move(connection)), asio::detached);
}

} // namespace

int main() {
    asio::io_context io;
    asio::co_spawn(io, serve(io.get_executor()), asio::detached);
    io.run();
}
