// How losses are repaired, and what the modern profile does better than the letter of the RFC.
#include "support/pair.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::WireDatagram;

Options quiet(Options options = Options::modern()) {
    options.heartbeat_interval = Options::kHeartbeatOff;
    return options;
}

/// Two hosts 20 ms apart that know it.
struct Line : Pair {
    explicit Line(const Options& options = quiet(), std::uint64_t seed = 1) : Pair{options, seed} {
        latency(20ms);
        EXPECT_TRUE(connect());
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(a.send("warming up"));
            run_for(100ms);
        }
        z.messages.clear();
    }
    void lose(std::initializer_list<int> which) {
        index_ = 0;
        set_hook(a, [this, lost = std::vector<int>(which)](const WireDatagram&) {
            return std::ranges::find(lost, index_++) == lost.end();
        });
    }
    /// Time until the other side has all messages; zero: never within a minute.
    Duration until_delivered(std::size_t messages) {
        const Instant start = now();
        const bool done = world.run_until([&] { return z.messages.size() >= messages; }, 1min);
        return done ? now() - start : Duration::zero();
    }

private:
    int index_ = 0;
};

// The drawing in style: one message, lost once.
TEST(Recovery, SendsDataAgainWhenT3Expires) {
    Options options = quiet();
    options.rto_initial = options.rto_min = 100ms;
    options.recovery = Recovery::rfc9260;
    Pair pair{options};
    ASSERT_TRUE(pair.connect());

    EXPECT_TRUE(pair.a.send("hello"));
    pair.drop_next(pair.a); // A --DATA--x   Z
    pair.settle();
    EXPECT_EQ(pair.a.deadline(), pair.now() + 100ms);

    pair.run_for(100ms); // A --DATA---> Z
    EXPECT_EQ(pair.z.received(), "hello");
    pair.run_for(20ms); // A <--SACK--- Z
    EXPECT_EQ(pair.a.deadline(), kNever);
}

TEST(Recovery, RepairsAHoleInAboutARoundTrip) {
    Line line;
    line.lose({0});
    for (int i = 0; i < 8; ++i)
        ASSERT_TRUE(line.a.send(std::string(1000, 'x')));
    const Duration took = line.until_delivered(8);
    EXPECT_EQ(took, 3 * 20ms) << "out, the news of it back, out again";
    EXPECT_EQ(line.a.status().timeouts, 0u);
    EXPECT_EQ(line.a.status().fast_retransmits, 1u);
}

// Nothing comes after the last packet that could tell of its loss: a probe does.
TEST(Recovery, ProbesForALostTail) {
    Line line;
    line.lose({0});
    ASSERT_TRUE(line.a.send("the last word"));
    const Duration took = line.until_delivered(1);
    EXPECT_GT(took, Duration::zero());
    EXPECT_LT(took, 160ms) << "well before the RTO of 200 ms at least";
    EXPECT_EQ(line.a.status().timeouts, 0u);
    EXPECT_EQ(line.a.status().tail_loss_probes, 1u);
}

// RFC 8985 §7.2: two round trips and the longest that a SACK may be held back.
TEST(Recovery, ProbesAfterTwoRoundTripsAndADelayedSack) {
    Line line;
    line.lose({0});
    ASSERT_TRUE(line.a.send("the last word"));
    line.settle();
    const Duration srtt = line.a.status().smoothed_rtt;
    EXPECT_GE(srtt, 40ms);
    EXPECT_EQ(line.a.deadline(), line.now() + 2 * srtt + 20ms);
}

TEST(Recovery, WaitsForNothingWhenAllHasArrived) {
    Line line;
    ASSERT_TRUE(line.a.send("heard"));
    line.until_delivered(1);
    line.run_for(20ms + 20ms); // the SACK is held back, and comes
    EXPECT_EQ(line.a.status().queued_bytes, 0u);
    EXPECT_EQ(line.a.deadline(), kNever);
}

// One probe until something is acknowledged (RFC 8985 §7.3); then the next tail has its own.
TEST(Recovery, ProbesForEachLostTail) {
    Line line;
    for (std::uint64_t tail = 1; tail <= 3; ++tail) {
        line.lose({0});
        ASSERT_TRUE(line.a.send("the last word"));
        line.until_delivered(tail);
        line.run_for(1s);
        EXPECT_EQ(line.a.status().tail_loss_probes, tail);
    }
    EXPECT_EQ(line.a.status().timeouts, 0u);
}

