// The model of a path, and what it makes of the window and the pace.
#include "sctp/tx/bbr.hpp"

#include <hawser/wire/sctp/packet.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {
namespace {

constexpr double kPacingMargin = 0.99;
constexpr double kStartupGain = 2.77; // 4 ln 2: twice as much each round trip
constexpr double kDrainGain = 0.5;
constexpr double kDownGain = 0.9;
constexpr double kUpGain = 1.25;
/// What leaves at once takes the path so long, unless that is less than two packets.
constexpr std::chrono::duration<double> kQuantum{0.001};
constexpr double kQuantumBytesMax = 65'536;

} // namespace

Bbr::Bbr(std::size_t packet_bytes) : packet_{static_cast<std::uint32_t>(packet_bytes)} {
    window_ = quantum_ = kInitialPackets * packet_;
}

double Bbr::pacing_gain() const {
    switch (phase_) {
    case Phase::startup: return kStartupGain;
    case Phase::drain: return kDrainGain;
    case Phase::down: return kDownGain;
    case Phase::up: return kUpGain;
    case Phase::cruise:
    case Phase::refill:
    case Phase::probe_rtt: break;
    }
    return 1;
}

void Bbr::acked(const AckedBytes& acked) {
    now_ = acked.now;
    if (acked.in_flight == 0) delivery_.landed();
    window_limits_ = acked.in_flight_before + std::max(packet_, quantum_) >= window_;
    if (dice_ == 0) dice_ = (std::uint64_t{acked.newest.value} << 1U) | 1U;
    std::optional<Instant> sent_at;
    if (acked.round_trip > Duration::zero()) sent_at = acked.now - acked.round_trip;
    const auto sample = delivery_.acked(acked.bytes, sent_at, acked.now, least_round_trip_.value());
    if (sample) {
        least_round_trip_.sample(acked.round_trip, acked.now);
        update_model(acked, *sample);
        update_phase(acked, *sample);
        restarts_ = false;
    }
    if (most_.most() > 0) set_pace(pacing_gain());
    set_window(acked);
    // Within a recovery its progress comes after this.
    if (!acked.in_recovery) lost_now_ = 0;
}

void Bbr::update_model(const AckedBytes& acked, const RateSample& sample) {
    rate_of_round_ = std::max(rate_of_round_, sample.rate);
    delivered_of_round_ = std::max(delivered_of_round_, static_cast<std::size_t>(sample.delivered));
    update_round(sample);
    if (sample.rate >= most_.most() || !sample.application_limited) most_.sample(sample.rate);
    aggregation_.acked(acked.bytes, rate(), window_, acked.now);
    if (round_began_) aggregation_.round();
    if (sample.delivered_until < loss_round_ends_at_) return;
    if (!looks_for_more() && lost_too_much_of_round()) adapt_lower_bounds();
    loss_round_ends_at_ = delivery_.delivered();
    begin_loss_round();
    rate_of_round_ = sample.rate;
    delivered_of_round_ = static_cast<std::size_t>(sample.delivered);
}

/// A round is over when something is acknowledged that left after it had begun.
void Bbr::update_round(const RateSample& sample) {
    round_began_ = sample.delivered_until >= round_ends_at_;
    if (!sample.application_limited) pipe_.sample(sample.rate, round_began_);
    if (!round_began_) return;
    round_ends_at_ = delivery_.delivered();
    ++rounds_since_probe_;
    conserves_ = false;
}

/// As many losses as that may come by chance.
bool Bbr::lost_too_much_of_round() const {
    const auto lost = static_cast<double>(delivery_.lost() - lost_at_loss_round_);
    const auto came = static_cast<double>(delivery_.delivered() - loss_round_began_at_);
    return marked_in_round_ || lost > kLossThreshold * (lost + came);
}

void Bbr::begin_loss_round() {
    loss_round_began_at_ = delivery_.delivered();
    lost_at_loss_round_ = delivery_.lost();
    marked_in_round_ = false;
}

