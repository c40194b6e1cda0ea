#include "crypto/signature.hpp"

#include "crypto/pem.hpp"
#include "crypto/vectors.hpp"

#include <openssl/pem.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hawser::crypto {
namespace {

using enum SignatureScheme;

constexpr std::array kKinds{KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::ed25519,
                            KeyKind::rsa};
constexpr std::array kSchemes{
    ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ed25519,
    rsa_pss_rsae_sha256,    rsa_pss_rsae_sha384,    rsa_pss_rsae_sha512,
    rsa_pkcs1_sha256,       rsa_pkcs1_sha384,       rsa_pkcs1_sha512,
};

/// RSA takes long to make, so each kind is made once.
const PrivateKey& key_of(KeyKind kind) {
    static const std::vector<PrivateKey> keys = [] {
        std::vector<PrivateKey> made;
        for (const KeyKind each : kKinds) {
            auto key = PrivateKey::generate(each, entropy_of(7));
            made.push_back(key ? *key : PrivateKey{});
        }
        return made;
    }();
    return keys[static_cast<std::size_t>(kind)];
}

/// As older versions of openssl wrote keys.
std::string traditional_pem(const PrivateKey& key) {
    const Bio bio = make_writer();
    EXPECT_EQ(PEM_write_bio_PrivateKey_traditional(bio.get(), key.native(), nullptr, nullptr, 0,
                                                   nullptr, nullptr),
              1);
    return text_of(bio.get());
}

std::string encrypted_pem(const PrivateKey& key) {
    const Bio bio = make_writer();
    std::string passphrase = "sesame";
    EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.native(), EVP_aes_128_cbc(),
                                            passphrase.data(), 6, nullptr, nullptr),
              1);
    return text_of(bio.get());
}

class Signature : public testing::TestWithParam<KeyKind> {
protected:
    const PrivateKey key = key_of(GetParam());
    const PublicKey public_key = PublicKey::from_spki(key.spki()).value_or(PublicKey{});
};

TEST_P(Signature, IsVerifiedByThePublicKey) {
    const Bytes message = as_bytes("what was agreed");
    EXPECT_EQ(key.kind(), GetParam());
    EXPECT_EQ(public_key.kind(), GetParam());
    EXPECT_FALSE(key.schemes().empty());
    for (const SignatureScheme scheme : key.schemes()) {
        auto signature = key.sign(scheme, message);
        ASSERT_TRUE(signature);
        EXPECT_TRUE(public_key.verify(scheme, message, *signature));
        EXPECT_FALSE(public_key.verify(scheme, as_bytes("what was agreeD"), *signature));
        EXPECT_FALSE(public_key.verify(scheme, message, {}));
        for (const std::size_t at :
             {std::size_t{0}, signature->size() / 2, signature->size() - 1}) {
            (*signature)[at] ^= std::byte{1};
            EXPECT_FALSE(public_key.verify(scheme, message, *signature)) << at;
            (*signature)[at] ^= std::byte{1};
        }
        signature->push_back(std::byte{0});
        EXPECT_FALSE(public_key.verify(scheme, message, *signature));
    }
}

TEST_P(Signature, IsRefusedForASchemeOfAnotherKind) {
    const Bytes message = as_bytes("what was agreed");
    for (const SignatureScheme scheme : kSchemes) {
        const auto signature = key.sign(scheme, message);
        const bool fits = std::ranges::find(key.schemes(), scheme) != key.schemes().end();
        EXPECT_EQ(signature.has_value(), fits);
        for (const SignatureScheme other : kSchemes) {
            if (!signature || other == scheme) continue;
            EXPECT_FALSE(public_key.verify(other, message, *signature));
        }
    }
    EXPECT_FALSE(key.sign(static_cast<SignatureScheme>(0x0201), message)); // RSA with SHA-1
}

TEST_P(Signature, KeySurvivesPem) {
    const std::string pem = key.to_pem();
    EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    const auto read = PrivateKey::from_pem(pem);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind(), GetParam());
    EXPECT_EQ(read->spki(), key.spki());
    EXPECT_EQ(read->to_pem(), pem);
}

TEST_P(Signature, PublicKeyIsItsEncodingAndNothingMore) {
    auto der = key.spki();
    EXPECT_EQ(to_hex(public_key.spki()), to_hex(der));
    const Bytes whole = der;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(PublicKey::from_spki(whole.first(size))) << size;
    }
    der.push_back(std::byte{0});
    EXPECT_EQ(PublicKey::from_spki(der).error().code, Errc::malformed);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Signature, testing::ValuesIn(kKinds));

TEST(PrivateKey, FollowsFromTheEntropyExceptForRsa) {
    for (const KeyKind kind : {KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::ed25519}) {
        const auto again = PrivateKey::generate(kind, entropy_of(7));
        const auto other = PrivateKey::generate(kind, entropy_of(8));
        ASSERT_TRUE(again && other);
        EXPECT_EQ(again->spki(), key_of(kind).spki());
        EXPECT_NE(other->spki(), key_of(kind).spki());
    }
}

