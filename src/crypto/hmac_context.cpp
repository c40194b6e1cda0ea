#include "crypto/hmac_context.hpp"

#include "crypto/evp.hpp"

#include <algorithm>

namespace hawser::crypto {
namespace {

/// Of SHA-1 and of SHA-256.
constexpr std::size_t kBlockBytes = 64;

DigestContext context_of(const EVP_MD* kind) {
    DigestContext context{EVP_MD_CTX_new()};
    HAWSER_ASSERT(context != nullptr);
    HAWSER_ASSERT(EVP_DigestInit_ex(context.get(), kind, nullptr) == 1);
    return context;
}

/// Its function stays set: it is neither looked up nor allocated again.
void start(EVP_MD_CTX* context) {
    HAWSER_ASSERT(EVP_DigestInit_ex(context, nullptr, nullptr) == 1);
}

void add(EVP_MD_CTX* context, Bytes part) {
    HAWSER_ASSERT(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
}

void finish(EVP_MD_CTX* context, MutableBytes digest) {
    HAWSER_ASSERT(EVP_DigestFinal_ex(context, raw(digest), nullptr) == 1);
}

void add_padded(EVP_MD_CTX* context, Bytes key, std::byte pad) {
    std::array<std::byte, kBlockBytes> block;
    std::ranges::transform(key, block.begin(), [pad](std::byte octet) { return octet ^ pad; });
    add(context, block);
    wipe(block);
}

} // namespace

struct HmacContext::Contexts {
    DigestContext sha1 = context_of(EVP_sha1());
    DigestContext sha256 = context_of(EVP_sha256());

    EVP_MD_CTX* of(HmacHash hash) { return hash == HmacHash::sha1 ? sha1.get() : sha256.get(); }
};

HmacContext::HmacContext() : contexts_{std::make_unique<Contexts>()} {}
HmacContext::~HmacContext() = default;

HmacKey HmacContext::key(HmacHash hash, std::initializer_list<Bytes> parts) {
    Secret block{kBlockBytes};
    std::size_t size = 0;
    for (const Bytes part : parts)
        size += part.size();
    if (size <= kBlockBytes) {
        auto to = block.bytes().begin();
        for (const Bytes part : parts)
            to = std::ranges::copy(part, to).out;
        return {hash, std::move(block)};
    }
    EVP_MD_CTX* const context = contexts_->of(hash);
    start(context);
    for (const Bytes part : parts)
        add(context, part);
    finish(context, block.bytes());
    return {hash, std::move(block)};
}

HmacCode HmacContext::compute(const HmacKey& key, std::initializer_list<Bytes> parts) {
    EVP_MD_CTX* const context = contexts_->of(key.hash_);
    HmacCode code{.octets = {}, .size = hmac_bytes(key.hash_)};
    start(context);
    add_padded(context, key.block_.bytes(), std::byte{0x36});
    for (const Bytes part : parts)
        add(context, part);
    finish(context, code.octets);
    start(context);
    add_padded(context, key.block_.bytes(), std::byte{0x5c});
    add(context, code.bytes());
    finish(context, code.octets);
    return code;
}

} // namespace hawser::crypto
