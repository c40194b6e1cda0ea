// Packets that are another shard's: several endpoints behind one port.
#include "sctp/associations.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {
namespace {

/// Handovers that nobody has polled yet; beyond them packets are lost.
constexpr std::size_t kHandoversMax = 256;
/// To the shard that the tag names, and from there to the one that knows the peer.
constexpr std::uint8_t kHopsMax = 2;

} // namespace

/// False, and it is not found, where another has it: nobody takes another's place by saying that
/// an address is its own (RFC 5062 §4), in this shard or in another.
bool Endpoint::Associations::enter(const PeerKey& key, Association& association) {
    if (!by_key_.try_emplace(key, &association).second) return false;
    if (shared_.shard_map == nullptr) return true;
    if (shared_.shard_map->claim(key, shared_.options.shard)) return true;
    by_key_.erase(key);
    return false;
}

void Endpoint::Associations::strike_out(const PeerKey& key) {
    by_key_.erase(key);
    if (shared_.shard_map != nullptr) shared_.shard_map->release(key, shared_.options.shard);
}

std::optional<std::uint8_t> Endpoint::Associations::shard_knowing(const PeerKey& key) const {
    if (shared_.shard_map == nullptr) return std::nullopt;
    const auto shard = shared_.shard_map->shard_of(key);
    return shard == shared_.options.shard ? std::nullopt : shard;
}

/// Of a peer that says it has these addresses, too.
std::optional<std::uint8_t> Endpoint::Associations::shard_knowing(const Incoming& packet,
                                                                  const AddressList& listed) const {
    if (shared_.shard_map == nullptr) return std::nullopt;
    if (const auto shard = shard_knowing(packet.key)) return shard;
    for (const Address& address : listed) {
        const Address remote = address.with_port(packet.datagram.path.remote.port());
        const auto key = PeerKey::of(remote, packet.key.remote_port, packet.key.local_port);
        if (const auto shard = shard_knowing(key)) return shard;
    }
    return std::nullopt;
}

/// The kernel reads the same out of the packet, but hands over trains whole, and is not asked when
/// one of the sockets is gone.
std::optional<std::uint8_t> Endpoint::Associations::shard_named(VerificationTag tag) const {
    if (shared_.shard_map == nullptr) return std::nullopt;
    const Options& options = shared_.options;
    const auto shard = static_cast<std::uint8_t>(std::to_underlying(tag) % options.shards);
    if (shard == options.shard || !shared_.shard_map->is_up(shard)) return std::nullopt;
    return shard;
}

Verdict Endpoint::Associations::hand_over(std::uint8_t shard, const Incoming& packet) {
    if (hops_ >= kHopsMax || handovers_.size() >= kHandoversMax) return Verdict::no_room;
    const Datagram& datagram = packet.datagram;
    handovers_.push_back({.shard = shard,
                          .hops = static_cast<std::uint8_t>(hops_ + 1),
                          .id = datagram.id,
                          .path = datagram.path,
                          .ancillary = datagram.ancillary,
                          .packet = {datagram.payload.begin(), datagram.payload.end()}});
    return Verdict::other_shard;
}

std::optional<Handover> Endpoint::Associations::poll_handover() {
    if (handovers_.empty()) return std::nullopt;
    return handovers_.pop_front();
}

Verdict Endpoint::Associations::take_over(Handover& handover, Instant now) {
    const Datagram datagram{.id = handover.id,
                            .path = handover.path,
                            .ancillary = handover.ancillary,
                            .payload = handover.packet};
    hops_ = handover.hops;
    const Verdict verdict = receive(datagram, now);
    hops_ = 0;
    return verdict;
}

} // namespace hawser::sctp
