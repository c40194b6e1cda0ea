// Messages that are not worth sending any more, and those that nobody would take as they are.
#include "sctp/tx/send_queue.hpp"

#include <algorithm>

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

/// One that has not begun, and that nobody holds any more.
void SendQueue::give_up(OutgoingMessage* message, GivenUp why) {
    end_in_vain(message, why);
    if (message->unordered) return stream_moves_on(*message); // its turn may have come
    pass_over(*message);
}

/// A turn that nobody takes.
void SendQueue::pass_over(const OutgoingMessage& message) {
    OutboundStream& stream = streams_[message.stream];
    if (stream.passed == message.order) return stream_moves_on(message);
    stream.passed_over.push_back(message.order);
    std::ranges::push_heap(stream.passed_over, comes_later);
}

void SendQueue::give_up_begun(OutgoingMessage* message, GivenUp why) {
    if (message == begun_) {
        static_cast<void>(take_begun());
    } else if (!message->fully_sent()) {
        leave_scheduler(message);
    }
    end_in_vain(message, why);
}

/// One of those that are interleaved goes on no more, and lets its stream go on.
void SendQueue::leave_scheduler(OutgoingMessage* message) {
    scheduler_->extract([message](const OutgoingMessage& one) { return &one == message; },
                        [](OutgoingMessage*) {});
    ready_bytes_ -= message->payload.size() - message->sent_bytes;
    streams_[message->stream].under_way = false;
    stream_moves_on(*message);
}

void SendQueue::end_in_vain(OutgoingMessage* message, GivenUp why) {
    message->given_up = why;
    uncount(*message);
    count_given_up(*message);
    given_up_.push_back(message);
}

void SendQueue::refuse(ClassId traffic_class, int os_errno) {
    const auto refused = [&](const OutgoingMessage& message) {
        return shared_.classes.marking(message.traffic_class) == traffic_class &&
               !message.started();
    };
    while (true) { // those that move up when others are given up come after them
        MessageList found;
        scheduler_->extract(refused, [&](OutgoingMessage* message) { found.push_back(message); });
        if (found.empty()) return;
        while (!found.empty()) {
            OutgoingMessage* const message = found.pop_front();
            ready_bytes_ -= message->payload.size();
            message->refused_errno = os_errno;
            give_up(message, GivenUp::marking);
        }
    }
}

void SendQueue::visit_waiting(const std::function<void(const OutgoingMessage&)>& visit) {
    extract_waiting(
        [&visit](const OutgoingMessage& message) {
            visit(message);
            return false;
        },
        [](OutgoingMessage*) {});
}

void SendQueue::give_up_waiting(const Scheduler::Wanted& wanted, GivenUp why) {
    MessageList dropped;
    extract_waiting(wanted, [&](OutgoingMessage* message) { dropped.push_back(message); });
    while (!dropped.empty())
        give_up(dropped.pop_front(), why);
}

/// Takes out those that have not begun, wherever they wait, and are wanted.
void SendQueue::extract_waiting(const Scheduler::Wanted& wanted, const Scheduler::Taken& taken) {
    const auto waits = [&wanted](OutgoingMessage& message) {
        return !message.started() && wanted(message);
    };
    scheduler_->extract(waits, [&](OutgoingMessage* message) {
        ready_bytes_ -= message->payload.size();
        taken(message);
    });
    streams_.for_each(
        [&](StreamId, OutboundStream& stream) { stream.parked.extract(waits, taken); });
    extract_timed(waits, taken);
}

/// Those that are held back in time.
void SendQueue::extract_timed(const Scheduler::Wanted& wanted, const Scheduler::Taken& taken) {
    const auto rest =
        std::ranges::partition(timed_, [&](OutgoingMessage* message) { return !wanted(*message); });
    for (OutgoingMessage* message : rest)
        taken(message);
    timed_.erase(rest.begin(), rest.end());
    std::ranges::make_heap(timed_, leaves_later);
}

OutgoingMessage* SendQueue::expired_begun(Instant now) {
    if (!gives_up_begun_) return nullptr;
    if (begun_ != nullptr && begun_->expires <= now) return begun_;
    if (!begun_expired_) return nullptr;
    OutgoingMessage* found = nullptr;
    scheduler_->extract(
        [&](OutgoingMessage& message) {
            if (found == nullptr && message.started() && message.expires <= now) found = &message;
            return false; // until it is given up
        },
        [](OutgoingMessage*) {});
    begun_expired_ = found != nullptr;
    return found;
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

} // namespace hawser::sctp
