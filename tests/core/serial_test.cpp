#include <hawser/core/serial.hpp>

#include <hawser/core/instant.hpp>

#include <gtest/gtest.h>

#include <cstdint>

namespace hawser {
namespace {

struct LargeTag;
struct SmallTag;
struct OtherTag;
using Large = Serial<LargeTag, std::uint32_t>;
using Small = Serial<SmallTag, std::uint16_t>;
using Other = Serial<OtherTag, std::uint32_t>;

// --- what must not compile ---

template <class A, class B>
concept HasLess = requires(A a, B b) { a < b; };
template <class A, class B>
concept HasEqual = requires(A a, B b) { a == b; };
template <class A, class B>
concept HasPrecedes = requires(A a, B b) { a.precedes(b); };
template <class A, class B>
concept HasPlus = requires(A a, B b) { a + b; };
template <class T>
concept HasNow = requires { T::now(); };

static_assert(!HasLess<Large, Large>,
              "order on a circle is not transitive: no std::map, no std::sort");
static_assert(!HasLess<Small, Small>);
static_assert(HasEqual<Large, Large>);
static_assert(!HasEqual<Large, Other>, "two kinds of number are never compared");
static_assert(HasPrecedes<Large, Large> && !HasPrecedes<Large, Other>);
static_assert(!HasPlus<Large, int>, "steps are taken by name");
static_assert(!std::is_convertible_v<std::uint32_t, Large>);
static_assert(!std::is_convertible_v<Large, std::uint32_t>);
static_assert(!HasNow<Timeline>, "an engine is told the time");

// --- RFC 1982 §3.2 ---

TEST(Serial, PrecedesWhatIsUpToHalfTheCircleAhead) {
    EXPECT_TRUE(Large{0}.precedes({1}));
    EXPECT_TRUE(Large{0}.precedes({0x7fff'ffff}));
    EXPECT_FALSE(Large{0}.precedes({0}));
    EXPECT_FALSE(Large{1}.precedes({0}));
    EXPECT_FALSE(Large{0}.precedes({0x8000'0001}));
}

TEST(Serial, PrecedesAcrossTheWrap) {
    EXPECT_TRUE(Large{0xffff'ffff}.precedes({0}));
    EXPECT_TRUE(Small{0xffff}.precedes({0}));
    EXPECT_TRUE(Small{0xfff0}.precedes({0x10}));
    EXPECT_FALSE(Small{0x10}.precedes({0xfff0}));
}

TEST(Serial, HasNoOrderExactlyHalfTheCircleApart) {
    EXPECT_FALSE(Large{0}.precedes({0x8000'0000}));
    EXPECT_FALSE(Large{0x8000'0000}.precedes({0}));
    EXPECT_FALSE(Small{0}.precedes({0x8000}));
    EXPECT_FALSE(Small{0x8000}.precedes({0}));
}

TEST(Serial, OfTwoDifferentOnesAtMostOnePrecedes) {
    for (std::uint32_t other = 1; other < 0x1'0000; ++other) {
        const Small a{0x1234};
        const Small b{static_cast<std::uint16_t>(0x1234 + other)};
        const bool half = other == 0x8000;
        ASSERT_EQ(a.precedes(b) + b.precedes(a), half ? 0 : 1) << other;
    }
}

TEST(Serial, PrecedesOrIsTakesTheSameNumberToo) {
    EXPECT_TRUE(Large{5}.precedes_or_is({5}));
    EXPECT_TRUE(Large{5}.precedes_or_is({6}));
    EXPECT_FALSE(Large{6}.precedes_or_is({5}));
}

TEST(Serial, StepsWrap) {
    EXPECT_EQ(Small{0xffff}.next(), Small{0});
    EXPECT_EQ(Small{0}.previous(), Small{0xffff});
    EXPECT_EQ(Large{0xffff'fffe}.plus(5), Large{3});
    EXPECT_EQ(Large{3}.steps_from({0xffff'fffe}), 5u);
    EXPECT_EQ(Small{3}.steps_from({4}), 0xffffu);
}

TEST(Instant, AfterStaysAtNeverInsteadOfWrapping) {
    using namespace std::chrono_literals;
    EXPECT_EQ(after(Instant{} + 5s, 2s), Instant{} + 7s);
    EXPECT_EQ(after(Instant{} + 5s, Duration::max()), kNever);
    EXPECT_EQ(after(kNever - 1ns, 2ns), kNever);
    EXPECT_EQ(after(kNever, 1h), kNever);
}

} // namespace
} // namespace hawser
