// Messages of streams that are about to begin again: RFC 6525 §5.1.2.
#include "sctp/tx/holding_scheduler.hpp"

#include <gtest/gtest.h>

#include <array>

namespace hawser::sctp {
namespace {

class HoldingSchedulerTest : public testing::Test {
protected:
    OutgoingMessage* message(std::size_t index, std::uint16_t stream) {
        messages_.at(index).stream = static_cast<StreamId>(stream);
        return &messages_.at(index);
    }
    static OutgoingMessage* take(Scheduler& from) {
        OutgoingMessage* const next = from.next();
        if (next != nullptr) from.take(next);
        return next;
    }

    std::array<OutgoingMessage, 8> messages_;
};

TEST_F(HoldingSchedulerTest, LetsPassWhatWasThereAndWhatIsOfOthers) {
    HoldingScheduler holding{make_fcfs_scheduler(), {StreamId{7}, StreamId{3}}};
    EXPECT_TRUE(holding.holds(StreamId{3}));
    EXPECT_TRUE(holding.holds(StreamId{7}));
    EXPECT_FALSE(holding.holds(StreamId{5}));
    OutgoingMessage* const before = message(0, 3);
    holding.mark(*before);
    holding.add(before);
    OutgoingMessage* const later = message(1, 3);
    holding.add(later);
    OutgoingMessage* const other = message(2, 5);
    holding.add(other);
    EXPECT_EQ(take(holding), before);
    EXPECT_EQ(take(holding), other);
    EXPECT_EQ(holding.next(), nullptr) << "the later one waits";
    EXPECT_FALSE(holding.drained()) << "what has left may come back";
    holding.marked_ended();
    EXPECT_TRUE(holding.drained());
    const auto inner = holding.release();
    EXPECT_EQ(take(*inner), later);
    EXPECT_EQ(inner->next(), nullptr);
}

TEST_F(HoldingSchedulerTest, OfNoStreamHoldsAllOfThem) {
    HoldingScheduler holding{make_fcfs_scheduler(), {}};
    OutgoingMessage* const first = message(0, 1);
    OutgoingMessage* const second = message(1, 65'535);
    holding.add(first);
    holding.add(second);
    EXPECT_EQ(holding.next(), nullptr);
    EXPECT_EQ(holding.next_of(first->traffic_class), nullptr);
    EXPECT_TRUE(holding.drained()) << "nothing was there before";
    const auto inner = holding.release();
    EXPECT_EQ(take(*inner), first) << "in their order";
    EXPECT_EQ(take(*inner), second);
}

TEST_F(HoldingSchedulerTest, MarksAMessageOnce) {
    HoldingScheduler holding{make_fcfs_scheduler(), {StreamId{1}}};
    OutgoingMessage* const one = message(0, 1);
    holding.mark(*one);
    holding.mark(*one);
    holding.mark(*message(1, 2)); // of another stream
    EXPECT_FALSE(messages_[1].precedes_reset);
    holding.marked_ended();
    EXPECT_TRUE(holding.drained());
}

TEST_F(HoldingSchedulerTest, GivesOutWhatItHoldsToWhomItIsWanted) {
    HoldingScheduler holding{make_fcfs_scheduler(), {StreamId{1}}};
    OutgoingMessage* const held = message(0, 1);
    OutgoingMessage* const passing = message(1, 2);
    holding.add(held);
    holding.add(passing);
    std::vector<OutgoingMessage*> taken;
    holding.extract([&](const OutgoingMessage& each) { return &each == held; },
                    [&](OutgoingMessage* each) { taken.push_back(each); });
    EXPECT_EQ(taken, std::vector{held});
    EXPECT_EQ(take(holding), passing);
    EXPECT_EQ(holding.release()->next(), nullptr);
}

} // namespace
} // namespace hawser::sctp
