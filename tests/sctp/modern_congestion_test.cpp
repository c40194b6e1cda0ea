// The window of the modern profile by itself: what each thing that happens makes of it.
#include "sctp/tx/congestion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPacket = 1000;
const LossFound kFound{.in_flight = 10'000, .first = Tsn{1}, .chunks = 10, .now = Instant{1h}};

AckedBytes full(std::size_t bytes, const CongestionController& window) {
    return {.bytes = bytes,
            .in_flight_before = std::max(bytes, window.window()),
            .cumulative_advanced = true,
            .in_recovery = false};
}

struct ModernWindow : testing::Test {
    std::unique_ptr<CongestionController> window =
        make_congestion_controller(Congestion::modern, kPacket);
    /// What left after the timeout that `kFound` is about.
    AckedBytes after_timeout(std::size_t bytes) const {
        AckedBytes acked = full(bytes, *window);
        acked.round_trip = 1ms;
        acked.now = kFound.now + 1ms;
        return acked;
    }
    /// In congestion avoidance, at ten packets as in the beginning.
    void leave_slow_start() {
        window->acked(full(10'000, *window));
        window->lost(kFound);
        window->recovered();
        ASSERT_EQ(window->window(), 10'000u);
        ASSERT_FALSE(window->in_slow_start());
    }
    void expect_threshold_of_7000_after_timeout() {
        EXPECT_EQ(window->window(), 2000u);
        window->acked(after_timeout(4999));
        EXPECT_TRUE(window->in_slow_start()) << "6999 of 7000";
        window->acked(full(1, *window));
        EXPECT_FALSE(window->in_slow_start());
    }
};

TEST_F(ModernWindow, BeginsWith10Packets) {
    EXPECT_EQ(window->window(), 10'000u);
    EXPECT_TRUE(window->in_slow_start());
}

TEST_F(ModernWindow, GrowsInSlowStartByAllThatOneSackAcknowledged) {
    window->acked(full(7000, *window));
    EXPECT_EQ(window->window(), 17'000u);
}

// A window that the application does not fill to two thirds says nothing about the path.
TEST_F(ModernWindow, GrowsWhenTwoThirdsOfItWereUsed) {
    AckedBytes acked = full(1000, *window);
    acked.in_flight_before = 6666;
    window->acked(acked);
    EXPECT_EQ(window->window(), 10'000u);
    acked.in_flight_before = 6667;
    window->acked(acked);
    EXPECT_EQ(window->window(), 11'000u);
    acked.in_flight_before = window->window();
    acked.in_recovery = true;
    window->acked(acked);
    EXPECT_EQ(window->window(), 11'000u);
}

// What was lost in slow start had left when the window was half as large.
TEST_F(ModernWindow, FallsToAHalfAtALossInSlowStart) {
    window->lost(kFound);
    EXPECT_EQ(window->window(), 5000u);
    EXPECT_FALSE(window->in_slow_start());
}

TEST_F(ModernWindow, FallsToSevenTenthsAtALossButNotBelow2Packets) {
    leave_slow_start();
    window->lost(kFound);
    EXPECT_EQ(window->window(), 7000u);
    for (int i = 0; i < 20; ++i)
        window->lost(kFound);
    EXPECT_EQ(window->window(), 2000u);
}

TEST_F(ModernWindow, FallsTo2PacketsAtATimeoutAndClimbsToSevenTenths) {
    window->timed_out(kFound);
    EXPECT_EQ(window->window(), 2000u);
    window->acked(after_timeout(4000));
    EXPECT_TRUE(window->in_slow_start());
    window->acked(after_timeout(2000));
    EXPECT_EQ(window->window(), 7000u) << "and not 8000";
    EXPECT_FALSE(window->in_slow_start());
}

// RFC 3465 §2.3: what is acknowledged late says nothing of what the path takes now.
TEST_F(ModernWindow, GrowsByTwoPacketsASackUntilWhatLeftAfterATimeoutIsAcknowledged) {
    window->acked(full(90'000, *window));
    window->timed_out(kFound);
    window->acked(full(90'000, *window));
    EXPECT_EQ(window->window(), 4000u);
    AckedBytes early = after_timeout(3000);
    early.round_trip = 2ms; // it had left before
    early.now = kFound.now + 1ms;
    window->acked(early);
    EXPECT_EQ(window->window(), 6000u);
    window->acked(after_timeout(6000));
    window->acked(full(12'000, *window));
    EXPECT_EQ(window->window(), 24'000u);
}

TEST_F(ModernWindow, GrowsByNoMoreThanWasInFlight) {
    window->acked(full(90'000, *window));
    window->timed_out(kFound);
    AckedBytes late = after_timeout(90'000);
    late.in_flight_before = 2000;
    window->acked(late);
    EXPECT_EQ(window->window(), 4000u);
}

// Packets may become larger than the window: RFC 8899 §3 (7).
TEST_F(ModernWindow, IsNeverRaisedByALossOrATimeout) {
    const auto other = make_congestion_controller(Congestion::modern, kPacket);
    for (const auto& one : {window.get(), other.get()})
        one->packet_size_changed(8 * kPacket);
    window->lost(kFound);
    window->recovered();
    EXPECT_EQ(window->window(), 10'000u);
    other->timed_out(kFound);
    EXPECT_EQ(other->window(), 10'000u);
    other->acked(full(100'000, *other));
    EXPECT_EQ(other->window(), 16'000u) << "two packets are its threshold";
}

TEST_F(ModernWindow, EndsARecoveryLowerThatTheNetworkMarks) {
    leave_slow_start();
    window->lost(kFound);
    window->recovering({.delivered = 1000, .in_flight = 8000, .cumulative_advanced = false});
    window->marked();
    EXPECT_EQ(window->window(), 8700u);
    window->recovered();
    EXPECT_NEAR(static_cast<double>(window->window()), 4900, 1);
    EXPECT_FALSE(window->in_slow_start());
}

TEST_F(ModernWindow, HalvesWhileItIdlesDownToItsBeginning) {
    window->acked(full(30'000, *window));
    window->idle();
    EXPECT_EQ(window->window(), 20'000u);
    window->idle();
    window->idle();
    EXPECT_EQ(window->window(), 10'000u);
    window->timed_out(kFound);
    window->idle();
    EXPECT_EQ(window->window(), 2000u) << "idling opens nothing";
}

// What an idle path was good for is found again in slow start, three quarters of it.
TEST_F(ModernWindow, FindsThreeQuartersAgainAfterIdling) {
    window->lost(kFound);
    window->recovered();
    Instant now{1h};
    for (; window->window() < 40'000; now += 1s) { // far above its threshold
        AckedBytes acked = full(1000, *window);
        acked.now = now;
        window->acked(acked);
    }
    const std::size_t before = window->window();
    window->idle();
    window->idle();
    EXPECT_EQ(window->window(), before / 4);
    window->acked(full(before / 4 * 2 - 5, *window));
    EXPECT_TRUE(window->in_slow_start());
    window->acked(full(10, *window));
    EXPECT_FALSE(window->in_slow_start());
}

// RFC 5681 §3.1: what goes a third time says nothing new about the path.
TEST_F(ModernWindow, KeepsItsThresholdWhenTimeoutsFollowEachOther) {
    window->timed_out(kFound);
    window->timed_out(kFound);
    expect_threshold_of_7000_after_timeout();
}

TEST_F(ModernWindow, KeepsItsThresholdWhenATimeoutEndsARecovery) {
    leave_slow_start();
    window->lost(kFound);
    window->recovering({.delivered = 1000, .in_flight = 8000, .cumulative_advanced = false});
    window->timed_out(kFound);
    expect_threshold_of_7000_after_timeout();
}

// RFC 9937: 1000 arrive of 10,000, so 700 may leave; a packet at least is the first to go.
TEST_F(ModernWindow, IsInRecoveryWhatIsInFlightAndWhatMayLeave) {
    leave_slow_start();
    window->lost(kFound);
    window->recovering({.delivered = 1000, .in_flight = 8000, .cumulative_advanced = false});
    EXPECT_EQ(window->window(), 8700u);
    window->sent_in_recovery(1000);
    window->recovering({.delivered = 1000, .in_flight = 8000, .cumulative_advanced = false});
    EXPECT_EQ(window->window(), 8400u) << "1400 of 2000, and 1000 have left";
    window->recovered();
    EXPECT_EQ(window->window(), 7000u);
    EXPECT_FALSE(window->in_slow_start());
}

// News of losses alone: what they have taken from the window may leave, and no more.
TEST_F(ModernWindow, StaysInRecoveryWhenNothingWasDelivered) {
    leave_slow_start();
    window->lost(kFound);
    window->recovering({.delivered = 1000, .in_flight = 5000, .cumulative_advanced = false});
    ASSERT_EQ(window->window(), 6000u);
    for (int i = 0; i < 20; ++i)
        window->sent_in_recovery(1000);
    window->recovering({.delivered = 0, .in_flight = 3000, .cumulative_advanced = false});
    EXPECT_EQ(window->window(), 6000u);
    window->recovering({.delivered = 0, .in_flight = 0, .cumulative_advanced = false});
    EXPECT_EQ(window->window(), 6000u);
}

TEST_F(ModernWindow, IsAtLeastOnePacketInRecoveryWhenNothingIsInFlight) {
    leave_slow_start();
    window->lost(kFound);
    window->sent_in_recovery(20'000);
    window->recovering({.delivered = 10, .in_flight = 0, .cumulative_advanced = false});
    EXPECT_EQ(window->window(), 1000u);
}

TEST_F(ModernWindow, StaysInRecoveryBelowItsTargetWhenMuchIsFoundLostLate) {
    leave_slow_start();
    window->lost(kFound);
    window->recovering({.delivered = 1000, .in_flight = 8000, .cumulative_advanced = false});
    window->sent_in_recovery(700);
    window->recovering({.delivered = 0, .in_flight = 1000, .cumulative_advanced = false});
    EXPECT_EQ(window->window(), 7000u);
}

// SafeACK: the recovery goes well only while nothing more is lost.
TEST_F(ModernWindow, AddsAPacketInRecoveryOnlyWhenNothingMoreWasLost) {
    leave_slow_start();
    window->lost(kFound);
    window->found_lost({.tsn = Tsn{1}});
    window->recovering({.delivered = 1000, .in_flight = 3000, .cumulative_advanced = true});
    EXPECT_EQ(window->window(), 4000u);
    window->recovering({.delivered = 1000, .in_flight = 2000, .cumulative_advanced = true});
    EXPECT_EQ(window->window(), 2000u + 2000 + 1000);
    window->recovering({.delivered = 1000, .in_flight = 2000, .cumulative_advanced = false});
    EXPECT_EQ(window->window(), 2000u + 3000);
}

// HyStart++ sees the queue: after eight samples that are an eighth longer it grows a quarter as
// fast, and after five rounds of that slow start is over.
TEST_F(ModernWindow, LeavesSlowStartWhenRoundTripsGetLonger) {
    std::uint32_t tsn = 1;
    const auto round = [&](Duration round_trip) {
        const std::size_t before = window->window();
        for (int i = 0; i < 10; ++i) {
            AckedBytes acked = full(1000, *window);
            acked.newest = Tsn{tsn + static_cast<std::uint32_t>(i)};
            acked.next = Tsn{tsn + 10};
            acked.round_trip = round_trip;
            window->acked(acked);
        }
        tsn += 10;
        return window->window() - before;
    };
    EXPECT_EQ(round(100ms), 10'000u);
    EXPECT_EQ(round(100ms), 10'000u);
    EXPECT_EQ(round(113ms), 7000u + 3 * 250) << "the eighth sample tells, and counts";
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(round(113ms), 2500u);
    EXPECT_TRUE(window->in_slow_start());
    round(113ms);
    EXPECT_FALSE(window->in_slow_start());
}

// Later ones know where to end: RFC 9406 §4.3.
TEST_F(ModernWindow, WatchesRoundTripsInTheFirstSlowStartOnly) {
    window->timed_out(kFound);
    AckedBytes acked = full(100, *window);
    for (std::uint32_t i = 1; i < 40; ++i) {
        acked.newest = Tsn{i};
        acked.next = Tsn{i + 10};
        acked.round_trip = i * 10ms;
        acked.in_flight_before = window->window();
        window->acked(acked);
    }
    EXPECT_EQ(window->window(), 2000u + 39 * 100);
}

// RFC 9438 §4.9.2: all is as before when what was lost was not.
TEST_F(ModernWindow, IsWhatItWasWhenNothingWasLost) {
    window->acked(full(10'000, *window));
    window->lost(kFound);
    window->found_lost({.tsn = Tsn{3}});
    window->found_lost({.tsn = Tsn{4}});
    window->recovering({.delivered = 1000, .in_flight = 8000, .cumulative_advanced = false});
    EXPECT_FALSE(window->found_arrived(Tsn{3}, kFound.now));
    EXPECT_FALSE(window->found_arrived(Tsn{3}, kFound.now)) << "once more";
    EXPECT_FALSE(window->found_arrived(Tsn{5}, kFound.now));
    EXPECT_EQ(window->window(), 9000u);
    EXPECT_TRUE(window->found_arrived(Tsn{4}, kFound.now));
    EXPECT_EQ(window->window(), 20'000u);
    window->acked(full(10'000, *window));
    EXPECT_EQ(window->window(), 30'000u) << "slow start goes on";
}

TEST_F(ModernWindow, IsWhatItWasAfterARecoveryAndAfterATimeout) {
    leave_slow_start();
    window->lost(kFound);
    window->found_lost({.tsn = Tsn{3}});
    window->recovered();
    ASSERT_EQ(window->window(), 7000u);
    EXPECT_TRUE(window->found_arrived(Tsn{3}, kFound.now));
    EXPECT_EQ(window->window(), 10'000u);
    window->timed_out(kFound);
    window->found_lost({.tsn = Tsn{3}});
    ASSERT_EQ(window->window(), 2000u);
    EXPECT_TRUE(window->found_arrived(Tsn{3}, kFound.now));
    EXPECT_EQ(window->window(), 10'000u);
}

TEST_F(ModernWindow, UndoesNoLossThatIsLongOver) {
    LossFound found = kFound;
    found.doubted_until = found.now + 1s;
    for (const Duration late : {1000ms, 1001ms}) {
        window->lost(found);
        window->found_lost({.tsn = Tsn{3}});
        EXPECT_EQ(window->found_arrived(Tsn{3}, found.now + late), late == 1s);
    }
}

TEST_F(ModernWindow, UndoesNoLossAfterIdling) {
    window->lost(kFound);
    window->found_lost({.tsn = Tsn{3}});
    window->recovered();
    window->idle();
    EXPECT_FALSE(window->found_arrived(Tsn{3}, kFound.now));
}

TEST_F(ModernWindow, UndoesNoLossOfOtherNumbers) {
    window->lost(kFound);
    window->found_lost({.tsn = Tsn{3}});
    window->recovered();
    window->numbers_begin_again();
    EXPECT_FALSE(window->found_arrived(Tsn{3}, kFound.now));
}

// A peer that calls every loss none gets a larger share than others: it has to bear one in four.
TEST_F(ModernWindow, UndoesThreeLossesInARowUntilOneStands) {
    for (int i = 1; i <= 12; ++i) {
        window->lost(kFound);
        window->found_lost({.tsn = Tsn{3}});
        window->recovered();
        EXPECT_EQ(window->found_arrived(Tsn{3}, kFound.now), i % 4 != 0) << i;
    }
}

TEST_F(ModernWindow, StaysLargerThanItWas) {
    leave_slow_start();
    window->lost(kFound);
    window->found_lost({.tsn = Tsn{3}});
    window->recovered();
    Instant now{1h};
    for (; window->window() < 11'000; now += 100ms) {
        AckedBytes acked = full(window->window(), *window);
        acked.now = now;
        window->acked(acked);
    }
    const std::size_t larger = window->window();
    EXPECT_TRUE(window->found_arrived(Tsn{3}, kFound.now));
    EXPECT_EQ(window->window(), larger);
}

// A timeout within a recovery, or after another one, leaves no doubt.
TEST_F(ModernWindow, UndoesNoLossThatATimeoutConfirmed) {
    window->lost(kFound);
    window->found_lost({.tsn = Tsn{3}});
    window->timed_out(kFound);
    window->found_lost({.tsn = Tsn{4}});
    EXPECT_FALSE(window->found_arrived(Tsn{3}, kFound.now));
    EXPECT_FALSE(window->found_arrived(Tsn{4}, kFound.now));
    EXPECT_EQ(window->window(), 2000u);
}

// CUBIC goes on where its curve was.
TEST_F(ModernWindow, GoesOnOnItsCurveWhenNothingWasLost) {
    const auto other = make_congestion_controller(Congestion::modern, kPacket);
    const auto both = [&](auto&& call) {
        call(*window);
        call(*other);
    };
    Instant now{1h};
    const auto climb = [&](CongestionController& one) {
        AckedBytes acked = full(one.window(), one);
        acked.smoothed = 100ms;
        acked.now = now;
        one.acked(acked);
    };
    both([](auto& one) {
        one.acked(full(190'000, one));
        one.lost(kFound);
        one.recovered();
    });
    for (int i = 0; i < 10; ++i, now += 100ms)
        both(climb);
    window->lost(kFound);
    window->found_lost({.tsn = Tsn{5}});
    ASSERT_TRUE(window->found_arrived(Tsn{5}, kFound.now));
    for (int i = 0; i < 30; ++i, now += 100ms) {
        both(climb);
        ASSERT_EQ(window->window(), other->window());
    }
    EXPECT_GT(window->window(), 175'000u);
}

TEST_F(ModernWindow, KeepsItsPlaceOnTheCurveWhenPacketsGetSmaller) {
    window->acked(full(90'000, *window));
    window->lost(kFound);
    window->recovered();
    window->packet_size_changed(kPacket / 2);
    EXPECT_EQ(window->window(), 50'000u);
    Instant now{1h};
    // W_max is 200 packets of half the size: K = cbrt(100 / 0.4).
    const Duration inflection{static_cast<std::int64_t>(std::cbrt(100 / 0.4) * 1e9)};
    for (const Instant end = now + inflection; now < end; now += 20ms) {
        AckedBytes acked = full(window->window() / 5, *window);
        acked.smoothed = 100ms;
        acked.now = now;
        window->acked(acked);
    }
    EXPECT_NEAR(static_cast<double>(window->window()), 100'000.0, 1000.0);
}

TEST_F(ModernWindow, NeverGrowsWithoutBound) {
    for (int i = 0; i < 64; ++i)
        window->acked(full(window->window(), *window));
    EXPECT_EQ(window->window(), std::size_t{1} << 30);
}

} // namespace
} // namespace hawser::sctp
