// What hides the record numbers of DTLS 1.3 (RFC 9147 §4.2.3).
#pragma once

#include "crypto/aead.hpp"

#include <array>

namespace hawser::crypto {

/// Another key of the same kind is cheap and allocates nothing, and so is a mask.
class RecordNumberCipher {
public:
    static constexpr std::size_t kSampleBytes = 16;
    using Mask = std::array<std::byte, kSampleBytes>;

    /// `kind` is that of the records; `key` (sn_key) has `key_bytes(kind)` bytes.
    void set_key(AeadKind kind, Bytes key);

    /// What the first bytes of the record number are combined with by exclusive or. `sample` is
    /// the beginning of the record's ciphertext.
    Mask mask(std::span<const std::byte, kSampleBytes> sample);
    /// Several samples in a row become their masks. Costs little more than one.
    void masks(MutableBytes samples);

private:
    enum class Algorithm : std::uint8_t { aes_128, aes_256, chacha20 };
    struct Free {
        void operator()(evp_cipher_ctx_st* context) const;
    };

    std::unique_ptr<evp_cipher_ctx_st, Free> context_;
    Algorithm algorithm_ = Algorithm::aes_128;
};

} // namespace hawser::crypto
