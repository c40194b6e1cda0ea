// Which losses turn out to have been none.
#include "sctp/tx/loss_doubts.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

struct Doubts : testing::Test {
    LossDoubts doubts;
    Doubts() { doubts.begin(Tsn{0xffff'fff0}, 100); } // across the end of the circle

    void lose(std::initializer_list<std::uint32_t> tsns) {
        for (const std::uint32_t tsn : tsns)
            doubts.lost(Tsn{tsn}, false);
    }
};

TEST_F(Doubts, EndWhenTheLastChunkHasArrived) {
    lose({0xffff'fff0, 0xffff'ffff, 0, 83});
    EXPECT_EQ(doubts.marked(), 4u);
    EXPECT_FALSE(doubts.arrived(Tsn{0}));
    EXPECT_FALSE(doubts.arrived(Tsn{83}));
    EXPECT_FALSE(doubts.arrived(Tsn{0xffff'fff0}));
    EXPECT_TRUE(doubts.arrived(Tsn{0xffff'ffff}));
    EXPECT_FALSE(doubts.arrived(Tsn{0xffff'ffff})) << "once";
}

TEST_F(Doubts, DoNotCareForOtherChunks) {
    lose({1});
    for (const std::uint32_t other : {0u, 2u, 1'000'000u, 0x8000'0000u})
        EXPECT_FALSE(doubts.arrived(Tsn{other}));
    EXPECT_FALSE(doubts.arrived(Tsn{0xffff'ffef}));
    EXPECT_TRUE(doubts.arrived(Tsn{1}));
}

TEST_F(Doubts, CountAChunkOnce) {
    lose({1, 1});
    EXPECT_TRUE(doubts.arrived(Tsn{1}));
}

// It may have arrived by its second and its third transmission.
TEST_F(Doubts, EndWithAChunkThatWasSentAgainBefore) {
    lose({1});
    doubts.lost(Tsn{2}, true);
    EXPECT_FALSE(doubts.arrived(Tsn{1}));
    EXPECT_FALSE(doubts.arrived(Tsn{2}));
}

TEST_F(Doubts, EndWithAChunkThatWasNotOutstanding) {
    lose({1, 500});
    EXPECT_FALSE(doubts.arrived(Tsn{500}));
    EXPECT_FALSE(doubts.arrived(Tsn{1}));
}

TEST_F(Doubts, EndWhenTheyAreSettled) {
    lose({1});
    doubts.settle();
    EXPECT_FALSE(doubts.arrived(Tsn{1}));
    doubts.begin(Tsn{1}, 10);
    lose({1});
    EXPECT_TRUE(doubts.arrived(Tsn{1})) << "and begin anew";
}

TEST(NoDoubts, AreThereBeforeTheFirstLoss) {
    LossDoubts doubts;
    EXPECT_FALSE(doubts.arrived(Tsn{}));
}

} // namespace
} // namespace hawser::sctp
