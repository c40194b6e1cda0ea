// shards.two: two shards, each driving both its ends on a core of its own, beside one.
#include "engine/memory_link.hpp"
#include "rows/rows.hpp"
#include "rows/throughput.hpp"
#include "support/machine.hpp"
#include "support/rounds.hpp"

#include <array>
#include <barrier>
#include <optional>
#include <thread>

namespace hawser::bench {
namespace {

constexpr std::size_t kMessageBytes = 16 * 1024;
constexpr std::size_t kRounds = 3;

/// What one shard brings across in a second, once all have begun.
Outcome<double> run_shard(std::uint8_t shard, std::uint8_t shards, std::barrier<>& begin) {
    sctp::Options options;
    options.shard = shard;
    options.shards = shards;
    begin.arrive_and_wait();
    return memory_messages_per_second(kMessageBytes, options);
}

Outcome<double> run_shards(std::uint8_t shards) {
    const std::array cpus{sender_cpu(), receiver_cpu()};
    std::barrier<> begin{shards};
    std::array<std::optional<Outcome<double>>, 2> figures;
    {
        std::array<std::jthread, 2> threads;
        for (std::uint8_t shard = 0; shard < shards; ++shard) {
            threads[shard] = std::jthread{[&, shard] {
                pin_thread(cpus[shard]);
                figures[shard].emplace(run_shard(shard, shards, begin));
            }};
        }
    }
    double all = 0;
    for (std::uint8_t shard = 0; shard < shards; ++shard) {
        if (!*figures[shard]) return std::unexpected{figures[shard]->error()};
        all += **figures[shard];
    }
    return all;
}

} // namespace

Outcome<std::vector<Row>> run_shards_two() {
    if (sender_cpu() == receiver_cpu())
        return std::unexpected{std::string{"there is one processor, and it wants two"}};
    const auto figures =
        medians(kRounds, {[] { return run_shards(2); }, [] { return run_shards(1); }});
    if (!figures) return std::unexpected{figures.error()};
    const double scale = kMessageBytes / 1e6;
    Row row = faster_than("shards.two", (*figures)[0] * scale, "MB/s", "one shard",
                          (*figures)[1] * scale);
    row.must = 1.7;
    return std::vector{row};
}

} // namespace hawser::bench
