// Ends that nobody agreed on, and what the user hears of any end: RFC 9260 §9.1.
#include "sctp/association/association.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

namespace {

/// Of what an ABORT says of itself.
constexpr std::size_t kCauseBytesMax = 512;

SendFailed::Why why_given_up(const OutgoingMessage& message) {
    switch (message.given_up) {
    case GivenUp::retransmissions: return SendFailed::Why::retransmissions;
    case GivenUp::priority: return SendFailed::Why::priority;
    case GivenUp::marking: return SendFailed::Why::marking_refused;
    case GivenUp::lifetime:
    case GivenUp::no: break;
    }
    return SendFailed::Why::lifetime;
}

} // namespace

void Association::abort(Bytes reason) {
    abort_with(wire::sctp::CauseCode::user_initiated_abort, reason, CloseReason::aborted_locally);
}

Verdict Association::violation(std::string_view what) {
    return violation(wire::sctp::CauseCode::protocol_violation, as_bytes(what));
}

Verdict Association::violation(wire::sctp::CauseCode code, Bytes value) {
    abort_with(code, value, CloseReason::protocol_violation);
    return Verdict::protocol_violation;
}

void Association::give_up_for_others() {
    abort_with(wire::sctp::CauseCode::out_of_resource, {}, CloseReason::out_of_resource);
}

/// Sends ABORT when the peer has a tag to send it with, and ends.
void Association::abort_with(wire::sctp::CauseCode code, Bytes value, CloseReason reason,
                             int os_errno) {
    if (peer_tag() != VerificationTag::none) send_abort(current(), peer_tag(), code, value);
    // It goes once, and perhaps not the way that the peer was heard from.
    if (transfer_ && &reply_to() != &current()) send_abort(reply_to(), peer_tag(), code, value);
    close(reason, std::to_underlying(code), value, os_errno);
}

void Association::send_abort(const Destination& to, VerificationTag tag, wire::sctp::CauseCode code,
                             Bytes value) {
    const Bytes cut = value.first(std::min(value.size(), kCauseBytesMax));
    const auto write = [&](wire::Writer& out) {
        constexpr auto kType = wire::sctp::ChunkType::abort;
        authenticated(out, kType, [&] {
            wire::sctp::write_chunk(
                out, kType, 0, [&](wire::Writer& in) { wire::sctp::write_item(in, code, cut); });
        });
    };
    answer(shared_, to.path, {ports_.local, ports_.remote, tag, 0}, write, to.own_markings());
}

void Association::close(CloseReason reason, std::optional<std::uint16_t> cause, Bytes information,
                        int os_errno) {
    if (closed()) return;
    fail_messages(SendFailed::Why::association_ended);
    shared_.events.push_back(
        Closed{.association = id_,
               .reason = reason,
               .cause = cause,
               .os_errno = os_errno,
               .information = information.empty() ? Buffer{} : shared_.buffers.copy(information)});
    state_ = Ended{};
}

void Association::fail_messages(SendFailed::Why why) {
    report_given_up();
    sender_->take_all([&](OutgoingMessage* message) { report_failed(message, why); });
}

void Association::report_given_up() {
    while (!sender_->queue().given_up().empty()) {
        OutgoingMessage* message = sender_->queue().given_up().pop_front();
        report_failed(message, why_given_up(*message));
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
    message->reported = true;
    if (message->unacked_fragments == 0) sender_->queue().release(message);
}

} // namespace hawser::sctp
