// Packets without a CRC32c, where the layer below does better: RFC 9653.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/sctp/options.hpp>
#include <hawser/wire/sctp/parameters.hpp>

namespace hawser::sctp {

/// Whether the peer's Zero Checksum Acceptable (its value) lets us leave the CRC32c out: both ends
/// have to be carried by DTLS.
inline bool accepts_zero_checksum(const Options& options, Bytes value) {
    const auto method = wire::sctp::parse_zero_checksum_acceptable(value);
    return options.zero_checksum && method == wire::sctp::ErrorDetectionMethod::dtls;
}

} // namespace hawser::sctp
