#include "sctp/tx/modern_congestion.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

ModernCongestion::ModernCongestion(std::size_t packet_bytes)
    : packet_{static_cast<std::uint32_t>(packet_bytes)} {
    window_ = kInitialPackets * packet_; // RFC 6928
    slow_start_threshold_ = kWindowMax;
}

void ModernCongestion::acked(const AckedBytes& acked) {
    if (acked.in_recovery) return;
    // A window that the application does not fill says nothing about the path.
    const bool was_used = acked.in_flight_before + acked.in_flight_before / 2 >= window_;
    if (in_slow_start()) return grow_in_slow_start(acked, was_used);
    Cubic& cubic = state().cubic;
    if (!was_used) return cubic.not_limited_until(acked.now);
    if (acked.round_trip > Duration::zero()) cubic.idle_until(acked.now - acked.round_trip);
    set_exact(cubic.acked(exact(), packets(acked.bytes), acked.smoothed, acked.now, acked.share));
}

void ModernCongestion::grow_in_slow_start(const AckedBytes& acked, bool was_used) {
    std::size_t growth = acked.bytes;
    if (slow_start_threshold_ == kWindowMax) { // later ones know where to end: RFC 9406 §4.3
        SlowStart& slow_start = state().slow_start;
        const bool over = slow_start.acked(acked.newest, acked.next);
        if (acked.round_trip > Duration::zero()) slow_start.sample(acked.round_trip);
        if (over) return leave_slow_start();
        growth = slow_start.growth(growth);
    }
    if (!was_used) return;
    growth = std::min(growth, believed_growth(acked));
    const bool reached = window_ + growth >= slow_start_threshold_;
    window_ = reached ? slow_start_threshold_ : window_ + static_cast<std::uint32_t>(growth);
    if (reached && slow_start_threshold_ != kWindowMax) leave_slow_start();
}

/// What had been given up for lost when it was acknowledged says nothing about what the path takes
/// now; and until something is acknowledged that left after T3-rtx, a late SACK may speak of all of
/// a window that has failed (RFC 3465 §2.3).
std::size_t ModernCongestion::believed_growth(const AckedBytes& acked) {
    if (!state_ || !state_->episode || !state_->episode->timed_out_at)
        return acked.in_flight_before;
    std::optional<Instant>& timed_out_at = state_->episode->timed_out_at;
    const bool is_news =
        acked.round_trip > Duration::zero() && acked.now - acked.round_trip >= *timed_out_at;
    if (is_news) timed_out_at.reset();
    const std::size_t most = is_news ? kWindowMax : std::size_t{kPacketsAfterTimeout} * packet_;
    return std::min(most, acked.in_flight_before);
}

ModernCongestion::Episode& ModernCongestion::begin(const LossFound& found) {
    Episode& episode = this->episode();
    episode.window_before = window_;
    episode.threshold_before = slow_start_threshold_;
    episode.fraction_before = state_->fraction;
    episode.cubic_before = state_->cubic;
    if (std::exchange(episode.stood, false)) episode.undone = 0;
    episode.doubts.begin(found.first, found.chunks);
    if (episode.undone >= kUndoneMax) episode.doubts.settle();
    episode.doubted_until = found.doubted_until;
    episode.losses_seen = 0;
    return episode;
}

void ModernCongestion::lost(const LossFound& found) {
    Episode& episode = begin(found);
    reduce(in_slow_start() ? Cubic::kSlowStartBeta : Cubic::kBeta);
    episode.target = window_;
    episode.rate.begin(found.in_flight);
    episode.recovering = true;
}

void ModernCongestion::reduce(double beta) {
    const double before = exact();
    // Its least is two packets, which may have become larger than the window.
    set_exact(std::min(state().cubic.lost(before, beta), before));
    leave_slow_start();
}

void ModernCongestion::marked() {
    if (state_ && state_->episode) state_->episode->doubts.settle(); // that of before is history
    if (state_ && state_->episode && state_->episode->recovering) return reduce_target();
    reduce(Cubic::kBeta); // the queue grows, and is not full: also in slow start
}

/// While losses are repaired the window follows what arrives, and ends at its target.
void ModernCongestion::reduce_target() {
    std::uint32_t& target = state_->episode->target;
    const double packets_left = state_->cubic.lost(packets(target), Cubic::kBeta);
    target =
        std::min(target, static_cast<std::uint32_t>(packets_left * static_cast<double>(packet_)));
}

void ModernCongestion::timed_out(const LossFound& found) {
    const std::uint32_t least = kLeastPackets * packet_;
    Episode& episode = this->episode();
    State& now = *state_;
    const bool recovering = std::exchange(episode.recovering, false);
    const bool has_fallen = window_ <= least && slow_start_threshold_ != kWindowMax;
    if (recovering || has_fallen) {
        // What was lost once more says nothing new about the path (RFC 5681 §3.1), and leaves no
        // doubt about the rest.
        episode.doubts.settle();
        if (recovering) slow_start_threshold_ = std::max(episode.target, least);
    } else {
        begin(found);
        slow_start_threshold_ =
            static_cast<std::uint32_t>(now.cubic.timed_out(exact()) * static_cast<double>(packet_));
    }
    episode.timed_out_at = found.now;
    now.cubic.stop();
    now.fraction = 0;
    window_ = std::min(window_, least); // which larger packets may have raised above it
}

