// DTLS 1.2, the server's side: RFC 6347 §4.2, RFC 5246 §7.
#include "dtls/server12.hpp"

#include "crypto/hmac.hpp"
#include "crypto/identity.hpp"

#include <hawser/wire/dtls/certificate.hpp>
#include <hawser/wire/dtls/certificate_status.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/key_exchange.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::ClientHello;
using wire::dtls::ExtensionType;
using wire::dtls::KeyExchange;
using wire::dtls::NamedGroup;

namespace {

/// The first group of ours that the peer takes, of those that 1.2 knows. A peer that says nothing
/// takes P-256 (RFC 8422 §4).
std::optional<NamedGroup> common_group(const Options& options,
                                       std::span<const NamedGroup> offered) {
    for (const NamedGroup group : groups_of(options)) {
        if (group == NamedGroup::x25519_mlkem768) continue;
        if (offered.empty() ? group == NamedGroup::secp256r1
                            : std::ranges::find(offered, group) != offered.end()) {
            return group;
        }
    }
    return std::nullopt;
}

/// RFC 8422 §5.3: an ECDSA key in the certificate is on a curve that the client takes.
bool takes_curve(std::span<const NamedGroup> offered, crypto::KeyKind kind) {
    if (offered.empty()) return true;
    const auto takes = [&](NamedGroup group) {
        return std::ranges::find(offered, group) != offered.end();
    };
    if (kind == crypto::KeyKind::ecdsa_p256) return takes(NamedGroup::secp256r1);
    if (kind == crypto::KeyKind::ecdsa_p384) return takes(NamedGroup::secp384r1);
    return true;
}

} // namespace

Step Server12::begin(const ClientHelloReceived& received, const ClientHello& hello, Turn& turn) {
    if (const Step fits = check_version(hello); !fits) return fits;
    if (const Step taken = take_common(hello, turn); !taken) return taken;
    if (const Step taken = choose_suite(hello); !taken) return taken;
    forming_.suite = suite_;
    forming_.version = Version::v1_2;
    forming_.client_random = client_random_;
    forming_.server_random = server_random_;
    if (record_limit_) take_record_limit(*record_limit_);
    if (const Step taken = take_extensions(hello); !taken) return taken;
    asks_certificate_ = with_certificate(*suite_) && options().verification.wanted();
    if (connection_id_) use_peer_cid(turn, client_cid_);
    transcript_.choose(Version::v1_2, hash_of(*suite_));
    transcript_.add(HandshakeType::client_hello, received.sequence, received.body);
    return take_ticket(hello, turn) ? resume(turn) : send_first_flight(turn);
}

Step Server12::check_version(const ClientHello& hello) {
    if (!hello.compression_methods.contains(wire::dtls::CompressionMethod::null))
        return fault(AlertDescription::illegal_parameter, "the client wants compression");
    if (!speaks(Version::v1_3) || again()) return {};
    std::ranges::copy(wire::dtls::kDowngradeTo12, server_random_.end() - 8); // RFC 8446 §4.1.3
    if (hello.cipher_suites.contains(CipherSuite::fallback_scsv))
        return fault(AlertDescription::inappropriate_fallback,
                     "the client fell back from a version that is spoken here");
    return {};
}

Step Server12::choose_suite(const ClientHello& hello) {
    const bool has_group = common_group(options(), peer_groups_).has_value();
    for (const wire::dtls::CipherSuite suite : own_suites()) {
        const CipherSuiteInfo* const info = wire::dtls::find_cipher_suite(suite);
        if (info->is_1_3() || !hello.cipher_suites.contains(suite)) continue;
        if (info->key_exchange != KeyExchange::psk && !has_group) continue;
        if (with_certificate(*info) && !choose_identity_for(*info)) continue;
        suite_ = info;
        return {};
    }
    return fault(AlertDescription::handshake_failure,
                 "the client offers no cipher suite that is spoken here");
}

/// The first one of ours that fits the suite, and whose signature and curve the client takes.
bool Server12::choose_identity_for(const CipherSuiteInfo& suite) {
    const auto all = identities();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto scheme = scheme_of(*all[i], peer_schemes_, false);
        const crypto::KeyKind kind = all[i]->material().key.kind();
        const bool rsa = kind == crypto::KeyKind::rsa;
        if (!scheme || !peer_takes(*all[i]) ||
            rsa != (suite.key_exchange == KeyExchange::ecdhe_rsa) ||
            !takes_curve(peer_groups_, kind))
            continue;
        show(i);
        own_scheme_ = scheme;
        return true;
    }
    return false;
}

