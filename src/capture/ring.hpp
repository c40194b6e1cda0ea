// A bounded queue of byte records: many threads put in, one takes out, nobody waits.
#pragma once

#include <hawser/core/bytes.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace hawser::capture::detail {

/// Records stand one after the other in a circle, each after a word that holds its length and is
/// zero until the record is whole. A producer claims room by moving `head_`, fills it, and stores
/// that word; the consumer reads in order, stops at a zero, and leaves zeros there.
class Ring {
public:
    /// `capacity` is a power of two.
    explicit Ring(std::size_t capacity);

    /// Room that a producer has claimed; it must be committed.
    struct Claim {
        std::byte* data = nullptr;  ///< nullptr: there was no room
        std::size_t used_bytes = 0; ///< in the queue, with this record; at most so many
        explicit operator bool() const { return data != nullptr; }
    };
    Claim claim(std::size_t bytes);
    static void commit(const Claim& claim, std::size_t bytes);

    /// The oldest whole record; empty when there is none. For the one consumer.
    Bytes front();
    /// Gives the room of `front` back.
    void pop();
    /// True when nothing has been claimed that was not taken out.
    bool empty() const;

    std::size_t capacity() const { return capacity_; }

private:
    static constexpr std::size_t kWordBytes = 8;
    static constexpr std::size_t kLookAgain = 8; ///< above this part of the capacity
    static constexpr std::uint64_t kPadding = std::uint64_t{1}
                                              << 63; ///< up to the end of the circle
    static std::size_t slot_bytes(std::size_t bytes);
    std::uint64_t& word_at(std::uint64_t position) const;
    void free_front(std::size_t bytes);

    std::size_t capacity_;
    std::unique_ptr<std::uint64_t[]> words_;
    alignas(64) std::atomic<std::uint64_t> head_{0}; ///< bytes ever claimed
    std::atomic<std::uint64_t> known_tail_{0};       ///< what producers last saw of `tail_`
    alignas(64) std::atomic<std::uint64_t> tail_{0}; ///< bytes ever given back
};

} // namespace hawser::capture::detail
