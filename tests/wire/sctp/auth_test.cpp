#include "wire/drawn.hpp"

#include <hawser/wire/sctp/auth.hpp>
#include <hawser/wire/sctp/causes.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::sctp {
namespace {

const Drawn kAuth = drawn(R"(
    0f 00 00 1c   | AUTH, 28 bytes
    00 07 00 01   | key 7, SHA-1
    01 02 03 04  05 06 07 08  09 0a 0b 0c  0d 0e 0f 10  11 12 13 14
)");

TEST(Auth, NamesItsKeyAndItsHmac) {
    const auto auth = Auth::parse(only_chunk(kAuth).value);
    ASSERT_TRUE(auth);
    EXPECT_EQ(auth->key, KeyId{7});
    EXPECT_EQ(auth->hmac, HmacId::sha1);
    EXPECT_EQ(auth->code.size(), 20u);
    EXPECT_EQ(auth->code[19], std::byte{0x14});
    EXPECT_EQ(shown_from([&](Writer& out) { auth->write(out); }), shown(kAuth));
}

TEST(Auth, IsPaddedAfterAnHmacOfAnyLength) {
    const Drawn odd = drawn("0f 00 00 09  00 00 00 63  aa 00 00 00");
    const auto auth = Auth::parse(only_chunk(odd).value);
    ASSERT_TRUE(auth) << "an algorithm that is not known is not malformed";
    EXPECT_EQ(auth->hmac, HmacId{99});
    EXPECT_EQ(shown_from([&](Writer& out) { auth->write(out); }), shown(odd));
}

TEST(Auth, WithoutItsNumbersIsMalformed) {
    EXPECT_EQ(Auth::parse({}).error().code, Errc::malformed);
    EXPECT_EQ(Auth::parse(drawn("00 00 00")).error().code, Errc::malformed);
    EXPECT_TRUE(Auth::parse(drawn("00 00 00 01"))) << "no HMAC is one that is wrong";
}

TEST(ChunkListParameter, ListsChunkTypes) {
    const Drawn bytes = drawn("80 03 00 07  00 c1 80");
    const ChunkList list{only_item<Parameter>(bytes).value};
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(list[1], ChunkType::asconf);
    const std::array types{ChunkType::data, ChunkType::asconf, ChunkType::asconf_ack};
    EXPECT_EQ(shown_from([&](Writer& out) { write_chunk_list(out, types); }), shown(bytes));
    EXPECT_EQ(ChunkList{{}}.size(), 0u);
}

TEST(RequestedHmacsParameter, ListsThemByPreference) {
    const Drawn bytes = drawn("80 04 00 08  00 03 00 01");
    const auto list = RequestedHmacs::parse(only_item<Parameter>(bytes).value);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 2u);
    EXPECT_EQ((*list)[0], HmacId::sha256);
    EXPECT_EQ((*list)[1], HmacId::sha1);
    const std::array hmacs{HmacId::sha256, HmacId::sha1};
    EXPECT_EQ(shown_from([&](Writer& out) { write_requested_hmacs(out, hmacs); }), shown(bytes));
    EXPECT_EQ(RequestedHmacs::parse(drawn("00 03 00")).error().code, Errc::malformed);
}

TEST(UnsupportedHmacCause, NamesIt) {
    const Drawn bytes = drawn("01 05 00 06  00 02");
    const auto cause = parse_cause(only_item<Cause>(bytes));
    ASSERT_TRUE(cause);
    EXPECT_EQ(std::get<UnsupportedHmac>(*cause).hmac, HmacId{2});
    EXPECT_EQ(shown_from([](Writer& out) { UnsupportedHmac{HmacId{2}}.write(out); }), shown(bytes));
    for (const char* text : {"01 05 00 05  00", "01 05 00 08  00 02 00 00"}) {
        const Drawn wrong = drawn(text);
        EXPECT_FALSE(parse_cause(only_item<Cause>(wrong))) << text;
    }
}

} // namespace
} // namespace hawser::wire::sctp
