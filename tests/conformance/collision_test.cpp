// RFC 9260 §5.2: INIT, INIT ACK, COOKIE ECHO and COOKIE ACK when they are not expected.
#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using sctp::State;

constexpr std::uint32_t kOtherTag = 0x0b0b'0b0b;

Chunk answer_to_init(std::uint32_t tag = InitFields{}.tag) {
    return init_ack(
        {.tag = tag, .parameters = {{.type = kStateCookie, .value = octets("cookie")}}});
}

TEST(Rfc9260_5_2_1, AnswersInitInCookieWaitWithTheTagOfItsOwnInit) {
    Scene scene;
    scene.begin_open();
    scene.send_as(0, init());
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    EXPECT_EQ(InitView{*answer}.tag, scene.engine_tag);
    EXPECT_EQ(InitView{*answer}.tsn, scene.engine_tsn);
    EXPECT_EQ(scene.engine.state(), State::cookie_wait);
    scene.run_for(1s);
    EXPECT_TRUE(scene.take(kInit)) << "T1-init still runs";
}

TEST(Rfc9260_5_2_1, AnswersInitInCookieEchoedWithTheTagOfItsOwnInit) {
    Scene scene;
    scene.begin_open();
    scene.send(answer_to_init());
    ASSERT_TRUE(scene.take(kCookieEcho));
    scene.send_as(0, init());
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    EXPECT_EQ(InitView{*answer}.tag, scene.engine_tag);
    EXPECT_EQ(InitView{*answer}.tsn, scene.engine_tsn);
    EXPECT_EQ(scene.engine.state(), State::cookie_echoed);
}

// Table 12, action B: both INITs crossed, and the peer's cookie comes first.
TEST(Rfc9260_5_2_4, EntersEstablishedWhenTheInitsCrossed) {
    Scene scene;
    scene.begin_open();
    const sctp::AssociationId asked_for = scene.engine.association();
    scene.send_as(0, init({.tag = kOtherTag, .tsn = 500}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    scene.send(cookie_echo(InitView{*answer}.cookie));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->has(kCookieAck));
    EXPECT_EQ(packet->tag, kOtherTag);
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.engine.engine->association_count(), 1u);
    const auto up = scene.engine.event<sctp::Connected>();
    ASSERT_TRUE(up);
    EXPECT_EQ(up->association, asked_for);
    EXPECT_FALSE(up->initiated_by_peer);
    EXPECT_FALSE(scene.engine.event<sctp::Connected>());
    scene.send(data({.tsn = 500, .payload = "after the crossing"}));
    EXPECT_EQ(scene.engine.received(), "after the crossing");
    scene.run_for(30s);
    EXPECT_EQ(scene.count(kInit), 0u) << "T1-init has been stopped";
}

