// hawser connect: messages to and from a peer that listens.
#include "command/commands.hpp"
#include "command/contradictions.hpp"
#include "command/datagrams.hpp"
#include "command/explain.hpp"
#include "command/talk.hpp"
#include "command/watch.hpp"

#include <memory>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser connect alpha.example:4297            lines both ways, until Ctrl-D
  echo hello | hawser connect 10.0.0.1:4297 --stream 3 --dscp ef --ecn ect1
  hawser connect '[2001:db8::1]:4297' --raw < picture.jpg
  hawser connect 10.0.0.1/10.0.1.1:4297 -v     a host with two addresses, and all that happens
  hawser connect 10.0.0.1 --local 10.0.0.9/10.0.1.9    from two of ours: one network may fail
  hawser connect 10.0.0.1:4297 --log talk.pcapng && wireshark talk.pcapng
  hawser connect 10.0.0.1:4433 --dtls --fingerprint AB:CD..
With --dtls there is no SCTP: a line is a DTLS datagram, for any peer that speaks DTLS.
The end of standard input ends the association, once all has arrived (with --dtls, the
connection, at once); with --keep-open the peer does.)";

/// Sends what standard input gives; then ends the association, or leaves that to the peer. `unsent`
/// becomes true when there was something for which it was too late.
asio::awaitable<Outcome<>> pump(Session& session, const TalkOptions& options, Connection connection,
                                std::shared_ptr<bool> unsent) {
    MessageSource source{session.executor(), options.raw};
    const sctp::SendOptions beside = options.send_options();
    while (true) {
        const auto message = co_await source.next();
        if (!message) co_return std::unexpected{message.error()};
        if (!*message) break;
        const auto sent = co_await connection.async_send(as_bytes(**message), beside);
        if (!sent && sent.error().code == Errc::closed) {
            *unsent = true; // why, the end of the association says
            co_return Outcome<>{};
        }
        if (!sent) {
            co_return std::unexpected{
                explain_send(sent.error(), connection, (*message)->size(), beside)};
        }
    }
    if (!options.keep_open) connection.shutdown([](const Result<>&) {});
    co_return Outcome<>{};
}

/// The messages of one association, and the first thing that went wrong with them.
asio::awaitable<Outcome<>> converse(Session& session, const TalkOptions& options,
                                    Connection connection) {
    const auto watch = Watch::start(session, connection);
    const std::function<void()> hang_up = [connection] {
        connection.shutdown([](const Result<>&) {});
    };
    const auto unsent = std::make_shared<bool>(false);
    auto talked = co_await talk(session, options, connection,
                                pump(session, options, connection, unsent), hang_up);
    auto ended = co_await watch->end();
    if (talked && ended && *unsent) {
        if (session.stopping()) {
            co_return std::unexpected{session.stopped("before all of standard input was sent")};
        }
        co_return failure(ExitCode::peer, "the peer ended the association before all of standard "
                                          "input was sent");
    }
    co_return talked ? std::move(ended) : std::move(talked);
}

asio::awaitable<Outcome<>> connect(Session& session, const TalkOptions& options, HostList target) {
    auto connection = co_await session.connect(std::move(target));
    if (!connection) co_return std::unexpected{connection.error()};
    if (options.stream >= connection->outbound_streams()) {
        const Error error{Errc::invalid_argument, "stream"};
        const Failure beyond = explain_send(error, *connection, 0, options.send_options());
        static_cast<void>(co_await connection->shutdown());
        co_return std::unexpected{beyond};
    }
    co_return co_await converse(session, options, *connection);
}

ExitCode run(const TalkOptions& options, const std::string& address) {
    Session session{options.network, Role::connects};
    return session.run([&](Session& running) -> asio::awaitable<Outcome<>> {
        auto target = parse_target(address);
        if (!target) co_return std::unexpected{target.error()};
        co_return co_await connect(running, options, *std::move(target));
    });
}

} // namespace

void add_connect(CommandLine& line) {
    Subcommand command = line.add("connect", "sends and receives messages");
    const auto options = std::make_shared<TalkOptions>();
    const auto address = std::make_shared<std::string>();
    command
        .option("ADDR", address.get(),
                "the peer's address, HOST:PORT, with its SCTP port; with --dtls its UDP port")
        .required();
    command.flag("--keep-open", &options->keep_open,
                 "stays when standard input ends, until the peer goes");
    add_talk_options(command, *options);
    add_network_options(command, options->network, Role::connects);
    add_congestion_option(command, options->network);
    add_idle_option(command, options->network);
    command.examples(kExamples);
    command.action([=] {
        options->network.prints_messages = true;
        const bool datagrams = options->network.dtls.enabled;
        const auto fitting = datagrams ? check_datagram_options(command)
                                       : check_stream(options->stream, options->network);
        if (!fitting) return refuse(fitting.error());
        return datagrams ? connect_for_datagrams(*options, *address) : run(*options, *address);
    });
}

} // namespace hawser::command
