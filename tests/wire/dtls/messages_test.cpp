#include "wire/drawn.hpp"
#include "wire/dtls/lies.hpp"
#include "wire/dtls/openssl_flights.hpp"

#include <hawser/wire/dtls/certificate.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/key_exchange.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace hawser::wire::dtls {
namespace {

/// The body of a message in a datagram of whole messages; empty when it is not there.
Bytes body_of(const Drawn& datagram, HandshakeType type) {
    Records records{datagram, 0};
    while (const auto* record = records.next()) {
        HandshakeFragments fragments{record->payload};
        while (const auto fragment = fragments.next()) {
            if (fragment->header.type == type) return fragment->body;
        }
    }
    ADD_FAILURE() << "no " << name(type);
    return {};
}

TEST(Certificate12, OfARealServerIsAListOfOne) {
    const Bytes body = body_of(kServerFlight, HandshakeType::certificate);
    const auto chain = parse_certificate12(body);
    ASSERT_TRUE(chain);
    ASSERT_EQ(chain->size(), 1u);
    const Bytes der = chain->begin()->bytes;
    EXPECT_EQ(der.size(), 0x171u);
    EXPECT_EQ(der[0], std::byte{0x30}) << "a SEQUENCE";
    const auto write = [&](Writer& out) { write_certificate12(out, std::array{der}); };
    EXPECT_EQ(shown_from(write), shown(body));
    refuses_lies(body, {2, 5}, [](Bytes bytes) { return parse_certificate12(bytes).has_value(); });
}

TEST(Certificate12, MayBeEmptyButNotItsCertificates) {
    EXPECT_TRUE(parse_certificate12(drawn("00 00 00"))->empty());
    EXPECT_FALSE(parse_certificate12(drawn("00 00 03  00 00 00")));
    EXPECT_EQ(shown_from([](Writer& out) { write_certificate12(out, {}); }), "00 00 00");
    EXPECT_EQ(shown_from([](Writer& out) { write_certificate12(out, std::array{Bytes{}}); }),
              "did not fit");
}

// RFC 7250 §3: without the list around it.
TEST(Certificate12, OfARawPublicKeyIsTheKeyAlone) {
    const Drawn body = drawn("00 00 02  30 00");
    EXPECT_EQ(shown(*parse_raw_public_key12(body)), "30 00");
    EXPECT_EQ(shown_from(
                  [&](Writer& out) { write_raw_public_key12(out, *parse_raw_public_key12(body)); }),
              shown(body));
    refuses_lies(body, {2}, [](Bytes bytes) { return parse_raw_public_key12(bytes).has_value(); });
}

TEST(Certificate13, HasAContextAndExtensionsForEachEntry) {
    const Drawn body = drawn(R"(
        01 c7               | context
        00 00 11            | seventeen bytes of entries
        00 00 02 30 00      | a certificate
        00 00               | no extensions
        00 00 01 30         | another
        00 04 00 05 00 00   | status_request, empty
    )");
    const auto certificate = Certificate13::parse(body);
    ASSERT_TRUE(certificate);
    EXPECT_EQ(shown(certificate->context), "c7");
    std::vector<CertificateEntry> entries;
    for (const CertificateEntry& entry : certificate->entries)
        entries.push_back(entry);
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(shown(entries[0].data), "30 00");
    EXPECT_TRUE(entries[0].extensions.empty());
    EXPECT_TRUE(entries[1].extensions.contains(ExtensionType::status_request));
    refuses_lies(body, {0, 4, 7, 11, 14, 17, 21},
                 [](Bytes bytes) { return Certificate13::parse(bytes).has_value(); });
}

TEST(Certificate13, IsWrittenWithoutExtensions) {
    const Drawn first = drawn("30 00");
    const Drawn second = drawn("31");
    const auto write = [&](Writer& out) {
        write_certificate13(out, {}, std::array{Bytes{first}, Bytes{second}});
    };
    EXPECT_EQ(shown_from(write), shown(drawn(R"(
        00                       | no context
        00 00 0d                 | thirteen bytes
        00 00 02 30 00  00 00    | a certificate, no extensions
        00 00 01 31  00 00
    )")));
    refuses_small_rooms(17, write);
    EXPECT_TRUE(Certificate13::parse(drawn("00 00 00 00"))->entries.empty());
    EXPECT_FALSE(Certificate13::parse(drawn("00 00 00 05  00 00 00  00 00"))) << "no data";
}

TEST(CertificateRequest12, OfARealServerComesBack) {
    const Bytes body = body_of(kServerFlight, HandshakeType::certificate_request);
    const auto request = CertificateRequest12::parse(body);
    ASSERT_TRUE(request);
    EXPECT_TRUE(request->types.contains(ClientCertificateType::ecdsa_sign));
    EXPECT_EQ(request->schemes.size(), 20u);
    EXPECT_TRUE(request->authorities.empty());
    const std::vector types(request->types.begin(), request->types.end());
    const std::vector schemes(request->schemes.begin(), request->schemes.end());
    const auto write = [&](Writer& out) { write_certificate_request12(out, types, schemes, {}); };
    EXPECT_EQ(shown_from(write), shown(body));
    refuses_small_rooms(body.size(), write);
}

TEST(CertificateRequest12, WithALengthThatLiesIsMalformed) {
    const Drawn body = drawn(R"(
        01 40            | ecdsa_sign
        00 02 04 03      | ecdsa_secp256r1_sha256
        00 05 00 03 30 01 00   | one name
    )");
    const auto parses = [](Bytes bytes) { return CertificateRequest12::parse(bytes).has_value(); };
    refuses_lies(body, {0, 3, 7, 9}, parses);
    EXPECT_EQ(shown(CertificateRequest12::parse(body)->authorities.begin()->bytes), "30 01 00");
    EXPECT_FALSE(parses(drawn("00  00 02 04 03  00 00"))) << "no types";
    EXPECT_FALSE(parses(drawn("01 40  00 00  00 00"))) << "no algorithms";
    EXPECT_FALSE(parses(drawn("01 40  00 03 04 03 04  00 00"))) << "half an algorithm";
    EXPECT_FALSE(parses(drawn("01 40  00 02 04 03  00 02 00 00"))) << "an empty name";
}

TEST(CertificateAuthorities, AreNamesOfWhichThereIsOne) {
    const auto accepts = [](std::initializer_list<int> bytes) {
        std::vector<std::byte> value;
        for (const int byte : bytes)
            value.push_back(static_cast<std::byte>(byte));
        return parse_certificate_authorities(value).has_value();
    };
    EXPECT_TRUE(accepts({0, 4, 0, 2, 0x30, 0}));
    EXPECT_FALSE(accepts({0, 0})) << "none";
    EXPECT_FALSE(accepts({0, 2, 0, 0})) << "an empty name";
    EXPECT_FALSE(accepts({0, 4, 0, 2, 0x30, 0, 0})) << "more than its length";
    EXPECT_FALSE(accepts({0, 4, 0, 2, 0x30})) << "less";
}

TEST(CertificateRequest13, HasAContextAndExtensions) {
    const Drawn body = drawn("01 c7  00 08  00 0d 00 04 00 02 04 03");
    const auto request = CertificateRequest13::parse(body);
    ASSERT_TRUE(request);
    EXPECT_EQ(shown(request->context), "c7");
    EXPECT_TRUE(request->extensions.contains(ExtensionType::signature_algorithms));
    EXPECT_EQ(shown_from([&](Writer& out) {
                  write_certificate_request13(out, request->context, [&](Writer& to) {
                      to.bytes(request->extensions.bytes());
                  });
              }),
              shown(body));
    refuses_lies(body, {0, 3, 7},
                 [](Bytes bytes) { return CertificateRequest13::parse(bytes).has_value(); });
}

TEST(CertificateVerify, OfARealClientComesBack) {
    const Bytes body = body_of(kClientFlight, HandshakeType::certificate_verify);
    const auto verify = CertificateVerify::parse(body);
    ASSERT_TRUE(verify);
    EXPECT_EQ(verify->scheme, SignatureScheme::ecdsa_secp256r1_sha256);
    const auto write = [&](Writer& out) { verify->write(out); };
    EXPECT_EQ(shown_from(write), shown(body));
    refuses_small_rooms(body.size(), write);
    refuses_lies(body, {3},
                 [](Bytes bytes) { return CertificateVerify::parse(bytes).has_value(); });
}

TEST(ServerKeyExchange, OfARealServerIsSignedOverItsParams) {
    const Bytes body = body_of(kServerFlight, HandshakeType::server_key_exchange);
    const auto exchange = EcdheServerKeyExchange::parse(body);
    ASSERT_TRUE(exchange);
    EXPECT_EQ(exchange->params.group, NamedGroup::x25519);
    EXPECT_EQ(exchange->params.point.size(), 32u);
    EXPECT_EQ(exchange->scheme, SignatureScheme::ecdsa_secp256r1_sha256);
    EXPECT_EQ(shown(exchange->signed_params), shown(body.first(4 + 32)));
    const auto write = [&](Writer& out) { exchange->write(out); };
    EXPECT_EQ(shown_from(write), shown(body));
    refuses_small_rooms(body.size(), write);
    const auto parses = [](Bytes bytes) {
        return EcdheServerKeyExchange::parse(bytes).has_value();
    };
    refuses_cuts(body, parses);
    refuses_more(body, parses);
    refuses_lengths(body, {39}, parses);
}

TEST(ServerKeyExchange, IsOfANamedCurveWithAPoint) {
    const auto parses = [](Bytes bytes) {
        return EcdheServerKeyExchange::parse(bytes).has_value();
    };
    refuses_lies(drawn("03 00 1d 01 aa  04 03 00 01 bb"), {3, 8}, parses);
    EXPECT_FALSE(parses(drawn("01 00 1d 01 aa  04 03 00 01 bb"))) << "explicit primes";
    EXPECT_FALSE(parses(drawn("03 00 1d 00  04 03 00 01 bb"))) << "no point";
}

TEST(ServerKeyExchange, OfEcdhePskHasAHintAndIsNotSigned) {
    const Bytes body = body_of(kPskServerFlight, HandshakeType::server_key_exchange);
    const auto exchange = EcdhePskServerKeyExchange::parse(body);
    ASSERT_TRUE(exchange);
    EXPECT_EQ(as_text(exchange->identity_hint), "hint");
    EXPECT_EQ(exchange->params.group, NamedGroup::x25519);
    EXPECT_EQ(shown_from([&](Writer& out) { exchange->write(out); }), shown(body));
    refuses_lies(body, {1, 9},
                 [](Bytes bytes) { return EcdhePskServerKeyExchange::parse(bytes).has_value(); });
}

TEST(ServerKeyExchange, OfPskIsAHint) {
    const Drawn body = drawn("00 02 68 69");
    const auto exchange = PskServerKeyExchange::parse(body);
    ASSERT_TRUE(exchange);
    EXPECT_EQ(as_text(exchange->identity_hint), "hi");
    EXPECT_EQ(shown_from([&](Writer& out) { exchange->write(out); }), shown(body));
    refuses_lies(body, {1},
                 [](Bytes bytes) { return PskServerKeyExchange::parse(bytes).has_value(); });
}

TEST(ClientKeyExchange, OfARealClientIsAPoint) {
    const Bytes body = body_of(kClientFlight, HandshakeType::client_key_exchange);
    const auto exchange = EcdheClientKeyExchange::parse(body);
    ASSERT_TRUE(exchange);
    EXPECT_EQ(exchange->point.size(), 32u);
    EXPECT_EQ(shown_from([&](Writer& out) { exchange->write(out); }), shown(body));
    const auto parses = [](Bytes bytes) {
        return EcdheClientKeyExchange::parse(bytes).has_value();
    };
    refuses_lies(body, {0}, parses);
    EXPECT_FALSE(parses(drawn("00")));
}

TEST(ClientKeyExchange, OfEcdhePskIsAnIdentityAndAPoint) {
    const Bytes body = body_of(kPskClientFlight, HandshakeType::client_key_exchange);
    const auto exchange = EcdhePskClientKeyExchange::parse(body);
    ASSERT_TRUE(exchange);
    EXPECT_EQ(as_text(exchange->identity), "me");
    EXPECT_EQ(exchange->point.size(), 32u);
    EXPECT_EQ(shown_from([&](Writer& out) { exchange->write(out); }), shown(body));
    const auto parses = [](Bytes bytes) {
        return EcdhePskClientKeyExchange::parse(bytes).has_value();
    };
    refuses_lies(body, {1, 4}, parses);
    EXPECT_FALSE(parses(drawn("00 01 69  00"))) << "no point";
}

TEST(ClientKeyExchange, OfPskIsAnIdentity) {
    const Drawn body = drawn("00 02 6d 65");
    const auto exchange = PskClientKeyExchange::parse(body);
    ASSERT_TRUE(exchange);
    EXPECT_EQ(as_text(exchange->identity), "me");
    EXPECT_EQ(shown_from([&](Writer& out) { exchange->write(out); }), shown(body));
    refuses_lies(body, {1},
                 [](Bytes bytes) { return PskClientKeyExchange::parse(bytes).has_value(); });
}

TEST(KeyExchange, WithoutAPointIsNotWritten) {
    EXPECT_EQ(shown_from([](Writer& out) { EcdhParams{}.write(out); }), "did not fit");
    EXPECT_EQ(shown_from([](Writer& out) { EcdheClientKeyExchange{}.write(out); }), "did not fit");
    EXPECT_EQ(shown_from([](Writer& out) { EcdhePskClientKeyExchange{}.write(out); }),
              "did not fit");
}

} // namespace
} // namespace hawser::wire::dtls
