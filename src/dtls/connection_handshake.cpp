// Handshake messages in, and what the handshake wants done.
#include "dtls/client.hpp"
#include "dtls/connection.hpp"
#include "dtls/server.hpp"
#include "dtls/show_message.hpp"

#include "crypto/key_derivation.hpp"

#include <hawser/wire/dtls/handshake.hpp>

#include <string>
#include <utility>

namespace hawser::dtls {

HandshakeSetting Connection::setting(Agreement& forming, const Agreement* before) {
    return {.role = standing_.role,
            .options = *standing_.options,
            .forming = forming,
            .before = before,
            .base = records_.write_epoch(),
            .first_sequence = flights_.next_sequence(),
            .own_cid = ids_.own(),
            .peer_cid = ids_.peer(),
            .random = services_.random(),
            .tickets = services_.tickets};
}

void Connection::start_client(const Call& call) {
    say_hello(setting(standing_.agreement, nullptr), call);
    settle();
}

void Connection::say_hello(const HandshakeSetting& begun, const Call& call) {
    auto client = std::make_unique<Client>(begun);
    Turn turn{call.now, services_.wall_at(call.now)};
    const Step step = client->start(turn);
    standing_.handshake = std::move(client);
    finish(turn, step, call);
}

void Connection::start_server(const ClientHelloReceived& hello, std::uint64_t record_sequence,
                              const Call& call) {
    records_.set_next_plain(record_sequence);
    // A cookie's question was the first message of ours, wherever there was one.
    flights_.set_next(hello.sequence, static_cast<std::uint16_t>(hello.sequence + 1));
    Server server{setting(standing_.agreement, nullptr)}; // its turn goes on with another
    Turn turn{call.now, services_.wall_at(call.now)};
    const Step step = server.on_first_hello(hello, turn);
    finish(turn, step, call);
    flights_.close_datagram(call.now);
    settle();
}

// --- messages in ---

Verdict Connection::on_handshake(Bytes content, RecordNumber number, const Call& call) {
    wire::dtls::HandshakeFragments fragments{content};
    Verdict worst = Verdict::accepted;
    bool acknowledge = false, fresh = false;
    bool refused = false; // then the record is not acknowledged (RFC 9147 §7)
    while (const auto fragment = fragments.next()) {
        if (!is_for_inbox(fragment->header, number, worst, call)) continue;
        if (flights_.is_old(fragment->header)) {
            acknowledge = acknowledge || number.epoch != 0;
            worst = flights_.on_old(fragment->header, call.now);
            continue;
        }
        const Verdict verdict = flights_.add(*fragment, number.epoch);
        if (verdict == Verdict::accepted) {
            acknowledge = fresh = true;
        } else {
            worst = verdict;
            refused = true;
        }
    }
    if (fragments.malformed()) worst = Verdict::malformed;
    if (acknowledge && !refused) flights_.note(number, fresh);
    while (!standing_.ended) {
        auto message = flights_.take();
        if (!message) break;
        on_message(std::move(*message), call);
    }
    return worst;
}

/// Whether it is of the handshake that is under way, or of what comes after it.
bool Connection::is_for_inbox(const wire::dtls::HandshakeHeader& header, RecordNumber number,
                              Verdict& verdict, const Call& call) {
    if (number.epoch < epoch_min_) {
        verdict = flights_.on_old(header, call.now);
        return false;
    }
    if (asks_again(header, number.epoch)) {
        const bool begun = on_wish(header, call);
        if (!begun) verdict = Verdict::unexpected;
        if (!begun || standing_.role == Role::client) return false;
    }
    // Of the handshake before, come late.
    return !(standing_.renegotiating() && header.type == HandshakeType::finished &&
             number.epoch == records_.oldest_read_epoch());
}

void Connection::on_message(HandshakeMessage&& message, const Call& call) {
    show_message(services_, standing_,
                 {Direction::in, message.type, message.sequence, message.body}, call);
    if (!standing_.handshaking()) return on_post_handshake(std::move(message), call);
    const std::uint64_t epoch_before = records_.read_epoch();
    Turn turn{call.now, services_.wall_at(call.now)};
    const Step step = standing_.handshake->on_message(std::move(message), turn);
    finish(turn, step, call);
    if (!standing_.ended && records_.read_epoch() != epoch_before) unstash(call);
}

// --- what came of a turn ---

void Connection::finish(Turn& turn, const Step& step, const Call& call) {
    for (Action& action : turn.actions)
        std::visit([&](auto& one) { do_now(std::move(one), call); }, action);
    if (!step) fail(step.error(), call);
}

void Connection::do_now(BeginFlight, const Call&) {
    flights_.begin();
    // One that the client may not have goes first, so that the numbers have no hole.
    if (std::exchange(renegotiation_.requested, false) && standing_.renegotiating())
        flights_.queue({HandshakeType::hello_request, 0, records_.write_epoch(), {}});
}

void Connection::do_now(QueueMessage&& action, const Call&) {
    flights_.queue(std::move(action));
}

void Connection::do_now(QueueChangeCipherSpec action, const Call&) {
    flights_.queue_change_cipher_spec(action.epoch);
}

void Connection::do_now(SendFlight action, const Call& call) {
    flights_.send(action.last, call.now);
}

void Connection::do_now(CloseDatagram, const Call& call) {
    flights_.close_datagram(call.now);
}

void Connection::do_now(const InstallRead& action, const Call&) {
    records_.install_read(action.keys);
}

void Connection::do_now(const InstallWrite& action, const Call&) {
    records_.install_write(action.keys);
}

void Connection::do_now(RequireEpoch action, const Call&) {
    epoch_min_ = action.epoch;
    flights_.forget_before(action.epoch); // what nobody vouched for would be in the way later
}

void Connection::do_now(Acknowledge, const Call& call) {
    flights_.acknowledge(call.now);
}

void Connection::do_now(const UsePeerCid& action, const Call&) {
    ids_.set_peer(action.cid);
}

void Connection::do_now(DropOwnCid, const Call&) {
    retire(ids_.drop_own());
}

void Connection::do_now(const LogSecret& action, const Call&) {
    if (services_.tap == nullptr) return;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string line{action.label};
    for (const Bytes bytes : {Bytes{action.client_random}, action.secret.bytes()}) {
        line += ' ';
        for (const std::byte byte : bytes) {
            line += kDigits[std::to_integer<std::size_t>(byte >> 4)];
            line += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
        }
    }
    services_.tap->secret(line);
    crypto::wipe(std::as_writable_bytes(std::span{line}));
}

void Connection::do_now(GoOnWith&& action, const Call&) {
    standing_.handshake = std::move(action.handshake);
}

void Connection::do_now(Establish&& action, const Call& call) {
    Connected& event = action.event;
    if (standing_.connected) return renegotiated(std::move(event), call);
    standing_.connected = true;
    handshake_until_ = kNever;
    linger_until_ = call.now + kLinger;
    ++services_.counters.handshakes_done;
    Agreement& agreed = standing_.agreement;
    event.connection = standing_.handle;
    event.path = standing_.path;
    event.version = agreed.version;
    event.cipher_suite = agreed.suite->suite;
    event.incoming = standing_.role == Role::server;
    event.connection_id_bytes = static_cast<std::uint8_t>(ids_.own().size());
    event.peer_uses_connection_ids = !ids_.peer().empty();
    agreed.peer_fingerprint = event.peer_fingerprint;
    services_.events.push(std::move(event));
    services_.established.push_back(this);
}

void Connection::do_now(GiveSession&& action, const Call&) {
    services_.events.push(TicketReceived{standing_.handle, std::move(action.session)});
}

} // namespace hawser::dtls
