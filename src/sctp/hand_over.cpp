// An association leaves for another process, or comes from one.
#include "engine/sealed_state.hpp"
#include "sctp/associations.hpp"
#include "sctp/state/archive.hpp"
#include "sctp/state/identity.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hawser::sctp {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kEvents = 'e', kEventsVersion = 2;
constexpr std::size_t kEventsMax = std::size_t{1} << 26;

AssociationId association_of(const Event& event) {
    return std::visit([](const auto& one) { return one.association; }, event);
}

void exchange(Archive& archive, std::vector<Event>& events) {
    archive.part(kEvents, kEventsVersion, [&] { archive.list(events, kEventsMax); });
}

} // namespace

Result<std::vector<std::byte>>
Endpoint::Associations::export_association(AssociationId id, const StateExport& how,
                                           std::vector<Message>&& unread, Instant now) {
    settle_received();
    Association* const association = find(id);
    if (association == nullptr) return fail(Errc::not_found, "no such association");
    if (association->in_handshake())
        return fail(Errc::exhausted, "the handshake is under way: export after Connected");
    if (auto fits = how.check(); !fits) return std::unexpected{fits.error()};
    Archive archive{shared_, now};
    Identity identity =
        StateAccess::identity_of(*association, slots_[slot_of(id)].host.has_value());
    archive(identity, *association);
    std::vector<Event> events{std::move_iterator{unread.begin()}, std::move_iterator{unread.end()}};
    std::ranges::move(
        shared_.events.extract([id](const Event& event) { return association_of(event) == id; }),
        std::back_inserter(events));
    exchange(archive, events);
    note_departure(*association, after(now, how.valid_for), now);
    StateAccess::set_unread(*association, {}); // what nobody has read goes along
    remove(*association);
    return seal_state(StateKind::sctp_association, kVersion, archive.written(), how,
                      shared_.random);
}

void Endpoint::Associations::note_departure(const Association& association, Instant until,
                                            Instant now) {
    if (departed_.size() >= departed_most_) {
        std::erase_if(departed_, [now](const auto& one) { return one.second.until < now; });
        departed_most_ = 2 * departed_.size() + 64;
    }
    for (const Destination* destination : association.destinations())
        departed_.insert_or_assign(association.key_at(*destination),
                                   Departed{association.local_tag(), until});
}

bool Endpoint::Associations::has_departed(const PeerKey& key, VerificationTag tag,
                                          Instant now) const {
    const auto found = departed_.find(key);
    return found != departed_.end() && found->second.tag == tag && now <= found->second.until;
}

Result<AssociationId>
Endpoint::Associations::import_association(Bytes state, const StateImport& how, Instant now) {
    const auto opened = open_state(StateKind::sctp_association, kVersion, state, how);
    if (!opened) return std::unexpected{opened.error()};
    if (by_tag_.size() >= shared_.options.associations_max)
        return fail(Errc::exhausted, "associations: Options::associations_max are up");
    if (!imported_.add(opened->id, opened->valid_until, how.now))
        return fail(Errc::in_use, "state: imported before");
    Archive archive{shared_, now - opened->age, opened->content, how.path};
    const auto association = import_association(archive, how.path.has_value());
    if (!association) imported_.remove(opened->id);
    return association;
}

Result<AssociationId> Endpoint::Associations::import_association(Archive& archive, bool elsewhere) {
    Identity identity;
    archive(identity);
    if (!archive.ok()) return std::unexpected{*archive.error()};
    if (by_tag_.contains(std::to_underlying(identity.tag)))
        return fail(Errc::in_use, "state: an association has its verification tag");
    const auto& [local, remote] = identity.ports;
    const PeerKey key = PeerKey::of(identity.path.remote, remote, local);
    if (by_key(key) != nullptr || shard_knowing(key))
        return fail(Errc::in_use, "state: an association has its ports and address");
    Association& association = add(identity.ports, identity.path, identity.tag,
                                   identity.initial_tsn, identity.streams, archive.exported_at());
    std::vector<Event> events;
    archive(association);
    exchange(archive, events);
    auto error = archive.error();
    if (!error && elsewhere && association.destinations().several())
        error = Error{Errc::invalid_argument, "path: the peer has several addresses"};
    if (error) {
        remove(association);
        return std::unexpected{*error};
    }
    if (identity.accepted) {
        const std::uint16_t host = accepted_.place_of(identity.path.remote);
        slots_[slot_of(association.id())].host = host;
        accepted_.add(host);
    }
    StateAccess::set_unread(association, events);
    const AssociationId id = association.id();
    for (Event& event : events) {
        std::visit([id](auto& one) { one.association = id; }, event);
        shared_.events.push_back(std::move(event));
    }
    for (const Destination* destination : association.destinations())
        departed_.erase(association.key_at(*destination)); // it may have been ours
    index(association);
    settle(association);
    return id;
}

} // namespace hawser::sctp
