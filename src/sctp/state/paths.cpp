// The ways to the peer, and all that is known of them.
#include "sctp/state/archive.hpp"
#include "sctp/tx/destinations.hpp"
#include "sctp/tx/ways.hpp"

#include <algorithm>

namespace hawser::sctp {
namespace {

constexpr std::size_t kDestinationsMax = 255;
constexpr std::size_t kLanesMax = 1024;
/// Longer is no round trip, whatever was handed over meanwhile.
constexpr Duration kRoundTripMost = std::chrono::hours{24 * 365};
constexpr std::uint32_t kPacketBytesLeast = 64;
constexpr std::uint32_t kPacketBytesMost = 65'532;

bool is_packet_size(std::uint32_t bytes) {
    return bytes >= kPacketBytesLeast && bytes <= kPacketBytesMost && bytes % 4 == 0;
}

} // namespace

/// The first one is there already.
void StateAccess::exchange(Archive& archive, Destinations& destinations) {
    auto& [first, others, primary, current, live] = destinations;
    const std::size_t count = archive.count(destinations.slots(), kDestinationsMax);
    archive.check(count > 0);
    archive.destination_count = count;
    for (std::size_t i = 0; i < count && archive.ok(); ++i) {
        bool there = archive.saving() && destinations.slot(i) != nullptr;
        archive(there);
        archive.destination_holes[i] = !there;
        Path path = archive.saving() && there ? destinations[i].path : Path{};
        if (there) archive(path);
        if (archive.loading() && i > 0)
            destinations.add(path, archive.shared().options, archive.exported_at());
        if (!there) continue;
        archive.destination_there = static_cast<std::uint8_t>(i);
        destinations[i].path = path;
        archive(destinations[i]);
    }
    archive.check(archive.destination_holes.count() < count);
    for (std::size_t i = 0; i < count && archive.loading() && archive.ok(); ++i)
        if (archive.destination_holes[i]) destinations.remove(destinations[i]);
    archive.destination(primary);
    archive.destination(current);
}

/// What its chunks say is told by them: what is in flight, and where they stand in its lanes.
void StateAccess::exchange(Archive& archive, Destination& destination) {
    auto& [path, index, may_fragment, in_recovery, recovery_began, echo_known, doubted, timed_out,
           packet_bytes, path_mtu, own, highest_newly_acked, echo_point, congestion,
           in_flight_bytes, in_flight_before, burst_limit, recovery_point, reach, confirmed,
           answered, sources_tried, suspected_errno, timeouts_in_row, errors, last_data_at,
           window_used_at, heartbeat_at, next_error_at, traffic, pace_at, paced_until, tally,
           lanes] = destination;
    may_fragment = archive.passed(bool{may_fragment});
    in_recovery = archive.passed(bool{in_recovery});
    recovery_began = archive.passed(bool{recovery_began});
    echo_known = archive.passed(bool{echo_known});
    doubted = archive.passed(bool{doubted});
    archive(timed_out, packet_bytes, own, traffic, tally);
    archive.check(is_packet_size(packet_bytes));
    if (!archive.ok()) packet_bytes = kPacketBytesMost;
    archive(highest_newly_acked, echo_point, in_flight_before, burst_limit, recovery_point);
    archive.bounded(reach, Reach::inactive);
    archive(confirmed, answered, sources_tried, suspected_errno, timeouts_in_row, errors,
            heartbeat_at, paced_until);
    archive.moments(last_data_at, window_used_at, next_error_at, pace_at);
    bool sized = path_mtu != nullptr;
    archive(sized);
    if (archive.loading() && sized) path_mtu = std::make_unique<MtuDiscovery>(PathMtu::Sizes{});
    if (path_mtu) archive(*path_mtu);
    exchange_congestion(archive, destination);

    const std::size_t count = archive.count(lanes.size(), kLanesMax);
    archive.check(count > 0);
    for (std::size_t i = lanes.size(); i < count; ++i)
        lanes.emplace_back(destination, ClassTable::kDefault, static_cast<std::uint16_t>(i),
                           destination.rtt());
    for (Lane& lane : lanes)
        archive(lane);
    archive.check(lanes.front().traffic_class == ClassTable::kDefault);
}

void StateAccess::exchange(Archive& archive, OwnOptions& own) {
    auto& [now, of_association] = own;
    archive(now, of_association);
    archive.check(check(now, archive.shared().options).has_value() &&
                  check(of_association, archive.shared().options).has_value());
    if (!archive.ok()) own = {};
}

void StateAccess::exchange(Archive& archive, PathOptions& options) {
    auto& [heartbeat_interval, path_retransmissions_max, potentially_failed_retransmissions_max,
           rto_initial, rto_min, rto_max, packet_bytes, path_mtu_discovery, ancillary] = options;
    archive(heartbeat_interval, path_retransmissions_max, potentially_failed_retransmissions_max,
            rto_initial, rto_min, rto_max, packet_bytes, path_mtu_discovery, ancillary);
}

void StateAccess::exchange(Archive& archive, Traffic& traffic) {
    auto& [packets_sent, packets_received, bytes_sent, bytes_received, last_received] = traffic;
    archive(packets_sent, packets_received, bytes_sent, bytes_received, last_received);
}

void StateAccess::exchange(Archive& archive, Tally& tally) {
    auto& [losses, retransmissions, marks, reductions] = tally;
    archive(losses, retransmissions, marks, reductions);
}

void StateAccess::exchange(Archive& archive, Retransmissions& counts) {
    auto& [timeout, fast, tail_probe, faster_path, spurious] = counts;
    archive(timeout, fast, tail_probe, faster_path, spurious);
}

void StateAccess::exchange(Archive& archive, Way& way) {
    auto& [recovery_began_at, spared_until] = way;
    archive(recovery_began_at, spared_until);
}

void StateAccess::exchange(Archive& archive, Lane& lane) {
    auto& [destination, traffic_class, index, probe_wanted, probe_sent, reordering_seen, rtt,
           in_flight, lost, t3_rtx, tail_probe, reordering, delivered_sent_at, delivered_rtt,
           highest_delivered, any_delivered, oldest_acked, touched, rtt_sampled, rtt_sample,
           sampled_at, acked_bytes, sacked_bytes] = lane;
    // Of a SACK at hand there is nothing between two calls.
    archive(traffic_class, probe_wanted, probe_sent, reordering_seen, rtt, t3_rtx, tail_probe,
            reordering, delivered_rtt, highest_delivered, any_delivered);
    archive.moments(delivered_sent_at, sampled_at);
    archive.check(delivered_rtt <= kRoundTripMost);
}

void StateAccess::exchange(Archive& archive, RttEstimator& rtt) {
    constexpr Duration kMost = std::chrono::hours{24};
    auto& [smoothed, variation, least, rto] = rtt;
    for (Duration* const one : {&smoothed, &variation, &least, &rto}) {
        archive(*one);
        archive.check(*one <= kMost);
    }
    archive.check(rto > Duration{});
}

void StateAccess::exchange(Archive& archive, MtuDiscovery& discovery) {
    auto& [mtu, nonce, sent_at, probes, probes_lost] = discovery;
    archive(mtu, nonce, probes, probes_lost);
    archive.moments(sent_at);
}

void StateAccess::exchange(Archive& archive, PathMtu& mtu) {
    auto& [least, base, most, around, packet_bytes, refused, probed, hint, state, lost, doubted,
           resting, expires_at, not_before, raise_at] = mtu;
    archive(least, base, most, around, packet_bytes, refused, probed, hint);
    archive.bounded(state, PathMtu::State::error);
    archive(lost, doubted, resting);
    archive.moments(expires_at, not_before, raise_at);
    for (const std::uint16_t size : {least, base, most, packet_bytes})
        archive.check(is_packet_size(size));
    for (const std::uint16_t size : {refused, probed, hint})
        archive.check(size == 0 || is_packet_size(size));
    archive.check(least <= base && base <= most && least <= packet_bytes);
}

} // namespace hawser::sctp
