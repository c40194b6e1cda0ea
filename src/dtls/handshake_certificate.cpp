// Showing a certificate and judging the peer's, in both versions.
#include "dtls/handshake.hpp"
#include "dtls/identity_choice.hpp"

#include "crypto/identity.hpp"
#include "crypto/trust.hpp"

#include <hawser/wire/dtls/certificate.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls {

using crypto::ChainFault;
using WireScheme = wire::dtls::SignatureScheme;

namespace {

/// RFC 8446 §4.4.3: 64 spaces, a context, a zero, the hash.
std::vector<std::byte> signed_content(bool server, Bytes hash) {
    const std::string_view context =
        server ? "TLS 1.3, server CertificateVerify" : "TLS 1.3, client CertificateVerify";
    std::vector<std::byte> content(64, std::byte{' '});
    const Bytes text = std::as_bytes(std::span{context});
    content.insert(content.end(), text.begin(), text.end());
    content.push_back(std::byte{0});
    content.insert(content.end(), hash.begin(), hash.end());
    return content;
}

AlertDescription alert_for(ChainFault found) {
    switch (found) {
    case ChainFault::none:
    case ChainFault::malformed:
    case ChainFault::wrong_name:
    case ChainFault::bad_signature: return AlertDescription::bad_certificate;
    case ChainFault::expired:
    case ChainFault::not_yet_valid: return AlertDescription::certificate_expired;
    case ChainFault::unknown_issuer: return AlertDescription::unknown_ca;
    case ChainFault::wrong_purpose: return AlertDescription::unsupported_certificate;
    case ChainFault::revoked_or_other: return AlertDescription::certificate_unknown;
    }
    return AlertDescription::certificate_unknown;
}

Fingerprint fingerprint_of(Bytes der) {
    Fingerprint fingerprint;
    const crypto::Digest digest = crypto::digest(crypto::Hash::sha256, {der});
    std::ranges::copy(digest.bytes(), fingerprint.begin());
    return fingerprint;
}

bool is_pkcs1(crypto::SignatureScheme scheme) {
    return (static_cast<std::uint16_t>(scheme) & 0xff) == 0x01;
}

} // namespace

std::vector<WireScheme> schemes_of(const Options& options) {
    static constexpr std::array kSchemes{
        WireScheme::ecdsa_secp256r1_sha256, WireScheme::ed25519,
        WireScheme::ecdsa_secp384r1_sha384, WireScheme::rsa_pss_rsae_sha256,
        WireScheme::rsa_pss_rsae_sha384,    WireScheme::rsa_pss_rsae_sha512,
        WireScheme::rsa_pkcs1_sha256,       WireScheme::rsa_pkcs1_sha384,
        WireScheme::rsa_pkcs1_sha512};
    if (options.signature_schemes.empty()) return {kSchemes.begin(), kSchemes.end()};
    std::vector<WireScheme> schemes = options.signature_schemes;
    std::erase_if(schemes, [](WireScheme scheme) {
        return std::ranges::find(kSchemes, scheme) == kSchemes.end();
    });
    return schemes;
}

std::vector<const Identity*> Handshake::identities() const {
    std::vector<const Identity*> all;
    if (options().identity) all.push_back(&*options().identity);
    for (const Identity& identity : options().more_identities)
        all.push_back(&identity);
    return all;
}

std::optional<crypto::SignatureScheme>
Handshake::scheme_of(const Identity& identity, std::span<const WireScheme> offered, bool is_1_3) {
    for (const WireScheme wanted : identity.schemes()) {
        const auto scheme = static_cast<crypto::SignatureScheme>(wanted);
        if (is_1_3 && is_pkcs1(scheme)) continue; // RFC 8446 §4.2.3: in certificates alone
        if (std::ranges::find(offered, wanted) != offered.end()) return scheme;
    }
    return std::nullopt;
}

void Handshake::show(std::size_t index) {
    identity_ = identities()[index];
    result_.shown_identity = index;
    own_raw_key_ = shown_raw(*identity_, wishes_, options()).value_or(false);
}

bool Handshake::peer_takes(const Identity& identity) const {
    return shown_raw(identity, wishes_, options()) && fits_issuers(identity, wishes_);
}

std::optional<crypto::SignatureScheme>
Handshake::choose_identity(std::span<const WireScheme> offered, bool is_1_3,
                           const std::function<bool(crypto::KeyKind)>& takes) {
    const auto all = identities();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto scheme = scheme_of(*all[i], offered, is_1_3);
        if (!scheme || !peer_takes(*all[i]) || (takes && !takes(all[i]->material().key.kind())))
            continue;
        show(i);
        return scheme;
    }
    return std::nullopt;
}

std::vector<Bytes> Handshake::own_chain(bool raw) const {
    std::vector<Bytes> chain;
    if (identity_ == nullptr) return chain;
    if (raw) return {identity_->public_key()};
    for (const std::vector<std::byte>& der : identity_->material().chain)
        chain.emplace_back(der);
    return chain;
}

