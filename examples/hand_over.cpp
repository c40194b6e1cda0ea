// Accepts an association, or goes on with that of the process before: `hand_over state`. SIGTERM
// tells it to write that file.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fstream>
#include <iostream>

namespace asio = boost::asio;
constexpr hawser::StateKey kKey{std::byte{42}}; // a secret of both processes

asio::awaitable<void> run(hawser::SctpEndpoint& endpoint, const char* file) {
    hawser::Result<hawser::Connection> connection = hawser::fail(hawser::Errc::not_found, "none");
    if (file != nullptr) {
        std::ifstream in{file, std::ios::binary};
        const std::string state{std::istreambuf_iterator{in}, {}};
        connection = endpoint.import_state(hawser::as_bytes(state), kKey);
    } else {
        connection = co_await endpoint.listen(7001)->accept();
    }
    if (!connection) co_return void(std::cerr << to_string(connection.error()) << '\n');
    asio::signal_set told{co_await asio::this_coro::executor, SIGTERM};
    told.async_wait([held = *connection](auto, int) { // messages that nobody took go along
        if (const auto state = held.export_state(kKey))
            std::ofstream{"state", std::ios::binary} << hawser::as_text(*state);
    });
    while (auto message = co_await connection->receive())
        std::cout << message->text() << '\n';
}

int main(int argc, char** argv) {
    asio::io_context io;
    auto endpoint = hawser::SctpEndpoint::open(io.get_executor());
    if (!endpoint) return 1;
    co_spawn(io, run(*endpoint, argc > 1 ? argv[1] : nullptr), [&](auto) { endpoint->close(); });
    io.run();
}
