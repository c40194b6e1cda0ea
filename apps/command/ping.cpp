// hawser ping: the round trip, and what the network does to markings, each way.
#include "command/commands.hpp"
#include "command/contradictions.hpp"
#include "command/paths.hpp"
#include "command/ping_paths.hpp"
#include "command/ping_report.hpp"
#include "command/text.hpp"
#include "command/watch.hpp"

#include <fmt/format.h>

#include <memory>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser ping alpha.example:4297                 EF with ECT(1), four times
  hawser ping 10.0.0.1 --dscp af41 --ecn ect0
  hawser ping 10.0.0.1 --class ef --class af41/ect0 --class cs0 --count 10
  hawser ping '[2001:db8::1]' --interval 0.2 --count 0     until Ctrl-C
  hawser ping 10.0.0.1:3868 --heartbeat          any SCTP, hawser or not
  hawser ping 10.0.0.1 --local 10.0.0.9/10.0.1.9 --paths   each address that the peer has
A hawser that listens or receives says how the question arrived, so that both ways are known.
Another SCTP is asked by HEARTBEAT, and only how its answer arrived is known; to find out that it
is another, it is sent one message (PPID 0x68777301), and --heartbeat spares it that.)";

/// What Linux starts with; with a known start the hops can be counted.
constexpr std::uint8_t kHopLimit = 64;
constexpr auto kEndWithin = std::chrono::seconds{2};

struct PingOptions {
    NetworkOptions network;
    std::string address;
    MarkingOptions marking;
    std::vector<std::string> classes;
    unsigned count = 4;
    double interval_seconds = 0.5;
    double wait_seconds = 1;
    std::size_t bytes = 64;
    unsigned hop_limit = kHopLimit;
    unsigned stream = 0;
    bool heartbeat = false;
    bool paths = false;
};

using Answered = Outcome<std::optional<PingAnswer>>;

class Course {
public:
    Course(Session& session, const PingOptions& options, std::vector<PingTally> tallies,
           Connection connection)
        : session_(session),
          options_(options),
          tallies_(std::move(tallies)),
          by_heartbeat_(options.heartbeat),
          pause_(session.executor()),
          pinger_(std::make_shared<Pinger>(session, std::move(connection))) {}

    asio::awaitable<Outcome<>> run();

private:
    asio::awaitable<Outcome<>> ask_once(PingTally& tally);
    asio::awaitable<Answered> ask(const PingTally& tally);
    asio::awaitable<void> wait_interval();
    Outcome<> summary() const;

    Session& session_;
    const PingOptions& options_;
    std::vector<PingTally> tallies_;
    bool by_heartbeat_;
    bool any_answer_ = false;
    asio::steady_timer pause_;
    std::shared_ptr<Pinger> pinger_;
};

asio::awaitable<Outcome<>> Course::run() {
    Pinger::start(pinger_);
    session_.on_stop([this] { pause_.cancel(); });
    for (unsigned round = 0; options_.count == 0 || round < options_.count; ++round) {
        if (round > 0) co_await wait_interval();
        for (PingTally& tally : tallies_) {
            if (session_.stopping() || pinger_->ended()) break;
            auto asked = co_await ask_once(tally);
            if (!asked && !session_.stopping()) co_return asked;
        }
        if (session_.stopping() || pinger_->ended()) break;
    }
    co_return summary();
}

asio::awaitable<Outcome<>> Course::ask_once(PingTally& tally) {
    tally.ask();
    auto answer = co_await ask(tally);
    if (answer && !*answer && !by_heartbeat_ && !any_answer_ && !pinger_->ended() &&
        !session_.stopping()) {
        by_heartbeat_ = true;
        session_.console().say("the peer does not answer as a hawser does: it is asked by "
                               "HEARTBEAT from now on, and only the way back is known");
        answer = co_await ask(tally);
    }
    if (!answer) co_return std::unexpected{answer.error()};
    if (*answer) {
        any_answer_ = true;
        tally.add(**answer);
        session_.console().show(fmt::format("{}\n", ping_line(**answer)));
    } else if (!session_.stopping() && !pinger_->ended()) {
        session_.console().show(fmt::format("{:>3}  {} sent, no answer within {}\n", "-",
                                            tally.marking().text(),
                                            human_duration(seconds(options_.wait_seconds))));
    }
    co_return Outcome<>{};
}

asio::awaitable<Answered> Course::ask(const PingTally& tally) {
    const Pinger::Question question{.marking = tally.marking(),
                                    .stream = static_cast<sctp::StreamId>(options_.stream),
                                    .bytes = options_.bytes,
                                    .wait = seconds(options_.wait_seconds)};
    if (by_heartbeat_) co_return co_await Pinger::ask_by_heartbeat(pinger_, question);
    co_return co_await Pinger::ask(pinger_, question);
}

asio::awaitable<void> Course::wait_interval() {
    if (session_.stopping()) co_return;
    pause_.expires_after(seconds(options_.interval_seconds));
    co_await elapse(pause_);
}

