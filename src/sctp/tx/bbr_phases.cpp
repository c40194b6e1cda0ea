// When BBR looks for more, and for less (draft-ietf-ccwg-bbr, "State Machine").
#include "sctp/tx/bbr.hpp"

#include <algorithm>

namespace hawser::sctp {
namespace {

constexpr std::uint32_t kStartupLossRanges = 6;
constexpr std::uint32_t kUpRoundsMax = 30;
/// Flows of Reno's kind, which share the path, have found as much again as it takes after so many
/// round trips as there are packets under way; no more than this.
constexpr std::uint32_t kRoundsBetweenProbesMax = 63;
constexpr Duration kBetweenProbes = std::chrono::seconds{2}; // and up to a second more
constexpr Duration kProbeRttDuration = std::chrono::milliseconds{200};

} // namespace

void Bbr::update_phase(const AckedBytes& acked, const RateSample& sample) {
    if (phase_ == Phase::startup) update_startup(acked);
    if (phase_ == Phase::drain && acked.in_flight <= in_flight_target(1)) begin_down();
    if (is_full_) update_probe_bw(acked, sample);
    update_probe_rtt(acked, sample);
    if (!round_began_) return;
    delivered_at_round_ = delivery_.delivered();
    lost_at_round_ = delivery_.lost();
    loss_ranges_ = 0;
}

void Bbr::update_startup(const AckedBytes& acked) {
    if (pipe_.is_full()) is_full_ = true;
    if (round_began_ && acked.in_recovery && loss_ranges_ >= kStartupLossRanges) {
        const auto lost = static_cast<double>(delivery_.lost() - lost_at_round_);
        const auto came = static_cast<double>(delivery_.delivered() - delivered_at_round_);
        if (lost > kLossThreshold * (lost + came)) {
            is_full_ = true;
            in_flight_high_ = std::max(product(most_.most(), 1), delivered_of_round_);
        }
    }
    if (is_full_) phase_ = Phase::drain;
}

void Bbr::begin_down() {
    phase_ = Phase::down;
    probed_at_ = now_;
    rate_of_round_ = 0;
    delivered_of_round_ = 0;
    begin_loss_round();
    up_acked_ = 0;
    // Flows must not look at the same time for ever.
    dice_ = dice_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    rounds_since_probe_ = static_cast<std::uint32_t>(dice_ >> 63U);
    probe_wait_ = kBetweenProbes + std::chrono::microseconds{(dice_ >> 32U) % 1'000'000};
    samples_ = Samples::after_probe;
    begin_round();
}

void Bbr::begin_refill() {
    phase_ = Phase::refill;
    reset_lower_bounds();
    up_rounds_ = 0;
    up_acked_ = 0;
    begin_round();
}

void Bbr::begin_up(const RateSample& sample) {
    phase_ = Phase::up;
    samples_ = Samples::before_probe;
    probe_may_fail_ = true;
    pipe_.begin_again(sample.rate);
    begin_round();
    raise_slope();
}

bool Bbr::is_time_to_probe() const {
    const std::size_t packets = std::min<std::size_t>(product(rate(), 1), window_) / packet_;
    const std::size_t rounds = std::min<std::size_t>(packets, kRoundsBetweenProbesMax);
    return now_ > probed_at_ + probe_wait_ || rounds_since_probe_ >= rounds;
}

void Bbr::update_probe_bw(const AckedBytes& acked, const RateSample& sample) {
    adapt_upper_bound(acked, sample);
    switch (phase()) {
    case Phase::down:
        if (is_time_to_probe()) return begin_refill();
        if (acked.in_flight <= in_flight_high_with_headroom() &&
            acked.in_flight <= product(most_.most(), 1))
            phase_ = Phase::cruise;
        return;
    case Phase::cruise:
        if (is_time_to_probe()) begin_refill();
        return;
    case Phase::refill:
        if (round_began_) begin_up(sample);
        return;
    case Phase::up:
        // What the bound holds back may grow with it.
        if (window_limits_ && window_ >= in_flight_high_) {
            pipe_.begin_again(sample.rate);
        } else if (pipe_.is_full()) {
            begin_down();
        }
        return;
    case Phase::startup:
    case Phase::drain:
    case Phase::probe_rtt: return;
    }
}

void Bbr::adapt_upper_bound(const AckedBytes& acked, const RateSample& sample) {
    if (samples_ == Samples::before_probe && round_began_) samples_ = Samples::of_probe;
    if (samples_ == Samples::after_probe && round_began_) {
        samples_ = Samples::ordinary;
        probe_may_fail_ = false;
        if (is_in_probe_bw() && !sample.application_limited) most_.next_cycle();
    }
    if (in_flight_high_ == kUnbounded || sample.delivered_until < high_until_) return;
    in_flight_high_ = std::max(in_flight_high_, sample.in_flight);
    if (phase_ == Phase::up) raise_upper_bound(acked);
}

/// By a packet in the first round trip, by two in the second and so on.
void Bbr::raise_upper_bound(const AckedBytes& acked) {
    if (window_limits_ && window_ >= in_flight_high_) {
        up_acked_ += static_cast<double>(acked.bytes);
        const double growth = up_acked_ / up_acked_each_;
        if (growth >= 1) {
            const auto bytes = static_cast<std::size_t>(growth);
            up_acked_ -= static_cast<double>(bytes) * up_acked_each_;
            in_flight_high_ = std::min<std::size_t>(in_flight_high_ + bytes, kWindowMax);
        }
    }
    if (round_began_) raise_slope();
}

void Bbr::raise_slope() {
    const double a_round =
        static_cast<double>(packet_) *
        static_cast<double>(std::uint64_t{1} << std::min(up_rounds_, kUpRoundsMax));
    up_rounds_ = std::min(up_rounds_ + 1, kUpRoundsMax);
    up_acked_each_ = std::max(static_cast<double>(window_) / a_round, 1.0);
}

/// So many bytes in flight when packets left were too many.
void Bbr::too_much_in_flight(std::size_t in_flight, bool application_limited) {
    probe_may_fail_ = false;
    if (!application_limited) {
        const auto target = static_cast<double>(std::min<std::size_t>(product(rate(), 1), window_));
        in_flight_high_ = std::max({in_flight, static_cast<std::size_t>(kBeta * target), least()});
        high_until_ = delivery_.delivered() + 1;
    }
    if (phase_ == Phase::up) begin_down();
}

/// Half of what is under way is not enough where the path has become slower of late.
void Bbr::update_probe_rtt(const AckedBytes& acked, const RateSample& sample) {
    if (phase_ != Phase::probe_rtt && least_round_trip_.is_due() && !restarts_) {
        remember_window();
        phase_ = Phase::probe_rtt;
        probe_rtt_until_.reset();
        const bool tells = sample.rate > 0 && !sample.application_limited;
        probe_rtt_rate_ = tells ? std::min(rate(), sample.rate) : rate();
        samples_ = Samples::after_probe;
        begin_round();
    }
    if (phase_ != Phase::probe_rtt) return;
    delivery_.limit_by_application(acked.in_flight);
    if (!probe_rtt_until_) {
        if (acked.in_flight > std::max(product(probe_rtt_rate_, kProbeRttGain), least())) return;
        probe_rtt_until_ = acked.now + kProbeRttDuration;
        probe_rtt_round_over_ = false;
        begin_round();
        return;
    }
    probe_rtt_round_over_ |= round_began_;
    if (probe_rtt_round_over_ && acked.now >= *probe_rtt_until_) leave_probe_rtt();
}

void Bbr::leave_probe_rtt() {
    least_round_trip_.looked(now_);
    restore_window();
    reset_lower_bounds();
    if (!is_full_) {
        phase_ = Phase::startup;
        return;
    }
    begin_down();
    phase_ = Phase::cruise;
}

} // namespace hawser::sctp
