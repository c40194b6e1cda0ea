// The four-way handshake, as the one who began it: RFC 9260 §5.1.
#include "sctp/association/association.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

void Association::connect(std::uint32_t retransmissions_max) {
    auto attempts = std::make_unique<Attempts>();
    attempts->retransmissions_max = retransmissions_max;
    attempts->rto = shared_.options.rto_initial;
    state_ = CookieWait{.attempts = std::move(attempts), .init = {}};
}

/// T1-init or T1-cookie: RFC 9260 §5.1.
void Association::retry_handshake() {
    Attempts& tried = *attempts();
    if (++tried.retransmissions > tried.retransmissions_max) return close(CloseReason::timed_out);
    tried.rto = std::min(tried.rto * 2, shared_.options.rto_max);
    if (auto* echoed = in<CookieEchoed>()) echoed->with_data = false;
    request()->ask_again();
}

/// Both ends know each other from here on.
void Association::meet(const Negotiated& negotiated) {
    const Unread before = unread(); // which a restart does not take from the application
    transfer_ = std::make_unique<Transfer>(shared_, id_, negotiated);
    transfer_->receiver.carry(before);
    sender_->agree({.peer_window_bytes = negotiated.peer_window_bytes,
                    .interleaving = negotiated.interleaving,
                    .forward_tsn = negotiated.forward_tsn});
    refuse_streams_beyond(); // before the first DATA, which may ride on the COOKIE ECHO
}

void Association::accept(const Cookie& cookie, Instant now) {
    meet(Negotiated::of(cookie));
    transfer_->cookie_ack_due = true;
    established(now, true);
}

void Association::established(Instant now, bool initiated_by_peer) {
    const bool shutdown_wanted = attempts() != nullptr && attempts()->shutdown_wanted;
    state_ = Established{};
    sender_->restart_timers(now);
    shared_.events.push_back(Connected{.association = id_,
                                       .path = destination().path,
                                       .local_port = key_.local_port,
                                       .remote_port = key_.remote_port,
                                       .outbound_streams = transfer_->negotiated.outbound_streams,
                                       .inbound_streams = transfer_->negotiated.inbound_streams,
                                       .initiated_by_peer = initiated_by_peer});
    schedule_heartbeat(now);
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
