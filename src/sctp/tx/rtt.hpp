// How long an answer takes: RFC 9260 §6.3.1.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/sctp/options.hpp>

#include <algorithm>

namespace hawser::sctp {

/// RTO.Initial, RTO.Min and RTO.Max, of an endpoint or of one path.
struct RtoLimits {
    // NOLINTNEXTLINE(google-explicit-constructor): where nobody has chosen others.
    RtoLimits(const Options& options)
        : initial{options.rto_initial}, least{options.rto_min}, most{options.rto_max} {}

    Duration initial, least, most;
};

/// Smoothed round-trip time, its variation, and the retransmission timeout from both.
class RttEstimator {
public:
    explicit RttEstimator(const RtoLimits& limits) : rto_{limits.initial} {}

    void sample(Duration rtt, const RtoLimits& limits) {
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
        rto_ = measured_rto(limits);
    }
    /// RFC 9260 §6.3.3 (E2): twice as long, up to RTO.Max.
    void timed_out(const RtoLimits& limits) { rto_ = within(limits, rto_ * 2); }
    /// What timeouts have added is forgotten.
    void limits_changed(const RtoLimits& limits) { rto_ = measured_rto(limits); }

    Duration rto() const { return rto_; }
    /// What it was before timeouts made it longer.
    Duration measured_rto(const RtoLimits& limits) const {
        if (smoothed_ == Duration{}) return limits.initial;
        return within(limits, smoothed_ + 4 * std::max(variation_, kGranularity));
    }
    Duration smoothed() const { return smoothed_; } ///< zero before the first sample
    Duration variation() const { return variation_; }
    Duration least() const { return least_; }

private:
    friend struct StateAccess;
    static constexpr Duration kGranularity = std::chrono::milliseconds{1};

    static Duration within(const RtoLimits& limits, Duration wanted) {
        return std::clamp(wanted, limits.least, limits.most);
    }

    Duration smoothed_{};
    Duration variation_{};
    Duration least_{};
    Duration rto_;
};

} // namespace hawser::sctp
