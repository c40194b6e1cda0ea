// Whose message begins next.
#pragma once

#include "sctp/tx/outgoing_message.hpp"

#include <functional>
#include <memory>

namespace hawser::sctp {

/// A stream scheduler: RFC 8260 §3. It holds the messages that have not begun, and knows nothing of
/// windows, orders of streams and lifetimes: what it proposes may be taken out and set aside.
///
/// A train has the marking of one class, so that it is asked for the next message of all, and, once
/// a train is begun, for the next of its class.
class Scheduler {
public:
    virtual ~Scheduler() = default;

    virtual void add(OutgoingMessage* message) = 0;
    /// nullptr: none waits.
    virtual OutgoingMessage* next() = 0;
    virtual OutgoingMessage* next_of(ClassId traffic_class) = 0;
    /// Takes out what `next` or `next_of` has just proposed.
    virtual void take(OutgoingMessage* message) = 0;
    /// A train of this class begins: the others have their turn after it.
    virtual void train_begins(ClassId traffic_class) = 0;
    /// Messages of other classes wait.
    virtual bool others_wait(ClassId traffic_class) const = 0;

    using Wanted = std::function<bool(const OutgoingMessage&)>;
    using Taken = std::function<void(OutgoingMessage*)>;
    /// Takes out those that are wanted; each class's in order. Walks all that wait.
    virtual void extract(const Wanted& wanted, const Taken& taken) = 0;
};

/// RFC 8260 §3.1, first come first served; classes take turns, a train each.
std::unique_ptr<Scheduler> make_fcfs_scheduler();

} // namespace hawser::sctp
