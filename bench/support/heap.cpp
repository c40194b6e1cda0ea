#include "support/heap.hpp"

#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

/// glibc puts one word in front of each block.
constexpr std::int64_t kBlockHeader = sizeof(std::size_t);

thread_local hawser::bench::HeapCount count;

void* counted(void* block) {
    if (block == nullptr) std::abort(); // a benchmark without memory has nothing to say
    ++count.allocations;
    count.bytes += static_cast<std::int64_t>(::malloc_usable_size(block)) + kBlockHeader;
    return block;
}

void give_back(void* block) {
    if (block == nullptr) return;
    count.bytes -= static_cast<std::int64_t>(::malloc_usable_size(block)) + kBlockHeader;
    std::free(block);
}

} // namespace

void* operator new(std::size_t size) {
    return counted(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(std::aligned_alloc(static_cast<std::size_t>(alignment), size));
}
void operator delete(void* block) noexcept {
    give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
    give_back(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
    give_back(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
    give_back(block);
}

namespace hawser::bench {

HeapCount heap_count() {
    return count;
}

} // namespace hawser::bench
