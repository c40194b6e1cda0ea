// What people write: addresses, lists of hosts, markings. What is accepted prints as something that
// reads as the same.
#include "fuzzing.hpp"

#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>

namespace hawser {
namespace {

void try_address(std::string_view text) {
    const Result<Address> address = Address::parse(text);
    if (!address) {
        HAWSER_ASSERT(address.error().code == Errc::invalid_argument);
        HAWSER_ASSERT(!address.error().what.empty());
        return;
    }
    const Result<Address> again = Address::parse(to_string(*address));
    HAWSER_ASSERT(again && *again == *address);
    HAWSER_ASSERT(AddressHash{}(*again) == AddressHash{}(*address));
    const Result<Address> host = Address::parse(host_to_string(*address));
    HAWSER_ASSERT(host && host->with_port(address->port()) == *address);
}

void try_host_list(std::string_view text) {
    const Result<HostList> optional = HostList::parse(text, false);
    const Result<HostList> list = HostList::parse(text, true);
    HAWSER_ASSERT(!list || optional); // a port that is there suits both
    if (!optional) return;
    HAWSER_ASSERT(!optional->hosts.empty());
    const Result<HostList> again = HostList::parse(to_string(*optional));
    HAWSER_ASSERT(again && again->hosts == optional->hosts && again->port == optional->port);
}

void try_markings(std::string_view text) {
    if (const auto dscp = parse_dscp(text)) HAWSER_ASSERT(parse_dscp(to_string(*dscp)) == *dscp);
    if (const auto ecn = parse_ecn(text)) HAWSER_ASSERT(parse_ecn(to_string(*ecn)) == *ecn);
}

void try_text(std::string_view text) {
    try_address(text);
    try_host_list(text);
    try_markings(text);
}

} // namespace
} // namespace hawser

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::try_text(hawser::as_text(hawser::fuzz::input_of(data, size)));
    return 0;
}
