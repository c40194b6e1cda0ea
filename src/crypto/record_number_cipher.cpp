#include "crypto/record_number_cipher.hpp"

#include "crypto/evp.hpp"

#include <algorithm>

namespace hawser::crypto {
namespace {

const EVP_CIPHER* fetch(const char* name) {
    EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
    HAWSER_ASSERT(cipher != nullptr);
    return cipher;
}

} // namespace

void RecordNumberCipher::Free::operator()(evp_cipher_ctx_st* context) const {
    EVP_CIPHER_CTX_free(context);
}

void RecordNumberCipher::set_key(AeadKind kind, Bytes key) {
    static const EVP_CIPHER* const aes_128 = fetch("AES-128-ECB");
    static const EVP_CIPHER* const aes_256 = fetch("AES-256-ECB");
    static const EVP_CIPHER* const chacha20 = fetch("ChaCha20");
    HAWSER_ASSERT(key.size() == key_bytes(kind));
    const Algorithm algorithm = kind == AeadKind::chacha20_poly1305 ? Algorithm::chacha20
                                : key.size() == 16                  ? Algorithm::aes_128
                                                                    : Algorithm::aes_256;
    const EVP_CIPHER* cipher = nullptr; // null: the context keeps what it has
    if (context_ == nullptr || algorithm != algorithm_) {
        cipher = algorithm == Algorithm::chacha20  ? chacha20
                 : algorithm == Algorithm::aes_128 ? aes_128
                                                   : aes_256;
    }
    if (context_ == nullptr) context_.reset(EVP_CIPHER_CTX_new());
    HAWSER_ASSERT(context_ != nullptr);
    HAWSER_ASSERT(EVP_EncryptInit_ex(context_.get(), cipher, nullptr, raw(key), nullptr) == 1);
    if (cipher != nullptr) HAWSER_ASSERT(EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1);
    algorithm_ = algorithm;
}

RecordNumberCipher::Mask RecordNumberCipher::mask(std::span<const std::byte, kSampleBytes> sample) {
    Mask mask{};
    std::ranges::copy(sample, mask.begin());
    masks(mask);
    return mask;
}

void RecordNumberCipher::masks(MutableBytes samples) {
    HAWSER_ASSERT(context_ != nullptr && samples.size() % kSampleBytes == 0);
    if (algorithm_ != Algorithm::chacha20) {
        // Whole blocks, so nothing waits for another: the call without the steps around it.
        HAWSER_ASSERT(EVP_Cipher(context_.get(), raw(samples), raw(samples),
                                 static_cast<unsigned>(samples.size())) > 0);
        return;
    }
    for (; !samples.empty(); samples = samples.subspan(kSampleBytes)) {
        // libcrypto's 16 bytes of "IV" are the counter, little endian, and the nonce: the sample.
        const MutableBytes one = samples.first(kSampleBytes);
        HAWSER_ASSERT(EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, raw(one)) == 1);
        std::ranges::fill(one, std::byte{0});
        HAWSER_ASSERT(EVP_Cipher(context_.get(), raw(one), raw(one),
                                 static_cast<unsigned>(kSampleBytes)) > 0);
    }
}

} // namespace hawser::crypto
