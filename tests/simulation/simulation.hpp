// One world of one seed: two users, two engines, a network, and everything that can go wrong.
#pragma once

#include "simulation/flight_watch.hpp"
#include "simulation/ledger.hpp"
#include "simulation/plan.hpp"
#include "simulation/villain.hpp"
#include "simulation/window_watch.hpp"
#include "support/side.hpp"
#include "support/trace.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace hawser::test {

/// Plays one seed. What must hold, and does not, becomes a gtest failure.
///
/// - Every message comes once, and in order in its stream, or is reported failed where an
///   association ended or began anew.
/// - Payload, stream and markings are those that were sent.
/// - Schedulers are chosen, and streams get priorities and weights, all the while, which changes
///   none of that.
/// - In three quarters of the worlds somebody looks for larger packets, and in most both ends hear
///   the network's marks, which changes none of that.
/// - In half of the worlds streams are reset and added all the while, which changes none of that.
/// - In every fourth world hosts are suspended for up to two minutes, which changes none of that.
/// - In three of seven worlds processes are replaced all the while, which changes none of that.
/// - In two of five worlds both ends are in two networks, each as bad as a single one would be.
/// - Once the network heals all that is under way arrives within a bound.
/// - Afterwards both ends are idle, and hold no memory.
/// - In every other world a third host of bad will changes none of that.
/// - Neither end ever blames the other, sends beyond its window or its peer's, or speaks of an
///   association after its end.
///
/// With HAWSER_TRACE set every packet becomes a line.
class Simulation {
public:
    explicit Simulation(std::uint64_t seed);
    void run();

private:
    struct Player {
        Player(World& world, const Address& address, std::uint16_t sctp_port,
               const sctp::Options& chosen, const Framing& framing, const Ledger::Rules& rules,
               std::uint64_t seed);

        Side side;
        const sctp::Options options;
        const std::uint16_t port;
        Ledger ledger; ///< of what this one sends
        bool alive = false;
        Instant up_since = kNever;
        Instant last_dead;
        /// Not released yet. Some may be of an association that is gone: too much is no harm.
        std::size_t unread_bytes = 0;
        bool ended_by_user = false;
        std::set<sctp::AssociationId> ended;
    };

    void live(Duration duration);
    void act();
    void converse(Player& player);
    void change_network();
    void open_what_is_closed();
    void end_something();
    void crash(Player& player);
    void hand_over(Player& player);
    void rebind();
    void suspend(Player& player);
    void reconfigure(Player& player);
    void schedule(Player& player);
    void prefer(Player& player);
    void change_key(Player& player);
    void move(Player& player);
    void come_home(Player& player);
    void ask(Player& player);
    void suffer();
    void collect();
    void take(Player& player, sctp::Event& event);
    void release(Player& player, double chance);
    void check_end(Player& player, const sctp::Closed& end);
    void heal_and_settle();
    void finish();

    Player& other(const Player& player) { return &player == &a_ ? z_ : a_; }
    Player& anyone() { return plan_.random.chance(0.5) ? a_ : z_; }
    bool both_up_for(Duration duration) const;
    bool settled() const;
    static std::string describe(const Player& player);
    static bool is_in_doubt(const Side& side);

    Plan plan_;
    WindowWatch watch_a_;
    WindowWatch watch_z_;
    World world_;
    Player a_;
    Player z_;
    FlightWatch flight_a_{a_.side, watch_a_};
    FlightWatch flight_z_{z_.side, watch_z_};
    Trace trace_a_{"a", &flight_a_};
    Trace trace_z_{"    z", &flight_z_};
    Villain villain_; ///< acts where the plan is hostile
    std::uint16_t next_udp_port_ = 20'000;
};

} // namespace hawser::test
