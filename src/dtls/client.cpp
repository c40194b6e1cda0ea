#include "dtls/client.hpp"

#include "dtls/connection.hpp"
#include "dtls/identity_choice.hpp"
#include "dtls/stapling.hpp"

#include <hawser/wire/dtls/certificate_status.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/key_share.hpp>
#include <hawser/wire/dtls/pre_shared_key.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::CertificateType;
using wire::dtls::ExtensionList;
using wire::dtls::ExtensionType;
using wire::dtls::NamedGroup;
using wire::dtls::ServerHello;

namespace {

/// What a server gives out for a ticket has to leave room in a hello; a longer one is not shown.
constexpr std::size_t kTicketBytesMax = 32 * 1024;

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

Client::Client(Connection& connection) : Handshake{connection} {
    connection.services().random().fill(client_random_);
    if (options().session && !again_) session_ = SessionState::parse(options().session->state);
    const bool usable = session_ && speaks(session_->version) &&
                        session_->issued + session_->lifetime > connection.services().wall_now() &&
                        wire::dtls::find_cipher_suite(session_->suite) != nullptr &&
                        session_->ticket.size() <= kTicketBytesMax && still_takes(session_->peer);
    if (!usable) session_.reset();
    if (session_ && session_->version == Version::v1_2) {
        session_id_.resize(wire::dtls::kSessionIdBytesMax); // echoed when it is taken up
        connection.services().random().fill(session_id_);
    }
}

bool Client::knows_psk(std::string_view identity) const {
    return std::ranges::find(options().psks, identity, &Psk::identity) != options().psks.end();
}

bool Client::has_1_2() const {
    return speaks(Version::v1_2);
}

bool Client::has_1_3() const {
    return speaks(Version::v1_3) && !again_;
}

void Client::start() {
    if (has_1_3()) {
        // A share for the first group; beside a hybrid one, for the first of the old ones too.
        for (const NamedGroup group : groups_of(options())) {
            const bool hybrid = group == NamedGroup::x25519_mlkem768;
            auto share = crypto::KeyShare::generate(static_cast<crypto::Group>(group),
                                                    connection_.services().entropy());
            if (share) shares_.push_back(std::move(*share));
            if (!hybrid) break;
        }
    }
    send_hello();
}

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

void Client::send_hello() {
    connection_.begin_flight();
    hello_ = hello_body();
    if (hello_.empty())
        return connection_.fail(AlertDescription::internal_error, Errc::invalid_argument,
                                "the hello, as it was asked for, cannot be written");
    hello_sequence_ = connection_.queue(HandshakeType::client_hello, base_, hello_);
    if (retried_) transcript_.add(HandshakeType::client_hello, hello_sequence_, hello_);
    connection_.send_flight();
    connection_.flush_handshake();
}

std::vector<std::byte> Client::hello_body() {
    const std::optional<HelloDraft> drafted = draft();
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
std::optional<HelloDraft> Client::draft() {
    HelloDraft fresh{.random = client_random_,
                     .session_id = session_id_,
                     .cipher_suites = own_suites(),
                     .extensions = {}};
    if (again_) {
        std::erase_if(fresh.cipher_suites, [](wire::dtls::CipherSuite suite) {
            return wire::dtls::find_cipher_suite(suite)->is_1_3();
        });
    }
    std::vector<std::byte> room(kMessageBytesMax);
    Writer out{room};
    write_extensions(out);
    const auto written = ExtensionList::parse(out.output());
    if (!out.ok() || !written) return std::nullopt;
    for (const auto& extension : *written)
        fresh.extensions.push_back(
            {extension.type, {extension.value.begin(), extension.value.end()}});
    if (!options().shape_hello || again_) return fresh;
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

void Client::write_extensions(Writer& out) {
    const Options& wanted = options();
    const bool has_1_2 = this->has_1_2();
    const bool has_1_3 = this->has_1_3();
    using wire::dtls::write_extension;
    const bool is_name = !wanted.server_name.empty() && !is_address(wanted.server_name);
    if (is_name) wire::dtls::write_server_name(out, wanted.server_name);
    wire::dtls::write_supported_groups(out, groups_of(wanted));
    wire::dtls::write_signature_algorithms(out, schemes_of(wanted));
    if (has_1_2) {
        constexpr std::array kFormats{wire::dtls::EcPointFormat::uncompressed};
        wire::dtls::write_ec_point_formats(out, kFormats);
        write_extension(out, ExtensionType::extended_master_secret);
        wire::dtls::write_renegotiation_info(out, renegotiated_connection(false));
        const bool ticket = session_ && session_->version == Version::v1_2;
        write_extension(out, ExtensionType::session_ticket,
                        ticket ? Bytes{session_->ticket} : Bytes{});
    }
    std::vector<Bytes> protocols;
    protocols.reserve(wanted.alpn.size());
    for (const std::string& name : wanted.alpn)
        protocols.push_back(std::as_bytes(std::span{name}));
    if (!protocols.empty()) wire::dtls::write_alpn(out, protocols);
    if (!wanted.srtp_profiles.empty())
        wire::dtls::write_use_srtp(out, wanted.srtp_profiles, wanted.srtp_mki);
    const bool has_ids = !connection_.own_cid().empty() || !connection_.peer_cid().empty();
    if (again_ ? has_ids : wanted.connection_id_bytes.has_value()) {
        wire::dtls::write_connection_id(out, connection_.own_cid());
        write_extension(out, ExtensionType::rrc);
    }
    wire::dtls::write_record_size_limit(out, shown_record_limit(has_1_3));
    if (wanted.ask_ocsp && wanted.verification.wanted())
        write_extension(out, ExtensionType::status_request,
                        [](Writer& to) { wire::dtls::StatusRequest{}.write(to); });
    write_certificate_types(out, wanted);
    if (!has_1_3) return;
    constexpr std::array kBoth{Version::v1_3, Version::v1_2};
    wire::dtls::write_supported_versions(out, std::span{kBoth}.first(has_1_2 ? 2 : 1));
    if (!retry_cookie_.empty()) wire::dtls::write_cookie(out, retry_cookie_);
    std::vector<wire::dtls::KeyShare> shares;
    shares.reserve(shares_.size());
    for (const crypto::KeyShare& share : shares_)
        shares.push_back({static_cast<NamedGroup>(share.group()), share.public_share()});
    wire::dtls::write_key_shares(out, shares);
    constexpr std::array kModes{wire::dtls::PskKeyExchangeMode::psk_dhe_ke};
    wire::dtls::write_psk_key_exchange_modes(out, kModes);
    if (offers_psk13()) write_psk_offer(out);
}

void Client::write_psk_offer(Writer& out) {
    wire::dtls::PskIdentity identity;
    if (session_ && session_->version == Version::v1_3) {
        const auto age = connection_.services().wall_now() - session_->issued;
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

Step Client::on_message(HandshakeMessage&& message) {
    if (await_ == Await::server_hello) {
        if (message.epoch != base_)
            return fault(AlertDescription::unexpected_message, "a message in the wrong epoch");
        switch (message.type) {
        case HandshakeType::hello_verify_request: return on_hello_verify_request(message);
        case HandshakeType::server_hello: return on_server_hello(std::move(message));
        case HandshakeType::hello_request: return {}; // RFC 5246 §7.4.1.1: ignored now
        default:
            return fault(AlertDescription::unexpected_message,
                         "the server did not begin with a ServerHello");
        }
    }
    return suite_->is_1_3() ? on_message13(std::move(message)) : on_message12(message);
}

Step Client::on_hello_verify_request(const HandshakeMessage& message) {
    const auto request = wire::dtls::HelloVerifyRequest::parse(message.body);
    if (!request) return fault(AlertDescription::decode_error, "a malformed HelloVerifyRequest");
    if (!has_1_2())
        return fault(AlertDescription::protocol_version,
                     "the server speaks DTLS 1.2 alone, which was not offered");
    if (retried_ || ++verify_requests_ > kVerifyRequestsMax)
        return fault(AlertDescription::unexpected_message, "a HelloVerifyRequest out of turn");
    cookie_.assign(request->cookie.begin(), request->cookie.end());
    send_hello();
    return {};
}

Step Client::on_server_hello(HandshakeMessage&& message) {
    const auto hello = ServerHello::parse(message.body);
    if (!hello) return fault(AlertDescription::decode_error, "a malformed ServerHello");
    if (hello->compression_method != wire::dtls::CompressionMethod::null)
        return fault(AlertDescription::illegal_parameter, "the server wants compression");
    const bool retry = hello->is_hello_retry_request();
    if (const Step offered = check_offered(hello->extensions, retry); !offered) return offered;
    const auto versions = hello->extensions.find(ExtensionType::supported_versions);
    if (versions) {
        const auto version = wire::dtls::parse_selected_version(*versions);
        if (!version) return fault(AlertDescription::decode_error, "malformed versions");
        if (*version != Version::v1_3 || !has_1_3())
            return fault(AlertDescription::illegal_parameter,
                         "the server chose a version that was not offered");
        if (verify_requests_ != 0) // RFC 9147 §5.1: 1.3 asks in another way
            return fault(AlertDescription::illegal_parameter,
                         "the server chose DTLS 1.3 after a cookie of 1.2");
        return retry ? on_retry_request(message, *hello) : on_server_hello13(message, *hello);
    }
    if (hello->legacy_version != Version::v1_2 || !has_1_2())
        return fault(AlertDescription::protocol_version,
                     "the server speaks no version of DTLS that was offered");
    if (retried_ || (has_1_3() && hello->downgrade() != wire::dtls::Downgrade::none)) {
        return fault(AlertDescription::illegal_parameter,
                     "somebody on the way talked the version down");
    }
    if (const Step taken = take_suite(hello->cipher_suite, false); !taken) return taken;
    std::ranges::copy(hello->random, server_random_.begin());
    transcript_.choose(Version::v1_2, hash_of(*suite_));
    transcript_.add(HandshakeType::client_hello, hello_sequence_, hello_);
    transcript_.add(message.type, message.sequence, message.body);
    return on_server_hello12(*hello);
}

Step Client::take_suite(wire::dtls::CipherSuite suite, bool is_1_3) {
    const auto offered = own_suites();
    const auto said = wire::dtls::ClientHello::parse(hello_);
    const CipherSuiteInfo* const info = wire::dtls::find_cipher_suite(suite);
    if (info == nullptr || info->is_1_3() != is_1_3 || !said ||
        !said->cipher_suites.contains(suite) ||
        std::ranges::find(offered, suite) == offered.end()) {
        return fault(AlertDescription::illegal_parameter,
                     "the server chose a cipher suite that was not offered");
    }
    if (suite_ != nullptr && suite_ != info)
        return fault(AlertDescription::illegal_parameter, "the server changed the cipher suite");
    suite_ = info;
    Agreement& agreement = connection_.agreement();
    agreement.suite = info;
    agreement.version = is_1_3 ? Version::v1_3 : Version::v1_2;
    agreement.client_random = client_random_;
    return {};
}

Step Client::check_offered(const ExtensionList& extensions, bool retry) const {
    const auto said = wire::dtls::ClientHello::parse(hello_);
    for (const auto& extension : extensions) {
        const bool asked = (said && said->extensions.contains(extension.type)) ||
                           (retry && extension.type == ExtensionType::cookie);
        if (!asked)
            return fault(AlertDescription::unsupported_extension,
                         "the server answered an extension that was not offered");
    }
    return {};
}

/// RFC 5764 §4.1.1: one profile of ours, and our MKI or none.
Step Client::take_srtp(Bytes value) {
    const auto srtp = wire::dtls::parse_use_srtp(value);
    const auto& offered = options().srtp_profiles;
    if (!srtp || srtp->profiles.size() != 1 ||
        std::ranges::find(offered, srtp->profiles[0]) == offered.end())
        return fault(AlertDescription::illegal_parameter, "a wrong answer to use_srtp");
    if (!srtp->mki.empty() && !std::ranges::equal(srtp->mki, options().srtp_mki))
        return fault(AlertDescription::illegal_parameter,
                     "the server chose an MKI that was not proposed");
    result_.srtp_profile = srtp->profiles[0];
    result_.srtp_mki.assign(srtp->mki.begin(), srtp->mki.end());
    return {};
}

Step Client::take_alpn(const ExtensionList& extensions) {
    const auto value = extensions.find(ExtensionType::alpn);
    if (!value) return {};
    const auto chosen = wire::dtls::parse_selected_alpn(*value);
    if (!chosen) return fault(AlertDescription::decode_error, "a malformed ALPN answer");
    const std::string name{reinterpret_cast<const char*>(chosen->data()), chosen->size()};
    const auto& offered = options().alpn;
    if (std::ranges::find(offered, name) == offered.end())
        return fault(AlertDescription::illegal_parameter,
                     "the server chose a protocol (ALPN) that was not offered");
    result_.alpn = name;
    return {};
}

/// What ServerHello of 1.2, and EncryptedExtensions of 1.3, may answer to.
Step Client::take_common(const ExtensionList& extensions) {
    if (const Step taken = take_alpn(extensions); !taken) return taken;
    const auto name = extensions.find(ExtensionType::server_name);
    if (name && !name->empty()) // RFC 6066 §3
        return fault(AlertDescription::decode_error,
                     "an answer to server_name that says something");
    if (const Step taken = check_status_answer(extensions, suite_->is_1_3()); !taken) return taken;
    if (const auto value = extensions.find(ExtensionType::use_srtp)) {
        if (const Step taken = take_srtp(*value); !taken) return taken;
    }
    if (const auto value = extensions.find(ExtensionType::record_size_limit)) {
        const auto limit = wire::dtls::parse_record_size_limit(*value);
        if (!limit || *limit < wire::dtls::kRecordSizeLimitMin)
            return fault(AlertDescription::illegal_parameter, "a wrong record_size_limit");
        take_record_limit(*limit);
    }
    if (const auto value = extensions.find(ExtensionType::server_certificate_type)) {
        const auto type = wire::dtls::parse_selected_certificate_type(*value);
        if (!type || !options().raw_public_key)
            return fault(AlertDescription::illegal_parameter, "a wrong certificate type");
        peer_raw_key_ = *type == CertificateType::raw_public_key;
    }
    if (const auto value = extensions.find(ExtensionType::client_certificate_type)) {
        const auto type = wire::dtls::parse_selected_certificate_type(*value);
        const auto offered = own_certificate_types(options());
        if (!type || std::ranges::find(offered, *type) == offered.end())
            return fault(AlertDescription::illegal_parameter, "a wrong certificate type");
        own_raw_key_ = *type == CertificateType::raw_public_key;
        wishes_.takes_certificates = !own_raw_key_;
        wishes_.takes_raw_keys = own_raw_key_;
    }
    return {};
}

} // namespace hawser::dtls
