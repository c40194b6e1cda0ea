#include "sctp/tx/send_queue.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

namespace {

/// nullptr: not for what its SendOptions said.
GivenUpMessages::Count* count_of(GivenUpMessages& counts, GivenUp why) {
    switch (why) {
    case GivenUp::lifetime: return &counts.lifetime;
    case GivenUp::retransmissions: return &counts.retransmissions;
    case GivenUp::priority: return &counts.priority;
    case GivenUp::marking:
    case GivenUp::no: break;
    }
    return nullptr;
}

} // namespace

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
    shared_.messages.give_back(message);
}

void SendQueue::enqueue(OutgoingMessage* message) {
    ready_bytes_ += message->payload.size();
    next_expiry_ = std::min(next_expiry_, message->expires);
    scheduler_->add(message);
}

// --- what leaves next ---

bool SendQueue::turn_has_come(const OutgoingMessage& message) {
    return message.unordered || streams_[message.stream].begun == message.order;
}

bool SendQueue::may_begin(OutgoingMessage& message, Instant now) {
    return message.expires > now && turn_has_come(message);
}

OutgoingMessage* SendQueue::next(Instant now) {
    while (OutgoingMessage* message = scheduler_->next()) {
        if (may_begin(*message, now)) return message;
        scheduler_->take(message);
        set_aside(message, now);
    }
    return nullptr;
}

OutgoingMessage* SendQueue::next_of(ClassId traffic_class, Instant now) {
    while (OutgoingMessage* message = scheduler_->next_of(traffic_class)) {
        if (may_begin(*message, now)) return message;
        scheduler_->take(message);
        set_aside(message, now);
    }
    return nullptr;
}

/// A message that was taken out and does not begin: its lifetime has run out, or its stream has an
/// earlier one, in another class or held back in time, and it is parked until that one has begun.
void SendQueue::set_aside(OutgoingMessage* message, Instant now) {
    ready_bytes_ -= message->payload.size();
    if (message->expires <= now) return give_up(message, GivenUp::lifetime);
    streams_[message->stream].parked.push_back(message);
}

void SendQueue::begin(OutgoingMessage* message) {
    scheduler_->take(message);
    begun_ = message;
    if (message->unordered) return;
    OutboundStream& stream = streams_[message->stream];
    message->mid = stream.next_mid;
    stream.next_mid = stream.next_mid.next();
    stream_moves_on(message->stream);
}

void SendQueue::number_unordered(OutgoingMessage* message) {
    OutboundStream& stream = streams_[message->stream];
    message->mid = stream.next_unordered_mid;
    stream.next_unordered_mid = stream.next_unordered_mid.next();
}

void SendQueue::stream_moves_on(StreamId id) {
    OutboundStream& stream = streams_[id];
    ++stream.begun;
    auto& passed_over = stream.passed_over;
    while (!passed_over.empty() && passed_over.front() == stream.begun) {
        std::ranges::pop_heap(passed_over, comes_later);
        passed_over.pop_back();
        ++stream.begun;
    }
    if (stream.parked.empty()) return;
    MessageList ready;
    stream.parked.extract(
        [&](const OutgoingMessage& message) { return message.order == stream.begun; },
        [&](OutgoingMessage* message) { ready.push_back(message); });
    while (!ready.empty())
        enqueue(ready.pop_front());
}

/// A turn that nobody takes.
void SendQueue::pass_over(StreamId id, std::uint32_t order) {
    OutboundStream& stream = streams_[id];
    if (stream.begun == order) return stream_moves_on(id);
    stream.passed_over.push_back(order);
    std::ranges::push_heap(stream.passed_over, comes_later);
}

void SendQueue::cut(std::size_t bytes) {
    begun_->sent_bytes += static_cast<std::uint32_t>(bytes);
    ready_bytes_ -= bytes;
    if (begun_->fully_sent()) begun_ = nullptr;
}

// --- what does not leave ---

void SendQueue::refuse(ClassId traffic_class, int os_errno) {
    while (OutgoingMessage* message = scheduler_->next_of(traffic_class)) {
        scheduler_->take(message);
        ready_bytes_ -= message->payload.size();
        message->refused_errno = os_errno;
        give_up(message, GivenUp::marking);
    }
}

OutgoingMessage* SendQueue::take_begun() {
    if (begun_ != nullptr) ready_bytes_ -= begun_->payload.size() - begun_->sent_bytes;
    return std::exchange(begun_, nullptr);
}

void SendQueue::take_waiting(const Scheduler::Taken& taken) {
    const auto all = [](const OutgoingMessage&) { return true; };
    ready_bytes_ = 0;
    scheduler_->extract(all, taken);
    streams_.for_each([&](StreamId, OutboundStream& stream) { stream.parked.extract(all, taken); });
    for (OutgoingMessage* message : std::exchange(timed_, {}))
        taken(message);
}

