#include "wire/drawn.hpp"
#include "wire/dtls/lies.hpp"
#include "wire/dtls/openssl_flights.hpp"

#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/hello.hpp>

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace hawser::wire::dtls {
namespace {

constexpr std::size_t kBodyOffset = 13 + 12; // of a record's first message

const Drawn kClientHello = drawn(R"(
    fe fd               | DTLS 1.2
    00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f   | random
    10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f
    02 aa bb            | session ID
    03 c0 c1 c2         | cookie
    00 04 13 01 c0 2b   | two suites
    01 00               | no compression
    00 09               | nine bytes of extensions
    00 17 00 00         | extended_master_secret
    00 36 00 01 00      | connection_id, empty
)");
constexpr std::size_t kSessionIdAt = 34;
constexpr std::size_t kCookieAt = 37;
constexpr std::size_t kSuitesAt = 42;
constexpr std::size_t kMethodsAt = 47;
constexpr std::size_t kExtensionsAt = 50;

const auto kParses = [](Bytes body) { return ClientHello::parse(body).has_value(); };

TEST(ClientHello, ReadsItsFields) {
    const auto hello = ClientHello::parse(kClientHello);
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->legacy_version, Version::v1_2);
    EXPECT_EQ(hello->random.size(), kRandomBytes);
    EXPECT_EQ(hello->random[31], std::byte{0x1f});
    EXPECT_EQ(shown(hello->session_id), "aa bb");
    EXPECT_EQ(shown(hello->cookie), "c0 c1 c2");
    ASSERT_EQ(hello->cipher_suites.size(), 2u);
    EXPECT_EQ(hello->cipher_suites[0], CipherSuite::aes_128_gcm_sha256);
    EXPECT_TRUE(hello->cipher_suites.contains(CipherSuite::ecdhe_ecdsa_aes_128_gcm_sha256));
    EXPECT_FALSE(hello->cipher_suites.contains(CipherSuite::psk_aes_128_ccm));
    ASSERT_EQ(hello->compression_methods.size(), 1u);
    EXPECT_EQ(hello->compression_methods[0], CompressionMethod::null);
    EXPECT_EQ(hello->extensions.size(), 2u);
    EXPECT_TRUE(hello->extensions.contains(ExtensionType::extended_master_secret));
    EXPECT_EQ(shown(*hello->extensions.find(ExtensionType::connection_id)), "00");
    EXPECT_FALSE(hello->extensions.find(ExtensionType::key_share));
}

TEST(ClientHello, IsWrittenFromTypedFields) {
    const auto hello = ClientHello::parse(kClientHello);
    ASSERT_TRUE(hello);
    const std::array suites{CipherSuite::aes_128_gcm_sha256,
                            CipherSuite::ecdhe_ecdsa_aes_128_gcm_sha256};
    const auto write = [&](Writer& out) {
        write_client_hello(out,
                           {.random = hello->random,
                            .session_id = hello->session_id,
                            .cookie = hello->cookie,
                            .cipher_suites = suites},
                           [](Writer& extensions) {
                               write_extension(extensions, ExtensionType::extended_master_secret);
                               write_connection_id(extensions, {});
                           });
    };
    EXPECT_EQ(shown_from(write), shown(kClientHello));
    refuses_small_rooms(kClientHello.size(), write);
}

TEST(ClientHello, MayEndBeforeItsExtensionsButNowhereElse) {
    refuses_cuts(kClientHello, kParses, {kExtensionsAt - 1});
    refuses_more(kClientHello, kParses);
    const auto hello = ClientHello::parse(Bytes{kClientHello}.first(kExtensionsAt - 1));
    ASSERT_TRUE(hello);
    EXPECT_TRUE(hello->extensions.empty());
}

TEST(ClientHello, WithALengthThatLiesIsMalformed) {
    refuses_lengths(kClientHello,
                    {kSessionIdAt, kCookieAt, kSuitesAt, kMethodsAt, kExtensionsAt,
                     kExtensionsAt + 4, kExtensionsAt + 8},
                    kParses);
}

TEST(ClientHello, WithASessionIdOfMoreThan32BytesIsMalformed) {
    Drawn body(34, std::byte{0});
    body.push_back(std::byte{33});
    body.resize(body.size() + 33, std::byte{0xaa});
    const Drawn rest = drawn("00  00 02 13 01  01 00");
    body.insert(body.end(), rest.begin(), rest.end());
    EXPECT_FALSE(ClientHello::parse(body));
    body.erase(body.begin() + 35);
    body[34] = std::byte{32};
    EXPECT_TRUE(ClientHello::parse(body));
}

TEST(ClientHello, NeedsASuiteAndACompressionMethod) {
    Drawn head(34, std::byte{0});
    const auto with = [&head](std::string_view rest) {
        Drawn body = head;
        const Drawn more = drawn(rest);
        body.insert(body.end(), more.begin(), more.end());
        return body;
    };
    EXPECT_TRUE(ClientHello::parse(with("00 00  00 02 13 01  01 00")));
    EXPECT_FALSE(ClientHello::parse(with("00 00  00 00  01 00"))) << "no suite";
    EXPECT_FALSE(ClientHello::parse(with("00 00  00 03 13 01 13  01 00"))) << "half a suite";
    EXPECT_FALSE(ClientHello::parse(with("00 00  00 02 13 01  00"))) << "no method";
}

TEST(ClientHello, OfARealClientIsUnderstood) {
    const auto hello = ClientHello::parse(Bytes{kClientHelloWithCookie}.subspan(kBodyOffset));
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->cookie.size(), 20u);
    EXPECT_EQ(hello->cipher_suites.size(), 28u);
    EXPECT_TRUE(hello->cipher_suites.contains(CipherSuite::empty_renegotiation_info_scsv));
    const ExtensionList& extensions = hello->extensions;
    EXPECT_EQ(extensions.size(), 9u);
    EXPECT_EQ(*parse_server_name(*extensions.find(ExtensionType::server_name)), "hawser.example");
    EXPECT_TRUE(parse_supported_groups(*extensions.find(ExtensionType::supported_groups))
                    ->contains(NamedGroup::x25519));
    EXPECT_TRUE(parse_signature_algorithms(*extensions.find(ExtensionType::signature_algorithms))
                    ->contains(SignatureScheme::ed25519));
    std::vector<std::string_view> protocols;
    const auto alpn = parse_alpn(*extensions.find(ExtensionType::alpn));
    ASSERT_TRUE(alpn);
    for (const ProtocolName& name : *alpn)
        protocols.push_back(as_text(name.bytes));
    EXPECT_EQ(protocols, (std::vector<std::string_view>{"webrtc", "coap"}));
    const auto srtp = parse_use_srtp(*extensions.find(ExtensionType::use_srtp));
    ASSERT_TRUE(srtp);
    EXPECT_EQ(srtp->profiles[0], SrtpProfile::aead_aes_128_gcm);
    EXPECT_TRUE(
        parse_empty_extension(*extensions.find(ExtensionType::extended_master_secret)).has_value());
}

