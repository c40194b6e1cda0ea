// Which hosts an endpoint is, while it runs: RFC 5061.
#include "sctp/associations.hpp"

#include <algorithm>

namespace hawser::sctp {
namespace {

constexpr std::string_view kNotWanted = "addresses: need Options::dynamic_addresses";

} // namespace

Result<> Endpoint::Associations::add_local_address(const Address& address, Instant now) {
    Options& options = shared_.options;
    if (!options.dynamic_addresses) return fail(Errc::unsupported, kNotWanted);
    if (!is_of_one_host(address)) return fail(Errc::invalid_argument, "address: not one host's");
    if (has_host(options.local_addresses, address))
        return fail(Errc::in_use, "address: the endpoint has it");
    if (options.local_addresses.size() >= Options::kAddressesMax)
        return fail(Errc::exhausted, "addresses: an endpoint has 16 at most");
    keep_addresses();
    options.local_addresses.push_back(address.host());
    tell_all(now, [&](Association& association) { association.address_came(address); });
    return {};
}

Result<> Endpoint::Associations::remove_local_address(const Address& address, Instant now) {
    Options& options = shared_.options;
    if (!options.dynamic_addresses) return fail(Errc::unsupported, kNotWanted);
    if (!has_host(options.local_addresses, address))
        return fail(Errc::invalid_argument, "address: the endpoint does not have it");
    keep_addresses();
    erase_host(options.local_addresses, address);
    tell_all(now, [&](Association& association) { association.address_went(address); });
    return {};
}

/// Each association goes on from those that its peer knows.
void Endpoint::Associations::keep_addresses() {
    for (const auto& [tag, association] : by_tag_)
        association->keep_addresses();
}

template <class Tell>
void Endpoint::Associations::tell_all(Instant now, Tell&& tell) {
    shared_.addresses_changed_at = now;
    std::vector<Association*> all; // the table changes where one settles
    for (const auto& [tag, association] : by_tag_)
        all.push_back(association);
    for (Association* const association : all) {
        tell(*association);
        settle(*association);
    }
}

} // namespace hawser::sctp
