// What stands beside a message in memory.
#pragma once

#include <cstddef>

namespace hawser::sctp {

/// What a message costs besides its payload: its place among the events, the rest of its buffer.
/// Senders count it, too, so that they do not send what a peer has no room for.
inline constexpr std::size_t kMessageOverheadBytes = 256;

} // namespace hawser::sctp
