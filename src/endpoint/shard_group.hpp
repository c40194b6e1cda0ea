// Shards of one port: which peer is whose, and packets that came to the wrong one.
#pragma once

#include <hawser/sctp/shard_map.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hawser::detail {

class Core;

/// All that shards share, each call from any of their threads. Peers are spread over several
/// tables with a lock each, which are asked when an association begins, moves or ends, and for
/// packets that belong to none; data never meets a lock.
class ShardGroup final : public sctp::ShardMap {
public:
    explicit ShardGroup(std::size_t count) : places_(count) {}

    // --- who is whose ---
    bool claim(const sctp::PeerKey& peer, std::uint8_t shard) override;
    void release(const sctp::PeerKey& peer, std::uint8_t shard) override;
    std::optional<std::uint8_t> shard_of(const sctp::PeerKey& peer) const override;
    bool is_up(std::uint8_t shard) const override {
        return places_[shard].up.load(std::memory_order_acquire);
    }

    // --- the shards themselves ---
    void join(std::uint8_t shard, const std::shared_ptr<Core>& core);
    /// Before its executor goes.
    void leave(std::uint8_t shard);
    /// Gives a packet to its shard, which is woken; it is lost where that has ended, or where
    /// `kWaitingMax` wait for it.
    void hand_over(sctp::Handover&& handover);
    /// What came for a shard since it last asked.
    std::vector<sctp::Handover> take(std::uint8_t shard);

private:
    static constexpr std::size_t kTables = 64;
    static constexpr std::size_t kWaitingMax = 1024;

    struct Table {
        mutable std::mutex mutex;
        std::unordered_map<sctp::PeerKey, std::uint8_t, sctp::PeerKeyHash> shards;
    };
    struct Place {
        std::atomic<bool> up = false;
        std::mutex mutex; ///< of what follows; `up` changes under it, too
        std::weak_ptr<Core> core;
        boost::asio::any_io_executor executor;
        std::vector<sctp::Handover> waiting;
    };
    const Table& table_of(const sctp::PeerKey& peer) const;
    Table& table_of(const sctp::PeerKey& peer) {
        return const_cast<Table&>(std::as_const(*this).table_of(peer));
    }

    std::array<Table, kTables> tables_;
    std::deque<Place> places_; ///< by shard
};

} // namespace hawser::detail
