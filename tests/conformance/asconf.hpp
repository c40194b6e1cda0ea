// RFC 5061, with a peer that writes its own ASCONF.
#pragma once

#include "authenticating.hpp"

#include <utility>
#include <vector>

namespace hawser::test {

inline constexpr std::uint8_t kAsconf = 0xc1, kAsconfAck = 0x80;
inline constexpr std::uint16_t kAddIp = 0xc001, kDeleteIp = 0xc002, kErrorCause = 0xc003,
                               kSetPrimary = 0xc004, kSuccess = 0xc005;
inline constexpr std::uint16_t kDeleteLast = 0xa0, kShortage = 0xa1, kDeleteSource = 0xa2,
                               kIllegalAck = 0xa3, kNoAuthorization = 0xa4;

inline sctp::Options dynamic(sctp::Options options = authenticating({})) {
    if (!options.authentication) options.authentication.emplace();
    options.dynamic_addresses = true;
    options.local_addresses = {Address::ipv4({192, 0, 2, 1}), Address::ipv4({198, 51, 100, 1})};
    return options;
}

inline PeerOffer offering_asconf() {
    return {.chunks = {kAsconf, kAsconfAck}};
}

inline Octets address_parameter(const Address& address) {
    OctetWriter out;
    const Bytes octets = address.octets();
    out.u16(address.is_ipv4() ? kIpv4Address : kIpv6Address)
        .u16(static_cast<std::uint32_t>(octets.size() + 4))
        .add(octets);
    return out.octets;
}

/// One TLV of an ASCONF.
inline Octets asks(std::uint16_t type, std::uint32_t correlation, const Address& address) {
    const Octets parameter = address_parameter(address);
    return OctetWriter{}
        .u16(type)
        .u16(static_cast<std::uint32_t>(parameter.size() + 8))
        .u32(correlation)
        .add(parameter)
        .octets;
}

inline Chunk asconf(std::uint32_t number, const Address& address,
                    const std::vector<Octets>& requests) {
    OctetWriter out;
    out.u32(number).add(address_parameter(address));
    for (const Octets& request : requests)
        out.add(request);
    return {.type = kAsconf, .value = out.octets};
}

inline Chunk asconf_ack(std::uint32_t number, const std::vector<Octets>& responses = {}) {
    OctetWriter out;
    out.u32(number);
    for (const Octets& response : responses)
        out.add(response);
    return {.type = kAsconfAck, .value = out.octets};
}

inline Octets success(std::uint32_t correlation) {
    return OctetWriter{}.u16(kSuccess).u16(8).u32(correlation).octets;
}
inline Octets error(std::uint32_t correlation, std::uint16_t cause) {
    return OctetWriter{}.u16(kErrorCause).u16(12).u32(correlation).u16(cause).u16(4).octets;
}

/// An association with AUTH and ASCONF, and a peer at 192.0.2.2.
struct Dynamic : Authenticating {
    explicit Dynamic(const sctp::Options& options = dynamic(),
                     PeerOffer offered = offering_asconf(),
                     const std::vector<int>& extensions = {0xc1, 0x80, 0x0f})
        : Authenticating{options, std::move(offered)} {
        world.network.add_address(engine.id, ours(1));
        world.network.joined = true;
        for (std::uint8_t network = 1; network < 5; ++network)
            world.network.add_address(peer.id, theirs(network));
        OctetWriter types;
        for (const int type : extensions)
            types.u8(static_cast<std::uint32_t>(type));
        if (!types.octets.empty())
            more.push_back({.type = kSupportedExtensions, .value = types.octets});
    }

    static Address ours(std::uint8_t network) { return at(network, 1); }
    static Address theirs(std::uint8_t network) { return at(network, 2); }
    static Address at(std::uint8_t network, std::uint8_t host) {
        return network == 0
                   ? Address::ipv4({192, 0, 2, host}, 9899)
                   : Address::ipv4({198, 51, static_cast<std::uint8_t>(99 + network), host}, 9899);
    }

