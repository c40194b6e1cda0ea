// Authenticated encryption with associated data (RFC 5116), in place and without allocation.
#pragma once

#include <hawser/core/bytes.hpp>

#include <cstddef>
#include <memory>

struct evp_cipher_ctx_st;

namespace hawser::crypto {

enum class AeadKind : std::uint8_t {
    aes_128_gcm,
    aes_256_gcm,
    chacha20_poly1305,
    aes_128_ccm,
    aes_256_ccm,
    aes_128_ccm_8,
    aes_256_ccm_8,
};

constexpr std::size_t key_bytes(AeadKind kind) {
    switch (kind) {
    case AeadKind::aes_128_gcm:
    case AeadKind::aes_128_ccm:
    case AeadKind::aes_128_ccm_8: return 16;
    case AeadKind::aes_256_gcm:
    case AeadKind::chacha20_poly1305:
    case AeadKind::aes_256_ccm:
    case AeadKind::aes_256_ccm_8: return 32;
    }
    return 0;
}

constexpr std::size_t tag_bytes(AeadKind kind) {
    return kind == AeadKind::aes_128_ccm_8 || kind == AeadKind::aes_256_ccm_8 ? 8 : 16;
}

inline constexpr std::size_t kNonceBytes = 12;

/// One direction of one cipher, with a context that is used again and again: after the first key
/// of a kind nothing is allocated, neither by `seal` and `open` nor by another key of that kind.
class Aead {
public:
    enum class Use : std::uint8_t { seal, open };

    /// Takes the key in. The first key, a key of another kind and a change of use cost more than
    /// another key of the same. `key` has `key_bytes(kind)` bytes.
    void set_key(AeadKind kind, Use use, Bytes key);
    /// True once a key is set.
    bool has_key() const { return context_ != nullptr; }
    /// Forgets the key and gives the context back.
    void reset();

    /// Encrypts `text` in place and writes `tag`, which has `tag_bytes(kind)` bytes. The caller
    /// never gives one nonce twice under one key.
    void seal(Bytes nonce, Bytes aad, MutableBytes text, MutableBytes tag);

    /// Decrypts `text` in place. False when it is not what was sealed; `text` is then unspecified
    /// and must not be used. A tag of the wrong size is not what was sealed.
    bool open(Bytes nonce, Bytes aad, MutableBytes text, Bytes tag);

private:
    struct Free {
        void operator()(evp_cipher_ctx_st* context) const;
    };

    void begin_sealing(Bytes nonce);
    void begin_opening(Bytes nonce, Bytes tag);
    bool open_text(Bytes aad, MutableBytes text);
    bool open_ccm(Bytes aad, MutableBytes text);
    void take_tag(MutableBytes tag);
    static bool gcm_takes_parameters();

    std::unique_ptr<evp_cipher_ctx_st, Free> context_;
    AeadKind kind_ = AeadKind::aes_128_gcm;
    Use use_ = Use::seal;
    bool by_parameters_ = false; ///< GCM is told its nonce and tag, and asked for its tag, by them
};

} // namespace hawser::crypto
