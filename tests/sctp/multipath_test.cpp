// Several paths at once: more than one carries, and none holds up another.
#include "support/homes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::Homes;

constexpr std::uint64_t kRate = 1'000'000; ///< bytes a second, of each network

Options with(Multipath multipath, Options options = {}) {
    options.multipath = multipath;
    options.receive_window_bytes = 4 * 1024 * 1024;
    return options;
}
Options rfc9260_with(Multipath multipath) {
    return with(multipath, Options::rfc9260());
}

/// Two networks of one rate, which wait for a file from `a` to `z`.
struct Networks : Homes {
    explicit Networks(const Options& options, Duration one_way = 20ms) : Homes{options} {
        latency(one_way);
        for (const std::size_t network : {0u, 1u}) {
            for (Side* side : {&pair.a, &pair.z}) {
                link(*side, network).bytes_per_second = kRate;
                link(*side, network).queue_bytes_max = 100'000;
            }
        }
        EXPECT_TRUE(pair.connect());
        pair.run_for(5s);
    }
    /// Bytes a second that arrive while there is always more to send.
    double flow(Duration duration) {
        std::size_t bytes = 0;
        const Instant begin = pair.now();
        Instant last = begin;
        while (pair.now() < begin + duration) {
            while (pair.a.send(std::string(4000, 'x'))) {
            }
            pair.run_for(1ms);
            while (const auto message = pair.z.received()) {
                bytes += message->size();
                longest_silence = std::max(longest_silence, pair.now() - last);
                last = pair.now();
            }
        }
        longest_silence = std::max(longest_silence, pair.now() - last);
        return static_cast<double>(bytes) / std::chrono::duration<double>{duration}.count();
    }
    PathStatus path(std::size_t network) {
        for (const PathStatus& path : pair.a.engine->paths(pair.a.association()))
            if (path.path.remote == address(network, 2)) return path;
        ADD_FAILURE() << "no such path";
        return {};
    }
    /// All that was taken arrives.
    void finish() {
        EXPECT_TRUE(
            pair.world.run_until([this] { return pair.a.status().queued_bytes == 0; }, 10min));
    }

    Duration longest_silence{};
};

