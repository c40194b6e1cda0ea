// What the connections of an endpoint share.
#pragma once

#include "dtls/connection_ids.hpp"
#include "dtls/kept_records.hpp"
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
    bool empty() const { return first_ == events_.size(); }
    std::optional<Event> pop() {
        if (empty()) return std::nullopt;
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

/// A connection that has another path now.
struct Moved {
    Connection* connection;
    Path from;
};

struct Services {
    Services(Endpoint::Environment lent, Bytes ticket_secret)
        : environment{lent}, outgoing{lent.packets}, tickets{lent.random, ticket_secret} {}

    Random& random() { return environment.random; }
    std::chrono::sys_seconds wall_at(Instant now) const {
        return std::chrono::floor<std::chrono::seconds>(environment.wall.at(now));
    }

    Endpoint::Environment environment;
    KeyedContexts contexts;
    TransmitQueue outgoing;
    EventQueue events;
    std::vector<OpenedRecord> opened; ///< of the datagram at hand
    /// Records that had to wait for their keys, for as long as `opened` shows them.
    std::deque<KeptRecord> kept;
    Counters counters;
    TicketKeys tickets;
    TimerQueue timers;
    Tap* tap = nullptr;
    CidRegistry* cids = nullptr;
    // What is to be done before the call returns.
    std::vector<Connection*> established;
    std::vector<Moved> moved;
    std::vector<Connection*> ended;
};

} // namespace hawser::dtls
