// memory.*: what an association that does nothing holds of the heap.
#include "engine/memory_link.hpp"
#include "rows/rows.hpp"
#include "support/heap.hpp"
#include "support/process.hpp"

#include <cmath>

namespace hawser::bench {
namespace {

constexpr std::size_t kAssociations = 2000;
constexpr const char* kUsrsctpAssociations = "500";
constexpr const char* kUsrsctpStreams = "10"; // what it asks for when it is not told

/// Heap bytes of one end of an association, tables and timers counted in.
Outcome<double> heap_per_end(std::uint16_t streams) {
    sctp::Options options;
    options.outbound_streams = streams;
    options.inbound_streams_max = streams;
    MemoryLink link{options};
    Instant now{};
    // The first one fills the pools of packets and buffers, which all share.
    if (const auto first = link.connect(now); !first) return std::unexpected{first.error()};

    const std::int64_t before = heap_count().bytes;
    for (std::size_t i = 0; i < kAssociations; ++i) {
        now += std::chrono::milliseconds{1};
        if (const auto one = link.connect(now); !one) return std::unexpected{one.error()};
    }
    now += std::chrono::seconds{1}; // acknowledgements that were delayed have been sent
    link.settle(now);
    return static_cast<double>(heap_count().bytes - before) / (2 * kAssociations);
}

} // namespace

Outcome<std::vector<Row>> run_memory_idle_association() {
    const auto ours = heap_per_end(UINT16_MAX);
    if (!ours) return std::unexpected{ours.error()};
    const auto theirs = run_peer("usrsctp_memory", {"heap", kUsrsctpAssociations, kUsrsctpStreams});
    if (!theirs) return std::unexpected{theirs.error()};
    Row row = smaller_than("memory.idle_association", *ours, "bytes", "usrsctp", *theirs);
    row.must = 1536;
    row.goal = 1280;
    row.bound = Bound::value_at_most;
    return std::vector{row};
}

Outcome<std::vector<Row>> run_memory_65535_streams() {
    const auto many = heap_per_end(UINT16_MAX);
    const auto one = heap_per_end(1);
    if (!many) return std::unexpected{many.error()};
    if (!one) return std::unexpected{one.error()};
    return std::vector{Row{.name = "memory.65535_streams",
                           .value = std::round(*many - *one) + 0.0, // and no -0
                           .unit = "bytes",
                           .must = 0,
                           .goal = 0,
                           .bound = Bound::value_at_most}};
}

} // namespace hawser::bench
