// Hosts, their network and one virtual clock.
#pragma once

#include "support/fake_network.hpp"

#include <hawser/core/instant.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace hawser::test {

class World;

/// What stands at the end of a wire: an engine, or a script that plays one.
class Node {
public:
    virtual ~Node() = default;
    virtual void receive(Datagram& datagram, Instant now) = 0;
    virtual void path_event(const PathEvent& event, Instant now) = 0;
    virtual void advance(Instant now) = 0;
    /// Hands to the network what it wants to send; true when it was anything at all.
    virtual bool drain(FakeNetwork& network, Instant now) = 0;
    virtual Instant deadline() const = 0;

    NodeId id{};
};

/// Lets time pass only between things that happen, so an hour takes as long as its packets.
class World {
public:
    /// Rounds of work at one instant before we say that something spins.
    static constexpr int kRoundsMax = 20'000;

    explicit World(std::uint64_t seed) : network{seed} {}
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// The node must outlive the world's last step.
    void attach(Node& node, const Address& address);

    Instant now() const { return now_; }
    /// Does all that is to be done at this instant.
    void settle();
    void run_for(Duration duration) { run_until(now_ + duration); }
    void run_until(Instant end);
    /// Runs until `done` or `limit` has passed; answers `done()`.
    bool run_until(const std::function<bool()>& done, Duration limit);
    /// Runs until nothing is on the wire and no node has a deadline, or `limit` has passed.
    /// Answers whether it is idle.
    bool run_until_idle(Duration limit);
    /// When the next thing happens: kNever when nothing ever will.
    Instant next() const;

    FakeNetwork network;

private:
    bool deliver();

    Instant now_{std::chrono::hours{1}}; // not zero: an engine must not mistake "never" for it
    std::vector<Node*> nodes_;
};

} // namespace hawser::test
