// A message whose fragments come as I-DATA.
#pragma once

#include <hawser/core/buffer.hpp>
#include <hawser/sctp/events.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace hawser::sctp {

/// Under construction, or whole and before its turn.
struct InterleavedMessage {
    /// A fragment beyond a hole.
    struct Held {
        Buffer payload;
        bool congested = false; ///< its packet was marked CE
    };

    Message message;            ///< its bytes up to `next_fsn`
    std::uint32_t next_fsn = 0; ///< all before it have come
    std::uint64_t fsn_end = 0;  ///< one after the last fragment's; 0: that has not come
    std::map<std::uint32_t, Held> held;
    std::size_t held_bytes = 0;     ///< of payload in `held`
    std::size_t reserved_bytes = 0; ///< guessed of its size when it began

    bool whole() const { return fsn_end != 0 && next_fsn == fsn_end; }
    std::size_t bytes() const { return message.payload.size() + held_bytes; }
};

} // namespace hawser::sctp
