#include "sctp/tx/destination.hpp"

#include <algorithm>

namespace hawser::sctp {
namespace {

/// Lanes kept without work; above it an idle one is used for the next class.
constexpr std::size_t kIdleLanesKept = 16;

/// No window has anything left to lose after so many.
constexpr unsigned kIdleRtosMax = 32;

/// Below this round trip the acknowledgements themselves pace the sender better than a timer can.
constexpr Duration kPacedRoundTrip = std::chrono::milliseconds{1};

/// Longer than any round trip, which is what bounds a wait.
constexpr std::chrono::duration<double> kPaceMax{3600};

} // namespace

Destination::Destination(const Path& its_path, std::uint8_t its_index, const Options& options,
                         Instant now)
    : path{its_path},
      index{its_index},
      packet_bytes{static_cast<std::uint32_t>(options.packet_bytes_max)},
      congestion{make_congestion_controller(options.congestion, chunk_bytes_max())},
      last_data_at{now},
      window_used_at{now} {
    lanes_.emplace_back(*this, ClassTable::kDefault, std::uint16_t{0}, RttEstimator{options});
}

void Destination::resize_packets(std::size_t bytes) {
    packet_bytes = static_cast<std::uint32_t>(bytes);
    congestion->packet_size_changed(chunk_bytes_max());
}

RtoLimits Destination::rto_limits(const Options& options) const {
    RtoLimits limits{options};
    if (!own) return limits;
    limits.initial = own->now.rto_initial.value_or(limits.initial);
    limits.least = own->now.rto_min.value_or(limits.least);
    limits.most = own->now.rto_max.value_or(limits.most);
    return limits;
}

bool Destination::seeks_larger_packets(const Options& options) const {
    const bool is_fixed = own && own->now.packet_bytes;
    return !is_fixed && chosen(&PathOptions::path_mtu_discovery, options.path_mtu_discovery);
}

void Destination::have_options(const PathOptions& wanted, OwnOptions::Whose whose,
                               const Options& options) {
    if (!own) own = std::make_unique<OwnOptions>();
    const bool was_fixed = own->now.packet_bytes.has_value();
    if (whose == OwnOptions::Whose::association) own->of_association = wanted;
    own->now = lay_over(wanted, own->of_association);
    for (Lane& lane : lanes_)
        lane.rtt.limits_changed(rto_limits(options));
    const bool has_looked = path_mtu != nullptr && !seeks_larger_packets(options);
    if (has_looked) path_mtu.reset();
    if (own->now.packet_bytes || was_fixed || has_looked)
        resize_packets(own->now.packet_bytes.value_or(options.packet_bytes_max));
}

void Destination::wake(Instant now) {
    const Duration rto = rtt().rto();
    Instant at = after(window_used_at, rto);
    if (at > now) return;
    for (unsigned i = 0; i < kIdleRtosMax && at <= now; ++i, at = after(at, rto))
        congestion->idle();
    window_used_at = now;
}

void Destination::pace(std::size_t bytes, Instant now) {
    const Duration round_trip = rtt().smoothed();
    if (round_trip < kPacedRoundTrip) return;
    const double rate = congestion->pacing_rate(round_trip);
    if (rate <= 0) return;
    const double seconds = std::min(static_cast<double>(bytes) / rate, kPaceMax.count());
    const auto wait = std::chrono::duration_cast<Duration>(std::chrono::duration<double>{seconds});
    // What leaves whatever the window says, or is larger than it, makes nobody wait for longer than
    // its answer takes.
    pace_at = std::min(std::max(pace_at, now - kPacedRoundTrip) + wait, now + round_trip);
}

Lane& Destination::lane_of(ClassId id) {
    Lane* spare = nullptr;
    for (Lane& lane : lanes_) {
        if (lane.traffic_class == id) return lane;
        if (&lane != &lanes_.front() && lane.idle()) spare = &lane;
    }
    // A new class begins with what is known of the path: its packets take the same one.
    if (spare != nullptr && lanes_.size() > kIdleLanesKept) {
        *spare = Lane{*this, id, spare->index, rtt()};
        return *spare;
    }
    const auto at = static_cast<std::uint16_t>(lanes_.size());
    const RttEstimator known = rtt();
    return lanes_.emplace_back(*this, id, at, known);
}

bool Destination::any_lost() const {
    return std::ranges::any_of(lanes_, [](const Lane& lane) { return !lane.lost.empty(); });
}

Duration Destination::newest_round_trip(Instant now) const {
    Duration shortest{};
    for (const Lane& lane : lanes_) {
        const bool is_news = lane.touched && lane.delivered_sent_at + lane.delivered_rtt == now;
        if (is_news && (shortest == Duration{} || lane.delivered_rtt < shortest))
            shortest = lane.delivered_rtt;
    }
    return shortest;
}

Instant Destination::deadline() const {
    Instant earliest = paced_until;
    if (path_mtu) earliest = std::min(earliest, path_mtu->mtu.deadline());
    for (const Lane& lane : lanes_)
        earliest = std::min({earliest, lane.t3_rtx, lane.tail_probe, lane.reordering});
    return earliest;
}

} // namespace hawser::sctp