// All left at the same instant: which of them came before the one that arrived, their TSNs say.
TEST(Recovery, FindsALossWithinATrain) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) { // TSNs in both halves of their circle
        Line line{quiet(), seed};
        line.lose({2});
        ASSERT_TRUE(line.a.send(std::string(8000, 'x')));
        const Duration took = line.until_delivered(1);
        EXPECT_GT(took, Duration::zero());
        EXPECT_LT(took, 100ms) << "one way, and a round trip; seed " << seed;
        EXPECT_EQ(line.a.status().tail_loss_probes, 0u);
        EXPECT_EQ(line.a.status().timeouts, 0u);
        EXPECT_EQ(line.a.status().chunks_retransmitted, 1u);
    }
}

TEST(Recovery, RepairsALostRetransmissionWithoutATimeout) {
    Line line;
    // Ten packets, of which the second is lost, and lost again when it is repeated.
    int again = 0;
    std::uint32_t lost_tsn = 0;
    int index = 0;
    line.set_hook(line.a, [&](const WireDatagram& datagram) {
        const auto packet = test::take_apart(datagram.bytes);
        const auto* chunk = packet.find(test::kData);
        if (chunk == nullptr) return true;
        const test::DataView data{*chunk};
        if (index++ == 1) {
            lost_tsn = data.tsn;
            return false;
        }
        return !(data.tsn == lost_tsn && again++ == 0);
    });
    for (int i = 0; i < 40; ++i) {
        ASSERT_TRUE(line.a.send(std::string(1000, 'x')));
        line.run_for(5ms);
    }
    line.run_for(200ms);
    EXPECT_EQ(line.z.messages.size(), 40u);
    EXPECT_EQ(line.a.status().timeouts, 0u);
}

TEST(Recovery, SeesNoLossInReordering) {
    Line line;
    line.network().link(line.a.id).reordering = 0.3;
    line.network().link(line.a.id).reordering_delay = 4ms;
    for (int i = 0; i < 400; ++i) {
        ASSERT_TRUE(line.a.send(std::string(1000, 'x')));
        line.run_for(2ms);
    }
    line.run_for(1s);
    EXPECT_EQ(line.z.messages.size(), 400u);
    EXPECT_EQ(line.a.status().timeouts, 0u);
    EXPECT_LT(line.a.status().chunks_retransmitted, 12u) << "of 400, before it learns";
}

TEST(Recovery, KeepsGoingOnALineThatLosesATenth) {
    for (const Recovery recovery : {Recovery::rack, Recovery::rfc9260}) {
        Options options = quiet();
        options.recovery = recovery;
        Line line{options};
        line.network().link(line.a.id).loss = 0.1;
        line.network().link(line.z.id).loss = 0.1;
        ASSERT_TRUE(line.a.send(std::string(500'000, 'x')));
        EXPECT_GT(line.until_delivered(1), Duration::zero());
    }
}

// Loss detection by time repairs more in the same time than counting to three does.
TEST(Recovery, IsFasterByTimeThanByCounting) {
    Duration took[2];
    for (const Recovery recovery : {Recovery::rack, Recovery::rfc9260}) {
        Options options = quiet();
        options.recovery = recovery;
        Line line{options};
        line.network().link(line.a.id).loss = 0.05;
        for (int i = 0; i < 200; ++i)
            ASSERT_TRUE(line.a.send(std::string(900, 'x')));
        took[recovery == Recovery::rfc9260] = line.until_delivered(200);
    }
    EXPECT_GT(took[0], Duration::zero());
    EXPECT_LT(took[0], took[1]);
}

TEST(Recovery, FillsALongPath) {
    Pair pair{quiet()};
    pair.latency(50ms);
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.a.send(std::string(4'000'000, 'x')));
    const Instant start = pair.now();
    ASSERT_TRUE(pair.world.run_until([&] { return !pair.z.messages.empty(); }, 1min));
    const double seconds = std::chrono::duration<double>(pair.now() - start).count();
    // One receive window, 1 MiB, a round trip of 100 ms: 10 MB/s, after slow start.
    EXPECT_LT(seconds, 1.6);
}

} // namespace
} // namespace hawser::sctp
