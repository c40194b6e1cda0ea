#include "engine/cookie_mac.hpp"

#include <gtest/gtest.h>

namespace hawser {
namespace {

using namespace std::chrono_literals;

struct CookieMacTest : testing::Test {
    SeededRandom random{1};
    CookieMac mac{random, 60s, Instant{}};
    Instant start{};
    const Bytes host = as_bytes("10.0.0.1");
    const Bytes content = as_bytes("content");
};

TEST_F(CookieMacTest, VerifiesWhatItMadeForOneLifetimeAndAtMostTwo) {
    for (const Duration made : {0s, 1s, 59s, 60s, 130s}) {
        CookieMac each{random, 60s, start};
        const auto code = each.make({host, content}, start + made);
        EXPECT_TRUE(each.verify(code, {host, content}, start + made));
        EXPECT_TRUE(each.verify(code, {host, content}, start + made + 59s));
        EXPECT_TRUE(each.verify(code, {host, content}, start + made + 60s));
        static_cast<void>(each.make({}, start + made + 125s)); // time passes and is noticed
        EXPECT_FALSE(each.verify(code, {host, content}, start + made + 190s));
    }
}

TEST_F(CookieMacTest, RefusesOtherContentOtherHostsAndOtherSecrets) {
    const auto code = mac.make({host, content}, start);
    EXPECT_FALSE(mac.verify(code, {host, as_bytes("Content")}, start));
    EXPECT_FALSE(mac.verify(code, {as_bytes("10.0.0.2"), content}, start));
    CookieMac other{random, 60s, start};
    EXPECT_FALSE(other.verify(code, {host, content}, start));
}

TEST_F(CookieMacTest, RefusesACodeWithAnyBitFlippedOrAnotherLength) {
    const auto code = mac.make({host, content}, start);
    for (std::size_t bit = 0; bit < 8 * code.size(); ++bit) {
        auto flipped = code;
        flipped[bit / 8] ^= std::byte{1} << (bit % 8);
        EXPECT_FALSE(mac.verify(flipped, {host, content}, start));
    }
    EXPECT_FALSE(mac.verify(Bytes{code}.first(15), {host, content}, start));
    EXPECT_FALSE(mac.verify({}, {host, content}, start));
}

} // namespace
} // namespace hawser