TEST(ServerHello, OfARealServerIsUnderstoodAndWrittenTheSame) {
    const Bytes body = Bytes{kServerFlight}.subspan(kBodyOffset, 0x51);
    const auto hello = ServerHello::parse(body);
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->cipher_suite, CipherSuite::ecdhe_ecdsa_aes_256_gcm_sha384);
    EXPECT_TRUE(hello->session_id.empty());
    EXPECT_FALSE(hello->is_hello_retry_request());
    EXPECT_EQ(hello->downgrade(), Downgrade::none);
    EXPECT_EQ(as_text(*parse_selected_alpn(*hello->extensions.find(ExtensionType::alpn))), "coap");
    EXPECT_TRUE(parse_renegotiation_info(*hello->extensions.find(ExtensionType::renegotiation_info))
                    ->empty());
    const auto write = [&](Writer& out) {
        hello->write(out, [&](Writer& to) { to.bytes(hello->extensions.bytes()); });
    };
    EXPECT_EQ(shown_from(write), shown(body));
    refuses_small_rooms(body.size(), write);

    const auto parses = [](Bytes bytes) { return ServerHello::parse(bytes).has_value(); };
    refuses_cuts(body, parses, {38});
    refuses_more(body, parses);
    refuses_lengths(body, {34, 39, 43}, parses);
}

