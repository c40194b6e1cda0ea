// Addresses that are not the peer's, or not any more: nobody takes them, or takes by them what is
// another's.
#include "homes_scene.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

using PathState = sctp::PathStatus::State;

constexpr std::uint32_t kNoTag = 0;
constexpr std::uint32_t kOtherTag = 0x0b0b'0b0b;
const Tlv kCookie{.type = kStateCookie, .value = octets("cookie")};

Address host(std::uint8_t number) {
    return Address::ipv4({192, 0, 2, number}, 9899);
}

struct Strangers : Scene {
    using Scene::Scene;

    static Tlv lists(std::uint8_t number) { return TwoHomes::parameter(host(number)); }
    void send_from(std::uint8_t number, std::uint32_t tag, const std::vector<Chunk>& chunks) {
        send_octets_from(host(number), put_together(kPeerPort, engine_port, tag, chunks));
    }
    PathState state_of(std::uint8_t number) const {
        for (const auto& path : engine.engine->paths(engine.association()))
            if (path.path.remote == host(number)) return path.state;
        ADD_FAILURE() << "no such path";
        return PathState::inactive;
    }
    /// The engine has sent COOKIE ECHO, and hears that its cookie is stale.
    void be_stale(const std::vector<Tlv>& parameters) {
        send(init_ack({.parameters = parameters}));
        EXPECT_TRUE(take(kCookieEcho));
        send(stale());
        const auto again = take(kInit);
        ASSERT_TRUE(again);
        engine_tag = InitView{*again}.tag;
    }
    static Chunk stale() {
        return error({{.type = kStaleCookie, .value = OctetWriter{}.u32(1000).octets}});
    }
};

// --- what is forgotten ---

TEST(ForgottenAddress, FindsNoAssociationThatHasEnded) {
    Strangers scene;
    scene.open({.parameters = {kCookie}}, {.remote_addresses = {host(3)}});
    EXPECT_EQ(scene.engine.engine->paths(scene.engine.association()).size(), 1u);
    scene.send(abort());
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    scene.send_from(3, kNoTag, {init({.tag = kOtherTag})});
    EXPECT_NE(scene.engine.last_verdict, Verdict::malformed);
    const Path path{.local = scene.world.network.address(scene.engine.id), .remote = host(3)};
    EXPECT_TRUE(scene.engine.engine->connect(path, Scene::kPeerPort,
                                             {.local_port = scene.engine_port}, scene.now()));
}

TEST(ForgottenAddress, FindsNoAssociationAfterARestartThatDoesNotListIt) {
    TwoHomes scene;
    scene.confirm_both();
    const auto restart = [&] {
        scene.send_from_address(TwoHomes::theirs(0), TwoHomes::ours(0), {init({.tag = kOtherTag})},
                                kNoTag);
        const auto answer = scene.take(kInitAck);
        EXPECT_TRUE(answer);
        return InitView{answer.value_or(Chunk{})};
    };
    const InitView answer = restart();
    scene.send_from_address(TwoHomes::theirs(0), TwoHomes::ours(0), {cookie_echo(answer.cookie)},
                            answer.tag);
    EXPECT_TRUE(scene.engine.event<sctp::Restarted>());
    scene.send_from_address(TwoHomes::theirs(0), TwoHomes::ours(0), {abort()}, answer.tag);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    scene.forget();
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {init({.tag = kOtherTag + 1})},
                            kNoTag);
    EXPECT_EQ(scene.count_to(1, kInitAck), 1u) << "of a new one";
}

// --- INIT ACKs after a stale cookie: RFC 9260 §5.2.6 ---

