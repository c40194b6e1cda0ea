// Who a packet is for: RFC 9260 §8.4 and §8.5.
#include "sctp/associations.hpp"

#include <hawser/wire/sctp/asconf.hpp>

#include <utility>

namespace hawser::sctp {

using wire::sctp::CauseCode;
using wire::sctp::ChunkType;

namespace {

/// RFC 9260 §8.4 (1) and §5.1.2: nobody is answered whom an answer would not reach alone.
bool is_bad_source(const Path& path) {
    const Address& remote = path.remote;
    return remote.is_multicast() || remote.is_broadcast() || remote.is_unspecified() ||
           (path.protocol == Protocol::udp && remote.port() == 0) || path.local.is_multicast() ||
           path.local.is_broadcast();
}

bool has_tag_reflected(const wire::sctp::Chunk& chunk) {
    return (chunk.flags & wire::sctp::kTagReflected) != 0;
}

/// RFC 9653 §5.3: where it was offered a checksum may be zero, but not with INIT or COOKIE ECHO.
bool checksum_will_do(const Options& options, const wire::sctp::CommonHeader& header,
                      Bytes packet) {
    if (options.zero_checksum && header.checksum == 0) {
        const auto first =
            wire::sctp::Chunks{packet.subspan(wire::sctp::kCommonHeaderBytes)}.next();
        if (first && first->type != ChunkType::init && first->type != ChunkType::cookie_echo)
            return true;
    }
    return !options.checksum_required || wire::sctp::checksum_is_right(packet);
}

bool is_ending(const wire::sctp::Chunk& chunk) {
    return chunk.type == ChunkType::abort || chunk.type == ChunkType::shutdown_complete;
}

} // namespace

Verdict Endpoint::Associations::demultiplex(const Datagram& datagram, Instant now) {
    const Bytes packet = datagram.payload;
    const auto header = wire::sctp::CommonHeader::parse(packet);
    const bool as_before = header && is_as_before(*header, datagram.path);
    if (!as_before && is_bad_source(datagram.path)) return Verdict::bad_source;
    if (!header) return Verdict::malformed;
    if (!checksum_will_do(shared_.options, *header, packet)) return Verdict::bad_checksum;
    if (header->source_port == 0 || header->destination_port == 0) return Verdict::malformed;
    Bytes chunks = packet.subspan(wire::sctp::kCommonHeaderBytes);
    wire::sctp::Chunks walker{chunks};
    auto first = walker.next();
    std::optional<wire::sctp::Chunk> auth;
    if (first && first->type == ChunkType::auth && shared_.authentication) {
        const Bytes after = walker.rest();
        auth = std::exchange(first, walker.next()); // what is told by the first chunk is by this
        if (first && first->type == ChunkType::cookie_echo) chunks = after;
    }
    if (!first) return Verdict::malformed;

    const Incoming incoming{*header,
                            chunks,
                            *first,
                            datagram,
                            as_before,
                            as_before ? last_->key_at(last_->arrived_from())
                                      : PeerKey::of(datagram.path.remote, header->source_port,
                                                    header->destination_port),
                            auth};
    if (header->tag == VerificationTag::none) {
        // Only INIT has no tag, and it comes alone: RFC 9260 §8.5.1 (A).
        const bool alone = wire::sctp::padded(first->whole.size()) >= chunks.size();
        if (first->type != ChunkType::init || !alone) return Verdict::bad_tag;
        return on_init(incoming, now);
    }
    if (first->type == ChunkType::init) return Verdict::bad_tag;
    if (first->type == ChunkType::cookie_echo) return on_cookie_echo(incoming, now);
    if (Association* association = as_before ? last_ : by_tag(header->tag, incoming.key)) {
        return deliver(*association, incoming, now);
    }
    if (Association* association = by_init_ack(incoming))
        return deliver(*association, incoming, now);
    if (Association* association = by_asconf(incoming))
        return deliver_from_elsewhere(*association, incoming, now);
    if (Association* association = by_key(incoming.key)) {
        return with_wrong_tag(*association, incoming, now);
    }
    if (const auto shard = shard_of(incoming)) return hand_over(*shard, incoming);
    return out_of_the_blue(incoming, now);
}

/// Whose a packet is that no association of ours takes; nullopt: nobody's.
std::optional<std::uint8_t> Endpoint::Associations::shard_of(const Incoming& packet) const {
    const bool is_of_peer = is_ending(packet.first) && has_tag_reflected(packet.first);
    if (!is_of_peer) // else the tag is the peer's own, and names nobody
        if (const auto shard = shard_named(packet.header.tag)) return shard;
    return shard_knowing(packet.key);
}

/// Trains are for one association, from one place.
bool Endpoint::Associations::is_as_before(const wire::sctp::CommonHeader& header,
                                          const Path& path) const {
    return last_ != nullptr && last_->local_tag() == header.tag &&
           last_->ports().remote == header.source_port &&
           last_->ports().local == header.destination_port && last_->arrived_from().path == path;
}

Association* Endpoint::Associations::by_tag(VerificationTag tag, const PeerKey& key) {
    if (last_ == nullptr || last_->local_tag() != tag) {
        const auto it = by_tag_.find(std::to_underlying(tag));
        if (it == by_tag_.end()) return nullptr;
        last_ = it->second;
    }
    return last_->is_of_peer(key) ? last_ : nullptr;
}

/// A peer that began at once, and was looking for us elsewhere, answers from another address than
/// we asked at; it says that this is its own, too (RFC 9260 §5.2.1).
Association* Endpoint::Associations::by_init_ack(const Incoming& packet) {
    if (packet.first.type != ChunkType::init_ack) return nullptr;
    const auto init = wire::sctp::Init::parse(packet.first.value);
    if (!init) return nullptr;
    const auto listed =
        addresses_of_peer(shared_.options, init->parameters, packet.datagram.path.remote);
    for (const Address& address : listed) {
        const PeerKey key = PeerKey::of(address, packet.key.remote_port, packet.key.local_port);
        if (Association* association = by_tag(packet.header.tag, key)) return association;
    }
    return nullptr;
}

/// RFC 5061 §5.2 D2: a peer that speaks from an address which it has yet to add says by which other
/// one it is known. The wildcard leaves that to its tag (§4.1.1), and so does, after AUTH, one that
/// went again after the peer has moved once more: what it names may be gone by then.
Association* Endpoint::Associations::by_asconf(const Incoming& packet) {
    if (!shared_.options.dynamic_addresses) return nullptr;
    const auto chunk = wire::sctp::find_first<wire::sctp::Chunk>(packet.chunks, ChunkType::asconf);
    if (!chunk) return nullptr;
    const auto asked = wire::sctp::Asconf::parse(chunk->value);
    if (!asked) return nullptr;
    const auto it = by_tag_.find(std::to_underlying(packet.header.tag));
    if (it == by_tag_.end() || it->second->agreed_authentication() == nullptr) return nullptr;
    Association& association = *it->second;
    const Address any = association.path().remote;
    const Address& known = asked->address.is_unspecified() ? any : asked->address;
    const PeerKey key = PeerKey::of(known, packet.key.remote_port, packet.key.local_port);
    const auto ports = association.ports();
    if (ports.remote != key.remote_port || ports.local != key.local_port) return nullptr;
    if (association.is_of_peer(key)) return &association;
    return packet.auth && shows_where(association, packet) ? &association : nullptr;
}

/// From an address that is none of the peer's nothing is taken without AUTH: RFC 5061 §5.2 D5.
Verdict Endpoint::Associations::deliver_from_elsewhere(Association& association,
                                                       const Incoming& packet, Instant now) {
    if (!packet.auth) {
        ++shared_.counters.unauthenticated_chunks;
        return Verdict::unauthenticated;
    }
    if (!shows_where(association, packet)) return Verdict::bad_authentication;
    return deliver(association, packet, now);
}

/// Nobody leads answers elsewhere with a packet that will be discarded: where AUTH was agreed on a
/// tag is not enough. Only packets from elsewhere are judged twice.
bool Endpoint::Associations::shows_where(const Association& association, const Incoming& packet) {
    Authenticator* const agreed = association.agreed_authentication();
    if (agreed == nullptr) return true;
    if (!packet.auth) return !agreed->wants(packet.first.type);
    const Bytes after = packet.chunks.subspan(wire::sctp::padded(packet.auth->whole.size()));
    return agreed->judge(*packet.auth, after) == Authenticator::Belief::right;
}

Verdict Endpoint::Associations::deliver(Association& association, const Incoming& packet,
                                        Instant now) {
    // With the T bit the tag is the peer's own, which this one is not: RFC 9260 §8.5.1 (B), (C).
    if (is_ending(packet.first) && has_tag_reflected(packet.first) &&
        association.peer_tag() != packet.header.tag) {
        return Verdict::bad_tag;
    }
    if (packet.first.type == ChunkType::shutdown_ack && association.in_handshake()) {
        return out_of_the_blue(packet, now); // RFC 9260 §8.5.1 (E)
    }
    if (!packet.as_before && shows_where(association, packet)) follow(association, packet);
    const bool forgets = packet.first.type == ChunkType::init_ack && association.in_handshake();
    if (forgets) unindex(association); // addresses that the peer does not call its own
    const Verdict verdict = association.receive(packet.chunks, packet.datagram, now);
    if (forgets) index(association);
    settle_later(association);
    return verdict;
}

/// For the ports and host of an association, but not with its tag.
Verdict Endpoint::Associations::with_wrong_tag(Association& association, const Incoming& packet,
                                               Instant now) {
    if (is_ending(packet.first) && has_tag_reflected(packet.first) &&
        association.peer_tag() == packet.header.tag && !packet.auth) { // who reflects has no keys
        const Verdict verdict = association.receive_reflected(packet.first, {packet.datagram, now});
        settle(association);
        return verdict;
    }
    if (packet.first.type == ChunkType::shutdown_ack && association.in_handshake()) {
        return out_of_the_blue(packet, now);
    }
    return Verdict::bad_tag;
}

/// RFC 9260 §8.4, in its order.
Verdict Endpoint::Associations::out_of_the_blue(const Incoming& packet, Instant now) {
    if (has_departed(packet.key, packet.header.tag, now)) return Verdict::out_of_the_blue;
    wire::sctp::Chunks walker{packet.chunks};
    while (const auto chunk = walker.next()) {
        switch (chunk->type) {
        case ChunkType::abort:
        case ChunkType::shutdown_complete:
        case ChunkType::cookie_ack:
        case ChunkType::error: return Verdict::out_of_the_blue; // never answered
        default: break;
        }
    }
    if (walker.malformed()) return Verdict::malformed;
    const bool wants_completion = packet.first.type == ChunkType::shutdown_ack;
    answer_stray(packet, wants_completion ? ChunkType::shutdown_complete : ChunkType::abort,
                 packet.header.tag, true, now);
    return Verdict::out_of_the_blue;
}

} // namespace hawser::sctp
