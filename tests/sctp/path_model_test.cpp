// The parts of a path's model: the most it delivers, its shortest round trip, when it is full.
#include "sctp/tx/ack_aggregation.hpp"
#include "sctp/tx/bandwidth_filter.hpp"
#include "sctp/tx/full_pipe.hpp"
#include "sctp/tx/least_round_trip.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kBegin{1h};

TEST(BandwidthFilter, ForgetsARateAfterTwoCycles) {
    BandwidthFilter most;
    EXPECT_EQ(most.most(), 0);
    most.sample(100);
    most.sample(50);
    EXPECT_EQ(most.most(), 100);
    most.next_cycle();
    most.sample(60);
    EXPECT_EQ(most.most(), 100);
    most.next_cycle();
    EXPECT_EQ(most.most(), 60);
}

TEST(BandwidthFilter, KeepsWhatItKnowsInACycleWithoutSamples) {
    BandwidthFilter most;
    most.sample(100);
    for (int i = 0; i < 5; ++i)
        most.next_cycle();
    EXPECT_EQ(most.most(), 100);
}

TEST(LeastRoundTrip, IsTheShortestOfTenSeconds) {
    LeastRoundTrip least;
    EXPECT_FALSE(least.is_known());
    least.sample(100ms, kBegin);
    for (Duration at = 1s; at <= 10s; at += 1s)
        least.sample(120ms, kBegin + at);
    EXPECT_EQ(least.value(), 100ms);
    least.sample(120ms, kBegin + 11s);
    EXPECT_EQ(least.value(), 120ms);
    least.sample(90ms, kBegin + 12s);
    EXPECT_EQ(least.value(), 90ms);
}

TEST(LeastRoundTrip, IsToBeLookedForWhenFiveSecondsHaveShownNoneAsShort) {
    LeastRoundTrip least;
    least.sample(100ms, kBegin);
    least.sample(120ms, kBegin + 5s);
    EXPECT_FALSE(least.is_due());
    least.sample(120ms, kBegin + 5s + 1ms);
    EXPECT_TRUE(least.is_due());
    least.looked(kBegin + 6s);
    least.sample(120ms, kBegin + 7s);
    EXPECT_FALSE(least.is_due());
}

// Where no queue hides it, nothing has to be drained to see it.
TEST(LeastRoundTrip, IsNotToBeLookedForWhereItIsSeenAgain) {
    LeastRoundTrip least;
    least.sample(100ms, kBegin);
    for (Duration at = 1s; at <= 20s; at += 1s) {
        least.sample(at.count() % 2 == 0 ? 101ms : 130ms, kBegin + at);
        EXPECT_FALSE(least.is_due());
    }
    EXPECT_EQ(least.value(), 100ms);
}

TEST(FullPipe, IsFullAfterThreeRoundsWithoutAQuarterMore) {
    FullPipe pipe;
    double rate = 100;
    for (int i = 0; i < 10; ++i)
        pipe.sample(rate *= 1.25, true);
    pipe.sample(rate * 1.24, true);
    pipe.sample(rate * 1.24, false);
    pipe.sample(rate * 1.24, true);
    EXPECT_FALSE(pipe.is_full());
    pipe.sample(rate * 1.24, true);
    EXPECT_TRUE(pipe.is_full());
    pipe.sample(10 * rate, true);
    EXPECT_TRUE(pipe.is_full()) << "until it looks anew";
    pipe.begin_again(10 * rate);
    EXPECT_FALSE(pipe.is_full());
}

TEST(AckAggregation, IsWhatComesBeyondTheRate) {
    AckAggregation aggregation;
    aggregation.acked(1000, 100'000, 1'000'000, kBegin);
    aggregation.acked(1000, 100'000, 1'000'000, kBegin + 10ms);
    EXPECT_EQ(aggregation.most(), 1000u) << "a packet at a time, and no more";
    aggregation.acked(8000, 100'000, 1'000'000, kBegin + 20ms);
    EXPECT_EQ(aggregation.most(), 8000u);
    aggregation.acked(1'000'000, 100'000, 50'000, kBegin + 30ms);
    EXPECT_EQ(aggregation.most(), 50'000u) << "never more than the window";
}

TEST(AckAggregation, IsForgottenAfterTenRounds) {
    AckAggregation aggregation;
    aggregation.acked(8000, 100'000, 1'000'000, kBegin);
    for (int i = 0; i < 9; ++i)
        aggregation.round();
    EXPECT_EQ(aggregation.most(), 8000u);
    aggregation.round();
    EXPECT_EQ(aggregation.most(), 0u);
}

} // namespace
} // namespace hawser::sctp
