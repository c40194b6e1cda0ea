// What is said of the path from outside SCTP: ICMP, the kernel's refusals, and where packets come
// from.
#include "sctp/association/association.hpp"

#include <cerrno>

namespace hawser::sctp {
namespace {

/// Neither the marking's fault: a packet too large, or an ICMP answer to one sent before.
bool spares_markings(const PathEvent& event) {
    return event.says_no_route() || event.os_errno == EMSGSIZE || event.os_errno == ECONNREFUSED;
}

} // namespace

void Association::path_event(const PathEvent& event, Instant now) {
    switch (event.kind) {
    case PathEvent::Kind::unreachable:
        // ICMP is easily forged (RFC 9260 §10): it decides only where nothing is lost by it.
        if (in_handshake()) {
            close(CloseReason::unreachable, std::nullopt, {}, event.os_errno);
        } else if (is<ShutdownAckSent>()) {
            // All has been acknowledged both ways, and SHUTDOWN COMPLETE was lost.
            close(CloseReason::shutdown);
        } else {
            suspect(event.os_errno, now);
        }
        return;
    case PathEvent::Kind::too_big: return packets_too_big(event);
    case PathEvent::Kind::send_refused: return send_refused(event, now);
    case PathEvent::Kind::address_added:
    case PathEvent::Kind::address_removed: return;
    }
}

void Association::packets_too_big(const PathEvent& event) {
    constexpr std::size_t kLeastBytes = 512;
    // Of unknown size: the smallest, which crosses every path.
    const std::size_t fits = event.payload_bytes_max(kLeastBytes).value_or(kLeastBytes);
    const std::size_t packet_bytes = fits & ~std::size_t{3};
    if (packet_bytes >= destination().packet_bytes) return;
    destination().resize_packets(packet_bytes);
    shared_.events.push_back(PathChanged{id_, destination().path, PathChanged::State::too_big});
}

void Association::send_refused(const PathEvent& event, Instant now) {
    if (event.says_no_route()) {
        if (in_handshake())
            return close(CloseReason::unreachable, std::nullopt, {}, event.os_errno);
        suspect(event.os_errno, now);
    }
    if (spares_markings(event)) return; // T3-rtx sends it again
    const auto refused = shared_.classes.find(event.ancillary);
    // Our own default carries control chunks: what it cannot do now it may do later.
    if (!refused || *refused == ClassTable::kDefault) return;
    sender_->queue().refuse(*refused, event.os_errno);
    report_given_up();
    move_towards_shutdown(now);
}

/// The peer's UDP port changed on the way, as NATs do: RFC 6951 §5.4. The verification tag has
/// been checked.
void Association::follow(const Path& path) {
    const bool elsewhere = path.remote != destination().path.remote;
    const bool known_by_now =
        destination().path.local.is_unspecified() && !path.local.is_unspecified();
    if (!elsewhere && !known_by_now) return;
    destination().path = path;
    if (!elsewhere) return; // only our own address became known
    shared_.events.push_back(PathChanged{id_, path, PathChanged::State::moved});
}

} // namespace hawser::sctp
