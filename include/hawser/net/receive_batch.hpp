// The memory that datagrams are received into.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/path.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

namespace hawser::net {

/// What one receive of the kernel brought: a datagram, or a train of them that GRO joined because
/// they share path and markings.
struct Received {
    Path path;
    Ancillary ancillary;
    MutableBytes payload;
    std::size_t segment_bytes = 0; ///< 0: one datagram
    bool truncated = false;        ///< the last datagram is cut short, or the train cannot be split

    /// Datagrams in it, at least 1: an empty datagram is one too.
    std::size_t segment_count() const {
        if (segment_bytes == 0 || payload.empty()) return 1;
        return (payload.size() + segment_bytes - 1) / segment_bytes;
    }
    MutableBytes segment(std::size_t index) const {
        if (segment_bytes == 0) return payload;
        const std::size_t start = index * segment_bytes;
        return payload.subspan(start, std::min(segment_bytes, payload.size() - start));
    }
    /// Datagram `index` as an engine takes it: a view, nothing is copied.
    Datagram datagram(std::size_t index, PacketId id) const {
        const MutableBytes one = segment(index);
        const std::size_t end =
            segment_bytes == 0 ? one.size() : index * segment_bytes + one.size();
        return {.id = id,
                .path = path,
                .ancillary = ancillary,
                .payload = one,
                .upcoming = payload.subspan(end)};
    }
};

struct ReceiveStorage;

/// Slabs, control buffers and headers for one recvmmsg. Made once and used for every call, by any
/// number of sockets in turn; the messages are valid until the next receive.
class ReceiveBatch {
public:
    static constexpr std::size_t kMessages = 64;
    /// The largest UDP payload fits, so that nothing is ever cut; untouched pages cost nothing.
    static constexpr std::size_t kSlabBytes = std::size_t{64} * 1024;

    /// `messages` is 1 to 1024, `slab_bytes` 1 or more.
    explicit ReceiveBatch(std::size_t messages = kMessages, std::size_t slab_bytes = kSlabBytes);
    ReceiveBatch(ReceiveBatch&&) noexcept;
    ReceiveBatch& operator=(ReceiveBatch&&) noexcept;
    ~ReceiveBatch();

    /// What the last receive brought.
    std::span<const Received> messages() const { return {messages_, count_}; }
    /// True when the last receive filled the batch: more may be waiting.
    bool full() const { return full_; }

private:
    friend class Socket;

    std::unique_ptr<ReceiveStorage> storage_;
    const Received* messages_ = nullptr;
    std::size_t count_ = 0;
    bool full_ = false;
};

} // namespace hawser::net
