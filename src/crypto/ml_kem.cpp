#include "crypto/ml_kem.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace hawser::crypto {
namespace {

constexpr const char* kName = "ML-KEM-768";
// Names of libcrypto 3.5, which the headers of an older one lack.
constexpr const char* kSeed = "seed";
constexpr const char* kEncapsulationRandom = "ikme";

OSSL_PARAM parameter(const char* name, Bytes value) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(value.data()),
                                             value.size());
}

/// A key from one of its forms; null when the bytes are none.
Key import(int selection, const char* name, Bytes value) {
    const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, kName, nullptr)};
    HAWSER_ASSERT(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
    std::array parameters{parameter(name, value), OSSL_PARAM_construct_end()};
    EVP_PKEY* key = nullptr;
    if (EVP_PKEY_fromdata(context.get(), &key, selection, parameters.data()) != 1) return {};
    return Key{key};
}

KeyContext context_of(const Key& key) {
    KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
    HAWSER_ASSERT(context != nullptr);
    return context;
}

} // namespace

bool MlKem768::available() {
    static const bool found = [] {
        const DropErrors drop_errors;
        const std::unique_ptr<EVP_KEM, FreeBy<EVP_KEM_free>> kem{
            EVP_KEM_fetch(nullptr, kName, nullptr)};
        return kem != nullptr;
    }();
    return found;
}

MlKem768::MlKem768(Bytes seed) : key_{import(EVP_PKEY_KEYPAIR, kSeed, seed)} {
    HAWSER_ASSERT(seed.size() == kSeedBytes && key_ != nullptr);
}

std::vector<std::byte> MlKem768::public_share() const {
    std::vector<std::byte> share(kPublicBytes);
    std::size_t size = 0;
    HAWSER_ASSERT(EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                  raw(MutableBytes{share}), share.size(),
                                                  &size) == 1);
    HAWSER_ASSERT(size == kPublicBytes);
    return share;
}

Result<Secret> MlKem768::decapsulate(Bytes ciphertext) const {
    const DropErrors drop_errors;
    if (ciphertext.size() != kCiphertextBytes) {
        return fail(Errc::malformed, "key share: an ML-KEM-768 ciphertext has 1088 bytes");
    }
    const KeyContext context = context_of(key_);
    Secret secret{kSecretBytes};
    std::size_t size = secret.size();
    HAWSER_ASSERT(EVP_PKEY_decapsulate_init(context.get(), nullptr) == 1);
    if (EVP_PKEY_decapsulate(context.get(), raw(secret.bytes()), &size, raw(ciphertext),
                             ciphertext.size()) != 1) {
        return fail(Errc::malformed, "key share: ML-KEM-768 ciphertext");
    }
    return secret;
}

Result<MlKem768::Encapsulated> MlKem768::encapsulate(Bytes peer, Bytes random) {
    HAWSER_ASSERT(random.size() == kRandomBytes);
    const DropErrors drop_errors;
    if (peer.size() != kPublicBytes) {
        return fail(Errc::malformed, "key share: an ML-KEM-768 key has 1184 bytes");
    }
    const Key key = import(EVP_PKEY_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY, peer);
    if (key == nullptr) return fail(Errc::malformed, "key share: no ML-KEM-768 key");

    const KeyContext context = context_of(key);
    const std::array parameters{parameter(kEncapsulationRandom, random),
                                OSSL_PARAM_construct_end()};
    HAWSER_ASSERT(EVP_PKEY_encapsulate_init(context.get(), parameters.data()) == 1);
    Encapsulated result{.ciphertext = std::vector<std::byte>(kCiphertextBytes),
                        .secret = Secret{kSecretBytes}};
    std::size_t ciphertext_bytes = result.ciphertext.size();
    std::size_t secret_bytes = kSecretBytes;
    HAWSER_ASSERT(EVP_PKEY_encapsulate(context.get(), raw(MutableBytes{result.ciphertext}),
                                       &ciphertext_bytes, raw(result.secret.bytes()),
                                       &secret_bytes) == 1);
    HAWSER_ASSERT(ciphertext_bytes == kCiphertextBytes && secret_bytes == kSecretBytes);
    return result;
}

} // namespace hawser::crypto
