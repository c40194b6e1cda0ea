// One UDP port and all cores: an endpoint and a thread each, and peers that stay where they are.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <iostream>
#include <thread>

namespace asio = boost::asio;
using hawser::Connection;
using hawser::SctpEndpoint;

asio::awaitable<void> echo(Connection connection) {
    while (auto message = co_await connection.receive())
        if (!co_await connection.async_send(message->bytes())) co_return;
}

asio::awaitable<void> serve(SctpEndpoint endpoint) {
    auto listener = endpoint.listen(7001);
    if (!listener) co_return void(std::cerr << to_string(listener.error()) << '\n');
    while (auto connection = co_await listener->accept())
        co_spawn(endpoint.get_executor(), echo(std::move(*connection)), asio::detached);
}

int main() {
    std::deque<asio::io_context> shards(std::thread::hardware_concurrency());
    std::vector<asio::any_io_executor> executors;
    for (auto& io : shards)
        executors.push_back(io.get_executor());
    auto endpoints = SctpEndpoint::open_shards(executors);
    if (!endpoints) return std::cerr << to_string(endpoints.error()) << '\n', 1;
    for (std::size_t i = 0; i < shards.size(); ++i)
        co_spawn(executors[i], serve(std::move((*endpoints)[i])), asio::detached);
    std::vector<std::jthread> threads;
    for (auto& io : shards)
        threads.emplace_back([&io] { io.run(); });
}
