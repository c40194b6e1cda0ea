#include "wire/drawn.hpp"

#include <hawser/wire/sctp/nr_sack.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::sctp {
namespace {

const Drawn kThreeGaps = drawn(R"(
    10 00 00 24   | NR-SACK, 36 bytes
    00 00 00 64   | cumulative TSN 100
    00 01 00 00   | window 65536
    00 01 00 02   | one gap, two that are not given up
    00 01 00 00   | one duplicate
    00 02 00 03   | 102 to 103
    00 05 00 05   | 105
    00 07 00 09   | 107 to 109
    00 00 00 63   | 99 came twice
)");

TEST(NrSack, ReadsBothKindsOfGapsAndDuplicatesWhereTheyStand) {
    const auto sack = NrSackView::parse(only_chunk(kThreeGaps).value);
    ASSERT_TRUE(sack);
    EXPECT_EQ(sack->cumulative_tsn(), Tsn{100});
    EXPECT_EQ(sack->receive_window_bytes(), 65'536u);
    ASSERT_EQ(sack->gap_count(), 1u);
    EXPECT_EQ(sack->gap(0), (Gap{.first = 2, .last = 3}));
    ASSERT_EQ(sack->nr_gap_count(), 2u);
    EXPECT_EQ(sack->nr_gap(0), (Gap{.first = 5, .last = 5}));
    EXPECT_EQ(sack->nr_gap(1), (Gap{.first = 7, .last = 9}));
    ASSERT_EQ(sack->duplicate_count(), 1u);
    EXPECT_EQ(sack->duplicate(0), Tsn{99});
}

TEST(NrSack, IsWrittenAsItIsRead) {
    const std::array gaps{Gap{.first = 2, .last = 3}};
    const std::array nr_gaps{Gap{.first = 5, .last = 5}, Gap{.first = 7, .last = 9}};
    const std::array duplicates{Tsn{99}};
    EXPECT_EQ(shown_from([&](Writer& out) {
                  write_nr_sack(out, {100}, 65'536, gaps, nr_gaps, duplicates);
              }),
              shown(kThreeGaps));
}

TEST(NrSack, RefusesCountsThatDoNotFillItExactly) {
    for (const char* value : {
             "00 00 00 64  00 01 00 00  00 00 00 00",
             "00 00 00 64  00 01 00 00  00 01 00 00  00 00 00 00",
             "00 00 00 64  00 01 00 00  00 00 00 01  00 00 00 00",
             "00 00 00 64  00 01 00 00  00 00 00 00  00 01 00 00  00 02",
             "00 00 00 64  00 01 00 00  ff ff ff ff  ff ff 00 00  00 02 00 03",
             "00 00 00 64  00 01 00 00  00 00 00 00  00 00 00 00  00 02 00 03",
         }) {
        EXPECT_FALSE(NrSackView::parse(drawn(value))) << value;
    }
}

} // namespace
} // namespace hawser::wire::sctp
