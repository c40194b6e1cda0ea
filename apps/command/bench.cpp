// hawser bench: how fast messages go to a hawser that listens, and how soon answers come.
#include "command/commands.hpp"
#include "command/contradictions.hpp"
#include "command/explain.hpp"
#include "command/pinger.hpp"
#include "command/table.hpp"
#include "command/text.hpp"
#include "command/watch.hpp"

#include <hawser/net/clock.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser bench 10.0.0.1                          where `hawser listen --sink --keep-open` runs
  hawser bench 10.0.0.1 --size 64 --size 16384 --seconds 5 --parallel 4 --dscp af41
  hawser bench 10.0.0.1 --packet-bytes 1444      full Ethernet frames
What counts has arrived: the listener says how much it was given.)";

constexpr auto kEndWithin = std::chrono::seconds{2};
/// Questions for the round trip; 64 bytes, one at a time.
constexpr std::size_t kQuestionBytes = 64;

struct BenchOptions {
    NetworkOptions network;
    MarkingOptions marking;
    std::string address;
    std::vector<std::size_t> sizes;
    double seconds = 2;
    unsigned parallel = 1;
    unsigned questions = 1000;
    bool unordered = false;
};

/// One run of messages of one size.
struct Throughput {
    std::size_t size = 0;
    BenchAnswer arrived;
    Duration time{};
};

class Bench : public std::enable_shared_from_this<Bench> {
public:
    Bench(Session& session, const BenchOptions& options, Connection connection)
        : session_(session),
          options_(options),
          connection_(std::move(connection)),
          changed_(session.executor()) {}

    asio::awaitable<Outcome<Throughput>> measure(std::size_t size);

private:
    struct Run {
        std::vector<std::byte> message;
        Instant until{};
        std::uint64_t sent = 0;
        unsigned working = 0;
        Outcome<> outcome;
    };

    static asio::awaitable<void> flood(std::shared_ptr<Bench> self, std::shared_ptr<Run> run,
                                       sctp::StreamId stream);
    asio::awaitable<Outcome<BenchAnswer>> ask(bool reset);
    asio::awaitable<Outcome<BenchAnswer>> ask_until(std::uint64_t messages);

    Session& session_;
    BenchOptions options_;
    Connection connection_;
    Condition changed_;
};

asio::awaitable<Outcome<Throughput>> Bench::measure(std::size_t size) {
    auto ready = co_await ask(true);
    if (!ready) co_return std::unexpected{ready.error()};
    const auto run = std::make_shared<Run>();
    run->message.resize(size);
    const Instant since = net::Clock::now();
    run->until = after(since, seconds(options_.seconds));
    run->working = options_.parallel;
    for (unsigned i = 0; i < options_.parallel; ++i) {
        spawn(session_.executor(), flood(shared_from_this(), run, static_cast<sctp::StreamId>(i)));
    }
    while (run->working > 0)
        co_await changed_.wait();
    if (!run->outcome) co_return std::unexpected{run->outcome.error()};
    auto arrived = co_await ask_until(run->sent);
    if (!arrived) co_return std::unexpected{arrived.error()};
    co_return Throughput{.size = size, .arrived = *arrived, .time = net::Clock::now() - since};
}

asio::awaitable<void> Bench::flood(std::shared_ptr<Bench> self, std::shared_ptr<Run> run,
                                   sctp::StreamId stream) {
    sctp::SendOptions options;
    options.stream = stream;
    options.ppid = ppid_of(Kind::bench_data);
    options.unordered = self->options_.unordered;
    options.ancillary = self->options_.marking.ancillary();
    const Bytes message = run->message;
    while (run->outcome && net::Clock::now() < run->until && !self->session_.stopping()) {
        Result<> sent = self->connection_.send(message, options);
        if (!sent && sent.error().code == Errc::exhausted) {
            sent = co_await self->connection_.async_send(message, options);
        }
        if (sent) {
            ++run->sent;
        } else if (run->outcome) {
            run->outcome = std::unexpected{
                explain_send(sent.error(), self->connection_, message.size(), options)};
        }
    }
    --run->working;
    self->changed_.notify();
}

/// Asks what has arrived. The one question that tells whether the peer is a hawser at all.
asio::awaitable<Outcome<BenchAnswer>> Bench::ask(bool reset) {
    const Octets octets = BenchAsk{.reset = reset}.write();
    sctp::SendOptions options;
    options.ppid = ppid_of(Kind::bench_ask);
    options.sack_immediately = true;
    const auto sent = co_await connection_.async_send(octets, options);
    if (!sent) {
        co_return std::unexpected{explain_send(sent.error(), connection_, octets.size(), options)};
    }
    const Connection answering = connection_.within(seconds(session_.options().timeout_seconds));
    while (auto message = co_await answering.receive()) {
        if (message->ppid != ppid_of(Kind::bench_answer)) continue;
        if (const auto answer = BenchAnswer::read(message->bytes())) co_return *answer;
    }
    co_return failure(ExitCode::peer, "the peer does not answer as `hawser listen` does: run that "
                                      "there");
}

/// On other streams than the question's, messages may still be on their way.
asio::awaitable<Outcome<BenchAnswer>> Bench::ask_until(std::uint64_t messages) {
    while (true) {
        auto answer = co_await ask(false);
        if (!answer || answer->messages >= messages || session_.stopping()) co_return answer;
    }
}

