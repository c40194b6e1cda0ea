// What became of a packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hawser {

/// What an engine did with a packet. Everything but `accepted` is a drop; each is counted, and its
/// name stands in the packet log.
enum class [[nodiscard]] Verdict : std::uint8_t {
    accepted,
    malformed,       ///< lengths that do not hold, or a shape its format forbids
    bad_checksum,    ///< RFC 9260 §6.8
    bad_tag,         ///< verification tag: RFC 9260 §8.5
    out_of_the_blue, ///< for no association: RFC 9260 §8.4
    bad_source, ///< from an address that nobody answers: multicast, broadcast, unspecified, port 0
    bad_cookie, ///< forged, of another address, or from before our last two secrets
    stale_cookie,       ///< RFC 9260 §5.2.6
    unexpected,         ///< right in itself, but not in this state
    unknown_chunk,      ///< of a type that says to look no further: RFC 9260 §3.2
    rate_limited,       ///< more questions than we answer in a second
    no_room,            ///< beyond the receive window or a limit on a queue
    protocol_violation, ///< ended an association: RFC 9260 §3.3.10.13
    truncated,          ///< longer than the receive buffer
    send_refused,       ///< the kernel would not send it
    bad_mac,            ///< a record that is not the peer's, or was changed: RFC 9147 §4.5.2
    replayed,           ///< a record that came before, or is older than the replay window
    unknown_epoch,      ///< a record under keys that we do not have, or have no more
    unknown_connection, ///< a record for a connection ID or path that has no connection
    unauthenticated,    ///< chunks that have to stand after AUTH, and do not: RFC 4895 §6.3
    bad_authentication, ///< AUTH whose HMAC, algorithm or key is not right: RFC 4895 §6.3
    other_shard,        ///< for another endpoint behind the port, which has it now
};

inline constexpr std::size_t kVerdicts = 22;

/// "bad_tag": the enumerator's own name.
std::string_view name(Verdict verdict);

} // namespace hawser
