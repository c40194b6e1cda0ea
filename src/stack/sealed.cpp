#include "stack/sealed.hpp"

#include <hawser/core/match.hpp>

#include <algorithm>
#include <utility>

namespace hawser::stack {

namespace {

/// How much longer than that of IPv4 the header of IPv6 is.
constexpr std::uint32_t kIpv6MoreBytes = 20;

/// SCTP knows a connection by an address of its own: one of the discard prefix 100::/64 (RFC 6666),
/// which no network uses.
Path inner_path(dtls::ConnectionHandle connection) {
    Address::V6 octets{0x01, 0x00};
    auto number = static_cast<std::uint64_t>(connection);
    for (std::size_t i = octets.size(); i > 8; --i, number >>= 8)
        octets[i - 1] = static_cast<std::uint8_t>(number);
    return {.local = Address::ipv6({0x01, 0x00}, 1), .remote = Address::ipv6(octets, 1)};
}

std::uint64_t connection_of(const Path& inner) {
    const Bytes octets = inner.remote.octets();
    std::uint64_t number = 0;
    for (std::size_t i = 8; i < octets.size(); ++i)
        number = number << 8 | std::to_integer<std::uint64_t>(octets[i]);
    return number;
}

/// The same segments with enough room around them: for what was written before it was known how
/// much their records need. nullopt when they do not fit one packet then.
std::optional<Transmit> with_room(Transmit&& transmit, dtls::Overhead room, PacketPool& packets) {
    if (transmit.headroom >= room.headroom && transmit.tailroom >= room.tailroom)
        return std::move(transmit);
    const std::size_t count = transmit.segment_count();
    const std::size_t around = std::size_t{room.headroom} + room.tailroom;
    const std::size_t before = std::size_t{transmit.headroom} + transmit.tailroom;
    const std::size_t size = transmit.payload.size() - count * before + count * around;
    if (size > PacketPool::kLargeBytes) return std::nullopt;
    Transmit wide{.id = transmit.id,
                  .path = transmit.path,
                  .ancillary = std::move(transmit.ancillary),
                  .payload = packets.take(size),
                  .segment_bytes = transmit.segment_bytes,
                  .headroom = room.headroom,
                  .tailroom = room.tailroom};
    wide.payload.resize(size);
    for (std::size_t i = 0; i < count; ++i)
        std::ranges::copy(transmit.segment(i), wide.segment(i).begin());
    return wide;
}

} // namespace

SctpStack::Sealed::Sealed(const Sealing& sealing, Environment environment, Instant now)
    : sealing_{sealing},
      random_{environment.random},
      dtls_{sealing.endpoint,
            {environment.random, environment.packets, environment.buffers, environment.wall},
            now},
      packets_{environment.packets} {}

Result<> SctpStack::Sealed::listen() {
    return sealing_.server ? dtls_.listen(*sealing_.server) : Result<>{};
}

Result<Path> SctpStack::Sealed::connect(const Path& path, Instant now,
                                        std::optional<Duration> handshake_timeout) {
    for (const auto& [handle, link] : links_) {
        if (link.outer.remote == path.remote) return link.inner; // another association on it
    }
    if (!sealing_.client)
        return fail(Errc::invalid_argument,
                    "this endpoint has no DTLS options for connections that it opens");
    dtls::Options options = *sealing_.client;
    options.handshake_timeout = handshake_timeout.value_or(options.handshake_timeout);
    const auto connection = dtls_.connect(path, options, now);
    if (!connection) return std::unexpected{connection.error()};
    return add(*connection, path).inner;
}

SctpStack::Sealed::Link& SctpStack::Sealed::add(dtls::ConnectionHandle connection,
                                                const Path& outer) {
    Link& link = links_[static_cast<std::uint64_t>(connection)];
    link.connection = connection;
    link.inner = inner_path(connection);
    link.outer = outer;
    return link;
}

SctpStack::Sealed::Link* SctpStack::Sealed::by_connection(dtls::ConnectionHandle connection) {
    if (recent_ != nullptr && recent_->connection == connection) return recent_;
    const auto found = links_.find(static_cast<std::uint64_t>(connection));
    return found == links_.end() ? nullptr : recent_ = &found->second;
}

SctpStack::Sealed::Link* SctpStack::Sealed::by_inner(const Path& inner) {
    return by_connection(dtls::ConnectionHandle{connection_of(inner)});
}

Path SctpStack::Sealed::outer(const Path& inner) const {
    const auto found = links_.find(connection_of(inner));
    return found == links_.end() || found->second.inner.remote != inner.remote
               ? inner
               : found->second.outer;
}

void SctpStack::Sealed::join(const Path& inner, sctp::AssociationId association) {
    if (Link* const link = by_inner(inner)) {
        auto& all = link->associations;
        if (std::ranges::find(all, association) == all.end()) all.push_back(association);
    }
}

void SctpStack::Sealed::leave(sctp::AssociationId association) {
    for (auto& [handle, link] : links_)
        std::erase(link.associations, association);
}

Verdict SctpStack::Sealed::receive(Datagram& datagram, sctp::Endpoint& sctp, Instant now) {
    Verdict verdict = Verdict::accepted;
    const auto records = dtls_.open(datagram, now, verdict);
    for (const dtls::OpenedRecord& record : records) {
        const Link* link = by_connection(record.connection);
        if (link == nullptr) { // the handshake ended with this datagram
            take_events(sctp, now);
            link = by_connection(record.connection);
            if (link == nullptr) continue;
        }
        Datagram clear{record.packet_id, link->inner, *record.ancillary, record.payload};
        const Verdict one = sctp.receive(clear, now);
        if (verdict == Verdict::accepted) verdict = one;
    }
    if (dtls_.has_events()) take_events(sctp, now);
    return verdict;
}

void SctpStack::Sealed::take_events(sctp::Endpoint& sctp, Instant now) {
    while (auto event = dtls_.poll_event()) {
        match(
            std::move(*event), [this](dtls::Connected&& up) { on(std::move(up)); },
            [&](dtls::Closed&& down) { on(std::move(down), sctp, now); },
            [this](dtls::PathChanged&& moved) {
                if (Link* const link = by_connection(moved.connection)) link->outer = moved.path;
            },
            [&](dtls::SendRefused&& refused) {
                const Link* const link = by_connection(refused.connection);
                if (link == nullptr) return;
                sctp.path_event(
                    PathEvent::send_refused(link->inner, refused.os_errno, refused.ancillary), now);
            },
            [](auto&&) {}); // data is opened, not told; a session is not kept here
    }
}

void SctpStack::Sealed::on(dtls::Connected&& event) {
    Link* const known = by_connection(event.connection);
    Link& link = known == nullptr ? add(event.connection, event.path) : *known;
    link.outer = event.path;
    link.up = true;
    link.accepted = known == nullptr;
    widen(dtls_.overhead(link.connection));
    for (Transmit& waiting : std::exchange(link.held, {}))
        ready_.push_back(std::move(waiting));
    events_.emplace_back(PathSealed{event.path, std::move(event)});
}

void SctpStack::Sealed::on(dtls::Closed&& event, sctp::Endpoint& sctp, Instant now) {
    const auto found = links_.find(static_cast<std::uint64_t>(event.connection));
    if (found == links_.end()) { // a peer's handshake that failed
        const Path path = event.path;
        events_.emplace_back(PathUnsealed{path, std::move(event), {}});
        return;
    }
    const Link link = std::move(found->second);
    links_.erase(found);
    recent_ = nullptr;
    events_.emplace_back(PathUnsealed{link.outer, std::move(event), link.associations});
    for (const sctp::AssociationId association : link.associations)
        static_cast<void>(sctp.abort(association, {}, now)); // there is no way to say so
    if (links_.empty()) room_ = {};
}

void SctpStack::Sealed::path_event(const PathEvent& event, sctp::Endpoint& sctp, Instant now) {
    dtls_.path_event(event, now);
    take_events(sctp, now);
    if (event.kind == PathEvent::Kind::send_refused) return; // DTLS has told of it
    for (const auto& [handle, link] : links_) {
        if (link.outer.remote != event.path.remote || !link.up) continue;
        PathEvent inner = event;
        inner.path = link.inner;
        inner.quote = {}; // of a record, whose inside nobody else can read
        const auto sealing = static_cast<std::uint32_t>(room_.headroom + room_.tailroom);
        // SCTP knows the path by an IPv6 address, and takes a header of that length off the MTU.
        const std::uint32_t not_there = link.outer.remote.is_ipv4() ? kIpv6MoreBytes : 0;
        if (inner.mtu_bytes > sealing) inner.mtu_bytes = inner.mtu_bytes - sealing + not_there;
        return sctp.path_event(inner, now);
    }
}

void SctpStack::Sealed::close(Instant now) {
    for (const auto& [handle, link] : links_)
        static_cast<void>(dtls_.close(link.connection, now));
}

/// The room that trains are written with: enough for every connection since there was none. Where
/// all are alike the row has no gaps; where they differ sealing closes them.
void SctpStack::Sealed::widen(dtls::Overhead room) {
    room_.headroom = std::max(room_.headroom, room.headroom);
    room_.tailroom = std::max(room_.tailroom, room.tailroom);
}

Framing SctpStack::Sealed::inner_framing(const Framing& framing) const {
    Framing inner = framing;
    inner.headroom += room_.headroom;
    inner.tailroom += room_.tailroom;
    inner.segment_bytes_max -= room_.headroom + room_.tailroom;
    return inner;
}

std::optional<Transmit> SctpStack::Sealed::poll_transmit(sctp::Endpoint& sctp, Instant now,
                                                         const Framing& framing) {
    if (auto own = dtls_.poll_transmit(now, framing)) return own;
    while (!ready_.empty()) {
        Transmit waiting = std::move(ready_.front());
        ready_.erase(ready_.begin());
        if (Link* const link = by_inner(waiting.path)) {
            if (auto sealed = seal(*link, std::move(waiting), now)) return sealed;
        }
    }
    while (auto clear = sctp.poll_transmit(now, inner_framing(framing))) {
        tap_.first_shown = 0; // they have been shown
        Link* const link = by_inner(clear->path);
        if (link == nullptr) continue; // its connection has ended
        clear->id = dtls_.take_packet_ids(clear->segment_count());
        if (!link->up) {
            if (link->held.size() < kHeldMax) link->held.push_back(std::move(*clear));
            continue;
        }
        if (auto sealed = seal(*link, std::move(*clear), now)) return sealed;
    }
    // Keys may have been updated on the way.
    return dtls_.poll_transmit(now, framing);
}

std::optional<Transmit> SctpStack::Sealed::seal(Link& link, Transmit&& transmit, Instant now) {
    const dtls::Overhead room = dtls_.overhead(link.connection);
    widen(room); // a peer may have given out a longer connection ID
    auto wide = with_room(std::move(transmit), room, packets_);
    if (!wide) return std::nullopt;
    auto sealed = dtls_.seal(link.connection, std::move(*wide), now);
    if (!sealed) return std::nullopt;
    return std::move(*sealed);
}

std::optional<SctpStack::Event> SctpStack::Sealed::poll_event() {
    if (events_.empty()) return std::nullopt;
    Event event = std::move(events_.front());
    events_.erase(events_.begin());
    return event;
}

void SctpStack::Sealed::set_tap(Tap* tap, sctp::Endpoint& sctp) {
    tap_.to = tap;
    sctp.set_tap(tap == nullptr ? nullptr : &tap_);
    dtls_.set_tap(tap);
}

void SctpStack::Sealed::InnerTap::seen(const Sighting& sighting) {
    const Path outer = sealed.outer(sighting.path);
    PacketId id = sighting.packet_id;
    if (sighting.direction == Direction::out) {
        const auto own = static_cast<std::uint64_t>(id);
        if (first_shown == 0) first_shown = own;
        id = PacketId{std::to_underlying(sealed.dtls_.next_packet_id()) + (own - first_shown)};
    }
    to->seen({.at = sighting.at,
              .direction = sighting.direction,
              .layer = sighting.layer,
              .path = outer,
              .ancillary = sighting.ancillary,
              .bytes = sighting.bytes,
              .verdict = sighting.verdict,
              .packet_id = id,
              .endpoint = sighting.endpoint,
              .note = sighting.note});
}

} // namespace hawser::stack
