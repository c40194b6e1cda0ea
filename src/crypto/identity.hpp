// Who we are: a certificate chain and the key of its leaf.
#pragma once

#include "crypto/certificate.hpp"

namespace hawser::crypto {

struct Identity {
    std::vector<std::vector<std::byte>> chain; ///< DER, leaf first; empty: a key alone
    PrivateKey key;
};

/// Reads the certificates, leaf first, and the leaf's key. The errors say what was wrong and what
/// would be right: `malformed` for texts that hold no such thing, `unsupported` for kinds of key
/// that are not ours, `invalid_argument` when the key is not the leaf's.
Result<Identity> identity_from_pem(std::string_view certificates, std::string_view key);

/// The chain as it was read, leaf first.
std::string chain_to_pem(const Identity& identity);

struct SelfSigned {
    KeyKind kind = KeyKind::ecdsa_p256;
    std::string common_name;
    std::vector<std::string> names; ///< DNS names and IP addresses, for subjectAltName
    std::chrono::sys_seconds not_before;
    std::chrono::sys_seconds not_after;
};

/// A new key, and a certificate of it that nobody else has signed, for both client and server.
///
/// Fails with `invalid_argument` for a common name that is empty or above 64 bytes, a name that is
/// no DNS name or address, and a time of validity that is empty.
Result<Identity> self_signed(const SelfSigned& wanted, const Entropy& key, const Entropy& serial);

} // namespace hawser::crypto
