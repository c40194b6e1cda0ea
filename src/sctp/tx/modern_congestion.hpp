// The window of the `modern` profile.
#pragma once

#include "sctp/tx/congestion.hpp"
#include "sctp/tx/cubic.hpp"
#include "sctp/tx/loss_doubts.hpp"
#include "sctp/tx/proportional_rate.hpp"
#include "sctp/tx/slow_start.hpp"

#include <memory>
#include <optional>

namespace hawser::sctp {

/// Slow start that HyStart++ ends (RFC 9406), then CUBIC (RFC 9438), with Proportional Rate
/// Reduction while losses are repaired (RFC 9937), all of which is taken back when nothing was lost
/// (RFC 9438 §4.9). Grows by what was acknowledged, however many packets one SACK speaks of.
class ModernCongestion final : public CongestionController {
public:
    explicit ModernCongestion(std::size_t packet_bytes);

    void acked(const AckedBytes& acked) override;
    void lost(const LossFound& found) override;
    void timed_out(const LossFound& found) override;
    void marked() override;
    void numbers_begin_again() override;
    void idle() override;
    void packet_size_changed(std::size_t packet_bytes) override;

    void sent_in_recovery(std::size_t bytes) override;
    void recovering(const RecoveryProgress& progress) override;
    void recovered() override;

    void found_lost(const LostChunk& chunk) override;
    bool found_arrived(Tsn tsn, Instant now) override;

    double pacing_rate(Duration smoothed) const override;
    void exchange_state(Archive& archive) override; // state/congestion.cpp

private:
    static constexpr std::uint32_t kInitialPackets = 10;
    static constexpr std::uint32_t kLeastPackets = 2;
    static constexpr std::uint8_t kUndoneMax = 3; ///< a peer that says more often so may lie
    static constexpr std::uint32_t kPacketsAfterTimeout = 2; ///< L in RFC 3465 §2.3

    /// The last congestion event, and what was before it.
    struct Episode {
        ProportionalRate rate;
        LossDoubts doubts;
        bool recovering = false;
        bool stood = false;      ///< the recovery came to its end, and nothing has undone it since
        std::uint8_t undone = 0; ///< events in a row, with none between that stood
        Instant doubted_until = kNever;
        std::uint32_t losses_seen = 0; ///< of those that `doubts` has counted
        std::uint32_t target = 0;      ///< the window when it is over
        /// T3-rtx expired, and nothing that was sent since is acknowledged.
        std::optional<Instant> timed_out_at;
        // RFC 9438 §4.9.2.
        std::uint32_t window_before = 0;
        std::uint32_t threshold_before = 0;
        double fraction_before = 0;
        Cubic cubic_before;
    };
    /// What a window that was never used does not need.
    struct State {
        SlowStart slow_start;
        Cubic cubic;
        double fraction = 0; ///< of a byte more than `window_`, in [0, 1)
        std::unique_ptr<Episode> episode;
    };

    State& state() {
        if (!state_) state_ = std::make_unique<State>();
        return *state_;
    }
    Episode& episode() {
        if (!state().episode) state_->episode = std::make_unique<Episode>();
        return *state_->episode;
    }
    /// A congestion event begins.
    Episode& begin(const LossFound& found);
    void steer(Episode& episode, const RecoveryProgress& progress);
    void reduce(double beta);
    void reduce_target();
    void grow_in_slow_start(const AckedBytes& acked, bool was_used);
    std::size_t believed_growth(const AckedBytes& acked);
    void undo();

    double packets(std::size_t bytes) const {
        return static_cast<double>(bytes) / static_cast<double>(packet_);
    }
    /// The window in packets, with what is less than a byte.
    double exact();
    void set_exact(double packets);
    /// What follows is congestion avoidance, which RFC 5681 §3.1 leaves open for cwnd == ssthresh.
    void leave_slow_start() { slow_start_threshold_ = window_ - 1; }

    std::uint32_t packet_;
    std::unique_ptr<State> state_;
};

} // namespace hawser::sctp
