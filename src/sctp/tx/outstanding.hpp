// The chunks that are on their way: a ring indexed by TSN, and lists through it.
#pragma once

#include "sctp/tx/outgoing_message.hpp"

#include <hawser/core/check.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hawser::sctp {

enum class ChunkState : std::uint8_t {
    in_flight, ///< sent, and believed to be in the network
    lost,      ///< believed lost; to be sent again
    sacked,    ///< reported by a gap block, not yet by the Cumulative TSN
    settled,   ///< the same, and the peer will never give it up: NR-SACK
    abandoned, ///< of a message that was given up: RFC 3758 §3.5
};

/// One DATA or I-DATA chunk between its first transmission and its cumulative acknowledgement.
struct SentChunk {
    OutgoingMessage* message = nullptr;
    Instant sent_at{};
    std::uint32_t offset = 0; ///< in the message
    std::uint32_t fsn = 0;    ///< of the fragments of the message, counted from 0
    Tsn previous{}, next{};   ///< neighbours in the list it stands in
    std::uint16_t length = 0;
    std::uint16_t lane = 0;       ///< of its class, in its destination
    std::uint8_t destination = 0; ///< where it was last sent to, in the sender
    ChunkState state = ChunkState::in_flight;
    std::uint8_t transmissions = 1; ///< stays at its maximum
    std::uint8_t misses : 5 = 0;    ///< miss indications: RFC 9260 §7.2.4
    bool fast_retransmitted : 1 = false;
    /// By several paths that are in use: an answer does not say by which it arrived.
    bool sent_twice_over : 1 = false;
    bool rerouted : 1 = false; ///< lost elsewhere, and not sent to its destination yet
};
static_assert(sizeof(SentChunk) == 40, "as many as are outstanding, and all are walked");

/// Chunks from the first one not cumulatively acknowledged to the last one sent, found by TSN in
/// one step.
class Outstanding {
public:
    explicit Outstanding(Tsn first) : first_{first} {}

    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }
    Tsn first() const { return first_; }
    /// The TSN that the next chunk will get.
    Tsn next() const { return first_.plus(count_); }
    bool contains(Tsn tsn) const { return tsn.steps_from(first_) < count_; }

    SentChunk& operator[](Tsn tsn) { return slots_[tsn.value & (slots_.size() - 1)]; }
    const SentChunk& operator[](Tsn tsn) const { return slots_[tsn.value & (slots_.size() - 1)]; }

    /// A fresh chunk at `next()`.
    SentChunk& push() {
        if (count_ == slots_.size()) grow();
        SentChunk& chunk = (*this)[next()];
        chunk = SentChunk{};
        ++count_;
        return chunk;
    }
    void pop() {
        HAWSER_ASSERT(count_ > 0);
        first_ = first_.next();
        --count_;
    }
    /// The next chunk gets this TSN; only when empty.
    void begin_again(Tsn next) {
        HAWSER_ASSERT(count_ == 0);
        first_ = next;
    }
    /// Gives the memory back; only when empty.
    void release() {
        HAWSER_ASSERT(count_ == 0);
        slots_ = {};
    }

private:
    friend struct StateAccess;
    void grow() {
        std::vector<SentChunk> larger(slots_.empty() ? 16 : slots_.size() * 2);
        for (std::uint32_t i = 0; i < count_; ++i) {
            const Tsn tsn = first_.plus(i);
            larger[tsn.value & (larger.size() - 1)] = (*this)[tsn];
        }
        slots_ = std::move(larger);
    }

    std::vector<SentChunk> slots_;
    Tsn first_;
    std::uint32_t count_ = 0;
};

/// Chunks in the order in which they were sent (or lost), linked through the ring.
class ChunkList {
public:
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }
    Tsn front() const { return front_; }
    Tsn back() const { return back_; }

    void push_back(Outstanding& chunks, Tsn tsn) {
        if (count_ == 0) {
            front_ = tsn;
        } else {
            chunks[back_].next = tsn;
            chunks[tsn].previous = back_;
        }
        back_ = tsn;
        ++count_;
    }

    void remove(Outstanding& chunks, Tsn tsn) {
        HAWSER_ASSERT(count_ > 0);
        const SentChunk& chunk = chunks[tsn];
        if (tsn == front_) {
            front_ = chunk.next;
        } else {
            chunks[chunk.previous].next = chunk.next;
        }
        if (tsn == back_) {
            back_ = chunk.previous;
        } else {
            chunks[chunk.next].previous = chunk.previous;
        }
        --count_;
    }

private:
    Tsn front_{}, back_{};
    std::uint32_t count_ = 0;
};

} // namespace hawser::sctp
