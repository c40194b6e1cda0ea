// Notifications of the sockets API (RFC 6458 §6.1) as a peer reports them.
//
// To be included after <usrsctp.h> or <linux/sctp.h>: both have these names, with other numbers
// and other layouts.
#pragma once

#include "interop/blocking_peer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace hawser::interop {

inline std::string_view refused(unsigned flags, unsigned denied, unsigned failed) {
    if ((flags & denied) != 0) return " denied";
    return (flags & failed) != 0 ? " failed" : "";
}

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
    } else if (event.sn_header.sn_type == SCTP_STREAM_RESET_EVENT) {
        const unsigned flags = event.sn_strreset_event.strreset_flags;
        arrival.note =
            fmt::format("streams_reset {}{}",
                        (flags & SCTP_STREAM_RESET_OUTGOING_SSN) != 0 ? "outgoing" : "incoming",
                        refused(flags, SCTP_STREAM_RESET_DENIED, SCTP_STREAM_RESET_FAILED));
    } else if (event.sn_header.sn_type == SCTP_ASSOC_RESET_EVENT) {
        const unsigned flags = event.sn_assocreset_event.assocreset_flags;
        arrival.note = fmt::format("association_reset{}", refused(flags, SCTP_ASSOC_RESET_DENIED,
                                                                  SCTP_ASSOC_RESET_FAILED));
    } else if (event.sn_header.sn_type == SCTP_STREAM_CHANGE_EVENT) {
        const sctp_stream_change_event& now = event.sn_strchange_event;
        arrival.note = fmt::format(
            "streams_added outbound={} inbound={}{}", now.strchange_outstrms, now.strchange_instrms,
            refused(now.strchange_flags, SCTP_STREAM_CHANGE_DENIED, SCTP_STREAM_CHANGE_FAILED));
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
