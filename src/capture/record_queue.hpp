// A bounded queue of byte records: many threads put in, one takes out, nobody waits.
#pragma once

#include <hawser/core/bytes.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace hawser::capture::detail {

/// Records stand one after the other in blocks, each after a word that holds its length and is zero
/// until the record is whole. One block is open: a producer claims room by moving its `used`, fills
/// it, and stores that word. A block without room is closed, and another opened: the one that was
/// given back last, so that as few are touched, and those as warm, as the consumer's pace allows.
/// The consumer reads block after block, stops at a zero, and leaves zeros there.
class RecordQueue {
public:
    static constexpr std::size_t kBlockBytes = std::size_t{128} * 1024;

    /// Of `capacity` bytes in whole blocks, at least two; memory is taken as it is first needed.
    explicit RecordQueue(std::size_t capacity, std::size_t block_bytes = kBlockBytes);
    /// False when the system had no memory to promise: nothing else may then be called.
    bool has_memory() const { return words_ != nullptr; }

    /// Room that a producer has claimed; it must be committed.
    struct Claim {
        std::byte* data = nullptr;   ///< nullptr: there was no room
        std::size_t used_blocks = 0; ///< in the queue, the open one too
        explicit operator bool() const { return data != nullptr; }
    };
    Claim claim(std::size_t bytes);
    static void commit(const Claim& claim, std::size_t bytes);

    /// The oldest whole record; empty when there is none. For the one consumer.
    Bytes front();
    /// Gives the room of `front` back.
    void pop();
    /// True when nothing has been claimed that was not taken out. For the consumer.
    bool empty() const;

    std::size_t block_count() const { return blocks_.size(); }

private:
    static constexpr std::size_t kWordBytes = 8;
    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::uint64_t kClosed = std::uint64_t{1} << 31;

    /// A number and how often it has been set, in one word: what was read long ago is not taken for
    /// what is there now.
    struct Tagged {
        std::uint32_t epoch;
        std::uint32_t value;
        static Tagged of(std::uint64_t word) {
            return {static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word)};
        }
        std::uint64_t word() const { return std::uint64_t{epoch} << 32 | value; }
    };
    struct Block {
        /// The epoch in which it was opened, whether it is closed, and the bytes that are claimed.
        std::atomic<std::uint64_t> used{kClosed};
        std::atomic<std::uint32_t> next{kNone};      ///< the one opened after it
        std::atomic<std::uint32_t> next_free{kNone}; ///< below it in the stack
    };

    static std::size_t slot_bytes(std::size_t bytes);
    static std::size_t claimed_bytes(std::uint64_t used) {
        return Tagged::of(used).value & ~static_cast<std::uint32_t>(kClosed);
    }
    std::uint64_t& word_at(std::uint32_t block, std::size_t at) const;
    bool open_after(std::uint64_t open);
    std::uint32_t take_free();
    void give_free(std::uint32_t block);

    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };

    std::size_t block_bytes_;
    std::unique_ptr<std::uint64_t[], Free> words_; // zeros that cost nothing until they are touched
    std::vector<Block> blocks_;
    alignas(64) std::atomic<std::uint64_t> open_{0}; ///< Tagged: the block that is filled
    std::atomic<std::uint64_t> free_;                ///< Tagged: top of the stack
    std::atomic<std::uint32_t> used_blocks_{1};
    alignas(64) std::uint32_t reading_ = 0; ///< the consumer's block
    std::size_t read_bytes_ = 0;            ///< of that block
};

} // namespace hawser::capture::detail
