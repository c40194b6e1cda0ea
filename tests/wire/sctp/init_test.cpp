#include "wire/drawn.hpp"

#include <hawser/wire/sctp/init.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::sctp {
namespace {

const Drawn kInit = drawn(R"(
    01 00 00 28   | INIT, 40 bytes
    ca fe ba be   | initiate tag
    00 02 00 00   | window 131072
    ff ff 00 0a   | 65535 streams out, 10 in
    00 00 30 39   | initial TSN 12345
    00 05 00 08   | IPv4 Address
    0a 32 01 01   | 10.50.1.1
    00 0c 00 08   | Supported Address Types
    00 05 00 06   | IPv4, IPv6
    c0 00 00 04   | Forward-TSN-Supported
)");

TEST(Init, ReadsItsFieldsAndLendsItsParameters) {
    const auto init = Init::parse(only_chunk(kInit).value);
    ASSERT_TRUE(init);
    EXPECT_EQ(init->initiate_tag, VerificationTag{0xcafebabe});
    EXPECT_EQ(init->receive_window_bytes, 131'072u);
    EXPECT_EQ(init->outbound_streams, 65'535u);
    EXPECT_EQ(init->inbound_streams, 10u);
    EXPECT_EQ(init->initial_tsn, Tsn{12'345});

    Parameters parameters{init->parameters};
    EXPECT_EQ(*parse_address(*parameters.next()), *Address::parse("10.50.1.1"));
    EXPECT_EQ(parameters.next()->type, ParameterType::supported_address_types);
    EXPECT_EQ(parameters.next()->type, ParameterType::forward_tsn_supported);
    EXPECT_FALSE(parameters.next());
}

TEST(Init, WritesWhatItReads) {
    const auto init = Init::parse(only_chunk(kInit).value);
    ASSERT_TRUE(init);
    EXPECT_EQ(shown_from([&](Writer& out) { init->write(out, ChunkType::init); }), shown(kInit));
}

TEST(Init, IsBuiltFromTypedParameters) {
    const Init init{.initiate_tag = VerificationTag{0xcafebabe},
                    .receive_window_bytes = 131'072,
                    .outbound_streams = 65'535,
                    .inbound_streams = 10,
                    .initial_tsn = {12'345}};
    const std::array types{ParameterType::ipv4_address, ParameterType::ipv6_address};
    EXPECT_EQ(shown_from([&](Writer& out) {
                  init.write(out, ChunkType::init, [&](Writer& to) {
                      write_address(to, *Address::parse("10.50.1.1"));
                      write_supported_address_types(to, types);
                      write_forward_tsn_supported(to);
                  });
              }),
              shown(kInit));
}

// The cookie is 5 bytes; its padding is written, but the chunk's length ends before it.
TEST(InitAck, EndsItsLengthBeforeThePaddingOfItsLastParameter) {
    const Drawn expected = drawn(R"(
        02 00 00 1d   | INIT ACK, 29 bytes
        00 00 00 01  00 00 05 dc  00 01 00 01  00 00 00 02
        00 07 00 09   | State Cookie
        63 6f 6f 6b  69 00 00 00
    )");
    const Init ack{.initiate_tag = VerificationTag{1},
                   .receive_window_bytes = 1'500,
                   .outbound_streams = 1,
                   .inbound_streams = 1,
                   .initial_tsn = {2}};
    EXPECT_EQ(shown_from([&](Writer& out) {
                  ack.write(out, ChunkType::init_ack, [](Writer& to) {
                      write_item(to, ParameterType::state_cookie, as_bytes("cooki"));
                  });
              }),
              shown(expected));

    const auto read = Init::parse(only_chunk(expected).value);
    ASSERT_TRUE(read);
    const auto cookie = find_first<Parameter>(read->parameters, ParameterType::state_cookie);
    ASSERT_TRUE(cookie);
    EXPECT_EQ(as_text(cookie->value), "cooki");
    EXPECT_EQ(shown_from([&](Writer& out) { read->write(out, ChunkType::init_ack); }),
              shown(expected));
}

TEST(Init, CutInItsFixedFieldsIsMalformed) {
    const Bytes value = only_chunk(kInit).value;
    for (std::size_t size = 0; size < 16; ++size) {
        const auto init = Init::parse(value.first(size));
        ASSERT_FALSE(init) << size;
        EXPECT_EQ(init.error().code, Errc::malformed);
    }
    EXPECT_TRUE(Init::parse(value.first(16))) << "parameters are optional";
}

TEST(Init, WithParametersThatCannotBeWalkedIsMalformed) {
    Drawn bytes = kInit;
    bytes[23] = std::byte{0x40}; // the address says it is longer than the chunk
    EXPECT_FALSE(Init::parse(only_chunk(bytes).value));
    bytes[23] = std::byte{0x03}; // shorter than its own header
    EXPECT_FALSE(Init::parse(only_chunk(bytes).value));
}

} // namespace
} // namespace hawser::wire::sctp
