// The same operations with callbacks in place of coroutines.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/io_context.hpp>
#include <iostream>

using namespace hawser;

int main() {
    boost::asio::io_context io;
    auto endpoint = SctpEndpoint::open(io.get_executor(), {.udp_port = 0});
    if (!endpoint) return 1;

    const auto goodbye = [&endpoint](Result<> ended) {
        if (!ended) std::cerr << to_string(ended.error()) << '\n';
        endpoint->close(); // nothing left to do: run() returns
    };
    const auto connected = [&](Result<Connection> connection) {
        if (!connection) return goodbye(std::unexpected{connection.error()});
        static_cast<void>(connection->send(as_bytes("hello")));
        connection->within(std::chrono::seconds{2})
            .receive([connection = *connection, &goodbye](Result<Message> answer) {
                if (answer) std::cout << answer->text() << '\n';
                connection.shutdown(goodbye);
            });
    };
    endpoint->connect("127.0.0.1:7001", {.within = std::chrono::seconds{5}}, connected);
    io.run();
}
