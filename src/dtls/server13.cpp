// DTLS 1.3, the server's side: RFC 9147 §5, RFC 8446 §4.
#include "dtls/server13.hpp"

#include "crypto/hmac.hpp"
#include "crypto/key_derivation.hpp"
#include "crypto/key_exchange.hpp"
#include "dtls/check_hello.hpp"
#include "dtls/stapling.hpp"

#include <hawser/wire/dtls/certificate.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/key_share.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::ClientHello;
using wire::dtls::ExtensionType;
using wire::dtls::NamedGroup;

namespace {

std::vector<std::byte> with_tls_header(Bytes body, std::size_t shown) {
    std::vector<std::byte> message(wire::dtls::kTlsHandshakeHeaderBytes);
    Writer out{message};
    wire::dtls::write_tls_handshake_header(out, HandshakeType::client_hello, body.size());
    message.insert(message.end(), body.begin(), body.begin() + static_cast<std::ptrdiff_t>(shown));
    return message;
}

} // namespace

Step Server13::begin(const ClientHelloReceived& received, const ClientHello& hello, Turn& turn) {
    if (const Step taken = take_common(hello, turn); !taken) return taken;
    own_scheme_ = choose_identity(peer_schemes_, true);
    const auto choice = choose_retry(tickets_, options(), hello, turn.now);
    if (!choice)
        return fault(AlertDescription::handshake_failure,
                     "no cipher suite and group in common with the client");
    if (const Step taken = choose_psk(received, hello, turn); !taken) return taken;
    if (const Step taken = choose_suite(received, hello); !taken) return taken;
    if (!choice->group) return answer(received, hello, turn);
    if (!received.first_hello_hash.empty() || retried_)
        return fault(AlertDescription::illegal_parameter,
                     "the client did not send the key share that was asked for");
    ask_again(received, *choice->group, turn);
    return {};
}

/// HelloRetryRequest, for a share of that group.
void Server13::ask_again(const ClientHelloReceived& received, NamedGroup group, Turn& turn) {
    const auto whole = with_tls_header(received.body, received.body.size());
    transcript_.choose(Version::v1_3, hash_of(*suite_));
    transcript_.add_message_hash(crypto::digest(hash_of(*suite_), {whole}).bytes());
    retried_ = true;
    forming_.suite = suite_;
    forming_.version = Version::v1_3;
    turn.then(BeginFlight{});
    send_body(turn, HandshakeType::server_hello, 0, retry_request({suite_->suite, group}, {}));
    turn.then(SendFlight{false});
    await_ = Await::second_hello;
}

/// A session of ours, or a key that both have; the binder proves that the client has it too.
Step Server13::choose_psk(const ClientHelloReceived& received, const ClientHello& hello,
                          const Turn& turn) {
    psk_.clear();
    const auto value = hello.extensions.find(ExtensionType::pre_shared_key);
    const auto modes_value = hello.extensions.find(ExtensionType::psk_key_exchange_modes);
    if (!value || !modes_value) return {};
    const auto offer = wire::dtls::PskOffer::parse(*value);
    const auto modes = wire::dtls::parse_psk_key_exchange_modes(*modes_value);
    if (!offer || !modes) return fault(AlertDescription::decode_error, "a malformed PSK offer");
    if (received.body.data() + received.body.size() != value->data() + value->size())
        return fault(AlertDescription::illegal_parameter, "the PSK offer is not the last one");
    if (!modes->contains(wire::dtls::PskKeyExchangeMode::psk_dhe_ke)) return {};
    std::size_t index = 0;
    for (const auto& identity : offer->identities) {
        const auto state = tickets_.open(identity.identity, turn.now);
        const bool fits = state && state->version == Version::v1_3 &&
                          state->server_name == result_.server_name &&
                          state->issued + state->lifetime > turn.wall &&
                          wire::dtls::find_cipher_suite(state->suite) != nullptr &&
                          still_takes(state->peer, turn);
        if (fits) {
            suite_ = wire::dtls::find_cipher_suite(state->suite);
            psk_.assign(state->secret.bytes().begin(), state->secret.bytes().end());
            result_.resumed = true;
            remember_peer(state->peer);
        } else if (const auto psk = find_psk(identity.identity)) {
            suite_ = wire::dtls::find_cipher_suite(CipherSuite::aes_128_gcm_sha256);
            psk_ = psk->key;
            result_.psk_identity = psk->identity;
        }
        if (!psk_.empty()) {
            psk_index_ = static_cast<std::uint16_t>(index);
            return check_binder(received, *offer, index, !fits);
        }
        ++index;
    }
    return {};
}

