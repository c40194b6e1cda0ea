#include "dtls/connection.hpp"

#include "crypto/key_derivation.hpp"
#include "dtls/client.hpp"
#include "dtls/server.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace hawser::dtls {

using wire::dtls::AlertLevel;

Connection::Connection(Services& services, ConnectionHandle handle, Role role, const Path& path,
                       std::shared_ptr<const Options> options)
    : services_{services}, handle_{handle}, role_{role}, path_{path}, options_{std::move(options)} {
    timer_.owner = this;
    handshake_limit_ = static_cast<std::uint16_t>(options_->handshake_datagram_bytes);
    handshake_until_ = after(services.now, options_->handshake_timeout);
    ++services.counters.handshakes_begun;
}

Connection::~Connection() {
    services_.timers.remove(timer_);
}

void Connection::issue_own_cid() {
    if (options_->connection_id_bytes.value_or(0) == 0) return;
    own_cid_ = services_.cids->issue(*this);
}

void Connection::drop_own_cid() {
    if (own_cid_.empty()) return;
    services_.cids->retire(own_cid_);
    own_cid_.clear();
}

void Connection::start_client() {
    handshake_ = std::make_unique<Client>(*this);
    handshake_->start();
    settle();
}

void Connection::start_server(const ClientHelloReceived& hello, std::uint64_t record_sequence) {
    plain_next_ = record_sequence;
    next_receive_ = static_cast<std::uint16_t>(hello.sequence + 1);
    // A cookie's question was the first message of ours, wherever there was one.
    next_send_ = hello.sequence;
    auto server = std::make_unique<Server>(*this);
    Server& handshake = *server;
    handshake_ = std::move(server);
    if (const Step step = handshake.on_first_hello(hello); !step)
        fail(step.error().alert, step.error().code, step.error().what);
    flush_handshake();
    settle();
}

void Connection::install_read(RecordKeys keys) {
    keys.id = services_.contexts.next_id();
    reading_.push_back({keys, ReplayWindow{options_->replay_window}});
}

void Connection::install_write(RecordKeys keys) {
    keys.id = services_.contexts.next_id();
    writing_.push_back({keys, 0});
}

void Connection::established(Connected event) {
    if (connected_) return renegotiated(std::move(event));
    connected_ = true;
    handshake_until_ = kNever;
    linger_until_ = services_.now + kLinger;
    ++services_.counters.handshakes_done;
    event.connection = handle_;
    event.path = path_;
    event.version = agreement_.version;
    event.cipher_suite = agreement_.suite->suite;
    event.incoming = role_ == Role::server;
    event.connection_id_bytes = static_cast<std::uint8_t>(own_cid_.size());
    event.peer_uses_connection_ids = !peer_cid_.empty();
    agreement_.peer_fingerprint = event.peer_fingerprint;
    services_.events.push(std::move(event));
    services_.established.push_back(this);
}

void Connection::fail(AlertDescription alert, Errc code, std::string_view what) {
    if (ended_) return;
    send_alert(alert, AlertLevel::fatal);
    alert_sent_ = alert;
    end(Error{code, what});
}

void Connection::end(Error reason) {
    if (ended_) return;
    ended_ = true;
    if (!connected_) ++services_.counters.handshakes_failed;
    flush_handshake();
    services_.events.push(Closed{.connection = handle_,
                                 .reason = reason,
                                 .connected = connected_,
                                 .alert_sent = alert_sent_,
                                 .alert_received = alert_received_,
                                 .path = path_});
    services_.ended.push_back(this);
}

void Connection::replaced() {
    end(Error{Errc::closed, "the peer began another connection"});
}

std::vector<std::vector<std::byte>> Connection::all_cids() const {
    std::vector<std::vector<std::byte>> all = spare_cids_;
    for (const auto* cid : {&own_cid_, &previous_cid_}) {
        if (!cid->empty()) all.push_back(*cid);
    }
    return all;
}

void Connection::forget() {
    if (ended_) return;
    ended_ = true;
    services_.ended.push_back(this);
}

Result<> Connection::close() {
    if (ended_) return hawser::fail(Errc::closed, "the connection has ended");
    send_alert(AlertDescription::close_notify, AlertLevel::warning);
    alert_sent_ = AlertDescription::close_notify;
    end(Error{Errc::closed, "closed by this end"});
    return {};
}

Instant Connection::deadline() const {
    Instant at = std::min(handshake_until_, linger_until_);
    if (messages_) at = std::min({at, messages_->resend_at, messages_->acks.due()});
    if (moving_) at = std::min({at, moving_->again_at, moving_->until});
    return ended_ ? kNever : at;
}

void Connection::advance() {
    const Instant now = services_.now;
    if (ended_) return;
    if (handshake_until_ <= now) return end(Error{Errc::timed_out, "the handshake took too long"});
    if (linger_until_ <= now) {
        linger_until_ = kNever;
        agreement_.peer.reset();
        forget_handshake();
        reading_.erase(reading_.begin(), reading_.end() - 1);
    }
    if (messages_ && messages_->acks.due() <= now) {
        acknowledge();
        flush_handshake();
    }
    if (messages_ && messages_->resend_at <= now) resend();
    if (moving_) {
        if (moving_->until <= now) {
            moving_.reset();
        } else if (moving_->again_at <= now) {
            send_challenge();
        }
    }
    settle();
}

