// How one secret becomes others: HKDF (RFC 5869), the labels of TLS 1.3 and DTLS 1.3 (RFC 8446
// §7.1, RFC 9147 §5.9), and the pseudorandom function of TLS 1.2 (RFC 5246 §5).
#pragma once

#include "crypto/hash.hpp"
#include "crypto/secret.hpp"

namespace hawser::crypto {

/// HKDF-Extract. An empty salt is as good as a digest's length of zeros.
Secret hkdf_extract(Hash hash, Bytes salt, Bytes ikm);

/// HKDF-Expand fills `out`, of at most 255 digests.
void hkdf_expand(Hash hash, Bytes prk, Bytes info, MutableBytes out);

/// HKDF-Expand-Label. `prefix` is "tls13 " or "dtls13"; with `label` it has at most 255 bytes, and
/// so has `context`.
void hkdf_expand_label(Hash hash, Bytes secret, std::string_view prefix, std::string_view label,
                       Bytes context, MutableBytes out);

/// PRF(secret, label, seed) of TLS 1.2 fills `out`; the parts of `seed` follow one another.
void prf(Hash hash, Bytes secret, std::string_view label, std::initializer_list<Bytes> seed,
         MutableBytes out);

} // namespace hawser::crypto
