// Two to four hosts, each with an association with every other.
#pragma once

#include "simulation/ledger.hpp"
#include "simulation/plan.hpp"
#include "support/side.hpp"
#include "support/trace.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::test {

/// Plays one seed: what one engine with several peers does wrong, and one with one peer does not,
/// becomes a gtest failure. Options, links and messages are those of a Plan, as of a Simulation.
///
/// - Every message comes once, in order in its stream, to the host that it was sent to, or is
///   reported failed where its association ended or began anew.
/// - Hosts end associations, lose their memory and are suspended, and open new ones at once: those
///   with the others go on.
/// - Once the network heals all that is under way arrives within a bound.
/// - When all have ended, no host holds memory or has something to wait for.
class Crowd {
public:
    explicit Crowd(std::uint64_t seed);
    void run();

private:
    static constexpr std::uint16_t kPort = 5000; // of everybody: INITs collide

    /// What one host knows of another, and sends to it.
    struct Line {
        explicit Line(const Ledger::Rules& rules) : ledger{rules} {}

        Ledger ledger;
        sctp::AssociationId association{};
        bool alive = false;
        bool up = false;
        Instant up_since{};
    };
    struct Member {
        Member(World& world, const Address& address, const sctp::Options& chosen,
               std::uint64_t seed);

        Side side;
        const sctp::Options options;
        std::vector<Line> lines; ///< to each member; its own is not used
        Trace trace;
    };

    void live(Duration duration);
    void act();
    void open(std::size_t from, std::size_t to);
    void converse(std::size_t from, std::size_t to);
    void end(std::size_t from, std::size_t to);
    void crash(std::size_t which);
    void suspend(std::size_t which);
    void change_network();
    void collect();
    void take(std::size_t at, sctp::Event& event);
    void release(std::size_t at, const sctp::Message& message);
    void heal_and_settle();
    bool settled() const;
    void finish();

    std::size_t anyone() { return plan_.random.below(members_.size()); }
    std::size_t another_than(std::size_t which);
    /// Who is at an address.
    std::size_t owner(const Address& address) const;
    /// Null: one that has ended.
    Line* line_of(std::size_t at, sctp::AssociationId association);
    std::string describe() const;

    Plan plan_;
    World world_;
    std::vector<std::unique_ptr<Member>> members_;
};

} // namespace hawser::test
