// Signatures and the keys that make and check them.
#pragma once

#include "crypto/entropy.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;

namespace hawser::crypto {

/// The numbers of TLS (RFC 8446 §4.2.3).
enum class SignatureScheme : std::uint16_t {
    rsa_pkcs1_sha256 = 0x0401,
    rsa_pkcs1_sha384 = 0x0501,
    rsa_pkcs1_sha512 = 0x0601,
    ecdsa_secp256r1_sha256 = 0x0403,
    ecdsa_secp384r1_sha384 = 0x0503,
    rsa_pss_rsae_sha256 = 0x0804,
    rsa_pss_rsae_sha384 = 0x0805,
    rsa_pss_rsae_sha512 = 0x0806,
    ed25519 = 0x0807,
};

enum class KeyKind : std::uint8_t { ecdsa_p256, ecdsa_p384, ed25519, rsa };

/// The kind's name as a user writes it: "ecdsa-p256", "ecdsa-p384", "ed25519", "rsa".
std::string_view name(KeyKind kind);

/// The smallest RSA key that is taken.
inline constexpr int kRsaBitsMin = 2048;
/// The largest one: checking a signature of more costs a peer nothing and us much.
inline constexpr int kRsaBitsMax = 8192;

/// Whether ECDSA's scheme ties the hash to the curve. TLS 1.3 does; in TLS 1.2 (RFC 5246
/// §7.4.1.4.1) 0x0403 is ECDSA with SHA-256 on whichever curve the key has.
enum class Pairing : std::uint8_t { exact, any_curve };

/// A key that signs: a shared handle, cheap to copy. An empty one may only be assigned.
class PrivateKey {
public:
    PrivateKey() = default;

    /// PKCS#8, or the traditional forms "EC PRIVATE KEY" and "RSA PRIVATE KEY", not encrypted.
    /// Fails with `malformed`, or with `unsupported` for a kind of key that is not one of ours.
    static Result<PrivateKey> from_pem(std::string_view pem);
    /// Everything follows from the entropy, except for RSA: there libcrypto's own generator works.
    static Result<PrivateKey> generate(KeyKind kind, const Entropy& entropy);

    KeyKind kind() const;
    /// What it can sign with, best first.
    std::span<const SignatureScheme> schemes() const;
    /// Fails with `invalid_argument` when the scheme does not fit the key.
    Result<std::vector<std::byte>> sign(SignatureScheme scheme, Bytes message,
                                        Pairing pairing = Pairing::exact) const;
    /// The public half: SubjectPublicKeyInfo in DER.
    std::vector<std::byte> spki() const;
    /// PKCS#8, not encrypted. The caller takes care of the text.
    std::string to_pem() const;

    /// libcrypto's own form, for this folder; null when empty.
    evp_pkey_st* native() const { return key_.get(); }

private:
    PrivateKey(std::shared_ptr<evp_pkey_st> key, KeyKind kind)
        : key_{std::move(key)}, kind_{kind} {}

    std::shared_ptr<evp_pkey_st> key_;
    KeyKind kind_ = KeyKind::ecdsa_p256;
};

/// A key that checks: a shared handle, cheap to copy. An empty one may only be assigned.
class PublicKey {
public:
    PublicKey() = default;

    /// A SubjectPublicKeyInfo in DER and nothing after it. Fails with `malformed`, or with
    /// `unsupported` for other kinds of key, explicit curves, and RSA outside of the limits above.
    static Result<PublicKey> from_spki(Bytes der);
    /// A key that libcrypto has decoded already, whose form in DER is `spki`: decoding it again is
    /// one of the dearest parts of reading a certificate. Fails with `unsupported` as above.
    static Result<PublicKey> from_native(std::shared_ptr<evp_pkey_st> key,
                                         std::vector<std::byte> spki);

    KeyKind kind() const;
    Bytes spki() const;
    /// False when the signature is not this key's, or the scheme does not fit the key.
    bool verify(SignatureScheme scheme, Bytes message, Bytes signature,
                Pairing pairing = Pairing::exact) const;

    /// libcrypto's own form, for this folder.
    evp_pkey_st* native() const;

private:
    struct State;
    explicit PublicKey(std::shared_ptr<const State> state) : state_{std::move(state)} {}

    std::shared_ptr<const State> state_;
};

} // namespace hawser::crypto
