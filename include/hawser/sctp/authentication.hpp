// What an endpoint wants authenticated, and with which keys: RFC 4895.
#pragma once

#include <hawser/wire/sctp/numbers.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace hawser::sctp {

using wire::sctp::ChunkType;

/// An endpoint pair shared key (RFC 4895 §6.1). Both ends know it from elsewhere.
struct SharedKey {
    KeyId id{};
    /// 0 to 65535 bytes. Empty, it still keeps out whoever has not seen the handshake.
    std::vector<std::byte> secret;
};

/// See Options::authentication.
struct Authentication {
    /// What peers must authenticate to us: CHUNKS, RFC 4895 §3.2. INIT, INIT ACK, SHUTDOWN COMPLETE
    /// and AUTH cannot be, and are left out. With COOKIE ECHO or ABORT in it, a peer that has lost
    /// its memory cannot begin anew, and is missed only after `association_retransmissions_max`
    /// (§6.3). None: whatever the peer wants is authenticated to it, and nothing to us.
    std::vector<ChunkType> chunks;
    /// HMAC-ALGO, the best one first (§3.3): peers should take the first that they know. SHA-1 has
    /// to be among them (§6.1) and is put at the end where it is missing; others than the two are
    /// left out.
    std::vector<HmacId> hmacs{HmacId::sha256, HmacId::sha1};
    /// Each association begins with these. None: with key 0, whose secret is empty, which is what
    /// key 0 is unless it is set (RFC 6458 §8.3.3). It is not there beside others, so that a peer
    /// has to know one of them; who wants it anyway lists it. Whoever takes associations whose
    /// COOKIE ECHO is authenticated needs its keys here.
    std::vector<SharedKey> keys;
    /// One of those; 0 where there are none. An engine that is given another ends the program;
    /// `SctpStack::ready` and whatever stands on it fail with `invalid_argument`.
    KeyId active_key{};

    bool has_active_key() const {
        if (keys.empty()) return active_key == KeyId{0};
        return std::ranges::any_of(keys,
                                   [&](const SharedKey& key) { return key.id == active_key; });
    }
};

} // namespace hawser::sctp
