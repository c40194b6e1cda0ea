// Whom we believe: path building and verification by libcrypto (RFC 5280 §6).
#pragma once

#include "crypto/certificate.hpp"

#include <optional>

struct x509_store_st;

namespace hawser::crypto {

/// The certificates at which a chain may end: authorities, or a peer's own certificate. A shared
/// handle, cheap to copy; an empty one trusts nobody.
class TrustStore {
public:
    TrustStore() = default;

    /// Every certificate in the text. Fails with `malformed` when there is none, or a broken one.
    static Result<TrustStore> from_pem(std::string_view pem);
    static TrustStore of(std::span<const Certificate> certificates);

    /// libcrypto's own form, for this folder; null when empty.
    x509_store_st* native() const { return store_.get(); }

private:
    explicit TrustStore(std::shared_ptr<x509_store_st> store) : store_{std::move(store)} {}

    std::shared_ptr<x509_store_st> store_;
};

/// The most certificates a peer's chain may have.
inline constexpr std::size_t kChainCertificatesMax = 16;

/// Whose certificate it is.
enum class Purpose : std::uint8_t { client, server };

enum class ChainFault : std::uint8_t {
    none,
    malformed,
    expired,
    not_yet_valid,
    unknown_issuer,
    wrong_name,
    bad_signature,
    wrong_purpose,
    revoked_or_other,
};

/// What the fault means, as part of a sentence, e.g. "the certificate has expired".
std::string_view text(ChainFault fault);

/// Checks the peer's chain (DER, leaf first) at the instant `at`; the system's clock is not asked.
/// `name` is the DNS name or the IP address, as text, that the leaf must carry in its
/// subjectAltName (the common name does not count, RFC 9525 §2); nullopt asks for none.
ChainFault verify_chain(std::span<const Bytes> chain, const TrustStore& trust, Purpose purpose,
                        std::optional<std::string_view> name, std::chrono::sys_seconds at);
/// The same for certificates that are parsed already.
ChainFault verify_chain(std::span<const Certificate> chain, const TrustStore& trust,
                        Purpose purpose, std::optional<std::string_view> name,
                        std::chrono::sys_seconds at);

} // namespace hawser::crypto
