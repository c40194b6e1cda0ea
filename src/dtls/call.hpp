// What one call of the endpoint brings with it: passed on, kept by nobody.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/core/packet.hpp>

namespace hawser::dtls {

struct Call {
    Instant now;
    PacketId packet{}; ///< of the datagram at hand, where there is one
    /// Whether data becomes events, or is answered to the one who asks.
    bool as_events = true;
};

} // namespace hawser::dtls
