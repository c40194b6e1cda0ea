// State per stream, for the streams that are used.
#pragma once

#include <hawser/wire/sctp/types.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hawser::sctp {

/// A hash table from StreamId to T in which an unused stream costs nothing: open addressing, the
/// last stream asked for is found at once.
template <class T>
class StreamMap {
public:
    /// Null for a stream that was not asked for yet.
    T* find(StreamId stream) {
        if (slots_.empty()) return nullptr;
        const std::size_t place = locate(stream);
        return slots_[place].used ? &slots_[place].value : nullptr;
    }

    /// The stream's state; made anew when it is the first time.
    T& operator[](StreamId stream) {
        if (count_ * 4 >= slots_.size() * 3) grow();
        Slot& slot = slots_[locate(stream)];
        if (!slot.used) {
            slot.used = true;
            slot.stream = stream;
            ++count_;
        }
        return slot.value;
    }

    template <class F>
    void for_each(F&& visit) {
        for (Slot& slot : slots_) {
            if (slot.used) visit(slot.stream, slot.value);
        }
    }

    void clear() {
        slots_ = {};
        count_ = 0;
        last_ = 0;
    }

private:
    struct Slot {
        StreamId stream{};
        bool used = false;
        T value{};
    };

    std::size_t locate(StreamId stream) {
        if (last_ < slots_.size() && slots_[last_].used && slots_[last_].stream == stream) {
            return last_;
        }
        const std::size_t mask = slots_.size() - 1;
        std::size_t place = (std::to_underlying(stream) * std::size_t{40'503}) & mask;
        while (slots_[place].used && slots_[place].stream != stream)
            place = (place + 1) & mask;
        last_ = static_cast<std::uint32_t>(place);
        return place;
    }

    void grow() {
        std::vector<Slot> old = std::exchange(slots_, {});
        slots_.resize(old.empty() ? 4 : old.size() * 2);
        for (Slot& slot : old) {
            if (slot.used) slots_[locate(slot.stream)] = std::move(slot);
        }
    }

    std::vector<Slot> slots_;
    std::uint32_t count_ = 0;
    std::uint32_t last_ = 0;
};

} // namespace hawser::sctp
