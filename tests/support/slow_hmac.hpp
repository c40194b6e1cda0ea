// HMAC by hand: what a test authenticates without the library, so that a mistake cannot hide
// itself.
#pragma once

#include "support/sctp_bytes.hpp"

namespace hawser::test {

/// FIPS 180-4, word by word.
Octets slow_sha1(Bytes message);
Octets slow_sha256(Bytes message);

/// HMAC Identifiers: RFC 4895 §3.3.
enum Hmac : std::uint16_t { kSha1 = 1, kSha256 = 3 };

/// RFC 2104.
Octets slow_hmac(Hmac hash, Bytes key, Bytes message);

} // namespace hawser::test
