// The limit for the whole job: what a program reaches that cuts, copies, checksums, sends,
// receives, verifies and reassembles as SCTP does, and has no SACK, no timers and no congestion
// control.
#pragma once

#include "row.hpp"

#include <chrono>

namespace hawser::bench {

enum class Offload : std::uint8_t {
    none, ///< sendmmsg and recvmmsg, a system call for 64 datagrams
    gso,  ///< UDP_SEGMENT trains of 50, taken whole by UDP_GRO
};

enum class Seal : std::uint8_t {
    none,
    aes_128_gcm, ///< each packet sealed and opened as a DTLS 1.2 record, and without a checksum
};

/// Bytes of 16 KB messages a second, 1200-byte packets over UDP on loopback, one sender core and
/// one receiver core, acknowledgements as a 1 MB window.
Outcome<double> limit_bytes_per_second(Offload offload, std::chrono::milliseconds duration,
                                       Seal seal = Seal::none);

} // namespace hawser::bench
