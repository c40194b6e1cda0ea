// An association over UDP that always has something to send, a thread for each end.
#pragma once

#include "engine/udp_end.hpp"

#include <chrono>
#include <memory>

namespace hawser::bench {

struct RunTime {
    std::chrono::milliseconds warm_up{0}; ///< from when the association is up on, not counted
    std::chrono::milliseconds duration;
};

/// Bytes of whole messages a second that came out at the far end.
Outcome<double> udp_bytes_per_second(std::unique_ptr<UdpEnd> listener,
                                     std::unique_ptr<UdpEnd> connector, std::size_t message_bytes,
                                     RunTime time);

} // namespace hawser::bench
