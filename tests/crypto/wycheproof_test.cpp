// Project Wycheproof's vectors, through our primitives as they are used. They are not part of this
// repository: HAWSER_WYCHEPROOF names the folder of their JSON files (testvectors_v1), e.g. that of
// the Go module github.com/c2sp/wycheproof.
#include "crypto/aead.hpp"
#include "crypto/key_derivation.hpp"
#include "crypto/key_exchange.hpp"
#include "crypto/ml_kem.hpp"
#include "crypto/nist_curve.hpp"
#include "crypto/signature.hpp"
#include "crypto/vectors.hpp"

#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>

namespace hawser::crypto {
namespace {

using Json = boost::property_tree::ptree;
using enum SignatureScheme;

std::vector<std::byte> bytes_of(const Json& test, const char* field) {
    return from_hex(test.get<std::string>(field));
}

/// Whether our answer is the one that the vector asks for. "acceptable" leaves the choice.
void judge(const Json& test, bool accepted) {
    const auto wanted = test.get<std::string>("result");
    if (wanted == "acceptable") return;
    EXPECT_EQ(accepted, wanted == "valid")
        << "tcId " << test.get<int>("tcId") << " " << test.get<std::string>("comment", "");
}

class Wycheproof : public testing::Test {
protected:
    using Check = std::function<void(const Json& group, const Json& test)>;

    /// Runs the check for each vector of the file, and wants there to be some that it took.
    void each(const std::string& file, const Check& check) {
        const char* const folder = std::getenv("HAWSER_WYCHEPROOF");
        if (folder == nullptr) {
            GTEST_SKIP() << "HAWSER_WYCHEPROOF names no folder of Wycheproof's vectors: not tested "
                            "(scripts/test fetches them where there is Go; see HACKING.md)";
        }
        const std::filesystem::path path = std::filesystem::path{folder} / file;
        ASSERT_TRUE(std::filesystem::exists(path)) << path;
        Json root;
        boost::property_tree::read_json(path.string(), root);
        for (const auto& [unnamed, group] : root.get_child("testGroups")) {
            for (const auto& [also_unnamed, test] : group.get_child("tests"))
                check(group, test);
        }
        EXPECT_GT(taken_, 0) << file;
    }

    void
    each_aead(const std::string& file,
              const std::function<std::optional<AeadKind>(int key_bits, int tag_bits)>& kind_of);
    void each_signature(const std::string& file, SignatureScheme scheme,
                        Pairing pairing = Pairing::exact);
    void each_agreement(const std::string& file, NistCurve curve);

