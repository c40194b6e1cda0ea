// RFC 9260 §6.1 and §7.2: how much may be in flight.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kWide = 100'000'000;
/// RFC 9260 §1.3: what a DATA chunk may measure in a packet of 1200 bytes.
constexpr std::size_t kChunkMax = 1188;

struct Flow : Scene {
    Flow() : Scene{} { accept({.window = kWide}); }

    std::size_t window() const { return engine.status().congestion_window_bytes; }
    std::size_t flight() const { return engine.status().in_flight_bytes; }
    /// Queues messages that fill a packet each.
    void fill(int packets) {
        for (int i = 0; i < packets; ++i)
            EXPECT_TRUE(engine.send(std::string(1172, 'x')));
        world.settle();
    }
    void ack(std::uint32_t count, std::vector<GapBlock> gaps = {}) {
        send(sack({.tsn = engine_tsn + count - 1, .window = kWide, .gaps = std::move(gaps)}));
    }
};

TEST(Rfc9260_7_2_1, BeginsWithAWindowOf4404Bytes) {
    Flow scene;
    EXPECT_EQ(scene.window(), 4404u);
    scene.fill(20);
    EXPECT_EQ(scene.take_data().size(), 4u) << "the last may go over, since less was in flight";
    scene.run_for(500ms);
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc9260_7_2_1, GrowsByAtMostOneChunkForEachSack) {
    Flow scene;
    scene.fill(60);
    scene.ack(2);
    EXPECT_GT(scene.window(), 4404u);
    EXPECT_LE(scene.window(), 4404u + kChunkMax + 12);
    const std::size_t before = scene.window();
    scene.ack(6);
    EXPECT_GT(scene.window(), before);
    EXPECT_LE(scene.window(), before + kChunkMax + 12);
}

TEST(Rfc9260_7_2_1, DoesNotGrowWhenItIsNotUsed) {
    Flow scene;
    for (std::uint32_t i = 0; i < 10; ++i) {
        EXPECT_TRUE(scene.engine.send("small"));
        scene.world.settle();
        scene.ack(i + 1);
    }
    EXPECT_EQ(scene.window(), 4404u);
}

TEST(Rfc9260_7_2_1, DoesNotGrowWithoutACumulativeAcknowledgement) {
    Flow scene;
    scene.fill(8);
    scene.ack(0, {{2, 2}});
    EXPECT_EQ(scene.window(), 4404u);
    scene.ack(0, {{2, 3}});
    EXPECT_EQ(scene.window(), 4404u);
}

TEST(Rfc9260_6_1, SendsAtMostFourPacketsAtOnce) {
    Flow scene;
    scene.fill(300);
    std::uint32_t acknowledged = 0;
    for (int round = 0; round < 8; ++round) {
        const auto sent = scene.take_data();
        EXPECT_LE(sent.size(), 4u) << "Max.Burst";
        for (const DataView& chunk : sent)
            acknowledged = chunk.tsn - scene.engine_tsn + 1;
        scene.ack(acknowledged);
    }
}

