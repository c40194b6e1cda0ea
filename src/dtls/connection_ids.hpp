// The connection IDs of one connection, in use and in store, at both ends (RFC 9146, RFC 9147 §9).
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::dtls {

class Connection;
using ConnectionId = std::vector<std::byte>;

/// Finds connections by the IDs on what they receive.
class CidRegistry {
public:
    virtual ~CidRegistry() = default;
    /// A new ID for the connection; empty when the endpoint has none.
    virtual ConnectionId issue(Connection& connection) = 0;
    virtual void retire(Bytes cid) = 0;
};

class ConnectionIds {
public:
    /// IDs that either end has in store beside those in use.
    static constexpr std::size_t kSparesMax = 4;

    // --- ours: on what we receive ---
    Bytes own() const { return own_; }
    void set_own(ConnectionId cid) { own_ = std::move(cid); }
    /// It is not used after all: what is to be retired, empty when there was none.
    ConnectionId drop_own() { return std::exchange(own_, {}); }
    /// One that is not in use, but may be: the one before, or one that was given out.
    bool is_other_own(Bytes cid) const;
    /// The peer has gone over to another one: only the one before is still taken. What is to be
    /// retired; empty for none.
    ConnectionId on_used(Bytes cid);
    std::size_t room_for_spares() const {
        return kSparesMax - std::min(kSparesMax, spares_.size());
    }
    void give_out(ConnectionId cid) { spares_.push_back(std::move(cid)); }
    /// Those that were given out last.
    std::vector<Bytes> newest(std::size_t count) const;
    /// Every ID that the connection can be found by.
    std::vector<ConnectionId> all_own() const;

    // --- the peer's: on what we send ---
    Bytes peer() const { return peer_; }
    void set_peer(Bytes cid) { peer_.assign(cid.begin(), cid.end()); }
    bool take_next_peer();
    /// The next one that comes is used at once.
    void want_next_peer() { next_wanted_ = true; }
    /// False for IDs that were not agreed on. More than there is room for is passed over: the peer
    /// keeps them for nothing.
    bool take(const wire::dtls::NewConnectionId& fresh);

    // --- all of them, for a state that another process goes on with ---
    struct All {
        ConnectionId own, previous;
        std::vector<ConnectionId> spares;
        ConnectionId peer;
        std::vector<ConnectionId> peer_spares;
    };
    All all() const { return {own_, previous_, spares_, peer_, peer_spares_}; }
    void restore(All&& all);

private:
    ConnectionId own_;
    ConnectionId previous_;            ///< for records that were overtaken
    std::vector<ConnectionId> spares_; ///< given out, but not come yet
    ConnectionId peer_;
    std::vector<ConnectionId> peer_spares_;
    bool next_wanted_ = false;
};

} // namespace hawser::dtls
