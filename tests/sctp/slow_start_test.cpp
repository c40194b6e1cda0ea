// HyStart++ (RFC 9406), with round trips drawn by hand.
#include "sctp/tx/slow_start.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

struct HyStart : testing::Test {
    SlowStart slow_start;
    std::uint32_t next = 1;
    std::uint32_t acked = 0;

    /// It grows a quarter as fast.
    bool is_conservative() const { return slow_start.growth(4) == 1; }
    /// A round of `samples` packets; true when slow start ended with its first acknowledgement.
    bool round(Duration round_trip, int samples = 8) {
        next = acked + static_cast<std::uint32_t>(samples) + 1;
        bool over = false;
        for (int i = 0; i < samples; ++i) {
            over |= slow_start.acked(Tsn{++acked}, Tsn{next});
            slow_start.sample(round_trip);
        }
        return over;
    }
};

// An eighth of 50 ms is 6.25, of 56 ms 7, of 62 ms 7.75.
TEST_F(HyStart, BecomesConservativeWhenARoundIsAnEighthLonger) {
    round(50ms);
    round(50ms);
    EXPECT_FALSE(is_conservative());
    round(56ms);
    EXPECT_FALSE(is_conservative());
    EXPECT_EQ(slow_start.growth(4000), 4000u);
    round(62ms);
    EXPECT_FALSE(is_conservative());
    round(70ms);
    EXPECT_TRUE(is_conservative());
    EXPECT_EQ(slow_start.growth(4000), 1000u);
}

TEST_F(HyStart, AsksFor4MillisecondsAtLeastAnd16AtMost) {
    round(8ms);
    round(12ms - 1ns);
    EXPECT_FALSE(is_conservative());
    slow_start = {};
    round(8ms);
    round(12ms);
    EXPECT_TRUE(is_conservative());
    slow_start = {};
    round(400ms);
    round(416ms - 1ns);
    EXPECT_FALSE(is_conservative());
    slow_start = {};
    round(400ms);
    round(416ms);
    EXPECT_TRUE(is_conservative());
}

TEST_F(HyStart, BelievesNoRoundOfFewerThanEightSamples) {
    round(50ms);
    round(100ms, 7);
    EXPECT_FALSE(is_conservative());
}

TEST_F(HyStart, JudgesARoundByItsShortest) {
    round(50ms);
    slow_start.acked(Tsn{++acked}, Tsn{acked + 100});
    slow_start.sample(52ms);
    for (int i = 0; i < 50; ++i)
        slow_start.sample(90ms);
    EXPECT_FALSE(is_conservative());
}

// The round in which it began is the first of five.
TEST_F(HyStart, IsOverAfterFiveConservativeRounds) {
    round(50ms);
    round(60ms);
    ASSERT_TRUE(is_conservative());
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(round(60ms));
    EXPECT_TRUE(round(60ms));
}

TEST_F(HyStart, GoesOnAsBeforeWhenRoundTripsGetShorter) {
    round(50ms);
    round(60ms);
    round(60ms);
    ASSERT_TRUE(is_conservative());
    round(60ms - 1ns);
    EXPECT_FALSE(is_conservative());
    EXPECT_EQ(slow_start.growth(4000), 4000u);
    round(80ms);
    EXPECT_TRUE(is_conservative()) << "and may be seen again";
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(round(80ms)) << "from the beginning";
}

// A round ends when the first of what left after it is acknowledged.
TEST_F(HyStart, CountsRoundsByWhatWasSent) {
    round(50ms);
    slow_start.acked(Tsn{9}, Tsn{20}); // the second round: what left before 20
    for (int i = 0; i < 4; ++i)
        slow_start.sample(60ms);
    EXPECT_FALSE(slow_start.acked(Tsn{19}, Tsn{40}));
    for (int i = 0; i < 4; ++i)
        slow_start.sample(60ms);
    EXPECT_TRUE(is_conservative());
}

// RFC 6525 §5.2.4: half the circle away no TSN would ever end the round.
TEST_F(HyStart, GoesOnWhereTsnsBeginAgain) {
    round(50ms);
    acked += 0x8000'0000;
    slow_start.begin_round_again();
    round(50ms);
    round(70ms);
    EXPECT_TRUE(is_conservative());
}

} // namespace
} // namespace hawser::sctp
