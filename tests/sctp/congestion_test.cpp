// The congestion windows by themselves: what each thing that happens makes of them.
#include "sctp/tx/congestion.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

constexpr std::size_t kPacket = 1000;

const LossFound kFound{.in_flight = 10'000, .first = Tsn{1}, .chunks = 10};

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
        window->lost(kFound);
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
    window->lost(kFound);
    EXPECT_EQ(window->window(), 5500u);
    window->lost(kFound);
    EXPECT_EQ(window->window(), 4000u);
    window->lost(kFound);
    EXPECT_EQ(window->window(), 4000u);
}

TEST_F(RfcWindow, FallsToOnePacketAtATimeoutAndClimbsToHalf) {
    leave_slow_start();
    window->timed_out(kFound);
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
    window->lost(kFound);
    EXPECT_EQ(window->window(), 5500u);
    window->acked(full(kPacket, *window));
    EXPECT_FALSE(window->in_slow_start());
    gather();
    window->timed_out(kFound);
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
    window->timed_out(kFound);
    window->idle();
    EXPECT_EQ(window->window(), kPacket) << "idling opens nothing";
}

// RFC 8899 §3 (7).
TEST_F(RfcWindow, DoesNotGrowWithThePackets) {
    window->timed_out(kFound);
    window->packet_size_changed(9000);
    EXPECT_EQ(window->window(), kPacket);
}

} // namespace
} // namespace hawser::sctp
