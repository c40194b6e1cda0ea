#include "wire/drawn.hpp"
#include "wire/dtls/lies.hpp"
#include "wire/dtls/openssl_flights.hpp"

#include <hawser/wire/dtls/alert.hpp>
#include <hawser/wire/dtls/cipher_suite.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace hawser::wire::dtls {
namespace {

TEST(Finished, IsOfTheLengthThatTheCipherSuiteSays) {
    const Drawn body(kVerifyData12Bytes, std::byte{0xaa});
    EXPECT_EQ(shown(*parse_finished(body, kVerifyData12Bytes)), shown(body));
    EXPECT_FALSE(parse_finished(body, 32));
    EXPECT_FALSE(parse_finished({}, kVerifyData12Bytes));
}

TEST(NewSessionTicket12, OfARealServerComesBack) {
    const Bytes body = Bytes{kPskTicket}.subspan(25);
    const auto ticket = NewSessionTicket12::parse(body);
    ASSERT_TRUE(ticket);
    EXPECT_EQ(ticket->lifetime_hint_s, 7'200u);
    EXPECT_EQ(ticket->ticket.size(), 176u);
    const auto write = [&](Writer& out) { ticket->write(out); };
    EXPECT_EQ(shown_from(write), shown(body));
    refuses_small_rooms(body.size(), write);
    refuses_lies(body, {5},
                 [](Bytes bytes) { return NewSessionTicket12::parse(bytes).has_value(); });
}

TEST(NewSessionTicket13, ComesBackWithItsExtensions) {
    const Drawn body = drawn(R"(
        00 00 0e 10      | one hour
        01 02 03 04      | age_add
        01 07            | nonce
        00 02 aa bb      | ticket
        00 08 00 2a 00 04 00 00 40 00   | early_data
    )");
    const auto ticket = NewSessionTicket13::parse(body);
    ASSERT_TRUE(ticket);
    EXPECT_EQ(ticket->lifetime_s, 3'600u);
    EXPECT_EQ(ticket->age_add, 0x01020304u);
    EXPECT_EQ(shown(ticket->nonce), "07");
    EXPECT_EQ(shown(ticket->ticket), "aa bb");
    EXPECT_TRUE(ticket->extensions.contains(ExtensionType::early_data));
    const auto write = [&](Writer& out) { ticket->write(out); };
    EXPECT_EQ(shown_from(write), shown(body));
    refuses_small_rooms(body.size(), write);
    const auto parses = [](Bytes bytes) { return NewSessionTicket13::parse(bytes).has_value(); };
    refuses_lies(body, {8, 11, 15, 19}, parses);
    EXPECT_FALSE(parses(drawn("00 00 00 00  00 00 00 00  00  00 00  00 00"))) << "no ticket";
    EXPECT_EQ(shown_from([](Writer& out) { NewSessionTicket13{}.write(out); }), "did not fit");
}

TEST(KeyUpdate, AsksOrDoesNot) {
    EXPECT_EQ(parse_key_update(drawn("00")), KeyUpdateRequest::update_not_requested);
    EXPECT_EQ(parse_key_update(drawn("01")), KeyUpdateRequest::update_requested);
    EXPECT_FALSE(parse_key_update(drawn("02")));
    refuses_lies(drawn("01"), {}, [](Bytes bytes) { return parse_key_update(bytes).has_value(); });
    EXPECT_EQ(
        shown_from([](Writer& out) { write_key_update(out, KeyUpdateRequest::update_requested); }),
        "01");
}

TEST(NewConnectionId, ComesBack) {
    const Drawn body = drawn(R"(
        00 06            | six bytes of connection IDs
        02 c1 c2
        00               | an empty one
        01 c3
        01               | spare
    )");
    const auto message = NewConnectionId::parse(body);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->usage, ConnectionIdUsage::spare);
    std::vector<Bytes> cids;
    for (const ConnectionId& cid : message->cids)
        cids.push_back(cid.bytes);
    ASSERT_EQ(cids.size(), 3u);
    EXPECT_EQ(shown(cids[0]), "c1 c2");
    const auto write = [&](Writer& out) { write_new_connection_id(out, cids, message->usage); };
    EXPECT_EQ(shown_from(write), shown(body));
    refuses_small_rooms(body.size(), write);
    const auto parses = [](Bytes bytes) { return NewConnectionId::parse(bytes).has_value(); };
    refuses_lies(body, {1, 6}, parses);
    EXPECT_FALSE(parses(drawn("00 02 01 c1  02"))) << "a usage that nobody knows";
}

TEST(RequestConnectionId, IsANumber) {
    EXPECT_EQ(parse_request_connection_id(drawn("03")), 3u);
    EXPECT_EQ(shown_from([](Writer& out) { write_request_connection_id(out, 3); }), "03");
    refuses_lies(drawn("03"), {},
                 [](Bytes bytes) { return parse_request_connection_id(bytes).has_value(); });
}

TEST(Ack, IsAListOfRecords) {
    const Drawn payload = drawn(R"(
        00 20            | two records
        00 00 00 00 00 00 00 02  00 00 00 00 00 00 00 05
        00 00 00 00 00 00 00 03  00 00 ff ff ff ff ff ff
    )");
    const auto numbers = parse_ack(payload);
    ASSERT_TRUE(numbers);
    std::vector<RecordNumber> read;
    for (const RecordNumber& number : *numbers)
        read.push_back(number);
    const std::vector<RecordNumber> expected{{2, 5}, {3, 0xffff'ffff'ffff}};
    EXPECT_EQ(read, expected);
    const auto write = [&](Writer& out) { write_ack(out, expected); };
    EXPECT_EQ(shown_from(write), shown(payload));
    refuses_small_rooms(payload.size(), write);
    const auto parses = [](Bytes bytes) { return parse_ack(bytes).has_value(); };
    refuses_lies(payload, {1}, parses);
    EXPECT_TRUE(parse_ack(drawn("00 00"))->empty());

    Drawn uneven = payload;
    uneven[1] = std::byte{0x1f};
    uneven.pop_back();
    EXPECT_FALSE(parses(uneven)) << "a record number is cut";
}

TEST(ReturnRoutabilityCheck, IsATypeAndACookie) {
    const Drawn payload = drawn("02  01 02 03 04 05 06 07 08");
    const auto message = RrcMessage::parse(payload);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->type, RrcType::path_drop);
    EXPECT_EQ(message->cookie, 0x0102'0304'0506'0708u);
    EXPECT_EQ(shown_from([&](Writer& out) { message->write(out); }), shown(payload));
    refuses_lies(payload, {}, [](Bytes bytes) { return RrcMessage::parse(bytes).has_value(); });
}

TEST(ReturnRoutabilityCheck, OfAnUnknownTypeIsUnsupportedAndNotMalformed) {
    EXPECT_EQ(RrcMessage::parse(drawn("03 aa")).error().code, Errc::unsupported);
    EXPECT_EQ(RrcMessage::parse({}).error().code, Errc::malformed);
}

TEST(Alert, IsTwoBytes) {
    const auto alert = Alert::parse(drawn("02 28"));
    ASSERT_TRUE(alert);
    EXPECT_EQ(alert->level, AlertLevel::fatal);
    EXPECT_EQ(alert->description, AlertDescription::handshake_failure);
    EXPECT_EQ(shown_from([&](Writer& out) { alert->write(out); }), "02 28");
    refuses_lies(drawn("02 28"), {}, [](Bytes bytes) { return Alert::parse(bytes).has_value(); });
    EXPECT_EQ(Alert::parse(drawn("07 fe"))->description, AlertDescription{0xfe});
}

TEST(CipherSuites, AreThoseWithAeadAndNoOther) {
    EXPECT_EQ(cipher_suites().size(), 27u);
    std::set<std::uint16_t> numbers;
    for (const CipherSuiteInfo& info : cipher_suites()) {
        numbers.insert(std::to_underlying(info.suite));
        EXPECT_EQ(find_cipher_suite(info.suite), &info);
        EXPECT_EQ(name(info.suite), info.name);
        EXPECT_EQ(info.is_1_3(), std::to_underlying(info.suite) >> 8 == 0x13) << info.name;
        // AES-256-GCM has SHA-384, all others SHA-256.
        EXPECT_EQ(info.hash == Hash::sha384, info.aead == Aead::aes_256_gcm) << info.name;
    }
    EXPECT_EQ(numbers.size(), cipher_suites().size());
    EXPECT_EQ(find_cipher_suite(CipherSuite{0xc009}), nullptr) << "CBC";
    EXPECT_EQ(find_cipher_suite(CipherSuite::empty_renegotiation_info_scsv), nullptr);
}

TEST(CipherSuites, AreMadeOfWhatTheirNamesSay) {
    const CipherSuiteInfo* info = find_cipher_suite(CipherSuite{0xc0ae});
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->name, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8");
    EXPECT_EQ(info->key_exchange, KeyExchange::ecdhe_ecdsa);
    EXPECT_EQ(info->aead, Aead::aes_128_ccm_8);
    info = find_cipher_suite(CipherSuite{0xd005});
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->name, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256");
    EXPECT_EQ(info->key_exchange, KeyExchange::ecdhe_psk);
    EXPECT_EQ(info->aead, Aead::aes_128_ccm);
    info = find_cipher_suite(CipherSuite{0x00a9});
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->name, "TLS_PSK_WITH_AES_256_GCM_SHA384");
    EXPECT_EQ(info->key_exchange, KeyExchange::psk);
}

TEST(Names, AreThoseOfTheRegistriesAndElseUnknown) {
    EXPECT_EQ(name(Version::v1_3), "DTLS 1.3");
    EXPECT_EQ(name(Version{0x7f2b}), "unknown");
    EXPECT_EQ(name(ContentType::tls12_cid), "tls12_cid");
    EXPECT_EQ(name(HandshakeType::client_hello), "client_hello");
    EXPECT_EQ(name(HandshakeType{99}), "unknown");
    EXPECT_EQ(name(AlertDescription::too_many_cids_requested), "too_many_cids_requested");
    EXPECT_EQ(name(AlertDescription{1}), "unknown");
    EXPECT_EQ(name(ExtensionType::key_share), "key_share");
    EXPECT_EQ(name(NamedGroup::x25519_mlkem768), "X25519MLKEM768");
    EXPECT_EQ(name(SignatureScheme::ed25519), "ed25519");
    EXPECT_EQ(name(CipherSuite::fallback_scsv), "TLS_FALLBACK_SCSV");
    EXPECT_EQ(name(CipherSuite{0x0a0a}), "unknown");
}

} // namespace
} // namespace hawser::wire::dtls
