// How much more is acknowledged at once than a path delivers in that time.
#pragma once

#include <hawser/core/instant.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hawser::sctp {

/// SACKs that come in bursts would let a window of one round trip run dry between them; it is
/// larger by the largest surplus of the last rounds (BBR.extra_acked).
class AckAggregation {
public:
    std::size_t most() const { return std::max(before_, now_); }
    /// `bytes` were acknowledged on a path that is thought to deliver `rate` bytes a second.
    void acked(std::size_t bytes, double rate, std::size_t window, Instant now) {
        const double expected = rate * std::chrono::duration<double>(now - since_).count();
        double surplus = static_cast<double>(acked_) - expected;
        if (surplus <= 0) {
            since_ = now;
            acked_ = 0;
            surplus = 0;
        }
        acked_ += bytes;
        const double extra = surplus + static_cast<double>(bytes);
        now_ = std::max(now_, std::min(window, static_cast<std::size_t>(extra)));
    }
    /// A round trip is over.
    void round() {
        if (++rounds_ < kRounds) return;
        rounds_ = 0;
        before_ = now_;
        now_ = 0;
    }
    /// Nothing was under way: no rate was to be expected.
    void begin_again(Instant now) {
        since_ = now;
        acked_ = 0;
    }

private:
    static constexpr std::uint8_t kRounds = 5; ///< twice so many: ExtraAckedFilterLen

    Instant since_{};
    std::uint64_t acked_ = 0;
    std::size_t before_ = 0;
    std::size_t now_ = 0;
    std::uint8_t rounds_ = 0;
};

} // namespace hawser::sctp
