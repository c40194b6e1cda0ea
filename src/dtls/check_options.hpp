// What can never work is found before the first packet.
#pragma once

#include "dtls/handshake.hpp"

#include <hawser/core/result.hpp>
#include <hawser/dtls/options.hpp>

namespace hawser::dtls {

// Each fails with `invalid_argument`, and an error that says what would be right.

Result<> check(const EndpointOptions& options);
/// Everything: lengths and ranges, and whether it leaves something to agree on.
Result<> check(const Options& options, Role role);
/// Lengths and ranges alone: for a connection that is agreed on already.
Result<> check_bounds(const Options& options);
/// Whether a PSK that was looked up can be used.
bool is_usable(const Psk& psk);

} // namespace hawser::dtls
