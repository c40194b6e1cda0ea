// What proves who an end is: certificates, raw public keys, pre-shared keys.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/wire/dtls/numbers.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::crypto {
struct Identity;
class TrustStore;
} // namespace hawser::crypto

namespace hawser::dtls {

/// SHA-256 of a certificate in DER, or of a raw public key's SubjectPublicKeyInfo.
using Fingerprint = std::array<std::byte, 32>;

/// "AB:CD:...", as RFC 8122 writes it.
std::string to_string(const Fingerprint& fingerprint);
/// Reads "AB:CD:...", with or without "sha-256 " before it and colons in it.
Result<Fingerprint> parse_fingerprint(std::string_view text);

/// The kind of a key that `Identity::self_signed` makes.
enum class KeyKind : std::uint8_t { ecdsa_p256, ecdsa_p384, ed25519, rsa };

/// The longest OCSP response that a server staples: they have some hundred bytes, and a certificate
/// of the responder's.
inline constexpr std::size_t kOcspResponseBytesMax = 16'384;

/// A private key with its certificate chain, leaf first, or alone. Cheap to copy.
class Identity {
public:
    /// Both in PEM. Fails with `malformed`, or `invalid_argument` when the key is not the leaf's.
    static Result<Identity> from_pem(std::string_view certificates, std::string_view key);
    /// A key without a certificate (RFC 7250), in PEM: it is shown to nobody but those who take raw
    /// public keys, with or without Options::raw_public_key. Fails with `malformed`, or
    /// `unsupported` for kinds of key that are not hawser's.
    static Result<Identity> raw_public_key(std::string_view key);
    /// A key pair under its own signature, for those who compare fingerprints. `names`: host names
    /// and IP addresses; `from`, `to`: its validity.
    static Result<Identity> self_signed(KeyKind kind, std::string_view common_name,
                                        std::span<const std::string> names,
                                        std::chrono::sys_seconds from, std::chrono::sys_seconds to,
                                        Random& random);

    /// The same, which signs with the first of these that the peer takes, and with no other. Those
    /// that its key cannot make are passed over.
    Identity signing_with(std::span<const wire::dtls::SignatureScheme> schemes) const;
    /// The same, which a server staples this OCSP response to, in DER, where a client asks for one
    /// (RFC 6066 §8, RFC 8446 §4.4.2.1); not to a raw public key. It is sent as it is: whoever has
    /// a newer one gives it to `listen` again, or to a client at a time (Options::on_hello). At
    /// most `kOcspResponseBytesMax` bytes; empty, as by default: none.
    Identity stapling(Bytes ocsp_response) const;
    /// The same, which is shown only where the peer names the issuer of one of its certificates
    /// (certificate_authorities: RFC 8446 §4.2.4, and RFC 5246 §7.4.4 for clients of 1.2): among
    /// several, one whose root not everybody has. A peer that names nobody is not shown it, so
    /// another one should follow (Options::more_identities). A raw public key has no issuer: it is
    /// the same.
    Identity where_issuer_is_named() const;

    Fingerprint fingerprint() const; ///< the leaf's, or the raw public key's
    std::string certificates_pem() const;
    std::string key_pem() const;

    bool has_certificates() const;
    bool needs_named_issuer() const { return !issuers_.empty(); }
    /// Of one that needs them: the names of its certificates' issuers, in DER.
    std::span<const std::vector<std::byte>> issuers() const { return issuers_; }
    const crypto::Identity& material() const { return *material_; }
    Bytes public_key() const { return public_key_; } ///< SubjectPublicKeyInfo
    /// What it signs with, best first.
    std::span<const wire::dtls::SignatureScheme> schemes() const { return schemes_; }
    Bytes ocsp_response() const { return ocsp_response_; } ///< that is stapled; empty: none

private:
    explicit Identity(std::shared_ptr<const crypto::Identity> material);
    std::shared_ptr<const crypto::Identity> material_;
    std::vector<std::byte> public_key_;
    std::vector<wire::dtls::SignatureScheme> schemes_;
    std::vector<std::byte> ocsp_response_;
    std::vector<std::vector<std::byte>> issuers_;
};

/// The certificates that a chain may end in. Cheap to copy.
class TrustAnchors {
public:
    /// One or more certificates in PEM.
    static Result<TrustAnchors> from_pem(std::string_view certificates);
    const crypto::TrustStore& store() const { return *store_; }

private:
    explicit TrustAnchors(std::shared_ptr<const crypto::TrustStore> store);
    std::shared_ptr<const crypto::TrustStore> store_;
};

/// The longest PSK identity, and the longest hint: a hello with one is taken by every hawser
/// server.
inline constexpr std::size_t kPskIdentityBytesMax = 4'096;

/// A key that both ends have already (RFC 4279; RFC 8446 §4.2.11, as an external PSK of SHA-256).
struct Psk {
    /// 1 to `kPskIdentityBytesMax` bytes; goes over the wire unencrypted.
    std::string identity;
    std::vector<std::byte> key; ///< 1 to 256 bytes
};

} // namespace hawser::dtls
