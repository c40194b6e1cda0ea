// What a tap costs the endpoint that it watches: no allocation, once the log is open.
#include <hawser/capture/log.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "capture/session.hpp"

namespace {

/// Of this thread alone: the writer's may allocate.
thread_local std::uint64_t allocations = 0;

void* counted(std::size_t size) {
    allocations += 1;
    if (void* memory = std::malloc(size)) return memory;
    std::abort();
}

} // namespace

void* operator new(std::size_t size) {
    return counted(size);
}
void* operator new[](std::size_t size) {
    return counted(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace hawser::capture {
namespace {

TEST(Tap, AllocatesNothing) {
    test::Conversation talk;
    talk.out(test::data_chunk(1, 0, 0, 0, std::string(1200, 'x')), {.dscp = Dscp::ef});
    test::MemoryLog memory;
    const auto tap = memory.log.attach("alpha", {.clear = Clear::always});
    const std::uint64_t before = allocations;
    EXPECT_GT(before, 0u); // the counter counts
    for (int i = 0; i < 10'000; ++i) {
        talk.show_step(*tap, 0, Layer::sctp, Verdict::bad_checksum, "a note");
        talk.show_step(*tap, 0, Layer::wire);
    }
    // Copies of Ancillary in the test's own loop would show here, too: there are none.
    EXPECT_EQ(allocations, before);
}

} // namespace
} // namespace hawser::capture
