#include "wire/drawn.hpp"

#include <hawser/wire/sctp/data.hpp>

#include <gtest/gtest.h>

namespace hawser::wire::sctp {
namespace {

const Drawn kWhole = drawn(R"(
    00 03 00 15   | DATA, B and E, 21 bytes
    00 00 03 e8   | TSN 1000
    00 07 00 02   | stream 7, SSN 2
    00 00 00 2e   | PPID 46
    68 65 6c 6c   | "hell"
    6f 00 00 00   | "o" and padding
)");

TEST(Data, ReadsAWholeMessage) {
    const Chunk chunk = only_chunk(kWhole);
    const auto data = Data::parse(chunk.flags, chunk.value);
    ASSERT_TRUE(data);
    EXPECT_EQ(data->tsn, Tsn{1'000});
    EXPECT_EQ(data->stream, StreamId{7});
    EXPECT_EQ(data->ssn, Ssn{2});
    EXPECT_EQ(data->ppid, Ppid{46});
    EXPECT_TRUE(data->beginning && data->ending);
    EXPECT_FALSE(data->unordered || data->immediate);
    EXPECT_EQ(as_text(data->payload), "hello");
    EXPECT_EQ(data->payload.data(), kWhole.data() + Data::kHeaderBytes) << "it is a view";
}

TEST(Data, WritesWhatItReads) {
    const Chunk chunk = only_chunk(kWhole);
    const auto data = Data::parse(chunk.flags, chunk.value);
    ASSERT_TRUE(data);
    EXPECT_EQ(shown_from([&](Writer& out) { data->write(out); }), shown(kWhole));
}

TEST(Data, KeepsEachFlagApart) {
    const Drawn value(13);
    for (unsigned flags = 0; flags < 16; ++flags) {
        const auto data = Data::parse(static_cast<std::uint8_t>(flags), value);
        ASSERT_TRUE(data);
        EXPECT_EQ(data->ending, (flags & 1) != 0);
        EXPECT_EQ(data->beginning, (flags & 2) != 0);
        EXPECT_EQ(data->unordered, (flags & 4) != 0);
        EXPECT_EQ(data->immediate, (flags & 8) != 0);
        EXPECT_EQ(data->flags(), flags);
        EXPECT_EQ(Data::parse(static_cast<std::uint8_t>(flags | 0xf0), value)->flags(), flags)
            << "reserved bits are ignored on receipt";
    }
}

TEST(Data, WritesItsHeaderForAPayloadThatTheCallerPutsBehindIt) {
    const Data data{.stream = StreamId{7},
                    .ssn = {2},
                    .ppid = Ppid{46},
                    .tsn = {1'000},
                    .beginning = true,
                    .ending = true};
    EXPECT_EQ(shown_from([&](Writer& out) { data.write_header(out, 5); }),
              shown(Bytes{kWhole}.first(Data::kHeaderBytes)));
    EXPECT_EQ(shown_from([&](Writer& out) { data.write_header(out, Data::kPayloadBytesMax + 1); }),
              "did not fit");
}

// RFC 9260 §6.2: the answer is an ABORT with No User Data, which names the TSN.
TEST(Data, WithoutPayloadIsMalformedButItsTsnCanBeRead) {
    const Drawn bytes = drawn("00 03 00 10  00 00 03 e8  00 07 00 02  00 00 00 2e");
    const Chunk chunk = only_chunk(bytes);
    const auto data = Data::parse(chunk.flags, chunk.value);
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().code, Errc::malformed);
    EXPECT_EQ(Data::tsn_of(chunk.value), Tsn{1'000});
}

TEST(Data, CutAnywhereIsMalformed) {
    const Chunk chunk = only_chunk(kWhole);
    for (std::size_t size = 0; size <= 12; ++size) {
        EXPECT_FALSE(Data::parse(chunk.flags, chunk.value.first(size))) << size;
    }
    EXPECT_TRUE(Data::parse(chunk.flags, chunk.value.first(13)));
    EXPECT_EQ(Data::tsn_of(chunk.value.first(3)), Tsn{0});
}

} // namespace
} // namespace hawser::wire::sctp
