// Which kind a key of libcrypto is, and which schemes fit it.
#pragma once

#include "crypto/evp.hpp"
#include "crypto/signature.hpp"

#include <optional>

namespace hawser::crypto {

/// Fails with `unsupported` for other algorithms, other curves, curves that are spelled out, and
/// RSA that is too short or too long.
Result<KeyKind> kind_of(EVP_PKEY* key);

struct SchemeUse {
    const EVP_MD* hash = nullptr; ///< null for Ed25519, which has its own
    bool pss = false;
};

/// How to use the scheme with a key of this kind; nullopt when it does not fit.
std::optional<SchemeUse> use_of(SignatureScheme scheme, KeyKind kind, Pairing pairing);

/// Sets what goes beyond the hash in a context that signs or verifies.
void apply(const SchemeUse& use, EVP_PKEY_CTX* context);

} // namespace hawser::crypto
