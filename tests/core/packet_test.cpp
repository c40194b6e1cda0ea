#include <hawser/core/packet.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <type_traits>
#include <vector>

namespace hawser {
namespace {

static_assert(!std::is_copy_constructible_v<Packet> && !std::is_copy_assignable_v<Packet>);
static_assert(std::is_nothrow_move_constructible_v<Packet>);
static_assert(!std::is_copy_constructible_v<PacketPool>);

TEST(Packet, HasRoomBeforeAndBehindItsPayload) {
    PacketPool pool;
    Packet packet = pool.take(1'200, 64);
    EXPECT_TRUE(packet);
    EXPECT_EQ(packet.size(), 0u);
    EXPECT_EQ(packet.headroom(), 64u);
    EXPECT_GE(packet.tailroom(), 1'200u);

    packet.resize(5);
    std::memcpy(packet.bytes().data(), "hello", 5);
    const MutableBytes header = packet.grow_front(2);
    ASSERT_EQ(header.size(), 2u);
    std::memcpy(header.data(), "> ", 2);
    EXPECT_EQ(as_text(packet.bytes()), "> hello");
    EXPECT_EQ(packet.headroom(), 62u);

    packet.trim_front(3);
    EXPECT_EQ(as_text(packet.bytes()), "ello");
    EXPECT_EQ(packet.headroom(), 65u);
}

TEST(Packet, MovesAndGoesBackToItsPoolOnce) {
    PacketPool pool;
    {
        Packet a = pool.take(100);
        Packet b = std::move(a);
        EXPECT_FALSE(a);
        EXPECT_TRUE(b);
        EXPECT_EQ(pool.in_use(), 1u);
        Packet c = pool.take(100);
        c = std::move(b);
        EXPECT_EQ(pool.in_use(), 1u) << "what c held went back";
    }
    EXPECT_EQ(pool.in_use(), 0u);
}

TEST(PacketPool, GivesTheSlabJustFreedAndAllocatesNoMore) {
    PacketPool pool;
    const std::byte* first = nullptr;
    {
        Packet packet = pool.take(1'000);
        packet.resize(1);
        first = packet.bytes().data();
    }
    for (int i = 0; i < 1'000; ++i) {
        Packet packet = pool.take(1'000);
        packet.resize(1);
        ASSERT_EQ(packet.bytes().data(), first);
    }
    EXPECT_EQ(pool.slabs_allocated(), 1u);
}

TEST(PacketPool, HasTwoClassesOfSlabs) {
    PacketPool pool;
    const Packet small = pool.take(PacketPool::kSmallBytes);
    const Packet large = pool.take(PacketPool::kSmallBytes, 1);
    const Packet largest = pool.take(PacketPool::kLargeBytes);
    EXPECT_EQ(small.tailroom(), PacketPool::kSmallBytes);
    EXPECT_EQ(large.tailroom(), PacketPool::kLargeBytes - 1);
    EXPECT_EQ(largest.tailroom(), PacketPool::kLargeBytes);
}

TEST(PacketPool, GivesBackWhatABurstLeft) {
    PacketPool pool;
    for (int burst = 0; burst < 3; ++burst) {
        std::vector<Packet> packets;
        for (std::size_t i = 0; i < 2 * PacketPool::kSmallKept; ++i)
            packets.push_back(pool.take(1));
    }
    // The first burst came from the heap, each later one kept half of the one before.
    EXPECT_EQ(pool.slabs_allocated(), 4 * PacketPool::kSmallKept);
    EXPECT_EQ(pool.in_use(), 0u);
}

TEST(Transmit, OfOneDatagramHasOneSegment) {
    PacketPool pool;
    Transmit transmit{.payload = pool.take(100), .headroom = 10, .tailroom = 5};
    transmit.payload.resize(40);
    EXPECT_EQ(transmit.segment_count(), 1u);
    EXPECT_EQ(transmit.segment(0).size(), 25u);
    EXPECT_EQ(transmit.segment(0).data(), transmit.payload.bytes().data() + 10);
}

TEST(Transmit, OfATrainHasSegmentsAtAFixedStride) {
    PacketPool pool;
    Transmit train{
        .payload = pool.take(1'000), .segment_bytes = 100, .headroom = 13, .tailroom = 17};
    train.payload.resize(2 * 130 + 13 + 40 + 17); // two whole ones and one of 40
    ASSERT_EQ(train.segment_count(), 3u);
    EXPECT_EQ(train.segment(0).size(), 100u);
    EXPECT_EQ(train.segment(1).data(), train.payload.bytes().data() + 130 + 13);
    EXPECT_EQ(train.segment(2).size(), 40u);
}

} // namespace
} // namespace hawser
