#include "wire/drawn.hpp"

#include <hawser/wire/sctp/sack.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::sctp {
namespace {

const Drawn kTwoGaps = drawn(R"(
    03 00 00 1c   | SACK, 28 bytes
    00 00 00 64   | cumulative TSN 100
    00 01 00 00   | window 65536
    00 02 00 01   | two gaps, one duplicate
    00 02 00 03   | 102 to 103
    00 05 00 05   | 105
    00 00 00 63   | 99 came twice
)");

TEST(Sack, ReadsGapsAndDuplicatesWhereTheyStand) {
    const auto sack = SackView::parse(only_chunk(kTwoGaps).value);
    ASSERT_TRUE(sack);
    EXPECT_EQ(sack->cumulative_tsn(), Tsn{100});
    EXPECT_EQ(sack->receive_window_bytes(), 65'536u);
    ASSERT_EQ(sack->gap_count(), 2u);
    EXPECT_EQ(sack->gap(0), (Gap{.first = 2, .last = 3}));
    EXPECT_EQ(sack->gap(1), (Gap{.first = 5, .last = 5}));
    ASSERT_EQ(sack->duplicate_count(), 1u);
    EXPECT_EQ(sack->duplicate(0), Tsn{99});
}

TEST(Sack, IsWrittenAsItIsRead) {
    const std::array gaps{Gap{.first = 2, .last = 3}, Gap{.first = 5, .last = 5}};
    const std::array duplicates{Tsn{99}};
    EXPECT_EQ(shown_from([&](Writer& out) { write_sack(out, {100}, 65'536, gaps, duplicates); }),
              shown(kTwoGaps));
}

TEST(Sack, WithoutGapsIsItsFixedFields) {
    const std::string written =
        shown_from([](Writer& out) { write_sack(out, {0xffff'ffff}, 1'500, {}, {}); });
    EXPECT_EQ(written, "03 00 00 10  ff ff ff ff  00 00 05 dc  00 00 00 00");
    const Drawn bytes = drawn(written);
    const auto sack = SackView::parse(only_chunk(bytes).value);
    ASSERT_TRUE(sack);
    EXPECT_EQ(sack->gap_count() + sack->duplicate_count(), 0u);
}

TEST(Sack, RefusesCountsThatDoNotFillItExactly) {
    struct Case {
        const char* what;
        const char* value;
    };
    for (const auto& [what, value] : {
             Case{"cut before the counts", "00 00 00 64  00 01 00 00  00 00"},
             Case{"a gap that is not there", "00 00 00 64  00 01 00 00  00 01 00 00"},
             Case{"half a gap", "00 00 00 64  00 01 00 00  00 01 00 00  00 02"},
             Case{"most gaps and duplicates", "00 00 00 64  00 01 00 00  ff ff ff ff"},
             Case{"more than it says", "00 00 00 64  00 01 00 00  00 00 00 00  00 02 00 03"},
         }) {
        const auto sack = SackView::parse(drawn(value));
        ASSERT_FALSE(sack) << what;
        EXPECT_EQ(sack.error().code, Errc::malformed) << what;
    }
}

TEST(Sack, CarriesAsManyGapsAsAChunkHolds) {
    constexpr std::size_t kMost = (0xffff - SackView::kHeaderBytes) / SackView::kEntryBytes;
    const std::vector<Gap> gaps(kMost, Gap{.first = 2, .last = 2});
    std::vector<std::byte> room(70'000);
    Writer out{room};
    write_sack(out, {1}, 2, gaps, {});
    ASSERT_TRUE(out.ok());
    const auto sack = SackView::parse(out.output().subspan(kTlvHeaderBytes));
    ASSERT_TRUE(sack);
    EXPECT_EQ(sack->gap_count(), kMost);
    EXPECT_EQ(sack->gap(kMost - 1), gaps.back());

    const std::array<Tsn, 1> one_too_many{};
    Writer over{room};
    write_sack(over, {1}, 2, gaps, one_too_many);
    EXPECT_FALSE(over.ok());
}

} // namespace
} // namespace hawser::wire::sctp
