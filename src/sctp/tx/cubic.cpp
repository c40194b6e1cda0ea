#include "sctp/tx/cubic.hpp"

#include <algorithm>
#include <cmath>

namespace hawser::sctp {
namespace {

constexpr double kC = 0.4; // §5.1: packets a second cubed
/// §4.3: what an AIMD with this decrease adds in a round trip to be fair beside one that halves.
constexpr double kAlpha = 3 * (1 - Cubic::kBeta) / (1 + Cubic::kBeta);
constexpr double kLeastPackets = 2; // §4.6

double seconds(Duration duration) {
    return std::chrono::duration<double>{duration}.count();
}

Duration part(Duration of, double share) {
    return share == 1 ? of : Duration{static_cast<std::int64_t>(seconds(of) * share * 1e9)};
}

} // namespace

double Cubic::lost(double window, double beta) {
    // Fast convergence (§4.7): a window that did not get back to the last loss leaves room.
    plateau_ = window < plateau_ ? window * (1 + kBeta) / 2 : window;
    before_loss_ = window;
    stage_.reset();
    return std::max(window * beta, kLeastPackets);
}

double Cubic::timed_out(double window) {
    const double threshold = lost(window);
    plateau_ = 0;
    return threshold;
}

/// The stage begins with its first acknowledgement.
void Cubic::begin(double window, Instant now) {
    Stage& stage = stage_.emplace(Stage{});
    stage.began = now;
    stage.plateau = std::max(plateau_, window); // §4.2: above it K is 0
    stage.inflection = std::cbrt((stage.plateau - window) / kC);
    stage.estimate = window;
}

double Cubic::curve(Duration since_beginning) const {
    const double from_inflection = seconds(since_beginning) - stage_->inflection;
    return kC * from_inflection * from_inflection * from_inflection + stage_->plateau;
}

double Cubic::acked(double window, double acked, Duration round_trip, Instant now, double share) {
    if (!stage_) {
        begin(window, now);
    } else if (share < 1) {
        stage_->began += part(now - last_acked_, 1 - share);
    }
    last_acked_ = now;
    Stage& stage = *stage_;
    stage.estimate += share * (stage.estimate >= before_loss_ ? 1.0 : kAlpha) * acked / window;
    const Duration elapsed = now - stage.began;
    if (curve(elapsed) < stage.estimate) return std::max(window, stage.estimate);
    const double target =
        std::clamp(curve(elapsed + part(round_trip, share)), window, 1.5 * window);
    // Of more than a window at once no more than its share: that is where the target is reached.
    return window + (target - window) * std::min(acked / window, 1.0);
}

void Cubic::not_limited_until(Instant now) {
    if (stage_) stage_->began += now - last_acked_;
    last_acked_ = now;
}

void Cubic::rescale(double factor) {
    plateau_ *= factor;
    before_loss_ *= factor;
    stage_.reset();
}

} // namespace hawser::sctp
