#include "sctp/associations.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {
namespace {

AssociationId make_id(std::uint32_t slot, std::uint32_t generation) {
    return AssociationId{std::uint64_t{generation} << 32 | slot};
}

std::uint32_t raw(VerificationTag tag) {
    return std::to_underlying(tag);
}

} // namespace

Endpoint::Associations::Associations(const Options& options, const Environment& environment,
                                     Instant now)
    : shared_{options, environment},
      jar_{environment.random, options.cookie_lifetime, now},
      init_answers_{options.init_answers_per_second, now},
      stray_answers_{options.stray_answers_per_second, now},
      accepted_{environment.random},
      relieve_at_{2 * options.receive_bytes_max} {}

Endpoint::Associations::~Associations() = default;

Result<> Endpoint::Associations::listen(std::uint16_t port) {
    if (port == 0) return fail(Errc::invalid_argument, "SCTP port: want 1 to 65535");
    if (!listening_.insert(port).second) return fail(Errc::in_use, "SCTP port");
    return {};
}

Result<AssociationId> Endpoint::Associations::connect(const Path& path, std::uint16_t remote_port,
                                                      const ConnectOptions& options, Instant now) {
    const Options& ours = shared_.options;
    if (remote_port == 0) return fail(Errc::invalid_argument, "SCTP port: want 1 to 65535");
    if (!is_of_one_host(path.remote)) {
        return fail(Errc::invalid_argument, "address: SCTP goes to one host");
    }
    if (by_tag_.size() >= ours.associations_max) {
        return fail(Errc::exhausted, "associations: Options::associations_max are up");
    }
    std::uint16_t local_port = options.local_port;
    if (local_port == 0) {
        const auto free = ephemeral_port(path.remote, remote_port);
        if (!free) return fail(Errc::exhausted, "no local SCTP port is free for this peer");
        local_port = *free;
    }
    if (const auto free = can_connect(path, {local_port, remote_port}, options); !free)
        return std::unexpected{free.error()};
    const auto pick = [](auto asked, auto otherwise) { return asked != 0 ? asked : otherwise; };
    Association& association =
        add({local_port, remote_port}, path, fresh_tag(), Tsn{shared_.random.u32()},
            {pick(options.outbound_streams, ours.outbound_streams),
             pick(options.inbound_streams_max, ours.inbound_streams_max)},
            now);
    ConnectOptions completed = options;
    completed.init_retransmissions_max =
        pick(options.init_retransmissions_max, ours.init_retransmissions_max);
    association.connect(completed, now);
    index(association);
    settle(association);
    return association.id();
}

Result<> Endpoint::Associations::can_connect(const Path& path, Association::Ports ports,
                                             const ConnectOptions& options) const {
    if (options.remote_addresses.size() >= Options::kAddressesMax)
        return fail(Errc::too_large, "remote_addresses: a peer has 16 addresses at most");
    const auto is_up = [&](const Address& remote) {
        const PeerKey key = PeerKey::of(remote, ports.remote, ports.local);
        return by_key(key) != nullptr || shard_knowing(key);
    };
    if (auto sound = check(options.paths, shared_.options); !sound) return sound;
    bool any_up = is_up(path.remote);
    for (const Address& remote : options.remote_addresses) {
        if (!is_of_one_host(remote))
            return fail(Errc::invalid_argument, "remote_addresses: SCTP goes to one host");
        any_up |= is_up(remote_beside(path, remote));
    }
    if (any_up) return fail(Errc::in_use, "an association with these ports and address is up");
    return {};
}

std::optional<std::uint16_t> Endpoint::Associations::ephemeral_port(const Address& remote,
                                                                    std::uint16_t remote_port) {
    constexpr std::uint32_t kCount = 65'536 - kFirstEphemeralPort;
    const std::uint32_t start = shared_.random.u32() % kCount;
    for (std::uint32_t i = 0; i < kCount; ++i) {
        const auto port = static_cast<std::uint16_t>(kFirstEphemeralPort + (start + i) % kCount);
        if (listening_.contains(port)) continue;
        const PeerKey key = PeerKey::of(remote, remote_port, port);
        if (by_key(key) == nullptr && !shard_knowing(key)) return port;
    }
    return std::nullopt;
}

VerificationTag Endpoint::Associations::fresh_tag() {
    while (true) {
        const VerificationTag tag = shared_.random_tag();
        if (!by_tag_.contains(raw(tag))) return tag;
    }
}

Association& Endpoint::Associations::add(Association::Ports ports, const Path& path,
                                         VerificationTag tag, Tsn initial_tsn,
                                         Association::Streams streams, Instant now) {
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t place = free_slots_.back();
    free_slots_.pop_back();
    Slot& slot = slots_[place];
    ++slot.generation;
    slot.association = std::make_unique<Association>(shared_, make_id(place, slot.generation),
                                                     ports, path, tag, initial_tsn, streams, now);
    by_tag_.emplace(raw(tag), slot.association.get());
    index(*slot.association);
    return *slot.association;
}

