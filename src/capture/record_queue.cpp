#include "capture/record_queue.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>
#include <cstring>

namespace hawser::capture::detail {

RecordQueue::RecordQueue(std::size_t capacity, std::size_t block_bytes)
    : block_bytes_{block_bytes},
      blocks_(std::max<std::size_t>(capacity / block_bytes, 2)),
      free_{Tagged{0, kNone}.word()} {
    HAWSER_ASSERT(block_bytes % kWordBytes == 0 && block_bytes < kClosed);
    words_.reset(static_cast<std::uint64_t*>(std::calloc(blocks_.size(), block_bytes)));
    for (auto block = static_cast<std::uint32_t>(blocks_.size()); --block > 0;)
        give_free(block);
    used_blocks_ = 1;
    blocks_[0].used = 0; // open, in epoch 0
}

std::size_t RecordQueue::slot_bytes(std::size_t bytes) {
    return kWordBytes + ((bytes + kWordBytes - 1) & ~(kWordBytes - 1));
}

std::uint64_t& RecordQueue::word_at(std::uint32_t block, std::size_t at) const {
    return words_[(block * block_bytes_ + at) / kWordBytes];
}

RecordQueue::Claim RecordQueue::claim(std::size_t bytes) {
    HAWSER_ASSERT(bytes != 0);
    const std::size_t slot = slot_bytes(bytes);
    if (slot > block_bytes_) return {};
    for (;;) {
        // Acquire: the zeros that the consumer left must be there before we write over them.
        const std::uint64_t open = open_.load(std::memory_order_acquire);
        const auto [epoch, block] = Tagged::of(open);
        std::uint64_t used = blocks_[block].used.load(std::memory_order_relaxed);
        while (Tagged::of(used).epoch == epoch && (used & kClosed) == 0) {
            const std::size_t at = Tagged::of(used).value;
            const bool fits = at + slot <= block_bytes_;
            if (!blocks_[block].used.compare_exchange_weak(
                    used, fits ? used + slot : used | kClosed, std::memory_order_relaxed)) {
                continue;
            }
            if (!fits) break;
            return {.data = reinterpret_cast<std::byte*>(&word_at(block, at) + 1),
                    .used_blocks = used_blocks_.load(std::memory_order_relaxed)};
        }
        if (!open_after(open)) return {};
    }
}

/// Opens a block after the one of `open`, unless somebody has. False: there is none.
bool RecordQueue::open_after(std::uint64_t open) {
    if (open_.load(std::memory_order_relaxed) != open) return true;
    const std::uint32_t next = take_free();
    if (next == kNone) return open_.load(std::memory_order_relaxed) != open;
    const auto [epoch, block] = Tagged::of(open);
    blocks_[next].next.store(kNone, std::memory_order_relaxed);
    blocks_[next].used.store(Tagged{epoch + 1, 0}.word(), std::memory_order_relaxed);
    if (!open_.compare_exchange_strong(open, Tagged{epoch + 1, next}.word(),
                                       std::memory_order_acq_rel)) {
        blocks_[next].used.store(kClosed, std::memory_order_relaxed);
        give_free(next);
        return true;
    }
    // Only now can the consumer leave the block, so that nobody had opened it again meanwhile.
    blocks_[block].next.store(next, std::memory_order_release);
    return true;
}

std::uint32_t RecordQueue::take_free() {
    std::uint64_t top = free_.load(std::memory_order_acquire);
    for (;;) {
        const auto [tag, block] = Tagged::of(top);
        if (block == kNone) return kNone;
        const std::uint32_t below = blocks_[block].next_free.load(std::memory_order_relaxed);
        if (!free_.compare_exchange_weak(top, Tagged{tag + 1, below}.word(),
                                         std::memory_order_acquire)) {
            continue;
        }
        used_blocks_.fetch_add(1, std::memory_order_relaxed);
        return block;
    }
}

void RecordQueue::give_free(std::uint32_t block) {
    used_blocks_.fetch_sub(1, std::memory_order_relaxed);
    std::uint64_t top = free_.load(std::memory_order_relaxed);
    do {
        blocks_[block].next_free.store(Tagged::of(top).value, std::memory_order_relaxed);
    } while (!free_.compare_exchange_weak(top, Tagged{Tagged::of(top).epoch + 1, block}.word(),
                                          std::memory_order_release, std::memory_order_relaxed));
}

void RecordQueue::commit(const Claim& claim, std::size_t bytes) {
    auto* word = reinterpret_cast<std::uint64_t*>(claim.data) - 1;
    std::atomic_ref{*word}.store(bytes, std::memory_order_release);
}

Bytes RecordQueue::front() {
    for (;;) {
        if (read_bytes_ < block_bytes_) {
            std::uint64_t& word = word_at(reading_, read_bytes_);
            const std::uint64_t value = std::atomic_ref{word}.load(std::memory_order_acquire);
            if (value != 0) return {reinterpret_cast<std::byte*>(&word + 1), value};
        }
        const std::uint64_t used = blocks_[reading_].used.load(std::memory_order_relaxed);
        if ((used & kClosed) == 0 || claimed_bytes(used) != read_bytes_) return {};
        const std::uint32_t next = blocks_[reading_].next.load(std::memory_order_acquire);
        if (next == kNone) return {};
        give_free(reading_);
        reading_ = next;
        read_bytes_ = 0;
    }
}

void RecordQueue::pop() {
    const Bytes record = front();
    HAWSER_ASSERT(!record.empty());
    const std::size_t slot = slot_bytes(record.size());
    std::memset(&word_at(reading_, read_bytes_), 0, slot);
    read_bytes_ += slot;
}

bool RecordQueue::empty() const {
    const std::uint32_t open = Tagged::of(open_.load(std::memory_order_acquire)).value;
    const std::uint64_t used = blocks_[open].used.load(std::memory_order_acquire);
    return open == reading_ && claimed_bytes(used) == read_bytes_;
}

} // namespace hawser::capture::detail
