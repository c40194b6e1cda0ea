// Counts what a test program takes from the heap. Include it from exactly one file of a program: it
// replaces the global operator new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace hawser::test {

inline std::uint64_t allocation_count = 0;

/// Calls of operator new since the program began.
inline std::uint64_t allocations() {
    return allocation_count;
}

} // namespace hawser::test

void* operator new(std::size_t bytes) {
    ++hawser::test::allocation_count;
    void* block = std::malloc(bytes == 0 ? 1 : bytes);
    if (block == nullptr) std::abort();
    return block;
}
void* operator new[](std::size_t bytes) {
    return operator new(bytes);
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
