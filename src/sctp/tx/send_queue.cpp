#include "sctp/tx/send_queue.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

SendQueue::SendQueue(Shared& shared)
    : shared_{shared},
      scheduler_{make_scheduler(shared.options.scheduler)},
      kind_{shared.options.scheduler} {}

SendQueue::~SendQueue() {
    const auto end = [this](OutgoingMessage* message) { release(message); };
    take_waiting(end);
    if (OutgoingMessage* message = take_begun()) release(message);
    while (!given_up_.empty())
        release(given_up_.pop_front());
}

void SendQueue::push(OutgoingMessage* message, Instant now) {
    queued_bytes_ += message->payload.size();
    held_bytes_ += message->held_bytes();
    if (!message->unordered) message->order = streams_[message->stream].queued++;
    if (message->not_before > now) {
        timed_.push_back(message);
        std::ranges::push_heap(timed_, leaves_later);
        return;
    }
    enqueue(message);
}

void SendQueue::uncount(const OutgoingMessage& message) {
    queued_bytes_ -= message.payload.size();
    held_bytes_ -= message.held_bytes();
    HAWSER_ASSERT(queued_bytes_ != 0 || ready_bytes_ == 0);
}

void SendQueue::release(OutgoingMessage* message) {
    if (message->precedes_reset) holding().marked_ended();
    shared_.classes.release(message->traffic_class);
    if (message->key != nullptr) --message->key->messages;
    shared_.messages.give_back(message);
}

void SendQueue::enqueue(OutgoingMessage* message) {
    ready_bytes_ += message->payload.size();
    next_expiry_ = std::min(next_expiry_, message->expires);
    message->arrival = arrivals_++;
    scheduler_->add(message);
}

// --- who decides what leaves next ---

void SendQueue::set_scheduler(StreamScheduler kind) {
    if (kind == kind_) return;
    kind_ = kind;
    std::vector<OutgoingMessage*> waiting;
    chosen()->extract(is_any, [&](OutgoingMessage* message) { waiting.push_back(message); });
    std::ranges::sort(waiting, [](const OutgoingMessage* a, const OutgoingMessage* b) {
        return static_cast<std::int32_t>(a->arrival - b->arrival) < 0;
    });
    chosen() = make_scheduler(kind);
    for (OutgoingMessage* message : waiting)
        chosen()->add(message);
}

void SendQueue::exchange_scheduler(SendQueue& other) {
    std::swap(chosen(), other.chosen());
    std::swap(kind_, other.kind_);
}

// --- what leaves next ---

bool SendQueue::turn_has_come(const OutgoingMessage& message) {
    if (message.unordered && !interleaving_) return true;
    const OutboundStream& stream = streams_[message.stream];
    return !stream.under_way && (message.unordered || stream.passed == message.order);
}

bool SendQueue::may_leave(OutgoingMessage& message, Instant now) {
    return message.started() || (message.expires > now && turn_has_come(message));
}

OutgoingMessage* SendQueue::next(Instant now) {
    while (OutgoingMessage* message = scheduler_->next()) {
        if (may_leave(*message, now)) return message;
        scheduler_->take(message);
        set_aside(message, now);
    }
    return nullptr;
}

OutgoingMessage* SendQueue::next_of(ClassId traffic_class, Instant now) {
    while (OutgoingMessage* message = scheduler_->next_of(traffic_class)) {
        if (may_leave(*message, now)) return message;
        scheduler_->take(message);
        set_aside(message, now);
    }
    return nullptr;
}

/// A message that was taken out and does not begin: its lifetime has run out, or its stream has an
/// earlier one, in another class, held back in time or under way, and it is parked until that one
/// lets it go.
void SendQueue::set_aside(OutgoingMessage* message, Instant now) {
    ready_bytes_ -= message->payload.size();
    if (message->expires <= now) return give_up(message, GivenUp::lifetime);
    streams_[message->stream].parked.push_back(message);
}

/// RFC 8260 §2.2.2 wants one message of a stream at a time: where they are interleaved the next one
/// has its turn when this one has left.
void SendQueue::begin(OutgoingMessage* message) {
    if (interleaving_) {
        streams_[message->stream].under_way = true;
    } else {
        scheduler_->take(message);
        begun_ = message;
    }
    if (message->unordered) return;
    OutboundStream& stream = streams_[message->stream];
    message->mid = stream.next_mid;
    stream.next_mid = stream.next_mid.next();
    if (!interleaving_) stream_moves_on(*message);
}

void SendQueue::number_unordered(OutgoingMessage* message) {
    OutboundStream& stream = streams_[message->stream];
    message->mid = stream.next_unordered_mid;
    stream.next_unordered_mid = stream.next_unordered_mid.next();
}

/// A message of a stream holds up the others no more. Of those that were set aside the first one
/// whose turn has come moves up; it lets the next one do so in its turn.
void SendQueue::stream_moves_on(const OutgoingMessage& passed) {
    if (passed.unordered && !interleaving_) return;
    OutboundStream& stream = streams_[passed.stream];
    if (!passed.unordered) pass(stream);
    if (stream.parked.empty()) return;
    OutgoingMessage* ready = nullptr;
    stream.parked.extract(
        [&](const OutgoingMessage& message) { return ready == nullptr && turn_has_come(message); },
        [&](OutgoingMessage* message) { ready = message; });
    if (ready != nullptr) enqueue(ready);
}

