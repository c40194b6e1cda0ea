// The peer is not at an address any more, or wants to be spoken to at another: RFC 5061 §5.3, §5.4.
#include "sctp/association/association.hpp"

namespace hawser::sctp {

/// §5.3 F13. It is not the only one.
void Association::forget_address(Destination& gone, Instant now) {
    const Path path = gone.path;
    const std::uint8_t index = gone.index;
    address_changes_->forgotten.push_back(path.remote);
    has_new_keys = true;
    sender_->forget(gone, now); // from here on it is no more
    const std::uint8_t heir = current().index;
    Transfer& transfer = *transfer_;
    while (const auto asked = transfer.heartbeats.take_to(index)) {
        if (!asked->for_user) continue;
        shared_.events.push_back(HeartbeatResult{.association = id_,
                                                 .path = path,
                                                 .context = asked->context,
                                                 .round_trip = std::nullopt,
                                                 .ancillary = {}});
    }
    transfer.controls.redirect(index, heir);
    if (transfer.reconfiguration) transfer.reconfiguration->slot.moved(index, heir);
    if (address_changes_->exchange) {
        AddressExchange& exchange = *address_changes_->exchange;
        exchange.slot.moved(index, heir);
        if (exchange.destination == index) exchange.destination = heir;
    }
    if (Request* asked = request()) asked->moved(index, heir);
    if (arrived_from_ == index) arrived_from_ = heir;
    shared_.events.push_back(PathChanged{id_, path, PathChanged::State::removed});
}

void Association::prefer(Destination& wanted) {
    if (&sender_->destinations().primary() == &wanted) return;
    sender_->destinations().set_primary(wanted);
    shared_.events.push_back(PathChanged{id_, wanted.path, PathChanged::State::made_primary});
}

/// It has become known that the peer is there.
void Association::prefer_if_asked(Destination& confirmed) {
    if (!address_changes_ || !address_changes_->exchange) return;
    Address& wanted = address_changes_->exchange->primary_wanted;
    if (!wanted.is_same_host(confirmed.path.remote)) return;
    wanted = {};
    prefer(confirmed);
}

} // namespace hawser::sctp
