#include <hawser/core/crc32c.hpp>

#include "core/crc32c_impl.hpp"

namespace hawser {
namespace {

constexpr std::array kImplementations = std::to_array<Crc32cImplementation>({
    {"slice-by-8", true, crc32c_portable},
});

} // namespace

std::uint32_t crc32c(Bytes bytes, std::uint32_t seed) {
    return crc32c_portable(bytes, seed);
}

std::span<const Crc32cImplementation> crc32c_implementations() {
    return kImplementations;
}

} // namespace hawser
