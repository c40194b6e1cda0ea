// What the kernel's routes say.
#pragma once

#include <hawser/core/address.hpp>

#include <optional>

namespace hawser::net {

/// The address that the kernel would put on a datagram to `remote` from a wildcard socket, port 0;
/// nullopt when there is no route. Nothing is sent.
std::optional<Address> source_towards(const Address& remote);

/// Whether a datagram to that address comes back to this host: it is one of an interface, or of a
/// whole network that is routed to here, such as 127.0.0.0/8. Its port is not looked at, and
/// nothing is sent.
bool is_of_this_host(const Address& address);

} // namespace hawser::net
