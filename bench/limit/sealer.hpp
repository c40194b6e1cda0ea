// The least that sealing can cost: libcrypto's AES-128-GCM on a context that is used again.
#pragma once

#include <hawser/core/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

struct evp_cipher_ctx_st;

namespace hawser::bench {

/// Seals or opens records of DTLS 1.2's shape: header and explicit nonce, content, tag.
class Sealer {
public:
    static constexpr std::size_t kFront = 13 + 8;
    static constexpr std::size_t kBehind = 16;

    enum class Use : std::uint8_t { seal, open };
    explicit Sealer(Use use);
    ~Sealer();
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;

    /// `record` has kFront bytes before and kBehind after its content.
    void seal(MutableBytes record);
    /// False when it was changed on the way.
    bool open(MutableBytes record);

private:
    evp_cipher_ctx_st* context_;
    std::uint64_t number_ = 0;
};

} // namespace hawser::bench
