// What an association has while its two ends know each other.
#pragma once

#include "sctp/association/controls.hpp"
#include "sctp/association/heartbeats.hpp"
#include "sctp/association/negotiated.hpp"
#include "sctp/association/reconfiguration.hpp"
#include "sctp/rx/receiver.hpp"
#include "sctp/shared.hpp"

#include <cstdint>
#include <memory>

namespace hawser::sctp {

/// The transmission control block (RFC 9260 §14) but for what we send, which may wait before there
/// is a peer: made from what was negotiated and from nothing else, so that a restart or a collision
/// leaves nothing behind.
struct Transfer {
    Transfer(Shared& shared, AssociationId association, const Negotiated& agreed)
        : negotiated{agreed},
          receiver{shared, association, agreed.peer_initial_tsn, agreed.nr_sack},
          controls{shared} {}

    Negotiated negotiated;
    Receiver receiver;
    Controls controls;
    Heartbeats heartbeats;
    std::unique_ptr<Reconfiguration> reconfiguration; ///< made when one end asks for the first time

    std::uint32_t errors = 0;     ///< in a row, for the association: RFC 9260 §8.1
    std::uint8_t sacks_apart = 0; ///< since the last poll
    bool cookie_ack_due = false;
};

} // namespace hawser::sctp
