// handshakes.sctp: whole associations, from INIT to ABORT, beside usrsctp's.
#include "engine/memory_link.hpp"
#include "rows/rows.hpp"
#include "support/machine.hpp"
#include "support/process.hpp"
#include "support/rounds.hpp"

#include <hawser/net/clock.hpp>

namespace hawser::bench {
namespace {

constexpr std::chrono::milliseconds kRun{600};
constexpr std::size_t kRounds = 3;
constexpr const char* kUsrsctpStreams = "10"; // what it asks for when it is not told

/// As fast as they are asked for: the limits that keep floods away are not what is measured.
sctp::Options unlimited() {
    sctp::Options options;
    options.init_answers_per_second = UINT32_MAX;
    options.stray_answers_per_second = UINT32_MAX;
    return options;
}

Outcome<double> handshakes_per_second() {
    MemoryLink link{unlimited()};
    std::uint64_t done = 0;
    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < kRun) {
        const Instant now = net::Clock::now();
        const auto association = link.connect(now);
        if (!association) return std::unexpected{association.error()};
        static_cast<void>(link.client().abort(*association, {}, now));
        link.settle(now);
        ++done;
    }
    if (link.server().association_count() != 0)
        return std::unexpected{std::string{"associations stayed"}};
    return static_cast<double>(done) / seconds_since(start);
}

} // namespace

Outcome<std::vector<Row>> run_sctp_handshakes() {
    const auto ours = [] { return on_cpu(sender_cpu(), [] { return handshakes_per_second(); }); };
    const auto theirs = [] {
        return run_peer("usrsctp_memory",
                        {"handshakes", kUsrsctpStreams, std::to_string(kRun.count())});
    };
    const auto figures = medians(kRounds, {ours, theirs});
    if (!figures) return std::unexpected{figures.error()};
    Row row =
        faster_than("handshakes.sctp", (*figures)[0], "1/s", "usrsctp in memory", (*figures)[1]);
    row.must = 8.0;
    return std::vector{row};
}

} // namespace hawser::bench
