#include "wire/drawn.hpp"

#include <hawser/wire/sctp/control.hpp>

#include <gtest/gtest.h>

namespace hawser::wire::sctp {
namespace {

TEST(CookieEcho, CarriesTheCookie) {
    const Drawn bytes = drawn("0a 00 00 07  01 02 03 00");
    const auto echo = CookieEcho::parse(only_chunk(bytes).value);
    ASSERT_TRUE(echo);
    EXPECT_EQ(shown(echo->cookie), "01 02 03");
    EXPECT_EQ(shown_from([&](Writer& out) { echo->write(out); }), shown(bytes));
    EXPECT_EQ(CookieEcho::parse({}).error().code, Errc::malformed);
}

TEST(CookieAck, IsAHeaderAndNothingMore) {
    EXPECT_EQ(shown_from([](Writer& out) { CookieAck{}.write(out); }), "0b 00 00 04");
    EXPECT_TRUE(CookieAck::parse({}));
    EXPECT_FALSE(CookieAck::parse(drawn("00")));
}

const Drawn kHeartbeat = drawn(R"(
    04 00 00 0b   | HEARTBEAT, 11 bytes
    00 01 00 07   | Heartbeat Info
    aa bb cc 00   | three bytes and padding
)");

TEST(Heartbeat, CarriesItsInfo) {
    const auto heartbeat = Heartbeat::parse(only_chunk(kHeartbeat).value);
    ASSERT_TRUE(heartbeat);
    EXPECT_EQ(shown(heartbeat->info), "aa bb cc");
    EXPECT_EQ(shown_from([&](Writer& out) { heartbeat->write(out, ChunkType::heartbeat); }),
              shown(kHeartbeat));
}

TEST(HeartbeatAck, BringsTheInfoBack) {
    const auto heartbeat = Heartbeat::parse(only_chunk(kHeartbeat).value);
    ASSERT_TRUE(heartbeat);
    EXPECT_EQ(shown_from([&](Writer& out) { heartbeat->write(out, ChunkType::heartbeat_ack); }),
              "05 00 00 0b  00 01 00 07  aa bb cc 00");
}

TEST(Heartbeat, WithoutItsInfoIsMalformed) {
    EXPECT_FALSE(Heartbeat::parse({}));
    EXPECT_FALSE(Heartbeat::parse(drawn("00 07 00 04"))) << "another parameter";
    EXPECT_FALSE(Heartbeat::parse(drawn("00 01 00 09  aa bb cc dd"))) << "longer than the chunk";
    EXPECT_TRUE(Heartbeat::parse(drawn("00 01 00 04"))) << "empty info is the sender's choice";
}

TEST(Shutdown, CarriesTheCumulativeTsn) {
    const Drawn bytes = drawn("07 00 00 08  ff ff ff fe");
    const auto shutdown = Shutdown::parse(only_chunk(bytes).value);
    ASSERT_TRUE(shutdown);
    EXPECT_EQ(shutdown->cumulative_tsn, Tsn{0xffff'fffe});
    EXPECT_EQ(shown_from([&](Writer& out) { shutdown->write(out); }), shown(bytes));
    EXPECT_FALSE(Shutdown::parse(drawn("ff ff ff")));
    EXPECT_FALSE(Shutdown::parse(drawn("ff ff ff fe 00")));
}

TEST(ShutdownAck, IsAHeaderAndNothingMore) {
    EXPECT_EQ(shown_from([](Writer& out) { ShutdownAck{}.write(out); }), "08 00 00 04");
    EXPECT_TRUE(ShutdownAck::parse({}));
    EXPECT_FALSE(ShutdownAck::parse(drawn("00")));
}

TEST(ShutdownComplete, HasATBit) {
    EXPECT_EQ(shown_from([](Writer& out) { ShutdownComplete{}.write(out); }), "0e 00 00 04");
    EXPECT_EQ(shown_from([](Writer& out) { ShutdownComplete{.tag_reflected = true}.write(out); }),
              "0e 01 00 04");
    EXPECT_TRUE(ShutdownComplete::parse(1, {})->tag_reflected);
    EXPECT_FALSE(ShutdownComplete::parse(0xfe, {})->tag_reflected);
    EXPECT_FALSE(ShutdownComplete::parse(0, drawn("00")));
}

TEST(Abort, CarriesItsTBitAndCauses) {
    const Drawn bytes = drawn("06 01 00 0a  00 0c 00 06  62 79 00 00");
    const Chunk chunk = only_chunk(bytes);
    const auto abort = Abort::parse(chunk.flags, chunk.value);
    ASSERT_TRUE(abort);
    EXPECT_TRUE(abort->tag_reflected);
    Causes causes{abort->causes};
    const auto cause = causes.next();
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->type, CauseCode::user_initiated_abort);
    EXPECT_EQ(as_text(cause->value), "by");
    EXPECT_EQ(shown_from([&](Writer& out) { abort->write(out); }), shown(bytes));
    EXPECT_EQ(shown_from([](Writer& out) { Abort{}.write(out); }), "06 00 00 04");
}

TEST(Abort, IsOneWhateverItsCausesLookLike) {
    EXPECT_TRUE(Abort::parse(0, drawn("00 0c ff ff")));
    EXPECT_FALSE(Abort::parse(0, {})->tag_reflected);
}

TEST(OperationError, CarriesCauses) {
    const Drawn bytes = drawn("09 00 00 0c  00 03 00 08  00 0f 42 40");
    const auto error = OperationError::parse(only_chunk(bytes).value);
    ASSERT_TRUE(error);
    EXPECT_TRUE(find_first<Cause>(error->causes, CauseCode::stale_cookie));
    EXPECT_EQ(shown_from([&](Writer& out) { error->write(out); }), shown(bytes));
    EXPECT_FALSE(OperationError::parse({})) << "at least one cause";
    EXPECT_FALSE(OperationError::parse(drawn("00 03 00 09  00 0f 42 40")));
}

} // namespace
} // namespace hawser::wire::sctp
