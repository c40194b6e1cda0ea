// hawser listen --dtls: datagrams to and from whoever connects.
#include "command/condition.hpp"
#include "command/datagrams.hpp"
#include "command/explain.hpp"
#include "command/locals.hpp"
#include "command/text.hpp"

#include <hawser/endpoint/dtls_server.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::command {
namespace {

/// Everybody who is connected, and what standard input says to them.
class Gathering {
public:
    Gathering(Session& session, const TalkOptions& options, bool sink)
        : session_(session),
          options_(options),
          sink_(sink),
          printer_(session, options),
          changed_(session.executor()) {}

    /// Takes connections until a conversation has ended, or for ever with --keep-open.
    asio::awaitable<Outcome<>> run();

private:
    using Guest = std::shared_ptr<DtlsConnection>;

    Outcome<> open();
    asio::awaitable<void> serve(Guest guest);
    asio::awaitable<void> pump();
    asio::awaitable<Outcome<>> tell_all(Bytes message);
    /// What fits into a datagram to any of them.
    std::size_t room() const;
    void leave(const Guest& guest);
    void finish(Outcome<> outcome);

    Session& session_;
    const TalkOptions& options_;
    bool sink_;
    MessagePrinter printer_;
    Condition changed_;
    std::optional<DtlsServer> server_;
    std::vector<Guest> guests_;
    unsigned serving_ = 0;
    Outcome<> outcome_;
};

Outcome<> Gathering::open() {
    const ListenAddress& ours = session_.listen_address();
    const auto made = dtls_options(options_.network.dtls, Role::listens, {});
    if (!made) return std::unexpected{made.error()};
    auto endpoint = datagram_endpoint(session_, ours.hosts);
    if (!endpoint) return std::unexpected{endpoint.error()};
    endpoint->udp_port = ours.port;
    endpoint->on_failed_handshake = [this](const dtls::Closed& closed) {
        session_.console().say(fmt::format("{}: the handshake failed: {}",
                                           to_string(closed.path.remote),
                                           handshake_text(closed, options_.network.dtls)));
    };
    auto server = DtlsServer::open(session_.executor(), *endpoint, *made);
    if (!server) {
        return std::unexpected{
            explain_open(server.error(), ours.port, options_.network, join_hosts(ours.hosts))};
    }
    server_.emplace(*std::move(server));
    if (auto begun = session_.begin_log(); !begun) return begun;
    session_.on_stop([this] { server_->close(); });
    session_.on_end([this] { server_->close(); });
    session_.limit_idling();
    const Address udp = server_->local_address();
    session_.console().say(
        fmt::format("listening for DTLS on UDP {}",
                    udp.is_unspecified() ? fmt::format("port {}", udp.port()) : to_string(udp)));
    return {};
}

asio::awaitable<Outcome<>> Gathering::run() {
    if (auto opened = open(); !opened) co_return opened;
    if (!sink_) spawn(session_.executor(), pump());
    while (auto connection = co_await server_->accept()) {
        session_.somebody_came();
        if (session_.tap() == nullptr) server_->set_tap(nullptr);
        const auto guest = std::make_shared<DtlsConnection>(*std::move(connection));
        session_.console().say(
            fmt::format("{}: {}", to_string(guest->path().remote), agreed_text(guest->info())));
        session_.idle().touch();
        guests_.push_back(guest);
        ++serving_;
        changed_.notify();
        spawn(session_.executor(), serve(guest));
    }
    server_->close();
    while (serving_ > 0)
        co_await changed_.wait();
    co_return outcome_;
}

asio::awaitable<void> Gathering::serve(Guest guest) {
    while (auto message = co_await guest->receive()) {
        session_.idle().touch();
        if (sink_) continue;
        auto printed = co_await printer_.print(*message);
        if (!printed) finish(std::move(printed));
    }
    leave(guest);
    --serving_;
    changed_.notify();
}

void Gathering::leave(const Guest& guest) {
    std::erase(guests_, guest);
    auto ending = explain_end(*guest, options_.network.dtls);
    if (!ending && options_.keep_open) session_.console().say(ending.error().text);
    if (!options_.keep_open && (!ending || guests_.empty())) finish(std::move(ending));
}

void Gathering::finish(Outcome<> outcome) {
    if (outcome_) outcome_ = std::move(outcome);
    server_->stop_listening();
}

std::size_t Gathering::room() const {
    std::size_t least = options_.network.packet_bytes;
    for (const Guest& guest : guests_) {
        const std::size_t fits = datagram_room(*guest, options_.network);
        if (fits > 0) least = std::min(least, fits);
    }
    return least;
}

asio::awaitable<void> Gathering::pump() {
    MessageSource source{session_.executor(), options_.raw};
    while (true) {
        while (guests_.empty())
            co_await changed_.wait();
        const auto message = co_await source.next(room());
        if (!message) co_return finish(std::unexpected{message.error()});
        if (!*message) co_return; // they may go on talking to us
        auto told = co_await tell_all(as_bytes(**message));
        if (!told) co_return finish(std::move(told));
    }
}

asio::awaitable<Outcome<>> Gathering::tell_all(Bytes message) {
    session_.idle().touch();
    const Ancillary beside = options_.marking.ancillary();
    const auto listeners = guests_;
    for (const Guest& guest : listeners) {
        const auto sent = co_await guest->async_write(message, beside);
        if (sent || sent.error().code == Errc::closed) continue;
        co_return std::unexpected{
            explain_write(sent.error(), *guest, options_.network, message.size())};
    }
    co_return Outcome<>{};
}

} // namespace

ExitCode listen_for_datagrams(const TalkOptions& options, bool sink, const ListenAddress& listen) {
    Session session{options.network, Role::listens, listen};
    Gathering gathering{session, options, sink};
    return session.run([&](Session&) { return gathering.run(); });
}

} // namespace hawser::command
