// associations.100k: what a hundred thousand of them cost, beside a few.
#include "engine/memory_link.hpp"
#include "rows/rows.hpp"
#include "support/heap.hpp"
#include "support/machine.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace hawser::bench {
namespace {

constexpr std::size_t kMany = 100'000;
constexpr std::size_t kFew = 1'000;
/// Towards one SCTP port of a peer there are fewer local ports than we want associations.
constexpr std::uint16_t kPortsPerServer = 50'000;
constexpr std::size_t kQuestions = 4'000;

sctp::Options for_many() {
    sctp::Options options;
    options.associations_per_host_max = 2 * kMany;
    options.init_answers_per_second = UINT32_MAX;
    return options;
}

struct Crowd {
    double setups_per_second = 0;
    double heap_per_end = 0;
    double exchange_ns = 0; ///< a message and its acknowledgement, timers and deadlines included
};

class Run {
public:
    Outcome<Crowd> measure(std::size_t count) {
        if (auto warm = add(); !warm) return std::unexpected{warm.error()};
        const std::int64_t before = heap_count().bytes;
        const Clock::time_point start = Clock::now();
        for (std::size_t i = 0; i < count; ++i)
            if (auto added = add(); !added) return std::unexpected{added.error()};
        Crowd crowd;
        crowd.setups_per_second = static_cast<double>(count) / seconds_since(start);
        now_ += std::chrono::seconds{1}; // acknowledgements that were delayed have been sent
        link_.settle(now_);
        crowd.heap_per_end =
            static_cast<double>(heap_count().bytes - before) / static_cast<double>(2 * count);
        auto exchange = exchange_ns();
        if (!exchange) return std::unexpected{exchange.error()};
        crowd.exchange_ns = *exchange;
        return crowd;
    }

private:
    Outcome<> add() {
        const auto server = static_cast<std::uint16_t>(MemoryLink::kPort + made_ / kPortsPerServer);
        const auto local = static_cast<std::uint16_t>(1 + made_ % kPortsPerServer);
        now_ += std::chrono::microseconds{10};
        const auto association = link_.connect(now_, {.local_port = local}, server);
        if (!association) return std::unexpected{association.error()};
        ++made_;
        last_ = *association;
        return {};
    }

    /// The best of several, in one association among all.
    Outcome<double> exchange_ns() {
        const std::array<std::byte, 64> message{};
        double best = std::numeric_limits<double>::max();
        for (int round = 0; round < 5; ++round) {
            const Clock::time_point start = Clock::now();
            for (std::size_t i = 0; i < kQuestions; ++i) {
                now_ = std::max(now_ + std::chrono::milliseconds{1}, Instant{});
                if (auto sent = link_.client().send(last_, message, {}, now_); !sent)
                    return std::unexpected{to_string(sent.error())};
                link_.settle(now_);
                const Instant next = std::min(link_.client().deadline(), link_.server().deadline());
                if (next <= now_) return std::unexpected{std::string{"a deadline that stays"}};
            }
            best = std::min(best, seconds_since(start) * 1e9 / kQuestions);
        }
        return best;
    }

    MemoryLink link_{for_many()};
    Instant now_{};
    std::size_t made_ = 0;
    sctp::AssociationId last_{};
};

Outcome<Crowd> measure(std::size_t count) {
    return on_cpu(sender_cpu(), [count] { return Run{}.measure(count); });
}

} // namespace

Outcome<std::vector<Row>> run_associations_100k() {
    const auto few = measure(kFew);
    const auto many = measure(kMany);
    if (!few) return std::unexpected{few.error()};
    if (!many) return std::unexpected{many.error()};
    std::vector<Row> rows{faster_than("associations.100k", many->setups_per_second, "1/s",
                                      "1000 of them", few->setups_per_second),
                          smaller_than("associations.100k.heap", many->heap_per_end, "bytes",
                                       "1000 of them", few->heap_per_end),
                          smaller_than("associations.100k.exchange", many->exchange_ns, "ns",
                                       "1000 of them", few->exchange_ns)};
    rows[0].must = 0.3; // tables that no cache holds any more
    rows[1].must = 0.95;
    rows[2].must = 0.5;
    return rows;
}

} // namespace hawser::bench
