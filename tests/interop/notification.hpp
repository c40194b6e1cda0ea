// Notifications of the sockets API (RFC 6458 §6.1) as a peer reports them.
//
// To be included after <usrsctp.h> or <linux/sctp.h>: both have these names, with other numbers
// and other layouts.
#pragma once

#include "interop/blocking_peer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace hawser::interop {

inline Arrival notification(Bytes bytes) {
    sctp_notification event{};
    std::memcpy(&event, bytes.data(), std::min(bytes.size(), sizeof event));
    Arrival arrival{.kind = Arrival::Kind::note};
    const sctp_assoc_change& change = event.sn_assoc_change;
    if (event.sn_header.sn_type == SCTP_SHUTDOWN_EVENT) {
        arrival.note = "peer_shutdown";
        arrival.reason = "shutdown"; // Linux says no more about it when all went well
    } else if (event.sn_header.sn_type == SCTP_REMOTE_ERROR) {
        arrival.note = fmt::format("remote_error cause={}", ntohs(event.sn_remote_error.sre_error));
    } else if (change.sac_state == SCTP_COMM_UP) {
        arrival.note = fmt::format("up outbound_streams={} inbound_streams={}",
                                   change.sac_outbound_streams, change.sac_inbound_streams);
    } else if (change.sac_state == SCTP_SHUTDOWN_COMP) {
        arrival.note = "shutdown_complete";
        arrival.reason = "shutdown";
    } else if (change.sac_state == SCTP_COMM_LOST) {
        arrival.note = fmt::format("lost error={}", change.sac_error);
        arrival.reason = "lost";
    } else {
        arrival.note = fmt::format("association_change state={}", change.sac_state);
    }
    return arrival;
}

} // namespace hawser::interop
