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
/// `kKept` is given back; or left to the next of several queues that needs it, by the calls with a
/// spare room, which they share.
template <class T, std::size_t kKept = std::numeric_limits<std::size_t>::max()>
class Ring {
public:
    using Room = std::vector<T>;

    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }

    T& front() {
        HAWSER_ASSERT(count_ > 0);
        return slots_[first_];
    }
    const T& front() const { return const_cast<Ring&>(*this).front(); }

    T& push_back(T value) {
        T& slot = next_slot();
        slot = std::move(value);
        return slot;
    }
    T& push_back(T value, Room& spare) {
        if (count_ == slots_.size() && spare.size() > count_) move_into(spare);
        return push_back(std::move(value));
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
    T pop_front(Room& spare) {
        T value = std::move(front());
        const bool is_burst_over = count_ == 1 && slots_.size() > kKept;
        if (is_burst_over && slots_.size() > spare.size() && slots_.size() <= kSpareMax) {
            spare.swap(slots_);
        }
        is_burst_over ? clear() : drop_front();
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
        Room{}.swap(slots_);
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
        Room larger(slots_.empty() ? kFirst : slots_.size() * 2);
        move_into(larger);
    }
    /// Takes the larger room, and leaves none.
    void move_into(Room& room) {
        for (std::uint32_t i = 0; i < count_; ++i)
            room[i] = std::move(slots_[at(i)]);
        slots_ = std::exchange(room, {});
        first_ = 0;
    }

    static constexpr std::size_t kSpareMax = 4096; // of slots: no more is kept for the next burst

    Room slots_;
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
};

} // namespace hawser
