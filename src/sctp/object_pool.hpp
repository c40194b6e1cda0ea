// Objects of one kind, used again and again.
#pragma once

#include <cstddef>
#include <vector>

namespace hawser::sctp {

/// Hands out objects, last in, first out; `T::recycle` makes a used one as good as new. Outlives
/// its objects.
template <class T>
class ObjectPool {
public:
    ObjectPool() = default;
    ObjectPool(const ObjectPool&) = delete;
    ObjectPool& operator=(const ObjectPool&) = delete;
    ~ObjectPool() {
        for (T* object : free_)
            delete object;
    }

    /// Free objects kept; more are given back to the heap.
    static constexpr std::size_t kKept = 16 * 1024;

    T* take() {
        ++in_use_;
        if (free_.empty()) return new T;
        T* object = free_.back();
        free_.pop_back();
        return object;
    }

    void give_back(T* object) {
        object->recycle();
        --in_use_;
        if (free_.size() < kKept) {
            free_.push_back(object);
        } else {
            delete object;
        }
    }

    std::size_t in_use() const { return in_use_; }

private:
    std::vector<T*> free_;
    std::size_t in_use_ = 0;
};

} // namespace hawser::sctp
