// What is to be known of paths that are used at once.
#pragma once

#include <hawser/core/instant.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hawser::sctp {

/// Beside what a Destination knows.
struct Way {
    Instant recovery_began_at{}; ///< the recovery is over when all that was sent until then is
    Instant spared_until{};      ///< its window is not made smaller again for holding up others
};

/// By their index among the destinations.
struct Ways {
    std::vector<Way> all;
    std::uint8_t turn = 0; ///< whose burst it is

    Way& at(std::size_t index) {
        if (all.size() <= index) all.resize(index + 1);
        return all[index];
    }
};

} // namespace hawser::sctp
