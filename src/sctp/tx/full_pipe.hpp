// When sending faster does not deliver faster any more.
#pragma once

#include <cstdint>

namespace hawser::sctp {

/// Three round trips in which the rate has not grown by a quarter: the path is full.
class FullPipe {
public:
    /// A rate that the application did not limit, and whether a round trip is over with it.
    void sample(double rate, bool round_over) {
        if (is_full()) return;
        if (rate >= kGrowth * most_) return begin_again(rate);
        if (round_over) ++rounds_;
    }
    bool is_full() const { return rounds_ >= kRounds; }
    /// Looks anew, for more than this rate.
    void begin_again(double rate) {
        most_ = rate;
        rounds_ = 0;
    }

private:
    static constexpr double kGrowth = 1.25;
    static constexpr std::uint8_t kRounds = 3;

    double most_ = 0;
    std::uint8_t rounds_ = 0;
};

} // namespace hawser::sctp
