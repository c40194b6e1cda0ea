#include "dtls/client.hpp"

#include "dtls/client12.hpp"
#include "dtls/client13.hpp"
#include "dtls/identity_choice.hpp"
#include "dtls/stapling.hpp"

#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/key_share.hpp>

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

} // namespace

/// The one of the options, where it can still be taken up.
void Client::choose_session(const Turn& turn) {
    if (options().session && !again()) session_ = SessionState::parse(options().session->state);
    const bool usable = session_ && speaks(session_->version) &&
                        session_->issued + session_->lifetime > turn.wall &&
                        wire::dtls::find_cipher_suite(session_->suite) != nullptr &&
                        session_->ticket.size() <= kTicketBytesMax &&
                        still_takes(session_->peer, turn);
    if (!usable) session_.reset();
    if (session_ && session_->version == Version::v1_2) {
        session_id_.resize(wire::dtls::kSessionIdBytesMax); // echoed when it is taken up
        random_.fill(session_id_);
    }
}

bool Client::knows_psk(std::string_view identity) const {
    return std::ranges::find(options().psks, identity, &Psk::identity) != options().psks.end();
}

bool Client::has_1_2() const {
    return speaks(Version::v1_2);
}

bool Client::has_1_3() const {
    return speaks(Version::v1_3) && !again();
}

Step Client::start(Turn& turn) {
    random_.fill(client_random_);
    choose_session(turn);
    if (has_1_3()) {
        // A share for the first group; beside a hybrid one, for the first of the old ones too.
        for (const NamedGroup group : groups_of(options())) {
            const bool hybrid = group == NamedGroup::x25519_mlkem768;
            auto share = crypto::KeyShare::generate(static_cast<crypto::Group>(group), entropy());
            if (share) shares_.push_back(std::move(*share));
            if (!hybrid) break;
        }
    }
    return send_hello(turn);
}

Step Client::on_message(HandshakeMessage&& message, Turn& turn) {
    if (message.epoch != base_)
        return fault(AlertDescription::unexpected_message, "a message in the wrong epoch");
    switch (message.type) {
    case HandshakeType::hello_verify_request: return on_hello_verify_request(message, turn);
    case HandshakeType::server_hello: return on_server_hello(std::move(message), turn);
    case HandshakeType::hello_request: return {}; // RFC 5246 §7.4.1.1: ignored now
    default:
        return fault(AlertDescription::unexpected_message,
                     "the server did not begin with a ServerHello");
    }
}

Step Client::on_hello_verify_request(const HandshakeMessage& message, Turn& turn) {
    const auto request = wire::dtls::HelloVerifyRequest::parse(message.body);
    if (!request) return fault(AlertDescription::decode_error, "a malformed HelloVerifyRequest");
    if (!has_1_2())
        return fault(AlertDescription::protocol_version,
                     "the server speaks DTLS 1.2 alone, which was not offered");
    if (retried_ || ++verify_requests_ > kVerifyRequestsMax)
        return fault(AlertDescription::unexpected_message, "a HelloVerifyRequest out of turn");
    cookie_.assign(request->cookie.begin(), request->cookie.end());
    return send_hello(turn);
}

Step Client::on_server_hello(HandshakeMessage&& message, Turn& turn) {
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
        if (retry) return on_retry_request(message, *hello, turn);
        if (const Step taken = take_suite(hello->cipher_suite, true); !taken) return taken;
        auto rest = std::make_unique<Client13>(std::move(*this));
        const Step begun = rest->begin(message, *hello, turn);
        turn.then(GoOnWith{std::move(rest)});
        return begun;
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
    auto rest = std::make_unique<Client12>(std::move(*this));
    const Step begun = rest->begin(*hello, turn);
    turn.then(GoOnWith{std::move(rest)});
    return begun;
}

Step Client::on_retry_request(const HandshakeMessage& message, const ServerHello& hello,
                              Turn& turn) {
    if (retried_) return fault(AlertDescription::unexpected_message, "a second HelloRetryRequest");
    if (const Step taken = take_suite(hello.cipher_suite, true); !taken) return taken;
    const auto group = hello.extensions.find(ExtensionType::key_share);
    const auto cookie = hello.extensions.find(ExtensionType::cookie);
    if (!group && !cookie)
        return fault(AlertDescription::illegal_parameter,
                     "a HelloRetryRequest that asks for nothing");
    if (cookie) {
        const auto value = wire::dtls::parse_cookie(*cookie);
        if (!value) return fault(AlertDescription::decode_error, "a malformed cookie");
        retry_cookie_.assign(value->begin(), value->end());
    }
    if (group) {
        if (const Step renewed = renew_share(*group); !renewed) return renewed;
    }
    const crypto::Hash hash = hash_of(*suite_);
    std::array<std::byte, wire::dtls::kTlsHandshakeHeaderBytes> header;
    Writer out{header};
    wire::dtls::write_tls_handshake_header(out, HandshakeType::client_hello, hello_.size());
    transcript_.choose(Version::v1_3, hash);
    transcript_.add_message_hash(crypto::digest(hash, {header, hello_}).bytes());
    transcript_.add(message.type, message.sequence, message.body);
    retried_ = true;
    if (session_ && session_->version == Version::v1_3 && hash_of(*psk13_suite()) != hash)
        session_.reset(); // its binder could not be computed
    return send_hello(turn);
}

/// For the group that the server asked for.
Step Client::renew_share(Bytes asked) {
    const auto group = wire::dtls::parse_retry_group(asked);
    const auto groups = groups_of(options());
    const auto is_it = [&group](const crypto::KeyShare& share) {
        return share.group() == static_cast<crypto::Group>(*group);
    };
    if (!group || std::ranges::find(groups, *group) == groups.end() ||
        std::ranges::any_of(shares_, is_it))
        return fault(AlertDescription::illegal_parameter,
                     "the server asked for a group that was not offered, or is there");
    auto share = crypto::KeyShare::generate(static_cast<crypto::Group>(*group), entropy());
    if (!share) return fault(AlertDescription::internal_error, share.error().what);
    shares_.clear();
    shares_.push_back(std::move(*share));
    share_asked_ = true;
    return {};
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
    forming_.suite = info;
    forming_.version = is_1_3 ? Version::v1_3 : Version::v1_2;
    forming_.client_random = client_random_;
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
