// The congestion windows by themselves: what each thing that happens makes of them.
#include "sctp/tx/congestion.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

constexpr std::size_t kPacket = 1000;

AckedBytes full(std::size_t bytes, const CongestionController& window) {
    return {.bytes = bytes,
            .in_flight_before = window.window(),
            .cumulative_advanced = true,
            .in_recovery = false};
}

struct RfcWindow : testing::Test {
    std::unique_ptr<CongestionController> window =
        make_congestion_controller(Congestion::rfc9260, kPacket);
    /// Slow start is over, at this window.
    void leave_slow_start() {
        for (int i = 0; i < 16; ++i)
            window->acked(full(kPacket, *window));
        window->lost();
        ASSERT_EQ(window->window(), 10'000u);
        ASSERT_TRUE(window->in_slow_start()) << "cwnd == ssthresh is still slow start";
        window->acked(full(kPacket, *window));
        ASSERT_FALSE(window->in_slow_start());
        ASSERT_EQ(window->window(), 11'000u);
    }
};

TEST_F(RfcWindow, BeginsWithMin4PacketsMax2PacketsAnd4404) {
    EXPECT_EQ(window->window(), 4000u);
    EXPECT_EQ(make_congestion_controller(Congestion::rfc9260, 1452)->window(), 4404u);
    EXPECT_EQ(make_congestion_controller(Congestion::rfc9260, 9000)->window(), 18'000u);
}

TEST_F(RfcWindow, GrowsInSlowStartByWhatWasAcknowledgedUpToAPacket) {
    window->acked(full(300, *window));
    EXPECT_EQ(window->window(), 4300u);
    window->acked(full(5000, *window));
    EXPECT_EQ(window->window(), 5300u);
}

TEST_F(RfcWindow, DoesNotGrowInSlowStartUnlessAllThreeConditionsHold) {
    AckedBytes acked = full(kPacket, *window);
    acked.in_flight_before = window->window() - 1;
    window->acked(acked);
    acked = full(kPacket, *window);
    acked.cumulative_advanced = false;
    window->acked(acked);
    acked = full(kPacket, *window);
    acked.in_recovery = true;
    window->acked(acked);
    EXPECT_EQ(window->window(), 4000u);
}

TEST_F(RfcWindow, GrowsAPacketForEachWindowAcknowledgedInCongestionAvoidance) {
    leave_slow_start();
    for (int i = 0; i < 10; ++i)
        window->acked(full(kPacket, *window));
    EXPECT_EQ(window->window(), 11'000u) << "partial_bytes_acked is 10,000";
    window->acked(full(kPacket, *window));
    EXPECT_EQ(window->window(), 12'000u);
    for (int i = 0; i < 11; ++i)
        window->acked(full(kPacket, *window));
    EXPECT_EQ(window->window(), 12'000u);
    window->acked(full(kPacket, *window));
    EXPECT_EQ(window->window(), 13'000u);
}

TEST_F(RfcWindow, KeepsNoMoreThanAWindowOfPartialBytesWhileItIsNotUsed) {
    leave_slow_start();
    AckedBytes acked = full(20'000, *window);
    acked.in_flight_before = 100;
    for (int i = 0; i < 10; ++i)
        window->acked(acked);
    EXPECT_EQ(window->window(), 11'000u);
    window->acked(full(1, *window));
    EXPECT_EQ(window->window(), 12'000u);
    window->acked(full(1, *window));
    EXPECT_EQ(window->window(), 12'000u) << "what was spared was one window's worth";
}

TEST_F(RfcWindow, HalvesAtALossButNotBelow4Packets) {
    leave_slow_start();
    window->lost();
    EXPECT_EQ(window->window(), 5500u);
    window->lost();
    EXPECT_EQ(window->window(), 4000u);
    window->lost();
    EXPECT_EQ(window->window(), 4000u);
}

TEST_F(RfcWindow, FallsToOnePacketAtATimeoutAndClimbsToHalf) {
    leave_slow_start();
    window->timed_out();
    EXPECT_EQ(window->window(), kPacket);
    EXPECT_TRUE(window->in_slow_start());
    for (int i = 0; i < 5; ++i)
        window->acked(full(kPacket, *window));
    EXPECT_EQ(window->window(), 6000u) << "slow start ends above 5500";
    EXPECT_FALSE(window->in_slow_start());
}

// RFC 9260 §7.2.3 and §7.2.4: what was acknowledged before counts for no growth after it.
TEST_F(RfcWindow, ForgetsPartialBytesAtALossAndAtATimeout) {
    leave_slow_start();
    const auto gather = [this] {
        const std::size_t before = window->window();
        for (std::size_t bytes = 0; bytes + kPacket < before; bytes += kPacket)
            window->acked(full(kPacket, *window));
        EXPECT_EQ(window->window(), before) << "not a window's worth yet";
    };
    gather();
    window->lost();
    EXPECT_EQ(window->window(), 5500u);
    window->acked(full(kPacket, *window));
    EXPECT_FALSE(window->in_slow_start());
    gather();
    window->timed_out();
    for (int i = 0; i < 4; ++i)
        window->acked(full(kPacket, *window));
    EXPECT_EQ(window->window(), 5000u);
    EXPECT_FALSE(window->in_slow_start());
    gather();
    window->acked(full(kPacket, *window));
    EXPECT_EQ(window->window(), 6000u);
}

TEST_F(RfcWindow, HalvesWhileItIdlesDownTo4Packets) {
    leave_slow_start();
    window->idle();
    EXPECT_EQ(window->window(), 5500u);
    window->idle();
    EXPECT_EQ(window->window(), 4000u);
    window->timed_out();
    window->idle();
    EXPECT_EQ(window->window(), kPacket) << "idling opens nothing";
}

// RFC 8899 §3 (7).
TEST_F(RfcWindow, DoesNotGrowWithThePackets) {
    window->timed_out();
    window->packet_size_changed(9000);
    EXPECT_EQ(window->window(), kPacket);
}

struct ModernWindow : testing::Test {
    std::unique_ptr<CongestionController> window =
        make_congestion_controller(Congestion::modern, kPacket);
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

// RFC 9438 §4.3: 3 * (1 - 0.7) / (1 + 0.7) packets for each window.
TEST_F(ModernWindow, ClimbsNineSeventeenthsOfAPacketForEachWindowAfterALoss) {
    window->acked(full(10'000, *window));
    window->lost();
    EXPECT_EQ(window->window(), 14'000u);
    window->acked(full(1, *window)); // slow start includes equality: one byte leaves it
    const std::size_t before = window->window();
    window->acked(full(before, *window));
    EXPECT_EQ(window->window(), before + kPacket * 9 / 17);
}

// Whatever the size of the steps: what a SACK leaves of a packet counts with the next.
TEST_F(ModernWindow, ClimbsInManySmallStepsAsInOne) {
    window->acked(full(10'000, *window));
    window->lost();
    window->acked(full(1, *window));
    const std::size_t before = window->window();
    for (std::size_t acked = 0; acked < before; acked += 100)
        window->acked(full(100, *window));
    EXPECT_NEAR(static_cast<double>(window->window()),
                static_cast<double>(before + kPacket * 9 / 17), 20.0);
}

// With packets of 17 bytes a byte that is acknowledged is worth 9 of the window's: to the last one,
// and from zero after a loss and after a timeout.
TEST(SmallModernWindow, GrowsByAByteForEachOfItsBytesThatNineTimesAsManyMakeUp) {
    const auto window = make_congestion_controller(Congestion::modern, 17);
    const auto grows = [&window](std::size_t acked) {
        const std::size_t before = window->window();
        window->acked(full(acked, *window));
        return window->window() - before;
    };
    EXPECT_EQ(grows(10), 10u) << "slow start";
    window->lost();
    EXPECT_EQ(window->window(), 126u);
    EXPECT_EQ(grows(1), 1u);
    EXPECT_EQ(grows(14), 0u) << "126 of 127";
    EXPECT_EQ(grows(1), 1u);
    EXPECT_EQ(grows(13), 0u) << "8 and 117 of 128";
    window->lost();
    EXPECT_EQ(window->window(), 89u);
    EXPECT_EQ(grows(1), 1u) << "slow start includes equality";
    EXPECT_EQ(grows(9), 0u) << "81 of 90";
    window->timed_out();
    EXPECT_EQ(window->window(), 34u);
    EXPECT_EQ(grows(30), 30u) << "beyond seven tenths of 90";
    EXPECT_EQ(grows(7), 0u) << "63 of 64";
    EXPECT_EQ(grows(1), 1u);
}

TEST_F(ModernWindow, FallsToSevenTenthsAtALossButNotBelow2Packets) {
    window->lost();
    EXPECT_EQ(window->window(), 7000u);
    for (int i = 0; i < 20; ++i)
        window->lost();
    EXPECT_EQ(window->window(), 2000u);
}

TEST_F(ModernWindow, FallsTo2PacketsAtATimeoutAndClimbsToSevenTenths) {
    window->timed_out();
    EXPECT_EQ(window->window(), 2000u);
    window->acked(full(4000, *window));
    EXPECT_TRUE(window->in_slow_start());
    window->acked(full(2000, *window));
    EXPECT_FALSE(window->in_slow_start()) << "8000 is above 7000";
}

TEST_F(ModernWindow, HalvesWhileItIdlesDownToItsBeginning) {
    window->acked(full(30'000, *window));
    window->idle();
    EXPECT_EQ(window->window(), 20'000u);
    window->idle();
    window->idle();
    EXPECT_EQ(window->window(), 10'000u);
    window->timed_out();
    window->idle();
    EXPECT_EQ(window->window(), 2000u) << "idling opens nothing";
}

TEST_F(ModernWindow, NeverGrowsWithoutBound) {
    for (int i = 0; i < 64; ++i)
        window->acked(full(window->window(), *window));
    EXPECT_EQ(window->window(), std::size_t{1} << 30);
}

} // namespace
} // namespace hawser::sctp
