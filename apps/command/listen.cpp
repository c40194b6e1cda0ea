// hawser listen: messages to and from whoever connects.
#include "command/answering.hpp"
#include "command/commands.hpp"
#include "command/condition.hpp"
#include "command/contradictions.hpp"
#include "command/datagrams.hpp"
#include "command/explain.hpp"
#include "command/talk.hpp"
#include "command/text.hpp"
#include "command/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser listen                                SCTP port 4297 on every address of this host
  hawser listen :3000 --fields                 another port; tells what came beside each message
  hawser listen 10.0.0.1:4297 --keep-open      goes on when the first conversation has ended
  hawser listen 10.0.0.1/10.0.1.1              two of our addresses: when one fails, by the other
  hawser listen --raw > picture.jpg            what arrives, byte for byte
  hawser listen --sink --keep-open             prints nothing: a partner for bench
  hawser listen :4433 --dtls --cert a.crt --key a.key
With --dtls there is no SCTP: a line is a DTLS datagram, for any peer that speaks DTLS.
What is typed goes to every peer of a conversation. Pings and benchmarks are answered too, and
end nothing; with --dtls, `hawser receive` answers them.)";

/// Who asks by dialect says so at once; who is silent for so long came to talk.
constexpr auto kSilenceIsTalk = std::chrono::milliseconds{250};
constexpr auto kEndWithin = std::chrono::seconds{5};

struct ListenOptions {
    TalkOptions talk;
    bool sink = false;
};

/// Everybody who is connected, and what standard input says to them.
class Room : public std::enable_shared_from_this<Room> {
public:
    Room(Session& session, const ListenOptions& options, Listener listener)
        : session_(session),
          options_(options),
          listener_(std::move(listener)),
          printer_(session, options.talk),
          changed_(session.executor()) {}

    /// Takes associations until a conversation has ended, or for ever with --keep-open.
    static asio::awaitable<Outcome<>> run(std::shared_ptr<Room> self);

private:
    struct Guest {
        Connection connection;
        bool talks = false;
        bool asks = false; ///< by dialect
        bool said = false; ///< a word, by it or to it
    };
    using GuestPointer = std::shared_ptr<Guest>;

    static asio::awaitable<void> serve(std::shared_ptr<Room> self, GuestPointer guest);
    static asio::awaitable<void> wait_for_silence(std::shared_ptr<Room> self, GuestPointer guest);
    static asio::awaitable<void> pump(std::shared_ptr<Room> self);
    asio::awaitable<Outcome<>> take(Guest& guest, Answering& answering, const Message& message);
    void join(const GuestPointer& guest);
    void leave(const GuestPointer& guest, Outcome<> ending);
    void finish(Outcome<> outcome);

    Session& session_;
    ListenOptions options_;
    Listener listener_;
    MessagePrinter printer_;
    Condition changed_;
    unsigned serving_ = 0;
    std::vector<GuestPointer> talkers_;
    Outcome<> outcome_;
};

asio::awaitable<Outcome<>> Room::run(std::shared_ptr<Room> self) {
    if (!self->options_.sink) {
        spawn(self->session_.executor(), pump(self));
    }
    while (auto connection = co_await self->listener_.accept()) {
        self->session_.somebody_came();
        self->session_.console().detail(
            fmt::format("{} has connected", peer_text(connection->path())));
        self->session_.idle().touch();
        const auto guest = std::make_shared<Guest>(Guest{.connection = *std::move(connection)});
        ++self->serving_;
        spawn(self->session_.executor(), serve(self, guest));
        spawn(self->session_.executor(), wait_for_silence(self, guest));
    }
    static_cast<void>(co_await self->session_.endpoint().shutdown(kEndWithin));
    while (self->serving_ > 0)
        co_await self->changed_.wait();
    co_return self->outcome_;
}

asio::awaitable<void> Room::serve(std::shared_ptr<Room> self, GuestPointer guest) {
    const auto watch = Watch::start(self->session_, guest->connection);
    Answering answering{guest->connection};
    while (auto message = co_await guest->connection.receive()) {
        auto taken = co_await self->take(*guest, answering, *message);
        if (!taken) self->finish(std::move(taken));
        if (guest->talks) self->join(guest);
    }
    auto ending = co_await watch->end();
    self->leave(guest, std::move(ending));
    --self->serving_;
    self->changed_.notify();
}

asio::awaitable<Outcome<>> Room::take(Guest& guest, Answering& answering, const Message& message) {
    if (is_dialect(message.ppid)) {
        guest.asks = true;
        if (answering.take(message)) co_return Outcome<>{};
        if (message.ppid == ppid_of(Kind::files_hello)) {
            answering.refuse_files("this hawser listens for messages; files need `hawser receive`");
        }
        co_return Outcome<>{};
    }
    guest.talks = guest.said = true;
    if (options_.sink) co_return Outcome<>{};
    co_return co_await printer_.print(message);
}