/// What the path has brought across in spite of the losses is what it carries, or 0.7 of what was
/// thought to be that.
void Bbr::adapt_lower_bounds() {
    if (rate_low_ == 0) rate_low_ = most_.most();
    if (in_flight_low_ == kUnbounded) in_flight_low_ = window_;
    rate_low_ = std::max(rate_of_round_, kBeta * rate_low_);
    const auto fallen = static_cast<std::size_t>(kBeta * static_cast<double>(in_flight_low_));
    in_flight_low_ = std::min(in_flight_low_, std::max(delivered_of_round_, fallen));
}

void Bbr::reset_lower_bounds() {
    rate_low_ = 0;
    in_flight_low_ = kUnbounded;
    rate_of_round_ = 0;
    delivered_of_round_ = 0;
    begin_loss_round();
}

std::size_t Bbr::product(double rate, double gain) const {
    if (!least_round_trip_.is_known() || rate <= 0)
        return static_cast<std::size_t>(gain * kInitialPackets * packet_);
    const double seconds = std::chrono::duration<double>(least_round_trip_.value()).count();
    return static_cast<std::size_t>(std::min(gain * rate * seconds, double{kWindowMax}));
}

/// With room for trains and SACKs that make waves.
std::size_t Bbr::in_flight_target(double gain) const {
    const std::size_t trains = std::size_t{3} * std::min<std::size_t>(quantum_, 65'536);
    std::size_t target = std::max({product(rate(), gain), trains, least()});
    if (phase_ == Phase::up) target += std::size_t{2} * packet_;
    return target;
}

std::size_t Bbr::in_flight_high_with_headroom() const {
    if (in_flight_high_ == kUnbounded) return kUnbounded;
    const auto headroom =
        static_cast<std::size_t>(kHeadroom * static_cast<double>(in_flight_high_));
    return std::max(in_flight_high_ - std::max<std::size_t>(headroom, packet_), least());
}

void Bbr::give_room(std::size_t bytes) {
    window_ = static_cast<std::uint32_t>(std::min<std::size_t>(bytes, kWindowMax));
}

/// What is acknowledged now and was given up before says nothing of what the path takes.
void Bbr::set_window(const AckedBytes& acked) {
    if (!conserves_ && !acked.recovery_began) {
        const std::size_t most = in_flight_target(window_gain()) + aggregation_.most();
        const std::size_t grown = window_ + std::min(acked.bytes, acked.in_flight_before);
        if (is_full_) {
            give_room(std::min(grown, most));
        } else if (window_ < most || delivery_.delivered() < kInitialPackets * packet_) {
            give_room(grown);
        }
    }
    bound_window();
}

void Bbr::bound_window() {
    std::size_t most = kUnbounded;
    if (phase_ == Phase::cruise || phase_ == Phase::probe_rtt) {
        most = in_flight_high_with_headroom();
    } else if (is_in_probe_bw()) {
        most = in_flight_high_;
    }
    if (phase_ == Phase::probe_rtt) most = std::min(most, product(probe_rtt_rate_, kProbeRttGain));
    most = std::max(std::min(most, in_flight_low_), least());
    window_ = static_cast<std::uint32_t>(std::min<std::size_t>(window_, most));
}

void Bbr::set_pace(double gain) {
    const double pace = gain * rate() * kPacingMargin;
    if (is_full_ || pace > pace_) pace_ = pace;
    const double once = std::min(pace_ * kQuantum.count(), kQuantumBytesMax);
    quantum_ = std::max(static_cast<std::uint32_t>(once), 2 * packet_);
}

double Bbr::pacing_rate(Duration smoothed) const {
    // The model counts DATA, and the pace packets.
    const double packet = packet_;
    if (pace_ > 0) return pace_ * (packet + wire::sctp::kCommonHeaderBytes) / packet;
    return kStartupGain * static_cast<double>(window_) /
           std::chrono::duration<double>(smoothed).count();
}

void Bbr::left(const Departure& departure) {
    now_ = departure.now;
    const bool restarts = delivery_.has_landed() && delivery_.is_application_limited();
    delivery_.left(departure);
    if (!restarts) return;
    restarts_ = true;
    aggregation_.begin_again(departure.now);
    if (is_in_probe_bw()) set_pace(1);
    if (phase_ == Phase::probe_rtt && probe_rtt_until_ && now_ >= *probe_rtt_until_)
        leave_probe_rtt();
}

void Bbr::packet_size_changed(std::size_t packet_bytes) {
    packet_ = static_cast<std::uint32_t>(packet_bytes); // the window stays: RFC 8899 §3 (7)
}

// --- losses ---

void Bbr::remember_window() {
    const bool is_small = conserves_ || phase_ == Phase::probe_rtt;
    window_before_ = is_small ? std::max(window_before_, window_) : window_;
}

void Bbr::lost(const LossFound& found) {
    now_ = found.now;
    remember_window();
    entering_recovery_ = conserves_ = true;
    begin_round();
    before_ = {.rate_low = rate_low_,
               .in_flight_low = in_flight_low_,
               .in_flight_high = in_flight_high_,
               .window = window_before_};
    doubts_.begin(found.first, found.chunks);
    doubted_until_ = found.doubted_until;
    if (undone_ >= kUndoneMax) doubts_.settle();
}

/// As many leave as arrive, for a round trip: what the losses say of the path is known then.
void Bbr::recovering(const RecoveryProgress& progress) {
    const std::size_t lost = std::exchange(lost_now_, 0);
    if (std::exchange(entering_recovery_, false)) {
        give_room(progress.in_flight + std::max<std::size_t>(progress.delivered, packet_));
        return bound_window();
    }
    give_room(std::max<std::size_t>(window_ - std::min<std::size_t>(window_, lost), packet_));
    if (conserves_)
        give_room(std::max<std::size_t>(window_, progress.in_flight + progress.delivered));
    if (progress.in_flight == 0) delivery_.landed();
    bound_window();
}

void Bbr::recovered() {
    conserves_ = entering_recovery_ = false;
    undone_ = 0;
    restore_window();
    bound_window();
}

void Bbr::timed_out(const LossFound& found) {
    if (conserves_ || entering_recovery_) {
        doubts_.settle(); // what was lost once more leaves no doubt
    } else {
        lost(found);
    }
    conserves_ = entering_recovery_ = false;
    window_ = std::min(window_, packet_);
    delivery_.landed();
}

void Bbr::marked() {
    doubts_.settle();
    marked_in_round_ = true;
    const auto cut = static_cast<std::size_t>(kBeta * static_cast<double>(window_));
    if (phase_ == Phase::startup) is_full_ = true; // the queue grows, and is not full
    in_flight_low_ = std::max(cut, least());
    if (phase_ == Phase::up) too_much_in_flight(cut, false);
    bound_window();
}

void Bbr::found_lost(const LostChunk& chunk) {
    doubts_.lost(chunk.tsn, chunk.sent_again_before);
    lost_now_ += chunk.bytes;
    if (chunk.tsn != last_lost_.next()) ++loss_ranges_;
    last_lost_ = chunk.tsn;
    const auto departure = delivery_.lost(chunk.bytes, chunk.sent_at);
    const auto in_flight = static_cast<double>(departure.in_flight);
    if (!probe_may_fail_ || static_cast<double>(departure.lost_since) <= kLossThreshold * in_flight)
        return;
    // Where in the train the losses passed the threshold.
    const double before = in_flight - static_cast<double>(chunk.bytes);
    const double lost_before = static_cast<double>(departure.lost_since - chunk.bytes);
    const double more =
        std::max((kLossThreshold * before - lost_before) / (1 - kLossThreshold), 0.0);
    too_much_in_flight(static_cast<std::size_t>(std::max(before, 0.0) + more),
                       departure.application_limited);
}

bool Bbr::found_arrived(Tsn tsn, Instant now) {
    if (now > doubted_until_) doubts_.settle();
    if (!doubts_.arrived(tsn)) return false;
    doubts_.settle();
    ++undone_;
    conserves_ = entering_recovery_ = false;
    begin_loss_round();
    rate_low_ = before_.rate_low == 0 ? 0 : std::max(rate_low_, before_.rate_low);
    in_flight_low_ = std::max(in_flight_low_, before_.in_flight_low);
    in_flight_high_ = std::max(in_flight_high_, before_.in_flight_high);
    give_room(std::max<std::size_t>(window_, before_.window));
    bound_window();
    return true;
}

} // namespace hawser::sctp
