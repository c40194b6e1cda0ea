// A handle for each stream: what is lost on one does not hold up the others. Run echo_server
// beside.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

namespace asio = boost::asio;
using namespace hawser;

asio::awaitable<void> talk(asio::any_io_executor executor) {
    auto endpoint = SctpEndpoint::open(executor, {.udp_port = 0});
    if (!endpoint) co_return;
    auto connection = co_await endpoint->connect("127.0.0.1:7001");
    if (!connection) co_return void(std::cerr << to_string(connection.error()) << '\n');

    const sctp::StreamId one{1}, two{2};
    const auto voice = connection->outgoing(one, {.ancillary = {.dscp = Dscp::ef}});
    const auto files = connection->outgoing(two, {.ancillary = {.dscp = Dscp::le}});
    const IncomingStream words = connection->incoming(one);
    const IncomingStream pages = connection->incoming(two);

    files.write(as_bytes("a page"));
    voice.write(as_bytes("a word"));
    voice.write(as_bytes("another word"), {.dscp = Dscp::cs0}); // marked otherwise, once
    for (int i = 0; i < 2; ++i) {
        if (auto word = co_await words.read()) std::cout << word->text() << '\n';
    }
    if (auto page = co_await pages.read()) std::cout << page->text() << '\n';
    co_await connection->shutdown();
}

int main() {
    asio::io_context io;
    co_spawn(io, talk(io.get_executor()), asio::detached);
    io.run();
}
