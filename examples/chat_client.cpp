// Lines from the keyboard to the room, and back, at the same time.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio.hpp>
#include <iostream>

namespace asio = boost::asio;
using namespace hawser;

asio::awaitable<void> listen(Connection connection) {
    while (auto said = co_await connection.receive())
        std::cout << said->text() << std::endl;
}

asio::awaitable<void> chat(asio::any_io_executor executor, std::string room) {
    auto endpoint = SctpEndpoint::open(executor, {.udp_port = 0});
    if (!endpoint) co_return;
    auto connection = co_await endpoint->connect(room);
    if (!connection) co_return void(std::cerr << to_string(connection.error()) << '\n');
    co_spawn(executor, listen(*connection), asio::detached);

    asio::posix::stream_descriptor keyboard{executor, 0};
    for (std::string typed;;) {
        const auto [error, bytes] = co_await asio::async_read_until(
            keyboard, asio::dynamic_buffer(typed), '\n', asio::as_tuple(asio::use_awaitable));
        if (error) break;
        if (bytes > 1) co_await connection->async_send(as_bytes(typed).first(bytes - 1));
        typed.erase(0, bytes);
    }
    co_await connection->shutdown();
}

int main(int count, char** arguments) {
    asio::io_context io;
    co_spawn(io, chat(io.get_executor(), count > 1 ? arguments[1] : "localhost:7001"),
             asio::detached);
    io.run();
}
