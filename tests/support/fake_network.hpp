// A network in virtual time: seeded, and as bad as a test asks for.
#pragma once

#include <hawser/core/packet.hpp>
#include <hawser/engine/random.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace hawser::test {

/// Names an attached host.
enum class NodeId : std::size_t {};

/// What one host's way out into the network does to its datagrams. Chances are 0.0 to 1.0.
struct Link {
    double loss = 0;
    double duplication = 0;
    double corruption = 0; ///< one to three bits of the payload flip
    double reordering = 0; ///< the datagram waits up to `reordering_delay` more
    Duration reordering_delay = std::chrono::milliseconds{5};
    Duration latency{};
    Duration jitter{};                      ///< uniform, on top of `latency`; reorders by itself
    std::map<Dscp, Duration> class_latency; ///< instead of `latency`: classes overtake each other

    std::size_t mtu_bytes = 65'535;       ///< IP and UDP headers included
    bool too_big_events = true;           ///< false: a black hole
    std::uint64_t bytes_per_second = 0;   ///< headers included; 0: without limit
    std::size_t queue_bytes_max = 65'535; ///< what waits for that beyond it is lost
    bool down = false;

    std::optional<Dscp> rewrites_dscp_to;
    bool clears_ecn = false;
    double congestion_marks = 0; ///< chance that ECT becomes CE

    bool operator==(const Link&) const = default;
};

/// One datagram on the wire.
struct WireDatagram {
    PacketId id{};
    Path path; ///< as its sender sees it
    Ancillary ancillary;
    std::vector<std::byte> bytes;
};

/// One datagram that has reached a host, and the path as that host sees it.
struct Arrival {
    NodeId node;
    WireDatagram datagram;
};

/// A path event for the host whose datagram caused it.
struct Complaint {
    NodeId node;
    PathEvent event;
};

class FakeNetwork {
public:
    explicit FakeNetwork(std::uint64_t seed) : random_{seed} {}

    /// `address` is the host's UDP address. No two hosts have the same.
    NodeId attach(const Address& address);
    /// Another one, on an interface of its own; answers which. A datagram leaves by the interface
    /// that its path names, else by the one whose address is most like that of the remote end.
    std::size_t add_address(NodeId node, const Address& address);
    const Address& address(NodeId node, std::size_t interface = 0) const {
        return at(node).interfaces[interface].inside;
    }
    std::size_t address_count(NodeId node) const { return at(node).interfaces.size(); }
    /// The way out of a host; a change holds for datagrams sent later.
    Link& link(NodeId node, std::size_t interface = 0) {
        return at(node).interfaces[interface].link;
    }

    /// From now on what a host sends waits in the queue of another host's link: a common
    /// bottleneck.
    void share_queue(NodeId node, NodeId owner) { at(node).queue_of = owner; }
    /// A NAT gives the host's datagrams another source from now on; what is sent to the old one
    /// is lost.
    void rebind(NodeId node, const Address& outside) { at(node).interfaces[0].outside = outside; }
    /// Where the host's datagrams seem to come from.
    const Address& outside(NodeId node) const { return at(node).interfaces[0].outside; }
    /// The first interfaces of all hosts are one network, the second ones another, and so on: true
    /// lets packets cross from one to the other.
    bool joined = false;
    /// Loses the next `count` datagrams of a host, whatever its link.
    void drop_next(NodeId node, std::size_t count = 1) { at(node).drops += count; }
    /// Sees, and may change, each datagram before its link; false loses it. Empty: off.
    using Hook = std::function<bool(WireDatagram&)>;
    void set_hook(NodeId node, Hook hook) { at(node).hook = std::move(hook); }

    /// Takes one datagram or a train, of which each segment is a datagram of its own.
    void send(NodeId from, const Transmit& transmit, Instant now);
    /// Takes a datagram that a test made; link and hook do not apply. It arrives at once.
    void inject(WireDatagram datagram, Instant now);

    /// When the next datagram or complaint arrives; kNever: the wire is empty.
    Instant next() const;
    std::optional<Arrival> arrival(Instant now);
    std::optional<Complaint> complaint();
    /// Everything on the wire is lost.
    void clear() { wire_.clear(); }

    std::uint64_t datagrams_sent(NodeId node) const { return at(node).sent; }
    std::uint64_t datagrams_lost() const { return lost_; }

private:
    struct Interface {
        Address inside;
        Address outside;
        Link link;
        Instant busy_until{}; ///< the link, with what waits for it
    };
    struct Node {
        std::vector<Interface> interfaces; // at least one
        Hook hook;
        std::optional<NodeId> queue_of;
        std::size_t drops = 0;
        std::uint64_t sent = 0;
    };

    Node& at(NodeId node) { return nodes_[static_cast<std::size_t>(node)]; }
    const Node& at(NodeId node) const { return nodes_[static_cast<std::size_t>(node)]; }
    struct Place {
        NodeId node;
        std::size_t interface;
    };
    std::optional<Place> owner(const Address& outside) const;
    std::size_t way_out(NodeId from, const Path& path) const;
    bool is_of_another_network(std::size_t interface, const Address& remote) const;
    void carry(NodeId from, WireDatagram datagram, Instant now);
    bool fits(NodeId from, const Link& link, const WireDatagram& datagram);
    /// How long a datagram waits for the link and is on it; nullopt: the queue is full.
    static std::optional<Duration> queued(Interface& interface, const WireDatagram& datagram,
                                          Instant now);
    void impair(const Link& link, WireDatagram& datagram);
    Duration delay(const Link& link, const Ancillary& ancillary);
    Duration up_to(Duration limit);

    SeededRandom random_;
    std::vector<Node> nodes_;
    std::multimap<Instant, WireDatagram> wire_; // equal instants keep their order
    std::vector<Complaint> complaints_;
    std::uint64_t next_id_ = 1;
    std::uint64_t lost_ = 0;
};

} // namespace hawser::test
