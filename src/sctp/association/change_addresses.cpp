// Our addresses come and go, and the peer is told: RFC 5061 §5.1 and §5.3. Its own are
// chunks/asconf.cpp.
#include "sctp/association/address_changes.hpp"
#include "sctp/association/association.hpp"

#include <hawser/core/match.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {

using What = LocalAddressChanged::What;
using Outcome = LocalAddressChanged::Outcome;
using wire::sctp::ChunkType;
using wire::sctp::ParameterType;

namespace {

ParameterType parameter_of(What what) {
    switch (what) {
    case What::added: return ParameterType::add_ip_address;
    case What::removed: return ParameterType::delete_ip_address;
    case What::made_primary: break;
    }
    return ParameterType::set_primary_address;
}

/// RFC 5061 §5.1.1 C4.
constexpr States kMayTell = States::of(State::established, State::shutdown_pending,
                                       State::shutdown_sent, State::shutdown_received);

/// The largest request, padded: an IPv6 address.
constexpr std::size_t kRequestBytesMax = 28;
/// ASCONF with an IPv6 address and no request.
constexpr std::size_t kFixedBytesMax = wire::sctp::kTlvHeaderBytes + 4 + 20;

} // namespace

// --- what a user asks ---

Result<> Association::can_change_addresses() const {
    if (!is<Established>() && !is<ShutdownPending>())
        return fail(Errc::closed, "addresses: the association is not up");
    if (!tells_addresses())
        return fail(Errc::unsupported, "addresses: ASCONF was not agreed on (RFC 5061)");
    return {};
}

Result<> Association::add_local_address(const Address& address) {
    if (const auto possible = can_change_addresses(); !possible) return possible;
    if (!is_of_one_host(address)) return fail(Errc::invalid_argument, "address: not one host's");
    const OwnAddresses& ours = address_changes().ours;
    const AddressChange change{What::added, address.host()};
    const auto& asked = address_exchange().asked;
    const auto& waiting = address_changes_->waiting;
    const AddressChange gone{What::removed, address.host()};
    const bool comes = std::ranges::find(asked, change) != asked.end() ||
                       std::ranges::find(waiting, change) != waiting.end();
    const bool goes = std::ranges::find(waiting, gone) != waiting.end();
    if (has_host(ours.sources, address) || (comes && !goes))
        return fail(Errc::in_use, "address: the association has it");
    if (ours.known.size() + waiting.size() >= AddressChanges::kWaitingMax ||
        ours.sources.size() >= Options::kAddressesMax)
        return fail(Errc::exhausted, "addresses: an association has 16 at most");
    address_came(address);
    return {};
}

Result<> Association::remove_local_address(const Address& address) {
    if (const auto possible = can_change_addresses(); !possible) return possible;
    const AddressChange coming{What::added, address.host()};
    const auto comes_by = [&](const auto& changes) {
        return std::ranges::find(changes, coming) != changes.end();
    };
    const OwnAddresses& ours = address_changes().ours;
    if (!has_host(ours.sources, address) && !comes_by(address_changes_->waiting) &&
        !comes_by(address_exchange().asked))
        return fail(Errc::invalid_argument, "address: the association does not have it");
    address_went(address);
    return {};
}

Result<> Association::set_peer_primary(const Address& local) {
    if (const auto possible = can_change_addresses(); !possible) return possible;
    if (!address_exchange().primary_understood)
        return fail(Errc::unsupported, "address: the peer does not know Set Primary Address");
    AddressChanges& state = address_changes();
    if (!has_host(state.ours.sources, local)) // §5.4
        return fail(Errc::invalid_argument, "address: the association does not have it");
    std::erase_if(state.waiting, [](const AddressChange& change) {
        return change.what == What::made_primary; // the last word counts
    });
    want({What::made_primary, local.host()});
    return {};
}

// --- which are ours ---

/// The first change finds those that the association began with.
AddressChanges& Association::address_changes() {
    if (address_changes_) return *address_changes_;
    address_changes_ = std::make_unique<AddressChanges>();
    address_changes_->ours = OwnAddresses{endpoints_addresses()};
    return *address_changes_;
}

/// Where it has named none, the peer hears from one and knows of no other.
std::vector<Address> Association::endpoints_addresses() const {
    std::vector<Address> all = shared_.options.local_addresses;
    const Address& only = current().path.local;
    if (all.empty() && !only.is_unspecified()) all.push_back(only.host());
    return all;
}

AddressExchange& Association::address_exchange() {
    AddressChanges& state = address_changes();
    if (!state.exchange)
        state.exchange.emplace(initial_tsn_, transfer_->negotiated.peer_initial_tsn);
    return *state.exchange;
}

void Association::keep_addresses() {
    if (!closed()) static_cast<void>(address_changes());
}

/// The peer can be told of changes.
bool Association::tells_addresses() const {
    if (!transfer_ || !transfer_->negotiated.asconf) return false;
    return !address_changes_ || !address_changes_->exchange ||
           address_changes_->exchange->understood;
}

