// The queue that many threads fill and one empties.
#include "capture/ring.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace hawser::capture::detail {
namespace {

bool put(Ring& ring, std::uint32_t thread, std::uint32_t number, std::size_t size) {
    const Ring::Claim claim = ring.claim(size);
    if (!claim) return false;
    std::memset(claim.data, static_cast<int>(number & 0xff), size);
    std::memcpy(claim.data, &thread, sizeof thread);
    std::memcpy(claim.data + 4, &number, sizeof number);
    Ring::commit(claim, size);
    return true;
}

TEST(Ring, GivesRecordsBackInOrder) {
    Ring ring{256};
    EXPECT_TRUE(ring.empty());
    EXPECT_TRUE(ring.front().empty());
    EXPECT_TRUE(put(ring, 0, 7, 8));
    EXPECT_TRUE(put(ring, 0, 8, 13));
    EXPECT_EQ(ring.front().size(), 8u);
    ring.pop();
    EXPECT_EQ(ring.front().size(), 13u);
    ring.pop();
    EXPECT_TRUE(ring.empty());
}

TEST(Ring, HidesARecordUntilItIsWhole) {
    Ring ring{256};
    const Ring::Claim claim = ring.claim(8);
    EXPECT_FALSE(ring.empty());
    EXPECT_TRUE(ring.front().empty());
    Ring::commit(claim, 8);
    EXPECT_EQ(ring.front().size(), 8u);
}

TEST(Ring, RefusesWhatDoesNotFitAndGoesOn) {
    Ring ring{256};
    EXPECT_FALSE(ring.claim(200)); // more than half could wait for ever
    while (put(ring, 0, 1, 40)) {
    }
    ring.pop();
    EXPECT_TRUE(put(ring, 0, 2, 40));
    EXPECT_FALSE(put(ring, 0, 3, 40));
}

TEST(Ring, WrapsAtEverySize) {
    Ring ring{1024};
    std::minstd_rand random{1};
    std::uint32_t written = 0;
    std::uint32_t read = 0;
    std::vector<std::size_t> sizes;
    for (int round = 0; round < 20'000; ++round) {
        const std::size_t size = 8 + random() % 300;
        if (put(ring, 0, written, size)) {
            sizes.push_back(size);
            ++written;
        } else {
            const Bytes record = ring.front();
            ASSERT_EQ(record.size(), sizes[read]);
            std::uint32_t number = 0;
            std::memcpy(&number, record.data() + 4, sizeof number);
            ASSERT_EQ(number, read);
            for (const std::byte byte : record.subspan(8)) {
                ASSERT_EQ(byte, static_cast<std::byte>(number & 0xff));
            }
            ring.pop();
            ++read;
        }
    }
    EXPECT_GT(read, 5'000u);
}

// A producer that was interrupted may know an old head; that must not look like a full queue.
TEST(Ring, RefusesNobodyWhileThereIsRoom) {
    constexpr std::uint32_t kThreads = 3;
    constexpr std::uint32_t kRecords = 20'000;
    Ring ring{std::size_t{4} * 1024 * 1024}; // for more than all of them
    std::atomic<std::uint32_t> refused{0};
    std::vector<std::thread> threads;
    for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::uint32_t number = 0; number < kRecords; ++number) {
                if (!put(ring, thread, number, 16)) refused += 1;
            }
        });
    }
    for (std::uint32_t taken = 0; taken + refused < kThreads * kRecords;) {
        if (ring.front().empty()) continue;
        ring.pop();
        ++taken;
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(refused, 0u);
}

TEST(Ring, LosesNothingBetweenThreads) {
    constexpr std::uint32_t kThreads = 3;
    constexpr std::uint32_t kRecords = 20'000;
    Ring ring{4096};
    std::vector<std::thread> threads;
    for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&ring, thread] {
            for (std::uint32_t number = 0; number < kRecords;) {
                if (put(ring, thread, number, 8 + number % 100)) {
                    ++number;
                } else {
                    std::this_thread::yield();
                }
            }
        });
    }
    std::vector<std::uint32_t> next(kThreads);
    for (std::uint32_t taken = 0; taken < kThreads * kRecords;) {
        const Bytes record = ring.front();
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
        ring.pop();
        ++taken;
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_TRUE(ring.empty());
}

} // namespace
} // namespace hawser::capture::detail
