// DTLS 1.2: another handshake under the keys of the one before (RFC 5246 §7.4.1, RFC 5746).
#include "dtls/connection.hpp"
#include "dtls/server.hpp"

#include <utility>

namespace hawser::dtls {

using wire::dtls::AlertLevel;

namespace {

/// Epochs of 1.2 have 16 bits, and none comes twice.
constexpr std::uint64_t kLastEpoch = UINT16_MAX;

} // namespace

bool Connection::may_renegotiate() const {
    return standing_.options->renegotiation && standing_.agreement.renegotiable != nullptr &&
           records_.read_epoch() < kLastEpoch;
}

Result<> Connection::renegotiate(const Call& call) {
    if (standing_.ended) return hawser::fail(Errc::closed, "the connection has ended");
    if (!standing_.connected) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    if (!may_renegotiate())
        return hawser::fail(Errc::unsupported, "a renegotiation was not agreed on");
    if (standing_.renegotiating() || flights_.awaits_answer())
        return hawser::fail(Errc::exhausted, "another message is not acknowledged yet");
    if (standing_.role == Role::client) {
        begin_renegotiation(0, call);
    } else {
        flights_.begin();
        renegotiation_.requested = true;
        flights_.queue({HandshakeType::hello_request, 0, records_.write_epoch(), {}});
        flights_.send(false, call.now);
    }
    flights_.close_datagram(call.now);
    settle();
    return {};
}

/// A client's hello, or a server's request for one, under the keys of now. Each handshake numbers
/// its messages anew (RFC 6347 §4.2.2).
bool Connection::asks_again(const wire::dtls::HandshakeHeader& header, std::uint64_t epoch) const {
    if (!standing_.connected || standing_.renegotiating() ||
        standing_.agreement.version == Version::v1_3 || epoch == 0 ||
        epoch != records_.read_epoch())
        return false;
    return standing_.role == Role::server
               ? header.type == HandshakeType::client_hello && header.message_seq == 0
               : header.type == HandshakeType::hello_request;
}

bool Connection::on_wish(const wire::dtls::HandshakeHeader& header, const Call& call) {
    if (!may_renegotiate() || call.now < renegotiation_.next) {
        if (header.fragment_offset == 0) refuse_renegotiation(call);
        return false;
    }
    const bool is_request = header.type == HandshakeType::hello_request;
    begin_renegotiation(is_request ? static_cast<std::uint16_t>(header.message_seq + 1) : 0, call);
    return true;
}

/// RFC 5746 §4.5. However often it is asked, the answers are as few as those to a lost flight.
void Connection::refuse_renegotiation(const Call& call) {
    ++services_.counters.renegotiations_refused;
    if (call.now < renegotiation_.next_refusal) return;
    renegotiation_.next_refusal = call.now + standing_.options->retransmission_initial / 4;
    send_alert(AlertDescription::no_renegotiation, AlertLevel::warning, call);
}

void Connection::begin_renegotiation(std::uint16_t peers_first, const Call& call) {
    renegotiation_.next = call.now + kRenegotiationGap;
    handshake_until_ = after(call.now, standing_.options->handshake_timeout);
    linger_until_ = kNever;
    records_.forget_reading_before(1);
    records_.forget_writing_before();
    flights_.restart(renegotiation_.requested ? 1 : 0, peers_first);
    renegotiation_.forming = std::make_unique<Agreement>();
    const HandshakeSetting begun = setting(*renegotiation_.forming, &standing_.agreement);
    if (standing_.role == Role::server) {
        standing_.handshake = std::make_unique<Server>(begun);
    } else {
        say_hello(begun, call);
    }
}

/// The peer will not have it, and everything stays as it is (RFC 5246 §7.2.2).
void Connection::on_refused() {
    const bool asked = renegotiation_.requested && !standing_.renegotiating();
    const bool said_hello = standing_.renegotiating() && standing_.role == Role::client &&
                            renegotiation_.forming->suite == nullptr;
    if (!asked && !said_hello) return;
    ++services_.counters.renegotiations_refused;
    renegotiation_.requested = false;
    flights_.clear();
    handshake_until_ = kNever;
    standing_.handshake.reset();
    renegotiation_.forming.reset();
}

void Connection::renegotiated(Connected&& event, const Call& call) {
    standing_.agreement = std::move(*renegotiation_.forming);
    renegotiation_.forming.reset();
    standing_.agreement.peer_fingerprint = event.peer_fingerprint;
    handshake_until_ = kNever;
    linger_until_ = call.now + kLinger;
    ++services_.counters.renegotiations_done;
    deliver_early(call);
}

void Connection::deliver_early(const Call& call) {
    for (KeptRecord& early : renegotiation_.early.take()) {
        KeptRecord& kept = services_.kept.emplace_back(std::move(early));
        const Datagram datagram{kept.packet, kept.path, kept.ancillary, kept.bytes};
        deliver(kept.bytes, kept.number, datagram, call);
    }
}

} // namespace hawser::dtls
