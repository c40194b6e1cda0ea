// Runs that are the figure of one row and the reference of another.
#pragma once

#include "limit/limit.hpp"
#include "row.hpp"

#include <hawser/sctp/options.hpp>

#include <cstddef>

namespace hawser::bench {

inline constexpr std::size_t kLargeMessageBytes = 16 * 1024;

/// Bytes of whole messages a second over UDP by the driver, a core for each end.
Outcome<double> sctp_bytes_per_second(Offload offload, bool sealed = false,
                                      std::size_t message_bytes = kLargeMessageBytes);

/// Messages a second through two engines in memory, on the core that this runs on.
Outcome<double> memory_messages_per_second(std::size_t message_bytes,
                                           const sctp::Options& options = {});

} // namespace hawser::bench
