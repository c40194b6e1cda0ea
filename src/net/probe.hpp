// Asks the kernel what it can do.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/net/capabilities.hpp>

namespace hawser::net {

/// Which markings a datagram of this family can be given, by sending some over the loopback
/// interface from a scratch socket to itself. `send_at` stays false: that is the owner's promise.
Settable probe_settable(Family family);

} // namespace hawser::net
