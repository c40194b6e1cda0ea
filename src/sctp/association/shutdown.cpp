// How associations end: RFC 9260 §9.
#include "sctp/association/association.hpp"

#include <algorithm>

namespace hawser::sctp {

Result<> Association::shutdown(Instant now) {
    switch (state_) {
    case State::closed: return fail(Errc::closed, "the association has ended");
    case State::cookie_wait:
        shutdown_wanted_ = true;
        if (sender_->drained()) close(CloseReason::shutdown); // nobody knows of it yet
        return {};
    case State::cookie_echoed: shutdown_wanted_ = true; return {};
    case State::established:
        shutdown_wanted_ = true;
        move_towards_shutdown(now);
        return {};
    default: return {}; // under way
    }
}

/// Takes the next step as soon as all that was sent has been acknowledged.
void Association::move_towards_shutdown(Instant now) {
    if (state_ == State::established && shutdown_wanted_) {
        state_ = State::shutdown_pending;
        t5_ = after(now, shared_.options.shutdown_guard);
    }
    if (!sender_->drained()) return;
    if (state_ == State::shutdown_pending) {
        state_ = State::shutdown_sent;
        send_shutdown(now);
    } else if (state_ == State::shutdown_received) {
        state_ = State::shutdown_ack_sent;
        send_shutdown_ack(now);
    }
}

void Association::send_shutdown(Instant now) {
    shutdown_due_ = true;
    t2_ = after(now, sender_->rtt().rto());
}

void Association::send_shutdown_ack(Instant now) {
    shutdown_due_ = false;
    shutdown_ack_due_ = true;
    t2_ = after(now, sender_->rtt().rto());
    if (t5_ == kNever) t5_ = after(now, shared_.options.shutdown_guard);
}

void Association::t2_expired(Instant now) {
    sender_->rtt().timed_out(shared_.options);
    strike();
    if (closed()) return;
    state_ == State::shutdown_sent ? send_shutdown(now) : send_shutdown_ack(now);
}

Verdict Association::on_shutdown(const wire::sctp::Chunk& chunk, Instant now) {
    const auto shutdown = wire::sctp::Shutdown::parse(chunk.value);
    if (!shutdown) return Verdict::malformed;
    switch (state_) {
    case State::established:
    case State::shutdown_pending:
        state_ = State::shutdown_received;
        shared_.events.push_back(PeerShutdown{id_});
        break;
    case State::shutdown_received: break;
    case State::shutdown_sent: // both at once: RFC 9260 §9.2
        state_ = State::shutdown_ack_sent;
        send_shutdown_ack(now);
        return Verdict::accepted;
    default: return Verdict::unexpected;
    }
    const auto outcome = sender_->acknowledge_cumulative(shutdown->cumulative_tsn, now);
    if (outcome.verdict == Sender::SackVerdict::acknowledges_unsent) {
        violation("SHUTDOWN acknowledges a TSN never sent");
        return Verdict::protocol_violation;
    }
    after_acknowledgement(outcome, now);
    return Verdict::accepted;
}

Verdict Association::on_shutdown_ack(Instant now) {
    if (state_ != State::shutdown_sent && state_ != State::shutdown_ack_sent) {
        return Verdict::unexpected;
    }
    answer(shared_, path_.path, {key_.local_port, key_.remote_port, peer_tag_, 0},
           [](wire::Writer& out) { wire::sctp::ShutdownComplete{}.write(out); });
    linger(now);
    close(CloseReason::shutdown);
    return Verdict::accepted;
}

/// Long enough for the peer to ask once more, and once more after that.
void Association::linger(Instant now) {
    constexpr Duration kLingerMax = std::chrono::seconds{2};
    const Instant until = after(now, std::min<Duration>(3 * sender_->rtt().rto(), kLingerMax));
    const bool later = shared_.lingers_until == kNever || until > shared_.lingers_until;
    if (later) shared_.lingers_until = until;
}

Verdict Association::on_shutdown_complete() {
    if (state_ != State::shutdown_ack_sent) return Verdict::unexpected; // RFC 9260 §8.5.1 (C)
    close(CloseReason::shutdown);
    return Verdict::accepted;
}

Verdict Association::on_abort(const wire::sctp::Chunk& chunk) {
    const CloseReason reason = in_handshake() ? CloseReason::refused : CloseReason::aborted_by_peer;
    std::optional<std::uint16_t> code;
    Bytes information;
    wire::sctp::Causes causes{chunk.value};
    if (const auto cause = causes.next()) {
        code = std::to_underlying(cause->type);
        information = cause->value;
    }
    close(reason, code, information);
    return Verdict::accepted;
}

Verdict Association::receive_reflected(const wire::sctp::Chunk& chunk) {
    if (chunk.type == wire::sctp::ChunkType::abort) return on_abort(chunk);
    return on_shutdown_complete();
}

void Association::abort(Bytes reason) {
    constexpr std::size_t kReasonBytesMax = 512;
    abort_with(wire::sctp::CauseCode::user_initiated_abort,
               reason.first(std::min(reason.size(), kReasonBytesMax)),
               CloseReason::aborted_locally);
}

void Association::violation(std::string_view what) {
    abort_with(wire::sctp::CauseCode::protocol_violation, as_bytes(what),
               CloseReason::protocol_violation);
}

/// Sends ABORT when the peer has a tag to send it with, and ends.
void Association::abort_with(wire::sctp::CauseCode code, Bytes value, CloseReason reason,
                             int os_errno) {
    if (peer_tag_ != VerificationTag::none) {
        answer(shared_, path_.path, {key_.local_port, key_.remote_port, peer_tag_, 0},
               [&](wire::Writer& out) {
                   wire::sctp::write_chunk(
                       out, wire::sctp::ChunkType::abort, 0,
                       [&](wire::Writer& to) { wire::sctp::write_item(to, code, value); });
               });
    }
    close(reason, std::to_underlying(code), value, os_errno);
}

void Association::close(CloseReason reason, std::optional<std::uint16_t> cause, Bytes information,
                        int os_errno) {
    if (closed()) return;
    fail_messages(SendFailed::Why::association_ended);
    state_ = State::closed;
    t1_ = t2_ = t5_ = kNever;
    shared_.events.push_back(
        Closed{.association = id_,
               .reason = reason,
               .cause = cause,
               .os_errno = os_errno,
               .information = information.empty() ? Buffer{} : shared_.buffers.copy(information)});
}

void Association::fail_messages(SendFailed::Why why) {
    report_given_up();
    sender_->take_all([&](OutgoingMessage* message) { report_failed(message, why); });
}

void Association::report_given_up() {
    while (!sender_->given_up().empty()) {
        OutgoingMessage* message = sender_->given_up().pop_front();
        report_failed(message, message->refused_errno != 0 ? SendFailed::Why::marking_refused
                                                           : SendFailed::Why::lifetime);
    }
}

void Association::report_failed(OutgoingMessage* message, SendFailed::Why why) {
    shared_.events.push_back(SendFailed{.association = id_,
                                        .stream = message->stream,
                                        .ppid = message->ppid,
                                        .context = message->context,
                                        .why = why,
                                        .sent = message->started(),
                                        .os_errno = message->refused_errno,
                                        .payload = std::move(message->payload)});
    sender_->finish(message);
}

} // namespace hawser::sctp
