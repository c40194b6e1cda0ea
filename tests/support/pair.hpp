// Two SCTP engines and the network between them, in virtual time.
#pragma once

#include "support/side.hpp"

#include <hawser/sctp/options.hpp>

namespace hawser::test {

/// `a` connects to `z`. The network is perfect and takes no time until told otherwise:
/// `pair.network().link(pair.a.id).loss = 0.1`, `pair.latency(50ms)`.
class Pair {
public:
    static constexpr std::uint16_t kPort = 2904; ///< the SCTP port that `z` listens on
    static constexpr std::uint16_t kUdpPort = 9899;

    explicit Pair(const sctp::Options& both = {}, std::uint64_t seed = 1)
        : Pair{both, both, seed} {}
    Pair(const sctp::Options& options_a, const sctp::Options& options_z, std::uint64_t seed = 1);

    /// Lets `a` connect to `z`, and runs until both are up or at most `limit`. Answers whether they
    /// are.
    bool connect(Duration limit = std::chrono::minutes{10});

    Instant now() const { return world.now(); }
    FakeNetwork& network() { return world.network; }
    Side& other(const Side& side) { return &side == &a ? z : a; }
    void run_for(Duration duration) { world.run_for(duration); }
    /// Runs until neither has anything left to do; with heartbeats on that is never.
    bool run_until_idle(Duration limit = std::chrono::hours{1}) {
        return world.run_until_idle(limit);
    }
    /// Does what is to be done now, and lets no time pass.
    void settle() { world.settle(); }

    /// Both directions, from now on.
    void latency(Duration one_way);
    /// Loses the next datagrams that a side sends.
    void drop_next(const Side& side, std::size_t count = 1) { network().drop_next(side.id, count); }
    /// Sees and may change what a side sends; false loses it.
    void set_hook(const Side& side, FakeNetwork::Hook hook) {
        network().set_hook(side.id, std::move(hook));
    }
    /// Hands `to` a datagram that seems to come from the other side.
    void inject(const Side& to, std::vector<std::byte> bytes, const Ancillary& ancillary = {});

    World world;
    Side a;
    Side z;
};

} // namespace hawser::test

namespace hawser::sctp {
using test::Pair;
using test::Side;
} // namespace hawser::sctp
