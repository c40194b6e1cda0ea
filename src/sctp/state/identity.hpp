// What it takes to make an association that the rest is read into.
#pragma once

#include "sctp/association/association.hpp"

#include <hawser/core/path.hpp>

namespace hawser::sctp {

struct Identity {
    Association::Ports ports{};
    VerificationTag tag{};
    Tsn initial_tsn{};
    Association::Streams streams{}; ///< that were asked for, or may be
    Path path;                      ///< its first
    bool accepted = false;          ///< its host is counted
};

} // namespace hawser::sctp
