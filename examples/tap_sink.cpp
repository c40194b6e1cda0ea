// A sink of one's own: the packet log goes to standard output, for `... | wireshark -k -i -`.
// Run echo_server beside it.
#include <hawser/capture/log.hpp>
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>

class StandardOutput final : public hawser::capture::Sink {
public:
    hawser::Result<> write(hawser::Bytes bytes) override {
        if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return {};
        return hawser::fail(hawser::Errc::io, "standard output is closed");
    }
    hawser::Result<> flush() override {
        std::fflush(stdout);
        return {};
    }
};

boost::asio::awaitable<void> talk(boost::asio::any_io_executor executor, hawser::Tap& tap) {
    auto endpoint = hawser::SctpEndpoint::open(executor, {.udp_port = 0, .tap = &tap});
    if (!endpoint) co_return;
    auto connection = co_await endpoint->connect("127.0.0.1:7001");
    if (connection) co_await connection->shutdown();
}

int main() {
    auto log = hawser::capture::Log::open(std::make_unique<StandardOutput>());
    if (!log) return 1;
    const auto tap = log->attach("caller"); // for as long as the endpoint lives
    boost::asio::io_context io;
    co_spawn(io, talk(io.get_executor(), *tap), boost::asio::detached);
    io.run();
    return log->close() ? 0 : 1;
}