TEST(ServerHello, IsAHelloRetryRequestByItsRandomAlone) {
    ServerHello hello{.random = kHelloRetryRequestRandom};
    EXPECT_TRUE(hello.is_hello_retry_request());
    std::array<std::byte, kRandomBytes> random = kHelloRetryRequestRandom;
    random[31] ^= std::byte{1};
    hello.random = random;
    EXPECT_FALSE(hello.is_hello_retry_request());
}

TEST(ServerHello, SaysThatItWasTalkedDown) {
    std::array<std::byte, kRandomBytes> random{};
    const ServerHello hello{.random = random};
    EXPECT_EQ(hello.downgrade(), Downgrade::none);
    const Drawn downgrade = drawn("44 4f 57 4e 47 52 44 01");
    std::ranges::copy(downgrade, random.begin() + 24);
    EXPECT_EQ(hello.downgrade(), Downgrade::to_1_2);
    random[31] = std::byte{0};
    EXPECT_EQ(hello.downgrade(), Downgrade::to_1_1);
    random[31] = std::byte{2};
    EXPECT_EQ(hello.downgrade(), Downgrade::none);
}

TEST(Hello, WithoutItsRandomIsNotWritten) {
    const std::array<std::byte, 31> random{};
    const ServerHello hello{.random = random};
    EXPECT_EQ(shown_from([&](Writer& out) { hello.write_fields(out); }), "did not fit");
    EXPECT_EQ(shown_from([&](Writer& out) {
                  write_client_hello_fields(out, {.random = kHelloRetryRequestRandom});
              }),
              "did not fit")
        << "no suite";
}

TEST(HelloVerifyRequest, ComesBack) {
    const Bytes body = Bytes{kHelloVerifyRequest}.subspan(kBodyOffset);
    const auto request = HelloVerifyRequest::parse(body);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->server_version, Version::v1_0);
    EXPECT_EQ(request->cookie.size(), 20u);
    EXPECT_EQ(shown_from([&](Writer& out) { request->write(out); }), shown(body));
    refuses_lies(body, {2},
                 [](Bytes bytes) { return HelloVerifyRequest::parse(bytes).has_value(); });

    const Drawn large(256, std::byte{0});
    const HelloVerifyRequest too_large{.cookie = large};
    EXPECT_EQ(shown_from([&](Writer& out) { too_large.write(out); }), "did not fit");
}

TEST(EncryptedExtensions, AreABlock) {
    const Drawn body = drawn("00 0a  00 10 00 06  00 04 03 66 6f 6f");
    const auto extensions = parse_encrypted_extensions(body);
    ASSERT_TRUE(extensions);
    EXPECT_EQ(as_text(*parse_selected_alpn(*extensions->find(ExtensionType::alpn))), "foo");
    refuses_lies(body, {1, 5},
                 [](Bytes bytes) { return parse_encrypted_extensions(bytes).has_value(); });
    EXPECT_TRUE(parse_encrypted_extensions(drawn("00 00"))->empty());
}

TEST(Extensions, OfTheSameTypeTwiceAreMalformed) {
    const auto list = ExtensionList::parse(drawn("00 17 00 00  00 36 00 01 00  00 17 00 00"));
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().code, Errc::malformed);
    EXPECT_TRUE(ExtensionList::parse(drawn("00 17 00 00  00 36 00 01 00  00 18 00 00")));
    EXPECT_FALSE(ExtensionList::parse(drawn("ff ff 00 00  ff ff 00 00")));
}

TEST(Extensions, AreWalkedInTheirOrder) {
    const Drawn block = drawn("00 36 00 01 07  0a 0a 00 00  00 17 00 00");
    const auto list = ExtensionList::parse(block);
    ASSERT_TRUE(list);
    std::vector<unsigned> types;
    for (const Extension& extension : *list)
        types.push_back(std::to_underlying(extension.type));
    EXPECT_EQ(types, (std::vector<unsigned>{0x36, 0x0a0a, 0x17}));
    EXPECT_EQ(shown(list->bytes()), shown(block));
    EXPECT_TRUE(ExtensionList{}.empty());
}

} // namespace
} // namespace hawser::wire::dtls
