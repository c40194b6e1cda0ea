#include "support/allocations.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace hawser::test {

namespace {

std::uint64_t allocation_count = 0;

void* counted(std::size_t bytes) {
    ++allocation_count;
    void* const block = std::malloc(bytes == 0 ? 1 : bytes);
    if (block == nullptr) std::abort();
    return block;
}

} // namespace

std::uint64_t allocations() {
    return allocation_count;
}

} // namespace hawser::test

// In a file of its own: where a compiler sees one of the pair and inlines only that, it warns of
// memory that one allocator gave and another takes back.
void* operator new(std::size_t bytes) {
    return hawser::test::counted(bytes);
}
void* operator new[](std::size_t bytes) {
    return hawser::test::counted(bytes);
}
void operator delete(void* block) noexcept {
    std::free(block);
}
void operator delete[](void* block) noexcept {
    std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
    std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept {
    std::free(block);
}
