#include "endpoint/shard_group.hpp"

#include "endpoint/core.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace hawser::detail {

const ShardGroup::Table& ShardGroup::table_of(const sctp::PeerKey& peer) const {
    const std::uint64_t hash = sctp::PeerKeyHash{}(peer);
    return tables_[(hash * 0x9e37'79b9'7f4a'7c15u) >> 58]; // the low bits choose in the table
}

bool ShardGroup::claim(const sctp::PeerKey& peer, std::uint8_t shard) {
    Table& table = table_of(peer);
    const std::lock_guard lock{table.mutex};
    std::uint8_t& owner = table.shards.try_emplace(peer, shard).first->second;
    if (!is_up(owner)) owner = shard; // its peers are nobody's
    return owner == shard;
}

void ShardGroup::release(const sctp::PeerKey& peer, std::uint8_t shard) {
    Table& table = table_of(peer);
    const std::lock_guard lock{table.mutex};
    const auto found = table.shards.find(peer);
    if (found != table.shards.end() && found->second == shard) table.shards.erase(found);
}

std::optional<std::uint8_t> ShardGroup::shard_of(const sctp::PeerKey& peer) const {
    const Table& table = table_of(peer);
    const std::lock_guard lock{table.mutex};
    const auto found = table.shards.find(peer);
    if (found == table.shards.end() || !is_up(found->second)) return std::nullopt;
    return found->second;
}

void ShardGroup::join(std::uint8_t shard, const std::shared_ptr<Core>& core) {
    Place& place = places_[shard];
    const std::lock_guard lock{place.mutex};
    place.core = core;
    place.executor = core->executor();
    place.up.store(true, std::memory_order_release);
}

void ShardGroup::leave(std::uint8_t shard) {
    Place& place = places_[shard];
    const std::lock_guard lock{place.mutex};
    place.up.store(false, std::memory_order_release);
    place.executor = {};
    place.waiting.clear();
}

void ShardGroup::hand_over(sctp::Handover&& handover) {
    Place& place = places_[handover.shard];
    // Under the lock, for the executor is there as long as it stands in its place.
    const std::lock_guard lock{place.mutex};
    if (!is_up(handover.shard) || place.waiting.size() >= kWaitingMax) return;
    place.waiting.push_back(std::move(handover));
    if (place.waiting.size() > 1) return; // it has been woken
    boost::asio::post(place.executor, [weak = place.core] {
        if (const auto core = weak.lock()) core->take_handovers();
    });
}

std::vector<sctp::Handover> ShardGroup::take(std::uint8_t shard) {
    Place& place = places_[shard];
    const std::lock_guard lock{place.mutex};
    return std::exchange(place.waiting, {});
}

} // namespace hawser::detail
