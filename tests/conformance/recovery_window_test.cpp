// What SACKs make of the window while losses are repaired, and after T3-rtx.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kWide = 100'000'000;
constexpr std::size_t kPacket = 1188; ///< the largest chunk of a packet

sctp::Options modern() {
    sctp::Options options = sctp::Options::modern();
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    return options;
}

/// A round trip of 50 ms, which the engine knows, and a window of 40 packets.
struct Repairing : Scene {
    Repairing() : Scene{modern()} {
        accept({.window = kWide});
        next = engine_tsn;
        for (const std::uint32_t packets : {10u, 20u}) {
            fill(packets);
            acknowledge(next - 1);
        }
        EXPECT_EQ(window(), 40 * kPacket);
    }
    std::size_t window() const { return engine.status().congestion_window_bytes; }
    void fill(std::uint32_t packets) {
        for (std::uint32_t i = 0; i < packets; ++i)
            EXPECT_TRUE(engine.send(std::string(1172, 'x')));
        run_for(50ms);
        take_data();
        next += packets;
    }
    void acknowledge(std::uint32_t tsn, std::vector<GapBlock> gaps = {}) {
        send(sack({.tsn = tsn, .window = kWide, .gaps = std::move(gaps)}));
    }
    std::uint32_t next = 0; ///< TSN
};

// The last one that went again is lost too, which only the clock finds: nothing arrives with that
// news, and as much has been sent as was in flight when the recovery began.
TEST(Rfc9937_6_2, TheClockThatFindsALossClosesNoWindow) {
    Repairing scene;
    scene.fill(2); // the path reorders
    scene.acknowledge(scene.next - 3, {{2, 2}});
    scene.acknowledge(scene.next - 1);
    scene.fill(6);
    const std::uint32_t first = scene.next - 6;
    scene.acknowledge(first - 1, {{6, 6}});
    scene.run_for(50ms);
    scene.acknowledge(first, {{5, 5}});
    scene.run_for(50ms);
    scene.acknowledge(first + 2, {{3, 3}});
    scene.run_for(50ms);
    scene.take_data();
    scene.acknowledge(first + 2, {{2, 3}});
    scene.run_for(20ms);
    EXPECT_FALSE(scene.take_data().empty());
    EXPECT_GE(scene.window(), kPacket);
    EXPECT_EQ(scene.engine.status().timeouts, 0u);
}

// The SACK of what left before the timeout comes late: of 28 packets, while two were sent since.
TEST(Rfc3465_2_3, ALateSackAfterT3OpensTwoPackets) {
    Repairing scene;
    scene.fill(30);
    while (scene.engine.status().timeouts == 0)
        scene.run_for(10ms);
    scene.run_for(50ms);
    ASSERT_EQ(scene.window(), 2 * kPacket);
    scene.acknowledge(scene.next - 31, {{3, 30}});
    EXPECT_EQ(scene.window(), 4 * kPacket);
}

// A SACK that reveals a loss opens nothing, so that there is less to take back.
TEST(Rfc9438_4_9, WhatRevealsALossIsNoGrowth) {
    Repairing scene;
    scene.fill(40);
    const std::uint32_t first = scene.next - 40;
    scene.acknowledge(first - 1, {{2, 40}});
    scene.run_for(50ms);
    scene.acknowledge(scene.next - 1);
    EXPECT_LE(scene.window(), 20 * kPacket) << "a half of 40, and not of 79";
}

} // namespace
} // namespace hawser::test
