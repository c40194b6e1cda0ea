// Windows.
#include "sctp/state/archive.hpp"
#include "sctp/tx/destination.hpp"
#include "sctp/tx/modern_congestion.hpp"

namespace hawser::sctp {
namespace {

constexpr std::uint8_t kPart = 'c';
constexpr std::uint8_t kVersion = 1;
/// Of chunks that may be outstanding, a bit each.
constexpr std::size_t kDoubtWordsMax = 1024;

} // namespace

/// Under another kind of control the window is begun anew: it says nothing that the other would
/// understand.
void StateAccess::exchange_congestion(Archive& archive, Destination& destination) {
    const Congestion kind = archive.shared().options.congestion;
    auto same = archive.passed(static_cast<std::uint8_t>(kind));
    if (archive.loading()) {
        destination.congestion = make_congestion_controller(kind, destination.chunk_bytes_max());
        if (same != static_cast<std::uint8_t>(kind)) return archive.skip_part(kPart, kVersion);
    }
    archive.part(kPart, kVersion, [&] {
        CongestionController& controller = *destination.congestion;
        archive(controller.window_, controller.slow_start_threshold_);
        archive.check(controller.window_ <= 2 * kWindowMax);
        controller.exchange_state(archive);
    });
}

/// `packet_` is the destination's.
void ModernCongestion::exchange_state(Archive& archive) {
    bool used = state_ != nullptr;
    archive(used);
    if (!used) return;
    auto& [slow_start, cubic, fraction, episode] = state();
    bool reduced = episode != nullptr;
    archive(slow_start, cubic, fraction, reduced);
    archive.check(fraction >= 0 && fraction <= 1);
    if (!reduced) return;
    if (!episode) episode = std::make_unique<Episode>();
    auto& [rate, doubts, recovering, stood, undone, doubted_until, losses_seen, target,
           timed_out_at, window_before, threshold_before, fraction_before, cubic_before] = *episode;
    archive(rate, doubts, recovering, stood, undone, doubted_until, losses_seen, target,
            timed_out_at, window_before, threshold_before, fraction_before, cubic_before);
}

void StateAccess::exchange(Archive& archive, Cubic& cubic) {
    auto& [stage, plateau, before_loss, last_acked] = cubic;
    bool in_stage = stage.has_value();
    archive(in_stage);
    if (archive.loading() && in_stage) stage = Cubic::Stage{};
    if (stage) {
        auto& [began, its_plateau, inflection, estimate] = *stage;
        archive.moments(began);
        archive(its_plateau, inflection, estimate);
    }
    archive.moments(last_acked);
    archive(plateau, before_loss);
}

void StateAccess::exchange(Archive& archive, LossDoubts& doubts) {
    auto& [lost, first, in_doubt, marked, certain] = doubts;
    archive.list(lost, kDoubtWordsMax);
    archive(first, in_doubt, marked, certain);
}

void StateAccess::exchange(Archive& archive, ProportionalRate& rate) {
    auto& [in_flight, delivered, out] = rate;
    archive(in_flight, delivered, out);
    archive.check(in_flight > 0);
}

void StateAccess::exchange(Archive& archive, SlowStart& slow_start) {
    auto& [last_round, this_round, baseline, samples, round_end, conservative_rounds] = slow_start;
    archive(last_round, this_round, baseline, samples, round_end, conservative_rounds);
}

} // namespace hawser::sctp
