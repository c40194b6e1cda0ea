// What a shard lends to its connections.
#pragma once

#include "crypto/entropy.hpp"
#include "dtls/record_keys.hpp"
#include "dtls/session_ticket.hpp"
#include "dtls/transmit_queue.hpp"

#include <hawser/dtls/endpoint.hpp>
#include <hawser/engine/timer_queue.hpp>

#include <cstddef>
#include <deque>
#include <vector>

namespace hawser::dtls {

class Connection;

/// Events in the order in which they happened; allocates nothing once it has grown.
class EventQueue {
public:
    void push(Event event) { events_.push_back(std::move(event)); }
    std::optional<Event> pop() {
        if (first_ == events_.size()) return std::nullopt;
        Event event = std::move(events_[first_++]);
        if (first_ == events_.size()) {
            events_.clear();
            first_ = 0;
        }
        return event;
    }

private:
    std::vector<Event> events_;
    std::size_t first_ = 0;
};

/// Finds connections by the IDs on what they receive.
class CidRegistry {
public:
    virtual ~CidRegistry() = default;
    /// A new ID for the connection; empty when the endpoint has none.
    virtual std::vector<std::byte> issue(Connection& connection) = 0;
    virtual void retire(Bytes cid) = 0;
};

struct KeptDatagram {
    std::vector<std::byte> bytes;
    Path path;
    Ancillary ancillary;
    PacketId id;
};

/// A connection that has another path now.
struct Moved {
    Connection* connection;
    Path from;
};

struct Services {
    Services(Endpoint::Environment lent, Instant start, Bytes ticket_secret)
        : environment{lent},
          now{start},
          outgoing{lent.packets},
          tickets{lent.random, ticket_secret} {}

    Random& random() { return environment.random; }
    crypto::Entropy entropy() {
        crypto::Entropy bytes;
        environment.random.fill(bytes);
        return bytes;
    }
    std::chrono::sys_seconds wall_now() const {
        return std::chrono::floor<std::chrono::seconds>(environment.wall.at(now));
    }

    Endpoint::Environment environment;
    Instant now;
    PacketId packet_id{}; ///< of the datagram at hand
    KeyedContexts contexts;
    TransmitQueue outgoing;
    EventQueue events;
    /// Whether records become events, or are answered to the one who asks.
    bool deliver_events = true;
    std::vector<OpenedRecord> opened; ///< of the datagram at hand
    /// Records that had to wait for their keys, for as long as `opened` shows them.
    std::deque<KeptDatagram> kept;
    Counters counters;
    TicketKeys tickets;
    TimerQueue timers;
    Tap* tap = nullptr;
    CidRegistry* cids = nullptr;
    // What the shard has to do before the call returns.
    std::vector<Connection*> established;
    std::vector<Moved> moved;
    std::vector<Connection*> ended;
};

} // namespace hawser::dtls
