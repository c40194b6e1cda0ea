// COOKIE ECHO: the State Cookie comes back, and an association is made of it or is shown to live.
#include "sctp/associations.hpp"

#include <hawser/wire/sctp/causes.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {

using wire::sctp::CauseCode;
using wire::sctp::ChunkType;

Verdict Endpoint::Associations::on_cookie_echo(const Incoming& packet, Instant now) {
    if (const auto shard = shard_named(packet.header.tag)) return hand_over(*shard, packet);
    const auto cookie = jar_.verify(packet.first.value, binding_of(packet), now);
    if (!cookie) return on_foreign_cookie(packet, now);
    if (packet.header.tag != cookie->local_tag) return Verdict::bad_tag; // RFC 9260 §8.5.1 (D)
    Association* association = by_cookie(packet, *cookie);
    const bool known = association != nullptr &&
                       association->classify(*cookie) == Association::CookieCase::duplicate;
    const Duration age = now - cookie->made_at;
    // Beside one that is too old: the peer has been told of other addresses than ours are now.
    const bool is_late =
        age > shared_.options.cookie_lifetime || cookie->made_at <= shared_.addresses_changed_at;
    if (is_late && !known) return on_late_cookie(packet, *cookie, age, now);
    if (const Verdict verdict = check_cookie_auth(packet, *cookie, association);
        verdict != Verdict::accepted) {
        return verdict;
    }
    if (association == nullptr) {
        if (has_departed(packet.key, cookie->local_tag, now)) return Verdict::out_of_the_blue;
        // Given out before the peer had an association with another shard.
        if (shard_knowing(packet, cookie->peer_addresses)) return Verdict::unexpected;
        return accept(packet, *cookie, now);
    }

    const Association::CookieCase kind = association->classify(*cookie);
    const bool begins_anew = kind == Association::CookieCase::restart;
    if (begins_anew && by_tag_.contains(std::to_underlying(cookie->local_tag)))
        return Verdict::bad_tag;
    const std::uint32_t old_tag = std::to_underlying(association->local_tag());
    unindex(*association); // a restart forgets addresses
    Verdict verdict = association->take_cookie(kind, *cookie, {packet.datagram, now});
    const std::uint32_t new_tag = std::to_underlying(association->local_tag());
    if (old_tag != new_tag) { // a restart
        by_tag_.erase(old_tag);
        by_tag_.emplace(new_tag, association);
    }
    index(*association);
    if (verdict == Verdict::accepted) {
        follow(*association, packet);
        verdict =
            association->receive(packet.chunks, packet.datagram, now, packet.auth.has_value());
    }
    settle(*association);
    return verdict;
}

/// Nobody here has made it. Where an association was imported its peer may ask again what the
/// endpoint before had answered, with a cookie of that one's: the tag tells (RFC 9260 §5.2.4 D).
Verdict Endpoint::Associations::on_foreign_cookie(const Incoming& packet, Instant now) {
    Association* const association = by_tag(packet.header.tag, packet.key);
    if (association == nullptr || !association->imported()) return Verdict::bad_cookie;
    Authenticator* const agreed = association->agreed_authentication();
    if (!packet.auth && agreed != nullptr && agreed->wants(ChunkType::cookie_echo)) {
        ++shared_.counters.unauthenticated_chunks;
        return Verdict::unauthenticated;
    }
    if (packet.auth && (agreed == nullptr ||
                        agreed->judge(*packet.auth, packet.chunks) != Authenticator::Belief::right))
        return Verdict::bad_authentication;
    association->acknowledge_cookie();
    follow(*association, packet);
    const Verdict verdict =
        association->receive(packet.chunks, packet.datagram, now, packet.auth.has_value());
    settle(*association);
    return verdict;
}

/// By its tag first: a NAT may give what is sent again another UDP port, and where both began the
/// peer may bring it from an address that we have not heard of.
Association* Endpoint::Associations::by_cookie(const Incoming& packet, const Cookie& cookie) {
    if (Association* association = by_tag(packet.header.tag, packet.key)) return association;
    if (Association* association = by_key(packet.key)) return association;
    for (const Address& address : cookie.peer_addresses) {
        const PeerKey key = PeerKey::of(address, packet.key.remote_port, packet.key.local_port);
        if (Association* association = by_tag(packet.header.tag, key)) return association;
    }
    return by_listed(packet, cookie.peer_addresses);
}

