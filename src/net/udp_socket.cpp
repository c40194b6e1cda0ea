#include <hawser/net/udp_socket.hpp>

#include "net/udp_state.hpp"

namespace hawser::net {

UdpCounters& UdpCounters::operator+=(const UdpCounters& other) {
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

UdpSocket::UdpSocket(std::unique_ptr<State> state) : state_{std::move(state)} {}
UdpSocket::UdpSocket(UdpSocket&&) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&&) noexcept = default;
UdpSocket::~UdpSocket() = default;

int UdpSocket::fd() const {
    return state_->fd.get();
}
const Address& UdpSocket::local_address() const {
    return state_->local;
}
const Capabilities& UdpSocket::capabilities() const {
    return state_->capabilities;
}
const UdpCounters& UdpSocket::counters() const {
    return state_->counters;
}
bool UdpSocket::errors_pending() const {
    return state_->errors_pending;
}

const Ancillary& UdpSocket::defaults(Family family) const {
    return family == Family::ipv4 ? state_->defaults_ipv4 : state_->defaults_ipv6;
}

Result<> UdpSocket::connect(const Address& peer) {
    return state_->connect_to(peer);
}

Result<> UdpSocket::check(const Ancillary& ancillary, const Path& path) const {
    return check_send(ancillary, path, state_->facts());
}

SendOutcome UdpSocket::send(std::span<const Transmit> batch, std::size_t first_segment) {
    return state_->send(batch, {.item = 0, .segment = first_segment});
}

std::size_t UdpSocket::receive(ReceiveBatch& batch) {
    ReceiveStorage& storage = *batch.storage_;
    const std::size_t wanted = storage.wanted;
    batch.count_ = state_->receive(storage);
    batch.full_ = batch.count_ == wanted;
    return batch.count_;
}

} // namespace hawser::net
