// What a client says first, and again when it is asked for something.
#include "dtls/client.hpp"
#include "dtls/identity_choice.hpp"

#include <hawser/wire/dtls/certificate_status.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/key_share.hpp>
#include <hawser/wire/dtls/pre_shared_key.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::ExtensionList;
using wire::dtls::ExtensionType;
using wire::dtls::NamedGroup;

namespace {

/// The hello again, as it was shaped: with the cookie, share and binders that are asked for now.
HelloDraft renewed(const HelloDraft& first, const HelloDraft& fresh, bool share_asked) {
    const auto find = [](const HelloDraft& hello, ExtensionType type) {
        return std::ranges::find(hello.extensions, type, &HelloDraft::Extension::type);
    };
    HelloDraft next{.random = first.random,
                    .session_id = first.session_id,
                    .cipher_suites = first.cipher_suites,
                    .extensions = {}};
    for (const auto& extension : first.extensions) {
        const bool changes = extension.type == ExtensionType::pre_shared_key ||
                             (extension.type == ExtensionType::key_share && share_asked);
        const auto now = find(fresh, extension.type);
        if (!changes) next.extensions.push_back(extension);
        if (changes && now != fresh.extensions.end()) next.extensions.push_back(*now);
    }
    const auto cookie = find(fresh, ExtensionType::cookie);
    if (cookie != fresh.extensions.end())
        next.extensions.insert(find(next, ExtensionType::pre_shared_key), *cookie);
    return next;
}

} // namespace

bool Client::offers_psk13() const {
    const bool has_one =
        (session_ && session_->version == Version::v1_3) || !options().psks.empty();
    // After a HelloRetryRequest, a binder has to be of its suite's hash (RFC 8446 §4.1.4).
    const bool fits = !retried_ || hash_of(*psk13_suite()) == hash_of(*suite_);
    return has_1_3() && has_one && fits;
}

Bytes Client::psk13() const {
    return session_ && session_->version == Version::v1_3 ? session_->secret.bytes()
                                                          : Bytes{options().psks.front().key};
}

/// Only its hash counts: RFC 8446 §4.2.11.
const CipherSuiteInfo* Client::psk13_suite() const {
    return wire::dtls::find_cipher_suite(session_ && session_->version == Version::v1_3
                                             ? session_->suite
                                             : CipherSuite::aes_128_gcm_sha256);
}

Step Client::send_hello(Turn& turn) {
    turn.then(BeginFlight{});
    hello_ = hello_body(turn);
    if (hello_.empty())
        return fault(AlertDescription::internal_error,
                     "the hello, as it was asked for, cannot be written", Errc::invalid_argument);
    hello_sequence_ = queue(turn, HandshakeType::client_hello, base_, hello_);
    if (retried_) transcript_.add(HandshakeType::client_hello, hello_sequence_, hello_);
    turn.then(SendFlight{false});
    turn.then(CloseDatagram{});
    return {};
}

std::vector<std::byte> Client::hello_body(const Turn& turn) {
    const std::optional<HelloDraft> drafted = draft(turn);
    if (!drafted) return {};
    const HelloDraft& hello = *drafted;
    std::vector<std::byte> room(kMessageBytesMax);
    Writer out{room};
    const wire::dtls::ClientHelloFields fields{.random = hello.random,
                                               .session_id = hello.session_id,
                                               .cookie = cookie_,
                                               .cipher_suites = hello.cipher_suites};
    wire::dtls::write_client_hello(out, fields, [&hello](Writer& to) {
        for (const auto& extension : hello.extensions)
            wire::dtls::write_extension(to, extension.type, Bytes{extension.value});
    });
    room.resize(out.ok() ? out.written() : 0);
    const bool psk =
        !hello.extensions.empty() && hello.extensions.back().type == ExtensionType::pre_shared_key;
    if (psk && !room.empty()) put_binder(room);
    return room;
}

/// nullopt when the options ask for more than a message holds.
std::optional<HelloDraft> Client::draft(const Turn& turn) {
    HelloDraft fresh{.random = client_random_,
                     .session_id = session_id_,
                     .cipher_suites = own_suites(),
                     .extensions = {}};
    if (again()) {
        std::erase_if(fresh.cipher_suites, [](wire::dtls::CipherSuite suite) {
            return wire::dtls::find_cipher_suite(suite)->is_1_3();
        });
    }
    std::vector<std::byte> room(kMessageBytesMax);
    Writer out{room};
    write_extensions(out, turn);
    const auto written = ExtensionList::parse(out.output());
    if (!out.ok() || !written) return std::nullopt;
    for (const auto& extension : *written)
        fresh.extensions.push_back(
            {extension.type, {extension.value.begin(), extension.value.end()}});
    if (!options().shape_hello || again()) return fresh;
    if (!shaped_) {
        options().shape_hello(fresh);
        const auto psk = std::ranges::find(fresh.extensions, ExtensionType::pre_shared_key,
                                           &HelloDraft::Extension::type);
        if (psk != fresh.extensions.end()) std::rotate(psk, std::next(psk), fresh.extensions.end());
        client_random_ = fresh.random;
        session_id_ = fresh.session_id;
        shaped_ = fresh;
        return fresh;
    }
    return renewed(*shaped_, fresh, share_asked_);
}

