// An association that exists already, and a cookie that says something else: RFC 9260 §5.2.
#include "sctp/association/association.hpp"

namespace hawser::sctp {

std::optional<Association::InitAnswer> Association::answer_init() {
    switch (state_) {
    case State::cookie_wait: // §5.2.1: the same as in our own INIT
        return InitAnswer{local_tag_, initial_tsn_, {}};
    case State::cookie_echoed: return InitAnswer{local_tag_, initial_tsn_, tie_tags()};
    case State::shutdown_ack_sent: // §9.2
        shutdown_ack_due_ = true;
        return std::nullopt;
    default: // §5.2.2: perhaps the peer began anew; the tie-tags will tell
        return InitAnswer{VerificationTag{shared_.random.u32() | 1u}, Tsn{shared_.random.u32()},
                          tie_tags()};
    }
}

TieTags Association::tie_tags() {
    if (!ties_.any()) ties_ = {shared_.random.u32() | 1u, shared_.random.u32() | 1u};
    return ties_;
}

/// The table of RFC 9260 §5.2.4.
Association::CookieCase Association::classify(const Cookie& cookie) const {
    const bool local = cookie.local_tag == local_tag_;
    const bool peer = cookie.peer_tag == peer_tag_;
    const bool ties = ties_.any() && cookie.ties == ties_;
    if (local && peer) return CookieCase::duplicate; // D
    if (local) return CookieCase::collision;         // B
    if (!peer && ties) return CookieCase::restart;   // A
    return CookieCase::discard;                      // C, and what the table leaves out
}

Verdict Association::take_cookie(CookieCase kind, const Cookie& cookie, Instant now) {
    switch (kind) {
    case CookieCase::restart: return restart(cookie, now);
    case CookieCase::collision:
        if (in_handshake()) {
            learn_peer(cookie.peer_tag, cookie.peer_window_bytes, cookie.inbound_streams,
                       cookie.outbound_streams, cookie.peer_initial_tsn);
            peer_addresses_ = cookie.peer_addresses;
            zero_checksum_ = cookie.zero_checksum;
            established(now, true);
        } else {
            peer_tag_ = cookie.peer_tag;
        }
        cookie_ack_due_ = true;
        return Verdict::accepted;
    case CookieCase::duplicate:
        if (in_handshake()) established(now, false);
        cookie_ack_due_ = true;
        return Verdict::accepted;
    case CookieCase::discard: return Verdict::unexpected;
    }
    return Verdict::unexpected;
}

/// Action A: the peer has lost everything, so that we begin anew as well. What was sent before is
/// reported as failed, since nobody can tell how much of it arrived.
Verdict Association::restart(const Cookie& cookie, Instant now) {
    if (state_ == State::shutdown_ack_sent) { // §5.2.4, the exception to action A
        queue_error(wire::sctp::CauseCode::cookie_while_shutting_down, {});
        shutdown_ack_due_ = true;
        peer_tag_ = cookie.peer_tag;
        return Verdict::unexpected;
    }
    fail_messages(SendFailed::Why::restarted);
    local_tag_ = cookie.local_tag;
    initial_tsn_ = cookie.local_initial_tsn;
    ties_ = {}; // cookies of before restart nothing any more
    path_ = PathState{path_.path, shared_.options};
    path_.last_data_at = path_.window_used_at = now;
    sender_ = std::make_unique<Sender>(shared_, path_, initial_tsn_);
    clear_controls();
    heartbeats_ = {};
    errors_ = 0;
    suspected_errno_ = 0;
    t2_ = t5_ = kNever;
    shutdown_due_ = shutdown_ack_due_ = shutdown_wanted_ = false;
    learn_peer(cookie.peer_tag, cookie.peer_window_bytes, cookie.inbound_streams,
               cookie.outbound_streams, cookie.peer_initial_tsn);
    peer_addresses_ = cookie.peer_addresses;
    zero_checksum_ = cookie.zero_checksum;
    state_ = State::established;
    t1_ = kNever;
    cookie_ = {};
    cookie_ack_due_ = true;
    dry_reported_ = true;
    shared_.events.push_back(Restarted{id_, outbound_streams_, inbound_streams_});
    schedule_heartbeat(now);
    return Verdict::accepted;
}

} // namespace hawser::sctp
