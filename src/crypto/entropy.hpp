// Randomness that comes from outside: nothing here asks the system for the bits of a key.
#pragma once

#include <array>
#include <cstddef>

namespace hawser::crypto {

/// Uniformly random bytes for one key, to be used once. The same entropy gives the same key, which
/// is what makes a simulation repeatable.
using Entropy = std::array<std::byte, 64>;

} // namespace hawser::crypto
