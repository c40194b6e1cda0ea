// libssl's DTLS in memory, to be measured beside.
#pragma once

#include "row.hpp"

#include <chrono>

namespace hawser::bench {

/// Whole DTLS 1.2 handshakes a second, ECDHE-ECDSA with P-256 and a self-signed certificate, both
/// ends on this core.
Outcome<double> libssl_handshakes_per_second(std::chrono::milliseconds duration);

} // namespace hawser::bench