Step Server12::take_extensions(const ClientHello& hello) {
    forming_.extended_master_secret =
        hello.extensions.contains(ExtensionType::extended_master_secret);
    const bool needs_it = with_certificate(*suite_) || options().psk_needs_extended_master_secret;
    if (needs_it && !forming_.extended_master_secret)
        return fault(AlertDescription::handshake_failure,
                     "the client has no extended master secret");
    const bool signalled = hello.cipher_suites.contains(CipherSuite::empty_renegotiation_info_scsv);
    if (again() && signalled) // RFC 5746 §3.7
        return fault(AlertDescription::handshake_failure,
                     "a renegotiation that calls itself a first handshake");
    auto info = hello.extensions.find(ExtensionType::renegotiation_info);
    constexpr std::array kNothingBefore{std::byte{0}};
    if (!info && signalled) info = kNothingBefore;
    renegotiation_info_ = info.has_value();
    if (const Step taken = take_renegotiation_info(info, false); !taken) return taken;
    if (forming_.renegotiable && !again()) forming_.renegotiable->session_id = session_id_;
    ticket_wanted_ =
        options().issue_tickets && hello.extensions.contains(ExtensionType::session_ticket);
    return {};
}

/// A session of ours that the client wants to take up again, and may.
bool Server12::take_ticket(const ClientHello& hello, const Turn& turn) {
    const auto ticket = hello.extensions.find(ExtensionType::session_ticket);
    if (!ticket || ticket->empty() || !options().issue_tickets || again()) return false;
    auto state = tickets_.open(*ticket, turn.now);
    const bool fits = state && state->version == Version::v1_2 && state->suite == suite_->suite &&
                      state->extended_master_secret == forming_.extended_master_secret &&
                      state->server_name == result_.server_name &&
                      state->issued + state->lifetime > turn.wall && still_takes(state->peer, turn);
    if (fits) resumed_ = std::move(state);
    return fits;
}

void Server12::send_hello(Turn& turn) {
    send(turn, HandshakeType::server_hello, base_, [&](Writer& out) {
        const wire::dtls::ServerHello hello{.random = server_random_,
                                            .session_id = resumed_ ? Bytes{session_id_} : Bytes{},
                                            .cipher_suite = suite_->suite};
        hello.write(out, [&](Writer& to) {
            if (forming_.extended_master_secret)
                wire::dtls::write_extension(to, ExtensionType::extended_master_secret);
            if (renegotiation_info_)
                wire::dtls::write_renegotiation_info(to, renegotiated_connection(true));
            if (ticket_wanted_) wire::dtls::write_extension(to, ExtensionType::session_ticket);
            if (with_certificate(*suite_) && !resumed_ && !stapled().empty())
                wire::dtls::write_extension(to, ExtensionType::status_request);
            if (suite_->key_exchange != KeyExchange::psk && !resumed_) {
                constexpr std::array kFormats{wire::dtls::EcPointFormat::uncompressed};
                wire::dtls::write_ec_point_formats(to, kFormats);
            }
            write_connection_id(to);
            write_common(to);
        });
    });
}

Step Server12::send_first_flight(Turn& turn) {
    turn.then(BeginFlight{});
    send_hello(turn);
    if (with_certificate(*suite_)) send_certificate(turn);
    if (const Step sent = send_key_exchange(turn); !sent) return sent;
    if (asks_certificate_) send_certificate_request(turn);
    send(turn, HandshakeType::server_hello_done, base_, [](Writer&) {});
    turn.then(SendFlight{false});
    await_ = asks_certificate_ ? Await::certificate : Await::client_key_exchange;
    return {};
}

void Server12::send_certificate(Turn& turn) {
    const std::vector<Bytes> chain = own_chain(own_raw_key_);
    send(turn, HandshakeType::certificate, base_, [&](Writer& out) {
        if (own_raw_key_) {
            wire::dtls::write_raw_public_key12(out, chain.front());
        } else {
            wire::dtls::write_certificate12(out, chain);
        }
    });
    if (stapled().empty()) return;
    send(turn, HandshakeType::certificate_status, base_,
         [&](Writer& out) { wire::dtls::CertificateStatus{stapled()}.write(out); });
}