Step Server13::check_binder(const ClientHelloReceived& received, const wire::dtls::PskOffer& offer,
                            std::size_t index, bool external) {
    const crypto::Hash hash = hash_of(*suite_);
    std::vector<std::byte> before;
    if (!received.first_hello_hash.empty() || retried_) {
        // message_hash and the request stand before the second hello; a transcript of its own,
        // since ours begins when the suite is certain.
        Transcript earlier;
        earlier.choose(Version::v1_3, hash);
        if (retried_) {
            earlier = transcript_;
        } else {
            earlier.add_message_hash(received.first_hello_hash);
            earlier.add(HandshakeType::server_hello, 0, received.retry_request);
        }
        const auto partial =
            with_tls_header(received.body, received.body.size() - offer.binders_bytes);
        const crypto::Digest digest = earlier.hash_with(partial);
        before.assign(digest.bytes().begin(), digest.bytes().end());
    } else {
        const auto partial =
            with_tls_header(received.body, received.body.size() - offer.binders_bytes);
        const crypto::Digest digest = crypto::digest(hash, {partial});
        before.assign(digest.bytes().begin(), digest.bytes().end());
    }
    auto binder = offer.binders.begin();
    for (std::size_t i = 0; i < index; ++i)
        ++binder;
    const Schedule13 early{hash, psk_};
    const crypto::Digest expected = finished_mac(hash, early.binder_key(external), before);
    if (!crypto::equal_in_constant_time(binder->bytes, expected.bytes()))
        return fault(AlertDescription::decrypt_error, "the client does not have the PSK it names");
    return {};
}

/// With a PSK, its hash binds; otherwise our own order.
Step Server13::choose_suite(const ClientHelloReceived& received, const ClientHello& hello) {
    const CipherSuiteInfo* const bound = psk_.empty() ? nullptr : suite_;
    suite_ = nullptr;
    // What the HelloRetryRequest said holds (RFC 8446 §4.1.4).
    const auto asked = wire::dtls::ServerHello::parse(received.retry_request);
    const CipherSuiteInfo* const promised = retried_ ? forming_.suite
                                            : asked
                                                ? wire::dtls::find_cipher_suite(asked->cipher_suite)
                                                : nullptr;
    for (const wire::dtls::CipherSuite suite : own_suites()) {
        const CipherSuiteInfo* const info = wire::dtls::find_cipher_suite(suite);
        if (!info->is_1_3() || !hello.cipher_suites.contains(suite)) continue;
        if (bound != nullptr && info->hash != bound->hash) continue;
        if (promised != nullptr && info != promised) continue;
        suite_ = info;
        break;
    }
    if (suite_ == nullptr)
        return fault(AlertDescription::handshake_failure,
                     "the client offers no cipher suite that is spoken here");
    if (!psk_.empty()) return {};
    if (!options().identity)
        return fault(AlertDescription::unknown_psk_identity,
                     "the client's PSK identity is not known here");
    if (peer_schemes_.empty())
        return fault(AlertDescription::missing_extension, "a hello without algorithms");
    if (!own_scheme_)
        return fault(AlertDescription::handshake_failure,
                     "the client takes no signature of our key's kind");
    return {};
}

Step Server13::answer(const ClientHelloReceived& received, const ClientHello& hello, Turn& turn) {
    const crypto::Hash hash = hash_of(*suite_);
    forming_.suite = suite_;
    forming_.version = Version::v1_3;
    forming_.client_random = client_random_;
    if (record_limit_) take_record_limit(*record_limit_);
    if (!retried_) {
        transcript_.choose(Version::v1_3, hash);
        if (!received.first_hello_hash.empty()) {
            transcript_.add_message_hash(received.first_hello_hash);
            transcript_.add(HandshakeType::server_hello, 0, received.retry_request);
        }
    }
    transcript_.add(HandshakeType::client_hello, received.sequence, received.body);
    const auto shares =
        wire::dtls::parse_key_shares(*hello.extensions.find(ExtensionType::key_share));
    const auto groups = groups_of(options());
    Result<crypto::Encapsulation> answer = hawser::fail(Errc::not_found, "no key share");
    for (const NamedGroup group : groups) {
        for (const auto& share : *shares) {
            if (share.group != group || answer) continue;
            answer = crypto::encapsulate(static_cast<crypto::Group>(group), share.key, entropy());
            if (!answer) return fault(AlertDescription::illegal_parameter, "a wrong key share");
            result_.group = group;
        }
        if (answer) break;
    }
    if (!psk_.empty()) result_.shown_identity.reset();
    asks_certificate_ = psk_.empty() && options().verification.wanted();
    if (connection_id_) use_peer_cid(turn, client_cid_);
    turn.then(BeginFlight{});
    send(turn, HandshakeType::server_hello, 0, [&](Writer& out) {
        const wire::dtls::ServerHello reply{.random = server_random_,
                                            .cipher_suite = suite_->suite};
        reply.write(out, [&](Writer& to) {
            wire::dtls::write_selected_version(to, Version::v1_3);
            wire::dtls::write_server_key_share(to, {*result_.group, answer->share});
            write_connection_id(to);
            if (!psk_.empty()) wire::dtls::write_selected_psk(to, psk_index_);
        });
    });
    derive_handshake13(turn, psk_, answer->secret.bytes());
    return send_flight(turn);
}

