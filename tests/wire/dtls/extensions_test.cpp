#include "wire/drawn.hpp"
#include "wire/dtls/lies.hpp"

#include <hawser/wire/dtls/extensions.hpp>

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace hawser::wire::dtls {
namespace {

/// The value of a drawn extension, after its type and length.
Bytes value_of(const Drawn& extension) {
    return Bytes{extension}.subspan(4);
}

/// A codec of one number list: it reads the drawing as the numbers, writes it back, and refuses
/// every lie about it. `lengths` are offsets in the value.
template <class T, class Parse, class Write>
void comes_back(const Drawn& extension, const std::vector<T>& numbers,
                std::initializer_list<std::size_t> lengths, Parse parse, Write write) {
    const auto read = parse(value_of(extension));
    ASSERT_TRUE(read);
    EXPECT_EQ(std::vector<T>(read->begin(), read->end()), numbers);
    const auto put = [&](Writer& out) { write(out, std::span<const T>{numbers}); };
    EXPECT_EQ(shown_from(put), shown(extension));
    refuses_small_rooms(extension.size(), put);
    refuses_lies(value_of(extension), lengths,
                 [&](Bytes value) { return parse(value).has_value(); });
    EXPECT_EQ(shown_from([&](Writer& out) { write(out, std::span<const T>{}); }), "did not fit");
}

TEST(SupportedVersions, OfAClientAreAList) {
    comes_back<Version>(drawn(R"(
        00 2b 00 05    | supported_versions
        04             | four bytes
        fe fc fe fd    | 1.3, 1.2
    )"),
                        {Version::v1_3, Version::v1_2}, {0}, parse_supported_versions,
                        write_supported_versions);
    EXPECT_FALSE(parse_supported_versions(drawn("00")));
    EXPECT_FALSE(parse_supported_versions(drawn("03 fe fc fe"))) << "half a version";
}

TEST(SupportedVersions, OfAServerAreOne) {
    const Drawn chosen = drawn("00 2b 00 02 fe fc");
    EXPECT_EQ(parse_selected_version(value_of(chosen)), Version::v1_3);
    EXPECT_EQ(shown_from([](Writer& out) { write_selected_version(out, Version::v1_3); }),
              shown(chosen));
    refuses_lies(value_of(chosen), {},
                 [](Bytes value) { return parse_selected_version(value).has_value(); });
}

TEST(SupportedGroups, AreAList) {
    comes_back<NamedGroup>(drawn(R"(
        00 0a 00 06    | supported_groups
        00 04          | four bytes
        11 ec 00 1d    | X25519MLKEM768, X25519
    )"),
                           {NamedGroup::x25519_mlkem768, NamedGroup::x25519}, {1},
                           parse_supported_groups, write_supported_groups);
    EXPECT_FALSE(parse_supported_groups(drawn("00 00")));
    EXPECT_FALSE(parse_supported_groups(drawn("00 03 00 1d 00")));
}

TEST(SignatureAlgorithms, AreAListInEitherExtension) {
    comes_back<SignatureScheme>(
        drawn("00 0d 00 06  00 04  04 03 08 04"),
        {SignatureScheme::ecdsa_secp256r1_sha256, SignatureScheme::rsa_pss_rsae_sha256}, {1},
        parse_signature_algorithms,
        [](Writer& out, auto schemes) { write_signature_algorithms(out, schemes); });
    const std::array schemes{SignatureScheme::ed25519};
    EXPECT_EQ(shown_from([&](Writer& out) {
                  write_signature_algorithms(out, schemes,
                                             ExtensionType::signature_algorithms_cert);
              }),
              shown(drawn("00 32 00 04  00 02  08 07")));
    EXPECT_FALSE(parse_signature_algorithms(drawn("00 01 04")));
}

TEST(PskKeyExchangeModes, AreAList) {
    comes_back<PskKeyExchangeMode>(drawn("00 2d 00 03  02  01 00"),
                                   {PskKeyExchangeMode::psk_dhe_ke, PskKeyExchangeMode::psk_ke},
                                   {0}, parse_psk_key_exchange_modes, write_psk_key_exchange_modes);
    EXPECT_FALSE(parse_psk_key_exchange_modes(drawn("00")));
}

TEST(EcPointFormats, AreAList) {
    comes_back<EcPointFormat>(drawn("00 0b 00 02  01  00"), {EcPointFormat::uncompressed}, {0},
                              parse_ec_point_formats, write_ec_point_formats);
    EXPECT_FALSE(parse_ec_point_formats(drawn("00")));
}

TEST(CertificateTypes, OfAClientAreAListAndOfAServerOne) {
    comes_back<CertificateType>(
        drawn("00 14 00 03  02  02 00"), {CertificateType::raw_public_key, CertificateType::x509},
        {0}, parse_certificate_types, [](Writer& out, auto types) {
            write_certificate_types(out, ExtensionType::server_certificate_type, types);
        });
    EXPECT_FALSE(parse_certificate_types(drawn("00")));

    const Drawn chosen = drawn("00 13 00 01 02");
    EXPECT_EQ(parse_selected_certificate_type(value_of(chosen)), CertificateType::raw_public_key);
    EXPECT_EQ(shown_from([](Writer& out) {
                  write_selected_certificate_type(out, ExtensionType::client_certificate_type,
                                                  CertificateType::raw_public_key);
              }),
              shown(chosen));
    refuses_lies(value_of(chosen), {},
                 [](Bytes value) { return parse_selected_certificate_type(value).has_value(); });
}

TEST(Cookie, ComesBackAndIsNeverEmpty) {
    const Drawn extension = drawn("00 2c 00 05  00 03 c0 c1 c2");
    const auto parses = [](Bytes value) { return parse_cookie(value).has_value(); };
    const auto cookie = parse_cookie(value_of(extension));
    ASSERT_TRUE(cookie);
    const auto write = [&](Writer& out) { write_cookie(out, *cookie); };
    EXPECT_EQ(shown_from(write), shown(extension));
    refuses_small_rooms(extension.size(), write);
    refuses_lies(value_of(extension), {1}, parses);
    EXPECT_FALSE(parses(drawn("00 00")));
    EXPECT_EQ(shown_from([](Writer& out) { write_cookie(out, {}); }), "did not fit");
}

TEST(ServerName, IsTheHostThatAClientAsksFor) {
    const Drawn extension = drawn(R"(
        00 00 00 08    | server_name
        00 06          | six bytes of names
        00 00 03       | a host name of three bytes
        61 2e 62
    )");
    const auto parses = [](Bytes value) { return parse_server_name(value).has_value(); };
    EXPECT_EQ(parse_server_name(value_of(extension)), "a.b");
    const auto write = [](Writer& out) { write_server_name(out, "a.b"); };
    EXPECT_EQ(shown_from(write), shown(extension));
    refuses_small_rooms(extension.size(), write);
    refuses_lies(value_of(extension), {1, 4}, parses);
    EXPECT_FALSE(parses(drawn("00 00"))) << "no name";
    EXPECT_FALSE(parses(drawn("00 03 00 00 00"))) << "an empty name";
    EXPECT_FALSE(parses(drawn("00 08  00 00 01 61  00 00 01 62"))) << "two hosts";
    EXPECT_FALSE(parses(drawn("00 05  00 00 02 61 00"))) << "a zero byte";
    EXPECT_EQ(parse_server_name(drawn("00 04  01 00 01 61")), "") << "another type";
    EXPECT_EQ(parse_server_name(drawn("00 08  01 00 01 61  00 00 01 62")), "b");
}

TEST(Alpn, OfAClientIsAList) {
    const Drawn extension = drawn(R"(
        00 10 00 09    | ALPN
        00 07          | seven bytes of names
        02 68 32       | h2
        03 66 6f 6f    | foo
    )");
    const auto parses = [](Bytes value) { return parse_alpn(value).has_value(); };
    const std::array names{as_bytes("h2"), as_bytes("foo")};
    const auto write = [&](Writer& out) { write_alpn(out, names); };
    EXPECT_EQ(shown_from(write), shown(extension));
    refuses_small_rooms(extension.size(), write);
    refuses_lies(value_of(extension), {1, 5}, parses);
    EXPECT_EQ(parse_alpn(value_of(extension))->size(), 2u);
    EXPECT_FALSE(parses(drawn("00 00"))) << "no name";
    EXPECT_FALSE(parses(drawn("00 01 00"))) << "an empty name";
    EXPECT_EQ(shown_from([](Writer& out) { write_alpn(out, {}); }), "did not fit");
    EXPECT_EQ(shown_from([](Writer& out) { write_selected_alpn(out, {}); }), "did not fit");
}

TEST(Alpn, OfAServerIsOne) {
    const Drawn chosen = drawn("00 10 00 05  00 03  02 68 32");
    EXPECT_EQ(as_text(*parse_selected_alpn(value_of(chosen))), "h2");
    EXPECT_EQ(shown_from([](Writer& out) { write_selected_alpn(out, as_bytes("h2")); }),
              shown(chosen));
    EXPECT_FALSE(parse_selected_alpn(drawn("00 07  02 68 32  03 66 6f 6f")));
    EXPECT_FALSE(parse_selected_alpn(drawn("00 00")));
}

TEST(UseSrtp, HasProfilesAndAnMki) {
    const Drawn extension = drawn(R"(
        00 0e 00 09    | use_srtp
        00 04 00 07 00 01   | AES-GCM, AES-CM
        02 aa bb       | MKI
    )");
    const std::array profiles{SrtpProfile::aead_aes_128_gcm, SrtpProfile::aes128_cm_hmac_sha1_80};
    const auto use = parse_use_srtp(value_of(extension));
    ASSERT_TRUE(use);
    EXPECT_EQ(use->profiles.size(), 2u);
    EXPECT_EQ(shown(use->mki), "aa bb");
    const auto write = [&](Writer& out) { write_use_srtp(out, profiles, use->mki); };
    EXPECT_EQ(shown_from(write), shown(extension));
    refuses_small_rooms(extension.size(), write);
    const auto parses = [](Bytes value) { return parse_use_srtp(value).has_value(); };
    refuses_lies(value_of(extension), {1, 6}, parses);
    EXPECT_FALSE(parses(drawn("00 00 00"))) << "no profile";
    EXPECT_FALSE(parses(drawn("00 03 00 07 00  00"))) << "half a profile";
}

TEST(RenegotiationInfo, ComesBackAlsoEmpty) {
    const Drawn first = drawn("ff 01 00 01 00");
    EXPECT_TRUE(parse_renegotiation_info(value_of(first))->empty());
    EXPECT_EQ(shown_from([](Writer& out) { write_renegotiation_info(out, {}); }), shown(first));
    refuses_lies(drawn("02 aa bb"), {0},
                 [](Bytes value) { return parse_renegotiation_info(value).has_value(); });
}

TEST(ConnectionIdExtension, ComesBackAlsoEmpty) {
    const Drawn extension = drawn("00 36 00 03  02 c1 c2");
    EXPECT_EQ(shown(*parse_connection_id(value_of(extension))), "c1 c2");
    EXPECT_EQ(shown_from([&](Writer& out) {
                  write_connection_id(out, *parse_connection_id(value_of(extension)));
              }),
              shown(extension));
    EXPECT_TRUE(parse_connection_id(drawn("00"))->empty());
    refuses_lies(value_of(extension), {0},
                 [](Bytes value) { return parse_connection_id(value).has_value(); });
    const Drawn large(256, std::byte{0});
    EXPECT_EQ(shown_from([&](Writer& out) { write_connection_id(out, large); }), "did not fit");
}

TEST(RecordSizeLimit, IsANumber) {
    const Drawn extension = drawn("00 1c 00 02 04 b0");
    EXPECT_EQ(parse_record_size_limit(value_of(extension)), 1200u);
    EXPECT_EQ(shown_from([](Writer& out) { write_record_size_limit(out, 1200); }),
              shown(extension));
    refuses_lies(value_of(extension), {},
                 [](Bytes value) { return parse_record_size_limit(value).has_value(); });
}

TEST(EarlyData, OfATicketIsANumber) {
    EXPECT_EQ(parse_early_data_max(drawn("00 00 40 00")), 16'384u);
    refuses_lies(drawn("00 00 40 00"), {},
                 [](Bytes value) { return parse_early_data_max(value).has_value(); });
}

TEST(EmptyExtension, HasNoValue) {
    EXPECT_TRUE(parse_empty_extension({}));
    EXPECT_FALSE(parse_empty_extension(drawn("00")));
    EXPECT_EQ(shown_from([](Writer& out) { write_extension(out, ExtensionType::rrc); }),
              "00 3d 00 00");
}

} // namespace
} // namespace hawser::wire::dtls
