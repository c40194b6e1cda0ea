#include "support/fake_network.hpp"

#include <algorithm>
#include <utility>

namespace hawser::test {
namespace {

constexpr std::size_t kUdpHeaderBytes = 8;

std::size_t ip_bytes(const WireDatagram& datagram) {
    const bool ipv4 = datagram.path.remote.is_ipv4();
    return (ipv4 ? 20u : 40u) + kUdpHeaderBytes + datagram.bytes.size();
}

/// What a receiving host can report: both halves of the octet and the hop limit always, and of
/// the rest only what an IP header carries.
Ancillary as_received(const Ancillary& sent, Instant now) {
    Ancillary received;
    received.dscp = sent.dscp.value_or(Dscp::cs0);
    received.ecn = sent.ecn.value_or(Ecn::not_ect);
    received.hop_limit = sent.hop_limit.value_or(64);
    received.flow_label = sent.flow_label;
    received.received_at =
        ReceiveTime{std::chrono::sys_time<std::chrono::nanoseconds>{now.time_since_epoch()}};
    return received;
}

} // namespace

NodeId FakeNetwork::attach(const Address& address) {
    nodes_.push_back(
        {.interfaces = {{.inside = address, .outside = address, .link = {}}}, .hook = {}});
    return NodeId{nodes_.size() - 1};
}

std::size_t FakeNetwork::add_address(NodeId node, const Address& address) {
    auto& interfaces = at(node).interfaces;
    interfaces.push_back({.inside = address, .outside = address, .link = {}});
    return interfaces.size() - 1;
}

std::optional<FakeNetwork::Place> FakeNetwork::owner(const Address& outside) const {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const auto& interfaces = nodes_[i].interfaces;
        for (std::size_t at = 0; at < interfaces.size(); ++at)
            if (interfaces[at].outside == outside) return Place{NodeId{i}, at};
    }
    return std::nullopt;
}

std::size_t FakeNetwork::way_out(NodeId from, const Path& path) const {
    const auto& interfaces = at(from).interfaces;
    const auto likeness = [&](const Interface& interface) {
        const Bytes ours = interface.inside.octets();
        const Bytes theirs = path.remote.octets();
        if (interface.inside.is_same_host(path.local)) return std::ptrdiff_t{17};
        if (ours.size() != theirs.size()) return std::ptrdiff_t{-1};
        return std::ranges::mismatch(ours, theirs).in1 - ours.begin();
    };
    return static_cast<std::size_t>(std::ranges::max_element(interfaces, {}, likeness) -
                                    interfaces.begin());
}

bool FakeNetwork::is_of_another_network(std::size_t interface, const Address& remote) const {
    const auto place = owner(remote);
    return place && place->interface != interface && at(place->node).interfaces.size() > 1;
}

void FakeNetwork::send(NodeId from, const Transmit& transmit, Instant now) {
    for (std::size_t i = 0; i < transmit.segment_count(); ++i) {
        const Bytes segment = transmit.segment(i);
        carry(from,
              {.id = PacketId{next_id_++},
               .path = transmit.path,
               .ancillary = transmit.ancillary,
               .bytes = {segment.begin(), segment.end()}},
              now);
    }
}

void FakeNetwork::inject(WireDatagram datagram, Instant now) {
    datagram.id = PacketId{next_id_++};
    wire_.emplace(now, std::move(datagram));
}

void FakeNetwork::carry(NodeId from, WireDatagram datagram, Instant now) {
    Node& node = at(from);
    ++node.sent;
    const std::size_t network = way_out(from, datagram.path);
    Interface& interface = node.interfaces[network];
    datagram.path.local = interface.inside;
    if (node.hook && !node.hook(datagram)) return void(++lost_);
    if (node.drops > 0) {
        --node.drops;
        return void(++lost_);
    }
    const Link& link = interface.link;
    if (!joined && is_of_another_network(network, datagram.path.remote)) return void(++lost_);
    if (!fits(from, link, datagram) || link.down || random_.chance(link.loss)) return void(++lost_);

    Interface& queue = node.queue_of ? at(*node.queue_of).interfaces[0] : interface;
    const auto wait = queued(queue, datagram, now);
    if (!wait) return void(++lost_);

    datagram.path.local = interface.outside;
    impair(link, datagram);
    if (random_.chance(link.duplication)) {
        wire_.emplace(now + *wait + delay(link, datagram.ancillary), datagram);
    }
    wire_.emplace(now + *wait + delay(link, datagram.ancillary), std::move(datagram));
}