TEST(Rfc9260_5_2_6, ChangesNoChunkThatHasLeftIntoAnother) {
    sctp::Options options = quiet_rfc9260();
    options.interleaving = true;
    Strangers scene{options};
    scene.begin_open();
    EXPECT_TRUE(scene.engine.send("hello"));
    scene.be_stale({kCookie});
    const Tlv i_data{.type = kSupportedExtensions, .value = OctetWriter{}.u8(64).octets};
    scene.send(init_ack({.parameters = {kCookie, i_data}}));
    EXPECT_TRUE(scene.take(kAbort));
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

// Each COOKIE ECHO that went again may be answered with an ERROR.
TEST(Rfc9260_5_2_6, TakesNoErrorOfTheCookieBeforeForOneOfThisCookie) {
    Strangers scene;
    scene.begin_open();
    const std::uint32_t tag_before = scene.engine_tag;
    scene.be_stale({kCookie});
    EXPECT_NE(scene.engine_tag, tag_before);
    scene.send(init_ack({.parameters = {kCookie}}));
    EXPECT_TRUE(scene.take(kCookieEcho));
    scene.send_as(tag_before, Strangers::stale());
    EXPECT_EQ(scene.engine.state(), sctp::State::cookie_echoed);
    scene.send(bare(kCookieAck));
    EXPECT_TRUE(scene.engine.is_connected());
}

// A cookie that was made while ours was echoed, and comes after we have begun again.
TEST(Rfc9260_5_2_6, TakesNoCookieThatWasMadeBefore) {
    Strangers scene;
    scene.begin_open();
    scene.send(init_ack({.parameters = {kCookie}}));
    EXPECT_TRUE(scene.take(kCookieEcho));
    scene.send_as(kNoTag, init({.tag = kOtherTag}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    scene.send(Strangers::stale());
    scene.send_as(InitView{*answer}.tag, cookie_echo(InitView{*answer}.cookie));
    EXPECT_EQ(scene.engine.state(), sctp::State::cookie_wait);
}

TEST(Rfc9260_5_2_6, ForgetsNoAddressThatDataHasGoneTo) {
    Strangers scene;
    scene.begin_open();
    EXPECT_TRUE(scene.engine.send("hello"));
    scene.be_stale({kCookie, Strangers::lists(3)});
    scene.send_from(3, scene.engine_tag,
                    {init_ack({.parameters = {kCookie, Strangers::lists(2)}})});
    scene.send_from(3, scene.engine_tag, {bare(kCookieAck)});
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send_from(3, scene.engine_tag, {sack({.tsn = scene.engine_tsn})});
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
}

TEST(Security, TakesNoAddressForProvenBecauseItWasListedTwice) {
    Strangers scene;
    scene.begin_open();
    scene.be_stale({kCookie, Strangers::lists(3)});
    scene.send(init_ack({.parameters = {kCookie, Strangers::lists(3)}}));
    EXPECT_EQ(scene.state_of(3), PathState::unconfirmed);
}

// --- strangers ---

// RFC 9260 §5.4 (2): the address that INIT ACK went to, whoever had asked for it.
TEST(Security, MakesNoCookieThatProvesAnAddressWhichNeverSawIt) {
    Strangers scene;
    scene.begin_open({.local_port = Scene::kPort});
    scene.send_from(9, kNoTag, {init({.tag = kOtherTag, .parameters = {Strangers::lists(2)}})});
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer) << "where it looks for its peer";
    const InitView view{*answer};
    scene.send(abort());
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    scene.send_as(view.tag, cookie_echo(view.cookie));
    ASSERT_EQ(scene.engine.engine->association_count(), 1u);
    EXPECT_EQ(scene.state_of(2), PathState::active);
    EXPECT_EQ(scene.state_of(9), PathState::unconfirmed);
}

// On our side of a NAT an address that the peer listed may be somebody else's.
TEST(Security, LetsNobodyRestartByAnAddressThatThePeerHasOnlyListed) {
    Strangers scene;
    scene.accept({.parameters = {Strangers::lists(3)}});
    ScriptedPeer thief;
    scene.world.attach(thief, host(3));
    scene.send_from(3, kNoTag, {init({.tag = kOtherTag, .parameters = {Strangers::lists(2)}})});
    for (const ReadPacket& packet : thief.inbox)
        EXPECT_FALSE(packet.has(kInitAck)) << "that goes to where the peer is beyond doubt";
    EXPECT_TRUE(scene.take(kInitAck));
    EXPECT_EQ(scene.state_of(3), PathState::unconfirmed);
}

TEST(Security, ChargesAnAssociationToWhereInitCameFrom) {
    sctp::Options options = quiet_rfc9260();
    options.associations_per_host_max = 1;
    Strangers scene{options};
    const InitView answer = scene.question({.parameters = {Strangers::lists(9)}});
    scene.send_from(9, answer.tag, {cookie_echo(answer.cookie)}); // a forged source
    EXPECT_EQ(scene.engine.engine->association_count(), 1u);
    ScriptedPeer victim;
    scene.world.attach(victim, host(9));
    const auto ask = [&](std::uint32_t tag, const Chunk& chunk) {
        scene.send_octets_from(host(9),
                               put_together(Scene::kPeerPort + 1, Scene::kPort, tag, {chunk}));
    };
    ask(kNoTag, init({.tag = kOtherTag}));
    ASSERT_FALSE(victim.inbox.empty());
    ASSERT_TRUE(victim.inbox.back().has(kInitAck));
    const InitView own{*victim.inbox.back().find(kInitAck)};
    ask(own.tag, cookie_echo(own.cookie));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::accepted);
}

// --- ICMP about one of several addresses ---

TEST(Rfc9260_10, EndsNoHandshakeBecauseAnotherAddressIsUnreachable) {
    Strangers scene;
    scene.begin_open({.remote_addresses = {host(3)}});
    scene.send(init_ack({.parameters = {kCookie, Strangers::lists(3)}}));
    EXPECT_TRUE(scene.take(kCookieEcho));
    Path other = scene.path();
    other.remote = host(3);
    scene.engine.engine->path_event(PathEvent::unreachable(other, EHOSTUNREACH), scene.now());
    EXPECT_EQ(scene.engine.state(), sctp::State::cookie_echoed);
    scene.engine.engine->path_event(PathEvent::unreachable(scene.path(), EHOSTUNREACH),
                                    scene.now());
    EXPECT_EQ(scene.engine.engine->association_count(), 0u) << "but where none is left";
}

TEST(Rfc9260_10, GoesOnWhereInitIsByNow) {
    Strangers scene;
    scene.begin_open({.remote_addresses = {host(3)}});
    scene.run_for(1100ms);
    EXPECT_EQ(scene.engine.status().path.remote, host(3));
    scene.engine.engine->path_event(PathEvent::unreachable(scene.path(), EHOSTUNREACH),
                                    scene.now());
    EXPECT_EQ(scene.state_of(2), PathState::inactive);
    EXPECT_EQ(scene.engine.status().path.remote, host(3));
}

// --- a UDP port of its own for each address: RFC 6951 ---

TEST(Rfc6951_5_4, KeepsThePortOfInitWhereTheCookieComesFromElsewhere) {
    Strangers scene;
    const InitView answer = scene.question({.parameters = {Strangers::lists(3)}});
    scene.engine_tag = answer.tag;
    scene.send_octets_from(
        host(3).with_port(40'000),
        put_together(Scene::kPeerPort, Scene::kPort, answer.tag, {cookie_echo(answer.cookie)}));
    ASSERT_EQ(scene.engine.engine->association_count(), 1u);
    const auto paths = scene.engine.engine->paths(scene.engine.association());
    ASSERT_EQ(paths.size(), 2u);
    EXPECT_EQ(paths[0].path.remote, scene.peer_address()) << "from where INIT came";
    EXPECT_EQ(paths[1].path.remote, host(3).with_port(40'000)) << "from where the cookie came";
}

TEST(Rfc6951_5_4, AsksEachAddressAtItsOwnPort) {
    Strangers scene;
    scene.begin_open({.remote_addresses = {host(3).with_port(40'000), host(4).with_port(0)}});
    const auto paths = scene.engine.engine->paths(scene.engine.association());
    ASSERT_EQ(paths.size(), 3u);
    EXPECT_EQ(paths[1].path.remote, host(3).with_port(40'000));
    EXPECT_EQ(paths[2].path.remote, host(4).with_port(scene.peer_address().port()));
}

// What the peer says of its addresses has no UDP ports: each is taken to have the first's, until
// something is heard from there.
TEST(Rfc6951_5_4, LearnsThePortOfEachAddressByItself) {
    Strangers scene;
    scene.accept({.parameters = {Strangers::lists(3)}});
    const auto port_of = [&](std::size_t path) {
        return scene.engine.engine->paths(scene.engine.association())[path].path.remote.port();
    };
    EXPECT_EQ(port_of(1), scene.peer_address().port());
    const auto packet = put_together(Scene::kPeerPort, scene.engine_port, scene.engine_tag,
                                     {heartbeat("of whatever port")});
    scene.send_octets_from(host(3).with_port(40'001), packet);
    EXPECT_EQ(port_of(0), scene.peer_address().port());
    EXPECT_EQ(port_of(1), 40'001);
    scene.send_octets_from(host(3).with_port(40'002), packet);
    EXPECT_EQ(port_of(1), 40'002) << "a NAT has given it another";
}

// --- what is due is done ---

TEST(Rfc9260_8_3, BeatsAfterAnAnswerThatIcmpHadAskedFor) {
    Scene scene{sctp::Options::rfc9260()};
    scene.accept();
    const Instant due = scene.engine.engine->deadline();
    scene.run_for(due - scene.now() - 10ms);
    scene.engine.engine->path_event(PathEvent::unreachable(scene.path(), ECONNREFUSED),
                                    scene.now());
    scene.run_for(15ms); // the regular one is due meanwhile
    const auto beat = scene.take(kHeartbeat);
    ASSERT_TRUE(beat);
    scene.send(Chunk{.type = kHeartbeatAck, .value = beat->value});
    scene.discard();
    EXPECT_NE(scene.engine.engine->deadline(), kNever);
    scene.run_for(2min);
    EXPECT_GE(scene.count(kHeartbeat), 1u);
}

TEST(Rfc9260_8_1, LivesWhileThePathInUseAnswersWhateverTheOthersDo) {
    sctp::Options options = quiet_rfc9260();
    options.association_retransmissions_max = 2;
    options.heartbeat_interval = 30s;
    TwoHomes scene{options};
    scene.confirm_both();
    for (int i = 0; i < 600; ++i) {
        scene.run_for(1s);
        for (auto& packet : std::exchange(scene.peer.raw, {})) {
            const ReadPacket read = take_apart(packet.bytes);
            const Chunk* beat = read.find(kHeartbeat);
            if (beat == nullptr || packet.path.local != TwoHomes::theirs(0)) continue;
            scene.send_from(0, Chunk{.type = kHeartbeatAck, .value = beat->value});
        }
    }
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->state, PathState::inactive);
}

TEST(Rfc9260_6_4, AnswersShutdownToWhereItCameFrom) {
    TwoHomes scene;
    scene.confirm_both();
    scene.send_from(1, shutdown(scene.engine_tsn - 1));
    EXPECT_EQ(scene.count_to(1, kShutdownAck), 1u);
    EXPECT_EQ(scene.count_to(0, kShutdownAck), 0u);
}

TEST(Rfc7829_3, GoesElsewhereAfterAQuestionOfTheUsersThatNobodyAnswered) {
    sctp::Options options = quiet_rfc9260();
    options.potentially_failed_retransmissions_max = 0;
    TwoHomes scene{options};
    scene.confirm_both();
    ASSERT_TRUE(scene.engine.engine->heartbeat(scene.engine.association(), 7, {}, scene.now()));
    scene.run_for(2s);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->state, PathState::potentially_failed);
    EXPECT_EQ(scene.engine.status().path.remote, TwoHomes::theirs(1));
}

TEST(Rfc8985_7, WaitsForNoProbeOfWhatHasBeenAcknowledged) {
    sctp::Options options;
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    Scene scene{options};
    scene.accept();
    EXPECT_TRUE(scene.engine.send("one"));
    scene.run_for(5ms);
    scene.send(sack({.tsn = scene.engine_tsn}));
    EXPECT_TRUE(scene.engine.send("two"));
    scene.run_for(1ms);
    sctp::Endpoint& engine = *scene.engine.engine;
    const Instant due = engine.deadline();
    engine.advance(due); // the probe is due, and the socket is full
    Octets packet = put_together(Scene::kPeerPort, scene.engine_port, scene.engine_tag,
                                 {sack({.tsn = scene.engine_tsn + 1})});
    const Path path = scene.path();
    const Ancillary none;
    Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
    EXPECT_EQ(engine.receive(datagram, due), Verdict::accepted);
    EXPECT_TRUE(engine.send(scene.engine.association(), as_bytes(std::string_view{"three"}),
                            {.ancillary = {.dscp = Dscp::ef}}, due));
    EXPECT_TRUE(engine.poll_transmit(due, {}));
}

TEST(Rfc9260_6_4, SendsNoNewDataBehindAProbeOfAnotherPath) {
    sctp::Options options;
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    TwoHomes scene{options};
    scene.confirm_both();
    EXPECT_TRUE(scene.engine.send("one"));
    scene.run_for(5ms);
    scene.send_from(0, sack({.tsn = scene.engine_tsn}));
    EXPECT_TRUE(scene.engine.send("two"));
    scene.run_for(1ms);
    ASSERT_TRUE(scene.engine.engine->set_primary(scene.engine.association(), TwoHomes::theirs(1),
                                                 scene.now()));
    for (int i = 0; i < 60; ++i)
        EXPECT_TRUE(scene.engine.send(std::string(1000, 'x')));
    scene.run_for(1ms);
    scene.forget();
    scene.run_for(60ms);
    EXPECT_EQ(scene.count_to(0, kData), 1u) << "the probe";
}

} // namespace
} // namespace hawser::test
