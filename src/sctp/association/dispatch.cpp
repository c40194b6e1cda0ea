// Reads a packet chunk by chunk.
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/causes.hpp>
#include <hawser/wire/sctp/data.hpp>

#include <algorithm>

namespace hawser::sctp {

using wire::sctp::CauseCode;
using wire::sctp::Chunk;
using wire::sctp::ChunkType;

namespace {

bool stands_alone(ChunkType type) {
    return type == ChunkType::init || type == ChunkType::init_ack ||
           type == ChunkType::shutdown_complete;
}

} // namespace

Verdict Association::receive(Bytes chunks, const Datagram& datagram, Instant now) {
    ++packets_received_;
    sack_before_next();
    Verdict verdict = Verdict::malformed;
    bool any_accepted = false;
    wire::sctp::Chunks walker{chunks};
    while (const auto chunk = walker.next()) {
        if (stands_alone(chunk->type) && wire::sctp::padded(chunk->whole.size()) < chunks.size()) {
            return Verdict::malformed; // RFC 9260 §6.10
        }
        verdict = dispatch(*chunk, datagram, now);
        any_accepted |= verdict == Verdict::accepted;
        if (closed()) return verdict;
        if (verdict == Verdict::unknown_chunk) break; // its type says: look no further
    }
    if (receiver_) receiver_->packet_done(now);
    if (walker.malformed()) return Verdict::malformed;
    return any_accepted ? Verdict::accepted : verdict;
}

Verdict Association::dispatch(const Chunk& chunk, const Datagram& datagram, Instant now) {
    switch (chunk.type) {
    case ChunkType::data: return on_data(chunk, datagram);
    case ChunkType::sack: return on_sack(chunk, now);
    case ChunkType::init: return Verdict::malformed; // stands alone, and with tag 0
    case ChunkType::init_ack: return on_init_ack(chunk, now);
    case ChunkType::heartbeat: return on_heartbeat(chunk);
    case ChunkType::heartbeat_ack: return on_heartbeat_ack(chunk, datagram, now);
    case ChunkType::abort: return on_abort(chunk);
    case ChunkType::shutdown: return on_shutdown(chunk, now);
    case ChunkType::shutdown_ack: return on_shutdown_ack(now);
    case ChunkType::shutdown_complete: return on_shutdown_complete();
    case ChunkType::error: return on_error(chunk);
    case ChunkType::cookie_echo: return Verdict::accepted; // the endpoint has seen to it
    case ChunkType::cookie_ack: return on_cookie_ack(now);
    case ChunkType::ecne:
    case ChunkType::cwr: return Verdict::accepted; // reserved: RFC 9260 appendix A is gone
    default: return on_unknown(chunk);
    }
}

bool Association::takes_data() const {
    return state_ == State::established || state_ == State::shutdown_pending ||
           state_ == State::shutdown_sent || state_ == State::shutdown_received;
}

Verdict Association::on_data(const Chunk& chunk, const Datagram& datagram) {
    if (!takes_data()) return Verdict::unexpected;
    const auto data = wire::sctp::Data::parse(chunk.flags, chunk.value);
    if (!data) {
        if (chunk.value.size() < sizeof(std::uint32_t)) return Verdict::malformed;
        abort_with(CauseCode::no_user_data, chunk.value.first(sizeof(std::uint32_t)),
                   CloseReason::protocol_violation); // RFC 9260 §6.2
        return Verdict::protocol_violation;
    }
    if (state_ == State::shutdown_sent) { // RFC 9260 §9.2: with the new Cumulative TSN
        shutdown_due_ = true;
        receiver_->request_sack();
    }
    if (std::to_underlying(data->stream) >= inbound_streams_) {
        // RFC 9260 §6.5: acknowledged, reported, thrown away.
        const Receiver::Result result = receiver_->discard(data->tsn);
        if (result == Receiver::Result::taken) {
            const std::array<std::byte, 4> value{chunk.value[4], chunk.value[5], {}, {}};
            queue_error(CauseCode::invalid_stream_identifier, value);
        }
        return judge(result);
    }
    return judge(receiver_->data(*data, datagram));
}

/// What became of DATA decides about the packet, or about the whole association.
Verdict Association::judge(Receiver::Result result) {
    switch (result) {
    case Receiver::Result::taken:
    case Receiver::Result::duplicate: return Verdict::accepted;
    case Receiver::Result::no_room: return Verdict::no_room;
    case Receiver::Result::violation:
        violation("fragments that do not fit together");
        return Verdict::protocol_violation;
    case Receiver::Result::too_large:
        abort_with(CauseCode::out_of_resource, {}, CloseReason::protocol_violation);
        return Verdict::protocol_violation;
    }
    return Verdict::accepted;
}

Verdict Association::on_sack(const Chunk& chunk, Instant now) {
    if (in_handshake() || state_ == State::shutdown_ack_sent) return Verdict::unexpected;
    const auto sack = wire::sctp::SackView::parse(chunk.value);
    if (!sack) return Verdict::malformed;
    const auto outcome = sender_->acknowledge(*sack, now);
    if (outcome.verdict == Sender::SackVerdict::acknowledges_unsent) {
        // An honest peer cannot say so; letting it pass would leave an optimistic one free to try
        // again. RFC 4960 §11.4 counts it among what ends an association.
        violation("SACK acknowledges a TSN never sent");
        return Verdict::protocol_violation;
    }
    after_acknowledgement(outcome, now);
    return Verdict::accepted;
}

void Association::after_acknowledgement(const Sender::SackOutcome& outcome, Instant now) {
    if (outcome.acknowledged_something) answered();
    if (low_wanted_ && sender_->held_bytes() <= shared_.options.send_queue_low_bytes) {
        low_wanted_ = false;
        shared_.events.push_back(SendQueueLow{id_, sender_->queued_bytes()});
    }
    if (sender_->drained() && !dry_reported_) {
        dry_reported_ = true;
        shared_.events.push_back(SenderDry{id_});
    }
    move_towards_shutdown(now);
}

Verdict Association::on_error(const Chunk& chunk) {
    const auto error = wire::sctp::OperationError::parse(chunk.value);
    if (!error) return Verdict::malformed;
    wire::sctp::Causes causes{error->causes};
    while (const auto cause = causes.next()) {
        if (cause->type == CauseCode::stale_cookie) {
            on_stale_cookie(cause->value);
            if (closed()) return Verdict::accepted;
            continue;
        }
        if (in_handshake() && cause->type == CauseCode::cookie_while_shutting_down) continue;
        shared_.events.push_back(PeerError{.association = id_,
                                           .cause = std::to_underlying(cause->type),
                                           .information = shared_.buffers.copy(cause->value)});
    }
    return Verdict::accepted;
}

/// RFC 9260 §3.2: the top two bits of the type say what to do.
Verdict Association::on_unknown(const Chunk& chunk) {
    const auto action = wire::sctp::unknown_action(chunk.type);
    if (action.report) queue_error(CauseCode::unrecognized_chunk_type, chunk.whole);
    return action.skip ? Verdict::accepted : Verdict::unknown_chunk;
}

void Association::queue_error(CauseCode code, Bytes value) {
    // As much of it as leaves room for the rest of a packet.
    const std::size_t most = path_.packet_bytes / 2;
    value = value.first(std::min(value.size(), most));
    if (controls_.size() >= kControlsMax) return;
    Buffer chunk = shared_.buffers.take(wire::sctp::padded(value.size()) + 16);
    chunk.resize(chunk.capacity());
    wire::Writer out{chunk.bytes()};
    wire::sctp::write_chunk(out, ChunkType::error, 0,
                            [&](wire::Writer& to) { wire::sctp::write_item(to, code, value); });
    chunk.resize(out.written());
    shared_.classes.hold(ClassTable::kDefault);
    controls_.push_back({std::move(chunk), ClassTable::kDefault});
}

void Association::queue_control(ChunkType type, std::uint8_t flags, Bytes value,
                                ClassId traffic_class) {
    Ring<Control>& queue = traffic_class == ClassTable::kDefault ? controls_ : marked_controls_;
    const std::size_t most = path_.packet_bytes - wire::sctp::kCommonHeaderBytes;
    if (queue.size() >= kControlsMax || wire::sctp::padded(value.size() + 4) > most) return;
    Buffer chunk = shared_.buffers.take(wire::sctp::padded(value.size()) + 4);
    chunk.resize(chunk.capacity());
    wire::Writer out{chunk.bytes()};
    wire::sctp::write_chunk(out, type, flags, value);
    chunk.resize(out.written());
    shared_.classes.hold(traffic_class);
    queue.push_back({std::move(chunk), traffic_class});
}

void Association::clear_controls() {
    for (Ring<Control>* queue : {&controls_, &marked_controls_}) {
        while (!queue->empty())
            shared_.classes.release(queue->pop_front().traffic_class);
    }
}

} // namespace hawser::sctp