TEST(Multipath, UsesOnePathUnlessItIsAskedForMore) {
    Networks networks{with(Multipath::off)};
    networks.flow(2s);
    EXPECT_GT(networks.path(0).bytes_sent, 1'000'000u);
    EXPECT_LT(networks.path(1).bytes_sent, 10'000u);
}

TEST(Multipath, CarriesWhatBothPathsCarry) {
    const double one = Networks{with(Multipath::off)}.flow(10s);
    EXPECT_GT(Networks{with(Multipath::coupled)}.flow(10s), 1.8 * one);
    EXPECT_GT(Networks{with(Multipath::uncoupled)}.flow(10s), 1.8 * one);
}

TEST(Multipath, CarriesWhatBothPathsCarryByTheRfcsOwnWindow) {
    const double one = Networks{rfc9260_with(Multipath::off)}.flow(20s);
    EXPECT_GT(Networks{rfc9260_with(Multipath::uncoupled)}.flow(20s), 1.6 * one);
    EXPECT_GT(Networks{rfc9260_with(Multipath::coupled)}.flow(20s), 1.3 * one);
}

// RFC 6356 §2: where losses say how much may be had, the paths of one flow together take about what
// one flow would on the best of them, and not twice that.
TEST(Multipath, TakesNoMoreThanOneFlowWouldWhereItIsCoupled) {
    const auto rate = [](Multipath multipath) {
        Networks networks{with(multipath), 40ms};
        for (const std::size_t network : {0u, 1u})
            networks.link(networks.pair.a, network).loss = 0.01;
        return networks.flow(120s);
    };
    const double one = rate(Multipath::off);
    EXPECT_LT(rate(Multipath::coupled), 1.4 * one);
    EXPECT_GT(rate(Multipath::coupled), 0.8 * one);
    EXPECT_GT(rate(Multipath::uncoupled), 1.6 * one);
}

// Packets overtake each other by 200 ms, and none of them is lost (split fast retransmit).
TEST(Multipath, TakesNothingForLostThatASlowerPathStillCarries) {
    for (const Options& options :
         {with(Multipath::uncoupled), rfc9260_with(Multipath::uncoupled)}) {
        Networks networks{options};
        for (Side* side : {&networks.pair.a, &networks.pair.z}) {
            networks.link(*side, 1).latency = 220ms;
            for (const std::size_t network : {0u, 1u})
                networks.link(*side, network).bytes_per_second = 0;
        }
        networks.pair.run_for(60s); // heartbeats measure it
        for (int i = 0; i < 200; ++i)
            EXPECT_TRUE(networks.pair.a.send(std::string(1000, 'x')));
        networks.finish();
        EXPECT_GT(networks.path(1).bytes_sent, 5'000u);
        EXPECT_EQ(networks.pair.a.status().losses, 0u);
        EXPECT_EQ(networks.pair.a.status().retransmissions.fast, 0u);
    }
}

TEST(Multipath, GoesOnWhenOnePathDies) {
    Networks networks{with(Multipath::coupled)};
    networks.flow(3s);
    networks.cut(1);
    networks.longest_silence = {};
    const double rate = networks.flow(10s);
    EXPECT_GT(rate, 0.8 * kRate);
    EXPECT_LT(networks.longest_silence, 1s);
    EXPECT_NE(networks.path(1).state, PathStatus::State::active);
    networks.cut(1, false);
    networks.flow(30s); // the path is asked, answers, and is used again
    EXPECT_EQ(networks.path(1).state, PathStatus::State::active);
    EXPECT_GT(networks.flow(10s), 1.5 * kRate);
    networks.finish();
}

TEST(Multipath, LetsNoLossesOfOnePathStallTheOther) {
    Networks networks{with(Multipath::coupled)};
    networks.link(networks.pair.a, 1).loss = 0.1;
    EXPECT_GT(networks.flow(20s), 0.85 * kRate);
    EXPECT_LT(networks.longest_silence, 1s);
    networks.finish();
}

// The window is far smaller than what both carry while the slow one brings one packet across.
TEST(Multipath, LetsNoSlowPathBlockTheReceiversWindow) {
    const auto small = [](Multipath multipath) {
        Options options = with(multipath);
        options.receive_window_bytes = 64 * 1024;
        return options;
    };
    const auto slow_second = [](Networks& networks) {
        for (Side* side : {&networks.pair.a, &networks.pair.z})
            networks.link(*side, 1).latency = 400ms;
        networks.pair.run_for(60s); // heartbeats measure it
    };
    Networks alone{small(Multipath::off)};
    slow_second(alone);
    const double one = alone.flow(20s);
    Networks both{small(Multipath::coupled)};
    slow_second(both);
    EXPECT_GT(both.flow(20s), 0.7 * one);
    EXPECT_GT(both.pair.a.status().retransmissions.faster_path, 0u);
    EXPECT_LT(both.longest_silence, 500ms);
    both.finish();
}

// What it holds of the window is not lost with it.
TEST(Multipath, LetsNoDeadPathBlockTheReceiversWindow) {
    Options options = with(Multipath::coupled);
    options.receive_window_bytes = 64 * 1024;
    options.rto_min = 5s; // until then nothing says that the path is dead
    Networks networks{options};
    networks.flow(2s);
    networks.cut(1);
    networks.longest_silence = {};
    EXPECT_GT(networks.flow(4s), 0.4 * kRate);
    EXPECT_LT(networks.longest_silence, 1s);
}

TEST(Multipath, KeepsToThePathThatAMessageNames) {
    Networks networks{with(Multipath::coupled)};
    const auto before = networks.path(0).bytes_sent;
    for (int i = 0; i < 50; ++i)
        EXPECT_TRUE(networks.pair.a.send(std::string(1000, 'x'), {.remote = Homes::address(1, 2)}));
    networks.finish();
    EXPECT_GT(networks.path(1).bytes_sent, 50'000u);
    EXPECT_LT(networks.path(0).bytes_sent - before, 10'000u);
}

TEST(Multipath, SendsFewerAcknowledgementsThanPacketsForWhatPathsPutOutOfOrder) {
    Networks networks{with(Multipath::coupled)};
    networks.flow(5s);
    const Status from = networks.pair.a.status();
    const auto acknowledgements = networks.pair.z.status().packets_sent;
    EXPECT_LT(acknowledgements, from.packets_sent * 7 / 10);
}

// --- what is counted ---

TEST(PathStatistics, AddUpToThoseOfTheAssociation) {
    Networks networks{with(Multipath::coupled)};
    networks.link(networks.pair.a, 0).loss = 0.02;
    networks.flow(5s);
    const Status all = networks.pair.a.status();
    const PathStatus first = networks.path(0);
    const PathStatus second = networks.path(1);
    EXPECT_EQ(all.packets_sent, first.packets_sent + second.packets_sent);
    EXPECT_EQ(all.packets_received, first.packets_received + second.packets_received);
    EXPECT_EQ(all.bytes_sent, first.bytes_sent + second.bytes_sent);
    EXPECT_EQ(all.bytes_received, first.bytes_received + second.bytes_received);
    EXPECT_EQ(all.losses, first.losses + second.losses);
    EXPECT_GT(first.losses, 0u);
    EXPECT_EQ(first.losses, first.retransmissions.fast + first.retransmissions.timeout);
    EXPECT_TRUE(first.slow_start_threshold_bytes);
    EXPECT_GT(first.rtt_variation, Duration{});
    ASSERT_TRUE(all.last_heard);
    EXPECT_EQ(*all.last_heard, std::max(*first.last_heard, *second.last_heard));
}

TEST(PathStatistics, TellWhyWhatWentAgainDidSo) {
    test::Pair pair{with(Multipath::off)};
    pair.latency(10ms);
    ASSERT_TRUE(pair.connect());
    pair.drop_next(pair.a);
    EXPECT_TRUE(pair.a.send("the last one is lost"));
    pair.run_for(2s);
    const Status status = pair.a.status();
    EXPECT_EQ(status.retransmissions.tail_probe + status.retransmissions.timeout, 1u);
    EXPECT_EQ(status.retransmissions.fast, 0u);
    EXPECT_EQ(status.retransmissions.spurious, 0u);
}

} // namespace
} // namespace hawser::sctp
