// Every implementation of CRC32c agrees with the plainest one, whole and in two parts: a seed of
// four bytes, where to cut in two, then the input.
#include "fuzzing.hpp"

#include <hawser/core/crc32c.hpp>
#include <hawser/wire/reader.hpp>

namespace hawser {
namespace {

void try_checksums(Bytes everything) {
    wire::Reader in{everything};
    const std::uint32_t seed = in.u32();
    const std::size_t wanted = in.u16();
    if (!in.ok()) return;
    const Bytes input = in.rest();
    const std::size_t cut = std::min(wanted, input.size());
    const std::uint32_t expected = crc32c_implementations().back().compute(input, seed);
    for (const Crc32cImplementation& implementation : crc32c_implementations()) {
        if (!implementation.available) continue;
        HAWSER_ASSERT(implementation.compute(input, seed) == expected);
        const std::uint32_t front = implementation.compute(input.first(cut), seed);
        HAWSER_ASSERT(implementation.compute(input.subspan(cut), front) == expected);
    }
}

} // namespace
} // namespace hawser

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::try_checksums(hawser::fuzz::input_of(data, size));
    return 0;
}
