#include "sctp/peer_addresses.hpp"

#include <hawser/core/crc32c.hpp>
#include <hawser/wire/sctp/parameters.hpp>

namespace hawser::sctp {

std::uint32_t digest_of_addresses(Bytes parameters, const Address& source) {
    std::uint32_t digest = 0;
    wire::sctp::Parameters walker{parameters};
    while (const auto parameter = walker.next()) {
        const auto address = wire::sctp::parse_address(*parameter); // other parameters are none
        if (!address || *address == source.host()) continue;
        digest += crc32c(parameter->whole) | 1u; // a sum: the order does not matter
    }
    return digest;
}

} // namespace hawser::sctp
