#include <hawser/core/packet.hpp>

namespace hawser {

PacketPool::~PacketPool() {
    HAWSER_ASSERT(in_use_ == 0); // a pool outlives its packets
    for (std::byte* slab : small_)
        delete[] slab;
    for (std::byte* slab : large_)
        delete[] slab;
}

Packet PacketPool::take(std::size_t capacity, std::size_t headroom) {
    const std::size_t wanted = capacity + headroom;
    HAWSER_ASSERT(wanted <= kLargeBytes);
    const bool small = wanted <= kSmallBytes;
    std::vector<std::byte*>& free = small ? small_ : large_;
    const std::size_t bytes = small ? kSmallBytes : kLargeBytes;

    Packet packet;
    if (free.empty()) {
        packet.slab_ = new std::byte[bytes];
        ++slabs_allocated_;
    } else {
        packet.slab_ = free.back();
        free.pop_back();
    }
    packet.pool_ = this;
    packet.offset_ = static_cast<std::uint32_t>(headroom);
    packet.capacity_ = static_cast<std::uint32_t>(bytes);
    ++in_use_;
    return packet;
}

void PacketPool::give_back(std::byte* slab, std::size_t capacity) {
    --in_use_;
    const bool small = capacity == kSmallBytes;
    std::vector<std::byte*>& free = small ? small_ : large_;
    if (free.size() < (small ? kSmallKept : kLargeKept)) {
        free.push_back(slab);
    } else {
        delete[] slab;
    }
}

} // namespace hawser
