#include <hawser/dtls/credentials.hpp>

#include "crypto/certificate.hpp"
#include "crypto/fingerprint.hpp"
#include "crypto/hash.hpp"
#include "crypto/identity.hpp"
#include "crypto/secret.hpp"
#include "crypto/trust.hpp"

#include <algorithm>
#include <utility>

namespace hawser::dtls {

std::string to_string(const Fingerprint& fingerprint) {
    return crypto::fingerprint_text(fingerprint);
}

Result<Fingerprint> parse_fingerprint(std::string_view text) {
    const auto digest = crypto::parse_fingerprint(text);
    if (!digest && digest.error().code == Errc::malformed)
        return fail(Errc::malformed,
                    "a fingerprint is 32 bytes (SHA-256) in hexadecimal, e.g. \"AB:CD:...\"");
    if (!digest) return std::unexpected{digest.error()};
    if (digest->size != std::tuple_size_v<Fingerprint>)
        return fail(Errc::unsupported, "a fingerprint has to be SHA-256: 32 bytes");
    Fingerprint fingerprint;
    std::ranges::copy(digest->bytes(), fingerprint.begin());
    return fingerprint;
}

Identity::Identity(std::shared_ptr<const crypto::Identity> material)
    : material_{std::move(material)}, public_key_{material_->key.spki()} {
    for (const crypto::SignatureScheme scheme : material_->key.schemes())
        schemes_.push_back(static_cast<wire::dtls::SignatureScheme>(scheme));
}

Identity Identity::signing_with(std::span<const wire::dtls::SignatureScheme> schemes) const {
    Identity narrowed = *this;
    narrowed.schemes_.clear();
    for (const wire::dtls::SignatureScheme scheme : schemes) {
        if (std::ranges::find(schemes_, scheme) != schemes_.end())
            narrowed.schemes_.push_back(scheme);
    }
    return narrowed;
}

Identity Identity::stapling(Bytes ocsp_response) const {
    Identity stapled = *this;
    stapled.ocsp_response_.assign(ocsp_response.begin(), ocsp_response.end());
    return stapled;
}

Identity Identity::where_issuer_is_named() const {
    Identity narrowed = *this;
    narrowed.issuers_.clear();
    for (const std::vector<std::byte>& der : material_->chain)
        narrowed.issuers_.push_back(crypto::issuer_of(der));
    return narrowed;
}

bool Identity::has_certificates() const {
    return !material_->chain.empty();
}

Result<Identity> Identity::raw_public_key(std::string_view key) {
    auto own_key = crypto::PrivateKey::from_pem(key);
    if (!own_key) return std::unexpected{own_key.error()};
    return Identity{std::make_shared<const crypto::Identity>(
        crypto::Identity{.chain = {}, .key = std::move(*own_key)})};
}

Result<Identity> Identity::from_pem(std::string_view certificates, std::string_view key) {
    auto identity = crypto::identity_from_pem(certificates, key);
    if (!identity) return std::unexpected{identity.error()};
    return Identity{std::make_shared<const crypto::Identity>(std::move(*identity))};
}

Result<Identity> Identity::self_signed(KeyKind kind, std::string_view common_name,
                                       std::span<const std::string> names,
                                       std::chrono::sys_seconds from, std::chrono::sys_seconds to,
                                       Random& random) {
    const crypto::SelfSigned wanted{.kind = static_cast<crypto::KeyKind>(kind),
                                    .common_name = std::string{common_name},
                                    .names = {names.begin(), names.end()},
                                    .not_before = from,
                                    .not_after = to};
    crypto::Entropy key;
    crypto::Entropy serial;
    random.fill(key);
    random.fill(serial);
    auto identity = crypto::self_signed(wanted, key, serial);
    crypto::wipe(key);
    if (!identity) return std::unexpected{identity.error()};
    return Identity{std::make_shared<const crypto::Identity>(std::move(*identity))};
}

Fingerprint Identity::fingerprint() const {
    Fingerprint fingerprint;
    const Bytes shown = has_certificates() ? Bytes{material_->chain.front()} : public_key();
    const crypto::Digest digest = crypto::digest(crypto::Hash::sha256, {shown});
    std::ranges::copy(digest.bytes(), fingerprint.begin());
    return fingerprint;
}

std::string Identity::certificates_pem() const {
    return crypto::chain_to_pem(*material_);
}

std::string Identity::key_pem() const {
    return material_->key.to_pem();
}

TrustAnchors::TrustAnchors(std::shared_ptr<const crypto::TrustStore> store)
    : store_{std::move(store)} {}

Result<TrustAnchors> TrustAnchors::from_pem(std::string_view certificates) {
    auto store = crypto::TrustStore::from_pem(certificates);
    if (!store) return std::unexpected{store.error()};
    return TrustAnchors{std::make_shared<const crypto::TrustStore>(std::move(*store))};
}

} // namespace hawser::dtls
