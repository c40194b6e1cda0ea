// A queue in a circle: grows by doubling, never allocates in steady state.
#pragma once

#include <hawser/core/check.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace hawser::sctp {

template <class T>
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
        first_ = (first_ + 1) & (static_cast<std::uint32_t>(slots_.size()) - 1);
        --count_;
    }

    /// Gives the memory back; only when empty.
    void release() {
        HAWSER_ASSERT(count_ == 0);
        slots_ = {};
        first_ = 0;
    }

private:
    T& next_slot() {
        if (count_ == slots_.size()) grow();
        T& slot = slots_[(first_ + count_) & (slots_.size() - 1)];
        ++count_;
        return slot;
    }
    void grow() {
        std::vector<T> larger(slots_.empty() ? 8 : slots_.size() * 2);
        for (std::size_t i = 0; i < count_; ++i) {
            larger[i] = std::move(slots_[(first_ + i) & (slots_.size() - 1)]);
        }
        slots_ = std::move(larger);
        first_ = 0;
    }

    std::vector<T> slots_;
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
};

} // namespace hawser::sctp
