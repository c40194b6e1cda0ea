// After the handshake: new keys, tickets, connection IDs (RFC 8446 §4.6, RFC 9147 §8, §9).
#include "dtls/connection.hpp"

#include "crypto/key_derivation.hpp"

#include <algorithm>
#include <concepts>
#include <utility>

namespace hawser::dtls {

using wire::dtls::ConnectionIdUsage;
using wire::dtls::KeyUpdateRequest;

namespace {

/// RFC 9147 §8: neither end goes further.
constexpr std::uint64_t kEpochMax = (std::uint64_t{1} << 48) - 1;

template <std::invocable<wire::Writer&> WriteBody>
std::vector<std::byte> body_of(std::size_t room_bytes, WriteBody&& write_body) {
    std::vector<std::byte> room(room_bytes);
    wire::Writer out{room};
    write_body(out);
    room.resize(out.written());
    return room;
}

Fault unexpected(std::string_view what) {
    return {AlertDescription::unexpected_message, Errc::refused, what};
}

Fault malformed(std::string_view what) {
    return {AlertDescription::decode_error, Errc::refused, what};
}

} // namespace

void Connection::on_post_handshake(HandshakeMessage&& message, const Call& call) {
    if (standing_.agreement.version != Version::v1_3) {
        // A wish for another handshake, of either side: RFC 5746 §4.5 lets us say no.
        const bool wish = message.type == HandshakeType::hello_request ||
                          message.type == HandshakeType::client_hello;
        if (message.epoch == 0) return;
        if (wish) return refuse_renegotiation(call);
        return fail(unexpected("a message that does not belong after the handshake"), call);
    }
    if (message.epoch < kDataEpoch13)
        return fail(unexpected("a message of the handshake after its end"), call);
    switch (message.type) {
    case HandshakeType::key_update: return on_key_update(message, call);
    case HandshakeType::new_session_ticket: return on_new_session_ticket(message, call);
    case HandshakeType::new_connection_id: return on_new_connection_id(message, call);
    case HandshakeType::request_connection_id: return on_request_connection_id(message, call);
    default: fail(unexpected("a message that does not belong after the handshake"), call);
    }
}

Result<> Connection::may_send_message() const {
    if (standing_.ended) return hawser::fail(Errc::closed, "the connection has ended");
    if (!standing_.connected) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    if (standing_.agreement.version != Version::v1_3)
        return hawser::fail(Errc::unsupported, "DTLS 1.2 has no messages after the handshake");
    if (flights_.awaits_answer())
        return hawser::fail(Errc::exhausted, "another message is not acknowledged yet");
    return {};
}

void Connection::send_message(HandshakeType type, std::vector<std::byte> body, const Call& call) {
    flights_.begin();
    flights_.queue({type, flights_.next_sequence(), records_.write_epoch(), std::move(body)});
    flights_.send(false, call.now);
    flights_.close_datagram(call.now);
}

/// Everything of the flight is with the peer.
void Connection::on_flight_acknowledged(const Call& call) {
    if (!standing_.connected) return;
    if (standing_.role == Role::client) {
        forget_handshake();
        if (!std::exchange(confirmed_, true))
            services_.events.push(HandshakeConfirmed{standing_.handle});
    }
    if (std::exchange(key_update_sent_, false)) next_write_keys();
    if (std::exchange(key_update_owed_, false)) static_cast<void>(update_keys(false, call));
    if (cids_owed_ != 0 && !flights_.awaits_answer())
        send_connection_ids(std::exchange(cids_owed_, 0), ConnectionIdUsage::spare, call);
}

// --- keys ---

Result<> Connection::update_keys(bool both, const Call& call) {
    if (auto may = may_send_message(); !may) return may;
    if (records_.write_epoch() >= kEpochMax)
        return hawser::fail(Errc::exhausted, "there are no epochs left for new keys");
    key_update_sent_ = true;
    send_message(HandshakeType::key_update,
                 body_of(1,
                         [both](wire::Writer& out) {
                             wire::dtls::write_key_update(
                                 out, both ? KeyUpdateRequest::update_requested
                                           : KeyUpdateRequest::update_not_requested);
                         }),
                 call);
    settle();
    return {};
}

void Connection::on_key_update(const HandshakeMessage& message, const Call& call) {
    const auto request = wire::dtls::parse_key_update(message.body);
    if (!request) return fail(malformed("a malformed KeyUpdate"), call);
    if (message.epoch != records_.read_epoch() || message.epoch >= kEpochMax)
        return fail(unexpected("a KeyUpdate of another epoch"), call);
    next_read_keys();
    // Ours crosses theirs, or follows when what is under way is acknowledged.
    if (*request == KeyUpdateRequest::update_requested && !key_update_sent_)
        key_update_owed_ = !update_keys(false, call).has_value();
}

/// Only now: a peer that did not get our KeyUpdate could not read what is under them.
void Connection::next_write_keys() {
    Agreement& agreed = standing_.agreement;
    const std::uint64_t epoch = records_.write_epoch() + 1;
    agreed.write_traffic = derive(hash_of(*agreed.suite), agreed.write_traffic, "traffic upd", {});
    records_.install_write(record_keys13(*agreed.suite, agreed.write_traffic, epoch));
    records_.forget_writing_before();
}

/// The keys before stay for records that were overtaken.
void Connection::next_read_keys() {
    Agreement& agreed = standing_.agreement;
    const std::uint64_t epoch = records_.read_epoch() + 1;
    agreed.read_traffic = derive(hash_of(*agreed.suite), agreed.read_traffic, "traffic upd", {});
    records_.install_read(record_keys13(*agreed.suite, agreed.read_traffic, epoch));
    records_.forget_reading_before(2);
}

// --- tickets ---

void Connection::on_new_session_ticket(const HandshakeMessage& message, const Call& call) {
    const auto ticket = wire::dtls::NewSessionTicket13::parse(message.body);
    if (!ticket || standing_.role == Role::server)
        return fail(malformed("a wrong NewSessionTicket"), call);
    if (ticket->lifetime_s == 0) return;
    const Agreement& agreed = standing_.agreement;
    const crypto::Hash hash = hash_of(*agreed.suite);
    SessionState state{.version = Version::v1_3,
                       .suite = agreed.suite->suite,
                       .secret = Secret{crypto::digest_bytes(hash)},
                       .issued = services_.wall_at(call.now),
                       .lifetime = std::chrono::seconds{ticket->lifetime_s},
                       .age_add = ticket->age_add,
                       .server_name = standing_.options->server_name};
    if (agreed.peer != nullptr) {
        state.peer = *agreed.peer;
    } else if (agreed.peer_fingerprint) {
        state.peer.fingerprint.assign(agreed.peer_fingerprint->begin(),
                                      agreed.peer_fingerprint->end());
    }
    crypto::hkdf_expand_label(hash, agreed.resumption.bytes(), "dtls13", "resumption",
                              ticket->nonce, state.secret.bytes());
    state.ticket.assign(ticket->ticket.begin(), ticket->ticket.end());
    services_.events.push(TicketReceived{standing_.handle, Session{state.serialize()}});
}

// --- connection IDs ---

void Connection::send_connection_ids(std::size_t count, ConnectionIdUsage usage, const Call& call) {
    const std::size_t fresh = std::min(count, ids_.room_for_spares());
    for (std::size_t i = 0; i < fresh; ++i)
        ids_.give_out(services_.cids->issue(*this));
    const std::size_t room = 8 + ConnectionIds::kSparesMax * (1 + ids_.own().size());
    send_message(HandshakeType::new_connection_id,
                 body_of(room,
                         [&](wire::Writer& out) {
                             wire::dtls::write_new_connection_id(out, ids_.newest(fresh), usage);
                         }),
                 call);
}

Result<> Connection::replace_connection_id(const Call& call) {
    if (auto may = may_send_message(); !may) return may;
    if (ids_.own().empty())
        return hawser::fail(Errc::unsupported, "the peer puts no connection ID on its records");
    if (ids_.room_for_spares() == 0)
        return hawser::fail(Errc::exhausted, "the peer has not used the IDs that it was given");
    send_connection_ids(1, ConnectionIdUsage::immediate, call);
    settle();
    return {};
}

Result<> Connection::use_next_connection_id(const Call& call) {
    if (standing_.ended) return hawser::fail(Errc::closed, "the connection has ended");
    if (ids_.take_next_peer()) return {};
    if (auto may = may_send_message(); !may) return may;
    if (ids_.peer().empty())
        return hawser::fail(Errc::unsupported, "the peer wants no connection ID on our records");
    ids_.want_next_peer();
    send_message(HandshakeType::request_connection_id,
                 body_of(1,
                         [](wire::Writer& out) {
                             wire::dtls::write_request_connection_id(
                                 out, static_cast<std::uint8_t>(ConnectionIds::kSparesMax));
                         }),
                 call);
    settle();
    return {};
}

void Connection::on_new_connection_id(const HandshakeMessage& message, const Call& call) {
    const auto fresh = wire::dtls::NewConnectionId::parse(message.body);
    if (!fresh || !ids_.take(*fresh))
        fail(unexpected("connection IDs that were not agreed on"), call);
}

void Connection::on_request_connection_id(const HandshakeMessage& message, const Call& call) {
    const auto count = wire::dtls::parse_request_connection_id(message.body);
    if (!count || ids_.own().empty())
        return fail(unexpected("a request for connection IDs that were not agreed on"), call);
    if (*count == 0) return;
    if (flights_.awaits_answer()) {
        cids_owed_ = *count;
        return;
    }
    send_connection_ids(*count, ConnectionIdUsage::spare, call);
}

} // namespace hawser::dtls
