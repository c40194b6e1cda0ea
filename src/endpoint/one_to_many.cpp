#include <hawser/endpoint/one_to_many.hpp>

#include "endpoint/connecting.hpp"
#include "endpoint/core.hpp"
#include "endpoint/many.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace hawser {

namespace detail {

namespace {

/// The association by that name, if it belongs to this handle.
std::shared_ptr<SctpLink> find(const ManyClaim& claim, sctp::AssociationId id) {
    auto association = claim.core->find(id);
    return association && association->many == claim.many ? association : nullptr;
}

std::unexpected<Error> not_ours(const ManyClaim& claim) {
    if (claim.core->closed()) return fail(Errc::closed, kEndpointEnded);
    return fail(Errc::not_found, "no such association here");
}

} // namespace

ManyClaim::~ManyClaim() {
    if (core->closed()) return;
    boost::asio::post(core->executor(), [core = core, held = many] { core->stop(held); });
}

boost::asio::any_io_executor executor_of(const ManyClaim& claim) {
    return claim.core->executor();
}

Result<> send(ManyClaim& claim, sctp::AssociationId id, Bytes message,
              const sctp::SendOptions& options) {
    const auto association = find(claim, id);
    if (!association) return not_ours(claim);
    return association->send(message, options);
}

void start_send(ManyClaim& claim, sctp::AssociationId id, Bytes message,
                const sctp::SendOptions& options, WaitPointer<void> wait) {
    if (const auto association = find(claim, id)) {
        association->send(message, options, std::move(wait));
    } else {
        wait->finish(not_ours(claim));
    }
}

void start_receive(ManyClaim& claim, WaitPointer<Message> wait) {
    Inbox& inbox = claim.many->inbox;
    if (wait->finished()) return;
    if (claim.many->closed) {
        wait->finish(fail(Errc::closed, kEndpointEnded));
    } else if (inbox.held.empty()) {
        inbox.readers.push(std::move(wait));
    } else {
        wait->finish(claim.core->take(inbox.held.pop_front(claim.core->spare_inbox)));
    }
}

void start_connect(ManyClaim& claim, std::string target, const ConnectOptions& options,
                   WaitPointer<sctp::AssociationId> wait) {
    if (wait->finished()) return;
    const auto connecting = std::make_shared<Connecting>(
        claim.core, options, claim.many, [wait](Result<std::shared_ptr<SctpLink>> association) {
            if (association) {
                wait->finish((*association)->id());
            } else {
                wait->finish(std::unexpected{association.error()});
            }
        });
    wait->on_give_up([weak = std::weak_ptr{connecting}] {
        if (const auto self = weak.lock()) self->give_up();
    });
    connecting->start(std::move(target));
}

void start_shutdown(ManyClaim& claim, sctp::AssociationId id, WaitPointer<void> wait) {
    if (const auto association = find(claim, id)) {
        association->shutdown(std::move(wait));
    } else {
        wait->finish(not_ours(claim));
    }
}

} // namespace detail

Result<> OneToMany::abort(sctp::AssociationId id, Bytes reason) const {
    const auto association = detail::find(*claim_, id);
    if (!association) return detail::not_ours(*claim_);
    return association->abort(reason);
}

Result<sctp::Status> OneToMany::status(sctp::AssociationId id) const {
    if (!detail::find(*claim_, id)) return detail::not_ours(*claim_);
    if (auto status = claim_->core->stack().status(id)) return *status;
    return detail::not_ours(*claim_);
}

Result<std::vector<sctp::PathStatus>> OneToMany::paths(sctp::AssociationId id) const {
    const auto association = detail::find(*claim_, id);
    if (!association) return detail::not_ours(*claim_);
    return association->paths();
}

Result<> OneToMany::set_primary(sctp::AssociationId id, const Address& remote) const {
    const auto association = detail::find(*claim_, id);
    if (!association) return detail::not_ours(*claim_);
    return association->set_primary(remote);
}

Result<> OneToMany::set_path_options(sctp::AssociationId id, const Address& remote,
                                     const sctp::PathOptions& options) const {
    const auto association = detail::find(*claim_, id);
    if (!association) return detail::not_ours(*claim_);
    return association->set_path_options(remote, options);
}

Result<Connection> OneToMany::peel_off(sctp::AssociationId id) const {
    const auto association = detail::find(*claim_, id);
    if (!association) return detail::not_ours(*claim_);
    association->peel_off();
    return Connection{std::make_shared<detail::Claim>(association)};
}

Result<std::vector<std::byte>> OneToMany::export_state(sctp::AssociationId id, const StateKey& key,
                                                       Duration valid_for) const {
    const auto association = detail::find(*claim_, id);
    if (!association) return detail::not_ours(*claim_);
    return association->export_state(key, valid_for);
}

Result<sctp::AssociationId> OneToMany::import_state(Bytes state, const StateKey& key) const {
    if (claim_->many->closed) return fail(Errc::closed, detail::kEndpointEnded);
    const auto association = claim_->core->import_state(state, key, claim_->many);
    if (!association) return std::unexpected{association.error()};
    return (*association)->id();
}

EventStream OneToMany::events() const {
    auto& queue = claim_->many->events;
    if (!queue) {
        queue = std::make_shared<detail::EventQueue>(claim_->core->options().events_max);
        if (claim_->many->closed) queue->end({Errc::closed, detail::kEndpointEnded});
    }
    ++queue->claims;
    return EventStream{std::make_shared<detail::EventClaim>(queue, claim_)}.within(within_);
}

std::uint16_t OneToMany::port() const {
    return claim_->many->port;
}

} // namespace hawser
