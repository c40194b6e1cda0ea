// The queue that many threads fill and one empties.
#include "capture/record_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace hawser::capture::detail {
namespace {

bool put(RecordQueue& queue, std::uint32_t thread, std::uint32_t number, std::size_t size) {
    const RecordQueue::Claim claim = queue.claim(size);
    if (!claim) return false;
    std::memset(claim.data, static_cast<int>(number & 0xff), size);
    std::memcpy(claim.data, &thread, sizeof thread);
    std::memcpy(claim.data + 4, &number, sizeof number);
    RecordQueue::commit(claim, size);
    return true;
}

TEST(RecordQueue, GivesRecordsBackInOrder) {
    RecordQueue queue{256, 128};
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(queue.front().empty());
    EXPECT_TRUE(put(queue, 0, 7, 8));
    EXPECT_TRUE(put(queue, 0, 8, 13));
    EXPECT_EQ(queue.front().size(), 8u);
    queue.pop();
    EXPECT_EQ(queue.front().size(), 13u);
    queue.pop();
    EXPECT_TRUE(queue.empty());
}

TEST(RecordQueue, HidesARecordUntilItIsWhole) {
    RecordQueue queue{256, 128};
    const RecordQueue::Claim claim = queue.claim(8);
    EXPECT_FALSE(queue.empty());
    EXPECT_TRUE(queue.front().empty());
    RecordQueue::commit(claim, 8);
    EXPECT_EQ(queue.front().size(), 8u);
}

TEST(RecordQueue, RefusesWhatDoesNotFitAndGoesOn) {
    RecordQueue queue{256, 128};
    EXPECT_FALSE(queue.claim(200)); // no block is so large
    std::size_t taken = 0;
    while (put(queue, 0, 1, 40))
        ++taken;
    EXPECT_EQ(taken, 4u); // two to a block
    queue.pop();
    queue.pop();
    EXPECT_FALSE(queue.front().empty()); // the first block is given back on the way
    EXPECT_TRUE(put(queue, 0, 2, 40));
    EXPECT_TRUE(put(queue, 0, 3, 40));
    EXPECT_FALSE(put(queue, 0, 4, 40));
}

TEST(RecordQueue, GoesRoundAtEverySize) {
    RecordQueue queue{1024, 512};
    std::minstd_rand random{1};
    std::uint32_t written = 0;
    std::uint32_t read = 0;
    std::vector<std::size_t> sizes;
    for (int round = 0; round < 20'000; ++round) {
        const std::size_t size = 8 + random() % 300;
        if (put(queue, 0, written, size)) {
            sizes.push_back(size);
            ++written;
        } else {
            const Bytes record = queue.front();
            ASSERT_EQ(record.size(), sizes[read]);
            std::uint32_t number = 0;
            std::memcpy(&number, record.data() + 4, sizeof number);
            ASSERT_EQ(number, read);
            for (const std::byte byte : record.subspan(8)) {
                ASSERT_EQ(byte, static_cast<std::byte>(number & 0xff));
            }
            queue.pop();
            ++read;
        }
    }
    EXPECT_GT(read, 5'000u);
}

TEST(RecordQueue, TouchesFewBlocksWhileTheConsumerKeepsUp) {
    RecordQueue queue{std::size_t{1024} * 1024, 1024};
    std::size_t most = 0;
    for (std::uint32_t number = 0; number < 10'000; ++number) {
        const RecordQueue::Claim claim = queue.claim(100);
        ASSERT_TRUE(claim);
        RecordQueue::commit(claim, 100);
        most = std::max(most, claim.used_blocks);
        std::memset(claim.data, 1, 100);
        queue.pop();
    }
    EXPECT_TRUE(queue.empty());
    EXPECT_LE(most, 2u);
}

// A producer that was interrupted may know an old head; that must not look like a full queue.
TEST(RecordQueue, RefusesNobodyWhileThereIsRoom) {
    constexpr std::uint32_t kThreads = 3;
    constexpr std::uint32_t kRecords = 20'000;
    RecordQueue queue{std::size_t{4} * 1024 * 1024}; // for more than all of them
    std::atomic<std::uint32_t> refused{0};
    std::vector<std::thread> threads;
    for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::uint32_t number = 0; number < kRecords; ++number) {
                if (!put(queue, thread, number, 16)) refused += 1;
            }
        });
    }
    for (std::uint32_t taken = 0; taken + refused < kThreads * kRecords;) {
        if (queue.front().empty()) continue;
        queue.pop();
        ++taken;
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(refused, 0u);
}

// One record left in another block, of as many bytes as have been read in this one.
TEST(RecordQueue, IsNotEmptyWhileARecordIsInAnotherBlock) {
    RecordQueue queue{256, 128};
    for (std::uint32_t number = 0; number < 3; ++number)
        ASSERT_TRUE(put(queue, 0, number, 40)); // two to a block
    queue.pop();
    EXPECT_FALSE(queue.empty());
}

struct QueueShape {
    std::size_t capacity, block_bytes;
};

class RecordQueueOf : public testing::TestWithParam<QueueShape> {};

// With two small blocks a producer is as good as always held up between two steps of its claim.
INSTANTIATE_TEST_SUITE_P(ManyBlocksAndTwo, RecordQueueOf,
                         testing::Values(QueueShape{4096, 512}, QueueShape{256, 128}));

TEST_P(RecordQueueOf, LosesNothingBetweenThreads) {
    constexpr std::uint32_t kThreads = 3;
    constexpr std::uint32_t kRecords = 20'000;
    RecordQueue queue{GetParam().capacity, GetParam().block_bytes};
    std::vector<std::thread> threads;
    for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&queue, thread] {
            for (std::uint32_t number = 0; number < kRecords;) {
                if (put(queue, thread, number, 8 + number % 100)) {
                    ++number;
                } else {
                    std::this_thread::yield();
                }
            }
        });
    }
    std::vector<std::uint32_t> next(kThreads);
    for (std::uint32_t taken = 0; taken < kThreads * kRecords;) {
        const Bytes record = queue.front();
        if (record.empty()) {
            std::this_thread::yield();
            continue;
        }
        std::uint32_t thread = 0;
        std::uint32_t number = 0;
        std::memcpy(&thread, record.data(), sizeof thread);
        std::memcpy(&number, record.data() + 4, sizeof number);
        // No early return here: the threads want to be joined.
        EXPECT_LT(thread, kThreads);
        EXPECT_EQ(number, next[thread % kThreads]++);
        EXPECT_EQ(record.size(), 8 + number % 100);
        queue.pop();
        ++taken;
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_TRUE(queue.empty());
}

} // namespace
} // namespace hawser::capture::detail
