#include "endpoint/pools.hpp"

#include <hawser/endpoint/message.hpp>

namespace hawser {

Payload::~Payload() {
    if (buffer_) pools_->give_back(std::move(buffer_));
}

namespace detail {

void Pools::give_back(Buffer&& buffer) {
    const std::scoped_lock lock{mutex_};
    returned_.push_back(std::move(buffer));
}

void Pools::collect() {
    {
        const std::scoped_lock lock{mutex_};
        returned_.swap(collected_);
    }
    collected_.clear();
}

} // namespace detail
} // namespace hawser
