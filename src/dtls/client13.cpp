// DTLS 1.3, the client's side: RFC 9147 §5, RFC 8446 §4.
#include "dtls/client.hpp"

#include "crypto/hmac.hpp"
#include "dtls/connection.hpp"
#include "dtls/identity_choice.hpp"

#include <hawser/wire/dtls/certificate.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/key_share.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>
#include <hawser/wire/dtls/pre_shared_key.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::ExtensionType;
using wire::dtls::NamedGroup;

Step Client::on_retry_request(const HandshakeMessage& message,
                              const wire::dtls::ServerHello& hello) {
    if (retried_) return fault(AlertDescription::unexpected_message, "a second HelloRetryRequest");
    if (const Step taken = take_suite(hello.cipher_suite, true); !taken) return taken;
    const auto group_value = hello.extensions.find(ExtensionType::key_share);
    const auto cookie_value = hello.extensions.find(ExtensionType::cookie);
    if (!group_value && !cookie_value)
        return fault(AlertDescription::illegal_parameter,
                     "a HelloRetryRequest that asks for nothing");
    if (cookie_value) {
        const auto cookie = wire::dtls::parse_cookie(*cookie_value);
        if (!cookie) return fault(AlertDescription::decode_error, "a malformed cookie");
        retry_cookie_.assign(cookie->begin(), cookie->end());
    }
    if (group_value) {
        const auto group = wire::dtls::parse_retry_group(*group_value);
        const auto groups = groups_of(options());
        if (!group || std::ranges::find(groups, *group) == groups.end() ||
            std::ranges::any_of(shares_, [&](const crypto::KeyShare& share) {
                return share.group() == static_cast<crypto::Group>(*group);
            })) {
            return fault(AlertDescription::illegal_parameter,
                         "the server asked for a group that was not offered, or is there");
        }
        auto share = crypto::KeyShare::generate(static_cast<crypto::Group>(*group),
                                                connection_.services().entropy());
        if (!share) return fault(AlertDescription::internal_error, share.error().what);
        shares_.clear();
        shares_.push_back(std::move(*share));
        share_asked_ = true;
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
    send_hello();
    return {};
}

Step Client::on_server_hello13(const HandshakeMessage& message,
                               const wire::dtls::ServerHello& hello) {
    if (const Step taken = take_suite(hello.cipher_suite, true); !taken) return taken;
    if (!hello.session_id.empty() && !std::ranges::equal(hello.session_id, session_id_))
        return fault(AlertDescription::illegal_parameter, "a session id that is not ours");
    const crypto::Hash hash = hash_of(*suite_);
    Bytes psk;
    if (const auto value = hello.extensions.find(ExtensionType::pre_shared_key)) {
        const auto index = wire::dtls::parse_selected_psk(*value);
        if (!index || *index != 0 || !offers_psk13() || hash_of(*psk13_suite()) != hash)
            return fault(AlertDescription::illegal_parameter,
                         "the server chose a PSK that was not offered");
        psk_accepted_ = true;
        psk = psk13();
        resumed_ = session_ && session_->version == Version::v1_3;
    }
    const auto value = hello.extensions.find(ExtensionType::key_share);
    if (!value)
        return fault(AlertDescription::missing_extension, "a ServerHello without a key share");
    const auto share = wire::dtls::parse_server_key_share(*value);
    if (!share) return fault(AlertDescription::decode_error, "a malformed key share");
    const auto ours = std::ranges::find_if(shares_, [&](const crypto::KeyShare& own) {
        return own.group() == static_cast<crypto::Group>(share->group);
    });
    if (ours == shares_.end())
        return fault(AlertDescription::illegal_parameter,
                     "the server chose a group that has no share");
    const auto shared = ours->finish(share->key);
    if (!shared) return fault(AlertDescription::illegal_parameter, "a wrong key share");
    result_.group = share->group;

    if (!retried_) {
        transcript_.choose(Version::v1_3, hash);
        transcript_.add(HandshakeType::client_hello, hello_sequence_, hello_);
    }
    transcript_.add(message.type, message.sequence, message.body);
    Agreement& agreement = connection_.agreement();
    if (const auto cid = hello.extensions.find(ExtensionType::connection_id);
        cid && options().connection_id_bytes) {
        const auto id = wire::dtls::parse_connection_id(*cid);
        if (!id) return fault(AlertDescription::decode_error, "a malformed connection ID");
        connection_.set_peer_cid(*id);
        agreement.return_routability = hello.extensions.contains(ExtensionType::rrc);
    } else {
        connection_.drop_own_cid();
    }
    derive_handshake13(psk, shared->bytes());
    await_ = Await::encrypted_extensions;
    return {};
}

Step Client::on_message13(HandshakeMessage&& message) {
    if (message.epoch != 2)
        return fault(AlertDescription::unexpected_message, "a message in the wrong epoch");
    if (message.type == HandshakeType::finished && await_ == Await::finished)
        return on_finished13(message);
    Step step = fault(AlertDescription::unexpected_message, "a message out of turn");
    switch (message.type) {
    case HandshakeType::encrypted_extensions:
        if (await_ == Await::encrypted_extensions) step = on_encrypted_extensions(message.body);
        break;
    case HandshakeType::certificate_request:
        if (await_ == Await::request_or_certificate) step = on_certificate_request13(message.body);
        break;
    case HandshakeType::certificate:
        if (await_ == Await::request_or_certificate || await_ == Await::certificate)
            step = on_certificate13(message.body);
        break;
    case HandshakeType::certificate_verify:
        if (await_ == Await::certificate_verify) {
            step = verify13(message.body, true);
            await_ = Await::finished;
        }
        break;
    default: break;
    }
    if (step) transcript_.add(message.type, message.sequence, message.body);
    return step;
}

Step Client::on_encrypted_extensions(Bytes body) {
    const auto extensions = wire::dtls::parse_encrypted_extensions(body);
    if (!extensions) return fault(AlertDescription::decode_error, "malformed EncryptedExtensions");
    if (const Step offered = check_offered(*extensions); !offered) return offered;
    if (const Step taken = take_common(*extensions); !taken) return taken;
    if (extensions->contains(ExtensionType::rrc) && !connection_.peer_cid().empty())
        connection_.agreement().return_routability = true;
    await_ = psk_accepted_ ? Await::finished : Await::request_or_certificate;
    return {};
}

Step Client::on_certificate_request13(Bytes body) {
    const auto request = wire::dtls::CertificateRequest13::parse(body);
    if (!request) return fault(AlertDescription::decode_error, "a malformed CertificateRequest");
    if (!request->context.empty()) // RFC 8446 §4.3.2
        return fault(AlertDescription::illegal_parameter,
                     "a CertificateRequest of a handshake that has a context");
    const auto value = request->extensions.find(ExtensionType::signature_algorithms);
    if (!value) return fault(AlertDescription::missing_extension, "a request without algorithms");
    const auto schemes = wire::dtls::parse_signature_algorithms(*value);
    if (!schemes) return fault(AlertDescription::decode_error, "malformed algorithms");
    if (const Step taken = take_authorities(wishes_, request->extensions); !taken) return taken;
    certificate_wanted_ = true;
    own_scheme_ = choose_identity(
        std::vector<wire::dtls::SignatureScheme>{schemes->begin(), schemes->end()}, true);
    await_ = Await::certificate;
    return {};
}

Step Client::on_certificate13(Bytes body) {
    await_ = Await::certificate_verify;
    return take_certificate13(body);
}

Step Client::on_finished13(const HandshakeMessage& message) {
    if (const Step taken = take_finished13(message); !taken) return taken;
    derive_traffic13();
    Agreement& agreement = connection_.agreement();
    connection_.begin_flight();
    if (certificate_wanted_) send_certificate13();
    send_finished13();
    agreement.resumption = schedule_->traffic("res master", transcript_.hash().bytes());
    connection_.send_flight();
    connection_.flush_handshake();
    install13(agreement.write_traffic, agreement.read_traffic, 3);
    result_.resumed = resumed_;
    if (resumed_) remember_peer(session_->peer);
    if (psk_accepted_ && !resumed_) result_.psk_identity = options().psks.front().identity;
    agreement.peer = std::make_unique<SessionPeer>(peer_of_session(SessionPeer::kOwnChainBytesMax));
    done_ = true;
    connection_.established(result_);
    return {};
}

void Client::send_certificate13() {
    const std::vector<Bytes> chain = own_scheme_ ? own_chain(own_raw_key_) : std::vector<Bytes>{};
    send(HandshakeType::certificate, 2,
         [&](Writer& out) { wire::dtls::write_certificate13(out, {}, chain); });
    if (!own_scheme_) return;
    const auto signature = sign13(*own_scheme_, false);
    if (!signature) return;
    send(HandshakeType::certificate_verify, 2, [&](Writer& out) {
        wire::dtls::CertificateVerify{static_cast<wire::dtls::SignatureScheme>(*own_scheme_),
                                      *signature}
            .write(out);
    });
}

} // namespace hawser::dtls
