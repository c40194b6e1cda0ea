#include "crypto/hmac.hpp"

#include <hawser/core/check.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace hawser::crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* raw(Bytes bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// SHA-256 that has taken one block: the key, mixed with a pad.
Context start_with(const std::array<unsigned char, kBlockBytes>& key, unsigned char pad) {
    std::array<unsigned char, kBlockBytes> block{};
    std::ranges::transform(key, block.begin(), [pad](unsigned char octet) {
        return static_cast<unsigned char>(octet ^ pad);
    });
    Context context{EVP_MD_CTX_new()};
    HAWSER_ASSERT(context != nullptr);
    HAWSER_ASSERT(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
    HAWSER_ASSERT(EVP_DigestUpdate(context.get(), block.data(), block.size()) == 1);
    OPENSSL_cleanse(block.data(), block.size());
    return context;
}

} // namespace

/// The two halves of HMAC with the key already in: a computation copies them, which is several
/// times cheaper than setting the key again.
struct HmacSha256::State {
    Context inner;
    Context outer;
    Context work{EVP_MD_CTX_new()};
};

HmacSha256::HmacSha256(Bytes key) : state_{std::make_unique<State>()} {
    std::array<unsigned char, kBlockBytes> padded{};
    if (key.size() <= kBlockBytes) {
        std::copy_n(raw(key), key.size(), padded.begin());
    } else {
        HAWSER_ASSERT(
            EVP_Digest(key.data(), key.size(), padded.data(), nullptr, EVP_sha256(), nullptr) == 1);
    }
    state_->inner = start_with(padded, 0x36);
    state_->outer = start_with(padded, 0x5c);
    OPENSSL_cleanse(padded.data(), padded.size());
}

HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

HmacSha256::Mac HmacSha256::compute(std::initializer_list<Bytes> parts) {
    EVP_MD_CTX* work = state_->work.get();
    Mac mac{};
    auto* out = reinterpret_cast<unsigned char*>(mac.data());
    HAWSER_ASSERT(EVP_MD_CTX_copy_ex(work, state_->inner.get()) == 1);
    for (const Bytes part : parts) {
        HAWSER_ASSERT(EVP_DigestUpdate(work, part.data(), part.size()) == 1);
    }
    HAWSER_ASSERT(EVP_DigestFinal_ex(work, out, nullptr) == 1);
    HAWSER_ASSERT(EVP_MD_CTX_copy_ex(work, state_->outer.get()) == 1);
    HAWSER_ASSERT(EVP_DigestUpdate(work, mac.data(), mac.size()) == 1);
    HAWSER_ASSERT(EVP_DigestFinal_ex(work, out, nullptr) == 1);
    return mac;
}

bool equal_in_constant_time(Bytes a, Bytes b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace hawser::crypto
