#include "crypto/aead.hpp"

#include "crypto/evp.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace hawser::crypto {
namespace {

const EVP_CIPHER* fetch(const char* name) {
    EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
    HAWSER_ASSERT(cipher != nullptr);
    return cipher;
}

/// Fetched once, and alive as long as the process.
const EVP_CIPHER* native(AeadKind kind) {
    static const EVP_CIPHER* const aes_128_gcm = fetch("AES-128-GCM");
    static const EVP_CIPHER* const aes_256_gcm = fetch("AES-256-GCM");
    static const EVP_CIPHER* const chacha20_poly1305 = fetch("ChaCha20-Poly1305");
    static const EVP_CIPHER* const aes_128_ccm = fetch("AES-128-CCM");
    static const EVP_CIPHER* const aes_256_ccm = fetch("AES-256-CCM");
    switch (kind) {
    case AeadKind::aes_128_gcm: return aes_128_gcm;
    case AeadKind::aes_256_gcm: return aes_256_gcm;
    case AeadKind::chacha20_poly1305: return chacha20_poly1305;
    case AeadKind::aes_128_ccm:
    case AeadKind::aes_128_ccm_8: return aes_128_ccm;
    case AeadKind::aes_256_ccm:
    case AeadKind::aes_256_ccm_8: return aes_256_ccm;
    }
    return nullptr;
}

bool is_gcm(AeadKind kind) {
    return kind == AeadKind::aes_128_gcm || kind == AeadKind::aes_256_gcm;
}

bool is_ccm(AeadKind kind) {
    return !is_gcm(kind) && kind != AeadKind::chacha20_poly1305;
}

/// libcrypto only reads it, whatever the parameter's type says.
OSSL_PARAM parameter(const char* name, Bytes value) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(value.data()),
                                             value.size());
}

/// An empty span may have no address, which libcrypto would take for something else.
template <class T>
T* address(std::span<T> bytes) {
    static std::byte nothing{};
    return bytes.data() != nullptr ? bytes.data() : &nothing;
}

int length(Bytes bytes) {
    HAWSER_ASSERT(bytes.size() <= 0x7fff'ffff);
    return static_cast<int>(bytes.size());
}

/// A size of -1 says that it is the whole nonce, and is what makes libcrypto take it as it is.
OSSL_PARAM nonce_parameter(Bytes nonce) {
    OSSL_PARAM made = parameter(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, nonce);
    made.data_size = SIZE_MAX;
    return made;
}

} // namespace

void Aead::Free::operator()(evp_cipher_ctx_st* context) const {
    EVP_CIPHER_CTX_free(context);
}

void Aead::set_key(AeadKind kind, Use use, Bytes key) {
    HAWSER_ASSERT(key.size() == key_bytes(kind));
    const int encrypts = use == Use::seal ? 1 : 0;
    by_parameters_ = is_gcm(kind) && gcm_takes_parameters();
    if (has_key() && kind == kind_ && use == use_) {
        HAWSER_ASSERT(
            EVP_CipherInit_ex(context_.get(), nullptr, nullptr, raw(key), nullptr, encrypts) == 1);
        return;
    }
    if (!has_key()) context_.reset(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* const context = context_.get();
    HAWSER_ASSERT(context != nullptr);
    HAWSER_ASSERT(EVP_CipherInit_ex(context, native(kind), nullptr, nullptr, nullptr, encrypts) ==
                  1);
    if (is_ccm(kind)) { // its key schedule depends on both lengths
        const int tag = static_cast<int>(tag_bytes(kind));
        const int nonce = static_cast<int>(kNonceBytes);
        HAWSER_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, nonce, nullptr) == 1);
        HAWSER_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag, nullptr) == 1);
    }
    HAWSER_ASSERT(EVP_CipherInit_ex(context, nullptr, nullptr, raw(key), nullptr, encrypts) == 1);
    kind_ = kind;
    use_ = use;
}

void Aead::reset() {
    context_.reset();
}

void Aead::seal(Bytes nonce, Bytes aad, MutableBytes text, MutableBytes tag) {
    HAWSER_ASSERT(has_key() && use_ == Use::seal);
    HAWSER_ASSERT(nonce.size() == kNonceBytes && tag.size() == tag_bytes(kind_));
    EVP_CIPHER_CTX* const context = context_.get();
    int done = 0;
    begin_sealing(nonce);
    if (is_ccm(kind_)) { // CCM wants to know how much will come
        HAWSER_ASSERT(EVP_EncryptUpdate(context, nullptr, &done, nullptr, length(text)) == 1);
    }
    if (!aad.empty()) {
        HAWSER_ASSERT(EVP_EncryptUpdate(context, nullptr, &done, raw(aad), length(aad)) == 1);
    }
    unsigned char* const at = raw(MutableBytes{address(text), text.size()});
    HAWSER_ASSERT(EVP_EncryptUpdate(context, at, &done, at, length(text)) == 1);
    HAWSER_ASSERT(EVP_EncryptFinal_ex(context, at + done, &done) == 1);
    take_tag(tag);
}

