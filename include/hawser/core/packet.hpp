// Packets: pooled slabs that every layer writes and seals in place, and nobody copies.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/check.hpp>
#include <hawser/core/path.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hawser {

/// Counts packets in the order in which the network saw them, apart for each driver and direction.
/// Whatever a layer shows of a packet's inside carries the same id.
enum class PacketId : std::uint64_t {};

class PacketPool;

/// A move-only slab of 2 KB or 64 KB with room before and after its payload.
class Packet {
public:
    Packet() = default;
    Packet(Packet&& other) noexcept { swap(other); }
    Packet& operator=(Packet&& other) noexcept {
        Packet taken{std::move(other)};
        swap(taken);
        return *this;
    }
    Packet(const Packet&) = delete;
    Packet& operator=(const Packet&) = delete;
    ~Packet() { release(); }

    explicit operator bool() const { return slab_ != nullptr; }

    MutableBytes bytes() { return {slab_ + offset_, size_}; }
    Bytes bytes() const { return {slab_ + offset_, size_}; }
    std::size_t size() const { return size_; }
    /// Bytes that can still be put in front, and after.
    std::size_t headroom() const { return offset_; }
    std::size_t tailroom() const { return capacity_ - offset_ - size_; }

    /// Makes the payload end `size` bytes after its start; the slab must have the room.
    void resize(std::size_t size) {
        HAWSER_ASSERT(size <= capacity_ - offset_);
        size_ = static_cast<std::uint32_t>(size);
    }
    /// Moves the payload's start `count` bytes forward: a layer took its header off.
    void trim_front(std::size_t count) {
        HAWSER_ASSERT(count <= size_);
        offset_ += static_cast<std::uint32_t>(count);
        size_ -= static_cast<std::uint32_t>(count);
    }
    /// Moves the payload's start `count` bytes back and answers the new front: room for a header.
    MutableBytes grow_front(std::size_t count) {
        HAWSER_ASSERT(count <= offset_);
        offset_ -= static_cast<std::uint32_t>(count);
        size_ += static_cast<std::uint32_t>(count);
        return bytes().first(count);
    }

private:
    friend class PacketPool;
    void swap(Packet& other) noexcept {
        std::swap(slab_, other.slab_);
        std::swap(pool_, other.pool_);
        std::swap(offset_, other.offset_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    inline void release();

    std::byte* slab_ = nullptr;
    PacketPool* pool_ = nullptr;
    std::uint32_t offset_ = 0;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

/// Small last-in-first-out pools of slabs, so that the one just freed is still in the cache.
/// One shard, one thread, one pool; it outlives its packets.
class PacketPool {
public:
    static constexpr std::size_t kSmallBytes = 2048;
    static constexpr std::size_t kLargeBytes = std::size_t{64} * 1024;
    /// Free slabs kept for the next packet; more are given back to the heap.
    static constexpr std::size_t kSmallKept = 256;
    static constexpr std::size_t kLargeKept = 64;

    PacketPool() = default;
    PacketPool(const PacketPool&) = delete;
    PacketPool& operator=(const PacketPool&) = delete;
    ~PacketPool();

    /// An empty packet with at least `capacity` bytes after `headroom`; together at most
    /// kLargeBytes.
    Packet take(std::size_t capacity, std::size_t headroom = 0);

    /// Packets that are out now.
    std::size_t in_use() const { return in_use_; }
    /// Slabs taken from the heap since the start: flat in steady state.
    std::uint64_t slabs_allocated() const { return slabs_allocated_; }

private:
    friend class Packet;
    void give_back(std::byte* slab, std::size_t capacity);

    std::vector<std::byte*> small_;
    std::vector<std::byte*> large_;
    std::size_t in_use_ = 0;
    std::uint64_t slabs_allocated_ = 0;
};

inline void Packet::release() {
    if (slab_ == nullptr) return;
    pool_->give_back(slab_, capacity_);
    slab_ = nullptr;
}

/// One datagram on its way in: all borrowed, for the time of the call. The payload is writable, so
/// that a layer can open it in place.
struct Datagram {
    PacketId id;
    const Path& path;
    const Ancillary& ancillary;
    MutableBytes payload;
    /// What follows it in its train: datagrams of its size, of which the last may be shorter. For
    /// layers that look ahead; only read, and the datagrams come one by one all the same.
    Bytes upcoming{};
};

/// One datagram on its way out, or a train of them: owned. A train is a row of segments of
/// `segment_bytes` (the last may be shorter) that leave with one send.
///
/// Before a layer below has sealed it, every segment stands between `headroom` and `tailroom`
/// unwritten bytes, so that the row has a fixed stride and each is sealed in place. On the wire
/// both are 0.
struct Transmit {
    PacketId id{};
    Path path;
    Ancillary ancillary;
    Packet payload;
    std::uint16_t segment_bytes = 0; ///< 0: one datagram
    std::uint16_t headroom = 0;
    std::uint16_t tailroom = 0;

    std::size_t stride() const { return std::size_t{headroom} + segment_bytes + tailroom; }
    /// Datagrams in it, at least 1.
    std::size_t segment_count() const {
        if (segment_bytes == 0) return 1;
        return (payload.size() + stride() - 1) / stride();
    }
    /// The bytes of segment `index`, without the room around it.
    MutableBytes segment(std::size_t index) {
        MutableBytes all = payload.bytes();
        if (segment_bytes == 0) return all.subspan(headroom, all.size() - headroom - tailroom);
        const std::size_t start = index * stride();
        const std::size_t size = std::min(stride(), all.size() - start);
        return all.subspan(start + headroom, size - headroom - tailroom);
    }
    Bytes segment(std::size_t index) const { return const_cast<Transmit*>(this)->segment(index); }
};

} // namespace hawser