void Endpoint::Associations::rename(Association& association) {
    by_tag_.erase(raw(association.local_tag()));
    association.rename(fresh_tag());
    by_tag_.emplace(raw(association.local_tag()), &association);
}

/// Finds it by every address that is the peer's beyond doubt.
void Endpoint::Associations::index(Association& association) {
    association.has_new_keys = false;
    unindex_forgotten(association);
    for (Destination* destination : association.destinations())
        if (destination->confirmed) enter(association.key_at(*destination), association);
}

/// Before any of its addresses is forgotten.
void Endpoint::Associations::unindex(Association& association) {
    unindex_forgotten(association);
    for (const Destination* destination : association.destinations()) {
        const PeerKey key = association.key_at(*destination);
        if (by_key(key) == &association) strike_out(key);
    }
}

/// RFC 5061 §5.3 F13: what comes from there is out of the blue.
void Endpoint::Associations::unindex_forgotten(Association& association) {
    for (const Address& remote : association.take_forgotten()) {
        const Association::Ports ports = association.ports();
        const PeerKey key = PeerKey::of(remote, ports.remote, ports.local);
        if (by_key(key) == &association) strike_out(key);
    }
}

void Endpoint::Associations::remove(Association& association) {
    shared_.timers.remove(association.timer);
    by_tag_.erase(raw(association.local_tag()));
    unindex(association);
    if (last_ == &association) last_ = nullptr;
    if (received_ == &association) received_ = nullptr;
    if (const Unread unread = association.unread(); unread.charged_bytes() != 0) {
        shared_.received_bytes += unread.charged_bytes(); // what the association had counted goes
        left_behind_.emplace(association.id(), unread);
    }
    const std::uint32_t place = slot_of(association.id());
    Slot& slot = slots_[place];
    if (slot.host) accepted_.remove(*std::exchange(slot.host, std::nullopt));
    slot.association.reset();
    lower_relief();
    free_slots_.push_back(place);
}

Association* Endpoint::Associations::find(AssociationId id) const {
    const std::uint32_t place = slot_of(id);
    if (place >= slots_.size()) return nullptr;
    const Slot& slot = slots_[place];
    if (slot.association == nullptr || slot.association->id() != id) return nullptr;
    return slot.association.get();
}

Association* Endpoint::Associations::by_key(const PeerKey& key) const {
    const auto it = by_key_.find(key);
    return it == by_key_.end() ? nullptr : it->second;
}

/// A packet with the right tag shows where its peer is now (RFC 6951 §5.4).
void Endpoint::Associations::follow(Association& association, const Incoming& packet) {
    const Destination* from = association.destinations().find(packet.datagram.path.remote);
    if (from == nullptr) return; // a cookie that another address of the peer's brought
    const PeerKey before = association.key_at(*from);
    association.follow(packet.datagram.path);
    if (before == packet.key) return;
    if (by_key(before) == &association) strike_out(before);
    // Another one may be found there already: a peer that began anew. This one ends by itself.
    index(association);
}

void Endpoint::Associations::settle(Association& association, bool may_have_to_send) {
    if (association.closed()) return remove(association);
    if (association.has_new_keys) index(association);
    if (association.tag_is_spent) rename(association);
    shared_.timers.set(association.timer, association.deadline());
    if (may_have_to_send && !association.queued_ready) {
        association.queued_ready = true;
        ready_.push_back(association.id());
    }
}

/// Before whoever looks at a timer or at the list of those that have to send.
void Endpoint::Associations::settle_received() {
    if (received_ != nullptr) settle(*std::exchange(received_, nullptr));
}

void Endpoint::Associations::settle_later(Association& association) {
    if (association.closed()) return settle(association);
    if (received_ != &association) settle_received();
    received_ = &association;
}

void Endpoint::Associations::path_event(const PathEvent& event, Instant now) {
    // What is said of a path is said of all associations on it; the list is walked only for errors.
    std::vector<AssociationId> affected;
    for (const auto& [tag, association] : by_tag_) {
        const Destination* at = association->destinations().find(event.path.remote);
        if (at != nullptr && at->path.remote == event.path.remote)
            affected.push_back(association->id());
    }
    for (const AssociationId id : affected) {
        Association* association = find(id);
        association->path_event(event, now);
        settle(*association);
    }
}

void Endpoint::Associations::advance(Instant now) {
    settle_received();
    // Each at most once a call: whatever is due again at once gets its turn with the next.
    for (std::size_t turns = shared_.timers.size(); turns > 0; --turns) {
        TimerQueue::Entry* due = shared_.timers.due(now);
        if (due == nullptr) return;
        Association& association = Association::of(*due);
        association.advance(now);
        settle(association);
    }
}

/// The layer below may want more room than the answer was written with: it wants it for the
/// largest of its connections, so that one of them decides for all.
void Endpoint::Associations::give_room(Transmit& answer, const Framing& framing) {
    const bool fits = answer.payload.headroom() >= framing.headroom &&
                      answer.payload.tailroom() >= framing.tailroom;
    if (fits) return;
    const Bytes bytes = answer.payload.bytes();
    Packet roomier = shared_.packets.take(bytes.size() + framing.tailroom, framing.headroom);
    roomier.resize(bytes.size());
    std::ranges::copy(bytes, roomier.bytes().begin());
    answer.payload = std::move(roomier);
}

