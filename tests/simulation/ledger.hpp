// Who sent what, who got what, and whether that is right.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/sctp/events.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hawser::test {

/// The messages of one direction. Each is known by its PPID, which it carries across the network.
/// What it finds wrong becomes a gtest failure.
///
/// A life is the time between two moments at which a sender loses its association: by its end, a
/// restart of the peer, or a crash of its own. Within a life every stream keeps its order.
class Ledger {
public:
    struct Rules {
        bool markings_arrive = true; ///< the network rewrites none
        Ancillary defaults;          ///< what a message leaves unset
        bool ecn = false;            ///< but for ECN, which the engine may set then
    };
    explicit Ledger(const Rules& rules) : rules_{rules} {}

    /// A message that `send` will be asked to take; gives its PPID.
    sctp::Ppid next_ppid() const { return static_cast<sctp::Ppid>(entries_.size()); }
    /// `send` has taken it.
    void sent(std::string payload, const sctp::SendOptions& options);
    void arrived(const sctp::Message& message);
    void failed(const sctp::SendFailed& report);

    /// The sender's association has ended or begun anew: all of this life must be accounted for.
    /// `gracefully`: nothing may be missing. `crashed`: nobody is left who could report.
    enum class End { reported, crashed };
    void life_ends(End end);
    void ended_gracefully() { graceful_ = true; }

    /// Nothing of this life is under way any more.
    bool settled() const { return open_ == 0; }
    std::size_t open() const { return open_; }
    std::string describe_open() const;

private:
    enum class Fate : std::uint8_t { open, failed, excused };
    struct Entry {
        std::string payload;
        sctp::SendOptions options;
        std::uint32_t life;
        Fate fate = Fate::open;
        bool delivered = false;
    };
    using Lane = std::pair<std::uint32_t, std::uint16_t>; // life, stream

    bool may_be_missing(const Entry& entry) const;
    void check_order(std::size_t index);
    void check_marking(const Entry& entry, const Ancillary& got) const;
    void close(Entry& entry) { open_ -= !entry.delivered && entry.fate == Fate::open ? 1u : 0u; }

    Rules rules_;
    std::vector<Entry> entries_;
    std::map<Lane, std::vector<std::size_t>> ordered_; // sent, by stream, and where we are
    std::map<Lane, std::size_t> next_;
    std::uint32_t life_ = 0;
    std::size_t open_ = 0;
    std::size_t first_of_life_ = 0;
    bool graceful_ = false;
};

} // namespace hawser::test