bool Aead::open(Bytes nonce, Bytes aad, MutableBytes text, Bytes tag) {
    HAWSER_ASSERT(has_key() && use_ == Use::open);
    HAWSER_ASSERT(nonce.size() == kNonceBytes);
    if (tag.size() != tag_bytes(kind_)) return false;
    begin_opening(nonce, tag);
    return is_ccm(kind_) ? open_ccm(aad, text) : open_text(aad, text);
}

/// It wants to know how much will come, and compares the tag before it gives any of it.
bool Aead::open_ccm(Bytes aad, MutableBytes text) {
    EVP_CIPHER_CTX* const context = context_.get();
    int done = 0;
    HAWSER_ASSERT(EVP_DecryptUpdate(context, nullptr, &done, nullptr, length(text)) == 1);
    if (!aad.empty())
        HAWSER_ASSERT(EVP_DecryptUpdate(context, nullptr, &done, raw(aad), length(aad)) == 1);
    unsigned char* const at = raw(MutableBytes{address(text), text.size()});
    const bool decrypted = EVP_DecryptUpdate(context, at, &done, at, length(text)) == 1;
    if (!decrypted) ERR_clear_error();
    return decrypted;
}

/// Once the context has the nonce and the tag.
bool Aead::open_text(Bytes aad, MutableBytes text) {
    EVP_CIPHER_CTX* const context = context_.get();
    int done = 0;
    if (!aad.empty())
        HAWSER_ASSERT(EVP_DecryptUpdate(context, nullptr, &done, raw(aad), length(aad)) == 1);
    unsigned char* const at = raw(MutableBytes{address(text), text.size()});
    HAWSER_ASSERT(EVP_DecryptUpdate(context, at, &done, at, length(text)) == 1);
    return EVP_DecryptFinal_ex(context, at + done, &done) == 1;
}

// The usual calls ask libcrypto for the nonce's length, and look a parameter up by name for it and
// for the tag, again for each record: a tenth of the time that sealing 1200 bytes takes, and more
// when they are opened. GCM can be told all of it in one call.

void Aead::begin_sealing(Bytes nonce) {
    EVP_CIPHER_CTX* const context = context_.get();
    if (by_parameters_) {
        const std::array all{nonce_parameter(nonce), OSSL_PARAM_construct_end()};
        HAWSER_ASSERT(EVP_CIPHER_CTX_set_params(context, all.data()) == 1);
        return;
    }
    HAWSER_ASSERT(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, raw(nonce)) == 1);
}

void Aead::begin_opening(Bytes nonce, Bytes tag) {
    EVP_CIPHER_CTX* const context = context_.get();
    if (by_parameters_) {
        const std::array all{parameter(OSSL_CIPHER_PARAM_AEAD_TAG, tag), nonce_parameter(nonce),
                             OSSL_PARAM_construct_end()};
        HAWSER_ASSERT(EVP_CIPHER_CTX_set_params(context, all.data()) == 1);
        return;
    }
    HAWSER_ASSERT(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, raw(nonce)) == 1);
    // libcrypto only reads the tag, whatever the parameter's type says.
    void* const expected = const_cast<std::byte*>(tag.data());
    HAWSER_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()),
                                      expected) == 1);
}

void Aead::take_tag(MutableBytes tag) {
    EVP_CIPHER_CTX* const context = context_.get();
    if (by_parameters_) {
        std::array all{parameter(OSSL_CIPHER_PARAM_AEAD_TAG, tag), OSSL_PARAM_construct_end()};
        HAWSER_ASSERT(EVP_CIPHER_CTX_get_params(context, all.data()) == 1);
        return;
    }
    HAWSER_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()),
                                      tag.data()) == 1);
}

/// Asked once: libcrypto's manual knows the parameter, but not that it takes a whole nonce, so one
/// made so must be worth the same as one given in the usual way.
bool Aead::gcm_takes_parameters() {
    static const bool takes = [] {
        const DropErrors drop;
        const auto sealed = [](bool by_parameters, std::byte number) {
            const std::array<std::byte, kNonceBytes> nonce{number, number};
            const std::array<std::byte, key_bytes(AeadKind::aes_128_gcm)> key{std::byte{1}};
            std::array<std::byte, 24> text{};
            unsigned char* const at = raw(MutableBytes{text});
            EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
            const std::array all{nonce_parameter(nonce), OSSL_PARAM_construct_end()};
            int done = 0;
            const bool well =
                EVP_EncryptInit_ex(context, native(AeadKind::aes_128_gcm), nullptr, raw(Bytes{key}),
                                   by_parameters ? nullptr : raw(Bytes{nonce})) == 1 &&
                (!by_parameters || EVP_CIPHER_CTX_set_params(context, all.data()) == 1) &&
                EVP_EncryptUpdate(context, at, &done, at, length(text)) == 1;
            EVP_CIPHER_CTX_free(context);
            return well ? std::optional{text} : std::nullopt;
        };
        const auto wanted = sealed(false, std::byte{7});
        return wanted && sealed(true, std::byte{7}) == wanted &&
               sealed(true, std::byte{8}) != wanted;
    }();
    return takes;
}

} // namespace hawser::crypto
