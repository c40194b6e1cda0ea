#include "dtls/replay_window.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <bit>
#include <set>

namespace hawser::dtls {
namespace {

/// All numbers that were taken: what a window has to agree with as far back as its limit.
void agrees_with_a_set(std::uint64_t seed, std::uint32_t limit) {
    SeededRandom random{seed};
    ReplayWindow window{limit};
    std::set<std::uint64_t> taken;
    std::uint64_t newest = 0;
    const std::uint64_t spread = 1 + random.below(std::uint64_t{2} * limit);
    for (int step = 0; step < 3000; ++step) {
        // Mostly near the newest; now and then far ahead.
        const std::uint64_t ahead = random.chance(0.01) ? random.below(4 * limit) : 3;
        const std::uint64_t top = newest + ahead;
        const std::uint64_t back = random.below(std::min(spread, top + 1));
        const std::uint64_t number = top - back;
        const bool within = number + std::bit_ceil(limit) >= newest + 1;
        const bool expected = !taken.contains(number) && within;
        ASSERT_EQ(window.is_new(number), expected)
            << "seed " << seed << " step " << step << " number " << number << " newest " << newest;
        if (!expected) continue;
        window.take(number);
        taken.insert(number);
        newest = std::max(newest, number);
        ASSERT_FALSE(window.is_new(number));
        ASSERT_EQ(window.next(), newest + 1);
    }
}

TEST(ReplayWindow, TakesEachNumberOnceAsFarBackAsItsLimit) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        for (const std::uint32_t limit : {64u, 100u, 128u, 1024u, 16'384u})
            ASSERT_NO_FATAL_FAILURE(agrees_with_a_set(seed, limit));
    }
}

TEST(ReplayWindow, StaysSmallWithoutReordering) {
    ReplayWindow window{65'536};
    for (std::uint64_t number = 0; number < 100'000; ++number) {
        ASSERT_TRUE(window.is_new(number));
        window.take(number);
    }
    EXPECT_EQ(window.storage_bits(), 128u);
}

TEST(ReplayWindow, KeepsAPlaceForTheVeryFirst) {
    ReplayWindow window{65'536};
    for (std::uint64_t number = 1; number <= 128; ++number)
        window.take(number);
    EXPECT_EQ(window.storage_bits(), 256u);
    EXPECT_TRUE(window.is_new(0));
}

TEST(ReplayWindow, StaysSmallWithALittleReordering) {
    ReplayWindow window{65'536};
    for (std::uint64_t number = 0; number < 100'000; number += 2) {
        window.take(number + 1);
        window.take(number);
    }
    EXPECT_EQ(window.storage_bits(), 128u);
}

TEST(ReplayWindow, GrowsForALateOneAndTakesIt) {
    ReplayWindow window{16'384};
    for (std::uint64_t number = 1; number <= 5000; ++number)
        window.take(number);
    EXPECT_EQ(window.storage_bits(), 8192u);
    EXPECT_TRUE(window.is_new(0));
    window.take(0);
    EXPECT_FALSE(window.is_new(0));
}

/// Wherever in the bitmap that is: the one that is missing makes it grow, and is all that is new.
TEST(ReplayWindow, TakesNothingAgainThatCameBeforeItGrew) {
    for (std::uint64_t missing = 1; missing < 1200; missing += 50) {
        ReplayWindow window{16'384};
        for (std::uint64_t number = 0; number < missing; ++number)
            window.take(number);
        ASSERT_EQ(window.storage_bits(), 128u);
        for (const std::uint64_t bits : {256u, 512u, 1024u, 2048u}) {
            while (window.storage_bits() < bits)
                window.take(window.next() == missing ? missing + 1 : window.next());
            for (std::uint64_t number = 0; number < window.next(); ++number)
                ASSERT_EQ(window.is_new(number), number == missing)
                    << number << " of " << bits << " bits, without " << missing;
        }
    }
}

TEST(ReplayWindow, NeverGrowsAboveItsLimit) {
    ReplayWindow window{1024};
    for (std::uint64_t number = 0; number < 1'000'000; number += 997)
        window.take(number);
    EXPECT_EQ(window.storage_bits(), 1024u);
    EXPECT_FALSE(window.is_new(window.next() - 1025));
}

TEST(ReplayWindow, KeepsItsEdge) {
    ReplayWindow window{64};
    window.take(1000);
    EXPECT_TRUE(window.is_new(1001 - 64));
    EXPECT_FALSE(window.is_new(1000 - 64));
    EXPECT_FALSE(window.is_new(0));
}

TEST(ReplayWindow, JumpsToTheLastNumberThereIs) {
    ReplayWindow window{128};
    constexpr std::uint64_t kLast = (std::uint64_t{1} << 48) - 1;
    window.take(5);
    window.take(kLast);
    EXPECT_FALSE(window.is_new(kLast));
    EXPECT_FALSE(window.is_new(5));
    EXPECT_TRUE(window.is_new(kLast - 127));
}

TEST(ReplayWindow, ClampsItsLimit) {
    EXPECT_EQ(ReplayWindow{1}.storage_bits(), 64u);
    ReplayWindow huge{1'000'000};
    huge.take(10'000'000);
    EXPECT_LE(huge.storage_bits(), 65'536u);
}

} // namespace
} // namespace hawser::dtls
