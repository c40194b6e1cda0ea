// DTLS 1.2, the client's side: RFC 6347 §4.2, RFC 5246 §7.
#include "dtls/client12.hpp"

#include "crypto/hmac.hpp"
#include "crypto/identity.hpp"
#include "dtls/identity_choice.hpp"
#include "dtls/stapling.hpp"

#include <hawser/wire/dtls/certificate.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/key_exchange.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>

#include <algorithm>
#include <utility>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::ExtensionType;
using wire::dtls::KeyExchange;
using wire::dtls::NamedGroup;

Step Client12::begin(const wire::dtls::ServerHello& hello, Turn& turn) {
    forming_.server_random = server_random_;
    forming_.extended_master_secret =
        hello.extensions.contains(ExtensionType::extended_master_secret);
    const bool needs_it = with_certificate(*suite_) || options().psk_needs_extended_master_secret;
    if (needs_it && !forming_.extended_master_secret)
        return fault(AlertDescription::handshake_failure,
                     "the server has no extended master secret");
    const auto renegotiation_info = hello.extensions.find(ExtensionType::renegotiation_info);
    if (const Step taken = take_renegotiation_info(renegotiation_info, true); !taken) return taken;
    if (const Step taken = take_common(hello.extensions); !taken) return taken;
    ticket_expected_ = hello.extensions.contains(ExtensionType::session_ticket);
    status_expected_ = hello.extensions.contains(ExtensionType::status_request);
    if (const Step taken = take_connection_id(hello.extensions, turn); !taken) return taken;
    resumed_ = session_ && session_->version == Version::v1_2 &&
               std::ranges::equal(hello.session_id, session_id_);
    if (resumed_) return resume(turn);
    await_ = with_certificate(*suite_) ? Await::certificate : Await::server_key_exchange;
    return {};
}

Step Client12::resume(Turn& turn) {
    if (session_->suite != suite_->suite ||
        session_->extended_master_secret != forming_.extended_master_secret)
        return fault(AlertDescription::illegal_parameter,
                     "the server took up another session than ours");
    forming_.master = session_->secret;
    remember_peer(session_->peer);
    install_read12(turn);
    await_ = Await::ticket_or_finished;
    return {};
}

Step Client12::take_connection_id(const wire::dtls::ExtensionList& extensions, Turn& turn) {
    const auto value = extensions.find(ExtensionType::connection_id);
    const auto id = value ? wire::dtls::parse_connection_id(*value) : Result<Bytes>{Bytes{}};
    if (!id) return fault(AlertDescription::decode_error, "a malformed connection ID");
    if (again() && !keeps_connection_ids(*id, value.has_value()))
        return fault(AlertDescription::handshake_failure,
                     "the server changed the connection IDs in a renegotiation");
    if (value) {
        use_peer_cid(turn, *id);
        forming_.return_routability = extensions.contains(ExtensionType::rrc);
    } else {
        drop_own_cid(turn);
    }
    return {};
}

Step Client12::on_message(HandshakeMessage&& message, Turn& turn) {
    const bool protected_one = message.type == HandshakeType::finished;
    if (message.epoch != base_ + (protected_one ? 1 : 0))
        return fault(AlertDescription::unexpected_message, "a message in the wrong epoch");
    if (message.type == HandshakeType::hello_request) return {}; // RFC 5246 §7.4.1.1: ignored now
    if (protected_one && await_ == Await::ticket_or_finished) return on_finished(message, turn);
    transcript_.add(message.type, message.sequence, message.body);
    switch (message.type) {
    case HandshakeType::certificate:
        if (await_ == Await::certificate) return on_certificate(message.body, turn);
        break;
    case HandshakeType::certificate_status:
        if (!kept_chain_.empty()) return on_certificate_status(message.body, turn);
        break;
    case HandshakeType::server_key_exchange:
        if (await_ == Await::server_key_exchange) return on_server_key_exchange(message.body, turn);
        break;
    case HandshakeType::certificate_request:
        if (await_ == Await::request_or_done && with_certificate(*suite_))
            return on_certificate_request(message.body);
        break;
    case HandshakeType::server_hello_done: return on_server_hello_done(message.body, turn);
    case HandshakeType::new_session_ticket:
        if (await_ == Await::ticket_or_finished && ticket_expected_)
            return on_ticket(message.body, turn);
        break;
    default: break;
    }
    return fault(AlertDescription::unexpected_message, "a message out of turn");
}

Step Client12::on_certificate(Bytes body, const Turn& turn) {
    await_ = Await::server_key_exchange;
    if (peer_raw_key_) {
        const auto key = wire::dtls::parse_raw_public_key12(body);
        if (!key) return fault(AlertDescription::decode_error, "a malformed raw public key");
        return take_certificate(std::span{&*key, key->empty() ? 0u : 1u}, true, turn);
    }
    const auto list = wire::dtls::parse_certificate12(body);
    if (!list) return fault(AlertDescription::decode_error, "a malformed Certificate");
    std::vector<Bytes> chain;
    for (const auto& der : *list)
        chain.push_back(der.bytes);
    if (!status_expected_ || chain.empty()) return take_certificate(chain, false, turn);
    for (const Bytes der : chain)
        kept_chain_.emplace_back(der.begin(), der.end());
    return {};
}

