// An association that exists already, and a cookie that says something else: RFC 9260 §5.2.
#include "sctp/association/association.hpp"

namespace hawser::sctp {

std::optional<Association::InitAnswer> Association::answer_init() {
    if (is<CookieWait>()) // §5.2.1: the same as in our own INIT
        return InitAnswer{local_tag_, initial_tsn_, {}};
    if (is<CookieEchoed>()) return InitAnswer{local_tag_, initial_tsn_, tie_tags()};
    if (auto* waits = in<ShutdownAckSent>()) { // §9.2
        waits->shutdown_ack.repeat();
        return std::nullopt;
    }
    // §5.2.2: perhaps the peer began anew; the tie-tags will tell
    return InitAnswer{shared_.random_tag(), Tsn{shared_.random.u32()}, tie_tags()};
}

TieTags Association::tie_tags() {
    if (!ties_.any()) ties_ = {shared_.random.u32() | 1u, shared_.random.u32() | 1u};
    return ties_;
}

/// The table of RFC 9260 §5.2.4.
Association::CookieCase Association::classify(const Cookie& cookie) const {
    const bool local = cookie.local_tag == local_tag_;
    const bool peer = cookie.peer_tag == peer_tag();
    const bool ties = ties_.any() && cookie.ties == ties_;
    if (local && peer) return CookieCase::duplicate; // D
    if (local) return CookieCase::collision;         // B
    if (!peer && ties) return CookieCase::restart;   // A
    return CookieCase::discard;                      // C, and what the table leaves out
}

Verdict Association::take_cookie(CookieCase kind, const Cookie& cookie, const Arrival& arrival) {
    const Instant now = arrival.now;
    switch (kind) {
    case CookieCase::restart: return restart(cookie, arrival);
    case CookieCase::collision: return collide(cookie, now);
    case CookieCase::duplicate:
        if (in_handshake()) established(now, false);
        transfer_->cookie_ack_due = true;
        return Verdict::accepted;
    case CookieCase::discard: return Verdict::unexpected;
    }
    return Verdict::unexpected;
}

/// Action B: both began at once.
Verdict Association::collide(const Cookie& cookie, Instant now) {
    if (in_handshake()) {
        // What has left with our COOKIE ECHO cannot become another chunk.
        if (sender_->has_outstanding() && cookie.interleaving != sender_->interleaves()) {
            return violation("INIT and INIT ACK that differ about I-DATA");
        }
        meet(cookie, now);
        established(now, false); // our user asked for it, too
    } else {
        transfer_->negotiated.peer_tag = cookie.peer_tag;
        agree_on_authentication(cookie.authentication); // as the tag: RFC 4895 §6.1
    }
    transfer_->cookie_ack_due = true;
    return Verdict::accepted;
}

/// Action A: the peer has lost everything, so that we begin anew as well. What was sent before is
/// reported as failed, since nobody can tell how much of it arrived.
Verdict Association::restart(const Cookie& cookie, const Arrival& arrival) {
    const Instant now = arrival.now;
    if (auto* waits = in<ShutdownAckSent>()) { // §5.2.4, the exception to action A
        queue_error(wire::sctp::CauseCode::cookie_while_shutting_down, {});
        waits->shutdown_ack.repeat();
        transfer_->negotiated.peer_tag = cookie.peer_tag;
        return Verdict::unexpected;
    }
    fail_messages(SendFailed::Why::restarted);
    give_up_heartbeats();
    local_tag_ = cookie.local_tag;
    initial_tsn_ = cookie.local_initial_tsn;
    ties_ = {}; // cookies of before restart nothing any more
    // Only what asked is known to be the peer's: the others have to answer again (§5.4).
    const Destination* asked = destinations().find(*cookie.peer_addresses.begin());
    const Path path = asked != nullptr ? asked->path : arrival.datagram.path;
    auto sender = std::make_unique<Sender>(shared_, path, initial_tsn_, now);
    sender->queue().exchange_scheduler(sender_->queue()); // our user's choice, not the peer's
    if (asked != nullptr && asked->own) {                 // the same
        Destination& again = sender->current();
        again.have_options(asked->own->of_association, OwnOptions::Whose::association,
                           shared_.options);
        again.have_options(asked->own->now, OwnOptions::Whose::path, shared_.options);
    }
    for (const Destination* destination : destinations())
        sender->current().traffic.add(destination->traffic);
    sender_ = std::move(sender);
    begin_with_endpoints_addresses();
    arrived_from_ = 0;
    meet(cookie, now);
    transfer_->cookie_ack_due = true;
    state_ = Established{};
    dry_reported_ = true;
    shared_.events.push_back(Restarted{id_, transfer_->negotiated.outbound_streams,
                                       transfer_->negotiated.inbound_streams});
    report_authentication();
    schedule_heartbeats(now);
    return Verdict::accepted;
}

} // namespace hawser::sctp
