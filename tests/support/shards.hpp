// Several SCTP engines behind one address, and the kernel that hands packets out to them.
#pragma once

#include "support/world.hpp"

#include <hawser/sctp/endpoint.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace hawser::test {

class Shards final : public Node, public sctp::ShardMap {
public:
    struct Shard {
        explicit Shard(std::uint64_t seed) : random{seed} {}
        SeededRandom random;
        PacketPool packets;
        BufferPool buffers;
        std::deque<sctp::Event> events;
        std::unique_ptr<sctp::Endpoint> engine; ///< null: it has ended

        /// The oldest event of a kind; all before it are forgotten.
        template <class E>
        std::optional<E> event() {
            while (!events.empty()) {
                sctp::Event next = std::move(events.front());
                events.pop_front();
                if (auto* found = std::get_if<E>(&next)) return std::move(*found);
            }
            return std::nullopt;
        }
        std::size_t associations() const { return engine ? engine->association_count() : 0; }
    };

    Shards(World& world, const Address& address, std::uint8_t count, sctp::Options options = {});

    Shard& operator[](std::size_t shard) { return *shards_[shard]; }
    std::size_t associations() const;
    Result<sctp::AssociationId> connect(std::size_t shard, const Address& remote,
                                        std::uint16_t remote_port,
                                        const sctp::ConnectOptions& options = {});
    void end(std::size_t shard);

    /// Where packets without a tag go.
    std::size_t init_goes_to = 0;
    /// Where all go, whatever their tags say: a train, or a set of sockets with a gap.
    std::optional<std::size_t> all_go_to;
    /// Whether what is another's is taken out of the shard that has it.
    bool hands_over = true;
    std::size_t handed_over = 0;
    Verdict last_verdict = Verdict::accepted; ///< of the shard that a packet came to first

    // --- a Node ---
    void receive(Datagram& datagram, Instant now) override;
    void path_event(const PathEvent& event, Instant now) override;
    void advance(Instant now) override;
    bool drain(FakeNetwork& network, Instant now) override;
    Instant deadline() const override;

    // --- a ShardMap ---
    bool claim(const sctp::PeerKey& peer, std::uint8_t shard) override;
    void release(const sctp::PeerKey& peer, std::uint8_t shard) override;
    std::optional<std::uint8_t> shard_of(const sctp::PeerKey& peer) const override;
    bool is_up(std::uint8_t shard) const override { return shards_[shard]->engine != nullptr; }
    std::size_t peers_known() const { return peers_.size(); }

private:
    void pass_on(Instant now);

    World& world_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::unordered_map<sctp::PeerKey, std::uint8_t, sctp::PeerKeyHash> peers_;
};

} // namespace hawser::test
