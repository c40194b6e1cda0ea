// RFC 9260 §6.3.1, with its numbers worked out by hand.
#include "sctp/tx/rtt.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

Options between(Duration least, Duration most) {
    Options options;
    options.rto_initial = 3s;
    options.rto_min = least;
    options.rto_max = most;
    return options;
}

TEST(RttEstimator, BeginsWithTheInitialRto) {
    const RttEstimator rtt{between(1ms, 60s)};
    EXPECT_EQ(rtt.rto(), 3s);
    EXPECT_EQ(rtt.smoothed(), Duration{});
}

TEST(RttEstimator, TakesTheFirstSampleAsItIs) {
    const Options options = between(1ms, 60s);
    RttEstimator rtt{options};
    rtt.sample(100ms, options);
    EXPECT_EQ(rtt.smoothed(), 100ms);
    EXPECT_EQ(rtt.rto(), 300ms) << "SRTT + 4 * R / 2";
}

TEST(RttEstimator, WeighsALaterSampleByAnEighthAndItsErrorByAQuarter) {
    const Options options = between(1ms, 60s);
    RttEstimator rtt{options};
    rtt.sample(100ms, options); // SRTT 100, RTTVAR 50
    rtt.sample(180ms, options); // RTTVAR 50 * 3/4 + 80 / 4, SRTT 100 * 7/8 + 180 / 8
    EXPECT_EQ(rtt.smoothed(), 110ms);
    EXPECT_EQ(rtt.rto(), 110ms + 4 * 57'500us);
    rtt.sample(30ms, options); // the error has no sign
    EXPECT_EQ(rtt.smoothed(), 100ms);
    EXPECT_EQ(rtt.rto(), 100ms + 4 * 63'125us);
}

TEST(RttEstimator, RemembersTheLeast) {
    const Options options = between(1ms, 60s);
    RttEstimator rtt{options};
    for (const Duration sample : {90ms, 40ms, 70ms})
        rtt.sample(sample, options);
    EXPECT_EQ(rtt.least(), 40ms);
}

TEST(RttEstimator, KeepsTheRtoWithinItsBounds) {
    const Options options = between(200ms, 1s);
    RttEstimator rtt{options};
    rtt.sample(1ms, options);
    EXPECT_EQ(rtt.rto(), 200ms);
    rtt.sample(5s, options);
    EXPECT_EQ(rtt.rto(), 1s);
}

// RFC 9260 §6.3.3 (E2), and §6.3.1 (C5): a sample ends the backoff.
TEST(RttEstimator, DoublesTheRtoForEachTimeoutUntilASample) {
    const Options options = between(1ms, 1s);
    RttEstimator rtt{options};
    rtt.sample(100ms, options);
    rtt.timed_out(options);
    EXPECT_EQ(rtt.rto(), 600ms);
    rtt.timed_out(options);
    EXPECT_EQ(rtt.rto(), 1s) << "RTO.Max";
    rtt.sample(100ms, options);
    EXPECT_EQ(rtt.rto(), 100ms + 4 * 37'500us);
}

// RFC 9260 §6.3.1 (C4) wants a variation of more than zero: the clock's granularity.
TEST(RttEstimator, LeavesRoomForTheClockAboveAConstantRoundTrip) {
    const Options options = between(Duration{1}, 60s);
    RttEstimator rtt{options};
    for (int i = 0; i < 100; ++i)
        rtt.sample(10ms, options);
    EXPECT_EQ(rtt.smoothed(), 10ms);
    EXPECT_EQ(rtt.rto(), 14ms);
}

} // namespace
} // namespace hawser::sctp
