// What is said of the path from outside SCTP: ICMP, the kernel's refusals, and where packets come
// from.
#include "sctp/association/association.hpp"

#include <hawser/wire/reader.hpp>

#include <cerrno>

namespace hawser::sctp {
namespace {

/// By the only party that can: the peer's host has nobody for protocol 132.
bool says_no_sctp(const PathEvent& event) {
    return event.path.protocol == Protocol::ip && event.os_errno == ENOPROTOOPT &&
           event.quote.size != 0;
}

/// RFC 9260 §10 (ICMP3): SCTP in IP has no ports that ICMP knows.
bool speaks_of_ports(const PathEvent& event) {
    return event.path.protocol == Protocol::ip && event.os_errno == ECONNREFUSED;
}

/// Neither the marking's fault: a packet too large, or an ICMP answer to one sent before.
bool spares_markings(const PathEvent& event) {
    return event.says_no_route() || event.os_errno == EMSGSIZE || event.os_errno == ECONNREFUSED;
}

} // namespace

void Association::path_event(const PathEvent& event, Instant now) {
    Destination* at = destinations().find(event.path.remote);
    if (at == nullptr || at->path.remote != event.path.remote) return;
    if (!may_have_sent(event.quote.view())) return;
    switch (event.kind) {
    case PathEvent::Kind::unreachable:
        if (speaks_of_ports(event)) return;
        return says_no_sctp(event) ? no_sctp_there(*at, now)
                                   : unreachable(*at, event.os_errno, now);
    case PathEvent::Kind::too_big:
        return at->path_mtu ? path_mtu_too_big(*at, event, now) : packets_too_big(*at, event);
    case PathEvent::Kind::send_refused: return send_refused(*at, event, now);
    case PathEvent::Kind::address_added:
    case PathEvent::Kind::address_removed: return;
    }
}

/// RFC 9260 §10 (ICMP5, ICMP6): a packet that ICMP quotes has our ports, and the peer's tag or, if
/// it is an INIT, ours in it. Of one in UDP routers may quote the UDP header alone.
bool Association::may_have_sent(Bytes quoted) const {
    constexpr std::size_t kPortsAndTagBytes = 8;
    if (quoted.empty()) return true;
    if (quoted.size() < kPortsAndTagBytes) return false;
    wire::Reader in{quoted};
    const std::uint16_t source = in.u16();
    const std::uint16_t destination = in.u16();
    const VerificationTag tag{in.u32()};
    if (source != ports_.local || destination != ports_.remote) return false;
    if (tag != VerificationTag::none) return tag == peer_tag();
    static_cast<void>(in.u32()); // the checksum
    const auto first = static_cast<wire::sctp::ChunkType>(in.u32() >> 24);
    const VerificationTag initiate{in.u32()};
    return in.ok() && first == wire::sctp::ChunkType::init && initiate == local_tag_;
}

/// RFC 9260 §10 (ICMP8): as good as an ABORT, and believed no more than one.
void Association::no_sctp_there(Destination& at, Instant now) {
    const Authenticator* const agreed = agreed_authentication();
    if (in_handshake() || (agreed != nullptr && agreed->wants(wire::sctp::ChunkType::abort)))
        return unreachable(at, ENOPROTOOPT, now);
    close(CloseReason::aborted_by_peer, std::nullopt, {}, ENOPROTOOPT);
}

/// ICMP is easily forged (RFC 9260 §10): it decides only where nothing is lost by it.
void Association::unreachable(Destination& at, int os_errno, Instant now) {
    if (in_handshake() && destinations().several()) return try_elsewhere(at, os_errno);
    if (in_handshake()) return close(CloseReason::unreachable, std::nullopt, {}, os_errno);
    // All has been acknowledged both ways, and SHUTDOWN COMPLETE was lost.
    if (is<ShutdownAckSent>() && !destinations().several()) return close(CloseReason::shutdown);
    suspect(at, os_errno, now);
}

void Association::packets_too_big(Destination& at, const PathEvent& event) {
    constexpr std::size_t kLeastBytes = 512;
    // Of unknown size: the smallest, which crosses every path.
    const std::size_t fits = event.payload_bytes_max(kLeastBytes).value_or(kLeastBytes);
    const std::size_t packet_bytes = fits & ~std::size_t{3};
    if (packet_bytes >= at.packet_bytes) return;
    at.resize_packets(packet_bytes);
    if (at.confirmed)
        shared_.events.push_back(PathChanged{id_, at.path, PathChanged::State::too_big});
}

void Association::send_refused(Destination& at, const PathEvent& event, Instant now) {
    if (event.says_no_route()) {
        unreachable(at, event.os_errno, now);
        if (closed()) return;
        // Our own kernel says so, which nobody forges: others are used at once.
        if (!in_handshake() && destinations().several() && at.reach == Reach::active)
            set_reach(at, Reach::potentially_failed, now);
    }
    if (spares_markings(event)) return; // T3-rtx sends it again
    const Ancillary* own = at.own_markings();
    const auto refused = own == nullptr ? shared_.classes.find(event.ancillary)
                                        : shared_.classes.find(event.ancillary, *own);
    // Our own default carries control chunks: what it cannot do now it may do later.
    if (!refused || *refused == ClassTable::kDefault) return;
    sender_->queue().refuse(*refused, event.os_errno);
    report_given_up();
    move_towards_shutdown(now);
}

/// The peer's UDP port changed on the way, as NATs do: RFC 6951 §5.4. The verification tag has
/// been checked.
void Association::follow(const Path& path) {
    Destination* from = sender_->destinations().find(path.remote);
    if (from == nullptr) return; // a cookie that another of its addresses brought
    arrived_from_ = from->index;
    // The peer reaches us there, from where nothing of ours seems to reach it: a better guess.
    const bool ours = may_send_from(path.local);
    if (!from->is_usable() && ours && !path.local.is_unspecified()) from->path.local = path.local;
    const bool elsewhere = path.remote != from->path.remote;
    const bool known_by_now =
        from->path.local.is_unspecified() && !path.local.is_unspecified() && ours;
    if (!elsewhere && !known_by_now) return;
    if (known_by_now || (!destinations().several() && ours)) {
        from->path = path;
    } else {
        from->path.remote = path.remote;
    }
    if (!elsewhere || !from->confirmed) return; // only our own address became known
    shared_.events.push_back(PathChanged{id_, path, PathChanged::State::moved});
}

} // namespace hawser::sctp
