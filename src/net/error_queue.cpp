// The error queue: what ICMP said of datagrams that have left, and what the kernel said of those
// that were too big to leave.
#include "net/socket_state.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <time.h> // before <linux/errqueue.h>, which wants timespec

#include <linux/errqueue.h>

namespace hawser::net {
namespace {

std::optional<sock_extended_err> find_error(const Ancillary& ancillary) {
    for (const ControlMessage& message : ancillary.extra) {
        const bool is_error = (message.level == IPPROTO_IP && message.type == IP_RECVERR) ||
                              (message.level == IPPROTO_IPV6 && message.type == IPV6_RECVERR);
        if (!is_error || message.data.size() < sizeof(sock_extended_err)) continue;
        sock_extended_err error;
        std::memcpy(&error, message.data.data(), sizeof error);
        return error;
    }
    return std::nullopt;
}

/// Time exceeded, a parameter problem and the like say nothing of whether the path works: a message
/// may carry a small hop limit on purpose.
bool says_unreachable(const sock_extended_err& error) {
    return (error.ee_origin == SO_EE_ORIGIN_ICMP && error.ee_type == ICMP_DEST_UNREACH) ||
           (error.ee_origin == SO_EE_ORIGIN_ICMP6 && error.ee_type == ICMP6_DST_UNREACH);
}

/// How IPv6 says that a host has nobody for a protocol: RFC 4443 §3.4.
bool says_no_protocol(const sock_extended_err& error) {
    return error.ee_origin == SO_EE_ORIGIN_ICMP6 && error.ee_type == ICMP6_PARAM_PROB &&
           error.ee_code == ICMP6_PARAMPROB_NEXTHEADER;
}

std::optional<PathEvent> to_event(const sock_extended_err& error, const Path& path) {
    const bool about_path = error.ee_origin == SO_EE_ORIGIN_LOCAL ||
                            error.ee_origin == SO_EE_ORIGIN_ICMP ||
                            error.ee_origin == SO_EE_ORIGIN_ICMP6;
    if (about_path && error.ee_errno == EMSGSIZE) {
        return PathEvent::too_big(path, error.ee_info);
    }
    if (says_no_protocol(error)) return PathEvent::unreachable(path, ENOPROTOOPT);
    if (!says_unreachable(error)) return std::nullopt;
    return PathEvent::unreachable(path, static_cast<int>(error.ee_errno));
}

/// Every datagram of a burst may have brought the same answer.
bool says_the_same(const PathEvent& a, const PathEvent& b) {
    return a.kind == b.kind && a.os_errno == b.os_errno && a.mtu_bytes == b.mtu_bytes &&
           a.path == b.path && std::ranges::equal(a.quote.view(), b.quote.view());
}

/// What the kernel says of packets that never left quotes nothing.
Quote quote_of(const sock_extended_err& error, Bytes quoted) {
    Quote quote;
    if (error.ee_origin == SO_EE_ORIGIN_LOCAL) return quote;
    const Bytes some = quoted.first(std::min(quoted.size(), Quote::kBytesMax));
    std::ranges::copy(some, quote.bytes.begin());
    quote.size = static_cast<std::uint8_t>(some.size());
    return quote;
}

} // namespace

/// Takes one entry; false when the queue is empty.
bool Socket::State::read_error(std::vector<PathEvent>& events) {
    std::array<std::byte, 64> quoted; // of the datagram that was sent
    ControlBuffer control;
    SocketAddress name;
    iovec piece{.iov_base = quoted.data(), .iov_len = quoted.size()};
    msghdr header{};
    header.msg_name = &name;
    header.msg_namelen = sizeof name;
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes;
    header.msg_controllen = kControlBytes;
    ssize_t got = 0;
    while ((got = recvmsg(fd.get(), &header, MSG_ERRQUEUE | MSG_DONTWAIT)) < 0) {
        if (errno != EINTR) return false;
    }
    Ancillary ancillary;
    const ControlFacts facts_of = decode_control(header, ancillary);
    const auto error = find_error(ancillary);
    const auto remote = net::decode(&name.header, header.msg_namelen);
    if (!error || !remote) {
        ++counters.errors_ignored;
        return true;
    }
    if (auto event = to_event(*error, path_of(*remote, facts_of))) {
        event->quote = quote_of(*error, Bytes{quoted}.first(static_cast<std::size_t>(got)));
        if (events.empty() || !says_the_same(events.back(), *event)) events.push_back(*event);
    } else {
        ++counters.errors_ignored;
    }
    return true;
}

Path Socket::State::path_of(const Address& remote, const ControlFacts& facts_of) const {
    // Of a datagram that was too big to leave, the kernel has kept the host alone.
    if (remote.port() == 0 && remote.host() == too_big.remote.host()) return too_big;
    // The ICMP packet came to the address that the offending datagram had left from.
    return {.protocol = protocol,
            .local = facts_of.local ? facts_of.local->with_port(local.port()) : local,
            .remote = remote};
}

void Socket::read_errors(std::vector<PathEvent>& events) {
    for (std::size_t i = 0; i < kErrorsPerRead; ++i) {
        if (state_->read_error(events)) continue;
        state_->errors_pending = false;
        return;
    }
}

} // namespace hawser::net
