#include "rows/rows.hpp"

#include <array>

namespace hawser::bench {

std::span<const Benchmark> benchmarks() {
    static constexpr std::array kAll{
        Benchmark{"limit.gso.16k", "the whole job without a protocol, in trains", run_limit_gso},
        Benchmark{"limit.nogso.16k", "the same, a datagram at a time", run_limit_no_gso},
    };
    return kAll;
}

} // namespace hawser::bench
