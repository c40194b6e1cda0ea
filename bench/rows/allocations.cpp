// allocations_per_packet: what the whole way, sockets included, takes from the heap once it is
// warm.
#include "engine/udp_end.hpp"
#include "rows/rows.hpp"
#include "support/heap.hpp"

namespace hawser::bench {
namespace {

constexpr int kWarmTurns = 2000;
constexpr int kTurns = 2000;
constexpr int kMessagesPerTurn = 8;
constexpr std::size_t kSmall = 64;
constexpr std::size_t kLarge = 16 * 1024;

/// Both ends take turns on this thread, with small and large messages mixed.
Outcome<> turn(UdpEnd& from, UdpEnd& to, int turns) {
    const std::vector<std::byte> message(kLarge, std::byte{'m'});
    for (int i = 0; i < turns; ++i) {
        for (int k = 0; from.up() && k < kMessagesPerTurn; ++k) {
            const auto sent = from.send(Bytes{message}.first(k % 2 == 0 ? kSmall : kLarge));
            if (!sent) return std::unexpected{sent.error()};
        }
        from.turn(from.now());
        to.turn(to.now());
    }
    return {};
}

} // namespace

Outcome<std::vector<Row>> run_allocations() {
    auto listener = UdpEnd::open(Offload::gso);
    auto connector = UdpEnd::open(Offload::gso);
    if (!listener) return std::unexpected{listener.error()};
    if (!connector) return std::unexpected{connector.error()};
    UdpEnd& from = **connector;
    UdpEnd& to = **listener;
    if (const auto listening = to.listen(); !listening) return std::unexpected{listening.error()};
    if (const auto begun = from.connect(to); !begun) return std::unexpected{begun.error()};

    if (const auto warm = turn(from, to, kWarmTurns); !warm) return std::unexpected{warm.error()};
    const std::uint64_t packets = from.packets_sent() + to.packets_sent();
    const std::uint64_t allocations = heap_count().allocations;
    if (const auto done = turn(from, to, kTurns); !done) return std::unexpected{done.error()};
    const auto sent = static_cast<double>(from.packets_sent() + to.packets_sent() - packets);
    if (sent < kTurns) return std::unexpected{std::string{"too few packets to count"}};
    const auto taken = static_cast<double>(heap_count().allocations - allocations - 1); // `message`
    return std::vector{Row{.name = "allocations_per_packet",
                           .value = taken / sent,
                           .unit = "allocations",
                           .must = 0,
                           .goal = 0,
                           .bound = Bound::value_at_most}};
}

} // namespace hawser::bench
