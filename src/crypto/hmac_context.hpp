// HMAC (RFC 2104) under many keys, with one set of libcrypto's contexts for all of them.
#pragma once

#include "crypto/secret.hpp"

#include <hawser/core/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>

namespace hawser::crypto {

enum class HmacHash : std::uint8_t { sha1, sha256 };

constexpr std::size_t hmac_bytes(HmacHash hash) {
    return hash == HmacHash::sha1 ? 20 : 32;
}

/// A key in the form that HMAC takes it in: as it is, or its hash where it is longer than a block.
/// It is wiped at its end.
class HmacKey {
public:
    HmacHash hash() const { return hash_; }

private:
    friend class HmacContext;
    HmacKey(HmacHash hash, Secret block) : hash_{hash}, block_{std::move(block)} {}

    HmacHash hash_;
    Secret block_;
};

/// The result; zeros beyond what its hash has.
struct HmacCode {
    std::array<std::byte, 32> octets{};
    std::size_t size = 0;

    Bytes bytes() const { return Bytes{octets}.first(size); }
};

class HmacContext {
public:
    HmacContext();
    ~HmacContext();
    HmacContext(const HmacContext&) = delete;
    HmacContext& operator=(const HmacContext&) = delete;

    /// The key that the parts are, one after the other.
    HmacKey key(HmacHash hash, std::initializer_list<Bytes> parts);
    /// The code of the parts, one after the other. Allocates nothing.
    HmacCode compute(const HmacKey& key, std::initializer_list<Bytes> parts);

private:
    struct Contexts;
    std::unique_ptr<Contexts> contexts_;
};

} // namespace hawser::crypto
