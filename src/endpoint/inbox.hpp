// What waits for the application: messages, and events.
#pragma once

#include <hawser/endpoint/message.hpp>
#include <hawser/sctp/events.hpp>

#include "endpoint/link.hpp"
#include "endpoint/queue.hpp"
#include "endpoint/wait_queue.hpp"

#include <cstddef>
#include <optional>

namespace hawser::detail {

/// Bounded by the receive windows of the associations that fill it.
using Inbox = Mailbox<sctp::Message, Message>;

/// Events in their order, at most so many.
class EventQueue {
public:
    explicit EventQueue(std::size_t events_max) : events_max_(events_max) {}

    void give(Event event);
    void take(WaitPointer<Event> wait);
    /// No event follows: whoever waits gets `error`, and so does every later one once the queue is
    /// empty.
    void end(const Error& error);

    std::size_t claims = 0; ///< handles; the queue goes with the last one

private:
    std::size_t events_max_;
    std::size_t lost_ = 0;
    sctp::AssociationId lost_newest_{};
    Queue<Event> events_;
    WaitQueue<Event> waiting_;
    std::optional<Error> ended_;
};

} // namespace hawser::detail
