// What waits by itself: what it counts, and what it gives back.
#include "support/queue_scene.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

class SendQueueTest : public test::QueueScene {
protected:
    OutgoingMessage* push(std::size_t bytes, std::uint16_t stream, Duration later = {}) {
        OutgoingMessage* one = message(bytes, stream);
        one->not_before = now_ + later;
        queue_.push(one, now_);
        return one;
    }
    /// Leaves whole, and is acknowledged.
    void leave(OutgoingMessage* message) {
        ASSERT_EQ(queue_.next(now_), message);
        queue_.begin(message);
        queue_.cut(message, message->payload.size());
        end(message);
    }
};

TEST_F(SendQueueTest, CountsWhatWaitsAndWhatCouldLeave) {
    OutgoingMessage* const first = push(100, 0);
    const OutgoingMessage* const second = push(30, 1, 1s);
    EXPECT_EQ(queue_.queued_bytes(), 130u);
    EXPECT_EQ(queue_.ready_bytes(), 100u) << "the other has to wait for its time";
    EXPECT_EQ(queue_.held_bytes(),
              2 * sizeof(OutgoingMessage) + first->payload.capacity() + second->payload.capacity());
    leave(first);
    EXPECT_EQ(queue_.queued_bytes(), 30u);
    EXPECT_EQ(queue_.ready_bytes(), 0u);
    EXPECT_EQ(queue_.next(now_), nullptr);
    EXPECT_EQ(queue_.deadline(), now_ + 1s);
    now_ += 1s;
    queue_.advance(now_);
    EXPECT_EQ(queue_.ready_bytes(), 30u);
    EXPECT_EQ(queue_.deadline(), kNever);
}

TEST_F(SendQueueTest, GivesBackTheStreamsThatWereNotGranted) {
    OutgoingMessage* const kept = push(1, 2);
    OutgoingMessage* const later = push(2, 2, 2s);
    std::vector<OutgoingMessage*> beyond{push(4, 3), push(8, 9), push(16, 3, 1s), push(32, 4, 3s)};
    std::vector<OutgoingMessage*> given;
    queue_.take_streams_from(3, [&](OutgoingMessage* message) {
        queue_.uncount(*message);
        given.push_back(message);
    });
    EXPECT_EQ(std::set(given.begin(), given.end()), std::set(beyond.begin(), beyond.end()));
    EXPECT_EQ(queue_.queued_bytes(), 3u);
    EXPECT_EQ(queue_.ready_bytes(), 1u);
    for (OutgoingMessage* message : given)
        queue_.release(message);
    leave(kept);
    EXPECT_EQ(queue_.deadline(), now_ + 2s);
    now_ += 5s;
    queue_.advance(now_);
    EXPECT_EQ(queue_.ready_bytes(), 2u);
    leave(later);
    EXPECT_EQ(queue_.next(now_), nullptr);
    EXPECT_EQ(queue_.held_bytes(), 0u);
    EXPECT_EQ(shared_.messages.in_use(), 0u);
}

TEST_F(SendQueueTest, KeepsTheOrderOfTimesWhenSomeAreGivenBack) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SeededRandom random{seed};
        std::multiset<Instant> times;
        for (int i = 0; i < 30; ++i) {
            const bool kept = random.below(2) == 0;
            const Duration later = 1ms * static_cast<int>(1 + random.below(1000));
            const OutgoingMessage* const message = push(1, kept ? 0 : 1, later);
            if (kept) times.insert(message->not_before);
        }
        queue_.take_streams_from(1, [&](OutgoingMessage* message) {
            queue_.uncount(*message);
            queue_.release(message);
        });
        for (const Instant time : times) {
            EXPECT_EQ(queue_.deadline(), time) << "seed " << seed;
            queue_.advance(time);
        }
        EXPECT_EQ(queue_.deadline(), kNever);
        EXPECT_EQ(queue_.ready_bytes(), times.size());
        queue_.take_waiting([&](OutgoingMessage* message) {
            queue_.uncount(*message);
            queue_.release(message);
        });
    }
}

TEST_F(SendQueueTest, GivesBackAllThatHasNotBegun) {
    push(1, 0);
    push(2, 1, 1s);
    push(4, 1); // its stream has an earlier one: parked as soon as it is proposed
    std::size_t bytes = 0;
    EXPECT_NE(queue_.next(now_), nullptr);
    queue_.take_waiting([&](OutgoingMessage* message) {
        bytes += message->payload.size();
        queue_.uncount(*message);
        queue_.release(message);
    });
    EXPECT_EQ(bytes, 7u);
    EXPECT_EQ(queue_.queued_bytes(), 0u);
    EXPECT_EQ(queue_.ready_bytes(), 0u);
    EXPECT_EQ(shared_.messages.in_use(), 0u);
}

TEST_F(SendQueueTest, HoldsWhatComesLaterOrAlsoWhatHasNotBegun) {
    using Waits = SendQueue::Waits;
    for (const Waits waits : {Waits::what_comes_later, Waits::all_that_has_not_begun}) {
        OutgoingMessage* const first = push(10, 1);
        OutgoingMessage* const second = push(10, 1);
        OutgoingMessage* const timed = push(10, 2, 1s);
        ASSERT_EQ(queue_.next(now_), first);
        queue_.begin(first);
        queue_.cut(first, 4); // the rest leaves in any case
        queue_.hold({}, waits, {});
        EXPECT_FALSE(queue_.hold_drained());
        queue_.cut(first, 6);
        queue_.uncount(*first);
        queue_.release(first);
        const bool waits_for_all = waits == Waits::what_comes_later;
        EXPECT_EQ(queue_.hold_drained(), !waits_for_all);
        EXPECT_EQ(queue_.next(now_), waits_for_all ? second : nullptr);
        if (waits_for_all) {
            leave(second);
            now_ += 1s;
            queue_.advance(now_);
            leave(timed);
        }
        ASSERT_TRUE(queue_.hold_drained());
        queue_.end_hold(SendQueue::AfterHold::numbers_begin_again);
        if (waits_for_all) continue;
        leave(second);
        now_ += 1s;
        queue_.advance(now_);
        leave(timed);
    }
}

} // namespace
} // namespace hawser::sctp