Step Handshake::take_certificate(std::span<const Bytes> chain, bool raw, const Turn& turn) {
    const Verification& rule = options().verification;
    const bool server = role_ == Role::client; // whose certificate it is
    if (chain.empty())
        return fault(server ? AlertDescription::decode_error // RFC 8446 §4.4.2.4
                            : AlertDescription::certificate_required,
                     "the peer showed no certificate");
    const Fingerprint fingerprint = fingerprint_of(chain.front());
    Bytes spki = chain.front();
    if (raw) {
        auto key = crypto::PublicKey::from_spki(chain.front());
        if (!key) return fault(AlertDescription::bad_certificate, "a malformed raw public key");
        peer_key_ = std::move(*key);
    } else {
        auto leaf = crypto::Certificate::from_der(chain.front());
        if (!leaf)
            return fault(AlertDescription::bad_certificate,
                         "a certificate that is malformed or has a key of another kind");
        peer_key_ = leaf->public_key();
        spki = peer_key_.spki();
    }
    if (rule.anchors) {
        if (raw)
            return fault(AlertDescription::unsupported_certificate,
                         "a raw public key, where a chain was asked for");
        const auto name =
            rule.name.empty() ? std::nullopt : std::optional{without_scope(rule.name)};
        const ChainFault found = crypto::verify_chain(
            chain, rule.anchors->store(),
            server ? crypto::Purpose::server : crypto::Purpose::client, name, turn.wall);
        if (found != ChainFault::none) return fault(alert_for(found), crypto::text(found));
    }
    if (!rule.fingerprints.empty() &&
        std::ranges::find(rule.fingerprints, fingerprint) == rule.fingerprints.end()) {
        return fault(rule.refusal, "the peer's certificate has another fingerprint");
    }
    if (rule.accepts) {
        const PeerCertificate shown{raw ? std::span<const Bytes>{} : chain, spki, fingerprint,
                                    result_.ocsp_response};
        if (!rule.accepts(shown)) return fault(rule.refusal, "the peer's certificate was refused");
    }
    if (!rule.wanted())
        return fault(AlertDescription::bad_certificate,
                     "nothing says which certificates are taken");
    peer_showed_certificate_ = true;
    result_.peer_fingerprint = fingerprint;
    shown_ = SessionPeer{.raw = raw};
    if (rule.anchors || rule.accepts) {
        for (const Bytes der : chain)
            shown_.chain.emplace_back(der.begin(), der.end());
    }
    return {};
}

bool Handshake::may_be_absent() const {
    return role_ == Role::server && options().verification.optional;
}

bool Handshake::still_takes(const SessionPeer& peer, const Turn& turn) {
    const Verification& rule = options().verification;
    if (!peer.psk_identity.empty()) return knows_psk(peer.psk_identity);
    if (!rule.wanted()) return role_ == Role::server; // which asks for nobody
    if (peer.fingerprint.size() != sizeof(Fingerprint)) return may_be_absent();
    if (!rule.anchors && !rule.accepts) {
        return rule.fingerprints.empty() ||
               std::ranges::any_of(rule.fingerprints, [&peer](const Fingerprint& one) {
                   return std::ranges::equal(one, peer.fingerprint);
               });
    }
    const std::vector<Bytes> chain{peer.chain.begin(), peer.chain.end()};
    result_.ocsp_response = peer.ocsp_response;
    const bool taken = !chain.empty() && take_certificate(chain, peer.raw, turn).has_value();
    // It was not shown in this handshake, and need not come to be used.
    peer_showed_certificate_ = false;
    peer_key_ = {};
    shown_ = {};
    result_.peer_fingerprint.reset();
    result_.ocsp_response.clear();
    return taken;
}

void Handshake::remember_peer(const SessionPeer& peer) {
    shown_ = peer;
    result_.psk_identity = peer.psk_identity;
    result_.ocsp_response = peer.ocsp_response;
    if (peer.fingerprint.size() != sizeof(Fingerprint)) return;
    result_.peer_fingerprint.emplace();
    std::ranges::copy(peer.fingerprint, result_.peer_fingerprint->begin());
}

SessionPeer Handshake::peer_of_session(std::size_t chain_bytes_max) const {
    SessionPeer peer{.psk_identity = result_.psk_identity};
    if (!result_.peer_fingerprint) return peer;
    peer.fingerprint.assign(result_.peer_fingerprint->begin(), result_.peer_fingerprint->end());
    std::size_t bytes = result_.ocsp_response.size();
    for (const auto& der : shown_.chain)
        bytes += der.size();
    if (bytes > chain_bytes_max) return peer;
    peer.chain = shown_.chain;
    peer.raw = shown_.raw;
    peer.ocsp_response = result_.ocsp_response;
    return peer;
}

Step Handshake::send_certificate_verify13(Turn& turn, crypto::SignatureScheme scheme) {
    const crypto::Digest hash = transcript_.hash();
    const auto signature =
        identity_->material().key.sign(scheme, signed_content(role_ == Role::server, hash.bytes()));
    if (!signature) return fault(AlertDescription::internal_error, signature.error().what);
    send(turn, HandshakeType::certificate_verify, 2, [&](wire::Writer& out) {
        wire::dtls::CertificateVerify{static_cast<WireScheme>(scheme), *signature}.write(out);
    });
    return {};
}

Step Handshake::verify13(Bytes body, bool server) const {
    const auto verify = wire::dtls::CertificateVerify::parse(body);
    if (!verify) return fault(AlertDescription::decode_error, "a malformed CertificateVerify");
    const auto scheme = static_cast<crypto::SignatureScheme>(verify->scheme);
    const auto schemes = schemes_of(options());
    const bool offered = std::ranges::find(schemes, verify->scheme) != schemes.end();
    if (!offered || is_pkcs1(scheme))
        return fault(AlertDescription::illegal_parameter,
                     "a signature algorithm that was not offered");
    const crypto::Digest hash = transcript_.hash();
    if (!peer_key_.verify(scheme, signed_content(server, hash.bytes()), verify->signature))
        return fault(AlertDescription::decrypt_error,
                     "the peer's signature does not fit its certificate");
    return {};
}

} // namespace hawser::dtls
