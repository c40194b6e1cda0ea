// X25519 (RFC 7748) over libcrypto.
#pragma once

#include "crypto/evp.hpp"
#include "crypto/secret.hpp"

#include <hawser/core/result.hpp>

namespace hawser::crypto {

class X25519 {
public:
    static constexpr std::size_t kBytes = 32;
    using Share = std::array<std::byte, kBytes>;

    /// The 32 bytes are clamped as RFC 7748 §5 says.
    explicit X25519(Bytes private_key);

    Share public_share() const;
    /// Fails with `malformed` for a share of another length, and when the result would be zero.
    Result<Secret> agree(Bytes peer) const;

private:
    Key key_;
};

} // namespace hawser::crypto
