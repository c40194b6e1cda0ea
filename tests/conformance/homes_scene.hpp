// An engine and a scripted peer with an address in each of two networks.
#pragma once

#include "support/scripted_peer.hpp"

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::test {

/// The first network is 192.0.2.0/24, the second 198.51.100.0/24.
class TwoHomes : public Scene {
public:
    explicit TwoHomes(const sctp::Options& options = quiet_rfc9260()) : Scene{listing(options)} {
        world.network.add_address(engine.id, ours(1));
        world.network.add_address(peer.id, theirs(1));
        world.network.joined = true; // what leaves by the wrong interface is seen, too
    }

    static Address ours(std::size_t network) { return host(network, 1); }
    static Address theirs(std::size_t network) { return host(network, 2); }
    static Tlv parameter(const Address& address) {
        const Bytes octets = address.octets();
        return {.type = address.is_ipv4() ? kIpv4Address : kIpv6Address,
                .value = {octets.begin(), octets.end()}};
    }
    static Tlv parameter(std::string_view address) {
        return parameter(Address::parse(address).value());
    }
    static std::vector<Tlv> both() { return {parameter(theirs(0)), parameter(theirs(1))}; }

    /// The peer opens an association and lists both of its addresses.
    void accept_both() { accept({.parameters = both()}); }
    /// And has answered at both of them; nothing of that is to be seen any more.
    void confirm_both() {
        accept_both();
        answer_heartbeats();
        while (engine.event<sctp::PathChanged>()) {
        }
        forget();
    }

    /// What came to an address of the peer's, the oldest first; the rest is forgotten.
    std::vector<ReadPacket> packets_to(std::size_t network) {
        std::vector<ReadPacket> found;
        for (auto& packet : peer.raw)
            if (packet.path.local == theirs(network)) found.push_back(take_apart(packet.bytes));
        forget();
        return found;
    }
    std::size_t count_to(std::size_t network, std::uint8_t type) const {
        std::size_t count = 0;
        for (auto packet : peer.raw)
            if (packet.path.local == theirs(network) && take_apart(packet.bytes).has(type)) ++count;
        return count;
    }
    void forget() {
        peer.raw.clear();
        discard();
    }

    template <class... Chunks>
    void send_from(std::size_t network, const Chunks&... chunks) {
        send_from_address(theirs(network), ours(network), {chunks...});
    }
    void send_from_address(const Address& source, const Address& to,
                           const std::vector<Chunk>& chunks,
                           std::optional<std::uint32_t> tag = std::nullopt) {
        Octets packet = put_together(kPeerPort, engine_port, tag.value_or(engine_tag), chunks);
        const Path path{.local = source, .remote = to};
        world.network.inject({.path = path, .ancillary = {}, .bytes = std::move(packet)}, now());
        world.settle();
    }
    /// Answers each HEARTBEAT that has come, from where it came to; tells how many there were.
    int answer_heartbeats() {
        int answered = 0;
        for (auto& packet : std::exchange(peer.raw, {})) {
            const ReadPacket read = take_apart(packet.bytes);
            const Chunk* beat = read.find(kHeartbeat);
            if (beat == nullptr) continue;
            send_from_address(packet.path.local, packet.path.remote,
                              {Chunk{.type = kHeartbeatAck, .value = beat->value}});
            ++answered;
        }
        discard();
        return answered;
    }
    std::optional<sctp::PathStatus> path_to(const Address& remote) const {
        for (const auto& path : engine.engine->paths(engine.association()))
            if (path.path.remote == remote) return path;
        return std::nullopt;
    }

private:
    static Address host(std::size_t network, std::uint8_t number) {
        return network == 0 ? Address::ipv4({192, 0, 2, number}, 9899)
                            : Address::ipv4({198, 51, 100, number}, 9899);
    }
    static sctp::Options listing(sctp::Options options) {
        if (options.local_addresses.empty())
            options.local_addresses = {ours(0).host(), ours(1).host()};
        return options;
    }
};

} // namespace hawser::test
