#include "sctp/rx/tsn_tracker.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>
#include <malloc.h>

#include <set>
#include <vector>

namespace hawser::sctp {
namespace {

using Kind = TsnTracker::Kind;
using wire::sctp::Gap;

std::vector<std::pair<unsigned, unsigned>> gaps_of(const TsnTracker& tracker) {
    std::vector<std::pair<unsigned, unsigned>> gaps;
    tracker.for_each_gap([&gaps](Gap gap) {
        gaps.emplace_back(gap.first, gap.last);
        return true;
    });
    return gaps;
}

/// The gap blocks of RFC 9260 §3.3.4, from a set of steps beyond the Cumulative TSN.
std::vector<std::pair<unsigned, unsigned>> gaps_of(const std::set<std::uint64_t>& came,
                                                   std::uint64_t cumulative) {
    std::vector<std::pair<unsigned, unsigned>> gaps;
    for (const std::uint64_t tsn : came) {
        if (tsn <= cumulative) continue;
        const auto step = static_cast<unsigned>(tsn - cumulative);
        if (!gaps.empty() && gaps.back().second + 1 == step) {
            gaps.back().second = step;
        } else {
            gaps.emplace_back(step, step);
        }
    }
    return gaps;
}

// Against a set of 64-bit numbers, over the place where TSNs wrap.
TEST(TsnTracker, AgreesWithASetOfAllThatCame) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SeededRandom random{seed};
        const std::uint64_t first = 0x1'0000'0000 - random.below(400);
        const auto tsn = [](std::uint64_t number) {
            return Tsn{static_cast<std::uint32_t>(number)};
        };
        TsnTracker tracker{tsn(first)};
        std::set<std::uint64_t> came;
        std::uint64_t cumulative = first - 1;
        const std::uint64_t spread = 1 + random.below(300);
        for (int i = 0; i < 2000; ++i) {
            const std::uint64_t number = cumulative + random.below(spread) - random.below(4) + 1;
            const bool old = number <= cumulative || came.contains(number);
            ASSERT_EQ(tracker.kind(tsn(number)), old ? Kind::duplicate : Kind::fresh)
                << "seed " << seed << " step " << i;
            if (old) continue;
            tracker.record(tsn(number));
            came.insert(number);
            while (came.contains(cumulative + 1))
                came.erase(++cumulative);
            ASSERT_EQ(tracker.cumulative(), tsn(cumulative));
            ASSERT_EQ(tracker.has_gaps(), !came.empty());
            ASSERT_EQ(tracker.highest(), tsn(came.empty() ? cumulative : *came.rbegin()));
            ASSERT_EQ(gaps_of(tracker), gaps_of(came, cumulative)) << "seed " << seed;
        }
    }
}

