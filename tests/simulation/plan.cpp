#include "simulation/plan.hpp"

#include <algorithm>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSmallestMtu = 600;
constexpr std::size_t kUsualMtu = 1500;

} // namespace

Plan::Plan(std::uint64_t seed)
    : random{seed * 0x9e37'79b9},
      roughness{0.3 * static_cast<double>(random.below(101)) / 100},
      ipv6{random.chance(0.3)},
      rewrites_markings{random.chance(0.1)},
      changes_mtu{random.chance(0.25)},
      crashes{random.chance(0.25)},
      rebinds{random.chance(0.25)},
      a_opens{rebinds || !crashes || random.chance(0.5)},
      z_opens{!rebinds && !(crashes && a_opens)},
      hostile{seed % 2 == 1},
      multihomed{seed % 5 < 2},
      joined{seed % 3 == 0},
      hands_over{seed % 7 < 3},
      reconfigures{seed / 8 % 2 == 0},
      authenticates{static_cast<Authenticates>(seed / 5 % 3)},
      suspends{seed / 3 % 4 == 1},
      moves{multihomed && !rebinds && authenticates == Authenticates::both && seed / 3 % 4 != 0},
      ends_early{random.chance(0.3)},
      steps{5 + random.below(25)},
      streams{static_cast<std::uint16_t>(1 + random.below(20))},
      options_a{options()},
      options_z{options()},
      framing_a{framing()},
      framing_z{framing()} {
    if (rebinds) suspends = false;
    if (rebinds || moves) crashes = ends_early = false;
    // In half of the worlds both ends know I-DATA, so that it is used; in most others one does.
    options_a.interleaving = seed % 4 < 3;
    options_z.interleaving = seed / 4 % 3 < 2;
    options_a.reconfiguration = options_z.reconfiguration = reconfigures;
    if (reconfigures) {
        for (sctp::Options* each : {&options_a, &options_z})
            each->inbound_streams_max = static_cast<std::uint16_t>(streams + kStreamsAddedMax);
    }
    if (multihomed) {
        options_a.local_addresses = {host(1, 0), host(1, 0, 1)};
        options_z.local_addresses = {host(2, 0), host(2, 0, 1)};
    }
    constexpr sctp::Multipath kWays[] = {sctp::Multipath::coupled, sctp::Multipath::off,
                                         sctp::Multipath::uncoupled, sctp::Multipath::off};
    options_a.multipath = kWays[seed / 5 % 4];
    options_z.multipath = kWays[seed / 10 % 4];
    options_a.forward_tsn = options_z.forward_tsn = seed / 2 % 2 == 0;
    if (authenticates != Authenticates::nobody) options_a.authentication = authentication(seed);
    if (authenticates == Authenticates::both) options_z.authentication = authentication(seed + 1);
    options_a.dynamic_addresses = options_z.dynamic_addresses = moves;
    options_a.ecn = seed / 128 % 4 < 3;
    options_z.ecn = seed % 5 < 4;
    options_a.path_mtu_discovery = seed / 16 % 2 == 0;
    options_z.path_mtu_discovery = seed / 32 % 2 == 0;
    for (sctp::Options* each : {&options_a, &options_z}) {
        each->scheduler = scheduler();
        each->path_mtu_bytes_max = seed / 64 % 2 == 0 ? 1500 : 9000;
        // A link may be down for minutes: that alone ends no handshake.
        if (!cookies_die()) each->init_retransmissions_max = each->association_retransmissions_max;
    }
}

Duration Plan::up_to(Duration limit) {
    return Duration{
        static_cast<Duration::rep>(random.below(static_cast<std::uint64_t>(limit.count()) + 1))};
}

sctp::Options Plan::options() {
    sctp::Options options = random.chance(0.3) ? sctp::Options::rfc9260() : sctp::Options::modern();
    options.outbound_streams = streams;
    options.inbound_streams_max = streams;
    options.receive_window_bytes = static_cast<std::uint32_t>(4'000 + random.below(300'000));
    options.send_queue_bytes_max = 100'000 + random.below(1'000'000);
    options.send_queue_low_bytes = options.send_queue_bytes_max / 4;
    options.packet_bytes_max = 512 + 4 * random.below(random.chance(0.2) ? 2000 : 250);
    options.rto_initial = 100ms + up_to(2s);
    options.rto_min = 10ms + up_to(1s);
    options.rto_max = options.rto_min + 1s + up_to(5s);
    options.rto_initial = std::min(options.rto_initial, options.rto_max);
    options.delayed_ack = up_to(random.chance(0.5) ? 20ms : 400ms);
    options.heartbeat_interval =
        random.chance(0.5) ? sctp::Options::kHeartbeatOff : Duration{1s + up_to(20s)};
    // Loss alone ends no association.
    options.association_retransmissions_max = 100'000;
    options.shutdown_guard = 24h;
    options.path_retransmissions_max = static_cast<std::uint32_t>(1 + random.below(20));
    options.potentially_failed_retransmissions_max = static_cast<std::uint32_t>(random.below(3));
    options.init_retransmissions_max = 60;
    options.recovery = random.chance(0.5) ? sctp::Recovery::rack : sctp::Recovery::rfc9260;
    options.congestion = static_cast<sctp::Congestion>(random.below(3));
    options.nr_sack = random.chance(0.5);
    options.max_burst = static_cast<std::uint32_t>(4 + random.below(8));
    options.sack_frequency = static_cast<std::uint32_t>(1 + random.below(4));
    options.window_credit =
        random.chance(0.5) ? sctp::WindowCredit::on_poll : sctp::WindowCredit::on_release;
    if (random.chance(0.5)) options.ancillary = marking();
    options.ancillary.hop_limit.reset();
    return options;
}