Step Client12::on_certificate_status(Bytes body, const Turn& turn) {
    auto response = parse_status(body);
    if (!response) return std::unexpected{response.error()};
    result_.ocsp_response = std::move(*response);
    return judge_kept_chain(turn);
}

Step Client12::judge_kept_chain(const Turn& turn) {
    const std::vector<std::vector<std::byte>> kept = std::exchange(kept_chain_, {});
    return take_certificate(std::vector<Bytes>{kept.begin(), kept.end()}, false, turn);
}

Step Client12::on_server_key_exchange(Bytes body, const Turn& turn) {
    if (!kept_chain_.empty()) { // RFC 6066 §8: the response that was announced may be missing
        if (const Step taken = judge_kept_chain(turn); !taken) return taken;
    }
    await_ = Await::request_or_done;
    switch (suite_->key_exchange) {
    case KeyExchange::psk: {
        await_ = Await::server_hello_done;
        if (!wire::dtls::PskServerKeyExchange::parse(body)) break;
        return {};
    }
    case KeyExchange::ecdhe_psk: {
        await_ = Await::server_hello_done;
        const auto exchange = wire::dtls::EcdhePskServerKeyExchange::parse(body);
        if (!exchange) break;
        return take_share(exchange->params);
    }
    default: {
        const auto exchange = wire::dtls::EcdheServerKeyExchange::parse(body);
        if (!exchange) break;
        return take_signed_share(*exchange);
    }
    }
    return fault(AlertDescription::decode_error, "a malformed ServerKeyExchange");
}

Step Client12::take_signed_share(const wire::dtls::EcdheServerKeyExchange& exchange) {
    const auto schemes = schemes_of(options());
    const bool rsa_key = peer_key_.kind() == crypto::KeyKind::rsa;
    const bool rsa_suite = suite_->key_exchange == KeyExchange::ecdhe_rsa;
    if (rsa_key != rsa_suite)
        return fault(AlertDescription::illegal_parameter,
                     "the certificate does not fit the cipher suite");
    if (std::ranges::find(schemes, exchange.scheme) == schemes.end())
        return fault(AlertDescription::illegal_parameter,
                     "a signature algorithm that was not offered");
    std::vector<std::byte> content;
    for (const Bytes part : {Bytes{client_random_}, Bytes{server_random_}, exchange.signed_params})
        content.insert(content.end(), part.begin(), part.end());
    if (!peer_key_.verify(static_cast<crypto::SignatureScheme>(exchange.scheme), content,
                          exchange.signature, crypto::Pairing::any_curve))
        return fault(AlertDescription::decrypt_error,
                     "the server's signature does not fit its certificate");
    return take_share(exchange.params);
}

Step Client12::take_share(const wire::dtls::EcdhParams& params) {
    const auto groups = groups_of(options());
    if (std::ranges::find(groups, params.group) == groups.end() ||
        params.group == NamedGroup::x25519_mlkem768)
        return fault(AlertDescription::illegal_parameter,
                     "the server chose a group that was not offered");
    auto answer =
        crypto::encapsulate(static_cast<crypto::Group>(params.group), params.point, entropy());
    if (!answer) return fault(AlertDescription::illegal_parameter, "a wrong public key");
    shared_ = answer->secret;
    own_point_ = std::move(answer->share);
    has_share_ = true;
    result_.group = params.group;
    return {};
}

Step Client12::on_certificate_request(Bytes body) {
    const auto request = wire::dtls::CertificateRequest12::parse(body);
    if (!request) return fault(AlertDescription::decode_error, "a malformed CertificateRequest");
    certificate_wanted_ = true;
    take_authorities(wishes_, request->authorities);
    const std::vector<wire::dtls::SignatureScheme> schemes{request->schemes.begin(),
                                                           request->schemes.end()};
    own_scheme_ = choose_identity(schemes, false, [&request](crypto::KeyKind kind) {
        using wire::dtls::ClientCertificateType;
        // RFC 8422 §5.5: an EdDSA key goes under the name of ECDSA.
        return request->types.contains(kind == crypto::KeyKind::rsa
                                           ? ClientCertificateType::rsa_sign
                                           : ClientCertificateType::ecdsa_sign);
    });
    await_ = Await::server_hello_done;
    return {};
}

Step Client12::on_server_hello_done(Bytes body, Turn& turn) {
    if (!body.empty())
        return fault(AlertDescription::decode_error, "a ServerHelloDone that says something");
    // A server without a hint leaves the key exchange of PSK out.
    const bool is_due =
        await_ == Await::request_or_done || await_ == Await::server_hello_done ||
        (await_ == Await::server_key_exchange && suite_->key_exchange == KeyExchange::psk);
    if (!is_due) return fault(AlertDescription::unexpected_message, "a message out of turn");
    return send_second_flight(turn);
}