asio::awaitable<void> Room::wait_for_silence(std::shared_ptr<Room> self, GuestPointer guest) {
    asio::steady_timer timer{self->session_.executor(), kSilenceIsTalk};
    co_await elapse(timer);
    if (!guest->asks && !guest->connection.close_reason()) self->join(guest);
}

void Room::join(const GuestPointer& guest) {
    guest->talks = true;
    if (std::ranges::find(talkers_, guest) != talkers_.end()) return;
    talkers_.push_back(guest);
    changed_.notify();
}

void Room::leave(const GuestPointer& guest, Outcome<> ending) {
    std::erase(talkers_, guest);
    // Who tries several addresses of ours drops all but one before a word is said.
    if (!guest->said && guest->connection.close_reason() == sctp::CloseReason::aborted_by_peer) {
        session_.console().detail("dropped before a word was said");
        return;
    }
    // A stranger who knows the port ends nobody's listener by it.
    if (!guest->said && guest->connection.close_reason() == sctp::CloseReason::protocol_violation) {
        session_.console().say(ending ? "a peer broke a rule of SCTP; listening goes on"
                                      : ending.error().text + "; listening goes on");
        return;
    }
    if (!ending && options_.talk.keep_open) {
        session_.console().say(ending.error().text);
        ending = {};
    }
    const bool talked = guest->talks || !guest->asks;
    if (!talked || options_.talk.keep_open) return;
    if (!ending || talkers_.empty()) finish(std::move(ending));
}

void Room::finish(Outcome<> outcome) {
    if (outcome_) outcome_ = std::move(outcome);
    listener_.close();
}

asio::awaitable<void> Room::pump(std::shared_ptr<Room> self) {
    MessageSource source{self->session_.executor(), self->options_.talk.raw};
    const sctp::SendOptions beside = self->options_.talk.send_options();
    while (true) {
        while (self->talkers_.empty())
            co_await self->changed_.wait();
        const auto message = co_await source.next();
        if (!message) co_return self->finish(std::unexpected{message.error()});
        if (!*message) co_return; // they may go on talking to us
        const auto listeners = self->talkers_;
        for (const GuestPointer& guest : listeners) {
            const Bytes bytes = as_bytes(**message);
            guest->said = true;
            const auto sent = co_await guest->connection.async_send(bytes, beside);
            if (sent || sent.error().code == Errc::closed) continue;
            co_return self->finish(std::unexpected{
                explain_send(sent.error(), guest->connection, bytes.size(), beside)});
        }
    }
}

Outcome<> check(const Subcommand& command, const ListenOptions& options) {
    auto fitting = keep_apart(command, "--sink",
                              {"--raw", "--fields", "--stream", "--ppid", "--unordered", "--dscp",
                               "--ecn", "--hop-limit", "--flow-label", "--mark", "--priority"},
                              "it prints no message, and sends none");
    if (!fitting) return fitting;
    if (options.talk.network.dtls.enabled) return check_datagram_options(command);
    return check_stream(options.talk.stream, options.talk.network);
}

ExitCode run(const ListenOptions& options, const std::string& address) {
    const auto listen = parse_listen_address(
        address, options.talk.network.dtls.enabled ? PortOf::udp : PortOf::sctp);
    if (!listen) return refuse(listen.error());
    if (options.talk.network.dtls.enabled) {
        return listen_for_datagrams(options.talk, options.sink, *listen);
    }
    Session session{options.talk.network, Role::listens, *listen};
    return session.run([&](Session& running) -> asio::awaitable<Outcome<>> {
        auto listener = running.listen();
        if (!listener) co_return std::unexpected{listener.error()};
        const auto room = std::make_shared<Room>(running, options, *std::move(listener));
        co_return co_await Room::run(room);
    });
}

} // namespace

void add_listen(CommandLine& line) {
    Subcommand command = line.add("listen", "takes associations, prints their messages");
    const auto options = std::make_shared<ListenOptions>();
    const auto address = std::make_shared<std::string>();
    command.option("ADDR", address.get(),
                   "our SCTP address or port (UDP with --dtls); 4297 on every address");
    command.flag("--keep-open", &options->talk.keep_open,
                 "goes on after the first conversation, until Ctrl-C");
    command.flag("--sink", &options->sink, "counts for nothing what arrives: prints no message");
    add_talk_options(command, options->talk);
    add_network_options(command, options->talk.network, Role::listens);
    add_congestion_option(command, options->talk.network);
    add_idle_option(command, options->talk.network);
    command.examples(kExamples);
    command.action([=] {
        options->talk.network.prints_messages = !options->sink;
        if (const auto fitting = check(command, *options); !fitting) return refuse(fitting.error());
        return run(*options, *address);
    });
}

} // namespace hawser::command