Outcome<> Course::summary() const {
    session_.console().show(fmt::format("\n{}", ping_table(tallies_)));
    if (const auto status = pinger_->connection().status()) {
        session_.console().show(fmt::format("{} sent again, smoothed round trip {}{}\n",
                                            counted(status->chunks_retransmitted, "chunk"),
                                            human_duration(status->smoothed_rtt),
                                            paths_text(pinger_->connection())));
    }
    if (any_answer_ || session_.stopping()) return {};
    return failure(ExitCode::peer, "no answer at all");
}

Outcome<std::vector<PingTally>> tallies(const PingOptions& options) {
    std::vector<Marking> markings;
    for (const std::string& text : options.classes) {
        const auto marking = parse_class(text);
        if (!marking) {
            return failure(ExitCode::usage,
                           fmt::format("--class {}: {}", shown(text), marking.error().text));
        }
        markings.push_back(*marking);
    }
    const Ancillary alone = options.marking.ancillary();
    if (!alone.empty()) markings.push_back(Marking::of(alone));
    if (markings.empty()) markings.push_back({.dscp = Dscp::ef, .ecn = Ecn::ect1});
    std::vector<PingTally> tallies;
    for (Marking& marking : markings) {
        marking.hop_limit = static_cast<std::uint8_t>(options.hop_limit);
        tallies.emplace_back(marking);
    }
    return tallies;
}

asio::awaitable<Outcome<>> ping(Session& session, const PingOptions& options) {
    auto target = parse_target(options.address);
    if (!target) co_return std::unexpected{target.error()};
    auto wanted = tallies(options);
    if (!wanted) co_return std::unexpected{wanted.error()};
    auto connection = co_await session.connect(*std::move(target));
    if (!connection) co_return std::unexpected{connection.error()};
    const auto watch = Watch::start(session, *connection);
    Outcome<> outcome;
    if (options.paths) {
        const PathQuestions questions{.marking = wanted->front().marking(),
                                      .count = options.count,
                                      .interval = seconds(options.interval_seconds),
                                      .wait = seconds(options.wait_seconds)};
        outcome = co_await ping_paths(session, *connection, questions);
    } else {
        Course course{session, options, *std::move(wanted), *connection};
        outcome = co_await course.run();
    }
    static_cast<void>(co_await connection->within(kEndWithin).shutdown());
    if (connection->close_reason()) {
        auto ended = co_await watch->end();
        if (!ended) co_return ended;
    }
    co_return outcome;
}

} // namespace

void add_ping(CommandLine& line) {
    Subcommand command = line.add("ping", "measures the round trip and what becomes of markings");
    const auto options = std::make_shared<PingOptions>();
    command.option("ADDR", &options->address, "the peer's SCTP address, HOST:PORT").required();
    command.option("--class", &options->classes, "how to mark, such as af41/ect0; several in turn")
        .type_name("CLASS")
        .several();
    command.option("--count", &options->count, "questions of each class; 0: until Ctrl-C")
        .type_name("COUNT")
        .shows_default()
        .range(std::size_t{0}, kNumberMax);
    command.option("--interval", &options->interval_seconds, "between questions")
        .type_name("SECONDS")
        .shows_default()
        .range(0.0, 86'400.0);
    command.option("--wait", &options->wait_seconds, "to wait for an answer")
        .type_name("SECONDS")
        .shows_default()
        .range(0.001, 86'400.0);
    command.option("--size", &options->bytes, "of a question and of its answer")
        .type_name("BYTES")
        .shows_default()
        .range(std::size_t{Ping::kBytesMin}, std::size_t{1024} * 1024);
    command.option("--hop-limit", &options->hop_limit, "hop limit or TTL to start with")
        .type_name("HOPS")
        .shows_default()
        .range(1, 255);
    command.option("--stream", &options->stream, "stream to ask on")
        .type_name("NUMBER")
        .shows_default()
        .range(0, 65'535);
    add_class_options(command, options->marking);
    command.flag("--heartbeat", &options->heartbeat, "asks by HEARTBEAT alone, sends no message");
    command.flag("--paths", &options->paths,
                 "asks at each of the peer's addresses, by HEARTBEAT, and says how it fares");
    add_network_options(command, options->network, Role::connects);
    command.examples(kExamples);
    command.action([=] {
        auto fitting = keep_apart(command, "--heartbeat", {"--stream", "--size"},
                                  "a HEARTBEAT is no message: it has no stream, and its own size");
        if (fitting) {
            fitting = keep_apart(command, "--class", {"--dscp", "--ecn"},
                                 "each --class says both of its own questions");
        }
        if (fitting) {
            fitting = keep_apart(command, "--paths", {"--stream", "--size", "--class"},
                                 "a HEARTBEAT is no message; --dscp and --ecn mark all of them");
        }
        if (fitting) fitting = check_stream(options->stream, options->network);
        if (!fitting) return refuse(fitting.error());
        Session session{options->network, Role::connects};
        return session.run([&](Session& running) { return ping(running, *options); });
    });
}

} // namespace hawser::command
