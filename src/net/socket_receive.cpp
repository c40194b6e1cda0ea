// Receiving: batches, and what travelled beside each datagram.
#include "net/socket_state.hpp"

#include <algorithm>
#include <cerrno>

namespace hawser::net {
namespace {

/// Errors of earlier datagrams that one receive passes over.
constexpr int kBelatedErrors = 8;
/// What one call may bring before the next asks for less: half of a small second-level cache.
constexpr std::size_t kCachedBytes = std::size_t{256} * 1024;
constexpr std::size_t kMessagesOfTrains = 4;

/// A raw IPv4 socket is given the IP header, too (RFC 791 §3.1); nothing is left of what is none.
MutableBytes without_header(MutableBytes packet) {
    constexpr std::size_t kHeaderBytesLeast = 20;
    if (packet.size() < kHeaderBytesLeast) return {};
    const auto octet = [&](std::size_t at) { return std::to_integer<std::size_t>(packet[at]); };
    const std::size_t header = (octet(0) & 0x0f) * 4;
    const std::size_t total = octet(2) << 8 | octet(3);
    if (octet(0) >> 4 != 4 || header < kHeaderBytesLeast || total < header ||
        total > packet.size()) {
        return {};
    }
    return packet.subspan(header, total - header);
}

} // namespace

std::size_t Socket::State::receive(ReceiveStorage& storage) {
    for (int failures = 0; failures < kBelatedErrors;) {
        ++counters.receive_calls;
        const int got = recvmmsg(fd.get(), storage.headers.data(),
                                 static_cast<unsigned>(storage.wanted), MSG_DONTWAIT, nullptr);
        if (got >= 0) {
            const auto count = static_cast<std::size_t>(got);
            std::size_t bytes = 0;
            for (std::size_t i = 0; i < count; ++i) {
                decode(storage, i);
                bytes += storage.messages[i].payload.size();
            }
            storage.prepare(count);
            counters.received_bytes += bytes;
            storage.wanted = bytes > kCachedBytes
                                 ? std::min(kMessagesOfTrains, storage.headers.size())
                                 : storage.headers.size();
            return count;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
        if (errno == EINTR) continue;
        errors_pending = true; // of a datagram that was sent: the queue says which
        ++failures;
    }
    return 0;
}

void Socket::State::decode(ReceiveStorage& storage, std::size_t index) {
    msghdr& header = storage.headers[index].msg_hdr;
    Received& message = storage.messages[index];
    message.ancillary = {};
    const ControlFacts facts_of = decode_control(header, message.ancillary);

    message.path.protocol = protocol;
    message.path.local = facts_of.local ? facts_of.local->with_port(local.port()) : local;
    const auto remote = net::decode(&storage.names[index].header, header.msg_namelen);
    message.path.remote = remote.value_or(Address{});
    message.payload = {static_cast<std::byte*>(storage.pieces[index].iov_base),
                       storage.headers[index].msg_len};
    if (protocol == Protocol::ip && family == Family::ipv4)
        message.payload = without_header(message.payload);
    message.segment_bytes = facts_of.segment_bytes;
    message.truncated = (header.msg_flags & MSG_TRUNC) != 0;
    if ((header.msg_flags & MSG_CTRUNC) != 0) {
        ++counters.control_truncated;
        // What was cut off may have been the size by which the train is to be split.
        message.truncated = message.truncated || (capabilities.gro && message.segment_bytes == 0);
    }
    counters.truncated += message.truncated;
    counters.received += message.segment_count();
    if (facts_of.drops) { // a counter of 32 bits that wraps
        counters.dropped_by_kernel += *facts_of.drops - drops_seen;
        drops_seen = *facts_of.drops;
    }
}

} // namespace hawser::net
