#include "crypto/key_kind.hpp"
#include "crypto/nist_curve.hpp"
#include "crypto/pem.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace hawser::crypto {
namespace {

using enum SignatureScheme;

constexpr std::array kP256Schemes{ecdsa_secp256r1_sha256};
constexpr std::array kP384Schemes{ecdsa_secp384r1_sha384};
constexpr std::array kEd25519Schemes{ed25519};
/// PSS first: TLS 1.3 takes nothing else, and it has a proof.
constexpr std::array kRsaSchemes{rsa_pss_rsae_sha256, rsa_pss_rsae_sha384, rsa_pss_rsae_sha512,
                                 rsa_pkcs1_sha256,    rsa_pkcs1_sha384,    rsa_pkcs1_sha512};

/// Called when the key is encrypted. Without it libcrypto would ask at the terminal.
int note_encrypted(char* /*password*/, int /*size*/, int /*writing*/, void* encrypted) {
    *static_cast<bool*>(encrypted) = true;
    return -1;
}

Key make_ecdsa(NistCurve curve, const Entropy& entropy) {
    const Secret scalar = scalar_from(curve, entropy);
    std::vector<std::byte> point = public_point(curve, scalar.bytes());
    // A key's parts are numbers in the machine's order: little or big, as BIGNUM has it.
    const std::unique_ptr<BIGNUM, FreeBy<BN_clear_free>> number{
        BN_bin2bn(raw(scalar.bytes()), static_cast<int>(scalar.size()), nullptr)};
    Secret native_scalar{scalar.size()};
    HAWSER_ASSERT(number != nullptr);
    HAWSER_ASSERT(BN_bn2nativepad(number.get(), raw(native_scalar.bytes()),
                                  static_cast<int>(scalar.size())) > 0);

    std::string group = curve == NistCurve::p256 ? "prime256v1" : "secp384r1";
    std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, raw(native_scalar.bytes()),
                                native_scalar.size()),
        OSSL_PARAM_construct_end(),
    };
    const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
    HAWSER_ASSERT(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
    EVP_PKEY* key = nullptr;
    HAWSER_ASSERT(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.data()) == 1);
    return Key{key};
}

Key make_key(KeyKind kind, const Entropy& entropy) {
    switch (kind) {
    case KeyKind::ecdsa_p256: return make_ecdsa(NistCurve::p256, entropy);
    case KeyKind::ecdsa_p384: return make_ecdsa(NistCurve::p384, entropy);
    case KeyKind::ed25519:
        return Key{
            EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, raw(Bytes{entropy}), 32)};
    case KeyKind::rsa: return Key{EVP_RSA_gen(kRsaBitsMin)};
    }
    return {};
}

} // namespace

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
    const DropErrors drop_errors;
    const Bio bio = reader_of(pem);
    bool encrypted = false;
    Key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, note_encrypted, &encrypted)};
    if (encrypted) {
        return fail(Errc::unsupported, "private key: encrypted, give it without a passphrase");
    }
    if (key == nullptr) {
        return fail(Errc::malformed,
                    "private key: PEM with \"BEGIN PRIVATE KEY\" (PKCS#8) is needed");
    }
    const auto kind = kind_of(key.get());
    if (!kind) return std::unexpected{kind.error()};
    return PrivateKey{std::move(key), *kind};
}

Result<PrivateKey> PrivateKey::generate(KeyKind kind, const Entropy& entropy) {
    const DropErrors drop_errors;
    Key key = make_key(kind, entropy);
    if (key == nullptr) return fail(Errc::unsupported, "private key: libcrypto cannot make one");
    return PrivateKey{std::move(key), kind};
}

KeyKind PrivateKey::kind() const {
    HAWSER_ASSERT(key_ != nullptr);
    return kind_;
}

std::span<const SignatureScheme> PrivateKey::schemes() const {
    switch (kind()) {
    case KeyKind::ecdsa_p256: return kP256Schemes;
    case KeyKind::ecdsa_p384: return kP384Schemes;
    case KeyKind::ed25519: return kEd25519Schemes;
    case KeyKind::rsa: return kRsaSchemes;
    }
    return {};
}

Result<std::vector<std::byte>> PrivateKey::sign(SignatureScheme scheme, Bytes message,
                                                Pairing pairing) const {
    const auto use = use_of(scheme, kind(), pairing);
    if (!use) return fail(Errc::invalid_argument, "signature scheme: does not fit the key");
    const DigestContext context{EVP_MD_CTX_new()};
    HAWSER_ASSERT(context != nullptr);
    EVP_PKEY_CTX* key_context = nullptr; // belongs to `context`
    HAWSER_ASSERT(EVP_DigestSignInit(context.get(), &key_context, use->hash, nullptr, key_.get()) ==
                  1);
    apply(*use, key_context);

    std::vector<std::byte> signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
    std::size_t size = signature.size();
    HAWSER_ASSERT(EVP_DigestSign(context.get(), raw(MutableBytes{signature}), &size, raw(message),
                                 message.size()) == 1);
    signature.resize(size);
    return signature;
}

std::vector<std::byte> PrivateKey::spki() const {
    HAWSER_ASSERT(key_ != nullptr);
    const int size = i2d_PUBKEY(key_.get(), nullptr);
    HAWSER_ASSERT(size > 0);
    std::vector<std::byte> der(static_cast<std::size_t>(size));
    unsigned char* at = raw(MutableBytes{der});
    HAWSER_ASSERT(i2d_PUBKEY(key_.get(), &at) == size);
    return der;
}

std::string PrivateKey::to_pem() const {
    HAWSER_ASSERT(key_ != nullptr);
    const Bio bio = make_writer();
    HAWSER_ASSERT(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                                nullptr) == 1);
    return text_of(bio.get());
}

} // namespace hawser::crypto
