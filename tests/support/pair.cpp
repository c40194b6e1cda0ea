#include "support/pair.hpp"

#include <utility>

namespace hawser::test {

Pair::Pair(const sctp::Options& options_a, const sctp::Options& options_z, std::uint64_t seed)
    : world{seed},
      a{world, Address::ipv4({10, 0, 0, 1}, kUdpPort), options_a, seed * 2 + 1},
      z{world, Address::ipv4({10, 0, 0, 2}, kUdpPort), options_z, seed * 2 + 2} {}

bool Pair::connect(Duration limit) {
    if (!z.listen(kPort)) return false;
    if (!a.connect(network().address(z.id), kPort)) return false;
    return world.run_until([this] { return a.is_connected() && z.is_connected(); }, limit);
}

void Pair::latency(Duration one_way) {
    network().link(a.id).latency = one_way;
    network().link(z.id).latency = one_way;
}

void Pair::inject(const Side& to, std::vector<std::byte> bytes, const Ancillary& ancillary) {
    const Path path{.local = network().address(other(to).id), .remote = network().address(to.id)};
    network().inject({.path = path, .ancillary = ancillary, .bytes = std::move(bytes)}, now());
}

} // namespace hawser::test
