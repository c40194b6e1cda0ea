// What the engine says about an association, and whom that concerns.
#include "endpoint/core.hpp"
#include "endpoint/many.hpp"
#include "endpoint/sctp_link.hpp"

#include <utility>

namespace hawser::detail {

void SctpLink::give(Event event) {
    EventQueue* queue = many ? many->events.get() : events_.get();
    if (queue != nullptr) queue->give(std::move(event));
}

void SctpLink::on(sctp::Connected&& event) {
    path = event.path;
    local_port = event.local_port;
    remote_port = event.remote_port;
    outbound_streams = event.outbound_streams;
    inbound_streams = event.inbound_streams;
    give(std::move(event));
    if (auto told = std::exchange(outcome, nullptr)) told(std::nullopt);
}

void SctpLink::on(sctp::Message&& event) {
    deliver(inbox_of(event.stream), std::move(event));
}

void SctpLink::on(sctp::SendFailed&& event) {
    give(SendFailed{.association = id(),
                    .stream = event.stream,
                    .ppid = event.ppid,
                    .context = event.context,
                    .why = event.why,
                    .sent = event.sent,
                    .os_errno = event.os_errno,
                    .payload = core_->payload(std::move(event.payload))});
    resume_senders(); // it left its place in the send queue
}

void SctpLink::on(sctp::SendQueueLow&& event) {
    give(std::move(event));
    resume_senders();
}

void SctpLink::on(sctp::SenderDry&& event) {
    give(std::move(event));
    resume_senders();
}

void SctpLink::on(sctp::Restarted&& event) {
    outbound_streams = event.outbound_streams;
    inbound_streams = event.inbound_streams;
    give(std::move(event));
    resume_senders();
}

void SctpLink::on(sctp::PeerShutdown&& event) {
    give(std::move(event));
    resume_senders(); // they are too late, and hear it now
}

void SctpLink::on(sctp::PeerError&& event) {
    give(PeerError{.association = id(),
                   .cause = event.cause,
                   .information = core_->payload(std::move(event.information))});
}

void SctpLink::on(sctp::PathChanged&& event) {
    current_path(); // another one, perhaps
    give(std::move(event));
}

void SctpLink::on(sctp::HeartbeatResult&& event) {
    const auto found = heartbeats_.find(event.context);
    if (found == heartbeats_.end()) {
        give(std::move(event));
        return;
    }
    const WaitPointer<sctp::HeartbeatResult> wait = std::move(found->second);
    heartbeats_.erase(found);
    if (event.round_trip) {
        wait->finish(std::move(event));
    } else {
        wait->finish(fail(Errc::timed_out, "no answer to the heartbeat"));
    }
}

void SctpLink::on(sctp::StreamsReset&& event) {
    give(std::move(event));
}

void SctpLink::on(sctp::StreamsAdded&& event) {
    outbound_streams = event.outbound_streams;
    inbound_streams = event.inbound_streams;
    give(std::move(event));
}

void SctpLink::on(sctp::AssociationReset&& event) {
    give(std::move(event));
}

void SctpLink::on(sctp::AuthenticationChanged&& event) {
    give(std::move(event));
}

void SctpLink::on(sctp::LocalAddressChanged&& event) {
    give(std::move(event));
}

void SctpLink::on(sctp::Closed&& event) {
    closed = event.reason;
    closed_errno = event.os_errno;
    const Error error = unsealed.value_or(ended(event.reason));
    Closed said{.association = id(),
                .reason = event.reason,
                .cause = event.cause,
                .os_errno = event.os_errno,
                .information = core_->payload(std::move(event.information))};
    const auto& on_not_opened = core_->options().on_not_opened;
    if (outcome && on_not_opened) on_not_opened(said);
    if (many || events_) {
        give(std::move(said));
    } else {
        last_event_ = std::move(said); // for whoever asks for events later
    }
    if (events_) events_->end(error);
    fail_waits(error);
    if (event.reason == sctp::CloseReason::shutdown) {
        while (const auto wait = shutdowns_.next())
            wait->finish({});
    } else {
        shutdowns_.fail_all(error);
    }
    if (auto told = std::exchange(outcome, nullptr)) told(event.reason);
}

} // namespace hawser::detail