void SendQueue::take_streams_from(std::uint16_t count, const Scheduler::Taken& taken) {
    const auto beyond = [count](const OutgoingMessage& message) {
        return std::to_underlying(message.stream) >= count;
    };
    scheduler_->extract(beyond, [&](OutgoingMessage* message) {
        ready_bytes_ -= message->payload.size();
        taken(message);
    });
    streams_.for_each(
        [&](StreamId, OutboundStream& stream) { stream.parked.extract(beyond, taken); });
    take_timed(beyond, taken);
}

// --- given up ---

/// One that has not begun, and that nobody holds any more.
void SendQueue::give_up(OutgoingMessage* message, GivenUp why) {
    end_in_vain(message, why);
    if (!message->unordered) pass_over(message->stream, message->order);
}

void SendQueue::end_in_vain(OutgoingMessage* message, GivenUp why) {
    message->given_up = why;
    uncount(*message);
    count_given_up(*message);
    given_up_.push_back(message);
}

void SendQueue::give_up_begun(OutgoingMessage* message, GivenUp why) {
    if (message == begun_) static_cast<void>(take_begun());
    end_in_vain(message, why);
}

void SendQueue::visit_waiting(const std::function<void(const OutgoingMessage&)>& visit) {
    give_up_waiting(
        [&visit](const OutgoingMessage& message) {
            visit(message);
            return false;
        },
        GivenUp::no);
}

void SendQueue::give_up_waiting(const Scheduler::Wanted& wanted, GivenUp why) {
    MessageList dropped;
    const auto take = [&dropped](OutgoingMessage* message) { dropped.push_back(message); };
    scheduler_->extract(wanted, [&](OutgoingMessage* message) {
        ready_bytes_ -= message->payload.size();
        take(message);
    });
    streams_.for_each(
        [&](StreamId, OutboundStream& stream) { stream.parked.extract(wanted, take); });
    take_timed(wanted, take);
    while (!dropped.empty())
        give_up(dropped.pop_front(), why);
}

/// Those that are held back in time.
void SendQueue::take_timed(const Scheduler::Wanted& wanted, const Scheduler::Taken& taken) {
    const auto rest = std::ranges::partition(
        timed_, [&](const OutgoingMessage* message) { return !wanted(*message); });
    for (OutgoingMessage* message : rest)
        taken(message);
    timed_.erase(rest.begin(), rest.end());
    std::ranges::make_heap(timed_, leaves_later);
}

void SendQueue::count_given_up(const OutgoingMessage& message) {
    for (auto* counts : {&given_up_counts_, &streams_[message.stream].given_up}) {
        if (!*counts) *counts = std::make_unique<GivenUpMessages>();
        if (auto* const count = count_of(**counts, message.given_up))
            ++(message.started() ? count->sent : count->unsent);
    }
}

GivenUpMessages SendQueue::given_up_counts(StreamId stream) {
    const OutboundStream* const known = streams_.find(stream);
    return known == nullptr || !known->given_up ? GivenUpMessages{} : *known->given_up;
}

// --- streams that begin again ---

void SendQueue::hold(std::vector<StreamId> streams, std::span<OutgoingMessage* const> sent) {
    scheduler_ = std::make_unique<HoldingScheduler>(std::move(scheduler_), std::move(streams));
    HoldingScheduler& hold = holding();
    MessageList waiting;
    hold.extract([](const OutgoingMessage&) { return true; },
                 [&](OutgoingMessage* message) { waiting.push_back(message); });
    while (!waiting.empty()) {
        OutgoingMessage* message = waiting.pop_front();
        hold.mark(*message);
        hold.add(message);
    }
    const auto mark = [&hold](OutgoingMessage& message) {
        hold.mark(message);
        return false;
    };
    streams_.for_each([&](StreamId, OutboundStream& stream) {
        stream.parked.extract(mark, [](OutgoingMessage*) {});
    });
    for (OutgoingMessage* message : timed_)
        hold.mark(*message);
    if (begun_ != nullptr) hold.mark(*begun_);
    for (OutgoingMessage* message : sent)
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

/// What has outlived its lifetime is taken out, oldest first.
void SendQueue::expire(Instant now) {
    if (next_expiry_ > now) return;
    next_expiry_ = kNever;
    MessageList expired;
    scheduler_->extract(
        [&](const OutgoingMessage& message) {
            if (message.expires <= now) return true;
            next_expiry_ = std::min(next_expiry_, message.expires);
            return false;
        },
        [&](OutgoingMessage* message) { expired.push_back(message); });
    while (!expired.empty())
        set_aside(expired.pop_front(), now);
}

} // namespace hawser::sctp
