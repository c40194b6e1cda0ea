// What was dropped can be told to people.
#include <hawser/sctp/drops.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace hawser::sctp {
namespace {

TEST(Drops, HaveEachANameOfTheirOwn) {
    std::set<std::string_view> names;
    for (const NamedCount& drop : drops({})) {
        EXPECT_FALSE(drop.name.empty());
        EXPECT_NE(drop.name, "unknown");
        EXPECT_TRUE(names.insert(drop.name).second) << drop.name;
        EXPECT_EQ(drop.count, 0u);
    }
    EXPECT_FALSE(names.contains("accepted"));
}

TEST(Drops, AreCountedUnderTheirNames) {
    Counters counters;
    counters.received[static_cast<std::size_t>(Verdict::accepted)] = 100;
    counters.received[static_cast<std::size_t>(Verdict::bad_tag)] = 3;
    counters.unauthenticated_chunks = 2;
    const auto all = drops(counters);
    EXPECT_EQ(std::ranges::count_if(all, [](const NamedCount& drop) { return drop.count > 0; }), 2);
    EXPECT_TRUE(std::ranges::count(all, NamedCount{"bad_tag", 3}) == 1);
    EXPECT_TRUE(std::ranges::count(all, NamedCount{"unauthenticated_chunks", 2}) == 1);
}

} // namespace
} // namespace hawser::sctp