// Max.Burst lowers the window for the moment, so that a burst uses all of it: else a sender whose
// window has fallen below a burst would never come out again.
TEST(Rfc9260_6_1, GrowsAlthoughItsBurstsAreShort) {
    sctp::Options options = quiet_rfc9260();
    options.max_burst = 1;
    Scene scene{options};
    scene.accept({.window = kWide});
    const std::size_t before = scene.engine.status().congestion_window_bytes;
    EXPECT_TRUE(scene.engine.send(std::string(20'000, 'x')));
    scene.world.settle();
    for (int i = 0; i < 5; ++i) {
        const auto sent = scene.take_data();
        ASSERT_EQ(sent.size(), 1u);
        scene.send(sack({.tsn = sent[0].tsn, .window = kWide}));
    }
    EXPECT_GT(scene.engine.status().congestion_window_bytes, before);
}

TEST(Rfc9260_6_1, KeepsNoMoreInFlightThanTheWindow) {
    Flow scene;
    scene.fill(400);
    std::uint32_t acknowledged = 0;
    for (int round = 0; round < 100; ++round) {
        EXPECT_LT(scene.flight(), scene.window() + kChunkMax + 12);
        scene.ack(++acknowledged);
    }
}

TEST(Rfc9260_7_2_3, FallsBackToOnePacketWhenT3Expires) {
    Flow scene;
    scene.fill(8);
    scene.run_for(1s);
    EXPECT_LE(scene.window(), 1200u);
    EXPECT_GE(scene.window(), kChunkMax - 4);
}

TEST(Rfc9260_7_2_3, LeavesSlowStartAtHalfOfWhatWasLost) {
    Flow scene;
    scene.fill(200);
    std::uint32_t acknowledged = 0;
    while (scene.window() < 12'000)
        scene.ack(++acknowledged);
    const std::size_t before = scene.window();
    scene.run_for(scene.engine.status().rto); // T3
    ASSERT_LE(scene.window(), 1200u);
    const std::size_t threshold = std::max(before / 2, 4 * kChunkMax);
    std::size_t steps = 0;
    while (scene.window() < threshold && ++steps < 100)
        scene.ack(++acknowledged);
    EXPECT_LE(steps, 30u) << "slow start up to the threshold";
    const std::size_t at_threshold = scene.window();
    for (int i = 0; i < 3; ++i)
        scene.ack(++acknowledged);
    EXPECT_LE(scene.window(), at_threshold + kChunkMax + 12)
        << "congestion avoidance: a packet a round trip, not a packet a SACK";
}

TEST(Rfc9260_7_2_4, HalvesTheWindowOnceForALoss) {
    Flow scene;
    scene.fill(200);
    std::uint32_t acknowledged = 0;
    while (scene.window() < 20'000)
        scene.ack(++acknowledged);
    const std::size_t before = scene.window();
    scene.ack(acknowledged, {{2, 2}});
    scene.ack(acknowledged, {{2, 3}});
    scene.ack(acknowledged, {{2, 4}});
    const std::size_t halved = scene.window();
    EXPECT_LE(halved, before / 2 + kChunkMax);
    EXPECT_GE(halved, before / 2 - 12);
    // More is lost of the same window: that is the same event.
    scene.ack(acknowledged, {{2, 4}, {6, 6}});
    scene.ack(acknowledged, {{2, 4}, {6, 7}});
    scene.ack(acknowledged, {{2, 4}, {6, 8}});
    EXPECT_EQ(scene.window(), halved);
}

TEST(Rfc9260_7_2_4, HalvesToNoLessThanFourPackets) {
    Flow scene;
    scene.fill(20);
    scene.ack(0, {{2, 2}});
    scene.ack(0, {{2, 3}});
    scene.ack(0, {{2, 4}});
    EXPECT_GE(scene.window(), 4 * kChunkMax - 400);
    EXPECT_LE(scene.window(), 4 * 1200u);
}

TEST(Rfc9260_7_2_2, GrowsByOnePacketARoundTripAboveTheThreshold) {
    Flow scene;
    scene.fill(400);
    std::uint32_t acknowledged = 0;
    while (scene.window() < 20'000)
        scene.ack(++acknowledged);
    scene.ack(acknowledged, {{2, 2}});
    scene.ack(acknowledged, {{2, 3}});
    scene.ack(acknowledged, {{2, 4}});
    // Everything that is out now comes in: recovery is over.
    scene.discard();
    const auto out = static_cast<std::uint32_t>((scene.flight() + 1187) / 1188);
    acknowledged += out + 3;
    scene.ack(acknowledged);
    const std::size_t start = scene.window();
    std::size_t bytes = 0;
    while (bytes < start * 4) {
        scene.ack(++acknowledged);
        if (!scene.engine.is_connected()) break;
        bytes += 1188;
    }
    ASSERT_TRUE(scene.engine.is_connected());
    EXPECT_GT(scene.window(), start);
    EXPECT_LE(scene.window(), start + 5 * (kChunkMax + 12));
}

// "max(cwnd / 2, 4 * PMDCS) once per RTO": a little at a time.
TEST(Rfc9260_7_2_1, HalvesItsWindowForEachRtoOfIdling) {
    for (const unsigned rtos : {0u, 1u, 2u, 3u}) {
        Flow scene;
        scene.fill(300);
        std::uint32_t acknowledged = 0;
        while (scene.flight() > 0)
            scene.ack(++acknowledged);
        const std::size_t before = scene.window();
        ASSERT_GT(before, 50'000u);
        const Duration rto = scene.engine.status().rto;
        scene.run_for(rtos * rto + rto / 2);
        EXPECT_TRUE(scene.engine.send("awake"));
        scene.world.settle();
        EXPECT_EQ(scene.window(), before >> rtos);
    }
}

// After T3-rtx the window is one packet, and idling gives it nothing.
TEST(Rfc9260_7_2_1, GainsNothingByIdling) {
    Flow scene;
    EXPECT_TRUE(scene.engine.send("lost"));
    scene.world.settle();
    scene.run_for(1s); // T3-rtx
    const std::size_t closed = scene.window();
    EXPECT_EQ(closed, kChunkMax);
    scene.ack(1);
    const std::size_t before = scene.window();
    scene.run_for(10s);
    EXPECT_TRUE(scene.engine.send("awake"));
    scene.world.settle();
    EXPECT_EQ(scene.window(), before);
}

TEST(Rfc9260_7_2_1, ForgetsItsWindowWhenItWasIdleForLong) {
    Flow scene;
    scene.fill(300);
    std::uint32_t acknowledged = 0;
    while (scene.flight() > 0)
        scene.ack(++acknowledged);
    ASSERT_GT(scene.window(), 50'000u);
    scene.discard();
    scene.run_for(120s);
    scene.fill(100);
    EXPECT_LE(scene.flight(), 5 * 1200u);
}

} // namespace
} // namespace hawser::test
