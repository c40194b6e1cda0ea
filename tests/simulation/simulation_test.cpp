// Many small worlds, each from a seed. HAWSER_SEEDS=N plays N of them, HAWSER_SEED=n only that one;
// with HAWSER_TRACE=1 it prints every packet.
#include "simulation/crowd.hpp"
#include "simulation/simulation.hpp"
#include "support/seeds.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

constexpr std::uint64_t kUsualSeeds = 200;

TEST(Simulation, KeepsEveryPromiseOnEveryNetwork) {
    for_each_seed(kUsualSeeds, [](std::uint64_t seed) { Simulation{seed}.run(); });
}

TEST(Crowd, KeepsEveryPromiseToEachOfSeveralPeers) {
    for_each_seed(kUsualSeeds, [](std::uint64_t seed) { Crowd{seed}.run(); });
}

} // namespace
} // namespace hawser::test
