// DTLS 1.2, what both ends do alike: RFC 6347 §4.2, RFC 5246 §7.4.9.
#include "crypto/hmac.hpp"
#include "dtls/handshake.hpp"

#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>

#include <algorithm>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::KeyExchange;

namespace {

constexpr std::string_view finished_label(Role of) {
    return of == Role::client ? "client finished" : "server finished";
}

constexpr Role other(Role role) {
    return role == Role::client ? Role::server : Role::client;
}

RecordKeys& written_by(KeyBlock& block, Role role) {
    return role == Role::client ? block.client : block.server;
}

} // namespace

bool with_certificate(const CipherSuiteInfo& suite) {
    return suite.key_exchange == KeyExchange::ecdhe_ecdsa ||
           suite.key_exchange == KeyExchange::ecdhe_rsa;
}

std::vector<std::byte> psk_premaster(Bytes psk, bool has_shared, Bytes shared) {
    const std::size_t other = has_shared ? shared.size() : psk.size();
    std::vector<std::byte> premaster(2 + other + 2 + psk.size());
    Writer out{premaster};
    out.u16(static_cast<std::uint16_t>(other));
    if (has_shared) {
        out.bytes(shared);
    } else {
        out.zeros(other);
    }
    out.u16(static_cast<std::uint16_t>(psk.size()));
    out.bytes(psk);
    return premaster;
}

std::vector<std::byte> Handshake::renegotiated_connection(bool of_server) const {
    std::vector<std::byte> value;
    if (!again()) return value;
    const Renegotiable& before = *before_->renegotiable;
    value.assign(before.client_verify.begin(), before.client_verify.end());
    if (of_server)
        value.insert(value.end(), before.server_verify.begin(), before.server_verify.end());
    return value;
}

Step Handshake::take_renegotiation_info(std::optional<Bytes> value, bool of_server) {
    if (!value) {
        if (again())
            return fault(AlertDescription::handshake_failure,
                         "a renegotiation that does not say what it renegotiates");
        return {};
    }
    const auto info = wire::dtls::parse_renegotiation_info(*value);
    const std::vector<std::byte> expected = renegotiated_connection(of_server);
    if (!info || !crypto::equal_in_constant_time(*info, expected))
        return fault(AlertDescription::handshake_failure, "a wrong renegotiation_info");
    if (!options().renegotiation) return {};
    auto& renegotiable = forming_.renegotiable;
    renegotiable = std::make_unique<Renegotiable>();
    if (again()) renegotiable->session_id = before_->renegotiable->session_id;
    return {};
}

bool Handshake::keeps_connection_ids(Bytes peers, bool uses_ours) const {
    return std::ranges::equal(peers, peer_cid_) && (uses_ours || own_cid_.empty());
}

Step Handshake::check_same_peer() const {
    if (!again() || result_.peer_fingerprint == before_->peer_fingerprint) return {};
    return fault(AlertDescription::handshake_failure,
                 "the peer is another one after the renegotiation");
}

/// The master secret is there: what the peer seals from now on can be opened.
void Handshake::install_read12(Turn& turn) {
    const Secret& master = forming_.master;
    log(turn, "CLIENT_RANDOM", master);
    KeyBlock block = key_block(*suite_, master, client_random_, server_random_, base_ + 1);
    turn.then(InstallRead{written_by(block, other(role_))});
}

/// ChangeCipherSpec, and the first message under the new keys.
void Handshake::send_finished12(Turn& turn) {
    const Secret& master = forming_.master;
    turn.then(QueueChangeCipherSpec{base_});
    KeyBlock block = key_block(*suite_, master, client_random_, server_random_, base_ + 1);
    turn.then(InstallWrite{written_by(block, role_)});
    const auto data =
        verify_data(hash_of(*suite_), master, finished_label(role_), transcript_.hash().bytes());
    if (Renegotiable* const next = forming_.renegotiable.get()) next->of(role_) = data;
    send(turn, HandshakeType::finished, base_ + 1, [&](Writer& out) { out.bytes(data); });
}

Step Handshake::take_finished12(const HandshakeMessage& message) {
    const auto expected = verify_data(hash_of(*suite_), forming_.master,
                                      finished_label(other(role_)), transcript_.hash().bytes());
    const auto shown = wire::dtls::parse_finished(message.body, kVerifyDataBytes);
    if (!shown || !crypto::equal_in_constant_time(*shown, expected))
        return fault(AlertDescription::decrypt_error, wrong_finished(role_));
    if (Renegotiable* const next = forming_.renegotiable.get()) next->of(other(role_)) = expected;
    transcript_.add(message.type, message.sequence, message.body);
    return check_same_peer();
}

} // namespace hawser::dtls
