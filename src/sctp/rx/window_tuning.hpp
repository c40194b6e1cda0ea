// How large the receive window should be: by what the application takes.
#pragma once

#include <hawser/core/instant.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hawser::sctp {

/// Dynamic right-sizing: a sender that the window alone holds back is heard of once a round trip,
/// and an application that took all that came by then has room for twice as much. Bytes are as the
/// window counts them.
class WindowTuning {
public:
    explicit WindowTuning(Instant now) : began_{now} {}

    void taken(std::size_t bytes) { taken_ += bytes; }
    /// The window from now on, which is never smaller than `window`.
    std::uint32_t grown(std::uint32_t window, std::uint32_t most, Duration round_trip,
                        Instant now) {
        const Duration elapsed = now - began_;
        if (elapsed < round_trip) return window;
        const double in_a_round_trip = static_cast<double>(taken_) *
                                       static_cast<double>(round_trip.count()) /
                                       static_cast<double>(elapsed.count());
        began_ = now;
        taken_ = 0;
        const double wanted = std::min(2 * in_a_round_trip, static_cast<double>(most));
        if (wanted <= window) return window;
        ++growths_;
        return static_cast<std::uint32_t>(wanted);
    }
    std::uint32_t growths() const { return growths_; }
    /// The round trip is to be asked for: true once a second.
    bool asks(Instant now) {
        if (now < asks_again_) return false;
        asks_again_ = now + kAskInterval;
        return true;
    }

private:
    static constexpr Duration kAskInterval = std::chrono::seconds{1};

    Instant began_;
    Instant asks_again_{};
    std::size_t taken_ = 0;
    std::uint32_t growths_ = 0;
};

} // namespace hawser::sctp
