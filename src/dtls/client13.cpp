// DTLS 1.3, the client's side: RFC 9147 §5, RFC 8446 §4.
#include "dtls/client13.hpp"

#include "crypto/hmac.hpp"
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

Step Client13::begin(const HandshakeMessage& message, const wire::dtls::ServerHello& hello,
                     Turn& turn) {
    if (!hello.session_id.empty() && !std::ranges::equal(hello.session_id, session_id_))
        return fault(AlertDescription::illegal_parameter, "a session id that is not ours");
    if (const Step taken = take_psk(hello); !taken) return taken;
    const auto shared = take_share(hello);
    if (!shared) return std::unexpected{shared.error()};
    if (!retried_) {
        transcript_.choose(Version::v1_3, hash_of(*suite_));
        transcript_.add(HandshakeType::client_hello, hello_sequence_, hello_);
    }
    transcript_.add(message.type, message.sequence, message.body);
    if (const Step taken = take_connection_id(hello, turn); !taken) return taken;
    derive_handshake13(turn, psk_accepted_ ? psk13() : Bytes{}, shared->bytes());
    return {};
}

Step Client13::take_psk(const wire::dtls::ServerHello& hello) {
    const auto value = hello.extensions.find(ExtensionType::pre_shared_key);
    if (!value) return {};
    const auto index = wire::dtls::parse_selected_psk(*value);
    if (!index || *index != 0 || !offers_psk13() || hash_of(*psk13_suite()) != hash_of(*suite_))
        return fault(AlertDescription::illegal_parameter,
                     "the server chose a PSK that was not offered");
    psk_accepted_ = true;
    resumed_ = session_ && session_->version == Version::v1_3;
    return {};
}

std::expected<Secret, Fault> Client13::take_share(const wire::dtls::ServerHello& hello) {
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
    return *shared;
}

Step Client13::take_connection_id(const wire::dtls::ServerHello& hello, Turn& turn) {
    const auto value = hello.extensions.find(ExtensionType::connection_id);
    if (!value || !options().connection_id_bytes) {
        drop_own_cid(turn);
        return {};
    }
    const auto id = wire::dtls::parse_connection_id(*value);
    if (!id) return fault(AlertDescription::decode_error, "a malformed connection ID");
    use_peer_cid(turn, *id);
    forming_.return_routability = hello.extensions.contains(ExtensionType::rrc);
    return {};
}

Step Client13::on_message(HandshakeMessage&& message, Turn& turn) {
    if (message.epoch != 2)
        return fault(AlertDescription::unexpected_message, "a message in the wrong epoch");
    if (message.type == HandshakeType::finished && await_ == Await::finished)
        return on_finished(message, turn);
    Step step = fault(AlertDescription::unexpected_message, "a message out of turn");
    switch (message.type) {
    case HandshakeType::encrypted_extensions:
        if (await_ == Await::encrypted_extensions) step = on_encrypted_extensions(message.body);
        break;
    case HandshakeType::certificate_request:
        if (await_ == Await::request_or_certificate) step = on_certificate_request(message.body);
        break;
    case HandshakeType::certificate:
        if (await_ == Await::request_or_certificate || await_ == Await::certificate)
            step = on_certificate(message.body, turn);
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

Step Client13::on_encrypted_extensions(Bytes body) {
    const auto extensions = wire::dtls::parse_encrypted_extensions(body);
    if (!extensions) return fault(AlertDescription::decode_error, "malformed EncryptedExtensions");
    if (const Step offered = check_offered(*extensions); !offered) return offered;
    if (const Step taken = take_common(*extensions); !taken) return taken;
    if (extensions->contains(ExtensionType::rrc) && !peer_cid_.empty())
        forming_.return_routability = true;
    await_ = psk_accepted_ ? Await::finished : Await::request_or_certificate;
    return {};
}

Step Client13::on_certificate_request(Bytes body) {
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

Step Client13::on_certificate(Bytes body, const Turn& turn) {
    await_ = Await::certificate_verify;
    return take_certificate13(body, turn);
}

Step Client13::on_finished(const HandshakeMessage& message, Turn& turn) {
    if (const Step taken = take_finished13(message); !taken) return taken;
    derive_traffic13(turn);
    turn.then(BeginFlight{});
    if (certificate_wanted_) {
        if (const Step sent = send_certificate(turn); !sent) return sent;
    }
    send_finished13(turn);
    forming_.resumption = schedule_->traffic("res master", transcript_.hash().bytes());
    turn.then(SendFlight{false});
    turn.then(CloseDatagram{});
    install13(turn, forming_.write_traffic, forming_.read_traffic, 3);
    result_.resumed = resumed_;
    if (resumed_) remember_peer(session_->peer);
    if (psk_accepted_ && !resumed_) result_.psk_identity = options().psks.front().identity;
    forming_.peer = std::make_unique<SessionPeer>(peer_of_session(SessionPeer::kOwnChainBytesMax));
    establish(turn);
    return {};
}

Step Client13::send_certificate(Turn& turn) {
    const std::vector<Bytes> chain = own_scheme_ ? own_chain(own_raw_key_) : std::vector<Bytes>{};
    send(turn, HandshakeType::certificate, 2,
         [&](Writer& out) { wire::dtls::write_certificate13(out, {}, chain); });
    return own_scheme_ ? send_certificate_verify13(turn, *own_scheme_) : Step{};
}

} // namespace hawser::dtls
