#include "support/slow_hmac.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>

namespace hawser::test {
namespace {

constexpr std::size_t kBlock = 64;

/// The message, a one, zeros, and how many bits it has.
Octets in_blocks(Bytes message) {
    OctetWriter out;
    out.add(message).u8(0x80);
    while (out.octets.size() % kBlock != kBlock - 8)
        out.u8(0);
    out.u32(0).u32(static_cast<std::uint32_t>(message.size() * 8));
    return out.octets;
}

template <std::size_t kWords>
Octets digest_of(const std::array<std::uint32_t, kWords>& state) {
    OctetWriter out;
    for (const std::uint32_t word : state)
        out.u32(word);
    return out.octets;
}

void sha1_block(std::array<std::uint32_t, 5>& state, Bytes block) {
    std::array<std::uint32_t, 80> w{};
    for (std::size_t t = 0; t < 80; ++t)
        w[t] = t < 16 ? read_number(block, 4 * t, 4)
                      : std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    auto [a, b, c, d, e] = state;
    for (std::size_t t = 0; t < 80; ++t) {
        const std::uint32_t f = t < 20   ? (b & c) ^ (~b & d)
                                : t < 40 ? b ^ c ^ d
                                : t < 60 ? (b & c) ^ (b & d) ^ (c & d)
                                         : b ^ c ^ d;
        constexpr std::array<std::uint32_t, 4> kK{0x5a82'7999, 0x6ed9'eba1, 0x8f1b'bcdc,
                                                  0xca62'c1d6};
        const std::uint32_t next = std::rotl(a, 5) + f + e + kK[t / 20] + w[t];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    const std::array<std::uint32_t, 5> mixed{a, b, c, d, e};
    for (std::size_t i = 0; i < state.size(); ++i)
        state[i] += mixed[i];
}

/// The first 32 bits of what follows the point in the roots of the first primes.
constexpr std::array<std::uint32_t, 64> kSha256{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

void sha256_block(std::array<std::uint32_t, 8>& state, Bytes block) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t t = 0; t < 64; ++t) {
        if (t < 16) {
            w[t] = read_number(block, 4 * t, 4);
            continue;
        }
        const std::uint32_t s0 =
            std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
        const std::uint32_t s1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t t = 0; t < 64; ++t) {
        const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
        const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kSha256[t] + w[t];
        const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
        const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> mixed{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < state.size(); ++i)
        state[i] += mixed[i];
}

Octets padded_with(const Octets& key, unsigned pad) {
    Octets block(kBlock, std::byte(pad));
    std::ranges::transform(key, block, block.begin(), std::bit_xor{});
    return block;
}

} // namespace

Octets slow_sha1(Bytes message) {
    std::array<std::uint32_t, 5> state{0x6745'2301, 0xefcd'ab89, 0x98ba'dcfe, 0x1032'5476,
                                       0xc3d2'e1f0};
    const Octets blocks = in_blocks(message);
    for (std::size_t at = 0; at < blocks.size(); at += kBlock)
        sha1_block(state, Bytes{blocks}.subspan(at, kBlock));
    return digest_of(state);
}

Octets slow_sha256(Bytes message) {
    std::array<std::uint32_t, 8> state{0x6a09'e667, 0xbb67'ae85, 0x3c6e'f372, 0xa54f'f53a,
                                       0x510e'527f, 0x9b05'688c, 0x1f83'd9ab, 0x5be0'cd19};
    const Octets blocks = in_blocks(message);
    for (std::size_t at = 0; at < blocks.size(); at += kBlock)
        sha256_block(state, Bytes{blocks}.subspan(at, kBlock));
    return digest_of(state);
}

Octets slow_hmac(Hmac hash, Bytes key, Bytes message) {
    const auto digest = hash == kSha1 ? slow_sha1 : slow_sha256;
    const Octets short_key = key.size() > kBlock ? digest(key) : Octets{key.begin(), key.end()};
    const Octets inner =
        digest(OctetWriter{}.add(padded_with(short_key, 0x36)).add(message).octets);
    return digest(OctetWriter{}.add(padded_with(short_key, 0x5c)).add(inner).octets);
}

} // namespace hawser::test
