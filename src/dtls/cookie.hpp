// Cookies: a client shows that it is where it says, and the server keeps nothing (RFC 6347 §4.2.1,
// RFC 9147 §5.1).
#pragma once

#include "engine/cookie_mac.hpp"

#include <hawser/core/address.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/wire/dtls/cipher_suite.hpp>
#include <hawser/wire/dtls/numbers.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::dtls {

/// What a server of 1.3 needs back to go on from its HelloRetryRequest.
struct RetryState {
    wire::dtls::CipherSuite suite{};
    std::uint16_t group = 0; ///< that was asked for; 0: none
    std::vector<std::byte> first_hello_hash;
};

/// Makes and verifies cookies; none is taken after its lifetime.
class CookieJar {
public:
    CookieJar(Random& random, Duration lifetime, Instant now);

    static constexpr std::size_t kCookieBytes12 = 4 + CookieMac::kBytes;
    /// For HelloVerifyRequest: `hello` is what the second hello repeats.
    std::array<std::byte, kCookieBytes12> make12(const Address& from, Bytes hello, Instant now);
    bool verify12(const Address& from, Bytes hello, Bytes cookie, Instant now);

    std::vector<std::byte> make13(const Address& from, const RetryState& state, Instant now);
    std::optional<RetryState> verify13(const Address& from, Bytes cookie, Instant now);

private:
    /// Seconds since the jar was made: what stands in a cookie.
    std::uint32_t seconds(Instant now) const;
    bool is_fresh(std::uint32_t made, Instant now) const;

    Duration lifetime_;
    Instant begun_;
    CookieMac mac_;
};

} // namespace hawser::dtls
