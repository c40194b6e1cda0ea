// The addresses a peer says it has.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/bytes.hpp>

#include <cstdint>

namespace hawser::sctp {

/// A digest of the addresses in the parameters of an INIT or INIT ACK, in any order, without the
/// one it came from; 0 when it lists no other. One path is used, so that the others matter only
/// for telling a peer that began anew from somebody who wants to join it: RFC 9260 §5.2.2.
std::uint32_t digest_of_addresses(Bytes parameters, const Address& source);

} // namespace hawser::sctp
