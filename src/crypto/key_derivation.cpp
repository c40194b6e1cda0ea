#include "crypto/key_derivation.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>

namespace hawser::crypto {
namespace {

/// As much of the digest as `out` still has room for; answers the rest of the room.
MutableBytes fill(MutableBytes out, Bytes from) {
    const std::size_t size = std::min(out.size(), from.size());
    std::ranges::copy(from.first(size), out.begin());
    return out.subspan(size);
}

} // namespace

Secret hkdf_extract(Hash hash, Bytes salt, Bytes ikm) {
    Digest prk = hmac(hash, salt, {ikm}); // HMAC pads the key with zeros, so an empty salt is fine
    const Secret result{prk.bytes()};
    wipe(prk.octets);
    return result;
}

void hkdf_expand(Hash hash, Bytes prk, Bytes info, MutableBytes out) {
    HAWSER_ASSERT(out.size() <= 255 * digest_bytes(hash));
    Digest block;
    for (std::uint8_t counter = 1; !out.empty(); ++counter) {
        const std::array last{std::byte{counter}};
        block = hmac(hash, prk, {block.bytes(), info, last});
        out = fill(out, block.bytes());
    }
    wipe(block.octets);
}

void hkdf_expand_label(Hash hash, Bytes secret, std::string_view prefix, std::string_view label,
                       Bytes context, MutableBytes out) {
    const std::size_t name_bytes = prefix.size() + label.size();
    HAWSER_ASSERT(name_bytes <= 255 && context.size() <= 255 && out.size() <= 0xffff);
    std::array<std::byte, 2 + 1 + 255 + 1 + 255> info;
    info[0] = static_cast<std::byte>(out.size() >> 8);
    info[1] = static_cast<std::byte>(out.size() & 0xff);
    info[2] = static_cast<std::byte>(name_bytes);
    auto at = info.begin() + 3;
    at = std::ranges::copy(as_bytes(prefix), at).out;
    at = std::ranges::copy(as_bytes(label), at).out;
    *at++ = static_cast<std::byte>(context.size());
    at = std::ranges::copy(context, at).out;
    hkdf_expand(hash, secret, Bytes{info.begin(), at}, out);
}

void prf(Hash hash, Bytes secret, std::string_view label, std::initializer_list<Bytes> seed,
         MutableBytes out) {
    // A seed is a few randoms or digests of a handshake; its parts become one for HMAC's sake.
    constexpr std::size_t kSeedBytesMax = 512;
    std::array<std::byte, kSeedBytesMax> joined;
    MutableBytes room = fill(joined, as_bytes(label));
    HAWSER_ASSERT(label.size() <= kSeedBytesMax);
    for (const Bytes part : seed) {
        HAWSER_ASSERT(part.size() <= room.size());
        room = fill(room, part);
    }
    const Bytes input = Bytes{joined}.first(kSeedBytesMax - room.size());

    Digest chain = hmac(hash, secret, {input}); // A(1)
    while (!out.empty()) {
        Digest block = hmac(hash, secret, {chain.bytes(), input});
        out = fill(out, block.bytes());
        wipe(block.octets);
        chain = hmac(hash, secret, {chain.bytes()});
    }
    wipe(chain.octets);
}

} // namespace hawser::crypto
