// Whose bytes leave next.
#pragma once

#include "sctp/tx/outgoing_message.hpp"

#include <hawser/core/result.hpp>
#include <hawser/sctp/options.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace hawser::sctp {

/// A stream scheduler: RFC 8260 §3. It holds the messages that have not begun, and where messages
/// are interleaved also those that have not left wholly. It knows nothing of windows, orders of
/// streams and lifetimes: what it proposes may be taken out and set aside.
///
/// A train has the marking of one class, so that it is asked for the next message of all, and, once
/// a train is begun, for the next of its class.
class Scheduler {
public:
    virtual ~Scheduler() = default;

    virtual void add(OutgoingMessage* message) = 0;
    /// nullptr: none waits.
    virtual OutgoingMessage* next() = 0;
    /// nullptr: none of this class waits, or another class goes before it.
    virtual OutgoingMessage* next_of(ClassId traffic_class) = 0;
    /// Takes out what `next` or `next_of` has just proposed.
    virtual void take(OutgoingMessage* message) = 0;
    /// So many bytes leave of what was proposed last, whether it was taken out then or stays.
    virtual void charge(const OutgoingMessage& /*message*/, std::size_t /*bytes*/) {}
    /// A train of this class begins: the others have their turn after it.
    virtual void train_begins(ClassId traffic_class) = 0;
    virtual void packet_begins() {}
    /// Messages of other classes wait.
    virtual bool others_wait(ClassId traffic_class) const = 0;
    /// A stream's priority, or its weight: see Endpoint::set_stream_value, which says what fails.
    virtual Result<> set_value(StreamId /*stream*/, std::uint16_t /*value*/) {
        return fail(Errc::unsupported, "stream value: this scheduler has none");
    }

    /// Shows those of streams that do not have `kStreamValueDefault`.
    using Valued = std::function<void(StreamId, std::uint16_t)>;
    virtual void visit_values(const Valued& /*visit*/) const {}

    using Wanted = std::function<bool(OutgoingMessage&)>;
    using Taken = std::function<void(OutgoingMessage*)>;
    /// Takes out those that are wanted; each stream's of a class in order. Walks all that wait.
    virtual void extract(const Wanted& wanted, const Taken& taken) = 0;
};

/// One without messages, in which every stream has `kStreamValueDefault`.
std::unique_ptr<Scheduler> make_scheduler(StreamScheduler kind);

/// RFC 8260 §3.1, first come first served; classes take turns, a train each.
std::unique_ptr<Scheduler> make_fcfs_scheduler();
/// RFC 8260 §3.2, round robin among the streams of a class; classes take turns, a train each.
std::unique_ptr<Scheduler> make_round_robin_scheduler();
/// RFC 8260 §3.3, the same by packets.
std::unique_ptr<Scheduler> make_packet_round_robin_scheduler();
/// RFC 8260 §3.4, whatever the class: a train ends where another class has a stream of a higher
/// priority. Streams of one priority take turns.
std::unique_ptr<Scheduler> make_priority_scheduler();
/// RFC 8260 §3.5, equal shares of bytes, whatever the class: a train is of the class whose stream
/// has had least.
std::unique_ptr<Scheduler> make_fair_capacity_scheduler();
/// RFC 8260 §3.6, the same with shares by weight.
std::unique_ptr<Scheduler> make_weighted_fair_scheduler();

} // namespace hawser::sctp
