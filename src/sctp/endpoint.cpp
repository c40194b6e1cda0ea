#include <hawser/sctp/endpoint.hpp>

#include "sctp/associations.hpp"

#include <utility>

namespace hawser::sctp {
namespace {

constexpr std::string_view kNoAssociation = "no such association";

} // namespace

Endpoint::Endpoint(const Options& options, Environment environment, Instant now)
    : associations_{std::make_unique<Associations>(options, environment, now)} {}

Endpoint::~Endpoint() = default;

Result<> Endpoint::listen(std::uint16_t port) {
    return associations_->listen(port);
}
void Endpoint::stop_listening(std::uint16_t port) {
    associations_->stop_listening(port);
}

Result<AssociationId> Endpoint::connect(const Path& path, std::uint16_t remote_port,
                                        const ConnectOptions& options, Instant now) {
    return associations_->connect(path, remote_port, options, now);
}

Result<> Endpoint::send(AssociationId id, Bytes message, const SendOptions& options, Instant now) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    if (const auto possible = association->can_send(message.size(), options, now); !possible) {
        return possible;
    }
    const auto sent =
        association->send(associations_->shared().buffers.copy(message), options, now);
    associations_->ready(*association);
    return sent;
}

Result<> Endpoint::send(AssociationId id, Buffer&& message, const SendOptions& options,
                        Instant now) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    if (const auto possible = association->can_send(message.size(), options, now); !possible) {
        return possible;
    }
    const auto sent = association->send(std::move(message), options, now);
    associations_->ready(*association);
    return sent;
}

Result<> Endpoint::shutdown(AssociationId id, Instant now) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto begun = association->shutdown(now);
    associations_->settle(*association);
    return begun;
}

Result<> Endpoint::abort(AssociationId id, Bytes reason, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    association->abort(reason);
    associations_->settle(*association);
    return {};
}

Result<> Endpoint::heartbeat(AssociationId id, std::uint64_t context, const Ancillary& ancillary,
                             Instant now) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto asked = association->heartbeat(std::nullopt, context, ancillary, now);
    associations_->settle(*association);
    return asked;
}

Result<> Endpoint::heartbeat(AssociationId id, const Address& remote, std::uint64_t context,
                             const Ancillary& ancillary, Instant now) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto asked = association->heartbeat(remote, context, ancillary, now);
    associations_->settle(*association);
    return asked;
}

std::vector<PathStatus> Endpoint::paths(AssociationId id) const {
    const Association* association = associations_->find(id);
    return association == nullptr ? std::vector<PathStatus>{} : association->paths();
}

Result<> Endpoint::set_primary(AssociationId id, const Address& remote, Instant now) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto chosen = association->set_primary(remote, now);
    associations_->settle(*association);
    return chosen;
}

Result<> Endpoint::set_path_options(AssociationId id, const Address& remote,
                                    const PathOptions& options, Instant now) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto chosen = association->set_path_options(remote, options, now);
    associations_->settle(*association);
    return chosen;
}

Result<> Endpoint::add_local_address(const Address& address, Instant now) {
    return associations_->add_local_address(address, now);
}
Result<> Endpoint::remove_local_address(const Address& address, Instant now) {
    return associations_->remove_local_address(address, now);
}

Result<> Endpoint::add_local_address(AssociationId id, const Address& address, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto asked = association->add_local_address(address);
    associations_->settle(*association);
    return asked;
}

Result<> Endpoint::remove_local_address(AssociationId id, const Address& address, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto asked = association->remove_local_address(address);
    associations_->settle(*association);
    return asked;
}

Result<> Endpoint::set_peer_primary(AssociationId id, const Address& local, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto asked = association->set_peer_primary(local);
    associations_->settle(*association);
    return asked;
}

Result<> Endpoint::reset_streams(AssociationId id, const StreamReset& reset, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto asked = association->reset_streams(reset);
    associations_->settle(*association);
    return asked;
}

Result<> Endpoint::add_streams(AssociationId id, const StreamAddition& addition, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto asked = association->add_streams(addition);
    associations_->settle(*association);
    return asked;
}

Result<> Endpoint::set_scheduler(AssociationId id, StreamScheduler scheduler, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    association->set_scheduler(scheduler);
    return {};
}

Result<> Endpoint::set_stream_value(AssociationId id, StreamId stream, std::uint16_t value,
                                    Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    return association->set_stream_value(stream, value);
}

Result<> Endpoint::reset_association(AssociationId id, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    const auto asked = association->reset_association();
    associations_->settle(*association);
    return asked;
}

Result<> Endpoint::set_shared_key(AssociationId id, const SharedKey& key, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    return association->set_shared_key(key);
}

Result<> Endpoint::activate_key(AssociationId id, KeyId key, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    return association->activate_key(key);
}

Result<> Endpoint::deactivate_key(AssociationId id, KeyId key, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    return association->deactivate_key(key);
}

Result<> Endpoint::delete_key(AssociationId id, KeyId key, Instant) {
    Association* association = associations_->find(id);
    if (association == nullptr) return fail(Errc::not_found, kNoAssociation);
    return association->delete_key(key);
}

void Endpoint::release(AssociationId id, std::size_t bytes, Instant) {
    associations_->released(id, bytes);
}

Result<std::vector<std::byte>> Endpoint::export_association(AssociationId id,
                                                            const StateExport& how, Instant now,
                                                            std::vector<Message>&& unread) {
    return associations_->export_association(id, how, std::move(unread), now);
}

Result<AssociationId> Endpoint::import_association(Bytes state, const StateImport& how,
                                                   Instant now) {
    return associations_->import_association(state, how, now);
}

std::optional<Status> Endpoint::status(AssociationId id) const {
    const Association* association = associations_->find(id);
    if (association == nullptr) return std::nullopt;
    return association->status();
}

std::optional<GivenUpMessages> Endpoint::given_up(AssociationId id, StreamId stream) const {
    Association* association = associations_->find(id);
    if (association == nullptr) return std::nullopt;
    return association->given_up(stream);
}

std::size_t Endpoint::association_count() const {
    return associations_->association_count();
}
const Counters& Endpoint::counters() const {
    return std::as_const(*associations_).shared().counters;
}
std::optional<Handover> Endpoint::poll_handover() {
    return associations_->poll_handover();
}
Verdict Endpoint::take_over(Handover handover, Instant now) {
    return associations_->take_over(handover, now);
}
void Endpoint::set_tap(Tap* tap) {
    associations_->shared().tap = tap;
}

Verdict Endpoint::receive(Datagram& datagram, Instant now) {
    return associations_->receive(datagram, now);
}
Instant Endpoint::lingers_until() const {
    return associations_->shared().lingers_until;
}

void Endpoint::path_event(const PathEvent& event, Instant now) {
    associations_->path_event(event, now);
}
void Endpoint::advance(Instant now) {
    associations_->advance(now);
}
std::optional<Transmit> Endpoint::poll_transmit(Instant now, const Framing& framing) {
    return associations_->poll_transmit(now, framing);
}
std::optional<Event> Endpoint::poll_event() {
    return associations_->poll_event();
}
std::optional<Message> Endpoint::poll_message() {
    return associations_->poll_message();
}
Instant Endpoint::deadline() const {
    return associations_->deadline();
}

} // namespace hawser::sctp
