#include "limit/sealer.hpp"

#include <array>
#include <cstring>
#include <openssl/evp.h>

namespace hawser::bench {
namespace {

constexpr std::array<unsigned char, 16> kKey{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr std::size_t kAad = 13;

unsigned char* raw(std::byte* at) {
    return reinterpret_cast<unsigned char*>(at);
}

} // namespace

Sealer::Sealer(Use use) : context_{EVP_CIPHER_CTX_new()} {
    const EVP_CIPHER* const cipher = EVP_aes_128_gcm();
    const int encrypts = use == Use::seal ? 1 : 0;
    EVP_CipherInit_ex(context_, cipher, nullptr, kKey.data(), nullptr, encrypts);
}

Sealer::~Sealer() {
    EVP_CIPHER_CTX_free(context_);
}

void Sealer::seal(MutableBytes record) {
    ++number_;
    std::memset(record.data(), 0, kFront);
    std::memcpy(record.data() + kAad, &number_, sizeof number_);
    std::array<unsigned char, 12> nonce{};
    std::memcpy(nonce.data() + 4, &number_, sizeof number_);
    const int size = static_cast<int>(record.size() - kFront - kBehind);
    int done = 0;
    EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, nonce.data());
    EVP_EncryptUpdate(context_, nullptr, &done, raw(record.data()), kAad);
    EVP_EncryptUpdate(context_, raw(record.data() + kFront), &done, raw(record.data() + kFront),
                      size);
    EVP_EncryptFinal_ex(context_, raw(record.data() + kFront + size), &done);
    EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kBehind, record.data() + kFront + size);
}

bool Sealer::open(MutableBytes record) {
    std::array<unsigned char, 12> nonce{};
    std::memcpy(nonce.data() + 4, record.data() + kAad, sizeof number_);
    const int size = static_cast<int>(record.size() - kFront - kBehind);
    int done = 0;
    EVP_DecryptInit_ex(context_, nullptr, nullptr, nullptr, nonce.data());
    EVP_DecryptUpdate(context_, nullptr, &done, raw(record.data()), kAad);
    EVP_DecryptUpdate(context_, raw(record.data() + kFront), &done, raw(record.data() + kFront),
                      size);
    EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, kBehind, record.data() + kFront + size);
    return EVP_DecryptFinal_ex(context_, raw(record.data() + kFront + size), &done) == 1;
}

} // namespace hawser::bench
