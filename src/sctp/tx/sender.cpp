#include "sctp/tx/sender.hpp"

#include <algorithm>

namespace hawser::sctp {
Sender::Sender(Shared& shared, PathState& path, Tsn initial_tsn)
    : shared_{shared}, path_{path}, chunks_{initial_tsn} {
    lanes_.push_back(std::make_unique<Lane>(ClassTable::kDefault, std::uint16_t{0},
                                            RttEstimator{shared.options}));
}

Sender::~Sender() {
    take_all([this](OutgoingMessage* message) { finish(message); });
    while (!given_up_.empty())
        finish(given_up_.pop_front());
}

Lane& Sender::lane_of(ClassId id) {
    Lane* spare = nullptr;
    for (const auto& lane : lanes_) {
        if (lane->traffic_class == id) return *lane;
        if (lane != lanes_.front() && lane->idle()) spare = lane.get();
    }
    // A new class begins with what is known of the path: its packets take the same one.
    if (spare != nullptr && lanes_.size() > kIdleLanesKept && !spare->in_round) {
        *spare = Lane{id, spare->index, lanes_.front()->rtt};
        return *spare;
    }
    const auto index = static_cast<std::uint16_t>(lanes_.size());
    lanes_.push_back(std::make_unique<Lane>(id, index, lanes_.front()->rtt));
    return *lanes_.back();
}

void Sender::count(const OutgoingMessage& message) {
    queued_bytes_ += message.payload.size();
    held_bytes_ += message.held_bytes();
}

void Sender::uncount(const OutgoingMessage& message) {
    queued_bytes_ -= message.payload.size();
    held_bytes_ -= message.held_bytes();
}

void Sender::push(OutgoingMessage* message, Instant now) {
    count(*message);
    if (!message->unordered) message->order = streams_[message->stream].queued++;
    burst_limit_ = path_.in_flight_bytes + shared_.options.max_burst * path_.chunk_bytes_max();
    if (message->not_before > now) {
        timed_.push_back(message);
        std::ranges::push_heap(timed_, leaves_later);
        return;
    }
    enqueue(message);
}

void Sender::enqueue(OutgoingMessage* message) {
    Lane& lane = lane_of(message->traffic_class);
    ready_bytes_ += message->payload.size();
    next_expiry_ = std::min(next_expiry_, message->expires);
    lane.waiting.push_back(message);
    join_round(lane);
}

void Sender::join_round(Lane& lane) {
    if (lane.in_round) return;
    lane.in_round = true;
    round_.push_back(&lane);
}

void Sender::release_timed(Instant now) {
    while (!timed_.empty() && timed_.front()->not_before <= now) {
        std::ranges::pop_heap(timed_, leaves_later);
        OutgoingMessage* message = timed_.back();
        timed_.pop_back();
        enqueue(message);
    }
}

bool Sender::turn_has_come(const OutgoingMessage& message) {
    return message.unordered || streams_[message.stream].started == message.order;
}

/// The next message of a class that may begin. Those whose stream has an earlier message in another
/// class, or held back in time, are parked with their stream until that one has begun.
OutgoingMessage* Sender::next_message(Lane& lane, Instant now) {
    while (!lane.waiting.empty()) {
        OutgoingMessage* message = lane.waiting.front();
        const bool turn = turn_has_come(*message);
        if (turn && message->expires > now && lane.refused_errno == 0) return message;
        lane.waiting.pop_front();
        ready_bytes_ -= message->payload.size();
        if (turn) {
            message->refused_errno = lane.refused_errno;
            give_up(message);
        } else {
            streams_[message->stream].parked.push_back(message);
        }
    }
    lane.refused_errno = 0;
    return nullptr;
}

void Sender::refuse(ClassId traffic_class, int os_errno, Instant now) {
    for (const auto& lane : lanes_) {
        if (lane->traffic_class != traffic_class || lane->waiting.empty()) continue;
        lane->refused_errno = os_errno;
        next_message(*lane, now);
    }
}

void Sender::started(OutgoingMessage& message) {
    if (message.unordered) return;
    OutboundStream& stream = streams_[message.stream];
    message.ssn = stream.next_ssn;
    stream.next_ssn = stream.next_ssn.next();
    stream_moves_on(message.stream);
}

void Sender::stream_moves_on(StreamId id) {
    OutboundStream& stream = streams_[id];
    ++stream.started;
    if (stream.parked.empty()) return;
    MessageList ready;
    stream.parked.extract(
        [&](const OutgoingMessage& message) { return message.order == stream.started; },
        [&](OutgoingMessage* message) { ready.push_back(message); });
    while (!ready.empty())
        enqueue(ready.pop_front());
}

/// The lifetime of a message whose turn has come ran out: the next one of its stream moves up.
void Sender::give_up(OutgoingMessage* message) {
    uncount(*message);
    if (!message->unordered) stream_moves_on(message->stream);
    given_up_.push_back(message);
}

void Sender::expire(Instant now) {
    if (next_expiry_ > now) return;
    next_expiry_ = kNever;
    for (const auto& lane : lanes_) {
        MessageList pending = std::exchange(lane->waiting, {});
        while (!pending.empty()) {
            OutgoingMessage* message = pending.pop_front();
            if (message->expires <= now && turn_has_come(*message)) {
                ready_bytes_ -= message->payload.size();
                give_up(message);
            } else {
                lane->waiting.push_back(message);
                if (message->expires > now) next_expiry_ = std::min(next_expiry_, message->expires);
            }
        }
    }
}

Instant Sender::deadline() const {
    Instant earliest = std::min({next_expiry_, window_probe_, paced_until_});
    if (!timed_.empty()) earliest = std::min(earliest, timed_.front()->not_before);
    for (const auto& lane : lanes_) {
        earliest = std::min({earliest, lane->t3_rtx, lane->tail_probe, lane->reordering});
    }
    return earliest;
}

void Sender::shrink() {
    if (!chunks_.empty()) return;
    chunks_.release();
    sacked_ = {};
    sacked_before_ = {};
}

void Sender::finish(OutgoingMessage* message) {
    shared_.classes.release(message->traffic_class);
    shared_.messages.give_back(message);
}

void Sender::packet_size_changed() {
    path_.congestion->packet_size_changed(path_.chunk_bytes_max());
}

} // namespace hawser::sctp