/// RFC 4895 §6.3: AUTH before a COOKIE ECHO is of the association that is there already, else of
/// the one that the cookie would make.
Verdict Endpoint::Associations::check_cookie_auth(const Incoming& packet, const Cookie& cookie,
                                                  const Association* association) {
    if (!shared_.authentication) return Verdict::accepted;
    AuthenticationTerms& terms = *shared_.authentication;
    Authenticator* const agreed =
        association != nullptr ? association->agreed_authentication() : nullptr;
    const bool collides = association != nullptr &&
                          association->classify(cookie) == Association::CookieCase::collision;
    // The peer has offered AUTH, and the INIT of this cookie did not: it would rid somebody else of
    // it.
    if (agreed != nullptr && collides && !cookie.authentication) return Verdict::unexpected;
    // While it comes up both ends may have begun, and an INIT of ours that was answered before the
    // peer had one of its own was answered with another random number: the cookie has the right
    // one.
    const bool comes_up = association != nullptr && association->in_handshake();
    Authenticator* const known = collides && comes_up ? nullptr : agreed;
    if (known == nullptr && !cookie.authentication)
        return packet.auth ? Verdict::unknown_chunk : Verdict::accepted;
    // Other keys for an association that is up are taken from whoever has those of now.
    const bool changes_keys = known != nullptr && collides;
    if (!packet.auth) {
        if (!changes_keys && !terms.wanted().contains(ChunkType::cookie_echo))
            return Verdict::accepted;
        ++shared_.counters.unauthenticated_chunks;
        return Verdict::unauthenticated;
    }
    const auto judged = [&](Authenticator& authenticator) {
        const bool right =
            authenticator.judge(*packet.auth, packet.chunks) == Authenticator::Belief::right;
        return right ? Verdict::accepted : Verdict::bad_authentication;
    };
    if (known != nullptr) return judged(*known);
    Authenticator of_cookie{terms, association != nullptr ? association->shared_keys()
                                                          : terms.keys().fresh()};
    of_cookie.agree({cookie.local_tag, cookie.local_initial_tsn}, *cookie.authentication);
    return judged(of_cookie);
}

/// RFC 9260 §5.1.5 and §5.2.6.
Verdict Endpoint::Associations::on_late_cookie(const Incoming& packet, const Cookie& cookie,
                                               Duration age, Instant now) {
    if (!stray_answers_.take(now)) {
        ++shared_.counters.answers_suppressed;
        return Verdict::stale_cookie;
    }
    const auto late = std::chrono::duration_cast<std::chrono::microseconds>(
        std::max(age - shared_.options.cookie_lifetime, Duration{}));
    answer(shared_, packet.datagram.path, packet.header_back(cookie.peer_tag),
           [&](wire::Writer& out) {
               wire::sctp::write_chunk(out, ChunkType::error, 0, [&](wire::Writer& to) {
                   wire::sctp::StaleCookie{late}.write(to);
               });
           });
    return Verdict::stale_cookie;
}

/// To where INIT came from: that alone is known to be the peer's (RFC 9260 §5.4), wherever the
/// cookie comes from, and each of its addresses may have a UDP port of its own (RFC 6951).
Path Endpoint::Associations::path_of(const Cookie& cookie, const Incoming& packet) const {
    const Path& path = packet.datagram.path;
    const Address& asked = *cookie.peer_addresses.begin();
    if (path.remote.is_same_host(asked)) return path;
    const Address remote = asked.with_port(cookie.peer_udp_port);
    const Options& options = shared_.options;
    return {path.protocol, source_towards(options, options.local_addresses, path.local, remote, 0),
            remote};
}

/// RFC 9260 §5.1 (D): only now is there an association.
Verdict Endpoint::Associations::accept(const Incoming& packet, const Cookie& cookie, Instant now) {
    if (!listening_.contains(packet.header.destination_port)) {
        return refuse(packet, cookie.peer_tag, false, CauseCode::user_initiated_abort, {}, now);
    }
    const std::uint16_t host = accepted_.place_of(*cookie.peer_addresses.begin());
    if (by_tag_.size() >= shared_.options.associations_max ||
        accepted_.at(host) >= shared_.options.associations_per_host_max) {
        static_cast<void>(
            refuse(packet, cookie.peer_tag, false, CauseCode::out_of_resource, {}, now));
        return Verdict::no_room;
    }
    if (by_tag_.contains(std::to_underlying(cookie.local_tag))) return Verdict::bad_tag;
    Association& association =
        add({packet.header.destination_port, packet.header.source_port}, path_of(cookie, packet),
            cookie.local_tag, cookie.local_initial_tsn,
            {shared_.options.outbound_streams, shared_.options.inbound_streams_max}, now);
    slots_[slot_of(association.id())].host = host;
    accepted_.add(host);
    association.accept(cookie, now);
    association.follow(packet.datagram.path);
    const Verdict verdict =
        association.receive(packet.chunks, packet.datagram, now, packet.auth.has_value());
    settle(association);
    return verdict;
}

} // namespace hawser::sctp
