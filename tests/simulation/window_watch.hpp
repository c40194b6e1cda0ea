// Does a sender keep to the window that its peer has told it of? RFC 9260 §6.1 (A).
#pragma once

#include <hawser/engine/tap.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::test {

/// Reads what one engine sends and takes, and adds up what must be in flight.
class WindowWatch final : public Tap {
public:
    /// `initial_window` is what the peer says in INIT or INIT ACK. A sender that may give up what
    /// has left does not say at once that it did: nothing is expected of it.
    WindowWatch(std::uint32_t initial_window, bool may_abandon)
        : initial_window_{initial_window}, may_abandon_{may_abandon}, window_{initial_window} {}

    void seen(const Sighting& sighting) override;

private:
    struct Sent {
        std::size_t bytes;
        bool reported; ///< by a gap block
    };

    void sent(std::uint32_t tsn, std::size_t bytes);
    void acknowledged(std::uint32_t cumulative);
    void begins_again(Bytes chunk);
    void sacked(Bytes chunk);
    std::size_t outstanding() const;

    std::uint32_t initial_window_;
    bool may_abandon_;
    std::uint32_t window_;
    std::uint32_t first_ = 0; ///< TSN of the front of `row_`
    std::deque<Sent> row_;
    /// What a gap block had reported was sent again: the sender believes that the peer has thrown
    /// it away, and takes for news what it would otherwise know to be late.
    bool doubts_ = false;
    std::optional<std::uint32_t> last_reset_; ///< the number of the request that was granted
};

} // namespace hawser::test