// Action B again: the engine has already echoed a cookie when the peer's INIT with another tag
// comes. Its tag is the one that counts.
TEST(Rfc9260_5_2_4, TakesTheNewTagOfThePeerFromTheCookie) {
    Scene scene;
    scene.begin_open();
    scene.send(answer_to_init());
    ASSERT_TRUE(scene.take(kCookieEcho));
    scene.send_as(0, init({.tag = kOtherTag, .tsn = 500}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    scene.discard();
    scene.send(cookie_echo(InitView{*answer}.cookie));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->tag, kOtherTag);
    EXPECT_TRUE(packet->has(kCookieAck));
    EXPECT_TRUE(scene.engine.is_connected());
}

// Action C: our own INIT was answered in between, so the cookie of our older INIT ACK is late.
TEST(Rfc9260_5_2_4, DropsACookieThatComesLate) {
    Scene scene;
    const InitView early = scene.question();
    scene.open({}, {.local_port = Scene::kPort});
    ASSERT_EQ(scene.engine_port, Scene::kPort);
    scene.send_as(early.tag, cookie_echo(early.cookie));
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_FALSE(scene.engine.event<sctp::Restarted>());
    scene.send_data("same association");
    EXPECT_EQ(scene.engine.received(), "same association");
}

// Action D, and the cookie counts however old it is, since both tags match.
TEST(Rfc9260_5_2_4, AnswersADuplicateCookieAgain) {
    Scene scene;
    const InitView answer = scene.question();
    const Chunk echo = cookie_echo(answer.cookie);
    for (const Duration wait : {0s, 1s, 61s}) {
        scene.run_for(wait);
        scene.send_as(answer.tag, echo);
        EXPECT_TRUE(scene.take(kCookieAck));
    }
    EXPECT_EQ(scene.engine.engine->association_count(), 1u);
    EXPECT_TRUE(scene.engine.event<sctp::Connected>());
    EXPECT_TRUE(scene.engine.events.empty()) << "no restart, nothing else";
}

TEST(Rfc9260_5_2_2, AnswersInitOfAnEstablishedAssociationWithAnotherTag) {
    Scene scene;
    scene.accept();
    scene.send_as(0, init({.tag = kOtherTag}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->tag, kOtherTag);
    ASSERT_TRUE(packet->has(kInitAck));
    EXPECT_NE(InitView{*packet->find(kInitAck)}.tag, scene.engine_tag);
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send_data("unharmed");
    EXPECT_EQ(scene.engine.received(), "unharmed");
}

TEST(Rfc9260_5_2_2, RefusesARestartWithNewAddresses) {
    const Tlv v4{.type = kIpv4Address, .value = OctetWriter{}.u32(0xcb00'7101).octets};
    const Tlv v6{.type = kIpv6Address,
                 .value = OctetWriter{}.u32(0x2001'0db8).u32(0).u32(0).u32(1).octets};
    for (const Tlv& address : {v4, v6}) {
        Scene scene;
        scene.accept();
        scene.send_as(0, init({.tag = kOtherTag, .parameters = {address}}));
        const auto packet = scene.next();
        ASSERT_TRUE(packet);
        EXPECT_EQ(packet->tag, kOtherTag);
        ASSERT_TRUE(packet->has(kAbort));
        EXPECT_TRUE(packet->find(kAbort)->tlv(0, kRestartWithNewAddresses));
        EXPECT_TRUE(scene.engine.is_connected());
    }
}

TEST(Rfc9260_5_2_2, TakesARestartWithTheAddressesThatItHad) {
    const Tlv v4{.type = kIpv4Address, .value = OctetWriter{}.u32(0xcb00'7101).octets};
    const Tlv v6{.type = kIpv6Address,
                 .value = OctetWriter{}.u32(0x2001'0db8).u32(0).u32(0).u32(1).octets};
    Scene scene;
    scene.accept({.parameters = {v4, v6}});
    scene.send_as(0, init({.tag = kOtherTag, .parameters = {v6, v4}}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer) << "in whatever order";
    const InitView view{*answer};
    scene.send_as(view.tag, cookie_echo(view.cookie));
    EXPECT_TRUE(scene.engine.event<sctp::Restarted>());
    const Tlv another{.type = kIpv4Address, .value = OctetWriter{}.u32(0xcb00'7102).octets};
    scene.send_as(0, init({.tag = kOtherTag + 1, .parameters = {v4, another}}));
    EXPECT_TRUE(scene.take(kAbort)) << "the new life has no more than they";
    scene.send_as(0, init({.tag = kOtherTag + 1, .parameters = {v4}}));
    EXPECT_TRUE(scene.take(kInitAck)) << "but may have less";
}

/// What the engine says to a packet from another UDP port of the peer's host.
std::optional<ReadPacket> ask_from_port(Scene& scene, std::uint16_t port, Octets packet) {
    const Address source = scene.peer_address().with_port(port);
    const Path path{.local = scene.world.network.address(scene.engine.id), .remote = source};
    const Ancillary none;
    Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
    scene.engine.last_verdict = scene.engine.engine->receive(datagram, scene.now());
    const auto answer = scene.engine.engine->poll_transmit(scene.now(), {});
    if (!answer) return std::nullopt;
    EXPECT_EQ(answer->path.remote, source);
    return take_apart(answer->segment(0));
}

// Behind one NAT two hosts have one address, and may have chosen the same SCTP port. The UDP port
// tells them apart.
TEST(Encapsulation, TakesAnotherUdpPortOfThePeersHostForAnotherPeer) {
    Scene scene;
    scene.accept();
    const auto init_answer = ask_from_port(
        scene, 40'001, put_together(Scene::kPeerPort, Scene::kPort, 0, {init({.tag = kOtherTag})}));
    ASSERT_TRUE(init_answer);
    EXPECT_EQ(init_answer->tag, kOtherTag);
    ASSERT_TRUE(init_answer->has(kInitAck));
    const InitView view{*init_answer->find(kInitAck)};
    const auto cookie_answer = ask_from_port(
        scene, 40'001,
        put_together(Scene::kPeerPort, Scene::kPort, view.tag, {cookie_echo(view.cookie)}));
    ASSERT_TRUE(cookie_answer && cookie_answer->has(kCookieAck));
    EXPECT_EQ(scene.engine.engine->association_count(), 2u);
    EXPECT_FALSE(scene.engine.event<sctp::Restarted>());
    scene.send_data("unharmed");
    const auto message = scene.engine.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(as_text(message->payload.bytes()), "unharmed");
    EXPECT_EQ(message->path.remote, scene.peer_address());
}

// An association whose peer moves to where another one's was found is still found by its tag.
TEST(Encapsulation, FindsBothWhenOneMovesToWhereTheOtherWas) {
    Scene scene;
    scene.accept();
    const Octets hello =
        put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag, {heartbeat("where am I")});
    const auto first = ask_from_port(scene, 40'001, hello);
    ASSERT_TRUE(first && first->has(kHeartbeatAck)) << "a NAT has forgotten the old port";
    scene.accept(); // from the old port comes another peer
    const std::uint32_t second_tag = scene.engine_tag;
    EXPECT_EQ(scene.engine.engine->association_count(), 2u);
    const auto moved = ask_from_port(
        scene, 40'001,
        put_together(Scene::kPeerPort, Scene::kPort, second_tag, {heartbeat("and I")}));
    ASSERT_TRUE(moved && moved->has(kHeartbeatAck));
    EXPECT_TRUE(ask_from_port(scene, 40'001, hello));
    EXPECT_EQ(scene.engine.engine->association_count(), 2u);
    EXPECT_TRUE(scene.engine.abort());
    scene.world.settle();
    EXPECT_TRUE(ask_from_port(scene, 40'001, hello)) << "the other one's end touches nobody else";
    EXPECT_EQ(scene.engine.engine->association_count(), 1u);
}

// A neighbour that asked before the association was there has a cookie of its own, which makes an
// association of its own.
TEST(Encapsulation, TakesTheOlderCookieOfAnotherUdpPortForItsOwn) {
    Scene scene;
    const auto early = ask_from_port(
        scene, 40'001, put_together(Scene::kPeerPort, Scene::kPort, 0, {init({.tag = kOtherTag})}));
    ASSERT_TRUE(early && early->has(kInitAck));
    const InitView view{*early->find(kInitAck)};
    scene.accept();
    const auto answer = ask_from_port(
        scene, 40'001,
        put_together(Scene::kPeerPort, Scene::kPort, view.tag, {cookie_echo(view.cookie)}));
    EXPECT_TRUE(answer && answer->has(kCookieAck)) << "it is another peer";
    EXPECT_EQ(scene.engine.status().path.remote, scene.peer_address());
    scene.send_data("unharmed");
    EXPECT_EQ(scene.engine.received(), "unharmed");
    EXPECT_FALSE(scene.engine.event<sctp::Restarted>());
}

// "Tie-Tags ... not revealing the association's actual Verification Tags": whoever asks from the
// peer's address learns neither of them.
TEST(Rfc9260_5_2_2, ShowsNeitherTagOfTheAssociationToWhoeverAsks) {
    Scene scene;
    scene.accept();
    scene.send_as(0, init({.tag = kOtherTag}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    const auto shows = [&answer](std::uint32_t tag) {
        const Octets wanted = OctetWriter{}.u32(tag).octets;
        return !std::ranges::search(answer->value, wanted).empty();
    };
    EXPECT_FALSE(shows(scene.engine_tag));
    EXPECT_FALSE(shows(scene.peer_tag));
}

// The nonces of one life of an association restart it once.
TEST(Rfc9260_5_2_4, RestartsNothingWithACookieOfTheLifeBefore) {
    Scene scene;
    scene.accept();
    const InitView first = scene.question({.tag = kOtherTag, .tsn = 500});
    const InitView second = scene.question({.tag = kOtherTag + 1, .tsn = 600});
    scene.send_as(first.tag, cookie_echo(first.cookie));
    EXPECT_TRUE(scene.engine.event<sctp::Restarted>());
    scene.discard();
    scene.send_as(second.tag, cookie_echo(second.cookie));
    EXPECT_TRUE(scene.silent());
    EXPECT_FALSE(scene.engine.event<sctp::Restarted>());
    const InitView again = scene.question({.tag = kOtherTag + 2, .tsn = 700});
    scene.send_as(again.tag, cookie_echo(again.cookie));
    EXPECT_TRUE(scene.engine.event<sctp::Restarted>());
}

TEST(Rfc9260_5_2_3, DropsAnInitAckThatNobodyAskedFor) {
    Scene scene;
    scene.accept();
    scene.send(answer_to_init(kOtherTag));
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send_data("unharmed");
    EXPECT_EQ(scene.engine.received(), "unharmed");
}

TEST(Rfc9260_5_2_3, DropsASecondInitAck) {
    Scene scene;
    scene.begin_open();
    scene.send(answer_to_init());
    ASSERT_TRUE(scene.take(kCookieEcho));
    scene.send(answer_to_init(kOtherTag));
    EXPECT_TRUE(scene.silent());
    EXPECT_EQ(scene.engine.state(), State::cookie_echoed);
}

// Action A: the peer has lost its memory and comes back from the same address.
struct Reborn : Scene {
    Reborn() {
        accept();
        send_data("before");
        EXPECT_EQ(engine.received(), "before");
        EXPECT_TRUE(engine.send("never acknowledged", {.context = 42}));
        EXPECT_TRUE(engine.engine->heartbeat(engine.association(), 43, {}, now()));
        world.settle();
        old_tag = engine_tag;
        discard();
        const InitFields fields{.tag = kOtherTag, .tsn = 9000};
        const InitView answer = question(fields);
        send_as(answer.tag, cookie_echo(answer.cookie));
        engine_tag = answer.tag;
        engine_tsn = answer.tsn;
        peer_tsn = fields.tsn;
        peer_ssn = 0;
    }
    std::uint32_t old_tag = 0;
};

TEST(Rfc9260_5_2_4, RestartsWhenThePeerComesBackWithoutItsMemory) {
    Reborn scene;
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->has(kCookieAck));
    EXPECT_EQ(packet->tag, kOtherTag);
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_TRUE(scene.engine.event<sctp::Restarted>());
    EXPECT_FALSE(scene.engine.event<sctp::Closed>());
    EXPECT_EQ(scene.engine.engine->association_count(), 1u);
}

TEST(Rfc9260_5_2_4, GivesUnacknowledgedMessagesBackAtARestart) {
    Reborn scene;
    const auto failed = scene.engine.event<sctp::SendFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->why, sctp::SendFailed::Why::restarted);
    EXPECT_EQ(failed->context, 42u);
    EXPECT_EQ(as_text(failed->payload.bytes()), "never acknowledged");
    scene.run_for(60s);
    EXPECT_TRUE(scene.take_data().empty());
}

TEST(Rfc9260_5_2_4, SaysOfAHeartbeatThatTheLifeBeforeLeftItUnanswered) {
    Reborn scene;
    const auto result = scene.engine.event<sctp::HeartbeatResult>();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->context, 43u);
    EXPECT_FALSE(result->round_trip);
    scene.run_for(60s);
    EXPECT_FALSE(scene.engine.event<sctp::HeartbeatResult>()) << "once";
}

// What the old life left unanswered is not held against the new one.
TEST(Rfc9260_5_2_4, CountsErrorsAnewAfterARestart) {
    sctp::Options options = quiet_rfc9260();
    options.rto_initial = options.rto_min = options.rto_max = 100ms;
    options.association_retransmissions_max = 5;
    Scene scene{options};
    scene.accept();
    EXPECT_TRUE(scene.engine.send("never acknowledged"));
    scene.run_for(450ms); // four times
    const InitView answer = scene.question({.tag = kOtherTag, .tsn = 500});
    scene.send_as(answer.tag, cookie_echo(answer.cookie));
    ASSERT_TRUE(scene.engine.event<sctp::Restarted>());
    EXPECT_TRUE(scene.engine.send("nor this"));
    scene.run_for(550ms); // five times
    EXPECT_TRUE(scene.engine.is_connected());
    scene.run_for(100ms);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::timed_out);
}

TEST(Rfc9260_5_2_4, BeginsAllNumbersAgainAtARestart) {
    Reborn scene;
    scene.discard();
    scene.send_data("first of the new life");
    EXPECT_EQ(scene.engine.received(), "first of the new life");
    EXPECT_TRUE(scene.engine.send("hello again"));
    scene.world.settle();
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].tsn, scene.engine_tsn);
    EXPECT_EQ(sent[0].ssn, 0u);
    EXPECT_EQ(scene.engine.status().congestion_window_bytes, 4404u);
}

TEST(Rfc9260_5_2_4, KnowsTheOldTagNoMoreAfterARestart) {
    Reborn scene;
    scene.send_as(scene.old_tag, data({.tsn = scene.peer_tsn, .payload = "ghost"}));
    EXPECT_FALSE(scene.engine.received());
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc9260_5_2_4, DoesNotRestartWhileItShutsDown) {
    Scene scene;
    scene.accept();
    scene.send_as(0, init({.tag = kOtherTag}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    scene.send(shutdown(scene.engine_tsn - 1));
    ASSERT_TRUE(scene.take(kShutdownAck));
    ASSERT_EQ(scene.engine.state(), State::shutdown_ack_sent);

    const InitView view{*answer};
    scene.send_as(view.tag, cookie_echo(view.cookie));
    bool again = false;
    std::optional<Tlv> cause;
    while (const auto packet = scene.next()) {
        again |= packet->has(kShutdownAck);
        if (const Chunk* report = packet->find(kError)) {
            cause = report->tlv(0, kCookieWhileShuttingDown);
        }
        EXPECT_FALSE(packet->has(kCookieAck));
    }
    EXPECT_TRUE(again) << "SHUTDOWN ACK is sent again";
    EXPECT_TRUE(cause);
    EXPECT_EQ(scene.engine.state(), State::shutdown_ack_sent);
}

TEST(Rfc9260_5_2_5, DropsADuplicateCookieAck) {
    Scene scene;
    scene.open();
    scene.send(bare(kCookieAck));
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_TRUE(scene.engine.event<sctp::Connected>());
    EXPECT_FALSE(scene.engine.event<sctp::Connected>());
}

TEST(Rfc9260_5_2_5, DropsACookieAckThatComesTooEarly) {
    Scene scene;
    scene.begin_open();
    scene.send(bare(kCookieAck));
    EXPECT_EQ(scene.engine.state(), State::cookie_wait);
    EXPECT_TRUE(scene.silent());
}

// Both ends connect at once, with the same ports, and any of the first packets is lost.
TEST(Rfc9260_5_2_1, MakesOneAssociationOfTwoThatCross) {
    for (unsigned losses = 0; losses < 256; ++losses) {
        Pair pair{quiet_rfc9260()};
        pair.latency(20ms);
        unsigned index = 0;
        const auto lose = [&index, losses](WireDatagram&) { return (losses >> index++ & 1) == 0; };
        pair.set_hook(pair.a, lose);
        pair.set_hook(pair.z, lose);
        const sctp::ConnectOptions from{.local_port = Pair::kPort};
        ASSERT_TRUE(pair.a.connect(pair.network().address(pair.z.id), Pair::kPort, from));
        ASSERT_TRUE(pair.z.connect(pair.network().address(pair.a.id), Pair::kPort, from));
        EXPECT_TRUE(pair.run_until_idle(5min)) << "losses " << losses;
        for (Side* side : {&pair.a, &pair.z}) {
            ASSERT_TRUE(side->is_connected()) << "losses " << losses;
            EXPECT_EQ(side->engine->association_count(), 1u);
            EXPECT_TRUE(side->event<sctp::Connected>());
            EXPECT_TRUE(side->events.empty()) << "losses " << losses;
            EXPECT_TRUE(side->send("hello"));
        }
        pair.run_for(5min);
        EXPECT_EQ(pair.a.received(), "hello") << "losses " << losses;
        EXPECT_EQ(pair.z.received(), "hello") << "losses " << losses;
    }
}

} // namespace
} // namespace hawser::test
