// hawser connect --dtls: datagrams to and from a peer that listens.
#include "command/datagrams.hpp"
#include "command/explain.hpp"
#include "command/explain_connect.hpp"
#include "command/locals.hpp"
#include "command/text.hpp"

#include <hawser/endpoint/dtls_client.hpp>
#include <hawser/endpoint/sctp_address.hpp>

#include <fmt/format.h>

#include <functional>
#include <optional>

namespace hawser::command {
namespace {

/// Ends the connection once the peer has all of the handshake: before that a server of DTLS 1.3 may
/// still refuse us, and with us what was sent.
asio::awaitable<Outcome<>> hang_up_in_order(const TalkOptions& options, DtlsConnection connection) {
    const Duration limit = seconds(options.network.timeout_seconds);
    const auto confirmed = co_await connection.within(limit).confirmed();
    connection.close();
    if (confirmed || confirmed.error().code != Errc::timed_out)
        co_return Outcome<>{}; // its end says why
    co_return failure(ExitCode::peer,
                      fmt::format("the peer did not acknowledge the end of the handshake within "
                                  "{} s: whether it has what was sent is not known",
                                  options.network.timeout_seconds));
}

/// Sends what standard input gives; then ends the connection, or leaves that to the peer.
asio::awaitable<Outcome<>> pump(Session& session, const TalkOptions& options,
                                DtlsConnection connection) {
    MessageSource source{session.executor(), options.raw};
    const Ancillary beside = options.marking.ancillary();
    while (const std::size_t room = datagram_room(connection, options.network)) {
        const auto message = co_await source.next(room);
        if (!message) co_return std::unexpected{message.error()};
        if (!*message) break;
        const auto sent = co_await connection.async_write(as_bytes(**message), beside);
        if (!sent && sent.error().code == Errc::closed) break; // its end says why
        session.idle().touch();
        if (!sent) {
            co_return std::unexpected{
                explain_write(sent.error(), connection, options.network, (*message)->size())};
        }
    }
    if (options.keep_open) co_return Outcome<>{};
    co_return co_await hang_up_in_order(options, connection);
}

/// The datagrams of one connection, and the first thing that went wrong with them.
asio::awaitable<Outcome<>> converse(Session& session, const TalkOptions& options,
                                    DtlsConnection connection) {
    const std::function<void()> hang_up = [connection] { connection.close(); };
    auto talked =
        co_await talk(session, options, connection, pump(session, options, connection), hang_up);
    session.console().detail("the connection has ended");
    auto ended = talked ? explain_end(connection, options.network.dtls) : std::move(talked);
    if (!ended || !session.stopping()) co_return ended;
    const auto confirmed = co_await connection.confirmed(); // known by now
    if (confirmed) co_return ended;
    co_return std::unexpected{
        session.stopped("before the peer had acknowledged the handshake: whether it has what was "
                        "sent is not known")};
}

/// One call of a peer.
class Call {
public:
    Call(Session& session, const TalkOptions& options) : session_(session), options_(options) {}

    asio::awaitable<Outcome<>> run(HostList target);

private:
    Outcome<> open();
    asio::awaitable<Outcome<DtlsConnection>> connect(const HostList& target);

    Session& session_;
    const TalkOptions& options_;
    std::optional<DtlsClient> client_;
    Heard heard_;
};

Outcome<> Call::open() {
    auto endpoint = datagram_endpoint(session_, split_hosts(options_.network.local));
    if (!endpoint) return std::unexpected{endpoint.error()};
    endpoint->on_failed_handshake = [this](const dtls::Closed& closed) {
        heard_.failed_handshake = closed;
    };
    auto client = DtlsClient::open(session_.executor(), *endpoint);
    if (!client) {
        return std::unexpected{
            explain_open(client.error(), 0, options_.network, options_.network.local)};
    }
    client_.emplace(*std::move(client));
    session_.on_stop([this] { client_->close(); });
    session_.on_end([this] { client_->close(); });
    return {};
}

asio::awaitable<Outcome<DtlsConnection>> Call::connect(const HostList& target) {
    auto made = dtls_options(options_.network.dtls, Role::connects, target.hosts.front());
    if (!made) co_return std::unexpected{made.error()};
    if (auto opened = open(); !opened) co_return std::unexpected{opened.error()};
    const DtlsConnectOptions limits{.within = seconds(options_.network.timeout_seconds)};
    const auto found = co_await resolve(session_.executor(), to_string(target), limits.within);
    if (!found) co_return std::unexpected{explain_resolve(found.error(), target)};
    if (auto fitting = check_same_family(split_hosts(options_.network.local), *found); !fitting) {
        co_return std::unexpected{fitting.error()};
    }
    if (auto begun = session_.begin_log(); !begun) co_return std::unexpected{begun.error()};
    auto connection = co_await client_->connect(to_string(*found), *std::move(made), limits);
    if (connection) co_return *std::move(connection);
    const Error& error = connection.error();
    if (session_.stopping()) {
        co_return std::unexpected{session_.stopped("before it was connected")};
    }
    heard_.dtls = client_->counters();
    co_return std::unexpected{explain_connect(error, target, options_.network, heard_)};
}

asio::awaitable<Outcome<>> Call::run(HostList target) {
    auto connection = co_await connect(target);
    if (!connection) co_return std::unexpected{connection.error()};
    session_.console().say(fmt::format("{}: {}", to_string(connection->path().remote),
                                       agreed_text(connection->info())));
    session_.limit_idling();
    co_return co_await converse(session_, options_, *std::move(connection));
}

} // namespace

ExitCode connect_for_datagrams(const TalkOptions& options, const std::string& address) {
    Session session{options.network, Role::connects};
    Call call{session, options};
    return session.run([&](Session&) -> asio::awaitable<Outcome<>> {
        auto target = parse_target(address);
        if (!target) co_return std::unexpected{target.error()};
        co_return co_await call.run(*std::move(target));
    });
}

} // namespace hawser::command
