// What an association keeps of messages that it has given up after some of them had left.
#pragma once

#include "sctp/tx/outgoing_message.hpp"

#include <hawser/core/instant.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <cstdint>
#include <vector>

namespace hawser::sctp {

/// The peer is told to go on without them by FORWARD TSN, or I-FORWARD-TSN, until its Cumulative
/// TSN has passed them: RFC 3758 §3.5.
struct Abandonment {
    bool forward_due = false;  ///< it is to be sent
    bool told = false;         ///< it has been, for what stands first
    std::uint8_t told_to = 0;  ///< the destination of the last one
    Tsn told_tsn{};            ///< the New Cumulative TSN of the last one
    Instant told_at{};         ///< when that left
    Instant again_at = kNever; ///< when it goes again
    /// Lost as often as they may be; given up once the chunks have been looked at.
    std::vector<OutgoingMessage*> doomed;
};

} // namespace hawser::sctp
