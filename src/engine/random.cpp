#include <hawser/engine/random.hpp>

#include <algorithm>
#include <cstring>

namespace hawser {
namespace {

std::uint64_t splitmix(std::uint64_t& state) {
    state += 0x9e37'79b9'7f4a'7c15u;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58'476d'1ce4'e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d0'49bb'1331'11ebu;
    return mixed ^ (mixed >> 31);
}

} // namespace

SeededRandom::SeededRandom(std::uint64_t seed) {
    for (std::uint64_t& word : state_)
        word = splitmix(seed);
}

std::uint64_t SeededRandom::next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

bool SeededRandom::chance(double probability) {
    return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
}

void SeededRandom::fill(MutableBytes out) {
    while (!out.empty()) {
        const std::uint64_t word = next();
        const std::size_t count = std::min(out.size(), sizeof word);
        std::memcpy(out.data(), &word, count);
        out = out.subspan(count);
    }
}

} // namespace hawser
