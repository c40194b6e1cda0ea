// From names to addresses.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

/// Why a name has no address, in words that name it.
struct ResolveError {
    Errc code;        ///< `not_found`, or `timed_out` when the name server is silent
    std::string what; ///< "alpha.example: Name or service not known"
};

/// Reads what `Address::parse` reads, and the name of an interface in place of its number:
/// `[fe80::1%eth0]:2904`. Fails with `invalid_argument`, also when there is no such interface.
Result<Address> parse_address(std::string_view text);

/// Every A and AAAA record of every host in the list, with the list's port, in the order of the
/// list, each address once. Blocks while the name server is asked.
std::expected<std::vector<Address>, ResolveError> resolve(const HostList& hosts);

} // namespace hawser::net