void Association::address_came(const Address& address) {
    if (closed()) return;
    AddressChanges& state = address_changes();
    const AddressChange gone{What::removed, address.host()};
    const bool unheard = std::erase(state.waiting, gone) > 0;
    if (has_host(state.ours.sources, address)) return;
    const bool known = has_host(state.ours.known, address);
    if (unheard && !known) return; // the peer is being asked for it
    // Back before the peer has heard that it went, or where it never will.
    if (unheard || (known && !tells_addresses() && !in_handshake())) {
        state.ours.sources.push_back(address.host());
        return use_best_sources();
    }
    if (tells_addresses() || in_handshake()) want({What::added, address.host()});
}

void Association::address_went(const Address& address) {
    if (closed()) return;
    AddressChanges& state = address_changes();
    std::erase(state.waiting, AddressChange{What::made_primary, address.host()});
    if (std::erase(state.waiting, AddressChange{What::added, address.host()}) > 0) return;
    const AddressChange coming{What::added, address.host()};
    const bool comes = state.exchange && std::ranges::find(state.exchange->asked, coming) !=
                                             state.exchange->asked.end();
    if (!has_host(state.ours.sources, address) && !comes) return;
    leave(address);
    if (tells_addresses() || in_handshake()) want({What::removed, address.host()});
}

void Association::want(const AddressChange& change) {
    AddressChanges& state = address_changes();
    if (state.waiting.size() >= AddressChanges::kWaitingMax) {
        end_address_change(change, Outcome::given_up, std::nullopt);
        return;
    }
    state.waiting.push_back(change);
    ask_for_address_changes();
}

/// Nothing leaves from there any more: §5.3 F4.
void Association::leave(const Address& address) {
    erase_host(address_changes().ours.sources, address);
    use_best_sources();
}

/// After a source has come or gone.
void Association::use_best_sources() {
    OwnAddresses& ours = address_changes_->ours;
    ours.homeless = ours.sources.empty() && !ours.nameless;
    if (ours.homeless) return;
    for (Destination* one : destinations()) {
        const Address& local = one->path.local;
        if (one->is_usable() && (local.is_unspecified() || ours.may_send_from(local))) continue;
        one->path.local = source_to(one->path.remote, Address::any(local.family(), local.port()));
        one->sources_tried = 0;
        if (one->is_usable()) continue;
        // From here it may be another story.
        one->errors = 0;
        if (one->reach == Reach::inactive)
            one->reach = one->confirmed ? Reach::potentially_failed : Reach::active;
        one->heartbeat_at = Instant{};
    }
    sender_->destinations().choose();
}

// --- telling the peer ---

/// §5.1 A3: one at a time.
void Association::ask_for_address_changes() {
    if (!tells_addresses() || !kMayTell.contain(state())) return;
    AddressChanges& state = *address_changes_;
    AddressExchange& exchange = address_exchange();
    if (exchange.slot.taken() || state.waiting.empty()) return;
    // What is added comes first, so that what is taken is never the last (§5.3 F5), and what is to
    // be the primary is known by then (§5.4).
    for (auto it = state.waiting.begin(); it != state.waiting.end(); ++it) { // equals keep theirs
        const auto place =
            std::ranges::upper_bound(state.waiting.begin(), it, it->what, {}, &AddressChange::what);
        std::rotate(place, it, it + 1);
    }
    std::size_t left = state.ours.count();
    const std::size_t bytes_max =
        current().packet_bytes - wire::sctp::kCommonHeaderBytes - auth_bytes(ChunkType::asconf);
    std::vector<std::byte> chunk(bytes_max);
    wire::Writer out{chunk};
    std::vector<AddressChange> later;
    wire::sctp::write_chunk(out, ChunkType::asconf, 0, [&](wire::Writer& to) {
        to.u32(exchange.slot.next().value);
        wire::sctp::write_address(to, lookup_address());
        for (const AddressChange& change : state.waiting) {
            const bool is_last = change.what == What::removed && left <= 1;
            if (is_last || to.remaining() < kRequestBytesMax) {
                later.push_back(change);
                continue;
            }
            if (change.what == What::added) ++left;
            if (change.what == What::removed) --left;
            const auto correlation = static_cast<std::uint32_t>(exchange.asked.size());
            wire::sctp::AddressRequest{parameter_of(change.what), correlation, change.address}
                .write(to);
            exchange.asked.push_back(change);
        }
    });
    HAWSER_ASSERT(out.ok() && bytes_max > kFixedBytesMax + kRequestBytesMax);
    state.waiting = std::move(later);
    if (exchange.asked.empty()) return;
    chunk.resize(out.written());
    exchange.destination = current().index;
    exchange.slot.ask(std::move(chunk));
}

/// The association has come up: its addresses may have changed since it named them.
void Association::settle_addresses() {
    if (!address_changes_) return;
    if (tells_addresses()) return ask_for_address_changes();
    address_changes_->waiting.clear(); // nobody has asked about this association itself
}

/// The peer began anew, by an INIT ACK that named those of the endpoint.
void Association::begin_with_endpoints_addresses() {
    if (!address_changes_) return;
    give_up_address_changes();
    address_changes_->ours = OwnAddresses{endpoints_addresses()};
}

