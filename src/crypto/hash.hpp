// The hash functions of the cipher suites, and HMAC over them.
#pragma once

#include <hawser/core/bytes.hpp>

#include <array>
#include <initializer_list>
#include <memory>

struct evp_md_ctx_st;

namespace hawser::crypto {

enum class Hash : std::uint8_t { sha256, sha384 };

constexpr std::size_t digest_bytes(Hash hash) {
    return hash == Hash::sha256 ? 32 : 48;
}

/// The result of a hash; its size tells the function.
struct Digest {
    static constexpr std::size_t kBytesMax = 48;

    std::array<std::byte, kBytesMax> octets{}; ///< zeros beyond `size`
    std::uint8_t size = 0;

    Bytes bytes() const { return Bytes{octets}.first(size); }
    friend bool operator==(const Digest&, const Digest&) = default;
};

/// The digest of the parts, one after the other.
Digest digest(Hash hash, std::initializer_list<Bytes> parts);

/// HMAC (RFC 2104) of the parts, one after the other.
Digest hmac(Hash hash, Bytes key, std::initializer_list<Bytes> parts);

/// The hash of a transcript that goes on growing. A moved-from one may only be assigned or ended.
class RunningHash {
public:
    explicit RunningHash(Hash hash);
    RunningHash(const RunningHash& other);
    RunningHash& operator=(const RunningHash& other);
    RunningHash(RunningHash&&) noexcept = default;
    RunningHash& operator=(RunningHash&&) noexcept = default;
    ~RunningHash() = default;

    Hash hash() const { return hash_; }
    void update(Bytes part);
    /// The digest of everything so far; more may follow.
    Digest digest() const;

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };

    std::unique_ptr<evp_md_ctx_st, Free> context_;
    Hash hash_;
};

} // namespace hawser::crypto
