// Several SCTP endpoints behind one port, each with a thread of its own: what one of them has to
// know of the others.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/path.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// Who an association is with: what an INIT, and an answer to nobody, is matched by. The UDP port
/// belongs to it: hosts behind one NAT share its address, and may have chosen the same SCTP port.
struct PeerKey {
    Address remote; // without scope
    std::uint16_t remote_port = 0;
    std::uint16_t local_port = 0;

    static PeerKey of(const Address& remote, std::uint16_t remote_port, std::uint16_t local_port) {
        return {remote.host().with_port(remote.port()), remote_port, local_port};
    }
    friend bool operator==(const PeerKey&, const PeerKey&) = default;
};

struct PeerKeyHash {
    std::size_t operator()(const PeerKey& key) const noexcept {
        const std::size_t ports = std::size_t{key.remote_port} << 16 | key.local_port;
        return AddressHash{}(key.remote) ^ (ports * 0x9e37'79b9u);
    }
};

/// Which peer is whose. Tags name the shard of their association (Options::shards); INIT has none,
/// and what a peer without an association sends back has the peer's own: those are led to the shard
/// by this. All shards call it, each from its thread.
class ShardMap {
public:
    virtual ~ShardMap() = default;
    /// From now on the peer is this shard's. False, and nothing has changed, when it is another's.
    virtual bool claim(const PeerKey& peer, std::uint8_t shard) = 0;
    /// It is nobody's any more, where it was this shard's.
    virtual void release(const PeerKey& peer, std::uint8_t shard) = 0;
    /// Whose the peer is; nullopt: nobody's.
    virtual std::optional<std::uint8_t> shard_of(const PeerKey& peer) const = 0;
    /// False once it has ended: its packets are strangers to all.
    virtual bool is_up(std::uint8_t shard) const = 0;
};

/// A packet that came to a shard and is another's: Endpoint::poll_handover, Endpoint::take_over.
struct Handover {
    std::uint8_t shard = 0; ///< whose it is
    std::uint8_t hops = 1;  ///< how often it was handed on
    PacketId id{};
    Path path;
    Ancillary ancillary;
    std::vector<std::byte> packet;
};

} // namespace hawser::sctp