void Connection::resend() {
    Messages& under_way = *messages_;
    // A handshake has its own end in time.
    const bool last = connected_ && !renegotiating() && ++under_way.resends >= kResendsMax;
    ++services_.counters.retransmissions;
    under_way.timeout = std::min(under_way.timeout * 2, options_->retransmission_max);
    under_way.resend_at = last ? kNever : services_.now + under_way.timeout;
    put_flight();
    flush_handshake();
    if (last && std::exchange(hello_requested_, false)) under_way.outbox.clear();
}

/// Data of the peer's, while messages of ours are not acknowledged.
void Connection::on_data_meanwhile(std::uint64_t epoch) {
    Messages& under_way = *messages_;
    if (under_way.outbox.empty()) return;
    if (!under_way.last_flight) {
        // It is there, but has not heard us: worth another try.
        if (under_way.resend_at == kNever)
            under_way.resend_at =
                std::max(services_.now, under_way.resent_at + options_->retransmission_max);
        return;
    }
    // 1.2: the peer is in the new epoch, so it has our last flight.
    if (agreement_.version == Version::v1_2 && epoch == write_epoch()) {
        under_way.outbox.clear();
        under_way.last_flight = false;
    }
}

/// The peer has all of it, or will not come back for it.
void Connection::forget_handshake() {
    handshake_.reset();
    writing_.erase(writing_.begin(), writing_.end() - 1);
    if (!messages_ || messages_->outbox.empty()) return;
    if (!messages_->last_flight && messages_->outbox.message(0).epoch == write_epoch()) return;
    messages_->outbox.clear();
    messages_->resend_at = kNever;
    messages_->last_flight = false;
}

/// Gives back what only a handshake needs, and tells the clock what is next.
void Connection::settle() {
    if (messages_ && !handshake_ && messages_->outbox.empty() && !messages_->inbox.has_partial() &&
        !messages_->acks.owed()) {
        next_receive_ = messages_->inbox.next_sequence();
        messages_.reset();
        building_.shrink_to_fit();
        reading_.shrink_to_fit();
        writing_.shrink_to_fit();
    }
    services_.timers.set(timer_, deadline());
}

Connection::Messages& Connection::messages() {
    if (!messages_) messages_ = std::make_unique<Messages>(Messages{.inbox = Inbox{next_receive_}});
    return *messages_;
}

Inbox& Connection::inbox() {
    return messages().inbox;
}

Result<> Connection::export_keys(std::string_view label, Bytes context, MutableBytes out) const {
    if (!connected_) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    const crypto::Hash hash = hash_of(*agreement_.suite);
    if (agreement_.version == Version::v1_3) {
        const crypto::Digest none = crypto::digest(hash, {});
        const Secret secret = derive(hash, agreement_.master, label, none.bytes());
        const crypto::Digest value = crypto::digest(hash, {context});
        crypto::hkdf_expand_label(hash, secret.bytes(), "dtls13", "exporter", value.bytes(), out);
        return {};
    }
    constexpr std::size_t kSeedBytesMax = 400; // label and context; the PRF takes no more
    if (label.size() + context.size() > kSeedBytesMax)
        return hawser::fail(Errc::too_large, "label and context are longer than 400 bytes");
    if (context.empty()) {
        crypto::prf(hash, agreement_.master.bytes(), label,
                    {agreement_.client_random, agreement_.server_random}, out);
        return {};
    }
    const std::array length{static_cast<std::byte>(context.size() >> 8),
                            static_cast<std::byte>(context.size())};
    crypto::prf(hash, agreement_.master.bytes(), label,
                {agreement_.client_random, agreement_.server_random, length, context}, out);
    return {};
}

void Connection::log_secret(std::string_view label, const HelloRandom& client_random,
                            Bytes secret) {
    if (services_.tap == nullptr) return;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string line{label};
    for (const Bytes bytes : {Bytes{client_random}, secret}) {
        line += ' ';
        for (const std::byte byte : bytes) {
            line += kDigits[std::to_integer<std::size_t>(byte >> 4)];
            line += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
        }
    }
    services_.tap->secret(line);
    crypto::wipe(std::as_writable_bytes(std::span{line}));
}

/// As a record that was never sealed, which is what Wireshark reads.
void Connection::show(Direction direction, HandshakeType type, std::uint16_t sequence, Bytes body,
                      PacketId id) {
    const std::size_t payload = wire::dtls::kHandshakeHeaderBytes + body.size();
    if (services_.tap == nullptr || payload > UINT16_MAX) return;
    // Wireshark 4.0 takes it for the ticket of 1.2, and malformed; and whoever has one has a
    // secret.
    if (type == HandshakeType::new_session_ticket && agreement_.version == Version::v1_3) return;
    std::vector<std::byte> message(wire::dtls::kRecordHeaderBytes + payload);
    wire::Writer out{message};
    wire::dtls::RecordHeader{.type = ContentType::handshake, .sequence = sequence}.write(out,
                                                                                         payload);
    wire::dtls::HandshakeHeader::whole(type, sequence, body.size()).write(out);
    out.bytes(body);
    services_.tap->seen(Sighting{.at = services_.now,
                                 .direction = direction,
                                 .layer = Layer::dtls,
                                 .path = path_,
                                 .ancillary = options_->handshake_ancillary,
                                 .bytes = message,
                                 .packet_id = id,
                                 .note = wire::dtls::name(type)});
}

} // namespace hawser::dtls
