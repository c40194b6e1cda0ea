// The shortest round trip of late, and when to look for it again.
#pragma once

#include <hawser/core/instant.hpp>

namespace hawser::sctp {

/// What a path takes without a queue (BBR.min_rtt), by the round trips of ten seconds. Our own
/// queue may hide one that has not been seen again for five: that has to go then.
class LeastRoundTrip {
public:
    /// Zero before the first sample.
    Duration value() const { return least_; }
    bool is_known() const { return least_ > Duration::zero(); }

    void sample(Duration round_trip, Instant now) {
        is_due_ = recent_ > Duration::zero() && now > recent_at_ + kProbeAfter;
        if (recent_ == Duration::zero() || round_trip < recent_ || is_due_) {
            recent_ = round_trip;
            recent_at_ = now;
        } else if (round_trip <= recent_ + recent_ / kSame) {
            recent_at_ = now; // seen again: there is nothing to be looked for
        }
        const bool expired = now > least_at_ + kForgottenAfter;
        if (is_known() && recent_ >= least_ && !expired) return;
        least_ = recent_;
        least_at_ = recent_at_;
    }
    /// The last sample came when five seconds had shown none as short.
    bool is_due() const { return is_due_; }
    /// It has been looked for: five seconds begin again.
    void looked(Instant now) {
        recent_at_ = now;
        is_due_ = false;
    }

private:
    static constexpr Duration kProbeAfter = std::chrono::seconds{5};      ///< ProbeRTTInterval
    static constexpr Duration kForgottenAfter = std::chrono::seconds{10}; ///< MinRTTFilterLen

    static constexpr int kSame = 64; ///< longer by no more than this part

    Duration least_{};
    Instant least_at_{};
    Duration recent_{}; ///< BBR.probe_rtt_min_delay
    Instant recent_at_{};
    bool is_due_ = false;
};

} // namespace hawser::sctp