void ModernCongestion::numbers_begin_again() {
    if (!state_) return;
    state_->slow_start.begin_round_again();
    if (state_->episode) state_->episode->doubts.settle();
}

// RFC 9260 §7.2.1 halves it each RTO; what an idle path remembers is worth that little. But it may
// be found again in slow start (RFC 7661 §4.4.1).
void ModernCongestion::idle() {
    if (state_ && state_->episode) state_->episode->doubts.settle();
    const std::uint32_t left = std::max(window_ / 2, std::min(window_, kInitialPackets * packet_));
    if (left == window_) return;
    slow_start_threshold_ = std::max(slow_start_threshold_, window_ - window_ / 4);
    window_ = left;
    if (!state_) return;
    state_->fraction = 0;
    state_->cubic.stop();
}

void ModernCongestion::packet_size_changed(std::size_t packet_bytes) {
    const double factor = packets(packet_bytes);
    packet_ = static_cast<std::uint32_t>(packet_bytes);
    if (!state_) return; // the window stays as it is: RFC 8899 §3 (7)
    state_->cubic.rescale(1 / factor);
    if (state_->episode) state_->episode->cubic_before.rescale(1 / factor);
}

void ModernCongestion::sent_in_recovery(std::size_t bytes) {
    if (state_ && state_->episode) state_->episode->rate.sent(bytes);
}

void ModernCongestion::recovering(const RecoveryProgress& progress) {
    if (!state_ || !state_->episode || !state_->episode->recovering) return;
    Episode& episode = *state_->episode;
    if (progress.delivered > 0 || !episode.rate.has_sent()) {
        steer(episode, progress);
    } else {
        // News of losses alone lets nothing more leave, and must not close the window for what they
        // have taken from it.
        const std::size_t most = std::max<std::size_t>(episode.target, progress.in_flight);
        window_ = static_cast<std::uint32_t>(std::min<std::size_t>(window_, most));
    }
    if (progress.in_flight == 0) window_ = std::max(window_, packet_); // or only T3-rtx would go on
}

void ModernCongestion::steer(Episode& episode, const RecoveryProgress& progress) {
    const std::uint32_t losses = episode.doubts.marked();
    const bool lost_more = std::exchange(episode.losses_seen, losses) != losses;
    const std::size_t window = episode.rate.acked({
        .delivered = progress.delivered,
        .in_flight = progress.in_flight,
        .threshold = episode.target,
        .packet = packet_,
        .progress = progress.cumulative_advanced && !lost_more,
    });
    window_ = static_cast<std::uint32_t>(std::min<std::size_t>(window, kWindowMax));
}

void ModernCongestion::recovered() {
    if (!state_ || !state_->episode || !std::exchange(state_->episode->recovering, false)) return;
    state_->episode->stood = true;
    window_ = state_->episode->target;
    leave_slow_start();
}

void ModernCongestion::found_lost(const LostChunk& chunk) {
    if (state_ && state_->episode) state_->episode->doubts.lost(chunk.tsn, chunk.sent_again_before);
}

bool ModernCongestion::found_arrived(Tsn tsn, Instant now) {
    if (!state_ || !state_->episode) return false;
    Episode& episode = *state_->episode;
    if (now > episode.doubted_until) episode.doubts.settle();
    if (!episode.doubts.arrived(tsn)) return false;
    undo();
    return true;
}

/// RFC 9438 §4.9.2: what was before the event, unless the window is larger by now.
void ModernCongestion::undo() {
    Episode& episode = *state_->episode;
    episode.doubts.settle();
    episode.stood = false;
    ++episode.undone;
    episode.timed_out_at.reset();
    const std::uint32_t window =
        std::exchange(episode.recovering, false) ? episode.target : window_;
    window_ = window;
    if (window >= episode.window_before) return;
    window_ = episode.window_before;
    slow_start_threshold_ = episode.threshold_before;
    state_->fraction = episode.fraction_before;
    state_->cubic = episode.cubic_before;
}

/// RFC 9002 §7.7's shape: somewhat faster than the window per round trip, so that the pace is never
/// what limits; twice in slow start.
double ModernCongestion::pacing_rate(Duration smoothed) const {
    const double share = in_slow_start() ? 2.0 : 1.25;
    return share * static_cast<double>(window_) / std::chrono::duration<double>(smoothed).count();
}

double ModernCongestion::exact() {
    return (static_cast<double>(window_) + state().fraction) / static_cast<double>(packet_);
}

void ModernCongestion::set_exact(double packets) {
    const double bytes =
        std::min(packets * static_cast<double>(packet_), static_cast<double>(kWindowMax));
    window_ = static_cast<std::uint32_t>(bytes);
    state().fraction = bytes - static_cast<double>(window_);
}

} // namespace hawser::sctp
