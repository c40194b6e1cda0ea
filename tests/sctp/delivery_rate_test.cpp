// Delivery rates: bytes over the longer of the time they took to leave and the time they took to
// be acknowledged.
#include "sctp/tx/delivery_rate.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kBegin{1h};

struct Rates : testing::Test {
    DeliveryRate rates;

    void left(Duration at, std::size_t in_flight, bool limited = false) {
        rates.left({.in_flight = in_flight, .application_limited = limited, .now = kBegin + at});
    }
    RateSample acked(std::size_t bytes, Duration sent_at, Duration at, Duration least = {}) {
        return rates.acked(bytes, kBegin + sent_at, kBegin + at, least).value();
    }
};

TEST_F(Rates, AreWhatArrivedInARoundTrip) {
    left(0ms, 10'000);
    const RateSample sample = acked(10'000, 0ms, 100ms);
    EXPECT_DOUBLE_EQ(sample.rate, 100'000);
    EXPECT_EQ(sample.delivered, 10'000u);
    EXPECT_EQ(sample.delivered_until, 0u);
    EXPECT_EQ(sample.in_flight, 10'000u);
}

// A second train leaves with 4000 of the first acknowledged 10 ms ago, and takes 100 ms.
TEST_F(Rates, CountFromWhatWasLastAcknowledgedAtDeparture) {
    left(0ms, 10'000);
    acked(4000, 0ms, 100ms);
    left(110ms, 8000);
    acked(6000, 0ms, 120ms);
    EXPECT_DOUBLE_EQ(acked(2000, 110ms, 210ms).rate, 8000 / 0.110);
}

// Ten trains leave in 90 ms; their SACKs come all at once.
TEST_F(Rates, AreNoFasterThanTheTrainsLeft) {
    for (int i = 0; i < 10; ++i)
        left(10ms * i, 1000u * static_cast<unsigned>(i + 1));
    acked(1000, 0ms, 100ms);
    left(100ms, 10'000);
    const RateSample sample = acked(10'000, 100ms, 101ms);
    EXPECT_DOUBLE_EQ(sample.rate, 10'000 / 0.100);
}

TEST_F(Rates, SayNothingOfTooShortATime) {
    left(0ms, 1000);
    EXPECT_EQ(acked(1000, 0ms, 9ms, 10ms).rate, 0);
    left(20ms, 1000);
    EXPECT_GT(acked(1000, 20ms, 30ms, 10ms).rate, 0);
}

TEST_F(Rates, SayNothingWithoutAnInstantOfDeparture) {
    EXPECT_FALSE(rates.acked(1000, std::nullopt, kBegin, {}));
    EXPECT_FALSE(rates.acked(1000, kBegin, kBegin + 1ms, {})) << "nothing has left";
    EXPECT_EQ(rates.delivered(), 2000u);
}

TEST_F(Rates, AreTheApplicationsUntilSomethingArrivesThatLeftAfterItsLast) {
    left(0ms, 1000, true);
    left(10ms, 3000);
    EXPECT_TRUE(acked(1000, 0ms, 100ms).application_limited);
    EXPECT_TRUE(rates.is_application_limited()) << "it may have left in the pause";
    EXPECT_TRUE(acked(1000, 10ms, 110ms).application_limited);
    EXPECT_FALSE(rates.is_application_limited());
    left(115ms, 2000);
    EXPECT_FALSE(acked(1000, 115ms, 215ms).application_limited);
}

TEST_F(Rates, DoNotCountThePauseBeforeAFlight) {
    left(0ms, 1000);
    acked(1000, 0ms, 100ms);
    rates.landed();
    left(10s, 1000);
    EXPECT_DOUBLE_EQ(acked(1000, 10s, 10s + 100ms).rate, 10'000);
}

TEST_F(Rates, KnowWhatWasLostSinceATrainLeft) {
    left(0ms, 5000);
    left(10ms, 9000);
    EXPECT_EQ(rates.lost(1000, kBegin).lost_since, 1000u);
    left(20ms, 9000);
    const auto at = rates.lost(500, kBegin + 10ms);
    EXPECT_EQ(at.in_flight, 9000u);
    EXPECT_EQ(at.lost_since, 1500u);
    EXPECT_EQ(rates.lost(500, kBegin + 20ms).lost_since, 1000u);
    EXPECT_EQ(rates.lost(), 2000u);
}

TEST_F(Rates, KnowNothingOfWhatLeftBeforeAll) {
    left(10ms, 5000);
    EXPECT_EQ(rates.lost(1000, kBegin).in_flight, 0u);
}

TEST_F(Rates, TakeTrainsOfOneInstantForOne) {
    left(0ms, 1000);
    left(0ms, 2000);
    EXPECT_EQ(acked(2000, 0ms, 10ms).in_flight, 2000u);
}

// More trains than it keeps: the oldest are forgotten, and it is still right about the others.
TEST_F(Rates, ForgetTheOldestOfTooMany) {
    for (int i = 0; i < 10'000; ++i)
        left(1ms * i, 1000u + static_cast<unsigned>(i));
    EXPECT_EQ(acked(1, 9000ms, 10'000ms).in_flight, 10'000u);
    EXPECT_EQ(rates.lost(1, kBegin + 1000ms).in_flight, 0u);
    EXPECT_EQ(acked(1, 9999ms, 10'001ms).in_flight, 10'999u);
}

} // namespace
} // namespace hawser::sctp
