#include <hawser/net/socket.hpp>

#include "net/socket_state.hpp"

namespace hawser::net {

SocketCounters& SocketCounters::operator+=(const SocketCounters& other) {
    send_calls += other.send_calls;
    receive_calls += other.receive_calls;
    sent += other.sent;
    received += other.received;
    sent_bytes += other.sent_bytes;
    received_bytes += other.received_bytes;
    refused += other.refused;
    blocked += other.blocked;
    truncated += other.truncated;
    control_truncated += other.control_truncated;
    gso_fallbacks += other.gso_fallbacks;
    errors_ignored += other.errors_ignored;
    dropped_by_kernel += other.dropped_by_kernel;
    return *this;
}

Socket::Socket(std::unique_ptr<State> state) : state_{std::move(state)} {}
Socket::Socket(Socket&&) noexcept = default;
Socket& Socket::operator=(Socket&&) noexcept = default;
Socket::~Socket() = default;

int Socket::fd() const {
    return state_->fd.get();
}
Protocol Socket::protocol() const {
    return state_->protocol;
}
const Address& Socket::local_address() const {
    return state_->local;
}
const Capabilities& Socket::capabilities() const {
    return state_->capabilities;
}
const SocketCounters& Socket::counters() const {
    return state_->counters;
}
bool Socket::errors_pending() const {
    return state_->errors_pending;
}

const Ancillary& Socket::defaults(Family family) const {
    return family == Family::ipv4 ? state_->defaults_ipv4 : state_->defaults_ipv6;
}

Result<> Socket::connect(const Address& peer) {
    return state_->connect_to(peer);
}

Result<> Socket::hear(std::span<const std::uint16_t> sctp_ports) {
    return state_->hear(sctp_ports);
}

Result<> Socket::check(const Ancillary& ancillary, const Path& path) const {
    return check_send(ancillary, path, state_->facts());
}

SendOutcome Socket::send(std::span<const Transmit> batch, std::size_t first_segment) {
    return state_->send(batch, {.item = 0, .segment = first_segment});
}

std::size_t Socket::receive(ReceiveBatch& batch) {
    ReceiveStorage& storage = *batch.storage_;
    const std::size_t wanted = storage.wanted;
    batch.count_ = state_->receive(storage);
    batch.full_ = batch.count_ == wanted;
    return batch.count_;
}

} // namespace hawser::net