/// A turn of an ordered message is over, and so are those after it that nobody takes.
void SendQueue::pass(OutboundStream& stream) {
    ++stream.passed;
    auto& skipped = stream.passed_over;
    while (!skipped.empty() && skipped.front() == stream.passed) {
        std::ranges::pop_heap(skipped, comes_later);
        skipped.pop_back();
        ++stream.passed;
    }
}

void SendQueue::cut(OutgoingMessage* message, std::size_t bytes) {
    message->sent_bytes += static_cast<std::uint32_t>(bytes);
    ready_bytes_ -= bytes;
    // A call for nothing would be felt where messages are small.
    if (kind_ != StreamScheduler::first_come_first_served) scheduler_->charge(*message, bytes);
    if (!message->fully_sent()) return;
    begun_ = nullptr;
    if (!interleaving_) return;
    scheduler_->take(message);
    streams_[message->stream].under_way = false;
    stream_moves_on(*message);
}

// --- what does not leave ---

OutgoingMessage* SendQueue::take_begun() {
    if (begun_ != nullptr) ready_bytes_ -= begun_->payload.size() - begun_->sent_bytes;
    return std::exchange(begun_, nullptr);
}

void SendQueue::take_waiting(const Scheduler::Taken& taken) {
    ready_bytes_ = 0;
    scheduler_->extract(is_any, taken);
    streams_.for_each(
        [&](StreamId, OutboundStream& stream) { stream.parked.extract(is_any, taken); });
    for (OutgoingMessage* message : std::exchange(timed_, {}))
        taken(message);
}

void SendQueue::take_streams_from(std::uint16_t count, const Scheduler::Taken& taken) {
    extract_waiting(
        [count](const OutgoingMessage& message) {
            return std::to_underlying(message.stream) >= count;
        },
        taken);
}

// --- streams that begin again ---

void SendQueue::hold(std::vector<StreamId> streams, Waits waits,
                     std::span<OutgoingMessage* const> sent) {
    scheduler_ = std::make_unique<HoldingScheduler>(std::move(scheduler_), std::move(streams));
    holds_ = true;
    HoldingScheduler& hold = holding();
    MessageList waiting;
    hold.extract(is_any, [&](OutgoingMessage* message) { waiting.push_back(message); });
    while (!waiting.empty()) {
        OutgoingMessage* message = waiting.pop_front();
        if (waits == Waits::what_comes_later || message->started()) hold.mark(*message);
        hold.add(message);
    }
    if (waits == Waits::what_comes_later) mark_set_aside(hold);
    if (begun_ != nullptr) hold.mark(*begun_);
    for (OutgoingMessage* message : sent)
        hold.mark(*message);
}

/// What has not begun, and the scheduler does not have.
void SendQueue::mark_set_aside(HoldingScheduler& hold) {
    const auto mark = [&hold](OutgoingMessage& message) {
        hold.mark(message);
        return false;
    };
    streams_.for_each([&](StreamId, OutboundStream& stream) {
        stream.parked.extract(mark, [](OutgoingMessage*) {});
    });
    for (OutgoingMessage* message : timed_)
        hold.mark(*message);
}

bool SendQueue::hold_drained() {
    return holding().drained();
}

void SendQueue::end_hold(AfterHold after) {
    HAWSER_ASSERT(hold_drained());
    if (after == AfterHold::numbers_begin_again) {
        streams_.for_each([this](StreamId id, OutboundStream& stream) {
            if (holding().holds(id)) stream.next_mid = stream.next_unordered_mid = Mid{};
        });
    }
    scheduler_ = holding().release();
    holds_ = false;
}

// --- time ---

Instant SendQueue::deadline() const {
    return timed_.empty() ? next_expiry_ : std::min(next_expiry_, timed_.front()->not_before);
}

void SendQueue::advance(Instant now) {
    release_timed(now);
    expire(now);
}

void SendQueue::release_timed(Instant now) {
    while (!timed_.empty() && timed_.front()->not_before <= now) {
        std::ranges::pop_heap(timed_, leaves_later);
        OutgoingMessage* message = timed_.back();
        timed_.pop_back();
        enqueue(message);
    }
}

/// What has outlived its lifetime is taken out, oldest first. What has begun is its sender's, where
/// the peer can be told.
void SendQueue::expire(Instant now) {
    if (next_expiry_ > now) return;
    next_expiry_ = kNever;
    if (begun_ != nullptr) look_at_begun(*begun_, now);
    MessageList expired;
    scheduler_->extract(
        [&](const OutgoingMessage& message) {
            if (message.started()) return look_at_begun(message, now);
            if (message.expires <= now) return true;
            next_expiry_ = std::min(next_expiry_, message.expires);
            return false;
        },
        [&](OutgoingMessage* message) { expired.push_back(message); });
    while (!expired.empty())
        set_aside(expired.pop_front(), now);
}

/// It is not taken out here: false.
bool SendQueue::look_at_begun(const OutgoingMessage& message, Instant now) {
    if (!gives_up_begun_) return false;
    if (message.expires <= now) {
        begun_expired_ = true;
    } else {
        next_expiry_ = std::min(next_expiry_, message.expires);
    }
    return false;
}

} // namespace hawser::sctp
