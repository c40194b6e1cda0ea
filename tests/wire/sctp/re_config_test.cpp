#include "wire/drawn.hpp"

#include <hawser/wire/sctp/re_config.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::sctp {
namespace {

const Drawn kReset = drawn(R"(
    82 00 00 28   | RE-CONFIG, 40 bytes
    00 0d 00 12   | Outgoing SSN Reset Request, 18 bytes
    00 00 00 01   | request 1
    00 00 00 02   | answers 2
    00 00 00 03   | TSN 3
    00 04 00 00   | stream 4, padding
    00 10 00 0c   | Re-configuration Response, 12 bytes
    00 00 00 05   | answers 5
    00 00 00 06   | in progress
    00 00 00 00   | beyond the chunk
)");

/// The value of a RE-CONFIG with these octets for one parameter.
Result<ReConfig> parse(const Drawn& value) {
    return ReConfig::parse(value);
}

TEST(ReConfig, ReadsTwoParameters) {
    const auto chunk = ReConfig::parse(Bytes{kReset}.first(36).subspan(4));
    ASSERT_TRUE(chunk);
    const auto& request = std::get<OutgoingSsnResetRequest>(chunk->first);
    EXPECT_EQ(request.number, RequestNumber{1});
    EXPECT_EQ(request.answers, RequestNumber{2});
    EXPECT_EQ(request.last_assigned_tsn, Tsn{3});
    ASSERT_EQ(request.streams.size(), 1u);
    EXPECT_EQ(request.streams[0], StreamId{4});
    ASSERT_TRUE(chunk->second);
    const auto& response = std::get<ReconfigurationResponse>(*chunk->second);
    EXPECT_EQ(response.answers, RequestNumber{5});
    EXPECT_EQ(response.result, ReconfigurationResult::in_progress);
    EXPECT_FALSE(response.next_tsns);
}

TEST(ReConfig, WritesWhatItReads) {
    for (const char* value :
         {"000d0010 00000001 00000002 00000003", "000e000a 00000001 0007", "000f0008 00000001",
          "0010000c 00000001 00000005", "00100014 00000001 00000001 00000002 00000003",
          "0011000c 00000001 0007 0000", "0012000c 00000001 0007 0000",
          "0011000c 00000001 0007 0000 0012000c 00000002 0008 0000"}) {
        const Drawn bytes = drawn(value);
        const auto chunk = parse(bytes);
        ASSERT_TRUE(chunk) << value;
        std::array<std::byte, 64> room{};
        Writer out{room};
        chunk->write(out);
        EXPECT_TRUE(std::ranges::equal(out.output().subspan(4).first(bytes.size()), bytes))
            << value;
    }
}

TEST(ReConfig, RefusesLengthsThatAreNotTheParameters) {
    for (const char* value :
         {"", "000d000c 00000001 00000002", "000d0011 00000001 00000002 00000003 00",
          "000e0006 0000", "000e0009 00000001 00", "000f0004", "000f000c 00000001 00000002",
          "00100008 00000001", "00100010 00000001 00000001 00000002", "0011000a 00000001 0007",
          "00110010 00000001 0007 0000 00000000", "0012000a 00000001 0007", "000f0008 0000"}) {
        const auto chunk = parse(drawn(value));
        ASSERT_FALSE(chunk) << value;
        EXPECT_EQ(chunk.error().code, Errc::malformed) << value;
    }
}

TEST(ReConfig, RefusesParametersThatMayNotStandTogether) {
    for (const char* value :
         {"000f0008 00000001 000f0008 00000001", "000f0008 00000001 000e0008 00000002",
          "0010000c 00000001 00000001 0011000c 00000002 0001 0000", "00630004",
          "0010000c 00000001 00000001 0010000c 00000002 00000001 0010000c 00000003 00000001"}) {
        const auto chunk = parse(drawn(value));
        ASSERT_FALSE(chunk) << value;
        EXPECT_EQ(chunk.error().code, Errc::unsupported) << value;
    }
}

} // namespace
} // namespace hawser::wire::sctp
