// Where engines get their random numbers: injected, so that a seed reproduces a run.
#pragma once

#include <hawser/core/bytes.hpp>

#include <array>
#include <bit>
#include <cstdint>

namespace hawser {

/// A source of unpredictable bytes: the system's in production, seeded in tests.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(MutableBytes out) = 0;

    std::uint32_t u32() {
        std::array<std::byte, 4> bytes;
        fill(bytes);
        return std::bit_cast<std::uint32_t>(bytes);
    }
    std::uint64_t u64() {
        std::array<std::byte, 8> bytes;
        fill(bytes);
        return std::bit_cast<std::uint64_t>(bytes);
    }
};

/// A reproducible stream (xoshiro256**, seeded by splitmix64). For tests and simulations only.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed);
    void fill(MutableBytes out) override;
    std::uint64_t next();
    /// Uniform in 0 to `bound` - 1; 0 when `bound` is 0.
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
    /// True with the given chance, 0.0 to 1.0.
    bool chance(double probability);

private:
    std::array<std::uint64_t, 4> state_;
};

} // namespace hawser
