// Probes for larger packets: RFC 8899 §6.2, on the path that new DATA takes.
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/pad.hpp>

#include <algorithm>

namespace hawser::sctp {
namespace {

/// MIN_PLPMTU: 540 bytes with the headers of IPv4 and UDP.
constexpr std::size_t kPacketBytesLeast = 512;

/// The headers below SCTP, up to IP's.
std::size_t bytes_around(const Path& path, const Framing& framing) {
    const std::size_t ip = path.remote.is_ipv4() ? 20 : 40;
    const std::size_t udp = path.protocol == Protocol::udp ? 8 : 0;
    return ip + udp + framing.headroom + framing.tailroom;
}

/// MAX_PLPMTU.
std::size_t packet_bytes_most(const Options& options, const Framing& framing, std::size_t around) {
    const std::size_t below = framing.headroom + framing.tailroom;
    const std::size_t train = framing.train_bytes_max - std::min(framing.train_bytes_max, below);
    const std::size_t packet =
        options.path_mtu_bytes_max - std::min(options.path_mtu_bytes_max, around);
    return std::min({packet, train, framing.segment_bytes_max});
}

} // namespace

/// Larger packets are worth a probe where more waits than one of today's holds, so that an
/// association that is idle, or has little to say, costs nothing; and today's are where they are
/// doubted. None goes to a peer that is silent.
bool Association::may_probe_path_mtu(const Destination& there) const {
    return there.seeks_larger_packets(shared_.options) && !in_handshake() && sends_data() &&
           there.confirmed && there.errors == 0 &&
           (sender_->wants_train() || (there.path_mtu && there.path_mtu->mtu.is_doubted()));
}

std::optional<Transmit> Association::probe_path_mtus(Instant now, const Framing& framing) {
    if (!sender_->is_concurrent()) return probe_path_mtu(current(), now, framing);
    for (Destination* const there : destinations())
        if (auto probe = probe_path_mtu(*there, now, framing)) return probe;
    return std::nullopt;
}

std::optional<Transmit> Association::probe_path_mtu(Destination& there, Instant now,
                                                    const Framing& framing) {
    if (there.path_mtu && there.reach == Reach::inactive) {
        there.path_mtu->mtu.stop();
        adopt_path_mtu(there);
    }
    if (!may_probe_path_mtu(there)) return std::nullopt;
    const std::size_t around = bytes_around(there.path, framing);
    const std::size_t most = packet_bytes_most(shared_.options, framing, around);
    if (!there.path_mtu) {
        there.path_mtu = std::make_unique<MtuDiscovery>(PathMtu::Sizes{.least = kPacketBytesLeast,
                                                                       .base = there.packet_bytes,
                                                                       .most = most,
                                                                       .around = around});
    }
    PathMtu& mtu = there.path_mtu->mtu;
    mtu.start();
    mtu.limit(most, around);
    const std::size_t bytes = mtu.due(now);
    return bytes == 0 ? std::nullopt : path_mtu_probe(there, bytes, now, framing);
}

/// A HEARTBEAT, and PAD up to the size that is asked: nothing in it has to go again.
std::optional<Transmit> Association::path_mtu_probe(Destination& there, std::size_t bytes,
                                                    Instant now, const Framing& framing) {
    const bool large = bytes + framing.headroom + framing.tailroom > PacketPool::kSmallBytes;
    TrainWriter train = open_train(there, framing, large, peer_tag());
    if (!train.open(bytes)) return std::nullopt;
    MtuDiscovery& discovery = *there.path_mtu;
    discovery.nonce = shared_.random.u64();
    discovery.sent_at = now;
    ++discovery.probes;

    std::array<std::byte, Heartbeats::kInfoBytes> info{};
    wire::store_big(info.data(), discovery.nonce);
    std::array<std::byte, 2 * wire::sctp::kTlvHeaderBytes + info.size()> heartbeat{};
    wire::Writer chunk{heartbeat};
    wire::sctp::Heartbeat{info}.write(chunk, wire::sctp::ChunkType::heartbeat);
    HAWSER_ASSERT(train.add(chunk.output()));
    const std::size_t room = train.room(wire::sctp::ChunkType::pad);
    wire::Writer out{{train.claim(wire::sctp::ChunkType::pad, room), room}};
    wire::sctp::Pad{room - wire::sctp::kTlvHeaderBytes}.write(out);
    HAWSER_ASSERT(out.ok() && out.remaining() == 0);
    train.close(!transfer_->negotiated.zero_checksum);

    const RttEstimator& rtt = there.rtt();
    const bool measured = rtt.smoothed() != Duration{};
    discovery.mtu.sent(bytes, now, measured ? rtt.smoothed() : rtt.rto(), rtt.rto());
    Transmit transmit = finish(train, there, ClassTable::kDefault);
    transmit.ancillary.dont_fragment.reset(); // the default of sockets is that nobody does
    return transmit;
}

/// A HEARTBEAT ACK that answers no other heartbeat.
Verdict Association::path_mtu_answered(Bytes info, Instant now) {
    if (info.size() != Heartbeats::kInfoBytes) return Verdict::unexpected;
    const std::uint64_t nonce = wire::Reader{info}.u64();
    for (Destination* const there : destinations()) {
        MtuDiscovery* const discovery = there->path_mtu.get();
        if (discovery == nullptr || !discovery->mtu.is_out() || discovery->nonce != nonce) continue;
        there->rtt().sample(now - discovery->sent_at, there->rto_limits(shared_.options));
        answered(*there, now);
        discovery->mtu.answered(now);
        there->may_fragment = false; // what was cut for larger packets asks for it again
        adopt_path_mtu(*there);
        return Verdict::accepted;
    }
    return Verdict::unexpected;
}

/// PROBE_TIMER.
void Association::advance_path_mtus(Instant now) {
    for (Destination* const there : destinations()) {
        if (!there->path_mtu || there->path_mtu->mtu.deadline() > now) continue;
        ++there->path_mtu->probes_lost;
        there->path_mtu->mtu.expired(now, there->errors == 0);
        adopt_path_mtu(*there);
    }
}

/// RFC 8899 §4.3: DATA of the size in use does not get through. False where there is nothing
/// smaller, or no discovery.
bool Association::flees_black_hole(Destination& there, Instant now) {
    if (!there.path_mtu || !there.path_mtu->mtu.black_hole(now)) return false;
    adopt_path_mtu(there);
    return true;
}

/// RFC 8899 §4.6: what the network says is no more than a hint.
void Association::path_mtu_too_big(Destination& there, const PathEvent& event, Instant now) {
    const auto fits = event.payload_bytes_max(0);
    if (!fits) return;
    MtuDiscovery& discovery = *there.path_mtu;
    const bool was_out = discovery.mtu.is_out();
    discovery.mtu.too_big(*fits, now);
    if (was_out && !discovery.mtu.is_out()) ++discovery.probes_lost;
}

void Association::adopt_path_mtu(Destination& there) {
    const std::size_t bytes = there.path_mtu->mtu.packet_bytes();
    if (bytes == there.packet_bytes) return;
    const bool less = bytes < there.packet_bytes;
    there.resize_packets(bytes);
    if (less) shared_.events.push_back(PathChanged{id_, there.path, PathChanged::State::too_big});
}

} // namespace hawser::sctp