std::optional<Duration> FakeNetwork::queued(Interface& interface, const WireDatagram& datagram,
                                            Instant now) {
    const Link& link = interface.link;
    if (link.bytes_per_second == 0) return Duration::zero();
    const auto time_of = [&link](std::size_t bytes) {
        return Duration{static_cast<Duration::rep>(bytes * 1'000'000'000 / link.bytes_per_second)};
    };
    interface.busy_until = std::max(interface.busy_until, now);
    if (interface.busy_until - now > time_of(link.queue_bytes_max)) return std::nullopt;
    interface.busy_until += time_of(ip_bytes(datagram));
    return interface.busy_until - now;
}

bool FakeNetwork::fits(NodeId from, const Link& link, const WireDatagram& datagram) {
    if (ip_bytes(datagram) <= link.mtu_bytes) return true;
    if (datagram.ancillary.dont_fragment == false) return true; // a router fragments it
    if (link.too_big_events) {
        complaints_.push_back({from,
                               {.kind = PathEvent::Kind::too_big,
                                .path = datagram.path,
                                .mtu_bytes = static_cast<std::uint32_t>(link.mtu_bytes)}});
    }
    return false;
}

void FakeNetwork::impair(const Link& link, WireDatagram& datagram) {
    if (link.rewrites_dscp_to) datagram.ancillary.dscp = link.rewrites_dscp_to;
    if (link.clears_ecn) datagram.ancillary.ecn = Ecn::not_ect;
    const bool capable = datagram.ancillary.ecn.value_or(Ecn::not_ect) != Ecn::not_ect;
    if (capable && random_.chance(link.congestion_marks)) datagram.ancillary.ecn = Ecn::ce;
    if (datagram.bytes.empty() || !random_.chance(link.corruption)) return;
    const std::uint64_t flips = 1 + random_.below(3);
    for (std::uint64_t i = 0; i < flips; ++i) {
        const std::uint64_t bit = random_.below(datagram.bytes.size() * 8);
        datagram.bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    }
}

Duration FakeNetwork::up_to(Duration limit) {
    return Duration{
        static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(limit.count()) + 1))};
}

Duration FakeNetwork::delay(const Link& link, const Ancillary& ancillary) {
    Duration total = link.latency;
    const auto own = link.class_latency.find(ancillary.dscp.value_or(Dscp::cs0));
    if (own != link.class_latency.end()) total = own->second;
    if (link.jitter > Duration::zero()) total += up_to(link.jitter);
    if (random_.chance(link.reordering)) total += up_to(link.reordering_delay);
    return total;
}

Instant FakeNetwork::next() const {
    if (!complaints_.empty()) return Instant::min();
    return wire_.empty() ? kNever : wire_.begin()->first;
}

std::optional<Arrival> FakeNetwork::arrival(Instant now) {
    while (!wire_.empty() && wire_.begin()->first <= now) {
        WireDatagram datagram = std::move(wire_.begin()->second);
        wire_.erase(wire_.begin());
        const auto place = owner(datagram.path.remote);
        if (!place) { // nobody there
            ++lost_;
            continue;
        }
        datagram.path = {.protocol = datagram.path.protocol,
                         .local = address(place->node, place->interface),
                         .remote = datagram.path.local};
        datagram.ancillary = as_received(datagram.ancillary, now);
        return Arrival{place->node, std::move(datagram)};
    }
    return std::nullopt;
}

std::optional<Complaint> FakeNetwork::complaint() {
    if (complaints_.empty()) return std::nullopt;
    const Complaint first = complaints_.front();
    complaints_.erase(complaints_.begin());
    return first;
}

} // namespace hawser::test
