// What waits, and what has begun and goes on by turns: RFC 8260 §2.2.2.
#include "support/queue_scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

struct What {
    bool unordered = false;
    Ancillary ancillary = {};
    Duration lifetime = {};
    Duration later = {};
};

class InterleavedQueue : public test::QueueScene {
protected:
    InterleavedQueue() { choose(StreamScheduler::round_robin); }

    void choose(StreamScheduler kind) {
        queue_.set_scheduler(kind);
        queue_.agree(true, false);
    }
    OutgoingMessage* push(std::uint16_t stream, std::size_t bytes, const What& what = {}) {
        OutgoingMessage* one = message(bytes, stream, what.ancillary);
        if (what.lifetime != Duration{}) one->expires = now_ + what.lifetime;
        one->not_before = now_ + what.later;
        one->unordered = what.unordered;
        queue_.push(one, now_);
        return one;
    }
    /// So many bytes of whatever is next leave.
    OutgoingMessage* leave(std::size_t bytes) { return leave(queue_.next(now_), bytes); }
    OutgoingMessage* leave_of(const OutgoingMessage* like, std::size_t bytes) {
        return leave(queue_.next_of(like->traffic_class, now_), bytes);
    }
    std::vector<OutgoingMessage*> given_up() {
        std::vector<OutgoingMessage*> all;
        while (!queue_.given_up().empty())
            all.push_back(queue_.given_up().pop_front());
        return all;
    }
    void end_all() {
        while (OutgoingMessage* message = leave(100'000))
            end(message);
        for (OutgoingMessage* message : given_up())
            queue_.release(message);
        EXPECT_EQ(queue_.queued_bytes(), 0u);
        EXPECT_EQ(queue_.ready_bytes(), 0u);
        EXPECT_EQ(shared_.messages.in_use(), 0u);
    }

private:
    OutgoingMessage* leave(OutgoingMessage* message, std::size_t bytes) {
        if (message == nullptr) return nullptr;
        if (!message->started()) queue_.begin(message);
        queue_.cut(message, std::min(bytes, message->payload.size() - message->sent_bytes));
        return message;
    }
};

using Messages = std::vector<OutgoingMessage*>;

TEST_F(InterleavedQueue, LetsMessagesOfSeveralStreamsGoOnByTurns) {
    OutgoingMessage* const a = push(1, 300);
    OutgoingMessage* const b = push(2, 200);
    EXPECT_EQ(queue_.ready_bytes(), 500u);
    EXPECT_EQ((Messages{leave(100), leave(100), leave(100), leave(100), leave(100)}),
              (Messages{a, b, a, b, a}));
    EXPECT_EQ(queue_.begun(), nullptr);
    EXPECT_EQ(queue_.ready_bytes(), 0u);
    EXPECT_EQ(queue_.queued_bytes(), 500u) << "until they are acknowledged";
    end(a);
    end(b);
    end_all();
}

TEST_F(InterleavedQueue, HasOneMessageOfAStreamUnderWayAtATime) {
    choose(StreamScheduler::first_come_first_served);
    const Ancillary marked{.dscp = Dscp::ef};
    OutgoingMessage* const first = push(1, 300);
    OutgoingMessage* const ordered = push(1, 10, {.ancillary = marked});
    OutgoingMessage* const unordered = push(1, 10, {.unordered = true, .ancillary = marked});
    OutgoingMessage* const other = push(2, 10, {.ancillary = marked});
    EXPECT_EQ(leave(100), first);
    EXPECT_EQ(leave_of(other, 10), other) << "those of the stream are set aside";
    EXPECT_EQ(queue_.ready_bytes(), 200u);
    EXPECT_EQ(leave(100), first);
    EXPECT_EQ(leave(100), first);
    EXPECT_EQ(queue_.ready_bytes(), 10u) << "one moves up";
    EXPECT_EQ(leave(5), ordered);
    EXPECT_EQ(leave(5), ordered);
    EXPECT_EQ(leave(10), unordered) << "and then the next";
    EXPECT_EQ(first->mid, Mid{0});
    EXPECT_EQ(ordered->mid, Mid{1});
    for (OutgoingMessage* message : {first, ordered, unordered, other})
        end(message);
    end_all();
}

TEST_F(InterleavedQueue, GivesUpNothingThatHasBegun) {
    OutgoingMessage* const begun = push(1, 300, {.lifetime = 1s});
    OutgoingMessage* const waits = push(2, 300, {.lifetime = 1s});
    OutgoingMessage* const behind = push(1, 50, {.lifetime = 1s});
    OutgoingMessage* const last = push(1, 50);
    EXPECT_EQ(leave(100), begun);
    now_ += 2s;
    queue_.advance(now_);
    Messages expired = given_up();
    std::ranges::sort(expired);
    Messages wanted{waits, behind};
    std::ranges::sort(wanted);
    EXPECT_EQ(expired, wanted);
    EXPECT_EQ(queue_.deadline(), kNever);
    EXPECT_EQ(queue_.expired_begun(now_), nullptr);
    EXPECT_EQ(queue_.ready_bytes(), 250u);
    EXPECT_EQ(leave(200), begun);
    EXPECT_EQ(leave(50), last) << "nobody takes the turn between";
    end(begun);
    end(last);
    queue_.release(waits);
    queue_.release(behind);
    end_all();
}

// The one that moved up is given up: those that were set aside do not wait for it.
TEST_F(InterleavedQueue, GoesOnAfterOneThatMovedUpInVain) {
    const Ancillary marked{.dscp = Dscp::ef};
    OutgoingMessage* const first = push(1, 100, {.unordered = true});
    OutgoingMessage* const vain =
        push(1, 10, {.unordered = true, .ancillary = marked, .lifetime = 1s});
    OutgoingMessage* const last = push(1, 10, {.unordered = true, .ancillary = marked});
    OutgoingMessage* const other = push(2, 10, {.ancillary = marked});
    EXPECT_EQ(leave(40), first);
    EXPECT_EQ(leave_of(other, 10), other) << "those of the stream are set aside";
    EXPECT_EQ(leave(60), first);
    now_ += 2s;
    queue_.advance(now_);
    EXPECT_EQ(given_up(), Messages{vain});
    EXPECT_EQ(leave(10), last);
    for (OutgoingMessage* message : {first, other, last})
        end(message);
    queue_.release(vain);
    end_all();
}

// Where the peer can be told what has begun is given up like the rest, and its stream goes on.
TEST_F(InterleavedQueue, GivesUpWhatHasBegunWhereItMay) {
    queue_.agree(true, true);
    OutgoingMessage* const begun = push(1, 300, {.lifetime = 1s});
    OutgoingMessage* const longer = push(2, 300, {.lifetime = 3s});
    OutgoingMessage* const behind = push(1, 50);
    EXPECT_EQ(leave(100), begun);
    EXPECT_EQ(leave(100), longer);
    EXPECT_EQ(queue_.deadline(), now_ + 1s);
    now_ += 2s;
    queue_.advance(now_);
    EXPECT_EQ(queue_.deadline(), now_ + 1s) << "the other one's";
    EXPECT_EQ(queue_.expired_begun(now_), begun);
    queue_.give_up_begun(begun, GivenUp::lifetime);
    EXPECT_EQ(queue_.expired_begun(now_), nullptr);
    EXPECT_EQ(given_up(), Messages{begun});
    EXPECT_EQ(queue_.ready_bytes(), 250u);
    EXPECT_EQ(queue_.given_up_counts(StreamId{1}).lifetime.sent, 1u);
    Messages left{leave(200), leave(200)};
    std::ranges::sort(left);
    Messages wanted{longer, behind};
    std::ranges::sort(wanted);
    EXPECT_EQ(left, wanted);
    end(longer);
    end(behind);
    queue_.release(begun);
    end_all();
}

TEST_F(InterleavedQueue, RefusesOfAClassOnlyWhatHasNotBegun) {
    const Ancillary marked{.dscp = Dscp::ef};
    OutgoingMessage* const begun = push(1, 300, {.ancillary = marked});
    OutgoingMessage* const waits = push(2, 100, {.ancillary = marked});
    OutgoingMessage* const after_it = push(2, 100, {.ancillary = marked});
    OutgoingMessage* const other = push(3, 100);
    EXPECT_EQ(leave_of(begun, 100), begun);
    queue_.refuse(begun->traffic_class, 13);
    EXPECT_EQ(given_up(), (Messages{waits, after_it}));
    EXPECT_EQ(waits->refused_errno, 13);
    EXPECT_EQ(queue_.ready_bytes(), 300u);
    queue_.release(waits);
    queue_.release(after_it);
    EXPECT_EQ(leave(200), begun);
    EXPECT_EQ(leave(100), other);
    end(begun);
    end(other);
    end_all();
}

TEST_F(InterleavedQueue, RefusesWhatMovesUpInItsStream) {
    const Ancillary marked{.dscp = Dscp::ef};
    choose(StreamScheduler::first_come_first_served);
    OutgoingMessage* const later = push(1, 10, {.later = 1s});
    OutgoingMessage* const second = push(1, 10, {.ancillary = marked});
    OutgoingMessage* const third = push(1, 10, {.ancillary = marked});
    EXPECT_EQ(leave(10), nullptr) << "they were set aside";
    now_ += 1s;
    queue_.advance(now_);
    EXPECT_EQ(leave(10), later);
    queue_.refuse(second->traffic_class, 13);
    EXPECT_EQ(given_up(), (Messages{second, third}));
    end(later);
    queue_.release(second);
    queue_.release(third);
    end_all();
}

TEST_F(InterleavedQueue, GivesBackEachMessageOnce) {
    Messages pushed;
    for (std::uint16_t stream = 0; stream < 5; ++stream) {
        for (int i = 0; i < 3; ++i)
            pushed.push_back(push(stream, 100, {.unordered = i == 1}));
    }
    pushed.push_back(push(9, 100, {.later = 1s}));
    for (int i = 0; i < 7; ++i)
        leave(60);
    Messages given;
    queue_.take_waiting([&](OutgoingMessage* message) { given.push_back(message); });
    EXPECT_EQ(given.size(), pushed.size() - 2) << "but for those that have left wholly";
    for (OutgoingMessage* message : pushed)
        end(message);
    EXPECT_EQ(queue_.next(now_), nullptr);
    EXPECT_EQ(queue_.queued_bytes(), 0u);
}

TEST_F(InterleavedQueue, KeepsWhatHasBegunInAStreamThatIsNotThere) {
    OutgoingMessage* const begun = push(7, 100);
    OutgoingMessage* const waits = push(7, 100);
    EXPECT_EQ(leave(40), begun);
    Messages given;
    queue_.take_streams_from(5, [&](OutgoingMessage* message) { given.push_back(message); });
    EXPECT_EQ(given, Messages{waits});
    EXPECT_EQ(queue_.ready_bytes(), 60u);
    end(waits);
    EXPECT_EQ(leave(60), begun);
    end(begun);
    end_all();
}

TEST_F(InterleavedQueue, CountsWhatHasBegunAsBeforeAReset) {
    OutgoingMessage* const begun = push(1, 100);
    OutgoingMessage* const other = push(2, 100);
    EXPECT_EQ(leave(40), begun);
    queue_.hold({StreamId{1}}, SendQueue::Waits::what_comes_later, {});
    OutgoingMessage* const later = push(1, 100);
    queue_.set_scheduler(StreamScheduler::fair_capacity); // which changes none of that
    EXPECT_FALSE(queue_.hold_drained());
    EXPECT_TRUE(begun->precedes_reset);
    EXPECT_FALSE(other->precedes_reset);
    EXPECT_EQ((std::set{leave(100), leave(100)}), (std::set{begun, other}));
    EXPECT_EQ(leave(100), nullptr);
    end(begun);
    EXPECT_TRUE(queue_.hold_drained());
    queue_.end_hold(SendQueue::AfterHold::numbers_begin_again);
    queue_.set_scheduler(StreamScheduler::round_robin);
    EXPECT_EQ(leave(100), later);
    EXPECT_EQ(later->mid, Mid{0});
    end(later);
    end(other);
    end_all();
}

// --- another scheduler while messages wait ---

TEST_F(InterleavedQueue, MovesWhatWaitsToAnotherSchedulerInItsOrder) {
    choose(StreamScheduler::priority);
    ASSERT_TRUE(queue_.set_stream_value(StreamId{1}, 9));
    Messages pushed;
    for (const std::uint16_t stream : std::array<std::uint16_t, 6>{1, 2, 1, 3, 2, 1})
        pushed.push_back(push(stream, 100, {.ancillary = {.dscp = Dscp::af11}}));
    EXPECT_EQ(leave(60), pushed[0]);
    queue_.set_scheduler(StreamScheduler::first_come_first_served);
    EXPECT_EQ(queue_.scheduler(), StreamScheduler::first_come_first_served);
    EXPECT_EQ(queue_.ready_bytes(), 540u);
    EXPECT_FALSE(queue_.set_stream_value(StreamId{1}, 9));
    for (OutgoingMessage* message : pushed) {
        EXPECT_EQ(leave(100), message);
        end(message);
    }
    end_all();
}

TEST_F(InterleavedQueue, KeepsValuesUnderTheSameSchedulerAlone) {
    choose(StreamScheduler::priority);
    ASSERT_TRUE(queue_.set_stream_value(StreamId{2}, 1));
    queue_.set_scheduler(StreamScheduler::priority);
    push(1, 10);
    OutgoingMessage* const high = push(2, 10);
    EXPECT_EQ(queue_.next(now_), high);
    queue_.set_scheduler(StreamScheduler::weighted_fair_queueing);
    queue_.set_scheduler(StreamScheduler::priority);
    EXPECT_NE(queue_.next(now_), high) << "they begin anew";
    end_all();
}

TEST_F(InterleavedQueue, ChangesSchedulersAllTheTimeAndLosesNothing) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SeededRandom random{seed};
        std::map<StreamId, std::vector<std::uint32_t>> mids;
        std::size_t pushed = 0;
        std::size_t left = 0;
        const auto take = [&](std::size_t bytes) {
            OutgoingMessage* message = leave(bytes);
            if (message == nullptr || !message->fully_sent()) return message != nullptr;
            if (!message->unordered) mids[message->stream].push_back(message->order);
            ++left;
            end(message);
            return true;
        };
        for (int step = 0; step < 500; ++step) {
            if (random.chance(0.5)) {
                push(static_cast<std::uint16_t>(random.below(5)), 1 + random.below(3000),
                     {.unordered = random.chance(0.3),
                      .ancillary = {.hop_limit = static_cast<std::uint8_t>(random.below(3))}});
                ++pushed;
            }
            if (random.chance(0.6)) take(1 + random.below(1400));
            if (random.chance(0.1))
                queue_.set_scheduler(static_cast<StreamScheduler>(random.below(6)));
        }
        while (take(5000)) {
        }
        EXPECT_EQ(left, pushed) << "seed " << seed;
        for (const auto& [stream, orders] : mids)
            EXPECT_TRUE(std::ranges::is_sorted(orders)) << "seed " << seed;
        end_all();
    }
}

} // namespace
} // namespace hawser::sctp
