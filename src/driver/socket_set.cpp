#include <hawser/driver/socket_set.hpp>

#include <cerrno>
#include <utility>

namespace hawser {
namespace {

bool serves(const net::Socket& socket, const Path& path) {
    const std::uint16_t port = path.local.port();
    return socket.capabilities().sends(path.remote.family()) &&
           (port == 0 || port == socket.local_address().port());
}

} // namespace

SocketSet::SocketSet(std::vector<net::Socket> sockets) : sockets_{std::move(sockets)} {
    batch_.reserve(kBatchTransmits);
    update_interests();
}

void SocketSet::add(net::Socket socket) {
    // Deaf to ports that it cannot be told of, it is no worse than not there.
    if (socket.protocol() == Protocol::ip) static_cast<void>(socket.hear(heard_ports_));
    sockets_.push_back(std::move(socket));
    update_interests();
}

Result<> SocketSet::hear(std::vector<std::uint16_t> sctp_ports) {
    heard_ports_ = std::move(sctp_ports);
    for (net::Socket& socket : sockets_) {
        if (socket.protocol() != Protocol::ip) continue;
        if (auto heard = socket.hear(heard_ports_); !heard) return heard;
    }
    return {};
}

Result<> SocketSet::connect(const Address& peer) {
    Result<> connected = fail(Errc::invalid_argument, "connect: no socket serves this family");
    for (net::Socket& socket : sockets_) {
        if (!socket.capabilities().sends(peer.family())) continue;
        connected = socket.connect(peer);
        if (!connected) break;
    }
    return connected;
}

Framing SocketSet::framing() const {
    return {.headroom = 0,
            .tailroom = 0,
            .segment_bytes_max = kDatagramBytesMax,
            .train_segments_max = kTrainSegmentsMax, // without GSO the socket cuts them
            .train_bytes_max = kDatagramBytesMax};
}

Result<> SocketSet::check(const Ancillary& ancillary, const Path& path) const {
    const auto socket = socket_for(path);
    if (!socket) return fail(Errc::invalid_argument, "path: no socket serves it", EADDRNOTAVAIL);
    return sockets_[*socket].check(ancillary, path);
}

/// The socket that is bound to the very address, else one that takes any.
std::optional<std::size_t> SocketSet::socket_for(const Path& path) const {
    std::optional<std::size_t> any;
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
        if (!serves(sockets_[i], path)) continue;
        const Address& bound = sockets_[i].local_address();
        if (path.local.is_unspecified()) return i;
        if (bound.is_unspecified()) {
            if (!any) any = i;
        } else if (bound.host() == path.local.host()) {
            return i;
        }
    }
    return any;
}

void SocketSet::put(Transmit&& transmit) {
    const std::size_t count = transmit.segment_count();
    if (transmit.id == PacketId{}) {
        transmit.id = static_cast<PacketId>(last_sent_ + 1);
        last_sent_ += count;
    }
    batch_bytes_ += transmit.payload.size();
    batch_.push_back(std::move(transmit));
}

bool SocketSet::send(Instant now, std::vector<PathEvent>& events) {
    bool all_sent = true;
    while (sent_ < batch_.size() && all_sent) {
        const auto socket = socket_for(batch_[sent_].path);
        std::size_t last = sent_ + 1;
        if (sockets_.size() == 1 && socket) {
            last = batch_.size(); // the socket refuses on its own what it cannot send
        } else {
            while (last < batch_.size() && socket_for(batch_[last].path) == socket)
                ++last;
        }
        all_sent = send_run(last, socket, now, events);
    }
    if (all_sent) {
        batch_.clear();
        batch_bytes_ = 0;
        sent_ = 0;
    }
    return all_sent;
}

/// Sends the Transmits up to `last`, which leave by one socket; false when it is full.
bool SocketSet::send_run(std::size_t last, std::optional<std::size_t> index, Instant now,
                         std::vector<PathEvent>& events) {
    const std::span<const Transmit> run = std::span{batch_}.subspan(sent_, last - sent_);
    net::Socket* socket = index ? &sockets_[*index] : nullptr;
    std::vector<net::Refusal> homeless;
    net::SendOutcome outcome;
    if (socket != nullptr) {
        outcome = socket->send(run, sent_segments_);
    } else {
        for (std::size_t i = 0; i < run.size(); ++i) {
            homeless.push_back({.index = i,
                                .first_segment = 0,
                                .segment_count = run[i].segment_count(),
                                .os_errno = EADDRNOTAVAIL});
        }
        outcome = {.taken = run.size(), .refused = homeless};
    }
    report(run, outcome, now, events, socket);
    sent_ += outcome.taken;
    sent_segments_ = outcome.segments;
    const std::optional<std::size_t> blocked = outcome.blocked ? index : std::nullopt;
    if (blocked != blocked_) {
        blocked_ = blocked;
        update_interests();
    }
    return !outcome.blocked;
}

void SocketSet::report(std::span<const Transmit> run, const net::SendOutcome& outcome, Instant now,
                       std::vector<PathEvent>& events, const net::Socket* socket) {
    for (const net::Refusal& refusal : outcome.refused) {
        // The local queue dropped it: that is loss, and no fault of the path.
        if (refusal.os_errno == ENOBUFS) continue;
        const Transmit& transmit = run[refusal.index];
        events.push_back(
            PathEvent::send_refused(transmit.path, refusal.os_errno, transmit.ancillary));
    }
    if (!is_shown()) return;
    auto refusal = outcome.refused.begin();
    for (std::size_t i = 0; i < run.size() && i <= outcome.taken; ++i) {
        std::size_t at = i == 0 ? sent_segments_ : 0;
        const std::size_t end = i < outcome.taken ? run[i].segment_count() : outcome.segments;
        while (at < end) {
            const bool next_refused = refusal != outcome.refused.end() && refusal->index == i;
            const bool refused = next_refused && refusal->first_segment == at;
            std::size_t until = next_refused ? refusal->first_segment : end;
            if (refused) until = at + refusal++->segment_count;
            const Verdict verdict = refused ? Verdict::send_refused : Verdict::accepted;
            show_sent(run[i], {.first = at, .last = until, .verdict = verdict}, now, socket);
            at = until;
        }
    }
}

void SocketSet::read_errors(std::vector<PathEvent>& events, bool all) {
    for (net::Socket& socket : sockets_) {
        if (all || socket.errors_pending()) socket.read_errors(events);
    }
}

std::span<const net::Received> SocketSet::receive(std::size_t socket) {
    sockets_[socket].receive(receiving_);
    tapped_ = is_shown();
    return receiving_.messages();
}

void SocketSet::update_interests() {
    interests_.clear();
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
        interests_.push_back({.fd = sockets_[i].fd(), .writable = blocked_ == i});
    }
}

} // namespace hawser
