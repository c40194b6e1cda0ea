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

/// Every A and AAAA record of every host in the list, with the list's port, in the order of the
/// list, each address once. Blocks while the name server is asked.
std::expected<std::vector<Address>, ResolveError> resolve(const HostList& hosts);

} // namespace hawser::net