    /// The peer opens, and its first ASCONF has the number `number`.
    void accept_dynamic() {
        accept_all();
        number = peer_tsn;
    }
    /// With AUTH, from one of the peer's addresses to one of ours.
    void send_signed_from(const Address& source, const std::vector<Chunk>& chunks,
                          std::uint8_t to = 0) {
        std::vector<Chunk> all{auth(chunks)};
        all.insert(all.end(), chunks.begin(), chunks.end());
        send_plain_from(source, all, to);
    }
    void send_plain_from(const Address& source, const std::vector<Chunk>& chunks,
                         std::uint8_t to = 0) {
        Octets packet = put_together(kPeerPort, engine_port, engine_tag, chunks);
        world.network.inject({.path = {.local = source, .remote = ours(to)},
                              .ancillary = {},
                              .bytes = std::move(packet)},
                             now());
        world.settle();
    }
    /// The peer asks from its first address, and what it is answered is given.
    std::optional<Chunk> ask_for(const std::vector<Octets>& requests) {
        return ask_from(theirs(0), theirs(0), requests);
    }
    std::optional<Chunk> ask_from(const Address& source, const Address& lookup,
                                  const std::vector<Octets>& requests) {
        forget();
        send_signed_from(source, {asconf(number++, lookup, requests)});
        return answer();
    }
    /// The ASCONF-ACK of the packets that have come; each has to be authenticated.
    std::optional<Chunk> answer() {
        for (const WireDatagram& datagram : peer.raw) {
            const SeenPacket seen = look_at(datagram.bytes);
            const Chunk* found = seen.read.find(kAsconfAck);
            if (found == nullptr) continue;
            EXPECT_TRUE(seen.authenticates(kAsconfAck));
            answered_to = datagram.path.local;
            return *found;
        }
        return std::nullopt;
    }
    /// The causes of the errors in an answer, by their order; 0: a success.
    static std::vector<std::uint16_t> causes(const std::optional<Chunk>& ack) {
        std::vector<std::uint16_t> all;
        if (!ack) return all;
        for (const Tlv& response : ack->tlvs(4))
            all.push_back(response.type == kSuccess ? std::uint16_t{0}
                                                    : static_cast<std::uint16_t>(response.u16(4)));
        return all;
    }
    std::vector<Address> known() const {
        std::vector<Address> all;
        for (const auto& path : engine.engine->paths(engine.association()))
            all.push_back(path.path.remote);
        return all;
    }
    bool confirmed(const Address& remote) const {
        for (const auto& path : engine.engine->paths(engine.association()))
            if (path.path.remote == remote)
                return path.state != sctp::PathStatus::State::unconfirmed;
        return false;
    }
    /// Each HEARTBEAT that has come is answered from where it went.
    int answer_heartbeats() {
        int count = 0;
        for (const WireDatagram& datagram : std::exchange(peer.raw, {})) {
            const ReadPacket read = take_apart(datagram.bytes);
            const Chunk* beat = read.find(kHeartbeat);
            if (beat == nullptr) continue;
            send_plain_from(datagram.path.local, {{.type = kHeartbeatAck, .value = beat->value}});
            ++count;
        }
        discard();
        return count;
    }
    /// The peer has another address, which has answered.
    void add_theirs(std::uint8_t network) {
        EXPECT_TRUE(ask_for({asks(kAddIp, 1, theirs(network))}));
        run_for(std::chrono::milliseconds{10});
        EXPECT_GT(answer_heartbeats(), 0);
        EXPECT_TRUE(confirmed(theirs(network)));
        engine.events.clear();
        forget();
    }
    /// The engine's ASCONF among the packets that have come, and where it came from.
    std::optional<Chunk> asked() {
        for (const WireDatagram& datagram : peer.raw) {
            const SeenPacket seen = look_at(datagram.bytes);
            const Chunk* found = seen.read.find(kAsconf);
            if (found == nullptr) continue;
            EXPECT_TRUE(seen.authenticates(kAsconf));
            asked_from = datagram.path.remote;
            asked_at = datagram.path.local;
            const Chunk chunk = *found;
            forget();
            return chunk;
        }
        return std::nullopt;
    }

    std::uint32_t number = 0; ///< of the peer's next ASCONF
    Address answered_to;      ///< where the last answer went
    Address asked_from, asked_at;
};

} // namespace hawser::test
