// Streams that have work, in the order of their turns.
#pragma once

#include "sctp/tx/outgoing_message.hpp"

#include <hawser/core/check.hpp>
#include <hawser/sctp/options.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hawser::sctp {

/// One stream's messages, and when its turn comes.
struct WaitingStream {
    /// The least one goes first.
    struct Order {
        std::uint16_t rank = 0; ///< whatever the turn
        std::uint64_t turn = 0; ///< counted round a circle, of which those in a heap are never half
        friend bool operator==(const Order&, const Order&) = default;
        friend std::strong_ordering operator<=>(const Order& a, const Order& b) {
            if (a.rank != b.rank) return a.rank <=> b.rank;
            return static_cast<std::int64_t>(a.turn - b.turn) <=> 0;
        }
    };

    MessageList messages;
    Order order;
    std::size_t place = 0; ///< in its heap
    StreamId id{};
    std::uint16_t value = kStreamValueDefault;
};

/// A binary heap that finds a stream again when its order changes.
class StreamHeap {
public:
    bool empty() const { return streams_.empty(); }
    WaitingStream& top() const { return *streams_.front(); }

    void push(WaitingStream& stream) {
        streams_.push_back(&stream);
        stream.place = streams_.size() - 1;
        rise(stream);
    }
    void remove(WaitingStream& stream) {
        HAWSER_ASSERT(streams_.at(stream.place) == &stream);
        WaitingStream& last = *streams_.back();
        exchange(stream, last);
        streams_.pop_back();
        if (&last != &stream) settle(last);
    }
    /// The order of a stream in it has changed.
    void settle(WaitingStream& stream) {
        rise(stream);
        sink(stream);
    }

private:
    void exchange(WaitingStream& a, WaitingStream& b) {
        std::swap(streams_[a.place], streams_[b.place]);
        std::swap(a.place, b.place);
    }
    void rise(WaitingStream& stream) {
        while (stream.place > 0) {
            WaitingStream& parent = *streams_[(stream.place - 1) / 2];
            if (parent.order <= stream.order) return;
            exchange(stream, parent);
        }
    }
    void sink(WaitingStream& stream) {
        while (true) {
            const std::size_t left = 2 * stream.place + 1;
            if (left >= streams_.size()) return;
            WaitingStream* child = streams_[left];
            if (left + 1 < streams_.size() && streams_[left + 1]->order < child->order)
                child = streams_[left + 1];
            if (stream.order <= child->order) return;
            exchange(stream, *child);
        }
    }

    std::vector<WaitingStream*> streams_;
};

} // namespace hawser::sctp
