#include "support/world.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>

namespace hawser::test {

void World::attach(Node& node, const Address& address) {
    node.id = network.attach(address);
    nodes_.push_back(&node);
}

bool World::deliver() {
    bool any = false;
    while (const auto complaint = network.complaint()) {
        nodes_[static_cast<std::size_t>(complaint->node)]->path_event(complaint->event, now_);
        any = true;
    }
    while (auto arrival = network.arrival(now_)) {
        WireDatagram& wire = arrival->datagram;
        Datagram datagram{
            .id = wire.id, .path = wire.path, .ancillary = wire.ancillary, .payload = wire.bytes};
        nodes_[static_cast<std::size_t>(arrival->node)]->receive(datagram, now_);
        any = true;
    }
    return any;
}

void World::settle() {
    for (int round = 0;; ++round) {
        HAWSER_ASSERT(round < kRoundsMax && "a node has work at this instant without end");
        bool any = deliver();
        for (Node* node : nodes_) {
            if (node->deadline() <= now_) {
                node->advance(now_);
                any = true;
            }
            any |= node->drain(network, now_);
        }
        if (!any) return;
    }
}

Instant World::next() const {
    Instant earliest = network.next();
    for (const Node* node : nodes_)
        earliest = std::min(earliest, node->deadline());
    return earliest;
}

void World::run_until(Instant end) {
    settle();
    while (next() <= end) {
        now_ = std::max(now_, next());
        settle();
    }
    now_ = std::max(now_, end);
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
    const Instant end = now_ + limit;
    settle();
    while (!done() && next() <= end) {
        now_ = std::max(now_, next());
        settle();
    }
    return done();
}

bool World::run_until_idle(Duration limit) {
    return run_until([this] { return next() == kNever; }, limit);
}

} // namespace hawser::test
