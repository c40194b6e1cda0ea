#include "sctp/tx/own_options.hpp"

namespace hawser::sctp {
namespace {

constexpr std::size_t kPacketBytesLeast = 512;
constexpr std::size_t kPacketBytesMost = 65'000;
constexpr Duration kLongest = std::chrono::hours{24};

Result<> refused(std::string_view why) {
    return fail(Errc::invalid_argument, why);
}

Result<> check_timeouts(const PathOptions& wanted, const Options& endpoints) {
    const Duration initial = wanted.rto_initial.value_or(endpoints.rto_initial);
    const Duration least = wanted.rto_min.value_or(endpoints.rto_min);
    const Duration most = wanted.rto_max.value_or(endpoints.rto_max);
    const bool chosen = wanted.rto_initial || wanted.rto_min || wanted.rto_max;
    if (!chosen) return {};
    if (least <= Duration{}) return refused("rto_min: want more than 0");
    if (least > most) return refused("rto_min: above rto_max");
    if (most > kLongest) return refused("rto_max: above a day");
    if (initial < least) return refused("rto_initial: below rto_min");
    if (initial > most) return refused("rto_initial: above rto_max");
    return {};
}

Result<> check_packets(const PathOptions& wanted) {
    if (!wanted.packet_bytes) return {};
    const std::size_t bytes = *wanted.packet_bytes;
    if (bytes < kPacketBytesLeast || bytes > kPacketBytesMost || bytes % 4 != 0)
        return refused("packet_bytes: want 512 to 65000, and a multiple of 4");
    if (wanted.path_mtu_discovery.value_or(false))
        return refused("packet_bytes: says what path_mtu_discovery would find");
    return {};
}

} // namespace

PathOptions lay_over(const PathOptions& wanted, const PathOptions& below) {
    const auto pick = [&](auto PathOptions::* which) {
        return wanted.*which ? wanted.*which : below.*which;
    };
    PathOptions both{
        .heartbeat_interval = pick(&PathOptions::heartbeat_interval),
        .path_retransmissions_max = pick(&PathOptions::path_retransmissions_max),
        .potentially_failed_retransmissions_max =
            pick(&PathOptions::potentially_failed_retransmissions_max),
        .rto_initial = pick(&PathOptions::rto_initial),
        .rto_min = pick(&PathOptions::rto_min),
        .rto_max = pick(&PathOptions::rto_max),
        .packet_bytes = pick(&PathOptions::packet_bytes),
        .path_mtu_discovery = pick(&PathOptions::path_mtu_discovery),
        .ancillary = wanted.ancillary.over(below.ancillary),
    };
    // One of the two is about the other: who asks for discovery does not want the size from below.
    if (wanted.path_mtu_discovery.value_or(false) && !wanted.packet_bytes)
        both.packet_bytes.reset();
    if (wanted.packet_bytes && !wanted.path_mtu_discovery) both.path_mtu_discovery.reset();
    return both;
}

Result<> check(const PathOptions& wanted, const Options& endpoints) {
    if (wanted.heartbeat_interval && *wanted.heartbeat_interval < Duration{})
        return refused("heartbeat_interval: below 0");
    if (wanted.heartbeat_interval && *wanted.heartbeat_interval > kLongest &&
        *wanted.heartbeat_interval != Options::kHeartbeatOff)
        return refused("heartbeat_interval: above a day");
    if (wanted.ancillary.send_at) return refused("ancillary: paths have no time to send at");
    if (auto sound = check_timeouts(wanted, endpoints); !sound) return sound;
    return check_packets(wanted);
}

} // namespace hawser::sctp
