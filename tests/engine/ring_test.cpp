#include "engine/ring.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace hawser {
namespace {

template <class T, std::size_t kKept>
std::vector<T> drained(Ring<T, kKept>& ring) {
    std::vector<T> all;
    while (!ring.empty())
        all.push_back(ring.pop_front());
    return all;
}

TEST(Ring, GivesInTheOrderOfTaking) {
    Ring<int> ring;
    for (int i = 0; i < 100; ++i)
        ring.push_back(i);
    EXPECT_EQ(ring.size(), 100u);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(ring.pop_front(), i);
    EXPECT_TRUE(ring.empty());
}

TEST(Ring, KeepsItsOrderWhenItGrowsRoundTheEnd) {
    Ring<int> ring;
    for (int i = 0; i < 8; ++i)
        ring.push_back(i); // full
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(ring.pop_front(), i);
    for (int i = 8; i < 20; ++i)
        ring.push_back(i);
    EXPECT_EQ(drained(ring), (std::vector{5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}));
}

TEST(Ring, LeavesTheRoomOfABurstToTheNextQueueThatNeedsIt) {
    using Queue = Ring<int, 64>;
    Queue::Room spare;
    Queue one;
    Queue other;
    for (int i = 0; i < 1000; ++i)
        one.push_back(i, spare);
    EXPECT_TRUE(spare.empty());
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(one.pop_front(spare), i);
    const int* const room = spare.data();
    EXPECT_EQ(spare.size(), 1024u);
    for (int i = 0; i < 1000; ++i)
        other.push_back(i, spare);
    EXPECT_EQ(&other.front(), room);
    EXPECT_TRUE(spare.empty());
    EXPECT_EQ(drained(other).back(), 999);
}

TEST(Ring, KeepsNoRoomForABurstThatWasTooLarge) {
    Ring<int, 64>::Room spare;
    Ring<int, 64> queue;
    for (int i = 0; i < 5000; ++i)
        queue.push_back(i, spare);
    while (!queue.empty())
        static_cast<void>(queue.pop_front(spare));
    EXPECT_TRUE(spare.empty());
}

TEST(Ring, TakesOutWhatIsChosen) {
    Ring<int> ring;
    for (int i = 0; i < 10; ++i)
        ring.push_back(i);
    EXPECT_EQ(ring.extract([](int value) { return value % 3 == 0; }), (std::vector{0, 3, 6, 9}));
    EXPECT_EQ(drained(ring), (std::vector{1, 2, 4, 5, 7, 8}));
}

TEST(Ring, TakesOutAllOfABurst) {
    Ring<int, 4> ring;
    for (int i = 0; i < 9; ++i)
        ring.push_back(i);
    EXPECT_EQ(ring.extract([](int) { return true; }).size(), 9u);
    EXPECT_TRUE(ring.empty());
    ring.push_back(1);
    EXPECT_EQ(ring.extract([](int) { return false; }).size(), 0u);
    EXPECT_EQ(ring.front(), 1);
}

TEST(Ring, HoldsNothingOfWhatHasLeft) {
    Ring<std::shared_ptr<int>> ring;
    const auto value = std::make_shared<int>(7);
    ring.push_back(value);
    EXPECT_EQ(ring.pop_front(), value);
    EXPECT_EQ(value.use_count(), 1);
    ring.push_back(value);
    ring.clear();
    EXPECT_EQ(value.use_count(), 1);
}

} // namespace
} // namespace hawser
