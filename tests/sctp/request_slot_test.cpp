// Requests that are asked until they are answered: RFC 6525 §5.1, RFC 5061 §5.1.
#include "sctp/association/request_slot.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{1h};

std::vector<std::byte> chunk_of(std::size_t bytes) {
    return std::vector<std::byte>(bytes, std::byte{7});
}

TEST(RequestSlot, AsksAgainWhatWasNotAnsweredAndCountsThat) {
    RequestSlot slot{RequestNumber{10}};
    EXPECT_FALSE(slot.taken());
    EXPECT_TRUE(slot.due().empty());
    EXPECT_EQ(slot.deadline(), kNever);
    slot.ask(chunk_of(20));
    EXPECT_EQ(slot.due().size(), 20u);
    EXPECT_TRUE(slot.is_asked(RequestNumber{10}));
    EXPECT_FALSE(slot.is_asked(RequestNumber{11}));
    EXPECT_EQ(slot.next(), RequestNumber{11});
    slot.left(kNow, 1s);
    EXPECT_TRUE(slot.due().empty()) << "it is on its way";
    EXPECT_EQ(slot.deadline(), kNow + 1s);
    EXPECT_FALSE(slot.expires(kNow + 999ms));
    EXPECT_TRUE(slot.expires(kNow + 1s)) << "counts as an error";
    EXPECT_EQ(slot.due().size(), 20u) << "the same again";
    slot.left(kNow + 1s, 2s);
    EXPECT_EQ(slot.deadline(), kNow + 3s);
    slot.end();
    EXPECT_FALSE(slot.taken());
    EXPECT_FALSE(slot.is_asked(RequestNumber{10})) << "its answer comes late";
    EXPECT_EQ(slot.deadline(), kNever);
    EXPECT_FALSE(slot.expires(kNow + 1h));
}

TEST(RequestSlot, BlamesNobodyForAPeerThatIsAtIt) {
    RequestSlot slot{RequestNumber{1}};
    slot.ask(chunk_of(4));
    slot.left(kNow, 1s);
    slot.put_off(kNow + 100ms, 500ms);
    EXPECT_TRUE(slot.due().empty());
    EXPECT_EQ(slot.deadline(), kNow + 600ms);
    EXPECT_FALSE(slot.expires(kNow + 600ms)) << "due again, and no error";
    EXPECT_FALSE(slot.due().empty());
    slot.left(kNow + 600ms, 1s);
    EXPECT_TRUE(slot.expires(kNow + 1600ms)) << "silence after that is one";
}

TEST(RequestSlot, CountsItsRequestsRoundTheCircle) {
    RequestSlot slot{RequestNumber{0xffff'ffff}};
    slot.ask(chunk_of(4));
    EXPECT_TRUE(slot.is_asked(RequestNumber{0xffff'ffff}));
    EXPECT_EQ(slot.next(), RequestNumber{0});
    slot.end();
    slot.ask(chunk_of(4));
    EXPECT_TRUE(slot.is_asked(RequestNumber{0}));
}

TEST(RequestSlot, AsksTheNextOneWithATimerOfItsOwn) {
    RequestSlot slot{RequestNumber{1}};
    slot.ask(chunk_of(4));
    slot.left(kNow, 1s);
    slot.put_off(kNow, 10s);
    slot.end();
    slot.ask(chunk_of(8));
    EXPECT_EQ(slot.due().size(), 8u) << "at once";
    slot.left(kNow, 1s);
    EXPECT_TRUE(slot.expires(kNow + 1s)) << "the first one's pause is forgotten";
}

TEST(AnsweredRequests, AnswersTheLastTwoAgainAndNoOther) {
    AnsweredRequests<int> answered{RequestNumber{100}};
    EXPECT_TRUE(answered.is_new(RequestNumber{100}));
    EXPECT_EQ(answered.find(RequestNumber{99}), nullptr) << "none was answered yet";
    EXPECT_EQ(answered.find(RequestNumber{100}), nullptr);
    for (std::uint32_t i = 0; i < 3; ++i) {
        const RequestNumber number{100 + i};
        EXPECT_TRUE(answered.is_new(number));
        answered.answered(number, static_cast<int>(i));
        EXPECT_FALSE(answered.is_new(number));
        EXPECT_EQ(answered.last(), number);
    }
    EXPECT_EQ(answered.find(RequestNumber{100}), nullptr);
    ASSERT_NE(answered.find(RequestNumber{101}), nullptr);
    EXPECT_EQ(*answered.find(RequestNumber{101}), 1);
    EXPECT_EQ(*answered.find(RequestNumber{102}), 2);
    EXPECT_EQ(answered.find(RequestNumber{103}), nullptr);
    EXPECT_FALSE(answered.is_new(RequestNumber{104})) << "one was left out";
    *answered.find(RequestNumber{102}) = 5; // "in progress" becomes the outcome
    EXPECT_EQ(*answered.find(RequestNumber{102}), 5);
}

} // namespace
} // namespace hawser::sctp
