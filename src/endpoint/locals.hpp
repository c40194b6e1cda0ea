// The addresses of an endpoint that has several: RFC 9260 §6.4.
#pragma once

#include <hawser/core/result.hpp>
#include <hawser/endpoint/sctp_endpoint.hpp>
#include <hawser/net/socket.hpp>

#include <cstdint>
#include <vector>

namespace hawser::detail {

/// Which addresses are ours: `local` and `more_locals` fit each other and `sctp.local_addresses`.
Result<> check_locals(const SctpEndpointOptions& options);

/// How many endpoints its port has.
std::uint8_t shards_of(const SctpEndpointOptions& options);

/// A socket for each, all on one UDP port or on raw IP; or none, and the error says which it was.
/// Shards share the port, and each gets what is its own.
Result<std::vector<net::Socket>> open_sockets(const SctpEndpointOptions& options);

/// What peers are told: those that are bound, unless the user has said.
std::vector<Address> addresses_to_tell(const SctpEndpointOptions& options);

/// The address of ours to begin with towards `remote`: of those that are bound, or that peers are
/// told of, the one that the kernel would take, else the first of that family. Unspecified where
/// the kernel is to choose.
Address first_source(const SctpEndpointOptions& options, const std::vector<Address>& bound,
                     const Address& remote);

} // namespace hawser::detail
