// CUBIC's curve against the numbers that RFC 9438's formulas give.
#include "sctp/tx/cubic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

constexpr double kAlpha = 9.0 / 17; // 3 * (1 - 0.7) / (1 + 0.7)

/// A window that is always full, on a path that acknowledges it evenly.
struct Flow {
    Cubic cubic;
    double window = 0;
    Instant now{1h};
    Duration round_trip = 100ms;

    /// Acknowledges packet by packet.
    void run_for(Duration duration) {
        for (const Instant end = now + duration; now < end;) {
            window = cubic.acked(window, 1, round_trip, now);
            now += Duration{
                static_cast<std::int64_t>(static_cast<double>(round_trip.count()) / window)};
        }
    }
    /// §4.2, by the letter.
    static double w_cubic(double plateau, double start, double seconds) {
        const double k = std::cbrt((plateau - start) / 0.4);
        return 0.4 * std::pow(seconds - k, 3) + plateau;
    }
};

struct Curve : testing::Test, Flow {};

TEST_F(Curve, FallsToSevenTenthsButNotBelow2Packets) {
    EXPECT_DOUBLE_EQ(cubic.lost(1000), 700);
    EXPECT_DOUBLE_EQ(cubic.lost(2.5), 2);
}

// 1000 packets: K is the cube root of 300 / 0.4, 9.09 s.
TEST_F(Curve, IsBackWhereTheLossWasAfterKSeconds) {
    window = cubic.lost(1000);
    run_for(4s);
    EXPECT_NEAR(window, w_cubic(1000, 700, 4), 1.0);
    EXPECT_NEAR(w_cubic(1000, 700, 4), 947.4, 0.1);
    run_for(5086ms);
    EXPECT_NEAR(window, 1000, 1.0);
    run_for(4s);
    EXPECT_NEAR(window, w_cubic(1000, 700, 13.086), 3.0) << "the convex region";
    EXPECT_NEAR(w_cubic(1000, 700, 13.086), 1025.6, 0.2);
}

// §4.4: (target - cwnd) / cwnd for each packet, the target a round trip ahead.
TEST_F(Curve, GoesTowardsTheTargetByAWindowthForEachPacket) {
    window = cubic.lost(1000);
    const Instant began = now;
    window = cubic.acked(window, 1, 100ms, now);
    now = began + 1s;
    const double target = w_cubic(1000, 700, 1.1);
    const double next = cubic.acked(window, 1, 100ms, now);
    EXPECT_NEAR(next, window + (target - window) / window, 1e-9);
}

// Not more than half as much again in a round trip (§4.2).
TEST_F(Curve, NeverAimsAboveOneAndAHalfWindows) {
    window = cubic.lost(1000);
    window = cubic.acked(window, 1, 100ms, now);
    const double next = cubic.acked(window, window, 100ms, now + 60s);
    EXPECT_NEAR(next, 1.5 * window, 1e-9);
}

TEST_F(Curve, NeverFalls) {
    window = cubic.lost(1000);
    run_for(2s);
    const double before = window;
    EXPECT_GE(cubic.acked(2 * before, 1, round_trip, now), 2 * before);
}

// §4.3: on a short path the curve is slower than Reno would be, and W_est counts: 9/17 of a packet
// each round trip, and a whole one above where the last loss was.
TEST_F(Curve, ClimbsLikeRenoWhereThatIsFaster) {
    round_trip = 1ms;
    window = cubic.lost(20);
    ASSERT_DOUBLE_EQ(window, 14);
    run_for(5ms);
    EXPECT_NEAR(window, 14 + 5 * kAlpha, 0.15);
    run_for(7ms); // 20 after 11.33 round trips, and two thirds of a packet more
    const double above = window;
    EXPECT_NEAR(above, 20.67, 0.2);
    run_for(5ms);
    EXPECT_NEAR(window, above + 5, 0.3);
}

// §4.7: a window that did not get back to the last loss leaves room for others.
TEST_F(Curve, AimsLowerAfterALossBelowTheLastOne) {
    window = cubic.lost(1000);
    window = cubic.lost(900); // W_max: 900 * 1.7 / 2
    EXPECT_DOUBLE_EQ(window, 630);
    run_for(4s);
    EXPECT_NEAR(window, w_cubic(765, 630, 4), 1.0);
    window = cubic.lost(765); // not below: remembered as it is
    run_for(4s);
    EXPECT_NEAR(window, w_cubic(765, 0.7 * 765, 4), 1.0);
}

// §4.8: the stage after a timeout begins with K = 0, and W_max where slow start ended.
TEST_F(Curve, BeginsAtItsPlateauAfterATimeout) {
    EXPECT_DOUBLE_EQ(cubic.timed_out(1000), 700);
    window = 700;
    run_for(3s);
    EXPECT_NEAR(window, std::max(w_cubic(700, 700, 3), 700 + 30 * kAlpha), 1.0);
    run_for(5s);
    EXPECT_NEAR(window, 700 + 0.4 * 8 * 8 * 8, 4.0);
}

// §4.10: so does the stage after a slow start that no loss ended, with a whole packet a round trip.
TEST_F(Curve, BeginsAtItsPlateauAfterHyStart) {
    window = 50;
    run_for(1s);
    EXPECT_NEAR(window, 60, 0.2);
}

// §5.8: time in which the window was not the limit does not count.
TEST_F(Curve, WaitsWhileTheWindowIsNotTheLimit) {
    Flow other;
    window = other.window = cubic.lost(1000);
    other.cubic.lost(1000);
    run_for(2s);
    other.run_for(2s);
    for (int i = 0; i < 100; ++i)
        cubic.not_limited_until(now += 100ms);
    run_for(2s);
    other.run_for(2s);
    EXPECT_NEAR(window, other.window, 0.5);
    // Nothing under way at all: what is acknowledged next has left ten seconds later.
    now += 10s;
    cubic.idle_until(now);
    run_for(2s);
    other.run_for(2s);
    EXPECT_NEAR(window, other.window, 0.5);
}

TEST_F(Curve, LosesNoTimeWhileAcknowledgementsComeWithinARoundTrip) {
    Flow other;
    window = other.window = cubic.lost(1000);
    other.cubic.lost(1000);
    for (int i = 0; i < 20; ++i) {
        run_for(100ms);
        cubic.idle_until(now - 100ms);
        other.run_for(100ms);
    }
    EXPECT_NEAR(window, other.window, 0.5);
}

// Packets of half the size: twice as many of them.
TEST_F(Curve, AimsAtTwiceAsManyPacketsOfHalfTheSize) {
    window = 2 * cubic.lost(500);
    cubic.rescale(2);
    run_for(4s);
    EXPECT_NEAR(window, w_cubic(1000, 700, 4), 1.0);
}

} // namespace
} // namespace hawser::sctp
