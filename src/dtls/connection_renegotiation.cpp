// DTLS 1.2: another handshake under the keys of the one before (RFC 5246 §7.4.1, RFC 5746).
#include "dtls/client.hpp"
#include "dtls/connection.hpp"
#include "dtls/server.hpp"

#include <algorithm>
#include <utility>

namespace hawser::dtls {

using wire::dtls::AlertLevel;

namespace {

/// Epochs of 1.2 have 16 bits, and none comes twice.
constexpr std::uint64_t kLastEpoch = UINT16_MAX;

} // namespace

bool Connection::may_renegotiate() const {
    return options_->renegotiation && agreement_.renegotiable != nullptr &&
           read_epoch() < kLastEpoch;
}

Result<> Connection::renegotiate() {
    if (ended_) return hawser::fail(Errc::closed, "the connection has ended");
    if (!connected_) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    if (!may_renegotiate())
        return hawser::fail(Errc::unsupported, "a renegotiation was not agreed on");
    if (renegotiating() || (messages_ && !messages_->outbox.empty()))
        return hawser::fail(Errc::exhausted, "another message is not acknowledged yet");
    if (role_ == Role::client) {
        begin_renegotiation(0);
    } else {
        begin_flight();
        next_send_ = 0;
        hello_requested_ = true;
        queue(HandshakeType::hello_request, write_epoch(), {});
        send_flight();
    }
    flush_handshake();
    settle();
    return {};
}

/// A client's hello, or a server's request for one, under the keys of now. Each handshake numbers
/// its messages anew (RFC 6347 §4.2.2).
bool Connection::asks_again(const wire::dtls::HandshakeHeader& header, std::uint64_t epoch) const {
    if (!connected_ || renegotiating() || agreement_.version == Version::v1_3 || epoch == 0 ||
        epoch != read_epoch())
        return false;
    return role_ == Role::server
               ? header.type == HandshakeType::client_hello && header.message_seq == 0
               : header.type == HandshakeType::hello_request;
}

bool Connection::on_wish(const wire::dtls::HandshakeHeader& header) {
    if (!may_renegotiate() || services_.now < next_renegotiation_) {
        if (header.fragment_offset == 0) refuse_renegotiation();
        return false;
    }
    const bool is_request = header.type == HandshakeType::hello_request;
    begin_renegotiation(is_request ? static_cast<std::uint16_t>(header.message_seq + 1) : 0);
    return true;
}

/// RFC 5746 §4.5. However often it is asked, the answers are as few as those to a lost flight.
void Connection::refuse_renegotiation() {
    ++services_.counters.renegotiations_refused;
    if (services_.now < next_refusal_) return;
    next_refusal_ = services_.now + options_->retransmission_initial / 4;
    send_alert(AlertDescription::no_renegotiation, AlertLevel::warning);
}

void Connection::begin_renegotiation(std::uint16_t peers_first) {
    next_renegotiation_ = services_.now + kRenegotiationGap;
    handshake_until_ = after(services_.now, options_->handshake_timeout);
    linger_until_ = kNever;
    reading_.erase(reading_.begin(), reading_.end() - 1);
    writing_.erase(writing_.begin(), writing_.end() - 1);
    next_send_ = hello_requested_ ? 1 : 0;
    messages_ = std::make_unique<Messages>(Messages{.inbox = Inbox{peers_first}});
    forming_ = std::make_unique<Agreement>();
    if (role_ == Role::client) {
        handshake_ = std::make_unique<Client>(*this);
        handshake_->start();
    } else {
        handshake_ = std::make_unique<Server>(*this);
    }
}

/// The peer will not have it, and everything stays as it is (RFC 5246 §7.2.2).
void Connection::on_refused() {
    const bool asked = hello_requested_ && !renegotiating();
    const bool said_hello = renegotiating() && role_ == Role::client && forming_->suite == nullptr;
    if (!asked && !said_hello) return;
    ++services_.counters.renegotiations_refused;
    hello_requested_ = false;
    messages_->outbox.clear();
    messages_->resend_at = kNever;
    handshake_until_ = kNever;
    handshake_.reset();
    forming_.reset();
}

void Connection::renegotiated(Connected&& event) {
    agreement_ = std::move(*forming_);
    forming_.reset();
    agreement_.peer_fingerprint = event.peer_fingerprint;
    handshake_until_ = kNever;
    linger_until_ = services_.now + kLinger;
    ++services_.counters.renegotiations_done;
    deliver_early();
}

/// Data under keys whose Finished has not come yet.
bool Connection::is_early(ContentType type, std::uint64_t epoch) const {
    return type == ContentType::application_data && renegotiating() &&
           epoch != reading_.front().keys.epoch;
}

Verdict Connection::keep_early(Bytes content, RecordNumber number, const Datagram& datagram) {
    std::size_t bytes = content.size();
    for (const EarlyRecord& record : early_)
        bytes += record.content.bytes.size();
    if (early_.size() >= kStashMax || bytes > kStashBytesMax) return Verdict::no_room;
    early_.push_back(
        {{{content.begin(), content.end()}, datagram.path, datagram.ancillary, datagram.id},
         number});
    return Verdict::accepted;
}

void Connection::deliver_early() {
    for (EarlyRecord& early : std::exchange(early_, {})) {
        KeptDatagram& kept = services_.kept.emplace_back(std::move(early.content));
        const Datagram datagram{kept.id, kept.path, kept.ancillary, kept.bytes};
        on_application_data(kept.bytes, early.number, datagram);
    }
}

} // namespace hawser::dtls
