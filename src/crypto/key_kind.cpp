#include "crypto/key_kind.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <algorithm>

namespace hawser::crypto {
namespace {

using enum SignatureScheme;

struct Row {
    SignatureScheme scheme;
    KeyKind kind;
    const EVP_MD* hash;
    bool pss;
};

bool text_is(EVP_PKEY* key, const char* parameter, std::string_view wanted) {
    std::array<char, 64> value{};
    std::size_t size = 0;
    return EVP_PKEY_get_utf8_string_param(key, parameter, value.data(), value.size(), &size) == 1 &&
           std::string_view{value.data(), size} == wanted;
}

Result<KeyKind> kind_of_curve(EVP_PKEY* key) {
    if (!text_is(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP)) {
        return fail(Errc::unsupported, "key: an elliptic curve must be given by its name");
    }
    if (text_is(key, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1")) return KeyKind::ecdsa_p256;
    if (text_is(key, OSSL_PKEY_PARAM_GROUP_NAME, "secp384r1")) return KeyKind::ecdsa_p384;
    return fail(Errc::unsupported, "key: of the NIST curves only P-256 and P-384 are supported");
}

} // namespace

std::string_view name(KeyKind kind) {
    switch (kind) {
    case KeyKind::ecdsa_p256: return "ecdsa-p256";
    case KeyKind::ecdsa_p384: return "ecdsa-p384";
    case KeyKind::ed25519: return "ed25519";
    case KeyKind::rsa: return "rsa";
    }
    return "unknown";
}

Result<KeyKind> kind_of(EVP_PKEY* key) {
    const DropErrors drop_errors;
    if (EVP_PKEY_is_a(key, "EC") == 1) return kind_of_curve(key);
    if (EVP_PKEY_is_a(key, "ED25519") == 1) return KeyKind::ed25519;
    if (EVP_PKEY_is_a(key, "RSA") != 1) {
        return fail(Errc::unsupported, "key: not ECDSA, Ed25519 or RSA");
    }
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < kRsaBitsMin) return fail(Errc::unsupported, "key: RSA needs 2048 bits or more");
    if (bits > kRsaBitsMax) return fail(Errc::unsupported, "key: RSA has more than 8192 bits");
    return KeyKind::rsa;
}

std::optional<SchemeUse> use_of(SignatureScheme scheme, KeyKind kind, Pairing pairing) {
    static const EVP_MD* const sha256 = native(Hash::sha256);
    static const EVP_MD* const sha384 = native(Hash::sha384);
    static const EVP_MD* const sha512 = native_sha512();
    static const std::array rows{
        Row{ecdsa_secp256r1_sha256, KeyKind::ecdsa_p256, sha256, false},
        Row{ecdsa_secp384r1_sha384, KeyKind::ecdsa_p384, sha384, false},
        Row{ed25519, KeyKind::ed25519, nullptr, false},
        Row{rsa_pss_rsae_sha256, KeyKind::rsa, sha256, true},
        Row{rsa_pss_rsae_sha384, KeyKind::rsa, sha384, true},
        Row{rsa_pss_rsae_sha512, KeyKind::rsa, sha512, true},
        Row{rsa_pkcs1_sha256, KeyKind::rsa, sha256, false},
        Row{rsa_pkcs1_sha384, KeyKind::rsa, sha384, false},
        Row{rsa_pkcs1_sha512, KeyKind::rsa, sha512, false},
    };
    const auto is_ecdsa = [](KeyKind k) {
        return k == KeyKind::ecdsa_p256 || k == KeyKind::ecdsa_p384;
    };
    const auto* const row = std::ranges::find(rows, scheme, &Row::scheme);
    if (row == rows.end()) return std::nullopt;
    const bool fits = row->kind == kind ||
                      (pairing == Pairing::any_curve && is_ecdsa(row->kind) && is_ecdsa(kind));
    if (!fits) return std::nullopt;
    return SchemeUse{.hash = row->hash, .pss = row->pss};
}

void apply(const SchemeUse& use, EVP_PKEY_CTX* context) {
    if (!use.pss) return;
    HAWSER_ASSERT(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1);
    HAWSER_ASSERT(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

} // namespace hawser::crypto
