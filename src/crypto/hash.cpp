#include "crypto/hash.hpp"

#include "crypto/evp.hpp"
#include "crypto/secret.hpp"

#include <algorithm>

namespace hawser::crypto {
namespace {

constexpr std::size_t kBlockBytesMax = 128;

constexpr std::size_t block_bytes(Hash hash) {
    return hash == Hash::sha256 ? 64 : 128;
}

DigestContext make_context() {
    DigestContext context{EVP_MD_CTX_new()};
    HAWSER_ASSERT(context != nullptr);
    return context;
}

void start(EVP_MD_CTX* context, Hash hash) {
    HAWSER_ASSERT(EVP_DigestInit_ex(context, native(hash), nullptr) == 1);
}

void add(EVP_MD_CTX* context, Bytes part) {
    HAWSER_ASSERT(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
}

Digest finish(EVP_MD_CTX* context) {
    Digest result;
    unsigned size = 0;
    HAWSER_ASSERT(EVP_DigestFinal_ex(context, raw(MutableBytes{result.octets}), &size) == 1);
    HAWSER_ASSERT(size <= Digest::kBytesMax);
    result.size = static_cast<std::uint8_t>(size);
    return result;
}

/// The hash of one pad, mixed with the key, and of what follows.
void start_padded(EVP_MD_CTX* context, Hash hash, Bytes key, std::byte pad) {
    std::array<std::byte, kBlockBytesMax> block{};
    std::ranges::copy(key, block.begin());
    for (std::byte& octet : block)
        octet ^= pad;
    start(context, hash);
    add(context, Bytes{block}.first(block_bytes(hash)));
    wipe(block);
}

} // namespace

Digest digest(Hash hash, std::initializer_list<Bytes> parts) {
    const DigestContext context = make_context();
    start(context.get(), hash);
    for (const Bytes part : parts)
        add(context.get(), part);
    return finish(context.get());
}

/// Two hashes on one context: libcrypto's own HMAC looks its algorithms up at each call.
Digest hmac(Hash hash, Bytes key, std::initializer_list<Bytes> parts) {
    Digest short_key;
    if (key.size() > block_bytes(hash)) {
        short_key = digest(hash, {key});
        key = short_key.bytes();
    }
    const DigestContext context = make_context();
    start_padded(context.get(), hash, key, std::byte{0x36});
    for (const Bytes part : parts)
        add(context.get(), part);
    Digest inner = finish(context.get());
    start_padded(context.get(), hash, key, std::byte{0x5c});
    add(context.get(), inner.bytes());
    const Digest result = finish(context.get());
    wipe(inner.octets);
    wipe(short_key.octets);
    return result;
}

void RunningHash::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

RunningHash::RunningHash(Hash hash) : context_{EVP_MD_CTX_new()}, hash_{hash} {
    HAWSER_ASSERT(context_ != nullptr);
    start(context_.get(), hash);
}

RunningHash::RunningHash(const RunningHash& other)
    : context_{EVP_MD_CTX_new()}, hash_{other.hash_} {
    HAWSER_ASSERT(context_ != nullptr);
    HAWSER_ASSERT(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) == 1);
}

RunningHash& RunningHash::operator=(const RunningHash& other) {
    if (this != &other) *this = RunningHash{other};
    return *this;
}

void RunningHash::update(Bytes part) {
    add(context_.get(), part);
}

Digest RunningHash::digest() const {
    const DigestContext copy = make_context();
    HAWSER_ASSERT(EVP_MD_CTX_copy_ex(copy.get(), context_.get()) == 1);
    return finish(copy.get());
}

} // namespace hawser::crypto
