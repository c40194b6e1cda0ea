// The four-way handshake, as the one who began it: RFC 9260 §5.1.
#include "sctp/association/association.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

void Association::connect(const ConnectOptions& options, Instant now) {
    auto attempts = std::make_unique<Attempts>();
    attempts->retransmissions_max = options.init_retransmissions_max;
    const Path first = current().path;
    if (options.paths != PathOptions{})
        current().have_options(options.paths, OwnOptions::Whose::association, shared_.options);
    for (const Address& host : options.remote_addresses) { // ours says that they are the peer's
        const Address remote = remote_beside(first, host);
        if (destinations().find(remote) != nullptr) continue;
        const Address local = source_to(remote, first.local);
        sender_->destinations()
            .add({first.protocol, local, remote}, shared_.options, now)
            .confirmed = true;
    }
    attempts->rto = current().rto_limits(shared_.options).initial;
    state_ = CookieWait{.attempts = std::move(attempts), .init = {}};
}

/// T1-init or T1-cookie: RFC 9260 §5.1.
void Association::retry_handshake(Instant now) {
    Attempts& tried = *attempts();
    if (++tried.retransmissions > tried.retransmissions_max) return close(CloseReason::timed_out);
    tried.rto = std::min(tried.rto * 2, current().rto_limits(shared_.options).most);
    if (auto* echoed = in<CookieEchoed>()) echoed->with_data = false;
    request()->ask_again();
    Destination& silent = sender_->destinations()[request()->destination()];
    ++silent.errors;
    if (silent.reach == Reach::active) silent.reach = Reach::potentially_failed;
    try_another_source(silent);
    sender_->reroute(now);
}

/// The network says that nobody is there: of several addresses of a peer that has not answered yet.
void Association::try_elsewhere(Destination& gone, int os_errno) {
    gone.reach = Reach::inactive;
    if (!destinations().any_reachable())
        return close(CloseReason::unreachable, std::nullopt, {}, os_errno);
    if (sender_->destinations().choose()) request()->ask_again();
}

/// Both ends know each other from here on.
void Association::meet(const Negotiated& negotiated,
                       const std::optional<AuthenticationOffer>& offer) {
    if (address_changes_) address_changes_->exchange.reset();
    const Unread before = unread(); // which a restart does not take from the application
    transfer_ = std::make_unique<Transfer>(shared_, id_, negotiated);
    transfer_->receiver.carry(before);
    agree_on_authentication(offer);
    ecn_ = negotiated.ecn ? std::make_unique<EcnState>() : nullptr;
    agree_with_sender();
    refuse_streams_beyond(); // before the first DATA, which may ride on the COOKIE ECHO
}

void Association::agree_with_sender() {
    const Negotiated& negotiated = transfer_->negotiated;
    sender_->agree(
        {.peer_window_bytes = negotiated.peer_window_bytes,
         .interleaving = negotiated.interleaving,
         .forward_tsn = negotiated.forward_tsn,
         .auth_bytes = auth_bytes(negotiated.interleaving ? wire::sctp::ChunkType::i_data
                                                          : wire::sctp::ChunkType::data)});
}

void Association::meet(const Cookie& cookie, Instant now) {
    meet(Negotiated::of(cookie), cookie.authentication);
    learn_addresses(cookie.peer_addresses, now);
}

/// What the peer calls its own, the first of which speaks for the others: RFC 9260 §5.1.2 and §5.4.
void Association::learn_addresses(const AddressList& addresses, Instant now) {
    Destinations& known = sender_->destinations();
    const Path& path = current().path;
    for (const Address& host : addresses) {
        if (known.find(host) != nullptr) continue;
        const Address remote = host.with_port(path.remote.port());
        const Address local = source_to(remote, path.local);
        known.add({path.protocol, local, remote}, shared_.options, now);
    }
}

void Association::accept(const Cookie& cookie, Instant now) {
    meet(cookie, now);
    transfer_->cookie_ack_due = true;
    established(now, true);
}

void Association::established(Instant now, bool initiated_by_peer) {
    const bool shutdown_wanted = attempts() != nullptr && attempts()->shutdown_wanted;
    state_ = Established{};
    for (Destination* destination : destinations()) {
        destination->reach = Reach::active;
        destination->errors = 0;
    }
    sender_->reroute(now);
    sender_->restart_timers(now);
    shared_.events.push_back(Connected{.association = id_,
                                       .path = current().path,
                                       .local_port = ports_.local,
                                       .remote_port = ports_.remote,
                                       .outbound_streams = transfer_->negotiated.outbound_streams,
                                       .inbound_streams = transfer_->negotiated.inbound_streams,
                                       .initiated_by_peer = initiated_by_peer});
    report_authentication();
    schedule_heartbeats(now);
    settle_addresses();
    if (shutdown_wanted) (void)shutdown(now); // which cannot fail while established
}

/// What was queued before the peer said how many streams it takes.
void Association::refuse_streams_beyond() {
    const std::uint16_t streams = transfer_->negotiated.outbound_streams;
    if (streams >= wanted_.outbound) return;
    sender_->take_streams_from(streams, [this](OutgoingMessage* message) {
        report_failed(message, SendFailed::Why::no_such_stream);
    });
}

} // namespace hawser::sctp