/// What the peer surely knows: §4.1.1.
Address Association::lookup_address() const {
    const OwnAddresses& ours = address_changes_->ours;
    if (!ours.sources.empty()) return ours.sources.front();
    if (!ours.known.empty()) return ours.known.front();
    return Address::any(current().path.remote.family());
}

/// From an address that stays, or else from one that is being added: §5.3 F1, F6.
Path Association::path_of_change(const Destination& to) const {
    Path path = to.path;
    if (address_changes_->ours.may_send_from(path.local)) return path;
    std::vector<Address> coming;
    const auto& waiting = address_changes_->waiting;
    // Whoever is at another one by now would never be heard from those that it asked for.
    for (const AddressChange& change : waiting)
        if (change.what == What::added) coming.push_back(change.address);
    for (const AddressChange& change : address_changes_->exchange->asked) {
        const AddressChange gone{What::removed, change.address};
        const bool stays = std::ranges::find(waiting, gone) == waiting.end();
        if (change.what == What::added && stays) coming.push_back(change.address);
    }
    const Address otherwise = Address::any(path.remote.family(), path.local.port());
    const bool stays = !address_changes_->ours.sources.empty();
    path.local = stays ? source_to(path.remote, otherwise)
                       : source_towards(shared_.options, coming, otherwise, path.remote, to.errors);
    return path;
}

/// Alone in its packet, whose source may be one that nothing else leaves from.
std::optional<Transmit> Association::address_change_packet(Instant now, const Framing& framing) {
    if (!address_changes_->exchange || !kMayTell.contain(state())) return std::nullopt;
    AddressExchange& exchange = *address_changes_->exchange;
    const Bytes due = exchange.slot.due();
    if (due.empty()) return std::nullopt;
    Destination& to = sender_->destinations()[exchange.destination];
    TrainWriter train = open_train(to, framing, false, peer_tag());
    HAWSER_ASSERT(train.open(packet_limit(to, framing)));
    // Written when the path's packets were larger: IP may cut it.
    const bool fits = due.size() <= train.room(ChunkType::asconf);
    if (!fits && train.widen_for(ChunkType::asconf, due.size())) to.may_fragment = true;
    train.add(due);
    train.close();
    exchange.slot.left(now, to.rtt().rto(), to.index); // the T-4 RTO timer starts: §5.1 A4
    address_changes_->strays_until = after(now, AddressChanges::kStray);
    if (train.count() == 0) return std::nullopt;
    Transmit transmit = finish(train, to, ClassTable::kDefault);
    transmit.path = path_of_change(to);
    return transmit;
}

/// The T-4 RTO timer: §5.1 B1 to B5.
void Association::expire_address_changes(Instant now) {
    if (!address_changes_->exchange) return;
    AddressExchange& exchange = *address_changes_->exchange;
    if (!kMayTell.contain(state())) return exchange.slot.end();
    if (!exchange.slot.expires(now)) return;
    Destination& silent = sender_->destinations()[exchange.slot.destination()];
    silent.rtt().timed_out(shared_.options);
    strike(silent, now);
    if (closed()) return;
    exchange.destination = sender_->destinations().alternate_to(silent).index;
    for (Destination* one : destinations()) // what has failed before may be all that is left
        if (!one->is_usable()) ask_where_heard(*one, now);
}

// --- what comes of it ---

void Association::end_address_change(const AddressChange& change, Outcome outcome,
                                     std::optional<std::uint16_t> cause) {
    shared_.events.push_back(LocalAddressChanged{.association = id_,
                                                 .address = change.address,
                                                 .what = change.what,
                                                 .outcome = outcome,
                                                 .cause = cause});
    OwnAddresses& ours = address_changes_->ours;
    auto& waiting = address_changes_->waiting;
    const AddressChange gone{What::removed, change.address};
    if (outcome != Outcome::performed) { // what was never there need not go
        if (change.what == What::added) std::erase(waiting, gone);
        return;
    }
    if (change.what == What::made_primary) return;
    if (change.what == What::removed) return erase_host(ours.known, change.address);
    if (!has_host(ours.known, change.address)) ours.known.push_back(change.address);
    if (std::ranges::find(waiting, gone) != waiting.end()) return; // it went meanwhile
    if (!has_host(ours.sources, change.address)) ours.sources.push_back(change.address);
    use_best_sources();
}

void Association::give_up_address_changes() {
    AddressChanges& state = *address_changes_;
    std::vector<AddressChange> open = std::exchange(state.waiting, {});
    if (state.exchange) {
        state.exchange->slot.end();
        const auto asked = std::exchange(state.exchange->asked, {});
        open.insert(open.begin(), asked.begin(), asked.end());
    }
    for (const AddressChange& change : open)
        end_address_change(change, Outcome::given_up, std::nullopt);
}

/// §5.1 A9.
void Association::peer_does_not_know_asconf() {
    if (!address_changes_ || !address_changes_->exchange) return;
    if (!address_changes_->exchange->slot.taken()) return;
    address_changes_->exchange->understood = false;
    give_up_address_changes();
}

} // namespace hawser::sctp
