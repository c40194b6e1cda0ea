// Codes for what strangers carry for us.
#pragma once

#include "crypto/hmac.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/engine/random.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>

namespace hawser {

/// The code of a cookie (RFC 9260 §5.1.3, RFC 6347 §4.2.1, RFC 9147 §5.1), under two secrets that
/// take turns: a cookie is verified for one lifetime at least, and for two at most.
class CookieMac {
public:
    /// Half of an HMAC-SHA256, so that an answer stays below what was asked.
    static constexpr std::size_t kBytes = 16;
    using Code = std::array<std::byte, kBytes>;

    CookieMac(Random& random, Duration lifetime, Instant now);

    /// The code of the parts, one after the other.
    Code make(std::initializer_list<Bytes> parts, Instant now);
    /// Whether one of our secrets made the code of these parts.
    bool verify(Bytes code, std::initializer_list<Bytes> parts, Instant now);

private:
    void rotate(Instant now);
    crypto::HmacSha256 fresh_secret();

    Random& random_;
    Duration lifetime_;
    Instant rotated_at_;
    crypto::HmacSha256 current_;
    crypto::HmacSha256 previous_;
};

} // namespace hawser
