#include <hawser/dtls/endpoint.hpp>

#include "dtls/connections.hpp"

#include <utility>

namespace hawser::dtls {

Endpoint::Endpoint(const EndpointOptions& options, Environment environment, Instant now)
    : connections_{std::make_unique<Connections>(options, environment, now)} {}
Endpoint::~Endpoint() = default;

Result<> Endpoint::listen(const Options& options) {
    return connections_->listen(options);
}

void Endpoint::stop_listening() {
    connections_->stop_listening();
}

Result<ConnectionHandle> Endpoint::connect(const Path& path, const Options& options, Instant now) {
    return connections_->connect(path, options, now);
}

Result<> Endpoint::write(ConnectionHandle connection, Bytes payload, const Ancillary& ancillary,
                         Instant now) {
    return connections_->on(connection, now, [&](Connection& c, const Call& call) {
        return c.write(payload, ancillary, call);
    });
}

Result<> Endpoint::close(ConnectionHandle connection, Instant now) {
    return connections_->on(connection, now,
                            [](Connection& c, const Call& call) { return c.close(call); });
}

Result<> Endpoint::update_keys(ConnectionHandle connection, bool both, Instant now) {
    return connections_->on(connection, now, [both](Connection& c, const Call& call) {
        return c.update_keys(both, call);
    });
}

Result<> Endpoint::renegotiate(ConnectionHandle connection, Instant now) {
    return connections_->on(connection, now,
                            [](Connection& c, const Call& call) { return c.renegotiate(call); });
}

Result<> Endpoint::replace_connection_id(ConnectionHandle connection, Instant now) {
    return connections_->on(connection, now, [](Connection& c, const Call& call) {
        return c.replace_connection_id(call);
    });
}

Result<> Endpoint::use_next_connection_id(ConnectionHandle connection, Instant now) {
    return connections_->on(connection, now, [](Connection& c, const Call& call) {
        return c.use_next_connection_id(call);
    });
}

Result<> Endpoint::export_keys(ConnectionHandle connection, std::string_view label, Bytes context,
                               MutableBytes out) const {
    const Connection* const found = connections_->find(connection);
    if (found == nullptr) return fail(Errc::not_found, "there is no such connection");
    return found->export_keys(label, context, out);
}

Result<std::vector<std::byte>> Endpoint::export_state(ConnectionHandle connection) {
    return connections_->on(connection, Instant{} /* nothing is sent */,
                            [](Connection& c, const Call&) {
                                auto state = c.export_state();
                                if (state) c.forget();
                                return state;
                            });
}

Result<ConnectionHandle> Endpoint::import_state(Bytes state, const Path& path,
                                                const Options& options, Instant now) {
    return connections_->import_state(state, path, options, now);
}

std::size_t Endpoint::connection_count() const {
    return connections_->size();
}

const Counters& Endpoint::counters() const {
    return connections_->services().counters;
}

std::size_t Endpoint::payload_bytes_max(ConnectionHandle connection,
                                        std::size_t datagram_bytes) const {
    const Connection* const found = connections_->find(connection);
    return found == nullptr ? 0 : found->payload_bytes_max(datagram_bytes);
}

void Endpoint::set_tap(Tap* tap) {
    connections_->services().tap = tap;
}

PacketId Endpoint::take_packet_ids(std::size_t count) {
    return connections_->services().outgoing.take_ids(count);
}

PacketId Endpoint::next_packet_id() const {
    return connections_->services().outgoing.next_id();
}

Overhead Endpoint::overhead(ConnectionHandle connection) const {
    const Connection* const found = connections_->find(connection);
    return found == nullptr ? Overhead{} : found->overhead();
}

Result<Transmit> Endpoint::seal(ConnectionHandle connection, Transmit&& clear, Instant now) {
    return connections_->on(connection, now, [&](Connection& c, const Call& call) {
        return c.seal(std::move(clear), call);
    });
}

std::span<const OpenedRecord> Endpoint::open(Datagram& datagram, Instant now, Verdict& verdict) {
    verdict = connections_->receive(datagram, now, false);
    return connections_->services().opened;
}

Verdict Endpoint::receive(Datagram& datagram, Instant now) {
    return connections_->receive(datagram, now, true);
}

void Endpoint::path_event(const PathEvent& event, Instant now) {
    connections_->path_event(event, now);
}

void Endpoint::advance(Instant now) {
    connections_->advance(now);
}

std::optional<Transmit> Endpoint::poll_transmit(Instant, const Framing& framing) {
    return connections_->services().outgoing.pop(framing);
}

std::optional<Event> Endpoint::poll_event() {
    return connections_->services().events.pop();
}

bool Endpoint::has_events() const {
    return !connections_->services().events.empty();
}

Instant Endpoint::deadline() const {
    return connections_->services().timers.deadline();
}

} // namespace hawser::dtls
