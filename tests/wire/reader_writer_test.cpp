#include "wire/drawn.hpp"

#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire {
namespace {

TEST(Reader, TakesNumbersMostSignificantByteFirst) {
    const Drawn bytes = drawn("01  02 03  04 05 06 07  08 09 0a 0b 0c 0d 0e 0f");
    Reader in{bytes};
    EXPECT_EQ(in.u8(), 0x01u);
    EXPECT_EQ(in.u16(), 0x0203u);
    EXPECT_EQ(in.u32(), 0x04050607u);
    EXPECT_EQ(in.u64(), 0x08090a0b0c0d0e0fu);
    EXPECT_EQ(in.remaining(), 0u);
    EXPECT_TRUE(in.ok());
}

TEST(Reader, BorrowsRunsOfBytes) {
    const Drawn bytes = drawn("01 02 03 04 05");
    Reader in{bytes};
    in.skip(1);
    EXPECT_EQ(in.bytes(2).data(), bytes.data() + 1);
    EXPECT_EQ(in.remaining(), 2u);
    EXPECT_EQ(shown(in.rest()), "04 05");
    EXPECT_EQ(in.remaining(), 0u);
    EXPECT_TRUE(in.ok());
}

TEST(Reader, AnswersZerosOnceItRanShortAndFailsOnce) {
    const Drawn bytes = drawn("01 02 03");
    Reader in{bytes};
    EXPECT_EQ(in.u16(), 0x0102u);
    EXPECT_EQ(in.u16(), 0u); // one byte is there, but not two
    EXPECT_EQ(in.u8(), 0u);  // and it is not given out later
    EXPECT_TRUE(in.bytes(1).empty());
    EXPECT_FALSE(in.ok());
    const Result<int> result = in.finish(7);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::malformed);
}

TEST(Reader, FinishesWithTheValueWhenAllWasThere) {
    const Drawn bytes = drawn("2a 00");
    Reader in{bytes};
    const int value = in.u8();
    EXPECT_EQ(in.finish(value).value(), 42);
}

TEST(Reader, DoesNotMistakeAHugeCountForASmallOne) {
    const Drawn bytes = drawn("01 02 03");
    Reader in{bytes};
    in.skip(1);
    EXPECT_TRUE(in.bytes(SIZE_MAX).empty());
    EXPECT_FALSE(in.ok());
}

TEST(Writer, PutsNumbersMostSignificantByteFirst) {
    EXPECT_EQ(shown_from([](Writer& out) {
                  out.u8(0x01);
                  out.u16(0x0203);
                  out.u32(0x04050607);
                  out.u64(0x08090a0b0c0d0e0f);
                  out.bytes(as_bytes("A"));
              }),
              "01 02 03 04  05 06 07 08  09 0a 0b 0c  0d 0e 0f 41");
}

TEST(Writer, PadsWithZerosUpToTheAlignment) {
    EXPECT_EQ(shown_from([](Writer& out) {
                  out.pad_to(4);
                  out.u8(1);
                  out.pad_to(4);
                  out.pad_to(4);
                  out.zeros(2);
              }),
              "01 00 00 00  00 00");
}

TEST(Writer, PutsALengthOverBytesThatWereWritten) {
    std::array<std::byte, 8> room{};
    Writer out{room};
    out.u32(0xaabbccdd);
    out.patch_u16(1, 0x1234);
    EXPECT_EQ(shown(out.output()), "aa 12 34 dd");
    EXPECT_TRUE(out.ok());
    out.patch_u16(3, 0xffff); // half of it is not written yet
    EXPECT_FALSE(out.ok());
    EXPECT_EQ(shown(room), "aa 12 34 dd  00 00 00 00");
}

TEST(Writer, NeverWritesPastItsRoomAndNothingAfterWhatDidNotFit) {
    std::array<std::byte, 8> memory{};
    Writer out{std::span{memory}.first(5)};
    out.u32(0x01020304);
    out.u16(0x0506);
    EXPECT_FALSE(out.ok());
    out.u8(0x07); // would fit, but what comes before it is missing
    out.zeros(1);
    out.bytes(as_bytes("x"));
    EXPECT_TRUE(out.claim(1).empty());
    EXPECT_EQ(out.written(), 4u);
    EXPECT_EQ(out.remaining(), 1u);
    EXPECT_EQ(shown(memory), "01 02 03 04  00 00 00 00");
}

TEST(Writer, RefusesACountThatWouldWrapAround) {
    std::array<std::byte, 8> room{};
    Writer out{room};
    out.u32(1);
    EXPECT_TRUE(out.claim(SIZE_MAX - 2).empty());
    EXPECT_FALSE(out.ok());
}

TEST(Writer, LendsRoomToBeFilledInPlace) {
    std::array<std::byte, 4> room{};
    Writer out{room};
    out.u8(1);
    const MutableBytes lent = out.claim(2);
    ASSERT_EQ(lent.size(), 2u);
    lent[1] = std::byte{9};
    EXPECT_EQ(shown(out.output()), "01 00 09");
}

} // namespace
} // namespace hawser::wire
