#include "crypto/record_number_cipher.hpp"

#include "crypto/vectors.hpp"

#include <gtest/gtest.h>

namespace hawser::crypto {
namespace {

std::string mask(RecordNumberCipher& cipher, AeadKind kind, std::string_view key,
                 std::string_view sample) {
    const auto octets = from_hex(sample);
    cipher.set_key(kind, from_hex(key));
    return to_hex(cipher.mask(std::span<const std::byte, 16>{octets}));
}

// FIPS 197 appendix C for AES; RFC 8439 §2.3.2 for ChaCha20, where the counter is 1.
TEST(RecordNumberCipher, AgreesWithTheStandards) {
    RecordNumberCipher cipher;
    constexpr std::string_view kKey128 = "000102030405060708090a0b0c0d0e0f";
    constexpr std::string_view kKey256 =
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    constexpr std::string_view kSample = "00112233445566778899aabbccddeeff";
    for (int round = 0; round < 2; ++round) { // also after a key of another kind
        for (const AeadKind kind :
             {AeadKind::aes_128_gcm, AeadKind::aes_128_ccm, AeadKind::aes_128_ccm_8}) {
            EXPECT_EQ(mask(cipher, kind, kKey128, kSample), "69c4e0d86a7b0430d8cdb78070b4c55a");
        }
        for (const AeadKind kind :
             {AeadKind::aes_256_gcm, AeadKind::aes_256_ccm, AeadKind::aes_256_ccm_8}) {
            EXPECT_EQ(mask(cipher, kind, kKey256, kSample), "8ea2b7ca516745bfeafc49904b496089");
        }
        EXPECT_EQ(
            mask(cipher, AeadKind::chacha20_poly1305, kKey256, "01000000 000000090000004a00000000"),
            "10f1e7e4d13b5915500fdd1fa32071c4");
    }
}

TEST(RecordNumberCipher, GivesTheSameMaskForTheSameSample) {
    for (const AeadKind kind : {AeadKind::aes_128_gcm, AeadKind::chacha20_poly1305}) {
        RecordNumberCipher cipher;
        cipher.set_key(kind, std::vector<std::byte>(key_bytes(kind), std::byte{9}));
        const std::array<std::byte, 16> one{std::byte{1}};
        const std::array<std::byte, 16> two{std::byte{2}};
        const auto first = cipher.mask(one);
        EXPECT_NE(cipher.mask(two), first);
        EXPECT_EQ(cipher.mask(one), first);
    }
}

} // namespace
} // namespace hawser::crypto
