// What libcrypto allocates, counted from before its first allocation on.
#include "crypto/aead.hpp"
#include "crypto/record_number_cipher.hpp"

#include <openssl/crypto.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <vector>

namespace hawser::crypto {
namespace {

std::atomic<std::size_t> allocations = 0;

void* counted_malloc(std::size_t size, const char* /*file*/, int /*line*/) {
    ++allocations;
    return std::malloc(size);
}
void* counted_realloc(void* at, std::size_t size, const char* /*file*/, int /*line*/) {
    ++allocations;
    return std::realloc(at, size);
}
void plain_free(void* at, const char* /*file*/, int /*line*/) {
    std::free(at);
}

const bool counting = CRYPTO_set_mem_functions(counted_malloc, counted_realloc, plain_free) == 1;

class Allocation : public testing::TestWithParam<AeadKind> {};

TEST_P(Allocation, NoneForARecordNorForAnotherKey) {
    ASSERT_TRUE(counting);
    const AeadKind kind = GetParam();
    const std::size_t before = allocations;
    std::vector<std::byte> key(key_bytes(kind));
    std::vector<std::byte> text(1200);
    std::vector<std::byte> tag(tag_bytes(kind));
    const std::array<std::byte, kNonceBytes> nonce{};
    const std::array<std::byte, 13> aad{};
    const std::array<std::byte, 16> sample{};
    Aead seal;
    Aead open;
    RecordNumberCipher cipher;
    std::size_t steady = 0;
    for (int i = 0; i < 10; ++i) {
        key[0] = static_cast<std::byte>(i);
        seal.set_key(kind, Aead::Use::seal, key);
        open.set_key(kind, Aead::Use::open, key);
        cipher.set_key(kind, key);
        seal.seal(nonce, aad, text, tag);
        EXPECT_NE(cipher.mask(sample), RecordNumberCipher::Mask{});
        EXPECT_TRUE(open.open(nonce, aad, text, tag));
        if (i == 0) steady = allocations;
    }
    EXPECT_GT(steady, before); // so the count counts
    EXPECT_EQ(allocations, steady);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Allocation,
                         testing::Values(AeadKind::aes_128_gcm, AeadKind::aes_256_gcm,
                                         AeadKind::chacha20_poly1305, AeadKind::aes_128_ccm,
                                         AeadKind::aes_256_ccm, AeadKind::aes_128_ccm_8,
                                         AeadKind::aes_256_ccm_8));

} // namespace
} // namespace hawser::crypto