/// All chunks, but for those that a peer without memory cannot authenticate: an association that
/// nobody can end or begin anew is never missed here.
sctp::Authentication Plan::authentication(std::uint64_t choice) const {
    const bool forgets = cookies_die() || ends_early;
    sctp::Authentication wanted;
    for (unsigned number = 0; number < 256; ++number) {
        const auto type = static_cast<sctp::ChunkType>(number);
        const bool needs_memory =
            type == sctp::ChunkType::abort || type == sctp::ChunkType::cookie_echo;
        if (!(forgets && needs_memory)) wanted.chunks.push_back(type);
    }
    if (choice % 3 == 0) wanted.hmacs = {sctp::HmacId::sha1};
    for (std::uint16_t id = 0; id < kSharedKeys; ++id)
        wanted.keys.push_back(
            {.id = sctp::KeyId{id}, .secret = std::vector<std::byte>(20u * id, std::byte(id))});
    wanted.active_key = static_cast<sctp::KeyId>(choice % kSharedKeys);
    return wanted;
}

sctp::KeyId Plan::key() {
    return static_cast<sctp::KeyId>(random.below(kSharedKeys));
}

Framing Plan::framing() {
    Framing framing;
    framing.headroom = random.below(2) * random.below(64);
    framing.tailroom = random.below(2) * random.below(64);
    if (random.chance(0.3)) framing.train_segments_max = 1 + random.below(8);
    return framing;
}

Link Plan::healed_link() {
    return {.latency = 10ms};
}

Link Plan::rough_link() {
    const auto some = [this] {
        return random.chance(0.5) ? roughness * static_cast<double>(random.below(101)) / 100 : 0;
    };
    Link link{.loss = some(), .duplication = some(), .corruption = some(), .reordering = some()};
    link.reordering_delay = up_to(kFlightMax / 4);
    link.latency = up_to(random.chance(0.8) ? Duration{50ms} : kFlightMax / 4);
    link.jitter = random.chance(0.5) ? Duration{} : up_to(kFlightMax / 4);
    if (random.chance(0.3)) {
        link.class_latency[Dscp::ef] = up_to(5ms);
        link.class_latency[Dscp::cs1] = up_to(kFlightMax / 4);
    }
    if (changes_mtu && random.chance(0.6)) {
        link.mtu_bytes = kSmallestMtu + random.below(kUsualMtu - kSmallestMtu);
        link.too_big_events = random.chance(0.6); // else a black hole
    }
    link.congestion_marks = some();
    if (random.chance(0.25)) { // narrow: what waits for it is at most a quarter of a flight
        link.bytes_per_second = 20'000 + random.below(5'000'000);
        link.queue_bytes_max = 3'000 + random.below(link.bytes_per_second / 4);
    }
    if (rewrites_markings && random.chance(0.5)) {
        link.rewrites_dscp_to = Dscp::cs0;
        link.clears_ecn = random.chance(0.5);
    }
    return link;
}

Address Plan::host(std::uint8_t number, std::uint16_t udp_port, std::uint8_t network) const {
    if (!ipv6) return Address::ipv4({10, 0, network, number}, udp_port);
    return Address::ipv6({0x20, 0x01, 0x0d, 0xb8, network, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number},
                         udp_port);
}

std::string Plan::message() {
    const std::uint64_t kind = random.below(100);
    const std::uint64_t limit = kind < 60 ? 100 : kind < 88 ? 3'000 : kind < 98 ? 20'000 : 200'000;
    std::string text(1 + random.below(limit), '\0');
    for (std::size_t i = 0; i < text.size(); i += sizeof(std::uint64_t)) {
        const std::uint64_t word = random.next();
        text.replace(i, std::min(sizeof word, text.size() - i),
                     reinterpret_cast<const char*>(&word), std::min(sizeof word, text.size() - i));
    }
    return text;
}

Ancillary Plan::marking() {
    static constexpr Dscp kClasses[] = {Dscp::cs0, Dscp::ef, Dscp::cs1, Dscp::af41};
    Ancillary marking;
    if (random.chance(0.7)) marking.dscp = kClasses[random.below(std::size(kClasses))];
    if (random.chance(0.7)) marking.ecn = static_cast<Ecn>(random.below(3)); // not CE
    if (random.chance(0.2)) marking.hop_limit = static_cast<std::uint8_t>(1 + random.below(255));
    return marking;
}

sctp::StreamScheduler Plan::scheduler() {
    using enum sctp::StreamScheduler;
    static constexpr sctp::StreamScheduler kAll[] = {
        first_come_first_served, round_robin,           round_robin_per_packet, priority,
        fair_capacity,           weighted_fair_queueing};
    return kAll[random.below(std::size(kAll))];
}

std::uint16_t Plan::stream_value() {
    return static_cast<std::uint16_t>(random.below(random.chance(0.5) ? 5 : 65'536));
}

sctp::SendOptions Plan::send_options(Instant now) {
    sctp::SendOptions options;
    options.stream = static_cast<sctp::StreamId>(random.below(streams));
    options.unordered = random.chance(0.3);
    options.sack_immediately = random.chance(0.1);
    if (random.chance(0.4)) options.ancillary = marking();
    if (random.chance(0.05)) options.ancillary.send_at = SendTime{now + up_to(2s)};
    if (random.chance(0.05)) options.lifetime = 1ms + up_to(3s);
    if (random.chance(0.1)) options.priority = static_cast<std::uint32_t>(random.below(4));
    if (options_a.forward_tsn && random.chance(0.1))
        options.retransmissions_max = static_cast<std::uint8_t>(random.below(3));
    if (authenticates == Authenticates::both && random.chance(0.1)) options.key = key();
    return options;
}

} // namespace hawser::test
