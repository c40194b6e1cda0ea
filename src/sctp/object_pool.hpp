// Objects of one kind, used again and again.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace hawser::sctp {

/// Hands out default-constructed or reset objects; last in, first out. Outlives its objects.
template <class T>
class ObjectPool {
public:
    /// Free objects kept; more are given back to the heap.
    static constexpr std::size_t kKept = 16 * 1024;

    T* take() {
        ++in_use_;
        if (free_.empty()) return new T;
        T* object = free_.back().release();
        free_.pop_back();
        return object;
    }

    /// `object` is reset to a fresh T, which gives back what it owned.
    void give_back(T* object) {
        std::unique_ptr<T> owned{object};
        *owned = T{};
        --in_use_;
        if (free_.size() < kKept) free_.push_back(std::move(owned));
    }

    std::size_t in_use() const { return in_use_; }

private:
    std::vector<std::unique_ptr<T>> free_;
    std::size_t in_use_ = 0;
};

} // namespace hawser::sctp
