#include "wire/drawn.hpp"

#include <hawser/wire/sctp/parameters.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::sctp {
namespace {

using namespace std::chrono_literals;

TEST(AddressParameter, HasATypeForEachFamily) {
    const Drawn v4 = drawn("00 05 00 08  0a 00 00 01");
    EXPECT_EQ(*parse_address(only_item<Parameter>(v4)), *Address::parse("10.0.0.1"));
    const Drawn v6 = drawn("00 06 00 14  20 01 0d b8  00 00 00 00  00 00 00 00  00 00 00 01");
    EXPECT_EQ(*parse_address(only_item<Parameter>(v6)), *Address::parse("2001:db8::1"));
    EXPECT_EQ(shown_from([](Writer& out) { write_address(out, *Address::parse("10.0.0.1:9")); }),
              shown(v4))
        << "a port has no place in it";
    EXPECT_EQ(shown_from([](Writer& out) { write_address(out, *Address::parse("2001:db8::1")); }),
              shown(v6));
}

// RFC 9260 §3.3.2.1 forbids sending one; what it means is clear.
TEST(AddressParameter, ReadsAMappedAddressAsTheIpv4OneItStandsFor) {
    const Drawn mapped = drawn("00 06 00 14  00 00 00 00  00 00 00 00  00 00 ff ff  0a 00 00 01");
    EXPECT_EQ(*parse_address(only_item<Parameter>(mapped)), *Address::parse("10.0.0.1"));
}

TEST(AddressParameter, RefusesAnotherLengthOrType) {
    for (const char* text : {"00 05 00 04", "00 05 00 07 0a 00 00", "00 05 00 09 0a 00 00 01 01",
                             "00 06 00 08 0a 00 00 01"}) {
        const Drawn bytes = drawn(text);
        const auto address = parse_address(only_item<Parameter>(bytes));
        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().code, Errc::malformed) << text;
    }
    const Drawn host_name = drawn("00 0b 00 08  61 2e 62 00");
    EXPECT_EQ(parse_address(only_item<Parameter>(host_name)).error().code, Errc::invalid_argument);
}

TEST(CookiePreservative, CountsMilliseconds) {
    const Drawn bytes = drawn("00 09 00 08  00 00 75 30");
    EXPECT_EQ(*parse_cookie_preservative(only_item<Parameter>(bytes).value), 30s);
    EXPECT_EQ(shown_from([](Writer& out) { write_cookie_preservative(out, 30s); }), shown(bytes));
    EXPECT_EQ(shown_from([](Writer& out) { write_cookie_preservative(out, -1s); }),
              "00 09 00 08  00 00 00 00");
    EXPECT_EQ(shown_from([](Writer& out) { write_cookie_preservative(out, 24h * 365); }),
              "00 09 00 08  ff ff ff ff");
    EXPECT_FALSE(parse_cookie_preservative(drawn("00 00 75")));
    EXPECT_FALSE(parse_cookie_preservative(drawn("00 00 75 30 00")));
}

TEST(HostName, EndsBeforeItsZeros) {
    EXPECT_EQ(parse_host_name(drawn("61 2e 62 00 00")), "a.b");
    EXPECT_EQ(parse_host_name(drawn("61 2e 62")), "a.b");
    EXPECT_EQ(parse_host_name(drawn("00 00")), "");
    EXPECT_EQ(parse_host_name({}), "");
}

TEST(SupportedAddressTypesParameter, ListsTypes) {
    const Drawn bytes = drawn("00 0c 00 08  00 05 00 06");
    const auto types = SupportedAddressTypes::parse(only_item<Parameter>(bytes).value);
    ASSERT_TRUE(types);
    ASSERT_EQ(types->size(), 2u);
    EXPECT_EQ((*types)[1], ParameterType::ipv6_address);
    EXPECT_TRUE(types->contains(ParameterType::ipv4_address));
    EXPECT_FALSE(types->contains(ParameterType::host_name_address));
    EXPECT_EQ(SupportedAddressTypes::parse(drawn("00 05 00")).error().code, Errc::malformed);
}

TEST(SupportedExtensionsParameter, ListsChunkTypes) {
    const Drawn bytes = drawn("80 08 00 06  c0 82");
    const SupportedExtensions extensions{only_item<Parameter>(bytes).value};
    ASSERT_EQ(extensions.size(), 2u);
    EXPECT_EQ(extensions[1], ChunkType::re_config);
    EXPECT_TRUE(extensions.contains(ChunkType::forward_tsn));
    EXPECT_FALSE(extensions.contains(ChunkType::i_data));
    const std::array types{ChunkType::forward_tsn, ChunkType::re_config};
    EXPECT_EQ(shown_from([&](Writer& out) { write_supported_extensions(out, types); }),
              shown(bytes));
}

TEST(ZeroChecksumAcceptable, NamesAMethod) {
    const Drawn bytes = drawn("80 01 00 08  00 00 00 01");
    EXPECT_EQ(*parse_zero_checksum_acceptable(only_item<Parameter>(bytes).value),
              ErrorDetectionMethod::dtls);
    EXPECT_EQ(shown_from([](Writer& out) {
                  write_zero_checksum_acceptable(out, ErrorDetectionMethod::dtls);
              }),
              shown(bytes));
    EXPECT_FALSE(parse_zero_checksum_acceptable({}));
}

TEST(AdaptationLayer, IsANumber) {
    const Drawn bytes = drawn("c0 06 00 08  00 00 00 2a");
    EXPECT_EQ(*parse_adaptation_layer(only_item<Parameter>(bytes).value), 42u);
    EXPECT_EQ(shown_from([](Writer& out) { write_adaptation_layer(out, 42); }), shown(bytes));
    EXPECT_FALSE(parse_adaptation_layer(drawn("00 2a")));
}

TEST(ForwardTsnSupported, SaysAllByBeingThere) {
    EXPECT_EQ(shown_from([](Writer& out) { write_forward_tsn_supported(out); }), "c0 00 00 04");
}

} // namespace
} // namespace hawser::wire::sctp
