// Sending: batches, trains, and what to do when the kernel refuses.
#include "net/socket_state.hpp"

#include <algorithm>
#include <cerrno>

namespace hawser::net {
namespace {

/// Errors that may belong to an earlier datagram: ICMP brought them, and the next call of the
/// socket, whichever it is, is told.
bool may_be_belated(int error) {
    switch (error) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case EPROTO:
    case EOPNOTSUPP:
    case EACCES:
    case EMSGSIZE: return true;
    default: return false;
    }
}

/// Errors by which a kernel or a network card says that it cannot cut this train.
bool may_be_train(int error) {
    return error == EIO || error == EINVAL || error == EMSGSIZE;
}

bool is_full(int error) {
    return error == EAGAIN || error == EWOULDBLOCK;
}

/// Calls that may fail for the sake of earlier datagrams before we believe it is about this one.
constexpr int kBelatedErrors = 3;

std::size_t datagrams_between(std::span<const Transmit> batch, Cursor from, Cursor to) {
    std::size_t count = 0;
    for (std::size_t item = from.item; item < to.item; ++item)
        count += batch[item].segment_count();
    return count + to.segment - from.segment;
}

} // namespace

SendOutcome Socket::State::send(std::span<const Transmit> batch, Cursor at) {
    refused.clear();
    std::size_t checked = at.item;
    bool blocked = false;
    while (at.item < batch.size() && !blocked) {
        int error = 0;
        for (; checked < batch.size() && error == 0; checked += error == 0) {
            const auto ok = check_send(batch[checked].ancillary, batch[checked].path, facts());
            if (!ok) error = ok.error().os_errno;
        }
        if (checked == at.item) {
            at = refuse(batch, at, {.item = at.item + 1, .segment = 0}, error);
            checked = at.item;
            continue;
        }
        plan->build(batch.first(checked), at,
                    {.socket_family = family,
                     .bound = local,
                     .peer = peer,
                     .defaults_ipv4 = defaults_ipv4,
                     .defaults_ipv6 = defaults_ipv6,
                     .trains = capabilities.gso && piecewise == 0});
        allow_fragments(plan->may_fragment());
        const int sent = call(plan->headers());
        for (int i = 0; i < sent; ++i) {
            const SendPlan::Message& message = plan->message(static_cast<std::size_t>(i));
            counters.sent += message.datagrams;
            counters.sent_bytes += message.bytes;
            count_piecewise(message.datagrams, false);
            at = message.end;
        }
        if (sent < 0 && is_full(-sent)) blocked = true;
        if (sent < 0 && !blocked) at = overcome(batch, plan->message(0), -sent);
    }
    counters.blocked += blocked;
    return {.taken = at.item, .segments = at.segment, .blocked = blocked, .refused = refused};
}

int Socket::State::call(std::span<mmsghdr> headers) {
    for (int failures = 0;;) {
        ++counters.send_calls;
        const int sent =
            sendmmsg(fd.get(), headers.data(), static_cast<unsigned>(headers.size()), MSG_DONTWAIT);
        if (sent >= 0) return sent;
        const int error = errno;
        if (error == EINTR) continue;
        if (is_full(error)) return -error;
        errors_pending = true;
        if (!may_be_belated(error) || ++failures == kBelatedErrors) return -error;
    }
}

/// Goes on after a message that the kernel has refused, or before it when it was a train whose
/// datagrams may pass one by one.
Cursor Socket::State::overcome(std::span<const Transmit> batch, const SendPlan::Message& message,
                               int error) {
    if (message.datagrams > 1 && may_be_train(error)) {
        if (error == EIO) capabilities.gso = false;
        ++counters.gso_fallbacks;
        piecewise = message.datagrams;
        piecewise_refusal = false;
        return message.begin;
    }
    count_piecewise(message.datagrams, true);
    return refuse(batch, message.begin, message.end, error);
}

/// A train that failed while each of its datagrams passed was refused for being a train: trains are
/// off from now on. Had a datagram been refused too, it would have been something else.
void Socket::State::count_piecewise(std::size_t datagrams, bool refusal) {
    if (piecewise == 0) return;
    piecewise -= std::min(piecewise, datagrams);
    piecewise_refusal = piecewise_refusal || refusal;
    if (piecewise == 0 && !piecewise_refusal) capabilities.gso = false;
}

Cursor Socket::State::refuse(std::span<const Transmit> batch, Cursor from, Cursor to, int error) {
    counters.refused += datagrams_between(batch, from, to);
    if (error == EMSGSIZE) too_big = batch[from.item].path;
    while (from != to) {
        const std::size_t last =
            from.item < to.item ? batch[from.item].segment_count() : to.segment;
        Refusal* previous = refused.empty() ? nullptr : &refused.back();
        if (previous != nullptr && previous->index == from.item && previous->os_errno == error &&
            previous->first_segment + previous->segment_count == from.segment) {
            previous->segment_count += last - from.segment;
        } else {
            refused.push_back({.index = from.item,
                               .first_segment = from.segment,
                               .segment_count = last - from.segment,
                               .os_errno = error});
        }
        from = from.item < to.item ? Cursor{.item = from.item + 1, .segment = 0} : to;
    }
    return to;
}

/// IPv4 has no control message for DF, and on IPv6 one can only forbid fragments: the socket's own
/// mode is changed around the sends that want the other.
void Socket::State::allow_fragments(bool allowed) {
    if (allowed == fragments_allowed) return;
    if (family == Family::ipv6) {
        set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, allowed ? IPV6_PMTUDISC_DONT : IPV6_PMTUDISC_PROBE);
    }
    if (capabilities.sends_ipv4) {
        set(IPPROTO_IP, IP_MTU_DISCOVER, allowed ? IP_PMTUDISC_DONT : IP_PMTUDISC_PROBE);
    }
    fragments_allowed = allowed;
}

} // namespace hawser::net
