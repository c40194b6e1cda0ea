// Operations that wait for the same thing, served in their order.
#pragma once

#include <hawser/endpoint/completion.hpp>

#include "endpoint/queue.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace hawser::detail {

template <class T>
class WaitQueue {
public:
    /// Also forgets now and then those that have finished meanwhile, so that an operation which is
    /// started again after each deadline does not pile up.
    void push(WaitPointer<T> wait) {
        if (wait->finished()) return;
        if (waits_.size() >= sweep_at_) {
            waits_.extract([](const WaitPointer<T>& other) { return other->finished(); });
            sweep_at_ = std::max(kSweepAtLeast, 2 * waits_.size());
        }
        waits_.push_back(std::move(wait));
    }

    /// The one that has waited longest, nullptr when nobody waits.
    WaitPointer<T> next() {
        while (!waits_.empty()) {
            WaitPointer<T> wait = waits_.pop_front();
            if (!wait->finished()) return wait;
        }
        return nullptr;
    }

    void fail_all(const Error& error) {
        while (WaitPointer<T> wait = next())
            wait->finish(std::unexpected{error});
    }

private:
    static constexpr std::size_t kSweepAtLeast = 16;

    std::size_t sweep_at_ = kSweepAtLeast;
    Queue<WaitPointer<T>> waits_;
};

} // namespace hawser::detail
