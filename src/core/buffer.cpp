#include <hawser/core/buffer.hpp>

#include <algorithm>
#include <cstring>

namespace hawser {

void Buffer::append(Bytes more) {
    if (more.empty()) return;
    HAWSER_ASSERT(pool_ != nullptr);
    if (more.size() > capacity_ - size_) {
        Buffer larger = pool_->take(std::max<std::size_t>(size_ + more.size(), 2 * capacity_));
        larger.append(bytes());
        *this = std::move(larger);
    }
    std::memcpy(data_ + size_, more.data(), more.size());
    size_ += static_cast<std::uint32_t>(more.size());
}

void Buffer::release() {
    if (data_ == nullptr) return;
    pool_->give_back(data_, capacity_);
    data_ = nullptr;
}

BufferPool::~BufferPool() {
    HAWSER_ASSERT(in_use_ == 0); // a pool outlives its buffers
    for (const auto& blocks : free_) {
        for (std::byte* block : blocks)
            delete[] block;
    }
}

std::size_t BufferPool::class_of(std::size_t bytes) {
    constexpr std::size_t kSmallest = std::bit_width(kSmallestBytes - 1);
    return bytes <= kSmallestBytes
               ? 0
               : static_cast<std::size_t>(std::bit_width(bytes - 1)) - kSmallest;
}

Buffer BufferPool::take(std::size_t capacity) {
    Buffer buffer;
    buffer.pool_ = this;
    ++in_use_;
    if (capacity > kLargestBytes) {
        buffer.data_ = new std::byte[capacity];
        buffer.capacity_ = static_cast<std::uint32_t>(capacity);
        ++blocks_allocated_;
        return buffer;
    }
    const std::size_t index = class_of(capacity);
    buffer.capacity_ = static_cast<std::uint32_t>(kSmallestBytes << index);
    std::vector<std::byte*>& free = free_[index];
    if (free.empty()) {
        buffer.data_ = new std::byte[buffer.capacity_];
        ++blocks_allocated_;
    } else {
        buffer.data_ = free.back();
        free.pop_back();
    }
    return buffer;
}

Buffer BufferPool::copy(Bytes bytes) {
    Buffer buffer = take(bytes.size());
    buffer.append(bytes);
    return buffer;
}

void BufferPool::give_back(std::byte* block, std::size_t capacity) {
    --in_use_;
    if (capacity <= kLargestBytes) {
        std::vector<std::byte*>& free = free_[class_of(capacity)];
        if ((free.size() + 1) * capacity <= kKeptBytesPerClass) {
            free.push_back(block);
            return;
        }
    }
    delete[] block;
}

} // namespace hawser
