// How long an answer takes: RFC 9260 §6.3.1.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/sctp/options.hpp>

#include <algorithm>

namespace hawser::sctp {

/// Smoothed round-trip time, its variation, and the retransmission timeout from both.
class RttEstimator {
public:
    explicit RttEstimator(const Options& options) : rto_{options.rto_initial} {}

    void sample(Duration rtt, const Options& options) {
        rtt = std::max(rtt, Duration{1});
        if (smoothed_ == Duration{}) {
            smoothed_ = rtt;
            variation_ = rtt / 2;
        } else {
            const Duration error = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
            variation_ += (error - variation_) / 4;
            smoothed_ += (rtt - smoothed_) / 8;
        }
        least_ = least_ == Duration{} ? rtt : std::min(least_, rtt);
        rto_ = measured_rto(options);
    }
    /// RFC 9260 §6.3.3 (E2): twice as long, up to RTO.Max.
    void timed_out(const Options& options) { rto_ = within(options, rto_ * 2); }

    Duration rto() const { return rto_; }
    /// What it was before timeouts made it longer.
    Duration measured_rto(const Options& options) const {
        if (smoothed_ == Duration{}) return options.rto_initial;
        return within(options, smoothed_ + 4 * std::max(variation_, kGranularity));
    }
    Duration smoothed() const { return smoothed_; } ///< zero before the first sample
    Duration least() const { return least_; }

private:
    friend struct StateAccess;
    static constexpr Duration kGranularity = std::chrono::milliseconds{1};

    static Duration within(const Options& options, Duration wanted) {
        return std::clamp(wanted, options.rto_min, options.rto_max);
    }

    Duration smoothed_{};
    Duration variation_{};
    Duration least_{};
    Duration rto_;
};

} // namespace hawser::sctp