void Client::write_extensions(Writer& out, const Turn& turn) {
    const Options& wanted = options();
    using wire::dtls::write_extension;
    const bool is_name = !wanted.server_name.empty() && !is_address(wanted.server_name);
    if (is_name) wire::dtls::write_server_name(out, wanted.server_name);
    wire::dtls::write_supported_groups(out, groups_of(wanted));
    wire::dtls::write_signature_algorithms(out, schemes_of(wanted));
    if (has_1_2()) write_extensions12(out);
    std::vector<Bytes> protocols;
    protocols.reserve(wanted.alpn.size());
    for (const std::string& name : wanted.alpn)
        protocols.push_back(std::as_bytes(std::span{name}));
    if (!protocols.empty()) wire::dtls::write_alpn(out, protocols);
    if (!wanted.srtp_profiles.empty())
        wire::dtls::write_use_srtp(out, wanted.srtp_profiles, wanted.srtp_mki);
    const bool has_ids = !own_cid_.empty() || !peer_cid_.empty();
    if (again() ? has_ids : wanted.connection_id_bytes.has_value()) {
        wire::dtls::write_connection_id(out, own_cid_);
        write_extension(out, ExtensionType::rrc);
    }
    wire::dtls::write_record_size_limit(out, shown_record_limit(has_1_3()));
    if (wanted.ask_ocsp && wanted.verification.wanted())
        write_extension(out, ExtensionType::status_request,
                        [](Writer& to) { wire::dtls::StatusRequest{}.write(to); });
    write_certificate_types(out, wanted);
    if (has_1_3()) write_extensions13(out, turn);
}

void Client::write_extensions12(Writer& out) {
    using wire::dtls::write_extension;
    constexpr std::array kFormats{wire::dtls::EcPointFormat::uncompressed};
    wire::dtls::write_ec_point_formats(out, kFormats);
    write_extension(out, ExtensionType::extended_master_secret);
    wire::dtls::write_renegotiation_info(out, renegotiated_connection(false));
    const bool ticket = session_ && session_->version == Version::v1_2;
    write_extension(out, ExtensionType::session_ticket, ticket ? Bytes{session_->ticket} : Bytes{});
}

void Client::write_extensions13(Writer& out, const Turn& turn) {
    constexpr std::array kBoth{Version::v1_3, Version::v1_2};
    wire::dtls::write_supported_versions(out, std::span{kBoth}.first(has_1_2() ? 2 : 1));
    if (!retry_cookie_.empty()) wire::dtls::write_cookie(out, retry_cookie_);
    std::vector<wire::dtls::KeyShare> shares;
    shares.reserve(shares_.size());
    for (const crypto::KeyShare& share : shares_)
        shares.push_back({static_cast<NamedGroup>(share.group()), share.public_share()});
    wire::dtls::write_key_shares(out, shares);
    constexpr std::array kModes{wire::dtls::PskKeyExchangeMode::psk_dhe_ke};
    wire::dtls::write_psk_key_exchange_modes(out, kModes);
    if (offers_psk13()) write_psk_offer(out, turn);
}

void Client::write_psk_offer(Writer& out, const Turn& turn) {
    wire::dtls::PskIdentity identity;
    if (session_ && session_->version == Version::v1_3) {
        const auto age = turn.wall - session_->issued;
        identity.identity = session_->ticket;
        identity.obfuscated_ticket_age =
            static_cast<std::uint32_t>(std::chrono::milliseconds{age}.count()) + session_->age_add;
    } else {
        identity.identity = std::as_bytes(std::span{options().psks.front().identity});
    }
    const std::size_t binder = crypto::digest_bytes(hash_of(*psk13_suite()));
    wire::dtls::write_psk_offer(out, std::span{&identity, 1}, std::span{&binder, 1});
}

/// The binder covers the hello up to itself, and what came before it (RFC 8446 §4.2.11.2).
void Client::put_binder(std::vector<std::byte>& body) {
    const crypto::Hash hash = hash_of(*psk13_suite());
    const bool external = !(session_ && session_->version == Version::v1_3);
    const std::size_t size = crypto::digest_bytes(hash);
    const std::size_t binders = wire::dtls::psk_binders_bytes(std::span{&size, 1});
    std::vector<std::byte> partial(wire::dtls::kTlsHandshakeHeaderBytes);
    Writer header{partial};
    wire::dtls::write_tls_handshake_header(header, HandshakeType::client_hello, body.size());
    partial.insert(partial.end(), body.begin(), body.end() - static_cast<std::ptrdiff_t>(binders));
    const crypto::Digest transcript =
        retried_ ? transcript_.hash_with(partial) : crypto::digest(hash, {partial});
    const Schedule13 early{hash, psk13()};
    const crypto::Digest mac = finished_mac(hash, early.binder_key(external), transcript.bytes());
    Writer out{MutableBytes{body}.last(binders)};
    const Bytes binder = mac.bytes();
    wire::dtls::write_psk_binders(out, std::span{&binder, 1});
}

} // namespace hawser::dtls