Step Server13::send_flight(Turn& turn) {
    send(turn, HandshakeType::encrypted_extensions, 2, [&](Writer& out) {
        wire::dtls::write_extensions(out, [&](Writer& to) { write_common(to); });
    });
    if (asks_certificate_) send_certificate_request(turn);
    if (psk_.empty()) {
        if (const Step sent = send_certificate(turn); !sent) return sent;
    }
    send_finished13(turn);
    derive_traffic13(turn);
    turn.then(SendFlight{false});
    // What follows our Finished, an alert or an ACK, is under the keys that it ends in.
    turn.then(InstallWrite{record_keys13(*suite_, forming_.write_traffic, kDataEpoch13)});
    await_ = asks_certificate_ ? Await::certificate : Await::finished;
    return {};
}

void Server13::send_certificate_request(Turn& turn) {
    send(turn, HandshakeType::certificate_request, 2, [&](Writer& out) {
        wire::dtls::write_certificate_request13(out, {}, [this](Writer& to) {
            wire::dtls::write_signature_algorithms(to, schemes_of(options()));
        });
    });
}

Step Server13::send_certificate(Turn& turn) {
    const std::vector<Bytes> chain = own_chain(own_raw_key_);
    const std::vector<std::byte> status = status_extension(stapled());
    send(turn, HandshakeType::certificate, 2,
         [&](Writer& out) { wire::dtls::write_certificate13(out, {}, chain, status); });
    return send_certificate_verify13(turn, *own_scheme_);
}

Step Server13::on_second_hello(const HandshakeMessage& message, Turn& turn) {
    if (message.type != HandshakeType::client_hello || message.epoch != 0)
        return fault(AlertDescription::unexpected_message, "not the second hello");
    const auto hello = ClientHello::parse(message.body);
    if (!hello) return fault(AlertDescription::decode_error, "a malformed ClientHello");
    if (const Step sound = check_hello(*hello, true); !sound) return sound;
    if (!offers13(*hello) || !std::ranges::equal(hello->random, client_random_))
        return fault(AlertDescription::illegal_parameter, "another client's hello");
    return begin({message.body, message.sequence, {}, {}}, *hello, turn);
}

Step Server13::on_message(HandshakeMessage&& message, Turn& turn) {
    if (await_ == Await::second_hello) return on_second_hello(message, turn);
    if (message.epoch != 2)
        return fault(AlertDescription::unexpected_message, "a message in the wrong epoch");
    if (message.type == HandshakeType::finished && await_ == Await::finished)
        return on_finished(message, turn);
    Step step = fault(AlertDescription::unexpected_message, "a message out of turn");
    if (message.type == HandshakeType::certificate && await_ == Await::certificate) {
        step = on_certificate(message.body, turn);
    } else if (message.type == HandshakeType::certificate_verify &&
               await_ == Await::certificate_verify) {
        step = verify13(message.body, false);
        await_ = Await::finished;
    }
    if (step) transcript_.add(message.type, message.sequence, message.body);
    return step;
}

Step Server13::on_certificate(Bytes body, const Turn& turn) {
    const Step taken = take_certificate13(body, turn);
    await_ = peer_showed_certificate_ ? Await::certificate_verify : Await::finished;
    return taken;
}

Step Server13::on_finished(const HandshakeMessage& message, Turn& turn) {
    if (const Step taken = take_finished13(message); !taken) return taken;
    forming_.resumption = schedule_->traffic("res master", transcript_.hash().bytes());
    turn.then(InstallRead{record_keys13(*suite_, forming_.read_traffic, kDataEpoch13)});
    turn.then(BeginFlight{});
    await_ = Await::nothing;
    establish(turn);
    turn.then(Acknowledge{}); // at once, and before a ticket
    if (options().issue_tickets) send_ticket(turn);
    return {};
}

void Server13::send_ticket(Turn& turn) {
    const crypto::Hash hash = schedule_->hash();
    const std::array nonce{std::byte{0}};
    SessionState state{.version = Version::v1_3,
                       .suite = suite_->suite,
                       .secret = Secret{crypto::digest_bytes(hash)},
                       .issued = turn.wall,
                       .lifetime = options().ticket_lifetime,
                       .server_name = result_.server_name,
                       .peer = peer_of_session(SessionPeer::kTicketChainBytesMax)};
    crypto::hkdf_expand_label(hash, forming_.resumption.bytes(), "dtls13", "resumption", nonce,
                              state.secret.bytes());
    const std::vector<std::byte> ticket = tickets_.seal(state, turn.now);
    std::vector<std::byte> room(64 + ticket.size());
    Writer out{room};
    wire::dtls::NewSessionTicket13{
        .lifetime_s = static_cast<std::uint32_t>(options().ticket_lifetime.count()),
        .age_add = random_.u32(),
        .nonce = nonce,
        .ticket = ticket,
        .extensions = {}}
        .write(out);
    room.resize(out.written());
    queue(turn, HandshakeType::new_session_ticket, 3, std::move(room));
    turn.then(SendFlight{false});
}

} // namespace hawser::dtls
