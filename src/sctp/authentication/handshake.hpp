// AUTH in INIT and INIT ACK.
#pragma once

#include "sctp/authentication/offer.hpp"
#include "sctp/shared.hpp"

#include <optional>

namespace hawser::sctp {

/// What the peer offers, where we want it, too; fails as AuthenticationOffer::read does.
inline Result<std::optional<AuthenticationOffer>> read_offer(const Shared& shared,
                                                             Bytes parameters) {
    if (!shared.authentication) return std::nullopt;
    return AuthenticationOffer::read(parameters);
}

} // namespace hawser::sctp
