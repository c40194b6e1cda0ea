// When slow start should end without a loss: HyStart++ (RFC 9406).
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// Round trips that get longer while the window doubles say that a queue fills: the window then
/// grows a quarter as fast for some rounds (Conservative Slow Start), and slow start is over unless
/// the round trips get shorter again.
///
/// A path that is paced needs no limit on what one acknowledgement may add (§4.3: L is infinite).
class SlowStart {
public:
    /// What `bytes` that were acknowledged add to the window.
    std::size_t growth(std::size_t bytes) const {
        return conservative_rounds_ ? bytes / kConservativeDivisor : bytes;
    }
    /// `newest` was acknowledged, and `next` is the TSN that leaves next. A round is what is sent
    /// until the first of it is acknowledged (§4.2). True when slow start is over.
    bool acked(Tsn newest, Tsn next) {
        if (round_end_ && newest.precedes(*round_end_)) return false;
        round_end_ = next;
        last_round_ = this_round_;
        this_round_ = kNone;
        samples_ = 0;
        return conservative_rounds_ && ++*conservative_rounds_ >= kConservativeRounds;
    }
    /// The end of the round at hand is not known any more: TSNs go on elsewhere.
    void begin_round_again() { round_end_.reset(); }
    void sample(Duration round_trip) {
        this_round_ = std::min(this_round_, round_trip);
        if (++samples_ < kSamplesMin) return;
        if (conservative_rounds_) {
            if (this_round_ < baseline_) conservative_rounds_.reset(); // it was not the queue
            return;
        }
        if (last_round_ == kNone) return;
        const Duration threshold = std::clamp(last_round_ / kThresholdDivisor, kLeast, kMost);
        if (this_round_ < last_round_ + threshold) return;
        baseline_ = this_round_;
        conservative_rounds_ = 0; // the round that it began in counts once it has ended
    }

private:
    friend struct StateAccess;
    // §4.3.
    static constexpr Duration kLeast = std::chrono::milliseconds{4};
    static constexpr Duration kMost = std::chrono::milliseconds{16};
    static constexpr int kThresholdDivisor = 8;
    static constexpr std::uint32_t kSamplesMin = 8;
    static constexpr std::size_t kConservativeDivisor = 4;
    static constexpr std::uint32_t kConservativeRounds = 5;
    static constexpr Duration kNone = Duration::max();

    Duration last_round_ = kNone; ///< the shortest of the round before
    Duration this_round_ = kNone;
    Duration baseline_ = kNone; ///< what made it conservative
    std::uint32_t samples_ = 0; ///< in this round
    std::optional<Tsn> round_end_;
    std::optional<std::uint32_t> conservative_rounds_;
};

} // namespace hawser::sctp
