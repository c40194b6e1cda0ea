#include "capture/ring.hpp"

#include <hawser/core/check.hpp>

#include <bit>
#include <cstring>

namespace hawser::capture::detail {

Ring::Ring(std::size_t capacity)
    : capacity_{capacity}, words_{std::make_unique<std::uint64_t[]>(capacity / kWordBytes)} {
    HAWSER_ASSERT(std::has_single_bit(capacity) && capacity >= 64);
}

std::size_t Ring::slot_bytes(std::size_t bytes) {
    return kWordBytes + ((bytes + kWordBytes - 1) & ~(kWordBytes - 1));
}

std::uint64_t& Ring::word_at(std::uint64_t position) const {
    return words_[(position & (capacity_ - 1)) / kWordBytes];
}

Ring::Claim Ring::claim(std::size_t bytes) {
    HAWSER_ASSERT(bytes != 0);
    const std::size_t slot = slot_bytes(bytes);
    if (slot > capacity_ / 2) return {};
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    for (;;) {
        const std::size_t to_end = capacity_ - (head & (capacity_ - 1));
        const std::size_t padding = slot > to_end ? to_end : 0;
        const std::uint64_t next = head + padding + slot;
        // The consumer's line is looked at only when what is known of it leaves too little room.
        std::uint64_t tail = known_tail_.load(std::memory_order_acquire);
        if (next - tail > capacity_ / kLookAgain) {
            // Acquire: the zeros that the consumer left must be there before we write over them.
            tail = tail_.load(std::memory_order_acquire);
            known_tail_.store(tail, std::memory_order_release);
        }
        if (next - tail > capacity_) {
            // Full, unless others have moved the head on since we looked and the tail passed it.
            const std::uint64_t now = head_.load(std::memory_order_relaxed);
            if (now == head) return {};
            head = now;
            continue;
        }
        if (!head_.compare_exchange_weak(head, next, std::memory_order_relaxed)) continue;
        if (padding != 0) {
            std::atomic_ref{word_at(head)}.store(kPadding | padding, std::memory_order_release);
        }
        std::uint64_t* word = &word_at(head + padding);
        return {.data = reinterpret_cast<std::byte*>(word + 1), .used_bytes = next - tail};
    }
}

void Ring::commit(const Claim& claim, std::size_t bytes) {
    auto* word = reinterpret_cast<std::uint64_t*>(claim.data) - 1;
    std::atomic_ref{*word}.store(bytes, std::memory_order_release);
}

Bytes Ring::front() {
    for (;;) {
        std::uint64_t& word = word_at(tail_.load(std::memory_order_relaxed));
        const std::uint64_t value = std::atomic_ref{word}.load(std::memory_order_acquire);
        if (value == 0) return {};
        if ((value & kPadding) == 0) return {reinterpret_cast<std::byte*>(&word + 1), value};
        free_front(value & ~kPadding);
    }
}

void Ring::pop() {
    const Bytes record = front();
    HAWSER_ASSERT(!record.empty());
    free_front(slot_bytes(record.size()));
}

void Ring::free_front(std::size_t bytes) {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    std::memset(&word_at(tail), 0, bytes);
    tail_.store(tail + bytes, std::memory_order_release);
}

bool Ring::empty() const {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_relaxed);
}

} // namespace hawser::capture::detail
