// What summaries of every protocol count.
#pragma once

#include <hawser/core/ancillary.hpp>

#include <cstdint>

namespace hawser::capture {

/// How many packets carried one marking.
struct MarkingTally {
    Dscp dscp{};
    Ecn ecn{};
    std::uint64_t packets = 0;
};

} // namespace hawser::capture
