#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace hawser::test {

void ScriptedPeer::receive(Datagram& datagram, Instant) {
    inbox.push_back(take_apart(datagram.payload));
    raw.push_back({.id = datagram.id,
                   .path = datagram.path,
                   .ancillary = datagram.ancillary,
                   .bytes = {datagram.payload.begin(), datagram.payload.end()}});
}

sctp::Options quiet_rfc9260() {
    sctp::Options options = sctp::Options::rfc9260();
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    return options;
}

Scene::Scene(const sctp::Options& options, std::uint64_t seed)
    : world{seed}, engine{world, Address::ipv4({192, 0, 2, 1}, 9899), options, seed + 1} {
    world.attach(peer, Address::ipv4({192, 0, 2, 2}, 9899));
    EXPECT_TRUE(engine.listen(kPort));
}

void Scene::learn(const InitFields& engine_side, const InitFields& peer_side) {
    engine_tag = engine_side.tag;
    engine_tsn = engine_side.tsn;
    peer_tag = peer_side.tag;
    peer_tsn = peer_side.tsn;
    peer_ssn = 0;
}

InitView Scene::question(const InitFields& fields) {
    send_as(0, init(fields));
    const auto answer = take(kInitAck);
    EXPECT_TRUE(answer) << "no INIT ACK";
    return InitView{answer.value_or(Chunk{})};
}

void Scene::accept(const InitFields& fields) {
    const InitView answer = question(fields);
    learn(answer, fields);
    send(cookie_echo(answer.cookie));
    EXPECT_TRUE(take(kCookieAck)) << "no COOKIE ACK";
    EXPECT_TRUE(engine.is_connected());
    discard();
}

void Scene::begin_open(const sctp::ConnectOptions& options) {
    EXPECT_TRUE(engine.connect(peer_address(), kPeerPort, options));
    world.settle();
    EXPECT_FALSE(silent()) << "no INIT";
    if (silent()) return;
    engine_port = peer.inbox.front().source_port;
    const auto question = take(kInit);
    EXPECT_TRUE(question);
    if (question) learn(InitView{*question}, {});
}

void Scene::open(const InitFields& fields, const sctp::ConnectOptions& options) {
    begin_open(options);
    InitFields answer = fields;
    if (fields.parameters.empty()) {
        answer.parameters = {{.type = kStateCookie, .value = octets("cookie")}};
    }
    peer_tag = answer.tag;
    peer_tsn = answer.tsn;
    send(init_ack(answer));
    EXPECT_TRUE(take(kCookieEcho)) << "no COOKIE ECHO";
    send(bare(kCookieAck));
    EXPECT_TRUE(engine.is_connected());
    discard();
}

void Scene::send_packet(std::uint32_t tag, const std::vector<Chunk>& chunks) {
    send_octets(put_together(kPeerPort, engine_port, tag, chunks));
}

void Scene::send_octets(Octets octets, const Ancillary& ancillary) {
    send_octets_from(peer_address(), std::move(octets), ancillary);
}

void Scene::send_octets_from(const Address& source, Octets octets, const Ancillary& ancillary) {
    const Path path{.local = source, .remote = world.network.address(engine.id)};
    world.network.inject({.path = path, .ancillary = ancillary, .bytes = std::move(octets)}, now());
    world.settle();
}

void Scene::send_data(std::string_view payload) {
    send(data({.tsn = peer_tsn++, .ssn = peer_ssn++, .payload = payload}));
}

std::optional<Chunk> Scene::take(std::uint8_t type) {
    while (const auto packet = next()) {
        if (const Chunk* found = packet->find(type)) return *found;
    }
    return std::nullopt;
}

std::optional<ReadPacket> Scene::next() {
    if (peer.inbox.empty()) return std::nullopt;
    std::optional<ReadPacket> first{std::move(peer.inbox.front())};
    peer.inbox.pop_front();
    return first;
}

std::vector<DataView> Scene::take_data() {
    std::vector<DataView> all;
    while (const auto packet = next()) {
        for (const Chunk& chunk : packet->chunks) {
            if (chunk.type == kData) all.emplace_back(chunk);
        }
    }
    return all;
}

std::size_t Scene::count(std::uint8_t type) const {
    std::size_t total = 0;
    for (const ReadPacket& packet : peer.inbox) {
        for (const Chunk& chunk : packet.chunks)
            total += chunk.type == type ? 1u : 0u;
    }
    return total;
}

} // namespace hawser::test
