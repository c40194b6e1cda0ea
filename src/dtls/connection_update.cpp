// After the handshake: new keys, tickets, connection IDs (RFC 8446 §4.6, RFC 9147 §8, §9).
#include "dtls/connection.hpp"

#include "crypto/key_derivation.hpp"

#include <hawser/wire/dtls/alert.hpp>

#include <algorithm>
#include <utility>

namespace hawser::dtls {

using wire::dtls::AlertLevel;
using wire::dtls::KeyUpdateRequest;

namespace {

/// Epochs go on to 2^64, but a peer that updates that often is not one.
constexpr std::uint64_t kEpochMax = (std::uint64_t{1} << 48) - 1;

template <std::invocable<wire::Writer&> WriteBody>
std::vector<std::byte> body_of(std::size_t room_bytes, WriteBody&& write_body) {
    std::vector<std::byte> room(room_bytes);
    wire::Writer out{room};
    write_body(out);
    room.resize(out.written());
    return room;
}

} // namespace

void Connection::on_post_handshake(HandshakeMessage&& message) {
    if (agreement_.version != Version::v1_3) {
        // A wish for another handshake, of either side: RFC 5746 §4.5 lets us say no.
        const bool wish = message.type == HandshakeType::hello_request ||
                          message.type == HandshakeType::client_hello;
        if (message.epoch == 0) return;
        if (wish) return refuse_renegotiation();
        return fail(AlertDescription::unexpected_message, Errc::refused,
                    "a message that does not belong after the handshake");
    }
    if (message.epoch < kDataEpoch13)
        return fail(AlertDescription::unexpected_message, Errc::refused,
                    "a message of the handshake after its end");
    switch (message.type) {
    case HandshakeType::key_update: return on_key_update(message);
    case HandshakeType::new_session_ticket: return on_new_session_ticket(message);
    case HandshakeType::new_connection_id: return on_new_connection_id(message);
    case HandshakeType::request_connection_id: return on_request_connection_id(message);
    default:
        fail(AlertDescription::unexpected_message, Errc::refused,
             "a message that does not belong after the handshake");
    }
}

void Connection::on_key_update(const HandshakeMessage& message) {
    const auto request = wire::dtls::parse_key_update(message.body);
    if (!request)
        return fail(AlertDescription::decode_error, Errc::refused, "a malformed KeyUpdate");
    if (message.epoch != read_epoch() || read_epoch() >= kEpochMax)
        return fail(AlertDescription::unexpected_message, Errc::refused,
                    "a KeyUpdate of another epoch");
    next_read_keys();
    // Ours crosses theirs, or follows when what is under way is acknowledged.
    if (*request == KeyUpdateRequest::update_requested && !key_update_sent_)
        key_update_owed_ = !update_keys(false).has_value();
}

Result<> Connection::may_send_message() const {
    if (ended_) return hawser::fail(Errc::closed, "the connection has ended");
    if (!connected_) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    if (agreement_.version != Version::v1_3)
        return hawser::fail(Errc::unsupported, "DTLS 1.2 has no messages after the handshake");
    if (messages_ && !messages_->outbox.empty())
        return hawser::fail(Errc::exhausted, "another message is not acknowledged yet");
    return {};
}

Result<> Connection::update_keys(bool both) {
    if (auto may = may_send_message(); !may) return may;
    begin_flight();
    queue(HandshakeType::key_update, write_epoch(), body_of(1, [both](wire::Writer& out) {
              wire::dtls::write_key_update(out, both ? KeyUpdateRequest::update_requested
                                                     : KeyUpdateRequest::update_not_requested);
          }));
    key_update_sent_ = true;
    send_flight();
    flush_handshake();
    settle();
    return {};
}

/// Everything of the flight is with the peer.
void Connection::on_flight_acknowledged() {
    messages_->outbox.clear();
    messages_->resend_at = kNever;
    if (!connected_) return;
    if (role_ == Role::client) forget_handshake();
    if (std::exchange(key_update_sent_, false)) next_write_keys();
    if (std::exchange(key_update_owed_, false)) static_cast<void>(update_keys(false));
    if (cids_owed_ != 0 && messages_->outbox.empty())
        send_connection_ids(std::exchange(cids_owed_, 0), wire::dtls::ConnectionIdUsage::spare);
}

/// Only now: a peer that did not get our KeyUpdate could not read what is under them.
void Connection::next_write_keys() {
    const crypto::Hash hash = hash_of(*agreement_.suite);
    const std::uint64_t epoch = write_epoch() + 1;
    agreement_.write_traffic = derive(hash, agreement_.write_traffic, "traffic upd", {});
    install_write(record_keys13(*agreement_.suite, agreement_.write_traffic, epoch));
    writing_.erase(writing_.begin(), writing_.end() - 1);
}

/// The keys before stay for records that were overtaken.
void Connection::next_read_keys() {
    const crypto::Hash hash = hash_of(*agreement_.suite);
    const std::uint64_t epoch = read_epoch() + 1;
    agreement_.read_traffic = derive(hash, agreement_.read_traffic, "traffic upd", {});
    install_read(record_keys13(*agreement_.suite, agreement_.read_traffic, epoch));
    if (reading_.size() > 2) reading_.erase(reading_.begin(), reading_.end() - 2);
}

void Connection::on_new_session_ticket(const HandshakeMessage& message) {
    const auto ticket = wire::dtls::NewSessionTicket13::parse(message.body);
    if (!ticket || role_ == Role::server)
        return fail(AlertDescription::decode_error, Errc::refused, "a wrong NewSessionTicket");
    if (ticket->lifetime_s == 0) return;
    const crypto::Hash hash = hash_of(*agreement_.suite);
    SessionState state{.version = Version::v1_3,
                       .suite = agreement_.suite->suite,
                       .secret = Secret{crypto::digest_bytes(hash)},
                       .issued = services_.wall_now(),
                       .lifetime = std::chrono::seconds{ticket->lifetime_s},
                       .age_add = ticket->age_add,
                       .server_name = options_->server_name};
    if (agreement_.peer != nullptr) {
        state.peer = *agreement_.peer;
    } else if (agreement_.peer_fingerprint) {
        state.peer.fingerprint.assign(agreement_.peer_fingerprint->begin(),
                                      agreement_.peer_fingerprint->end());
    }
    crypto::hkdf_expand_label(hash, agreement_.resumption.bytes(), "dtls13", "resumption",
                              ticket->nonce, state.secret.bytes());
    state.ticket.assign(ticket->ticket.begin(), ticket->ticket.end());
    services_.events.push(TicketReceived{handle_, Session{state.serialize()}});
}

} // namespace hawser::dtls