void Server12::send_certificate_request(Turn& turn) {
    constexpr std::array kTypes{wire::dtls::ClientCertificateType::ecdsa_sign,
                                wire::dtls::ClientCertificateType::rsa_sign};
    send(turn, HandshakeType::certificate_request, base_, [&](Writer& out) {
        wire::dtls::write_certificate_request12(out, kTypes, schemes_of(options()), {});
    });
}

Step Server12::send_key_exchange(Turn& turn) {
    const Bytes hint = std::as_bytes(std::span{options().psk_hint});
    if (suite_->key_exchange == KeyExchange::psk) {
        if (hint.empty()) return {};
        send(turn, HandshakeType::server_key_exchange, base_,
             [&](Writer& out) { wire::dtls::PskServerKeyExchange{hint}.write(out); });
        return {};
    }
    const NamedGroup group = *common_group(options(), peer_groups_);
    auto share = crypto::KeyShare::generate(static_cast<crypto::Group>(group), entropy());
    if (!share) return fault(AlertDescription::internal_error, share.error().what);
    share_ = std::move(*share);
    result_.group = group;
    const wire::dtls::EcdhParams params{group, share_->public_share()};
    if (suite_->key_exchange == KeyExchange::ecdhe_psk) {
        send(turn, HandshakeType::server_key_exchange, base_,
             [&](Writer& out) { wire::dtls::EcdhePskServerKeyExchange{hint, params}.write(out); });
        return {};
    }
    return send_signed_share(params, turn);
}

Step Server12::send_signed_share(const wire::dtls::EcdhParams& params, Turn& turn) {
    std::vector<std::byte> content(2 * client_random_.size() + 4 + params.point.size());
    Writer out{content};
    out.bytes(client_random_);
    out.bytes(server_random_);
    params.write(out);
    const auto signature =
        identity_->material().key.sign(*own_scheme_, out.output(), crypto::Pairing::any_curve);
    if (!signature) return fault(AlertDescription::internal_error, signature.error().what);
    send(turn, HandshakeType::server_key_exchange, base_, [&](Writer& to) {
        wire::dtls::EcdheServerKeyExchange{
            .params = params,
            .scheme = static_cast<wire::dtls::SignatureScheme>(*own_scheme_),
            .signature = *signature}
            .write(to);
    });
    return {};
}

/// The short handshake (RFC 5077 §3.1): our flight goes first.
Step Server12::resume(Turn& turn) {
    forming_.master = resumed_->secret;
    result_.resumed = true;
    result_.shown_identity.reset();
    remember_peer(resumed_->peer);
    turn.then(BeginFlight{});
    send_hello(turn);
    install_read12(turn);
    if (ticket_wanted_) send_ticket(turn);
    send_finished12(turn);
    turn.then(SendFlight{false});
    await_ = Await::finished;
    return {};
}

Step Server12::on_message(HandshakeMessage&& message, Turn& turn) {
    const bool protected_one = message.type == HandshakeType::finished;
    if (message.epoch != base_ + (protected_one ? 1 : 0))
        return fault(AlertDescription::unexpected_message, "a message in the wrong epoch");
    switch (message.type) {
    case HandshakeType::certificate:
        if (await_ != Await::certificate) break;
        transcript_.add(message.type, message.sequence, message.body);
        return on_certificate(message.body, turn);
    case HandshakeType::client_key_exchange:
        if (await_ == Await::client_key_exchange) return on_client_key_exchange(message, turn);
        break;
    case HandshakeType::certificate_verify:
        if (await_ == Await::certificate_verify) return on_certificate_verify(message);
        break;
    case HandshakeType::finished:
        if (await_ == Await::finished) return on_finished(message, turn);
        break;
    default: break;
    }
    return fault(AlertDescription::unexpected_message, "a message out of turn");
}

Step Server12::on_certificate(Bytes body, const Turn& turn) {
    await_ = Await::client_key_exchange;
    std::vector<Bytes> chain;
    if (peer_raw_key_) {
        const auto key = wire::dtls::parse_raw_public_key12(body);
        if (!key) return fault(AlertDescription::decode_error, "a malformed raw public key");
        if (!key->empty()) chain.push_back(*key);
    } else {
        const auto list = wire::dtls::parse_certificate12(body);
        if (!list) return fault(AlertDescription::decode_error, "a malformed Certificate");
        for (const auto& der : *list)
            chain.push_back(der.bytes);
    }
    if (chain.empty() && may_be_absent()) return {};
    if (chain.empty())
        return fault(AlertDescription::handshake_failure, "the client showed no certificate");
    return take_certificate(chain, peer_raw_key_, turn);
}

