// How large a packet a path carries: RFC 8899.
#pragma once

#include <hawser/core/instant.hpp>

#include <cstddef>
#include <cstdint>

namespace hawser::sctp {

/// The state machine of RFC 8899 §5.2 for one path. It says how large the next probe is to be, and
/// is told what became of it; what a probe is made of it does not know. Sizes are those of whole
/// SCTP packets, and multiples of four.
///
/// Where even BASE_PLPMTU does not get through (ERROR), it looks for something between MIN_PLPMTU
/// and that. There is no CONFIRMATION_TIMER: SCTP is acknowledged (§6.2.1.3).
class PathMtu {
public:
    enum class State : std::uint8_t { disabled, base, searching, search_complete, error };

    struct Sizes {
        std::size_t least;  ///< MIN_PLPMTU
        std::size_t base;   ///< BASE_PLPMTU
        std::size_t most;   ///< MAX_PLPMTU
        std::size_t around; ///< headers of the layers below, up to IP's
    };

    static constexpr unsigned kProbesMax = 3;                             ///< MAX_PROBES
    static constexpr Duration kRaiseAfter = std::chrono::seconds{600};    ///< PMTU_RAISE_TIMER
    static constexpr Duration kProbeTimerLeast = std::chrono::seconds{1}; ///< §5.1.1: MUST

    explicit PathMtu(const Sizes& sizes);

    State state() const { return state_; }
    /// PLPMTU: what packets may have now. BASE_PLPMTU before anything is known.
    std::size_t packet_bytes() const { return packet_bytes_; }

    /// The peer can be reached.
    void start();
    /// It cannot, and the way to it may be another one afterwards.
    void stop();
    /// What the layers below allow. What is in use stays.
    void limit(std::size_t most, std::size_t around);

    // --- probes: one at a time ---

    /// How large a probe should leave now; 0: none.
    std::size_t due(Instant now);
    /// It has left. The next one does not before `round_trip` has passed (§8), and PROBE_TIMER is
    /// `timeout`, but at least a second.
    void sent(std::size_t bytes, Instant now, Duration round_trip, Duration timeout);
    bool is_out() const { return probed_ != 0; }
    /// The one that is out got through.
    void answered(Instant now);
    /// When the one that is out is given up; kNever without one.
    Instant deadline() const { return is_out() ? expires_at_ : kNever; }
    /// PROBE_TIMER is over. With the peer silent altogether (`alive` is false) that says nothing of
    /// the size, and is not counted.
    void expired(Instant now, bool alive);

    // --- other signs ---

    /// Packets of the size in use vanish (§4.3): falls to BASE_PLPMTU, from there to MIN_PLPMTU.
    /// False when that is so already.
    bool black_hole(Instant now);
    /// A chunk was lost again and again that needs packets of `bytes`, while others get through.
    void doubt(std::size_t bytes);
    bool is_doubted() const { return doubted_; }
    /// The network says that no more than `bytes` fit (§4.6.2). Below the probe that is out, and
    /// not below what is in use, it ends the probe; below what is in use it only makes us ask, by
    /// a probe of that size; all else is not heeded.
    void too_big(std::size_t bytes, Instant now);

private:
    friend struct StateAccess;
    std::size_t top() const { return state_ == State::error ? base_ : most_; }
    std::size_t next_size() const;
    std::size_t next_rung() const;
    std::size_t middle_of_table() const;
    std::size_t packet_of(std::size_t mtu_bytes) const;
    void begin_search(State state, std::size_t packet_bytes, Instant now);
    void refuse(std::size_t bytes, Instant now);
    void enter_base();
    void enter_error(Instant now);
    void rest(Instant now);
    void raise(Instant now);

    std::uint16_t least_, base_, most_, around_;
    std::uint16_t packet_bytes_;
    std::uint16_t refused_ = 0; // the least size that did not get through; 0: none
    std::uint16_t probed_ = 0;  // PROBED_SIZE; 0: no probe is out
    std::uint16_t hint_ = 0;    // what the network said; 0: nothing
    State state_ = State::disabled;
    std::uint8_t lost_ = 0; // PROBE_COUNT
    bool doubted_ = false;  // the network says that what is in use does not fit
    bool resting_ = false;  // no size is left to try
    Instant expires_at_{};  // PROBE_TIMER
    Instant not_before_{};  // the next probe
    Instant raise_at_{};    // PMTU_RAISE_TIMER
};

} // namespace hawser::sctp
