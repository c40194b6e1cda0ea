// Counts what a test program takes from the heap. A program that links hawser_test_allocations has
// its global operator new replaced.
#pragma once

#include <cstdint>

namespace hawser::test {

/// Calls of operator new since the program began.
std::uint64_t allocations();

} // namespace hawser::test