Step Server12::on_client_key_exchange(const HandshakeMessage& message, Turn& turn) {
    transcript_.add(message.type, message.sequence, message.body);
    Bytes point;
    Bytes identity;
    bool parsed = false;
    if (suite_->key_exchange == KeyExchange::psk) {
        const auto exchange = wire::dtls::PskClientKeyExchange::parse(message.body);
        parsed = exchange.has_value();
        if (exchange) identity = exchange->identity;
    } else if (suite_->key_exchange == KeyExchange::ecdhe_psk) {
        const auto exchange = wire::dtls::EcdhePskClientKeyExchange::parse(message.body);
        parsed = exchange.has_value();
        if (exchange) {
            identity = exchange->identity;
            point = exchange->point;
        }
    } else {
        const auto exchange = wire::dtls::EcdheClientKeyExchange::parse(message.body);
        parsed = exchange.has_value();
        if (exchange) point = exchange->point;
    }
    if (!parsed) return fault(AlertDescription::decode_error, "a malformed ClientKeyExchange");
    if (share_) {
        const auto shared = share_->finish(point);
        if (!shared) return fault(AlertDescription::illegal_parameter, "a wrong public key");
        shared_ = *shared;
    }
    std::vector<std::byte> premaster{shared_.bytes().begin(), shared_.bytes().end()};
    if (!with_certificate(*suite_)) {
        const auto psk = find_psk(identity);
        if (!psk)
            return fault(AlertDescription::unknown_psk_identity,
                         "the client's PSK identity is not known here");
        result_.psk_identity = psk->identity;
        premaster = psk_premaster(psk->key, share_.has_value(), shared_.bytes());
    }
    const crypto::Hash hash = hash_of(*suite_);
    forming_.master = forming_.extended_master_secret
                          ? extended_master_secret(hash, premaster, transcript_.hash().bytes())
                          : master_secret(hash, premaster, client_random_, server_random_);
    crypto::wipe(premaster);
    install_read12(turn);
    await_ = peer_showed_certificate_ ? Await::certificate_verify : Await::finished;
    return {};
}

Step Server12::on_certificate_verify(const HandshakeMessage& message) {
    const auto verify = wire::dtls::CertificateVerify::parse(message.body);
    if (!verify) return fault(AlertDescription::decode_error, "a malformed CertificateVerify");
    const auto schemes = schemes_of(options());
    if (std::ranges::find(schemes, verify->scheme) == schemes.end() ||
        !peer_key_.verify(static_cast<crypto::SignatureScheme>(verify->scheme), transcript_.bytes(),
                          verify->signature, crypto::Pairing::any_curve)) {
        return fault(AlertDescription::decrypt_error,
                     "the client's signature does not fit its certificate");
    }
    transcript_.add(message.type, message.sequence, message.body);
    transcript_.forget_bytes();
    await_ = Await::finished;
    return {};
}

Step Server12::on_finished(const HandshakeMessage& message, Turn& turn) {
    if (const Step taken = take_finished12(message); !taken) return taken;
    turn.then(BeginFlight{});
    if (!resumed_) {
        if (ticket_wanted_) send_ticket(turn);
        send_finished12(turn);
        turn.then(SendFlight{true});
    }
    turn.then(RequireEpoch{base_ + 1});
    await_ = Await::nothing;
    establish(turn);
    return {};
}

void Server12::send_ticket(Turn& turn) {
    const SessionState state{.version = Version::v1_2,
                             .suite = suite_->suite,
                             .secret = forming_.master,
                             .issued = turn.wall,
                             .lifetime = options().ticket_lifetime,
                             .extended_master_secret = forming_.extended_master_secret,
                             .server_name = result_.server_name,
                             .peer = peer_of_session(SessionPeer::kTicketChainBytesMax)};
    const std::vector<std::byte> ticket = tickets_.seal(state, turn.now);
    send(turn, HandshakeType::new_session_ticket, base_, [&](Writer& out) {
        wire::dtls::NewSessionTicket12{
            static_cast<std::uint32_t>(options().ticket_lifetime.count()), ticket}
            .write(out);
    });
}

} // namespace hawser::dtls