// --- round trips ---

asio::awaitable<Outcome<std::vector<Duration>>>
round_trips(Session& session, const BenchOptions& options, Connection connection) {
    const auto pinger = std::make_shared<Pinger>(session, std::move(connection));
    Pinger::start(pinger);
    const Pinger::Question question{.marking = Marking::of(options.marking.ancillary()),
                                    .bytes = kQuestionBytes,
                                    .wait = seconds(session.options().timeout_seconds)};
    std::vector<Duration> times;
    for (unsigned i = 0; i < options.questions && !session.stopping() && !pinger->ended(); ++i) {
        const auto answer = co_await Pinger::ask(pinger, question);
        if (!answer) co_return std::unexpected{answer.error()};
        if (*answer) times.push_back((*answer)->round_trip);
    }
    std::ranges::sort(times);
    co_return times;
}

std::string quantiles(const std::vector<Duration>& sorted) {
    const auto at = [&sorted](double share) {
        const auto last = static_cast<double>(sorted.size() - 1);
        return human_duration(sorted[static_cast<std::size_t>(share * last)]);
    };
    return fmt::format("round trip of {} bytes, {} times: min {}, median {}, 90 % {}, 99 % {}, "
                       "max {}\n",
                       kQuestionBytes, sorted.size(), at(0), at(0.5), at(0.9), at(0.99), at(1));
}

// --- the command ---

std::vector<std::string> row(const Throughput& run) {
    const double time = std::chrono::duration<double>(run.time).count();
    return {fmt::format("{}", run.size),
            fmt::format("{}", run.arrived.messages),
            human_bytes(run.arrived.bytes),
            human_duration(run.time),
            human_rate(run.arrived.bytes, run.time),
            fmt::format("{:.0f}", static_cast<double>(run.arrived.bytes) * 8e-6 / time),
            fmt::format("{:.0f}", static_cast<double>(run.arrived.messages) / time),
            run.arrived.seen.text()};
}

/// What went wrong; where the association has ended, why.
asio::awaitable<Outcome<>> why(Connection connection, std::shared_ptr<Watch> watch, Failure what) {
    if (connection.close_reason()) {
        if (auto ended = co_await watch->end(); !ended) co_return ended;
    }
    co_return std::unexpected{what};
}

asio::awaitable<Outcome<>> bench(Session& session, const BenchOptions& options) {
    auto target = parse_target(options.address);
    if (!target) co_return std::unexpected{target.error()};
    auto connection = co_await session.connect(*std::move(target));
    if (!connection) co_return std::unexpected{connection.error()};
    const auto watch = Watch::start(session, *connection);
    const auto running = std::make_shared<Bench>(session, options, *connection);
    using Align = Table::Align;
    Table table{{{"message", Align::right},
                 {"arrived", Align::right},
                 {"bytes", Align::right},
                 {"time", Align::right},
                 {"rate", Align::right},
                 {"Mbit/s", Align::right},
                 {"messages/s", Align::right},
                 {"marked"}}};
    for (const std::size_t size : options.sizes) {
        if (session.stopping()) break;
        session.console().progress(0, fmt::format("messages of {}", counted(size, "byte")));
        const auto run = co_await running->measure(size);
        if (!run) co_return co_await why(*connection, watch, run.error());
        table.add(row(*run));
    }
    session.console().end_progress();
    session.console().show(table.text());
    const auto times = co_await round_trips(session, options, *connection);
    if (!times) co_return co_await why(*connection, watch, times.error());
    if (!times->empty()) session.console().show(quantiles(*times));
    session.console().show(watch->paths_summary());
    static_cast<void>(co_await connection->within(kEndWithin).shutdown());
    co_return connection->close_reason() ? co_await watch->end() : Outcome<>{};
}

} // namespace

void add_bench(CommandLine& line) {
    Subcommand command = line.add("bench", "measures throughput and round trips");
    const auto options = std::make_shared<BenchOptions>();
    command.option("ADDR", &options->address, "the peer's SCTP address, HOST:PORT").required();
    command.option("--size", &options->sizes, "bytes of a message; 64 and 16384 in turn")
        .type_name("BYTES")
        .several()
        .range(std::size_t{1}, sctp::Options{}.message_bytes_max);
    command.option("--seconds", &options->seconds, "for each size")
        .type_name("SECONDS")
        .shows_default()
        .range(0.01, 86'400.0);
    command.option("--parallel", &options->parallel, "streams to send on at once")
        .type_name("COUNT")
        .shows_default()
        .range(1, 1024);
    command.option("--questions", &options->questions, "round trips to measure; 0: none")
        .type_name("COUNT")
        .shows_default()
        .range(std::size_t{0}, kNumberMax);
    command.flag("--unordered", &options->unordered, "messages need not wait for each other");
    add_marking_options(command, options->marking);
    add_network_options(command, options->network, Role::connects);
    add_congestion_option(command, options->network);
    command.examples(kExamples);
    command.action([=] {
        const auto fitting = check_stream_count("--parallel", options->parallel, options->network);
        if (!fitting) return refuse(fitting.error());
        if (options->sizes.empty()) options->sizes = {64, 16'384};
        Session session{options->network, Role::connects};
        return session.run([&](Session& running) { return bench(running, *options); });
    });
}

} // namespace hawser::command