    int taken_ = 0;
};

/// The vector's tag may be wrong, so what we seal must be what it says only when it is valid.
bool opens(AeadKind kind, const Json& test) {
    Aead open;
    open.set_key(kind, Aead::Use::open, bytes_of(test, "key"));
    auto text = bytes_of(test, "ct");
    return open.open(bytes_of(test, "iv"), bytes_of(test, "aad"), text, bytes_of(test, "tag")) &&
           text == bytes_of(test, "msg");
}

bool seals(AeadKind kind, const Json& test) {
    Aead seal;
    seal.set_key(kind, Aead::Use::seal, bytes_of(test, "key"));
    auto text = bytes_of(test, "msg");
    std::vector<std::byte> tag(tag_bytes(kind));
    seal.seal(bytes_of(test, "iv"), bytes_of(test, "aad"), text, tag);
    return text == bytes_of(test, "ct") && tag == bytes_of(test, "tag");
}

void Wycheproof::each_aead(
    const std::string& file,
    const std::function<std::optional<AeadKind>(int key_bits, int tag_bits)>& kind_of) {
    each(file, [&](const Json& group, const Json& test) {
        const auto kind = kind_of(group.get<int>("keySize"), group.get<int>("tagSize"));
        if (!kind || group.get<int>("ivSize") != 96) return;
        ++taken_;
        judge(test, opens(*kind, test));
        judge(test, seals(*kind, test));
    });
}

TEST_F(Wycheproof, AesGcm) {
    each_aead("aes_gcm_test.json", [](int key_bits, int tag_bits) -> std::optional<AeadKind> {
        if (tag_bits != 128 || key_bits == 192) return std::nullopt;
        return key_bits == 128 ? AeadKind::aes_128_gcm : AeadKind::aes_256_gcm;
    });
}

TEST_F(Wycheproof, AesCcm) {
    each_aead("aes_ccm_test.json", [](int key_bits, int tag_bits) -> std::optional<AeadKind> {
        if (key_bits == 192) return std::nullopt;
        if (tag_bits == 128) return key_bits == 128 ? AeadKind::aes_128_ccm : AeadKind::aes_256_ccm;
        if (tag_bits != 64) return std::nullopt;
        return key_bits == 128 ? AeadKind::aes_128_ccm_8 : AeadKind::aes_256_ccm_8;
    });
}

TEST_F(Wycheproof, ChaCha20Poly1305) {
    each_aead("chacha20_poly1305_test.json",
              [](int, int) { return std::optional{AeadKind::chacha20_poly1305}; });
}

TEST_F(Wycheproof, X25519) {
    each("x25519_test.json", [&](const Json&, const Json& test) {
        ++taken_;
        const auto ours =
            KeyShare::generate(Group::x25519, entropy_from(bytes_of(test, "private")));
        ASSERT_TRUE(ours);
        const auto secret = ours->finish(bytes_of(test, "public"));
        const std::string wanted = test.get<std::string>("shared");
        const bool zero = wanted.find_first_not_of('0') == std::string::npos;
        EXPECT_EQ(secret.has_value(), !zero) << test.get<int>("tcId");
        if (!secret) return;
        EXPECT_EQ(to_hex(secret->bytes()), wanted) << test.get<int>("tcId");
    });
}

void Wycheproof::each_agreement(const std::string& file, NistCurve curve) {
    each(file, [&](const Json&, const Json& test) {
        ++taken_;
        auto wide = bytes_of(test, "private"); // sometimes with zeros before it, or without
        wide.insert(wide.begin(), scalar_bytes(curve), std::byte{0});
        const auto secret =
            agree(curve, Bytes{wide}.last(scalar_bytes(curve)), bytes_of(test, "public"));
        judge(test, secret && to_hex(secret->bytes()) == test.get<std::string>("shared"));
    });
}

TEST_F(Wycheproof, EcdhP256) {
    each_agreement("ecdh_secp256r1_ecpoint_test.json", NistCurve::p256);
}

TEST_F(Wycheproof, EcdhP384) {
    each_agreement("ecdh_secp384r1_ecpoint_test.json", NistCurve::p384);
}

void Wycheproof::each_signature(const std::string& file, SignatureScheme scheme, Pairing pairing) {
    each(file, [&](const Json& group, const Json& test) {
        ++taken_;
        const auto key = PublicKey::from_spki(bytes_of(group, "publicKeyDer"));
        ASSERT_TRUE(key);
        judge(test, key->verify(scheme, bytes_of(test, "msg"), bytes_of(test, "sig"), pairing));
    });
}

TEST_F(Wycheproof, EcdsaP256) {
    each_signature("ecdsa_secp256r1_sha256_test.json", ecdsa_secp256r1_sha256);
}

TEST_F(Wycheproof, EcdsaP384) {
    each_signature("ecdsa_secp384r1_sha384_test.json", ecdsa_secp384r1_sha384);
}

TEST_F(Wycheproof, EcdsaP384WithSha256) {
    each_signature("ecdsa_secp384r1_sha256_test.json", ecdsa_secp256r1_sha256, Pairing::any_curve);
}

TEST_F(Wycheproof, Ed25519) {
    each_signature("ed25519_test.json", ed25519);
}

TEST_F(Wycheproof, RsaPkcs1) {
    each_signature("rsa_signature_2048_sha256_test.json", rsa_pkcs1_sha256);
}

TEST_F(Wycheproof, RsaPss) {
    each_signature("rsa_pss_2048_sha256_mgf1_32_test.json", rsa_pss_rsae_sha256);
}

TEST_F(Wycheproof, Hkdf) {
    for (const Hash hash : {Hash::sha256, Hash::sha384}) {
        each(hash == Hash::sha256 ? "hkdf_sha256_test.json" : "hkdf_sha384_test.json",
             [&](const Json&, const Json& test) {
                 const auto size = test.get<std::size_t>("size");
                 if (size > 255 * digest_bytes(hash)) return; // refused by an assertion of ours
                 ++taken_;
                 const Secret prk =
                     hkdf_extract(hash, bytes_of(test, "salt"), bytes_of(test, "ikm"));
                 std::vector<std::byte> out(size);
                 hkdf_expand(hash, prk.bytes(), bytes_of(test, "info"), out);
                 judge(test, out == bytes_of(test, "okm"));
             });
    }
}

TEST_F(Wycheproof, Hmac) {
    for (const Hash hash : {Hash::sha256, Hash::sha384}) {
        each(hash == Hash::sha256 ? "hmac_sha256_test.json" : "hmac_sha384_test.json",
             [&](const Json& group, const Json& test) {
                 ++taken_;
                 const Digest mac = hmac(hash, bytes_of(test, "key"), {bytes_of(test, "msg")});
                 const auto size = group.get<std::size_t>("tagSize") / 8;
                 judge(test, to_hex(mac.bytes().first(size)) == test.get<std::string>("tag"));
             });
    }
}

TEST_F(Wycheproof, MlKem768) {
    if (!MlKem768::available()) {
        GTEST_SKIP() << "this libcrypto has no ML-KEM (it needs 3.5 or newer): not tested";
    }
    each("mlkem_768_test.json", [&](const Json&, const Json& test) {
        const auto seed = bytes_of(test, "seed");
        if (seed.size() != MlKem768::kSeedBytes) return;
        ++taken_;
        const MlKem768 key{seed};
        EXPECT_EQ(to_hex(key.public_share()), test.get<std::string>("ek"));
        const auto secret = key.decapsulate(bytes_of(test, "c"));
        judge(test, secret && to_hex(secret->bytes()) == test.get<std::string>("K"));
    });
}

} // namespace
} // namespace hawser::crypto