// In TLS 1.2 the peer may pair SHA-256 with a key of P-384, and the other way round.
TEST(PublicKey, TakesAnotherHashOnlyWhenAskedTo) {
    const Bytes message = as_bytes("what was agreed");
    const PrivateKey& key = key_of(KeyKind::ecdsa_p384);
    const auto public_key = PublicKey::from_spki(key.spki());
    ASSERT_TRUE(public_key);
    const auto signature = key.sign(ecdsa_secp256r1_sha256, message, Pairing::any_curve);
    ASSERT_TRUE(signature);
    EXPECT_TRUE(
        public_key->verify(ecdsa_secp256r1_sha256, message, *signature, Pairing::any_curve));
    EXPECT_FALSE(public_key->verify(ecdsa_secp256r1_sha256, message, *signature));
    EXPECT_FALSE(key.sign(ed25519, message, Pairing::any_curve));
}

TEST(Ed25519, AgreesWithRfc8032) { // §7.1, test 2
    const auto key = PrivateKey::generate(
        KeyKind::ed25519,
        entropy_from(from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")));
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->spki()),
              "302a300506032b65700321003d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4"
              "660c");
    const auto signature = key->sign(ed25519, from_hex("72"));
    ASSERT_TRUE(signature);
    EXPECT_EQ(to_hex(*signature),
              "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
              "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

// RFC 6979 §A.2.5: the key, SHA-256 and "sample".
TEST(Ecdsa, VerifiesTheSignatureOfRfc6979) {
    const auto key = PublicKey::from_spki(
        from_hex("3059301306072a8648ce3d020106082a8648ce3d030107034200"
                 "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                 "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
    ASSERT_TRUE(key);
    const auto signature =
        from_hex("3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                 "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
    EXPECT_TRUE(key->verify(ecdsa_secp256r1_sha256, as_bytes("sample"), signature));
    EXPECT_FALSE(key->verify(ecdsa_secp256r1_sha256, as_bytes("simple"), signature));
}

TEST(PrivateKey, SaysWhatIsWrongWithAText) {
    EXPECT_EQ(PrivateKey::from_pem("").error().code, Errc::malformed);
    EXPECT_EQ(PrivateKey::from_pem("no PEM at all").error().code, Errc::malformed);
    std::string cut = key_of(KeyKind::ecdsa_p256).to_pem();
    cut.resize(cut.size() / 2);
    EXPECT_EQ(PrivateKey::from_pem(cut).error().code, Errc::malformed);

    const auto encrypted = PrivateKey::from_pem(encrypted_pem(key_of(KeyKind::ed25519)));
    ASSERT_FALSE(encrypted);
    EXPECT_EQ(encrypted.error().code, Errc::unsupported);
    EXPECT_NE(encrypted.error().what.find("passphrase"), std::string_view::npos);
}

TEST(PrivateKey, ReadsTheTraditionalForm) {
    for (const KeyKind kind : {KeyKind::ecdsa_p256, KeyKind::rsa}) {
        const std::string pem = traditional_pem(key_of(kind));
        EXPECT_NE(pem.find(kind == KeyKind::rsa ? "RSA PRIVATE" : "EC PRIVATE"), std::string::npos);
        const auto key = PrivateKey::from_pem(pem);
        ASSERT_TRUE(key);
        EXPECT_EQ(key->spki(), key_of(kind).spki());
    }
}

TEST(PublicKey, RefusesKindsThatAreNotOurs) {
    // RSA of 1024 bits, P-521, Ed448 and P-256 with its parameters spelled out.
    for (const std::string_view der : {
             "30819f300d06092a864886f70d010101050003818d0030818902818100bd2ed540278707094f"
             "13dce9486124320490be1d8ad29c40df608d194bf9ccf96ef2b01c2ee4ee62cc16f13a3ed676"
             "f153aa5b1e1f57854d055eba342206066f0b618462272c8c964d88eb9c7923e7bbda19a54732"
             "a92f90f719a136b565c9c4887eff4563a01d11ce3bbbe3b60f64381fe8e25049026cd83d268e"
             "8fac0220310203010001",
             "30819b301006072a8648ce3d020106052b81040023038186000400d8264cc3f17cf1321f1dab"
             "45df7590c6273f44366bcb9aea4f891832a7967eaebd5ce13491b8a14e29c3cf9114c8c7fce7"
             "7eb691ae95fc20f1df2f651c70f5e99c0161607d40b573f3a84c4c7fafa41ef0ac28770a9703"
             "e23a3a6b1e32f4134d925d7960d16d42d309059b14b3c10aa8a88356b6eddfc19eddabc2a04d"
             "cbb14d7d1ea8",
             "3043300506032b6571033a001c0e9335b36e15863330163ec132ecce0e239a6409ccd9428c06"
             "b67e8a16d5e12d472679d549e264717ba7c038999be63d5b6f05e40067b900",
             "3082014b3082010306072a8648ce3d02013081f7020101302c06072a8648ce3d0101022100ff"
             "ffffff00000001000000000000000000000000ffffffffffffffffffffffff305b0420ffffff"
             "ff00000001000000000000000000000000fffffffffffffffffffffffc04205ac635d8aa3a93"
             "e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b031500c49d360886e704936a66"
             "78e1139d26b7819f7e900441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4"
             "a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51"
             "f5022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc6325510201"
             "01034200042ee8694a1e7f5679422a55e5bc9afc7a9101b2f8d77eca86c300eed454f6764e90"
             "796724bbcb0faf51ed93539a8b53c56bde0fe162d77f8a82a80c6cb31abd71",
         }) {
        const auto key = PublicKey::from_spki(from_hex(der));
        ASSERT_FALSE(key) << der;
        EXPECT_EQ(key.error().code, Errc::unsupported) << der;
    }
}

} // namespace
} // namespace hawser::crypto
