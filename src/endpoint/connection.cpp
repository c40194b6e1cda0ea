#include <hawser/endpoint/connection.hpp>

#include "endpoint/core.hpp"
#include "endpoint/many.hpp"
#include "endpoint/sctp_link.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace hawser {

namespace detail {

// A handle may go on any thread, also after the endpoint and its executor.

Claim::~Claim() {
    if (association->core().closed()) return;
    boost::asio::post(association->core().executor(), [held = association] { held->abandon(); });
}

StreamClaim::~StreamClaim() {
    const auto& core = claim->association->core();
    if (core.closed()) return;
    boost::asio::post(core.executor(),
                      [held = claim, stream = stream] { held->association->unclaim(stream); });
}

EventClaim::EventClaim(std::shared_ptr<EventQueue> events, ClaimPointer held)
    : queue(std::move(events)),
      core(held->association->core().shared_from_this()),
      connection(std::move(held)) {}

EventClaim::EventClaim(std::shared_ptr<EventQueue> events, std::shared_ptr<ManyClaim> held)
    : queue(std::move(events)), core(held->core), many(std::move(held)) {}

EventClaim::~EventClaim() {
    if (core->closed()) return;
    boost::asio::post(core->executor(), [connection = connection, many = many] {
        if (connection) {
            connection->association->unclaim_events();
        } else if (many->many->events && --many->many->events->claims == 0) {
            many->many->events.reset();
        }
    });
}

boost::asio::any_io_executor executor_of(const Claim& claim) {
    return claim.association->core().executor();
}
boost::asio::any_io_executor executor_of(const StreamClaim& claim) {
    return executor_of(*claim.claim);
}
boost::asio::any_io_executor executor_of(const EventClaim& claim) {
    return claim.core->executor();
}

Result<> send(Claim& claim, Bytes message, const sctp::SendOptions& options) {
    return claim.association->send(message, options);
}
void start_send(Claim& claim, Bytes message, const sctp::SendOptions& options,
                WaitPointer<void> wait) {
    claim.association->send(message, options, std::move(wait));
}
void start_receive(Claim& claim, WaitPointer<Message> wait) {
    claim.association->receive(std::move(wait));
}
std::optional<Message> take(Claim& claim) {
    return claim.association->take();
}
std::optional<Message> take(StreamClaim& claim) {
    return claim.claim->association->take(claim.stream);
}
void start_read(StreamClaim& claim, WaitPointer<Message> wait) {
    claim.claim->association->read(claim.stream, std::move(wait));
}
void start_next_event(EventClaim& claim, WaitPointer<Event> wait) {
    if (!wait->finished()) claim.queue->take(std::move(wait));
}
void start_shutdown(Claim& claim, WaitPointer<void> wait) {
    claim.association->shutdown(std::move(wait));
}
void start_heartbeat(Claim& claim, const std::optional<Address>& remote, const Ancillary& ancillary,
                     WaitPointer<sctp::HeartbeatResult> wait) {
    claim.association->heartbeat(remote, ancillary, std::move(wait));
}

} // namespace detail

OutgoingStream Connection::outgoing(sctp::StreamId stream, sctp::SendOptions defaults) const {
    defaults.stream = stream;
    return {*this, std::move(defaults)};
}

IncomingStream Connection::incoming(sctp::StreamId stream) const {
    claim_->association->claim(stream);
    return IncomingStream{std::make_shared<detail::StreamClaim>(claim_, stream)}.within(within_);
}

EventStream Connection::events() const {
    auto queue = claim_->association->claim_events();
    return EventStream{std::make_shared<detail::EventClaim>(std::move(queue), claim_)}.within(
        within_);
}

Result<> Connection::abort(Bytes reason) const {
    return claim_->association->abort(reason);
}

Result<> Connection::set_scheduler(sctp::StreamScheduler scheduler) const {
    return claim_->association->set_scheduler(scheduler);
}
Result<> Connection::set_stream_value(sctp::StreamId stream, std::uint16_t value) const {
    return claim_->association->set_stream_value(stream, value);
}

Result<std::vector<std::byte>> Connection::export_state(const StateKey& key,
                                                        Duration valid_for) const {
    return claim_->association->export_state(key, valid_for);
}

Result<sctp::Status> Connection::status() const {
    detail::Core& core = claim_->association->core();
    if (core.closed()) return fail(Errc::closed, detail::kEndpointEnded);
    if (auto status = core.stack().status(id())) return *status;
    return fail(Errc::closed, "the association has ended");
}

Result<std::vector<sctp::PathStatus>> Connection::paths() const {
    return claim_->association->paths();
}

Result<> Connection::set_primary(const Address& remote) const {
    return claim_->association->set_primary(remote);
}

Result<> Connection::set_path_options(const Address& remote,
                                      const sctp::PathOptions& options) const {
    return claim_->association->set_path_options(remote, options);
}

std::optional<sctp::CloseReason> Connection::close_reason() const {
    const detail::SctpLink& association = *claim_->association;
    return association.exported ? std::nullopt : association.closed;
}

sctp::AssociationId Connection::id() const {
    return claim_->association->id();
}
Path Connection::path() const {
    return claim_->association->current_path();
}
std::uint16_t Connection::local_port() const {
    return claim_->association->local_port;
}
std::uint16_t Connection::remote_port() const {
    return claim_->association->remote_port;
}
std::uint16_t Connection::outbound_streams() const {
    return claim_->association->outbound_streams;
}
std::uint16_t Connection::inbound_streams() const {
    return claim_->association->inbound_streams;
}

std::optional<Message> IncomingStream::take() const {
    return detail::take(*claim_);
}
sctp::StreamId IncomingStream::id() const {
    return claim_->stream;
}

} // namespace hawser
