// The window and the pace of `Congestion::bbr`.
#pragma once

#include "sctp/tx/ack_aggregation.hpp"
#include "sctp/tx/bandwidth_filter.hpp"
#include "sctp/tx/congestion.hpp"
#include "sctp/tx/delivery_rate.hpp"
#include "sctp/tx/full_pipe.hpp"
#include "sctp/tx/least_round_trip.hpp"
#include "sctp/tx/loss_doubts.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// BBR version 3 (draft-ietf-ccwg-bbr): a model of the path, which is the most that it delivers and
/// its shortest round trip, says how fast packets leave and how many may be under way. Now and then
/// it sends faster to see whether the path carries more, and slower so that the queue which that
/// made goes. More than one loss of fifty while it sends faster bounds what is under way from then
/// on (inflight_hi); any loss at other times makes it cautious until it looks again (inflight_lo,
/// bw_lo).
class Bbr final : public CongestionController {
public:
    explicit Bbr(std::size_t packet_bytes);

    void acked(const AckedBytes& acked) override;
    void lost(const LossFound& found) override;
    void timed_out(const LossFound& found) override;
    void marked() override;
    void numbers_begin_again() override { doubts_.settle(); }
    /// What leaves then is paced by the model, however long ago it was made: nothing bursts.
    void idle() override {}
    void packet_size_changed(std::size_t packet_bytes) override;

    void recovering(const RecoveryProgress& progress) override;
    void recovered() override;

    void found_lost(const LostChunk& chunk) override;
    bool found_arrived(Tsn tsn, Instant now) override;

    /// The model is made anew in another process, from a window that was right.
    void exchange_state(Archive& /*archive*/) override {}

    void left(const Departure& departure) override;
    double pacing_rate(Duration smoothed) const override;

    enum class Phase : std::uint8_t {
        startup,   ///< twice as fast each round trip
        drain,     ///< until the queue is gone that startup made
        down,      ///< ProbeBW: slower, until nothing is queued
        cruise,    ///< ProbeBW: at the path's rate
        refill,    ///< ProbeBW: a round trip that fills the path without a queue
        up,        ///< ProbeBW: faster, as long as it carries that
        probe_rtt, ///< next to nothing under way, to see the round trip without a queue
    };
    Phase phase() const { return phase_; }

private:
    static constexpr std::uint32_t kInitialPackets = 10; // RFC 6928
    static constexpr std::uint32_t kLeastPackets = 4;    // BBR.MinPipeCwnd
    static constexpr std::size_t kUnbounded = kWindowMax;
    static constexpr double kBeta = 0.7;
    static constexpr double kLossThreshold = 0.02; // BBR.LossThresh
    static constexpr double kHeadroom = 0.15;
    static constexpr double kProbeRttGain = 0.5;
    static constexpr std::uint8_t kUndoneMax = 3; // a peer that says more often so may lie

    /// What the samples of a SACK are about, after a change of the pace.
    enum class Samples : std::uint8_t {
        ordinary,
        before_probe, ///< faster packets have left, and none of them is acknowledged
        of_probe,
        after_probe, ///< slower ones have left
    };
    /// What a loss that was none takes back.
    struct Before {
        double rate_low = 0;
        std::size_t in_flight_low = kUnbounded;
        std::size_t in_flight_high = kUnbounded;
        std::size_t window = 0;
    };

    // bbr.cpp: the model, and what it makes of the window and the pace.
    void update_model(const AckedBytes& acked, const RateSample& sample);
    void update_round(const RateSample& sample);
    void adapt_lower_bounds();
    void begin_loss_round();
    bool lost_too_much_of_round() const;
    void set_window(const AckedBytes& acked);
    void bound_window();
    void set_pace(double gain);
    void reset_lower_bounds();
    void remember_window();
    void restore_window() { window_ = std::max(window_, window_before_); }
    void give_room(std::size_t bytes);
    /// Bytes a second that the path is thought to deliver now.
    double rate() const { return rate_low_ > 0 ? std::min(most_.most(), rate_low_) : most_.most(); }
    /// What is under way at the rate and the shortest round trip, times `gain`.
    std::size_t product(double rate, double gain) const;
    std::size_t in_flight_target(double gain) const;
    std::size_t in_flight_high_with_headroom() const;
    std::size_t least() const { return std::size_t{kLeastPackets} * packet_; }
    double pacing_gain() const;
    double window_gain() const { return phase_ == Phase::up ? 2.25 : 2.0; }

