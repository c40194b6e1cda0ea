// Which seeds a randomised test runs, and how a failing one is made to be seen.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace hawser::test {

/// N seeds from HAWSER_SEED_FIRST, else 1, on: N is HAWSER_SEEDS, else `usual`. With HAWSER_SEED=n
/// only seed n.
std::vector<std::uint64_t> seeds(std::uint64_t usual);

/// Runs `body` for each of `seeds(usual)` and stops at the first that fails a gtest expectation.
/// The failing seed is then the last line that the process prints.
void for_each_seed(std::uint64_t usual, const std::function<void(std::uint64_t)>& body);

} // namespace hawser::test
