#include "command/ping_paths.hpp"

#include "command/explain.hpp"
#include "command/paths.hpp"
#include "command/ping_report.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace hawser::command {
namespace {

/// One address of the peer's.
struct Asked {
    Address host;
    std::optional<sctp::PathStatus> path; ///< as of its last question
    RoundTrips round_trips;

    std::string state() const { return path ? state_text(*path) : ""; }
};

class PathCourse {
public:
    PathCourse(Session& session, Connection connection, const PathQuestions& questions)
        : session_(session),
          connection_(std::move(connection)),
          questions_(questions),
          pause_(session.executor()) {}

    asio::awaitable<Outcome<>> run();

private:
    asio::awaitable<Outcome<>> ask_all();
    asio::awaitable<Outcome<>> ask(Address host);
    Asked& entry_of(const Address& host);
    bool over() const { return session_.stopping() || connection_.close_reason(); }
    Outcome<> summary() const;

    Session& session_;
    Connection connection_;
    PathQuestions questions_;
    asio::steady_timer pause_;
    std::vector<Asked> asked_;
    unsigned round_ = 0;
};

asio::awaitable<Outcome<>> PathCourse::run() {
    session_.on_stop([this] { pause_.cancel(); });
    while (!over() && (questions_.count == 0 || round_ < questions_.count)) {
        if (round_++ > 0) {
            pause_.expires_after(questions_.interval);
            co_await elapse(pause_);
            if (over()) break;
        }
        auto asked = co_await ask_all();
        if (!asked && !over()) co_return asked;
    }
    co_return summary();
}

/// A peer may get addresses, or lose them.
asio::awaitable<Outcome<>> PathCourse::ask_all() {
    const auto paths = connection_.paths();
    if (!paths) co_return Outcome<>{}; // how it ended is told by who watches
    for (const sctp::PathStatus& path : *paths) {
        if (over()) break;
        auto asked = co_await ask(path.path.remote);
        if (!asked) co_return asked;
    }
    co_return Outcome<>{};
}

asio::awaitable<Outcome<>> PathCourse::ask(Address host) {
    const Connection patient = connection_.within(questions_.wait);
    const Ancillary marking = questions_.marking.ancillary();
    entry_of(host).round_trips.ask();
    const auto answer = co_await patient.heartbeat_at(host, marking);
    if (!answer && answer.error().code != Errc::timed_out) {
        if (over()) co_return Outcome<>{};
        co_return std::unexpected{explain_send(answer.error(), connection_, 0, {})};
    }
    Asked& asked = entry_of(host);
    if (const auto paths = connection_.paths()) {
        for (const sctp::PathStatus& path : *paths)
            if (path.path.remote.is_same_host(host)) asked.path = path;
    }
    std::string result = fmt::format("no answer within {}", human_duration(questions_.wait));
    if (answer) {
        const Duration round_trip = answer->round_trip.value_or(Duration{});
        asked.round_trips.add(round_trip);
        result = fmt::format("{:>9}", human_duration(round_trip));
    }
    session_.console().show(fmt::format("{:>3}  {:<15}  {:<20}  {}\n", round_, host_to_string(host),
                                        asked.state(), result));
    co_return Outcome<>{};
}

Asked& PathCourse::entry_of(const Address& host) {
    const auto known = std::ranges::find_if(
        asked_, [&](const Asked& asked) { return asked.host.is_same_host(host); });
    return known != asked_.end() ? *known : asked_.emplace_back(Asked{.host = host});
}

/// What SCTP makes of a path: its timeout, its window, the size of its packets, and what was sent
/// there and what of that was believed lost.
std::vector<std::string> cells(const std::optional<sctp::PathStatus>& path) {
    if (!path) return {"-", "-", "-", "-", "-"};
    return {human_duration(path->rto), human_bytes(path->congestion_window_bytes),
            human_bytes(path->packet_bytes_max), fmt::format("{}", path->packets_sent),
            fmt::format("{}", path->losses)};
}

Outcome<> PathCourse::summary() const {
    using Align = Table::Align;
    Table table = RoundTrips::table({"address"}, {{"rto", Align::right},
                                                  {"window", Align::right},
                                                  {"packet", Align::right},
                                                  {"sent", Align::right},
                                                  {"lost", Align::right},
                                                  {"state"}});
    bool any_answer = false;
    for (const Asked& asked : asked_) {
        std::vector<std::string> row{host_to_string(asked.host)};
        for (std::string& cell : asked.round_trips.cells())
            row.push_back(std::move(cell));
        for (std::string& cell : cells(asked.path))
            row.push_back(std::move(cell));
        row.push_back(asked.state());
        table.add(row);
        any_answer = any_answer || asked.round_trips.answered() > 0;
    }
    session_.console().show(
        fmt::format("\n{}{} to the peer\n", table.text(), counted(asked_.size(), "path")));
    if (any_answer || session_.stopping()) return {};
    return failure(ExitCode::peer, "no answer at all");
}

} // namespace

asio::awaitable<Outcome<>> ping_paths(Session& session, Connection connection,
                                      PathQuestions questions) {
    PathCourse course{session, std::move(connection), questions};
    co_return co_await course.run();
}

} // namespace hawser::command
