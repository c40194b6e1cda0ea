// Many conversations over DTLS, each from a seed, as simulation_test.cpp has them over SCTP.
#include "simulation/dtls_simulation.hpp"
#include "support/seeds.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

constexpr std::uint64_t kUsualSeeds = 200;
/// Every so many seeds are played twice.
constexpr std::uint64_t kRepeatEvery = 10;

TEST(DtlsSimulation, ConnectsAndDeliversOnEveryNetwork) {
    for_each_seed(kUsualSeeds, [](std::uint64_t seed) {
        DtlsSimulation first{seed};
        first.run();
        if (seed % kRepeatEvery != 0 || testing::Test::HasFailure()) return;
        DtlsSimulation second{seed};
        second.run();
        EXPECT_EQ(first.fingerprint(), second.fingerprint()) << "seed " << seed;
    });
}

} // namespace
} // namespace hawser::test
