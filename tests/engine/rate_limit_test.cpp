#include "engine/rate_limit.hpp"

#include <gtest/gtest.h>

namespace hawser {
namespace {

using namespace std::chrono_literals;

int taken(RateLimit& limit, Instant now) {
    int count = 0;
    while (limit.take(now))
        ++count;
    return count;
}

TEST(RateLimit, HoldsOneSecondsWorth) {
    const Instant start{1h};
    RateLimit limit{10, start};
    EXPECT_EQ(taken(limit, start), 10);
    EXPECT_EQ(taken(limit, start + 99ms), 0);
    EXPECT_EQ(taken(limit, start + 100ms), 1);
    EXPECT_EQ(taken(limit, start + 600ms), 5);
    EXPECT_EQ(taken(limit, start + 1h), 10) << "an hour saves no more than a second";
}

TEST(RateLimit, GivesItsRateHoweverOftenItIsAsked) {
    RateLimit limit{1000, Instant{}};
    taken(limit, Instant{});
    int count = 0;
    for (int i = 1; i <= 10'000; ++i)
        count += taken(limit, Instant{} + i * 100us);
    EXPECT_NEAR(count, 1000, 1);
}

TEST(RateLimit, OfNothingAllowsNothing) {
    RateLimit limit{0, Instant{}};
    EXPECT_FALSE(limit.take(Instant{} + 1h));
}

} // namespace
} // namespace hawser
