// Fingerprints of certificates as people and SDP write them (RFC 8122 §5).
#pragma once

#include "crypto/hash.hpp"

#include <hawser/core/result.hpp>

#include <string>

namespace hawser::crypto {

/// "AB:CD:..."
std::string fingerprint_text(Bytes bytes);

/// Reads "sha-256 AB:CD:...", "AB:CD:..." or the hexadecimal digits alone, in either case; 32 bytes
/// are SHA-256 and 48 are SHA-384. Fails with `malformed`, or with `unsupported` for another hash.
Result<Digest> parse_fingerprint(std::string_view text);

} // namespace hawser::crypto
