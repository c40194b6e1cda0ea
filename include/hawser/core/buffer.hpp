// Buffers: what an event or a queue owns of a message.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/check.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hawser {

class BufferPool;

/// Move-only bytes from a BufferPool; grows by moving to a larger size class.
class Buffer {
public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        Buffer taken{std::move(other)};
        swap(taken);
        return *this;
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { release(); }

    explicit operator bool() const { return data_ != nullptr; }
    Bytes bytes() const { return {data_, size_}; }
    MutableBytes bytes() { return {data_, size_}; }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }

    void resize(std::size_t size) {
        HAWSER_ASSERT(size <= capacity_);
        size_ = static_cast<std::uint32_t>(size);
    }
    /// Adds bytes at the end; grows when there is no room.
    void append(Bytes more);

private:
    friend class BufferPool;
    void swap(Buffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(pool_, other.pool_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    void release();

    std::byte* data_ = nullptr;
    BufferPool* pool_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

/// Buffers by size class (64 B to 256 KB by powers of two, larger straight from the heap), last in
/// first out. One shard, one thread; it outlives its buffers.
class BufferPool {
public:
    static constexpr std::size_t kSmallestBytes = 64;
    static constexpr std::size_t kLargestBytes = std::size_t{256} * 1024;
    /// Free bytes kept in each size class; more are given back to the heap.
    static constexpr std::size_t kKeptBytesPerClass = std::size_t{4} * 1024 * 1024;

    BufferPool() = default;
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;
    ~BufferPool();

    /// An empty buffer with room for `capacity` bytes.
    Buffer take(std::size_t capacity);
    /// A buffer that holds a copy of `bytes`.
    Buffer copy(Bytes bytes);

    std::size_t in_use() const { return in_use_; }
    std::uint64_t blocks_allocated() const { return blocks_allocated_; }

private:
    friend class Buffer;
    static constexpr std::size_t kClasses =
        std::bit_width(kLargestBytes) - std::bit_width(kSmallestBytes) + 1;
    static std::size_t class_of(std::size_t bytes);
    void give_back(std::byte* block, std::size_t capacity);

    std::array<std::vector<std::byte*>, kClasses> free_;
    std::size_t in_use_ = 0;
    std::uint64_t blocks_allocated_ = 0;
};

} // namespace hawser
