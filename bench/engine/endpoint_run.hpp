// Two SctpEndpoints on 127.0.0.1, each with an io_context and a core of its own.
#pragma once

#include "row.hpp"

#include <hawser/engine/tap.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::bench {

struct EndpointLoad {
    std::size_t message_bytes = 0;
    std::chrono::milliseconds duration{};
    /// Bytes a second; nullopt: as fast as they go.
    std::optional<double> pace;
    Tap* sender_tap = nullptr;
};

struct EndpointFigures {
    double bytes_per_second = 0; ///< of whole messages that the receiving program has taken
    double cpu_per_byte = 0;     ///< the sending thread's seconds
};

Outcome<EndpointFigures> run_endpoints(const EndpointLoad& load);

} // namespace hawser::bench
