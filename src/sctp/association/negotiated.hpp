// What two ends have agreed on.
#pragma once

#include "sctp/cookie.hpp"

#include <hawser/wire/sctp/types.hpp>

#include <cstdint>

namespace hawser::sctp {

/// What INIT and INIT ACK agree on: whichever way an association comes about (an INIT ACK, a
/// cookie, a collision, a restart), this is all that its Transfer is made from.
struct Negotiated {
    VerificationTag peer_tag{};
    Tsn peer_initial_tsn{};
    std::uint32_t peer_window_bytes = 0;
    /// RFC 9260 §5.1.1: what the one wants to send and the other is ready to take.
    std::uint16_t outbound_streams = 0;
    std::uint16_t inbound_streams = 0;
    bool zero_checksum = false;   ///< what we send may have no CRC32c: RFC 9653
    bool forward_tsn = false;     ///< the peer may give up messages: RFC 3758
    bool interleaving = false;    ///< I-DATA goes both ways, and no DATA: RFC 8260
    bool reconfiguration = false; ///< streams can be reset and added: RFC 6525
    bool nr_sack = false;         ///< SACKs are NR-SACKs, both ways
    bool ecn = false;             ///< the network's marks are told: RFC 3168
    bool asconf = false;          ///< addresses can be added and removed: RFC 5061

    static Negotiated of(const Cookie& cookie) {
        return {.peer_tag = cookie.peer_tag,
                .peer_initial_tsn = cookie.peer_initial_tsn,
                .peer_window_bytes = cookie.peer_window_bytes,
                .outbound_streams = cookie.outbound_streams,
                .inbound_streams = cookie.inbound_streams,
                .zero_checksum = cookie.zero_checksum,
                .forward_tsn = cookie.forward_tsn,
                .interleaving = cookie.interleaving,
                .reconfiguration = cookie.reconfiguration,
                .nr_sack = cookie.nr_sack,
                .ecn = cookie.ecn,
                .asconf = cookie.asconf};
    }
};

} // namespace hawser::sctp
