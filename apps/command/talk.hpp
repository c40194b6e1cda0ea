// Messages between standard input, standard output and a peer: what listen and connect do.
#pragma once

#include "command/marking.hpp"
#include "command/session.hpp"
#include "command/standard_io.hpp"

#include <hawser/endpoint/connection.hpp>
#include <hawser/endpoint/dtls_connection.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hawser::command {

struct TalkOptions {
    NetworkOptions network;
    MarkingOptions marking;
    unsigned stream = 0;
    std::uint32_t ppid = 0;
    bool unordered = false;
    bool raw = false;    ///< standard input and output as they are, not line by line
    bool fields = false; ///< tells what came beside each message
    bool keep_open = false;

    sctp::SendOptions send_options() const;
};

void add_talk_options(Subcommand command, TalkOptions& options);

/// Reads messages from standard input: lines, or the bytes as they come.
class MessageSource {
public:
    MessageSource(const asio::any_io_executor& executor, bool raw) : input_(executor), raw_(raw) {}
    /// The next message, as large as SCTP takes them; nullopt at the end of the input.
    asio::awaitable<Outcome<std::optional<std::string>>> next();
    /// The same, of at most so many bytes. Fails with `limit` for a longer line.
    asio::awaitable<Outcome<std::optional<std::string>>> next(std::size_t bytes_max);

private:
    StandardInput input_;
    bool raw_;
};

/// Prints messages on standard output, and on standard error what came beside them.
class MessagePrinter {
public:
    MessagePrinter(Session& session, const TalkOptions& options);
    asio::awaitable<Outcome<>> print(const Message& message);
    asio::awaitable<Outcome<>> print(const DtlsMessage& message);

private:
    asio::awaitable<Outcome<>> write(Bytes bytes);

    Session& session_;
    StandardOutput output_;
    bool raw_;
    bool fields_;
};

/// Gives what a coroutine ends with to somebody else.
asio::awaitable<void> hand_over(asio::awaitable<Outcome<>> task, std::function<void(Outcome<>)> to);

/// Prints what comes on a connection until it ends, while `pump` says what standard input gives;
/// then the first thing that went wrong with either, for which `hang_up` was called.
template <class Peer>
asio::awaitable<Outcome<>> talk(Session& session, const TalkOptions& options, Peer connection,
                                asio::awaitable<Outcome<>> pump, std::function<void()> hang_up) {
    const auto problem = std::make_shared<Outcome<>>();
    const auto fail_with = [problem, hang_up](Outcome<> result) {
        if (result || !*problem) return;
        *problem = std::move(result);
        hang_up();
    };
    spawn(session.executor(), hand_over(std::move(pump), fail_with));
    MessagePrinter printer{session, options};
    while (auto message = co_await connection.receive()) {
        session.idle().touch();
        fail_with(co_await printer.print(*message));
    }
    co_return std::move(*problem);
}

/// "stream 3 ssn 0 tsn 17 ppid 0 5 bytes EF ECT(1) hop limit 64 from 10.0.0.1:9899".
std::string fields_of(const Message& message);
/// "epoch 3 sequence 17 5 bytes EF ECT(1) hop limit 64 from 10.0.0.1:4297".
std::string fields_of(const DtlsMessage& message);

} // namespace hawser::command
