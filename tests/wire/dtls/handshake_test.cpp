#include "wire/drawn.hpp"
#include "wire/dtls/lies.hpp"
#include "wire/dtls/openssl_flights.hpp"

#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <gtest/gtest.h>

namespace hawser::wire::dtls {
namespace {

const Drawn kFragment = drawn(R"(
    0b            | certificate
    00 01 00      | 256 bytes in all
    00 07         | the eighth message
    00 00 fd      | from byte 253
    00 00 03      | three bytes
    aa bb cc
)");

TEST(HandshakeHeader, ReadsItsFields) {
    const auto header = HandshakeHeader::parse(kFragment);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->type, HandshakeType::certificate);
    EXPECT_EQ(header->length, 256u);
    EXPECT_EQ(header->message_seq, 7u);
    EXPECT_EQ(header->fragment_offset, 253u);
    EXPECT_EQ(header->fragment_length, 3u);
    EXPECT_FALSE(header->is_whole());
    EXPECT_EQ(shown_from([&](Writer& out) { header->write(out); }),
              shown(Bytes{kFragment}.first(kHandshakeHeaderBytes)));
    refuses_small_rooms(kHandshakeHeaderBytes, [&](Writer& out) { header->write(out); });
}

TEST(HandshakeHeader, CutIsMalformed) {
    refuses_cuts(Bytes{kFragment}.first(12),
                 [](Bytes bytes) { return HandshakeHeader::parse(bytes).has_value(); });
}

TEST(HandshakeHeader, OfAFragmentBeyondItsMessageIsMalformed) {
    Drawn bytes = kFragment;
    bytes[11] = std::byte{4};
    EXPECT_FALSE(HandshakeHeader::parse(bytes));
    bytes[8] = std::byte{0xfe};
    EXPECT_FALSE(HandshakeHeader::parse(bytes));
    for (std::size_t i = 6; i < 12; ++i)
        bytes[i] = std::byte{0xff}; // an offset and a length that wrap in 24 bits
    EXPECT_FALSE(HandshakeHeader::parse(bytes));
}

TEST(HandshakeHeader, SaysNothingThatItCannotSay) {
    const HandshakeHeader beyond{.length = 4, .fragment_offset = 3, .fragment_length = 2};
    EXPECT_EQ(shown_from([&](Writer& out) { beyond.write(out); }), "did not fit");
    const auto large = HandshakeHeader::whole(HandshakeType::certificate, 0, 0x100'0000);
    EXPECT_EQ(shown_from([&](Writer& out) { large.write(out); }), "did not fit");
}

TEST(HandshakeFragments, StandOneBehindTheOther) {
    Drawn payload = drawn("0e 00 00 00  00 05 00 00  00 00 00 00"); // ServerHelloDone
    payload.insert(payload.end(), kFragment.begin(), kFragment.end());
    HandshakeFragments fragments{payload};
    const auto done = fragments.next();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->header.type, HandshakeType::server_hello_done);
    EXPECT_TRUE(done->header.is_whole());
    EXPECT_TRUE(parse_empty_body(done->body));
    const auto certificate = fragments.next();
    ASSERT_TRUE(certificate);
    EXPECT_EQ(shown(certificate->body), "aa bb cc");
    EXPECT_FALSE(fragments.next());
    EXPECT_FALSE(fragments.malformed());
}

TEST(HandshakeFragments, CutAreMalformed) {
    refuses_cuts(kFragment, [](Bytes bytes) {
        HandshakeFragments fragments{bytes};
        const bool found = fragments.next().has_value();
        EXPECT_EQ(fragments.malformed(), !found && !bytes.empty());
        EXPECT_FALSE(fragments.next());
        return found;
    });
}

TEST(HandshakeFragments, OfARealFlightAreItsMessages) {
    Records records{kServerFlight, 0};
    for (const HandshakeType expected :
         {HandshakeType::server_hello, HandshakeType::certificate,
          HandshakeType::server_key_exchange, HandshakeType::certificate_request,
          HandshakeType::server_hello_done}) {
        const auto* record = records.next();
        ASSERT_TRUE(record);
        HandshakeFragments fragments{record->payload};
        const auto fragment = fragments.next();
        ASSERT_TRUE(fragment);
        EXPECT_EQ(fragment->header.type, expected);
        EXPECT_TRUE(fragment->header.is_whole());
        EXPECT_FALSE(fragments.next() || fragments.malformed());
    }
}

TEST(Handshake, IsWrittenWithTheLengthOfItsBody) {
    const auto write = [](Writer& out) {
        write_handshake(out, HandshakeType::finished, 3,
                        [](Writer& body) { body.bytes(as_bytes("verify")); });
    };
    EXPECT_EQ(shown_from(write), shown(drawn(R"(
        14 00 00 06 00 03   | finished, six bytes, the fourth message
        00 00 00 00 00 06   | all of it
        76 65 72 69 66 79
    )")));
    refuses_small_rooms(18, write);
}

// RFC 9147 §5.2: the transcript leaves out what fragments need.
TEST(Handshake, HasAShorterHeaderInTheTranscriptOfDtls13) {
    EXPECT_EQ(shown_from([](Writer& out) {
                  write_tls_handshake_header(out, HandshakeType::client_hello, 0x010203);
              }),
              "01 01 02 03");
}

TEST(Handshake, WithoutABodyHasNone) {
    EXPECT_TRUE(parse_empty_body({}));
    EXPECT_FALSE(parse_empty_body(drawn("00")));
}

TEST(ChangeCipherSpec, IsOneByteOfOne) {
    EXPECT_TRUE(parse_change_cipher_spec(drawn("01")));
    EXPECT_EQ(shown_from([](Writer& out) { write_change_cipher_spec(out); }), "01");
    EXPECT_FALSE(parse_change_cipher_spec({}));
    EXPECT_FALSE(parse_change_cipher_spec(drawn("00")));
    EXPECT_FALSE(parse_change_cipher_spec(drawn("01 01")));
}

} // namespace
} // namespace hawser::wire::dtls
