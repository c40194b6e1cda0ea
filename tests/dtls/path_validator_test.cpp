#include "dtls/path_validator.hpp"

#include <gtest/gtest.h>

namespace hawser::dtls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Path kHome{.local = *Address::parse("192.0.2.1:4433"),
                 .remote = *Address::parse("198.51.100.1:1000")};
const Path kAway{.local = *Address::parse("192.0.2.1:4433"),
                 .remote = *Address::parse("203.0.113.9:2000")};

struct PathValidation : testing::Test {
    SeededRandom random{1};
    PathValidator validator;
    Instant now = Instant{} + seconds{100};
};

TEST_F(PathValidation, BeginsWithTheFirstRecordFromANewPath) {
    EXPECT_EQ(validator.deadline(), kNever);
    EXPECT_TRUE(validator.on_record(kAway, 100, random, now));
    EXPECT_FALSE(validator.on_record(kAway, 100, random, now)) << "it is being asked already";
    const auto asked = validator.challenge(40, now);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->to, kAway);
    EXPECT_TRUE(validator.is_asked(asked->cookie));
    EXPECT_FALSE(validator.is_asked(asked->cookie + 1));
    EXPECT_EQ(validator.candidate(), kAway);
}

TEST_F(PathValidation, AsksAgainEachSecondAndGivesUpAfterSix) {
    validator.on_record(kAway, 1000, random, now);
    const Instant begun = now;
    int challenges = validator.challenge(40, now) ? 1 : 0;
    while (validator.deadline() != kNever) {
        now = validator.deadline();
        if (!validator.advance(now)) continue;
        EXPECT_EQ(now, begun + seconds{challenges});
        challenges += validator.challenge(40, now) ? 1 : 0;
    }
    EXPECT_EQ(challenges, 6);
    EXPECT_EQ(now, begun + seconds{6});
    EXPECT_FALSE(validator.is_asked(0));
}

TEST_F(PathValidation, SendsAtMostThreeTimesWhatCame) {
    validator.on_record(kAway, 40, random, now);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(validator.challenge(40, now)) << i;
    EXPECT_FALSE(validator.challenge(40, now));
    validator.on_record(kAway, 14, random, now);
    EXPECT_TRUE(validator.challenge(42, now)) << "3 x 14 more";
    EXPECT_FALSE(validator.challenge(1, now));
}

TEST_F(PathValidation, AnotherPathTakesThePlaceOfTheOneThatIsAsked) {
    validator.on_record(kAway, 100, random, now);
    const auto first = validator.challenge(40, now);
    EXPECT_TRUE(validator.on_record(kHome, 100, random, now));
    const auto second = validator.challenge(40, now);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(second->to, kHome);
    EXPECT_FALSE(validator.is_asked(first->cookie));
    EXPECT_TRUE(validator.is_asked(second->cookie));
}

TEST_F(PathValidation, EndsWhenItIsTold) {
    validator.on_record(kAway, 100, random, now);
    const auto asked = validator.challenge(40, now);
    validator.end();
    EXPECT_FALSE(validator.is_asked(asked->cookie));
    EXPECT_EQ(validator.deadline(), kNever);
    EXPECT_FALSE(validator.advance(now + seconds{1}));
}

} // namespace
} // namespace hawser::dtls
