// HMAC-SHA256 (RFC 2104, RFC 6234) under a key that is set once.
#pragma once

#include <hawser/core/bytes.hpp>

#include <array>
#include <initializer_list>
#include <memory>

namespace hawser::crypto {

class HmacSha256 {
public:
    static constexpr std::size_t kBytes = 32;
    using Mac = std::array<std::byte, kBytes>;

    explicit HmacSha256(Bytes key);
    ~HmacSha256();
    HmacSha256(HmacSha256&&) noexcept;
    HmacSha256& operator=(HmacSha256&&) noexcept;

    /// The code of the parts, one after the other. Allocates nothing.
    Mac compute(std::initializer_list<Bytes> parts);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Compares in a time that does not depend on the contents; sizes may be told.
bool equal_in_constant_time(Bytes a, Bytes b);

} // namespace hawser::crypto
