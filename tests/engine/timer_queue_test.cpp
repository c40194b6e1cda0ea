#include <hawser/engine/timer_queue.hpp>

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hawser {
namespace {

using namespace std::chrono_literals;

TEST(TimerQueue, IsIdleWhenEmpty) {
    const TimerQueue queue;
    EXPECT_EQ(queue.deadline(), kNever);
    EXPECT_EQ(queue.due(kNever), nullptr);
}

TEST(TimerQueue, HasTheEarliestInFront) {
    TimerQueue queue;
    TimerQueue::Entry early;
    TimerQueue::Entry late;
    queue.set(late, Instant{} + 2s);
    queue.set(early, Instant{} + 1s);
    EXPECT_EQ(queue.deadline(), Instant{} + 1s);
    EXPECT_EQ(queue.due(Instant{} + 1s - 1ns), nullptr);
    EXPECT_EQ(queue.due(Instant{} + 1s), &early);
    EXPECT_EQ(queue.due(Instant{} + 1h), &early) << "it stays until its owner moves it";
    queue.set(early, Instant{} + 3s);
    EXPECT_EQ(queue.due(Instant{} + 2s), &late);
}

TEST(TimerQueue, ForgetsWhatIsSetToNever) {
    TimerQueue queue;
    TimerQueue::Entry one;
    TimerQueue::Entry two;
    queue.set(one, Instant{} + 1s);
    queue.set(two, Instant{} + 2s);
    queue.remove(one);
    EXPECT_EQ(queue.deadline(), Instant{} + 2s);
    EXPECT_EQ(queue.size(), 1u);
    EXPECT_EQ(one.place, TimerQueue::kNone);
    queue.remove(one);
    EXPECT_EQ(queue.size(), 1u) << "twice is harmless";
    queue.remove(two);
    EXPECT_EQ(queue.deadline(), kNever);
}

// Against the plainest queue there is: look at all of them.
TEST(TimerQueue, AgreesWithLookingAtEveryEntry) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SeededRandom random{seed};
        TimerQueue queue;
        std::vector<TimerQueue::Entry> entries(1 + random.below(60));
        for (int step = 0; step < 2'000; ++step) {
            TimerQueue::Entry& entry = entries[random.below(entries.size())];
            const bool remove = random.chance(0.2);
            queue.set(entry, remove ? kNever : Instant{Duration{random.below(100)}});

            const auto earliest = std::ranges::min(entries, {}, &TimerQueue::Entry::deadline);
            ASSERT_EQ(queue.deadline(), earliest.deadline) << "seed " << seed << " step " << step;
            const auto waiting = std::ranges::count_if(
                entries, [](const auto& each) { return each.deadline != kNever; });
            ASSERT_EQ(queue.size(), static_cast<std::size_t>(waiting));
        }
    }
}

TEST(TimerQueue, FiresInOrder) {
    SeededRandom random{7};
    TimerQueue queue;
    std::vector<TimerQueue::Entry> entries(500);
    for (auto& entry : entries)
        queue.set(entry, Instant{Duration{random.below(1'000)}});
    Instant last{};
    std::size_t fired = 0;
    while (TimerQueue::Entry* due = queue.due(Instant{} + 1s)) {
        EXPECT_GE(due->deadline, last);
        last = due->deadline;
        queue.remove(*due);
        ++fired;
    }
    EXPECT_EQ(fired, entries.size());
}

} // namespace
} // namespace hawser