std::optional<Transmit> Endpoint::Associations::poll_transmit(Instant now, const Framing& framing) {
    settle_received();
    std::optional<Transmit> transmit;
    if (!shared_.answers.empty()) {
        transmit = shared_.answers.pop_front();
        give_room(*transmit, framing);
    }
    while (!transmit && !ready_.empty()) {
        const AssociationId id = ready_.pop_front();
        Association* association = find(id);
        if (association == nullptr) continue;
        association->queued_ready = false;
        transmit = association->poll_transmit(now, framing);
        settle(*association, transmit.has_value()); // after a train it stands last in line
    }
    if (!transmit) return std::nullopt;
    shared_.counters.packets_sent += transmit->segment_count();
    transmit->id = PacketId{next_packet_id_};
    next_packet_id_ += transmit->segment_count();
    if (shared_.is_watched()) show_out(*transmit, now);
    return transmit;
}

std::optional<Event> Endpoint::Associations::poll_event() {
    if (shared_.events.empty()) return std::nullopt;
    std::optional<Event> event{std::move(shared_.events.front())};
    shared_.events.drop_front();
    if (const auto* message = std::get_if<Message>(&*event)) taken(*message);
    return event;
}

std::optional<Message> Endpoint::Associations::poll_message() {
    if (shared_.events.empty()) return std::nullopt;
    auto* front = std::get_if<Message>(&shared_.events.front());
    if (front == nullptr) return std::nullopt;
    std::optional<Message> message{std::move(*front)};
    shared_.events.drop_front();
    taken(*message);
    return message;
}

void Endpoint::Associations::taken(const Message& message) {
    if (shared_.options.window_credit == WindowCredit::on_poll)
        released(message.association, message.payload.size());
}

void Endpoint::Associations::released(AssociationId id, std::size_t bytes) {
    if (Association* association = find(id)) {
        association->released(bytes);
        if (association->owes_window_update()) settle(*association);
        return lower_relief();
    }
    const auto found = left_behind_.find(id);
    if (found == left_behind_.end()) return;
    Unread& unread = found->second;
    const std::size_t before = unread.charged_bytes();
    unread.taken(bytes);
    shared_.received_bytes -= before - unread.charged_bytes();
    if (unread.charged_bytes() == 0) left_behind_.erase(found);
    lower_relief();
}

/// Messages that nobody can read yet may have filled the memory, and not all of them can become
/// whole in what is left: the association that holds most of them ends, and gives it back.
void Endpoint::Associations::relieve() {
    constexpr std::size_t kWorthEnding = std::size_t{64} * 1024;
    const std::size_t most = shared_.options.receive_bytes_max;
    Association* largest = nullptr;
    for (const auto& [tag, association] : by_tag_) {
        const std::size_t held = association->unfinished_bytes();
        if (held > (largest == nullptr ? kWorthEnding : largest->unfinished_bytes()))
            largest = association;
    }
    if (largest != nullptr) {
        largest->give_up_for_others();
        settle(*largest);
    }
    // Where none is worth it, not each packet asks again.
    relieve_at_ = std::max(2 * most, shared_.received_bytes + most / 16);
}

/// What had to rise comes down with what is held.
void Endpoint::Associations::lower_relief() {
    const std::size_t least = 2 * shared_.options.receive_bytes_max;
    if (shared_.received_bytes <= least) relieve_at_ = least;
}

Verdict Endpoint::Associations::receive(const Datagram& datagram, Instant now) {
    const Verdict verdict = demultiplex(datagram, now);
    if (shared_.received_bytes > relieve_at_) relieve();
    ++shared_.counters.received[static_cast<std::size_t>(verdict)];
    if (shared_.is_watched()) {
        show(Direction::in, datagram.path, datagram.ancillary, datagram.payload, verdict,
             datagram.id, now);
    }
    return verdict;
}

void Endpoint::Associations::show(Direction direction, const Path& path, const Ancillary& ancillary,
                                  Bytes bytes, Verdict verdict, PacketId id, Instant now) {
    shared_.tap->seen({.at = now,
                       .direction = direction,
                       .layer = Layer::sctp,
                       .path = path,
                       .ancillary = ancillary,
                       .bytes = bytes,
                       .verdict = verdict,
                       .packet_id = id,
                       .endpoint = {},
                       .note = {}});
}

void Endpoint::Associations::show_out(const Transmit& transmit, Instant now) {
    const Sighting sighting{.at = now,
                            .direction = Direction::out,
                            .layer = Layer::sctp,
                            .path = transmit.path,
                            .ancillary = transmit.ancillary,
                            .bytes = {},
                            .verdict = Verdict::accepted,
                            .packet_id = transmit.id,
                            .endpoint = {},
                            .note = {}};
    show_segments(*shared_.tap, sighting, transmit, 0, transmit.segment_count());
}

} // namespace hawser::sctp
