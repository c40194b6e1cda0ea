// What the calling thread takes from the heap: every operator new of this program is counted.
#pragma once

#include <cstdint>

namespace hawser::bench {

struct HeapCount {
    std::uint64_t allocations = 0;
    std::int64_t bytes =
        0; ///< now in use, with what the allocator rounds up and adds to each block
};

/// Of the calling thread, since it began.
HeapCount heap_count();

} // namespace hawser::bench
