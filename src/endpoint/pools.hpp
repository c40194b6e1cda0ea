// The memory of one endpoint, which outlives it as long as somebody holds a piece.
#pragma once

#include <hawser/core/buffer.hpp>
#include <hawser/core/packet.hpp>

#include <mutex>
#include <vector>

namespace hawser::detail {

/// Pools belong to one thread, but an application may drop a message on any: its buffer waits here
/// until the endpoint's thread collects it.
class Pools {
public:
    PacketPool packets;
    BufferPool buffers;

    /// From any thread.
    void give_back(Buffer&& buffer);
    /// On the endpoint's thread only.
    void collect();

private:
    std::mutex mutex_;
    std::vector<Buffer> returned_;
    std::vector<Buffer> collected_;
};

} // namespace hawser::detail
