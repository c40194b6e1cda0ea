#include <hawser/core/crc32c.hpp>

#include "core/crc32c_impl.hpp"

#include <array>
#include <atomic>

namespace hawser {
namespace {

using Compute = std::uint32_t (*)(Bytes bytes, std::uint32_t seed);

#if defined(__x86_64__)
bool has_three_runs() {
    return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
}

bool has_fold() {
    return has_three_runs() && __builtin_cpu_supports("avx2") != 0 &&
           __builtin_cpu_supports("vpclmulqdq") != 0;
}
#elif defined(__aarch64__)
bool has_arm() {
#if defined(__ARM_FEATURE_CRC32)
    return true;
#elif defined(__linux__)
    std::uint64_t features = 0; // the kernel answers this for programs
    asm("mrs %0, ID_AA64ISAR0_EL1" : "=r"(features));
    return (features >> 16 & 0xf) != 0;
#else
    return false;
#endif
}
#endif

auto make_implementations() {
    return std::to_array<Crc32cImplementation>({
#if defined(__x86_64__)
        {"fold-vpclmul", has_fold(), crc32c_fold},
        {"three-runs-sse42", has_three_runs(), crc32c_three_runs},
#elif defined(__aarch64__)
        {"three-runs-arm", has_arm(), crc32c_arm},
#endif
        {"slice-by-8", true, crc32c_portable},
    });
}

std::uint32_t choose_and_compute(Bytes bytes, std::uint32_t seed);

/// Set before any code runs to what chooses, and by the first call to what was chosen: every thread
/// chooses the same, so no order between them is needed.
constinit std::atomic<Compute> chosen{choose_and_compute};

std::uint32_t choose_and_compute(Bytes bytes, std::uint32_t seed) {
    for (const Crc32cImplementation& implementation : crc32c_implementations()) {
        if (!implementation.available) continue;
        chosen.store(implementation.compute, std::memory_order_relaxed);
        return implementation.compute(bytes, seed);
    }
    return crc32c_portable(bytes, seed);
}

} // namespace

std::uint32_t crc32c(Bytes bytes, std::uint32_t seed) {
    return chosen.load(std::memory_order_relaxed)(bytes, seed);
}

std::span<const Crc32cImplementation> crc32c_implementations() {
    static const auto kImplementations = make_implementations();
    return kImplementations;
}

} // namespace hawser