    // bbr_phases.cpp: when it looks for more, and for less.
    void update_phase(const AckedBytes& acked, const RateSample& sample);
    void update_startup(const AckedBytes& acked);
    void update_probe_bw(const AckedBytes& acked, const RateSample& sample);
    void adapt_upper_bound(const AckedBytes& acked, const RateSample& sample);
    void raise_upper_bound(const AckedBytes& acked);
    void raise_slope();
    void update_probe_rtt(const AckedBytes& acked, const RateSample& sample);
    void leave_probe_rtt();
    void begin_down();
    void begin_refill();
    void begin_up(const RateSample& sample);
    void begin_round() { round_ends_at_ = delivery_.delivered(); }
    bool is_time_to_probe() const;
    void too_much_in_flight(std::size_t in_flight, bool application_limited);
    bool is_in_probe_bw() const { return phase_ >= Phase::down && phase_ <= Phase::up; }
    bool looks_for_more() const {
        return phase_ == Phase::startup || phase_ == Phase::refill || phase_ == Phase::up;
    }

    std::uint32_t packet_;
    DeliveryRate delivery_;
    BandwidthFilter most_;
    LeastRoundTrip least_round_trip_;
    AckAggregation aggregation_;
    FullPipe pipe_;
    Phase phase_ = Phase::startup;
    Samples samples_ = Samples::ordinary;
    bool is_full_ = false;         // BBR.full_bw_reached
    bool round_began_ = false;     // with the SACK at hand
    bool marked_in_round_ = false; // by the network
    bool probe_may_fail_ = false;  // BBR.bw_probe_samples
    bool restarts_ = false;        // nothing was under way: BBR.idle_restart
    bool window_limits_ = false;   // at the SACK at hand
    Instant now_{};                // when something last came or left
    double pace_ = 0;              // bytes a second; 0: not known yet
    std::uint64_t round_ends_at_ = 0;
    std::uint64_t loss_round_ends_at_ = 0;
    std::uint64_t loss_round_began_at_ = 0;
    std::uint64_t lost_at_loss_round_ = 0;
    // Of the round at hand.
    double rate_of_round_ = 0;             // BBR.bw_latest
    std::size_t delivered_of_round_ = 0;   // BBR.inflight_latest
    std::uint64_t delivered_at_round_ = 0; // when it began
    std::uint64_t lost_at_round_ = 0;
    std::uint32_t loss_ranges_ = 0;
    Tsn last_lost_{};
    // Bounds.
    double rate_low_ = 0;                     // BBR.bw_lo; 0: none
    std::size_t in_flight_low_ = kUnbounded;  // BBR.inflight_lo
    std::size_t in_flight_high_ = kUnbounded; // BBR.inflight_hi
    std::uint64_t high_until_ = 0; // what left before so much was delivered does not raise it
    // The cycle of ProbeBW.
    Instant probed_at_{};
    Duration probe_wait_{};
    std::uint32_t rounds_since_probe_ = 0;
    std::uint32_t up_rounds_ = 0;
    double up_acked_ = 0;      // bytes that have not raised the bound yet
    double up_acked_each_ = 1; // bytes for each that the bound rises by
    std::uint64_t dice_ = 0;
    // ProbeRTT.
    double probe_rtt_rate_ = 0; // of which half a round trip is under way
    std::optional<Instant> probe_rtt_until_;
    bool probe_rtt_round_over_ = false;
    // Recovery.
    bool entering_recovery_ = false;
    bool conserves_ = false;   // what leaves is what arrives
    std::size_t lost_now_ = 0; // by the SACK at hand
    std::uint32_t window_before_ = 0;
    LossDoubts doubts_;
    Before before_;
    Instant doubted_until_ = kNever;
    std::uint8_t undone_ = 0;
};

} // namespace hawser::sctp