Step Client12::send_second_flight(Turn& turn) {
    const bool psk = !with_certificate(*suite_);
    if (suite_->key_exchange != KeyExchange::psk && !has_share_)
        return fault(AlertDescription::unexpected_message, "the server sent no key");
    if (psk && options().psks.empty())
        return fault(AlertDescription::internal_error, "there is no PSK");
    turn.then(BeginFlight{});
    if (certificate_wanted_) send_certificate(turn);
    send_key_exchange(turn);
    derive_master();
    install_read12(turn);
    if (certificate_wanted_ && own_scheme_) {
        if (const Step sent = send_certificate_verify(turn); !sent) return sent;
    }
    transcript_.forget_bytes();
    send_finished12(turn);
    turn.then(SendFlight{false});
    await_ = Await::ticket_or_finished;
    return {};
}

void Client12::send_certificate(Turn& turn) {
    const std::vector<Bytes> chain = own_scheme_ ? own_chain(own_raw_key_) : std::vector<Bytes>{};
    send(turn, HandshakeType::certificate, base_, [&](Writer& out) {
        if (own_raw_key_) {
            wire::dtls::write_raw_public_key12(out, chain.empty() ? Bytes{} : chain.front());
        } else {
            wire::dtls::write_certificate12(out, chain);
        }
    });
}

Step Client12::send_certificate_verify(Turn& turn) {
    const auto signature = identity_->material().key.sign(*own_scheme_, transcript_.bytes(),
                                                          crypto::Pairing::any_curve);
    if (!signature) return fault(AlertDescription::internal_error, signature.error().what);
    send(turn, HandshakeType::certificate_verify, base_, [&](Writer& out) {
        wire::dtls::CertificateVerify{static_cast<wire::dtls::SignatureScheme>(*own_scheme_),
                                      *signature}
            .write(out);
    });
    return {};
}

void Client12::send_key_exchange(Turn& turn) {
    send(turn, HandshakeType::client_key_exchange, base_, [&](Writer& out) {
        const Bytes identity = options().psks.empty()
                                   ? Bytes{}
                                   : std::as_bytes(std::span{options().psks.front().identity});
        switch (suite_->key_exchange) {
        case KeyExchange::psk: return wire::dtls::PskClientKeyExchange{identity}.write(out);
        case KeyExchange::ecdhe_psk:
            return wire::dtls::EcdhePskClientKeyExchange{identity, own_point_}.write(out);
        default: return wire::dtls::EcdheClientKeyExchange{own_point_}.write(out);
        }
    });
}

void Client12::derive_master() {
    const crypto::Hash hash = hash_of(*suite_);
    std::vector<std::byte> premaster{shared_.bytes().begin(), shared_.bytes().end()};
    if (!with_certificate(*suite_)) {
        const Psk& psk = options().psks.front();
        premaster = psk_premaster(psk.key, has_share_, shared_.bytes());
        result_.psk_identity = psk.identity;
    }
    forming_.master = forming_.extended_master_secret
                          ? extended_master_secret(hash, premaster, transcript_.hash().bytes())
                          : master_secret(hash, premaster, client_random_, server_random_);
    crypto::wipe(premaster);
}

Step Client12::on_ticket(Bytes body, const Turn& turn) {
    const auto ticket = wire::dtls::NewSessionTicket12::parse(body);
    if (!ticket) return fault(AlertDescription::decode_error, "a malformed NewSessionTicket");
    ticket_expected_ = false;
    if (ticket->ticket.empty()) return {};
    constexpr std::uint32_t kUsual = 7200;
    SessionState state{
        .version = Version::v1_2,
        .suite = suite_->suite,
        .secret = forming_.master,
        .issued = turn.wall,
        .lifetime =
            std::chrono::seconds{ticket->lifetime_hint_s == 0 ? kUsual : ticket->lifetime_hint_s},
        .extended_master_secret = forming_.extended_master_secret,
        .server_name = options().server_name,
        .peer = peer_of_session(SessionPeer::kOwnChainBytesMax)};
    state.ticket.assign(ticket->ticket.begin(), ticket->ticket.end());
    new_session_ = Session{state.serialize()};
    return {};
}

Step Client12::on_finished(const HandshakeMessage& message, Turn& turn) {
    if (const Step taken = take_finished12(message); !taken) return taken;
    turn.then(BeginFlight{});
    if (resumed_) {
        result_.resumed = true;
        transcript_.forget_bytes();
        send_finished12(turn);
        turn.then(SendFlight{true});
    }
    turn.then(RequireEpoch{base_ + 1});
    establish(turn);
    if (new_session_) turn.then(GiveSession{std::move(*new_session_)});
    return {};
}

} // namespace hawser::dtls
