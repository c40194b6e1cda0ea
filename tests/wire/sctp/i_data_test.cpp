#include "wire/drawn.hpp"

#include <hawser/wire/sctp/i_data.hpp>

#include <gtest/gtest.h>

namespace hawser::wire::sctp {
namespace {

const Drawn kFirst = drawn(R"(
    40 02 00 19   | I-DATA, B, 25 bytes
    00 00 03 e8   | TSN 1000
    00 07 00 00   | stream 7, reserved
    00 01 00 02   | MID 65538
    00 00 00 2e   | PPID 46
    68 65 6c 6c   | "hell"
    6f 00 00 00   | "o" and padding
)");

const Drawn kSecond = drawn(R"(
    40 05 00 16   | I-DATA, U and E, 22 bytes
    00 00 03 e9   | TSN 1001
    00 07 00 00   | stream 7, reserved
    00 01 00 02   | MID 65538
    00 00 00 01   | FSN 1
    21 21 00 00   | "!!" and padding
)");

Result<IData> parsed(const Drawn& bytes) {
    const Chunk chunk = only_chunk(bytes);
    return IData::parse(chunk.flags, chunk.value);
}

TEST(IData, ReadsThePpidOfTheFirstFragment) {
    const auto data = parsed(kFirst);
    ASSERT_TRUE(data);
    EXPECT_EQ(data->tsn, Tsn{1'000});
    EXPECT_EQ(data->stream, StreamId{7});
    EXPECT_EQ(data->mid, Mid{65'538});
    EXPECT_EQ(data->ppid, Ppid{46});
    EXPECT_EQ(data->fsn, 0u);
    EXPECT_TRUE(data->beginning);
    EXPECT_FALSE(data->ending || data->unordered || data->immediate);
    EXPECT_EQ(as_text(data->payload), "hello");
    EXPECT_EQ(data->payload.data(), kFirst.data() + IData::kHeaderBytes) << "it is a view";
}

TEST(IData, ReadsTheFsnOfAnyOther) {
    const auto data = parsed(kSecond);
    ASSERT_TRUE(data);
    EXPECT_EQ(data->fsn, 1u);
    EXPECT_EQ(data->ppid, Ppid{0});
    EXPECT_TRUE(data->ending && data->unordered);
    EXPECT_FALSE(data->beginning);
    EXPECT_EQ(as_text(data->payload), "!!");
}

TEST(IData, WritesWhatItReads) {
    for (const Drawn* bytes : {&kFirst, &kSecond}) {
        const auto data = parsed(*bytes);
        ASSERT_TRUE(data);
        EXPECT_EQ(shown_from([&](Writer& out) { data->write(out); }), shown(*bytes));
    }
}

TEST(IData, KeepsEachFlagApart) {
    const Drawn value(17);
    for (unsigned flags = 0; flags < 16; ++flags) {
        const auto data = IData::parse(static_cast<std::uint8_t>(flags), value);
        ASSERT_TRUE(data);
        EXPECT_EQ(data->ending, (flags & 1) != 0);
        EXPECT_EQ(data->beginning, (flags & 2) != 0);
        EXPECT_EQ(data->unordered, (flags & 4) != 0);
        EXPECT_EQ(data->immediate, (flags & 8) != 0);
        EXPECT_EQ(data->flags(), flags);
        EXPECT_EQ(IData::parse(static_cast<std::uint8_t>(flags | 0xf0), value)->flags(), flags)
            << "reserved bits are ignored on receipt";
    }
}

TEST(IData, IgnoresWhatIsReservedAndWritesZeros) {
    Drawn bytes = kFirst;
    bytes[10] = bytes[11] = std::byte{0xff};
    const auto data = parsed(bytes);
    ASSERT_TRUE(data);
    EXPECT_EQ(data->stream, StreamId{7});
    EXPECT_EQ(shown_from([&](Writer& out) { data->write(out); }), shown(kFirst));
}

TEST(IData, CutAnywhereIsMalformed) {
    const Chunk chunk = only_chunk(kFirst);
    for (std::size_t size = 0; size <= 16; ++size) {
        const auto data = IData::parse(chunk.flags, chunk.value.first(size));
        ASSERT_FALSE(data) << size;
        EXPECT_EQ(data.error().code, Errc::malformed);
    }
    EXPECT_TRUE(IData::parse(chunk.flags, chunk.value.first(17)));
}

TEST(IData, DoesNotWriteMoreThanALengthCanSay) {
    const Drawn payload(IData::kPayloadBytesMax + 1);
    IData data{.beginning = true, .ending = true};
    data.payload = payload;
    EXPECT_EQ(shown_from([&](Writer& out) { data.write(out); }), "did not fit");
}

} // namespace
} // namespace hawser::wire::sctp
