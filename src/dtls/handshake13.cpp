// DTLS 1.3, what both ends do alike: RFC 8446 §4.4, §7.1.
#include "crypto/hmac.hpp"
#include "dtls/handshake.hpp"
#include "dtls/stapling.hpp"

#include <hawser/wire/dtls/certificate.hpp>

namespace hawser::dtls {

void Handshake::derive_handshake13(Turn& turn, Bytes psk, Bytes shared) {
    schedule_.emplace(hash_of(*suite_), psk);
    schedule_->mix_key_exchange(shared);
    const crypto::Digest so_far = transcript_.hash();
    client_handshake_ = schedule_->traffic("c hs traffic", so_far.bytes());
    server_handshake_ = schedule_->traffic("s hs traffic", so_far.bytes());
    log(turn, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", client_handshake_);
    log(turn, "SERVER_HANDSHAKE_TRAFFIC_SECRET", server_handshake_);
    install13(turn, client_handshake_, server_handshake_, 2);
    turn.then(RequireEpoch{2});
}

void Handshake::derive_traffic13(Turn& turn) {
    schedule_->finish();
    const crypto::Digest so_far = transcript_.hash();
    Agreement& agreement = forming_;
    const bool is_client = role_ == Role::client;
    Secret& client = is_client ? agreement.write_traffic : agreement.read_traffic;
    Secret& server = is_client ? agreement.read_traffic : agreement.write_traffic;
    client = schedule_->traffic("c ap traffic", so_far.bytes());
    server = schedule_->traffic("s ap traffic", so_far.bytes());
    agreement.master = schedule_->traffic("exp master", so_far.bytes());
    log(turn, "CLIENT_TRAFFIC_SECRET_0", client);
    log(turn, "SERVER_TRAFFIC_SECRET_0", server);
    log(turn, "EXPORTER_SECRET", agreement.master);
}

void Handshake::install13(Turn& turn, const Secret& client, const Secret& server,
                          std::uint64_t epoch) {
    const bool is_client = role_ == Role::client;
    turn.then(InstallRead{record_keys13(*suite_, is_client ? server : client, epoch)});
    turn.then(InstallWrite{record_keys13(*suite_, is_client ? client : server, epoch)});
}

Step Handshake::take_certificate13(Bytes body, const Turn& turn) {
    const auto certificate = wire::dtls::Certificate13::parse(body);
    if (!certificate || !certificate->context.empty())
        return fault(AlertDescription::decode_error, "a malformed Certificate");
    if (certificate->entries.empty() && may_be_absent()) return {};
    std::vector<Bytes> chain;
    for (const auto& entry : certificate->entries) {
        if (const Step asked = check_entry(entry.extensions); !asked) return asked;
        auto status = take_status13(entry.extensions);
        if (!status) return std::unexpected{status.error()};
        if (chain.empty()) result_.ocsp_response = std::move(*status); // the leaf's
        chain.push_back(entry.data);
    }
    return take_certificate(chain, peer_raw_key_, turn);
}

Step Handshake::take_finished13(const HandshakeMessage& message) {
    const bool is_client = role_ == Role::client;
    const crypto::Digest expected =
        finished_mac(schedule_->hash(), is_client ? server_handshake_ : client_handshake_,
                     transcript_.hash().bytes());
    if (!crypto::equal_in_constant_time(message.body, expected.bytes()))
        return fault(AlertDescription::decrypt_error, wrong_finished(role_));
    transcript_.add(message.type, message.sequence, message.body);
    return {};
}

void Handshake::send_finished13(Turn& turn) {
    const bool is_client = role_ == Role::client;
    const crypto::Digest mac =
        finished_mac(schedule_->hash(), is_client ? client_handshake_ : server_handshake_,
                     transcript_.hash().bytes());
    send(turn, HandshakeType::finished, 2, [&](wire::Writer& out) { out.bytes(mac.bytes()); });
}

} // namespace hawser::dtls
