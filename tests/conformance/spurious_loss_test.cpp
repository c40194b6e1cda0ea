// RFC 9438 §4.9: a congestion event that turns out to have been none.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kWide = 100'000'000;

sctp::Options modern() {
    sctp::Options options = sctp::Options::modern();
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    return options;
}

/// A round trip of 50 ms, which the engine knows, and 30 packets of which the last are reported
/// first, four unless it is said otherwise: 26 seem to be lost.
struct Overtaken : Scene {
    explicit Overtaken(std::uint16_t reported_from = 27) : Scene{modern()} {
        accept({.window = kWide});
        next = engine_tsn;
        for (const std::uint32_t packets : {10u, 20u}) { // slow start
            fill(packets);
            ack_all();
        }
        before = window();
        fill(30);
        first = next - 30;
        send(sack({.tsn = first - 1, .window = kWide, .gaps = {{reported_from, 30}}}));
        for (const DataView& chunk : take_data())
            again.push_back(chunk.tsn);
        EXPECT_LT(window(), before);
    }
    std::size_t window() const { return engine.status().congestion_window_bytes; }
    /// Queues packets, and lets them go.
    void fill(std::uint32_t packets) {
        for (std::uint32_t i = 0; i < packets; ++i)
            EXPECT_TRUE(engine.send(std::string(1172, 'x')));
        run_for(50ms);
        EXPECT_EQ(take_data().size(), packets);
        next += packets;
    }
    void ack_all(std::vector<std::uint32_t> duplicates = {}) {
        send(sack({.tsn = next - 1, .window = kWide, .duplicates = std::move(duplicates)}));
    }
    std::uint32_t next = 0; ///< TSN
    std::uint32_t first = 0;
    std::size_t before = 0;
    std::vector<std::uint32_t> again; ///< what went again at once
};

// What arrives says what may leave (RFC 9937 §6.2): four packets for four.
TEST(Rfc9438_4_9, BelievesTheLossAtFirst) {
    Overtaken scene;
    EXPECT_EQ(scene.again.size(), 4u);
    EXPECT_EQ(scene.again.front(), scene.first);
}

TEST(Rfc9438_4_9, UndoesItWhenAllIsAcknowledgedTooSoon) {
    Overtaken scene;
    scene.run_for(5ms); // no answer to what went again
    scene.ack_all();
    EXPECT_GE(scene.window(), scene.before);
}

TEST(Rfc9438_4_9, UndoesItWhenAllThatWentAgainIsADuplicate) {
    Overtaken scene;
    scene.run_for(60ms);
    scene.ack_all();
    EXPECT_LT(scene.window(), scene.before) << "four of them may have been lost";
    const std::uint32_t last = scene.again.back();
    scene.again.pop_back();
    scene.ack_all(scene.again);
    EXPECT_LT(scene.window(), scene.before);
    scene.ack_all({last});
    EXPECT_GE(scene.window(), scene.before);
}

// Its second and its third transmission have arrived: that says nothing of the first.
TEST(Rfc9438_4_9, KeepsItWhereSomethingWentAgainTwice) {
    Overtaken scene{5};
    EXPECT_EQ(scene.again.size(), 4u);
    scene.run_for(60ms);
    scene.send(sack({.tsn = scene.first - 1, .window = kWide, .gaps = {{2, 30}}}));
    const auto third = scene.take_data();
    ASSERT_EQ(third.size(), 1u);
    EXPECT_EQ(third[0].tsn, scene.first);
    scene.run_for(60ms);
    scene.ack_all(scene.again);
    EXPECT_LT(scene.window(), scene.before);
}

// The SACK says by its gap blocks that they have not arrived at all.
TEST(Rfc9438_4_9, BelievesNoDuplicateOfWhatIsMissing) {
    Overtaken scene;
    std::vector<std::uint32_t> missing;
    for (std::uint32_t i = 0; i < 26; ++i)
        missing.push_back(scene.first + i);
    scene.run_for(60ms);
    scene.send(
        sack({.tsn = scene.first - 1, .window = kWide, .gaps = {{27, 30}}, .duplicates = missing}));
    EXPECT_LT(scene.window(), scene.before);
    scene.run_for(60ms);
    scene.ack_all();
    EXPECT_LT(scene.window(), scene.before);
}

TEST(Rfc9438_4_9, BelievesNoDuplicateWhenAllIsLongOver) {
    Overtaken scene;
    scene.run_for(60ms);
    scene.ack_all();
    scene.run_for(60s);
    scene.ack_all(scene.again);
    EXPECT_LT(scene.window(), scene.before);
}

// What it had grown by is what it had grown by before: 10 packets, and 10, and 20.
TEST(Rfc9438_4_9, UndoesTheLossToWhatWasBeforeTheSackThatRevealedIt) {
    Overtaken scene;
    scene.run_for(5ms);
    const std::size_t before = scene.before;
    scene.send(sack({.tsn = scene.first - 1, .window = kWide, .gaps = {{2, 30}}}));
    EXPECT_LT(scene.window(), before);
    scene.send(sack({.tsn = scene.first, .window = kWide, .gaps = {{1, 29}}}));
    // The SACK that undoes it grows it by the one chunk that it acknowledges.
    EXPECT_LE(scene.window(), before + 1188);
    EXPECT_GE(scene.window(), before);
}

TEST(Rfc9438_4_9, DoesNotCareForDuplicatesOfOthers) {
    Overtaken scene;
    scene.run_for(60ms);
    scene.ack_all();
    scene.ack_all({scene.first + 26, scene.first - 1, scene.next, scene.next + 0x8000'0000});
    for (int i = 0; i < 4; ++i)
        scene.ack_all({scene.again.front()});
    EXPECT_LT(scene.window(), scene.before);
}

} // namespace
} // namespace hawser::test
