// A queue that costs nothing while it is empty.
#pragma once

#include <hawser/core/check.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace hawser::detail {

/// First in, first out, in one vector: a std::deque takes half a kilobyte to be empty, and every
/// association has several queues.
template <class T>
class Fifo {
public:
    bool empty() const { return front_ == items_.size(); }
    std::size_t size() const { return items_.size() - front_; }
    T& front() {
        HAWSER_ASSERT(!empty());
        return items_[front_];
    }
    T* begin() { return items_.data() + front_; }
    T* end() { return items_.data() + items_.size(); }

    void push(T item) { items_.push_back(std::move(item)); }

    T pop() {
        T item = std::move(front());
        ++front_;
        if (empty()) {
            clear();
        } else if (front_ >= kMovesAtLeast && front_ >= size()) {
            items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(front_));
            front_ = 0;
        }
        return item;
    }

    /// Takes out what `chosen` holds for; answers it in order.
    template <class Predicate>
    std::vector<T> extract(Predicate chosen) {
        std::vector<T> taken;
        std::vector<T> kept;
        for (T& item : *this)
            (chosen(item) ? taken : kept).push_back(std::move(item));
        items_ = std::move(kept);
        front_ = 0;
        return taken;
    }

    /// Gives the memory of a burst back.
    void clear() {
        front_ = 0;
        if (items_.capacity() > kCapacityKept) {
            std::vector<T>{}.swap(items_);
        } else {
            items_.clear();
        }
    }

private:
    static constexpr std::size_t kMovesAtLeast = 32;
    static constexpr std::size_t kCapacityKept = 64;

    std::vector<T> items_;
    std::size_t front_ = 0;
};

} // namespace hawser::detail
