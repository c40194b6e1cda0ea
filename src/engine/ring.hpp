// A queue in a circle: grows by doubling, never allocates in steady state.
#pragma once

#include <hawser/core/check.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace hawser {

/// First in, first out. Costs nothing until something is in it (an empty std::deque takes half a
/// kilobyte, and every association has several queues). Once it is empty again, room for more than
/// `kKept` is given back.
template <class T, std::size_t kKept = std::numeric_limits<std::size_t>::max()>
class Ring {
public:
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }

    T& front() {
        HAWSER_ASSERT(count_ > 0);
        return slots_[first_];
    }

    T& push_back(T value) {
        T& slot = next_slot();
        slot = std::move(value);
        return slot;
    }
    /// For a variant: makes the alternative in place, which spares moving a large one.
    template <class Alternative>
    Alternative& emplace_back() {
        return next_slot().template emplace<Alternative>();
    }

    T pop_front() {
        T value = std::move(front());
        drop_front();
        return value;
    }
    /// Forgets the front, which has been moved from.
    void drop_front() {
        HAWSER_ASSERT(count_ > 0);
        first_ = at(1);
        if (--count_ == 0 && slots_.size() > kKept) clear();
    }

    /// Takes out what `chosen` holds for; answers it in order.
    template <class Predicate>
    std::vector<T> extract(Predicate chosen) {
        std::vector<T> taken;
        for (std::size_t left = count_; left > 0; --left) {
            T value = pop_front();
            if (chosen(value)) {
                taken.push_back(std::move(value));
            } else {
                push_back(std::move(value));
            }
        }
        return taken;
    }

    /// Empties it, and gives the memory back.
    void clear() {
        std::vector<T>{}.swap(slots_);
        first_ = 0;
        count_ = 0;
    }

private:
    std::uint32_t at(std::uint32_t place) const {
        return (first_ + place) & (static_cast<std::uint32_t>(slots_.size()) - 1);
    }
    T& next_slot() {
        if (count_ == slots_.size()) grow();
        return slots_[at(count_++)];
    }
    void grow() {
        constexpr std::size_t kFirst = 8;
        std::vector<T> larger(slots_.empty() ? kFirst : slots_.size() * 2);
        for (std::uint32_t i = 0; i < count_; ++i)
            larger[i] = std::move(slots_[at(i)]);
        slots_ = std::move(larger);
        first_ = 0;
    }

    std::vector<T> slots_;
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
};

} // namespace hawser
