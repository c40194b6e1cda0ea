// What taps are shown of the wire.
#include <hawser/driver/socket_set.hpp>

#include <hawser/net/route.hpp>

#include <utility>

namespace hawser {
namespace {

/// Remotes whose source address is remembered while a tap is attached.
constexpr std::size_t kSourcesKept = 1024;

/// What the datagram really carries: what it does not ask for is the socket's default.
Ancillary effective(const Transmit& transmit, const net::Socket* socket) {
    Ancillary ancillary = transmit.ancillary;
    if (socket == nullptr) return ancillary;
    const Ancillary& defaults = socket->defaults(transmit.path.remote.family());
    if (!ancillary.dscp) ancillary.dscp = defaults.dscp;
    if (!ancillary.ecn) ancillary.ecn = defaults.ecn;
    if (!ancillary.hop_limit) ancillary.hop_limit = defaults.hop_limit;
    return ancillary;
}

} // namespace

void SocketSet::set_tap(Tap* tap, std::string endpoint) {
    tap_ = tap;
    endpoint_ = std::move(endpoint);
    sources_.clear(); // routes may have changed since the last tap
}

void SocketSet::show_sent(const Transmit& transmit, const Shown& shown, Instant now,
                          const net::Socket* socket) {
    const Ancillary ancillary = effective(transmit, socket);
    Path path = transmit.path;
    path.local = source_of(path, socket);
    const Sighting sighting{.at = now,
                            .direction = Direction::out,
                            .layer = Layer::wire,
                            .path = path,
                            .ancillary = ancillary,
                            .bytes = {},
                            .verdict = shown.verdict,
                            .packet_id = transmit.id,
                            .endpoint = endpoint_,
                            .note = {}};
    show_segments(*tap_, sighting, transmit, shown.first, shown.last);
}

/// The address that the datagram leaves from, as far as it can be known.
Address SocketSet::source_of(const Path& path, const net::Socket* socket) {
    if (socket == nullptr) return path.local;
    const Address& bound = socket->local_address();
    if (!path.local.is_unspecified()) return path.local.with_port(bound.port());
    if (!bound.is_unspecified()) return bound;
    const Address remote = path.remote.with_port(0);
    auto known = sources_.find(remote);
    if (known == sources_.end()) {
        if (sources_.size() >= kSourcesKept) sources_.clear();
        const auto source = net::source_towards(path.remote);
        known = sources_.emplace(remote, source.value_or(Address::any(remote.family()))).first;
    }
    return known->second.with_port(bound.port());
}

void SocketSet::keep(const net::Received& message) {
    kept_.assign(message.payload.begin(), message.payload.end());
}

void SocketSet::show(const net::Received& message, std::size_t index, PacketId id, Verdict verdict,
                     Instant now) {
    const MutableBytes segment = message.segment(index);
    const auto start = static_cast<std::size_t>(segment.data() - message.payload.data());
    tap_->seen({.at = now,
                .direction = Direction::in,
                .layer = Layer::wire,
                .path = message.path,
                .ancillary = message.ancillary,
                .bytes = Bytes{kept_}.subspan(start, segment.size()),
                .verdict = verdict,
                .packet_id = id,
                .endpoint = endpoint_,
                .note = {}});
}

} // namespace hawser
