#include "crypto/key_derivation.hpp"

#include "crypto/vectors.hpp"

#include <gtest/gtest.h>

namespace hawser::crypto {
namespace {

std::string expand(Hash hash, Bytes prk, Bytes info, std::size_t size) {
    std::vector<std::byte> out(size);
    hkdf_expand(hash, prk, info, out);
    return to_hex(out);
}

std::string expand_label(Bytes secret, std::string_view label, Bytes context, std::size_t size) {
    std::vector<std::byte> out(size);
    hkdf_expand_label(Hash::sha256, secret, "tls13 ", label, context, out);
    return to_hex(out);
}

TEST(Hkdf, AgreesWithRfc5869) {
    const auto ikm = from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    const Secret prk = hkdf_extract(Hash::sha256, from_hex("000102030405060708090a0b0c"), ikm);
    EXPECT_EQ(to_hex(prk.bytes()),
              "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    EXPECT_EQ(
        expand(Hash::sha256, prk.bytes(), from_hex("f0f1f2f3f4f5f6f7f8f9"), 42),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

    const Secret unsalted = hkdf_extract(Hash::sha256, {}, ikm); // §A.3
    EXPECT_EQ(
        expand(Hash::sha256, unsalted.bytes(), {}, 42),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

// The simple handshake of RFC 8448 §3, from the shared secret to the traffic keys.
TEST(Hkdf, FollowsTheScheduleOfRfc8448) {
    const std::vector<std::byte> zeros(32);
    const Digest nothing = digest(Hash::sha256, {});
    const Secret early = hkdf_extract(Hash::sha256, {}, zeros);
    EXPECT_EQ(to_hex(early.bytes()),
              "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a");
    const std::string derived = expand_label(early.bytes(), "derived", nothing.bytes(), 32);
    EXPECT_EQ(derived, "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba");

    const auto shared =
        from_hex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
    const Secret handshake = hkdf_extract(Hash::sha256, from_hex(derived), shared);
    EXPECT_EQ(to_hex(handshake.bytes()),
              "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac");

    const auto transcript =
        from_hex("860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8");
    const std::string server = expand_label(handshake.bytes(), "s hs traffic", transcript, 32);
    EXPECT_EQ(server, "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
    EXPECT_EQ(expand_label(from_hex(server), "key", {}, 16), "3fce516009c21727d0f2e4e86ee403bc");
    EXPECT_EQ(expand_label(from_hex(server), "iv", {}, 12), "5d313eb2671276ee13000b30");
}

TEST(Hkdf, KeepsDtlsApartFromTls) {
    const std::vector<std::byte> secret(32, std::byte{1});
    std::array<std::byte, 16> dtls{};
    hkdf_expand_label(Hash::sha256, secret, "dtls13", "key", {}, dtls);
    EXPECT_NE(to_hex(dtls), expand_label(secret, "key", {}, 16));
    // RFC 9147 §5.9: length, "dtls13key", no context.
    EXPECT_EQ(to_hex(dtls),
              expand(Hash::sha256, secret, from_hex("0010 09 64746c7331336b6579 00"), 16));
}

// The vectors that the TLS working group's list has agreed on for SHA-256 and SHA-384.
TEST(Prf, AgreesWithItsVectors) {
    std::array<std::byte, 100> sha256{};
    const auto seed = from_hex("a0ba9f936cda311827a6f796ffd5198c");
    prf(Hash::sha256, from_hex("9bbe436ba940f017b17652849a71db35"), "test label",
        {Bytes{seed}.first(5), Bytes{seed}.subspan(5)}, sha256);
    EXPECT_EQ(to_hex(sha256), "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
                              "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
                              "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
                              "87347b66");
    std::array<std::byte, 148> sha384{};
    prf(Hash::sha384, from_hex("b80b733d6ceefcdc71566ea48e5567df"), "test label",
        {from_hex("cd665cf6a8447dd6ff8b27555edb7465")}, sha384);
    EXPECT_EQ(to_hex(sha384), "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd"
                              "e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd"
                              "8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425"
                              "9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6"
                              "91c8f3a26854308d5eaa3be85e0990703d73e56f");
}

} // namespace
} // namespace hawser::crypto
