// What the kernel's routes say.
#pragma once

#include <hawser/core/address.hpp>

#include <optional>

namespace hawser::net {

/// The address that the kernel would put on a datagram to `remote` from a wildcard socket, port 0;
/// nullopt when there is no route. Nothing is sent.
std::optional<Address> source_towards(const Address& remote);

} // namespace hawser::net
