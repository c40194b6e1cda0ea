// log.on: what a packet log costs the one who sends.
#include "engine/endpoint_run.hpp"
#include "rows/rows.hpp"
#include "rows/throughput.hpp"
#include "support/machine.hpp"
#include "support/rounds.hpp"

#include <hawser/capture/log.hpp>

#include <sys/mman.h>
#include <unistd.h>

namespace hawser::bench {
namespace {

constexpr std::chrono::milliseconds kRun{400};
constexpr std::size_t kRounds = 3;
constexpr double kGigabit = 1e9 / 8; // bytes a second

struct Logged {
    EndpointFigures figures;
    std::uint64_t frames_lost = 0;
};

/// A run whose sender's packets go to a file in memory.
Outcome<Logged> run_logged(const EndpointLoad& load) {
    const int file = ::memfd_create("log", MFD_CLOEXEC);
    if (file < 0) return std::unexpected{std::string{"no file in memory"}};
    auto sink = capture::open_descriptor_sink(file);
    ::close(file); // the sink has its own
    if (!sink) return std::unexpected{to_string(sink.error())};
    // The writer's thread stays with the sender: on the receiver's CPU it would make that the
    // slower end, whose sender has cold messages to copy, log or no log.
    auto log = on_cpu(sender_cpu(), [&] { return capture::Log::open(*std::move(sink)); });
    if (!log) return std::unexpected{to_string(log.error())};
    // On SCTP's own UDP port no packet is written twice; here the system chose the ports.
    const auto tap = log->attach("sender", {.clear = capture::Clear::never});
    EndpointLoad tapped = load;
    tapped.sender_tap = tap.get();
    const auto figures = run_endpoints(tapped);
    if (!figures) return std::unexpected{figures.error()};
    if (const auto closed = log->close(); !closed)
        return std::unexpected{to_string(closed.error())};
    return Logged{*figures, log->status().frames_lost};
}

Run plain(const EndpointLoad& load) {
    return [=]() -> Outcome<double> {
        const auto figures = run_endpoints(load);
        if (!figures) return std::unexpected{figures.error()};
        return figures->cpu_per_byte;
    };
}

Run logged(const EndpointLoad& load, std::uint64_t& lost) {
    return [=, &lost]() -> Outcome<double> {
        const auto run = run_logged(load);
        if (!run) return std::unexpected{run.error()};
        lost += run->frames_lost;
        return run->figures.cpu_per_byte;
    };
}

} // namespace

Outcome<std::vector<Row>> run_log_on() {
    const EndpointLoad fast{
        .message_bytes = kLargeMessageBytes, .duration = kRun, .pace = {}, .sender_tap = nullptr};
    EndpointLoad gigabit = fast;
    gigabit.pace = kGigabit;
    std::uint64_t lost_fast = 0;
    std::uint64_t lost = 0;
    const auto figures = medians(
        kRounds, {logged(fast, lost_fast), plain(fast), logged(gigabit, lost), plain(gigabit)});
    if (!figures) return std::unexpected{figures.error()};
    constexpr double kPicoseconds = 1e12;
    const auto beside = [&](std::string name, std::size_t which) {
        return smaller_than(std::move(name), (*figures)[which] * kPicoseconds, "ps CPU/B", "no log",
                            (*figures)[which + 1] * kPicoseconds);
    };
    std::vector<Row> rows{beside("log.on", 0), beside("log.on.1gbit", 2)};
    rows[0].must = 1 / 1.25;
    rows[1].must = 1 / 1.10;
    rows.push_back({.name = "log.on.1gbit.lost",
                    .value = static_cast<double>(lost),
                    .unit = "packets",
                    .must = 0,
                    .bound = Bound::value_at_most});
    rows.push_back(
        {.name = "log.on.lost", .value = static_cast<double>(lost_fast), .unit = "packets"});
    return rows;
}

} // namespace hawser::bench
