#include <hawser/core/buffer.hpp>

#include <gtest/gtest.h>

#include <type_traits>

namespace hawser {
namespace {

static_assert(!std::is_copy_constructible_v<Buffer> && !std::is_copy_assignable_v<Buffer>);
static_assert(std::is_nothrow_move_constructible_v<Buffer>);

TEST(Buffer, HoldsACopy) {
    BufferPool pool;
    const Buffer buffer = pool.copy(as_bytes("hello"));
    EXPECT_TRUE(buffer);
    EXPECT_EQ(as_text(buffer.bytes()), "hello");
}

TEST(Buffer, OfNothingIsABufferToo) {
    BufferPool pool;
    const Buffer buffer = pool.copy({});
    EXPECT_TRUE(buffer);
    EXPECT_EQ(buffer.size(), 0u);
    EXPECT_FALSE(Buffer{});
}

TEST(Buffer, GrowsThroughItsClassesAndKeepsWhatItHas) {
    BufferPool pool;
    Buffer buffer = pool.take(1);
    std::string expected;
    for (int i = 0; i < 10'000; ++i) {
        const std::string piece = std::to_string(i) + ",";
        expected += piece;
        buffer.append(as_bytes(piece));
    }
    EXPECT_EQ(as_text(buffer.bytes()), expected);
    EXPECT_EQ(pool.in_use(), 1u);
}

TEST(Buffer, GrowsBeyondTheLargestClass) {
    BufferPool pool;
    Buffer buffer = pool.take(BufferPool::kLargestBytes);
    const std::vector<std::byte> piece(BufferPool::kLargestBytes, std::byte{7});
    for (int i = 0; i < 3; ++i)
        buffer.append(piece);
    EXPECT_EQ(buffer.size(), 3 * piece.size());
    EXPECT_EQ(buffer.bytes().back(), std::byte{7});
}

TEST(Buffer, MovesAndGoesBackToItsPoolOnce) {
    BufferPool pool;
    {
        Buffer a = pool.copy(as_bytes("a"));
        Buffer b = std::move(a);
        EXPECT_FALSE(a);
        Buffer c = pool.copy(as_bytes("c"));
        c = std::move(b);
        EXPECT_EQ(as_text(c.bytes()), "a");
        EXPECT_EQ(pool.in_use(), 1u);
    }
    EXPECT_EQ(pool.in_use(), 0u);
}

TEST(BufferPool, RoundsUpToPowersOfTwo) {
    BufferPool pool;
    for (const auto& [asked, given] : {std::pair{0u, 64u},
                                       {1u, 64u},
                                       {64u, 64u},
                                       {65u, 128u},
                                       {128u, 128u},
                                       {129u, 256u},
                                       {262'143u, 262'144u},
                                       {262'144u, 262'144u},
                                       {262'145u, 262'145u}}) {
        EXPECT_EQ(pool.take(asked).capacity(), given) << asked;
    }
}

TEST(BufferPool, AllocatesNothingInSteadyState) {
    BufferPool pool;
    for (int i = 0; i < 1'000; ++i) {
        const Buffer small = pool.take(100);
        const Buffer large = pool.take(100'000);
    }
    EXPECT_EQ(pool.blocks_allocated(), 2u);
}

TEST(BufferPool, KeepsNoMoreThanItsLimitOfFreeBytes) {
    BufferPool pool;
    constexpr std::size_t kKept = BufferPool::kKeptBytesPerClass / BufferPool::kLargestBytes;
    for (int burst = 0; burst < 2; ++burst) {
        std::vector<Buffer> buffers;
        for (std::size_t i = 0; i < 2 * kKept; ++i) {
            buffers.push_back(pool.take(BufferPool::kLargestBytes));
        }
    }
    EXPECT_EQ(pool.blocks_allocated(), 3 * kKept) << "half of the first burst was kept";
    EXPECT_EQ(pool.in_use(), 0u);
}

} // namespace
} // namespace hawser