// RFC 9260 §3.3.4: a gap block counts to 65535 and no further.
TEST(TsnTracker, TakesWhatAGapBlockCanReportAndNothingBeyond) {
    TsnTracker tracker{Tsn{1000}};
    const Tsn last = Tsn{999}.plus(65'535);
    EXPECT_EQ(tracker.kind(last), Kind::fresh);
    EXPECT_EQ(tracker.kind(last.next()), Kind::beyond_span);
    tracker.record(last);
    EXPECT_EQ(tracker.kind(last), Kind::duplicate);
    EXPECT_EQ(gaps_of(tracker), (std::vector<std::pair<unsigned, unsigned>>{{65'535, 65'535}}));
    tracker.record(Tsn{1000});
    EXPECT_EQ(tracker.kind(last.next()), Kind::fresh) << "the span moves along";
    EXPECT_EQ(gaps_of(tracker), (std::vector<std::pair<unsigned, unsigned>>{{65'534, 65'534}}));
}

// A bit for each TSN: a peer that sends the last one first gets no more memory of us than that.
TEST(TsnTracker, HoldsABitForEachTsnOfTheSpan) {
    TsnTracker tracker{Tsn{1}};
    const auto in_use = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
    const std::size_t before = in_use();
    tracker.record(Tsn{TsnTracker::kSpanMax});
    EXPECT_LE(in_use(), before + 2 * 65'536 / 8 + 64);
}

TEST(TsnTracker, StopsTellingGapsWhenItIsAskedTo) {
    TsnTracker tracker{Tsn{1}};
    for (const std::uint32_t tsn : {3u, 5u, 7u})
        tracker.record(Tsn{tsn});
    unsigned told = 0;
    tracker.for_each_gap([&told](Gap) { return ++told < 2; });
    EXPECT_EQ(told, 2u);
}

TEST(TsnTracker, GoesOnAfterItGaveItsBitmapBack) {
    TsnTracker tracker{Tsn{1}};
    tracker.record(Tsn{2});
    tracker.shrink();
    EXPECT_EQ(tracker.kind(Tsn{2}), Kind::duplicate) << "with gaps nothing is given back";
    tracker.record(Tsn{1});
    tracker.shrink();
    EXPECT_EQ(tracker.cumulative(), Tsn{2});
    tracker.record(Tsn{5});
    EXPECT_EQ(tracker.kind(Tsn{5}), Kind::duplicate);
    EXPECT_EQ(tracker.kind(Tsn{4}), Kind::fresh);
}

TEST(TsnTracker, SkipsWhatNobodyWaitsForAnyMore) {
    TsnTracker tracker{Tsn{10}};
    for (const std::uint32_t tsn : {12u, 14u, 15u, 18u})
        tracker.record(Tsn{tsn});
    tracker.skip_to(Tsn{11});
    EXPECT_EQ(tracker.cumulative(), Tsn{12}) << "and takes what follows";
    tracker.skip_to(Tsn{9});
    EXPECT_EQ(tracker.cumulative(), Tsn{12}) << "never back";
    tracker.skip_to(Tsn{13});
    EXPECT_EQ(tracker.cumulative(), Tsn{15});
    EXPECT_EQ(gaps_of(tracker), (std::vector<std::pair<unsigned, unsigned>>{{3, 3}}));
    tracker.skip_to(Tsn{1'000'000});
    EXPECT_EQ(tracker.cumulative(), Tsn{1'000'000}) << "beyond all that has come";
    EXPECT_FALSE(tracker.has_gaps());
    tracker.record(Tsn{1'000'002});
    EXPECT_EQ(gaps_of(tracker), (std::vector<std::pair<unsigned, unsigned>>{{2, 2}}));
}

TEST(TsnTracker, SkipsAsASetWould) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SeededRandom random{seed};
        const auto base = static_cast<std::uint32_t>(0u - random.below(3000));
        TsnTracker tracker{Tsn{base + 1}};
        std::set<std::uint64_t> came;
        std::uint64_t cumulative = 0; // steps from `base`
        for (int i = 0; i < 2000; ++i) {
            const std::uint64_t step = cumulative + 1 + random.below(200);
            const Tsn tsn{base + static_cast<std::uint32_t>(step)};
            if (random.chance(0.02)) {
                tracker.skip_to(tsn);
                cumulative = step;
            } else if (tracker.kind(tsn) == Kind::fresh) {
                ASSERT_FALSE(came.contains(step)) << "seed " << seed;
                tracker.record(tsn);
                came.insert(step);
            }
            while (came.contains(cumulative + 1))
                ++cumulative;
            ASSERT_EQ(tracker.cumulative().value, base + static_cast<std::uint32_t>(cumulative))
                << "seed " << seed << " step " << i;
            ASSERT_EQ(gaps_of(tracker), gaps_of(came, cumulative)) << "seed " << seed;
        }
    }
}

TEST(TsnTracker, BeginsAgainWhereItIsTold) {
    TsnTracker tracker{Tsn{100}};
    tracker.record(Tsn{100});
    tracker.record(Tsn{103});
    EXPECT_FALSE(tracker.is_of_before(Tsn{99})) << "it has not begun again";
    const Tsn first{101u + (1u << 31)};
    tracker.begin_again(first);
    EXPECT_EQ(tracker.cumulative(), first.previous());
    EXPECT_FALSE(tracker.has_gaps());
    EXPECT_TRUE(gaps_of(tracker).empty());
    for (const std::uint32_t before : {99u, 100u, 101u, 103u}) {
        EXPECT_NE(tracker.kind(Tsn{before}), Kind::fresh);
        EXPECT_TRUE(tracker.is_of_before(Tsn{before}));
    }
    for (const std::uint32_t later : {0u, 1u, 65'534u, 1u << 20}) {
        EXPECT_FALSE(tracker.is_of_before(first.plus(later)));
    }
    tracker.record(first.plus(2));
    tracker.record(first);
    EXPECT_EQ(tracker.cumulative(), first);
    EXPECT_EQ(tracker.highest(), first.plus(2));
}

} // namespace
} // namespace hawser::sctp
