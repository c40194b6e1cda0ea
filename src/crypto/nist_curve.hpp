// Arithmetic on the curves P-256 and P-384 of SP 800-186, over libcrypto.
#pragma once

#include "crypto/entropy.hpp"
#include "crypto/secret.hpp"

#include <hawser/core/result.hpp>

#include <vector>

namespace hawser::crypto {

enum class NistCurve : std::uint8_t { p256, p384 };

constexpr std::size_t scalar_bytes(NistCurve curve) {
    return curve == NistCurve::p256 ? 32 : 48;
}
/// An uncompressed point: 4, x, y.
constexpr std::size_t point_bytes(NistCurve curve) {
    return 1 + 2 * scalar_bytes(curve);
}

/// A private key, big endian: 1 + (the first 48 or 56 bytes of the entropy mod (n - 1)), which is
/// even to less than 2^-64 (FIPS 186-5 §A.2.1).
Secret scalar_from(NistCurve curve, const Entropy& entropy);

/// The public key of a private one, uncompressed.
std::vector<std::byte> public_point(NistCurve curve, Bytes scalar);

/// The x coordinate of scalar * peer. Fails with `malformed` when `peer` is no uncompressed point
/// of the curve.
Result<Secret> agree(NistCurve curve, Bytes scalar, Bytes peer);

} // namespace hawser::crypto
