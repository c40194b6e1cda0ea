// How a window grows after a loss: CUBIC (RFC 9438).
#pragma once

#include <hawser/core/instant.hpp>

#include <optional>

namespace hawser::sctp {

/// The curve of one congestion avoidance stage: steep while the window is far below where the last
/// loss was, flat near it, and steep again beyond; never below what an AIMD that is fair to Reno
/// would have (§4.3). Windows are in packets. A copy of it is all that an undo needs (§4.9).
class Cubic {
public:
    /// Multiplicative decrease: §4.6.
    static constexpr double kBeta = 0.7;

    /// What it is at the end of a slow start: what was lost had left a round trip before, when the
    /// window was half as large.
    static constexpr double kSlowStartBeta = 0.5;

    /// Packets were lost at this window; what it falls to.
    double lost(double window, double beta = kBeta);
    /// T3-rtx expired at this window; the slow start threshold. The stage after the slow start that
    /// follows begins at whatever that reached (§4.8).
    double timed_out(double window);
    /// The window after `acked` packets more are acknowledged, of all of a window that was in use.
    /// Beside other paths the stage goes slower: `share` is RFC 6356's.
    double acked(double window, double acked, Duration round_trip, Instant now, double share = 1);
    /// Nothing filled the window until now: the curve waits (§5.8).
    void not_limited_until(Instant now);
    /// Nothing was under way until `sent`, when what is acknowledged now has left: the same.
    void idle_until(Instant sent) {
        if (stage_ && sent > last_acked_) stage_->began += sent - last_acked_;
    }
    /// Another slow start begins; the next stage begins after it.
    void stop() { stage_.reset(); }
    /// Packets are `factor` times smaller.
    void rescale(double factor);

private:
    friend struct StateAccess;
    struct Stage {
        Instant began{};       ///< t_epoch
        double plateau = 0;    ///< W_max
        double inflection = 0; ///< K, seconds
        double estimate = 0;   ///< W_est
    };

    void begin(double window, Instant now);
    double curve(Duration since_beginning) const;

    std::optional<Stage> stage_;
    double plateau_ = 0;     ///< W_max; 0: none
    double before_loss_ = 0; ///< cwnd_prior
    Instant last_acked_{};
};

} // namespace hawser::sctp
