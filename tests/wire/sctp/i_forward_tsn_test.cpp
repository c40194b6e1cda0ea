#include "wire/drawn.hpp"

#include <hawser/wire/sctp/i_forward_tsn.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::sctp {
namespace {

const Drawn kChunk = drawn(R"(
    c2 00 00 18   | I-FORWARD-TSN, 24 bytes
    00 00 03 e8   | TSN 1000
    00 07 00 00   | stream 7, ordered
    00 01 00 02   | MID 65538
    00 08 00 01   | stream 8, unordered
    ff ff ff ff   | MID 4294967295
)");

constexpr std::array kSkipped{
    SkippedMessages{.stream = StreamId{7}, .unordered = false, .mid = {65'538}},
    SkippedMessages{.stream = StreamId{8}, .unordered = true, .mid = {0xffff'ffff}}};

TEST(IForwardTsn, ReadsItsStreams) {
    const auto forward = IForwardTsnView::parse(only_chunk(kChunk).value);
    ASSERT_TRUE(forward);
    EXPECT_EQ(forward->new_cumulative_tsn(), Tsn{1'000});
    ASSERT_EQ(forward->skipped_count(), 2u);
    EXPECT_EQ(forward->skipped(0), kSkipped[0]);
    EXPECT_EQ(forward->skipped(1), kSkipped[1]);
}

TEST(IForwardTsn, IgnoresReservedBits) {
    Drawn bytes = kChunk;
    bytes[10] = std::byte{0xff};
    bytes[11] = std::byte{0xfe};
    const auto forward = IForwardTsnView::parse(only_chunk(bytes).value);
    ASSERT_TRUE(forward);
    EXPECT_EQ(forward->skipped(0), kSkipped[0]);
}

TEST(IForwardTsn, WritesWhatItReads) {
    EXPECT_EQ(shown_from([](Writer& out) { write_i_forward_tsn(out, Tsn{1'000}, kSkipped); }),
              shown(kChunk));
}

TEST(IForwardTsn, MayHaveNoStreamButNotHalfOfOne) {
    const Bytes value = only_chunk(kChunk).value;
    for (std::size_t size = 0; size <= value.size(); ++size) {
        const auto forward = IForwardTsnView::parse(value.first(size));
        const bool whole = size == 4 || size == 12 || size == 20;
        ASSERT_EQ(forward.has_value(), whole) << size;
        if (!whole) continue;
        EXPECT_EQ(forward->skipped_count(), (size - 4) / 8);
    }
}

} // namespace
} // namespace hawser::wire::sctp
