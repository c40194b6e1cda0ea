// Speaks to `hawser receive` in its dialect, and lies: `hostile_sender UDP_PORT WHAT`.
#include "command/asio.hpp"
#include "command/dialect.hpp"

#include "crypto/sha256.hpp"

#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <charconv>
#include <string>

namespace hawser::command {
namespace {

sctp::SendOptions beside(Kind kind, unsigned stream) {
    sctp::SendOptions options;
    options.stream = static_cast<sctp::StreamId>(stream);
    options.ppid = ppid_of(kind);
    return options;
}

asio::awaitable<void> say(Connection connection, Octets octets, Kind kind, unsigned stream) {
    static_cast<void>(co_await connection.async_send(octets, beside(kind, stream)));
}

asio::awaitable<void> send_file(Connection connection, std::string name, unsigned stream,
                                bool to_the_end) {
    const FileBegin begin{.number = stream, .bytes = 5, .name = std::move(name)};
    co_await say(connection, begin.write(), Kind::file_begin, stream);
    co_await say(connection, Octets(5, std::byte{'x'}), Kind::file_data, stream);
    if (!to_the_end) co_return;
    crypto::Sha256 hash;
    hash.update(as_bytes("xxxxx"));
    const FileEnd end{.bytes = 5, .digest = hash.finish()};
    co_await say(connection, end.write(), Kind::file_end, stream);
}

asio::awaitable<void> send_garbage(Connection connection) {
    for (unsigned kind = 0; kind < 256; ++kind) {
        for (const std::size_t bytes : {1U, 2U, 5U, 40U}) {
            Octets octets(bytes, std::byte{0xff});
            octets.front() = std::byte{1};
            const std::uint32_t ppid = 0x68777300U | kind;
            sctp::SendOptions options;
            options.ppid = static_cast<sctp::Ppid>(ppid);
            options.stream = static_cast<sctp::StreamId>(kind % 3);
            static_cast<void>(co_await connection.async_send(octets, options));
        }
    }
}

asio::awaitable<void> do_harm(Connection connection, std::string what) {
    if (what == "digest") {
        co_await send_file(connection, "file", 1, false);
        co_await say(connection, FileEnd{.bytes = 5}.write(), Kind::file_end, 1);
    } else if (what == "path") {
        co_await send_file(connection, "../../../escaped", 1, true);
    } else if (what == "dots") {
        co_await send_file(connection, "..", 1, true);
    } else if (what == "escape") {
        co_await send_file(connection, "\x1b]0;mine\x07name", 1, true);
    } else if (what == "many") {
        for (unsigned stream = 1; stream <= 400; ++stream)
            co_await send_file(connection, "file" + std::to_string(stream), stream, false);
    } else if (what == "twice") {
        co_await send_file(connection, "first", 1, false);
        co_await send_file(connection, "second", 1, true);
    } else if (what == "nothing") {
        co_return;
    } else if (what == "unreadable") {
        co_await say(connection, Octets(3, std::byte{1}), Kind::file_begin, 1);
        co_await say(connection, Octets(5, std::byte{'x'}), Kind::file_data, 1);
        co_await say(connection, FileEnd{.bytes = 5}.write(), Kind::file_end, 1);
    } else if (what == "garbage") {
        co_await send_garbage(connection);
    }
}

asio::awaitable<void> run(asio::any_io_executor executor, std::uint16_t port, std::string what,
                          int& status) {
    SctpEndpointOptions options;
    options.udp_port = 0;
    auto endpoint = SctpEndpoint::open(executor, options);
    if (!endpoint) co_return;
    ConnectOptions to;
    to.peer_udp_port = port;
    auto connection = co_await endpoint->connect("127.0.0.1:4297", to);
    if (!connection) co_return;
    co_await say(*connection, FilesHello{.files = 1, .bytes = 5}.write(), Kind::files_hello, 0);
    co_await do_harm(*connection, std::move(what));
    static_cast<void>(co_await connection->shutdown());
    status = 0;
}

} // namespace

int misbehave(std::uint16_t port, std::string what) {
    int status = 1;
    asio::io_context io;
    asio::co_spawn(io, run(io.get_executor(), port, std::move(what), status), asio::detached);
    io.run();
    return status;
}

} // namespace hawser::command

int main(int count, char** arguments) {
    if (count != 3) return 2;
    const std::string_view text = arguments[1];
    std::uint16_t port = 0;
    std::from_chars(text.data(), text.data() + text.size(), port);
    return hawser::command::misbehave(port, arguments[2]);
}
