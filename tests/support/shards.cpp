#include "support/shards.hpp"

#include "support/sctp_bytes.hpp"

#include <algorithm>

namespace hawser::test {

Shards::Shards(World& world, const Address& address, std::uint8_t count, sctp::Options options)
    : world_{world} {
    world.attach(*this, address);
    options.shards = count;
    for (options.shard = 0; options.shard < count; ++options.shard) {
        auto& shard = *shards_.emplace_back(std::make_unique<Shard>(100 + options.shard));
        shard.engine =
            std::make_unique<sctp::Endpoint>(options,
                                             sctp::Endpoint::Environment{.random = shard.random,
                                                                         .packets = shard.packets,
                                                                         .buffers = shard.buffers,
                                                                         .shard_map = this},
                                             world.now());
    }
}

std::size_t Shards::associations() const {
    std::size_t all = 0;
    for (const auto& shard : shards_)
        all += shard->associations();
    return all;
}

Result<sctp::AssociationId> Shards::connect(std::size_t shard, const Address& remote,
                                            std::uint16_t remote_port,
                                            const sctp::ConnectOptions& options) {
    const Path path{.local = world_.network.address(id), .remote = remote};
    return shards_[shard]->engine->connect(path, remote_port, options, world_.now());
}

void Shards::end(std::size_t shard) {
    shards_[shard]->engine.reset();
}

void Shards::receive(Datagram& datagram, Instant now) {
    const std::uint32_t tag = read_number(datagram.payload, 4, 4);
    const std::size_t to = all_go_to.value_or(tag == 0 ? init_goes_to : tag % shards_.size());
    if (!shards_[to]->engine) return;
    last_verdict = shards_[to]->engine->receive(datagram, now);
    pass_on(now);
}

void Shards::pass_on(Instant now) {
    if (!hands_over) return;
    for (bool any = true; any;) {
        any = false;
        for (const auto& from : shards_) {
            if (!from->engine) continue;
            while (auto handover = from->engine->poll_handover()) {
                any = true;
                ++handed_over;
                Shard& to = *shards_[handover->shard];
                if (to.engine) static_cast<void>(to.engine->take_over(std::move(*handover), now));
            }
        }
    }
}

void Shards::path_event(const PathEvent& event, Instant now) {
    for (const auto& shard : shards_)
        if (shard->engine) shard->engine->path_event(event, now);
}

void Shards::advance(Instant now) {
    for (const auto& shard : shards_)
        if (shard->engine && shard->engine->deadline() <= now) shard->engine->advance(now);
}

bool Shards::drain(FakeNetwork& network, Instant now) {
    bool any = false;
    for (const auto& shard : shards_) {
        if (!shard->engine) continue;
        while (auto transmit = shard->engine->poll_transmit(now, {})) {
            network.send(id, *transmit, now);
            any = true;
        }
        while (auto event = shard->engine->poll_event())
            shard->events.push_back(std::move(*event));
    }
    return any;
}

Instant Shards::deadline() const {
    Instant first = kNever;
    for (const auto& shard : shards_)
        if (shard->engine) first = std::min(first, shard->engine->deadline());
    return first;
}

bool Shards::claim(const sctp::PeerKey& peer, std::uint8_t shard) {
    std::uint8_t& owner = peers_.try_emplace(peer, shard).first->second;
    if (!is_up(owner)) owner = shard;
    return owner == shard;
}

void Shards::release(const sctp::PeerKey& peer, std::uint8_t shard) {
    const auto found = peers_.find(peer);
    if (found != peers_.end() && found->second == shard) peers_.erase(found);
}

std::optional<std::uint8_t> Shards::shard_of(const sctp::PeerKey& peer) const {
    const auto found = peers_.find(peer);
    if (found == peers_.end() || !is_up(found->second)) return std::nullopt;
    return found->second;
}

} // namespace hawser::test
