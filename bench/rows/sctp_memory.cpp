// sctp.memory.*: the engine alone, both ends on one core, beside usrsctp's.
#include "engine/memory_link.hpp"
#include "rows/rows.hpp"
#include "rows/throughput.hpp"
#include "support/machine.hpp"
#include "support/process.hpp"
#include "support/rounds.hpp"

#include <hawser/net/clock.hpp>

#include <algorithm>

namespace hawser::bench {
namespace {

constexpr std::chrono::milliseconds kRun{700};
constexpr std::size_t kRounds = 3;
// What is sent before the packets are carried over; usrsctp's harness has the same.
constexpr std::size_t kBurstBytes = 1024 * 1024;
constexpr std::size_t kBurstMessages = 256;

} // namespace

Outcome<double> memory_messages_per_second(std::size_t message_bytes,
                                           const sctp::Options& options) {
    const std::size_t burst =
        std::clamp<std::size_t>(kBurstBytes / message_bytes, 1, kBurstMessages);
    const std::vector<std::byte> message(message_bytes, std::byte{'m'});
    MemoryLink link{options};
    const auto association = link.connect(net::Clock::now());
    if (!association) return std::unexpected{association.error()};

    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < kRun) {
        const Instant now = net::Clock::now();
        for (std::size_t i = 0; i < burst; ++i) {
            const auto sent = link.client().send(*association, message, {}, now);
            if (sent) continue;
            if (sent.error().code == Errc::exhausted) break;
            return std::unexpected{to_string(sent.error())};
        }
        link.settle(now);
    }
    const double figure = static_cast<double>(link.messages_received()) / seconds_since(start);
    if (link.messages_received() == 0) return std::unexpected{std::string{"nothing arrived"}};
    return figure;
}

namespace {

Outcome<double> usrsctp_messages_per_second(std::size_t message_bytes) {
    return run_peer("usrsctp_memory",
                    {"throughput", std::to_string(message_bytes), std::to_string(kRun.count())});
}

Outcome<std::vector<double>> compare(std::size_t message_bytes) {
    return medians(kRounds, {[=] {
                                 return on_cpu(sender_cpu(), [=] {
                                     return memory_messages_per_second(message_bytes);
                                 });
                             },
                             [=] { return usrsctp_messages_per_second(message_bytes); }});
}

} // namespace

Outcome<std::vector<Row>> run_sctp_memory_16k() {
    constexpr std::size_t kMessageBytes = 16 * 1024;
    const auto figures = compare(kMessageBytes);
    if (!figures) return std::unexpected{figures.error()};
    const double scale = kMessageBytes / 1e6;
    Row row = faster_than("sctp.memory.16k", (*figures)[0] * scale, "MB/s", "usrsctp in memory",
                          (*figures)[1] * scale);
    row.must = 3.0;
    row.goal = 6.0;
    return std::vector{row};
}

Outcome<std::vector<Row>> run_sctp_memory_64() {
    const auto figures = compare(64);
    if (!figures) return std::unexpected{figures.error()};
    Row row = faster_than("sctp.memory.64", (*figures)[0], "messages/s", "usrsctp in memory",
                          (*figures)[1]);
    row.must = 3.0;
    row.goal = 5.0;
    return std::vector{row};
}

} // namespace hawser::bench
