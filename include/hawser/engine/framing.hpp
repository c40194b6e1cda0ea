// What the layers below need and allow, told to an engine at every poll.
#pragma once

#include <cstddef>

namespace hawser {

/// Exact room per segment for the layers below, and the largest train they take.
struct Framing {
    std::size_t headroom = 0;               ///< bytes a lower layer writes before each segment
    std::size_t tailroom = 0;               ///< and after it
    std::size_t segment_bytes_max = 65'507; ///< the largest single datagram
    std::size_t train_segments_max = 64;    ///< UDP_MAX_SEGMENTS of Linux before 6.9; 1: no trains
    std::size_t train_bytes_max = 65'507;   ///< the largest UDP payload
};

} // namespace hawser
