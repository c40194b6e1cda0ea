// RFC 9260 §5.1.3 to §5.1.5 and §5.2.6: the state cookie.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

TEST(Rfc9260_5_1_3, KeepsNoStateForInit) {
    Scene scene;
    for (std::uint16_t port = 1000; port < 2000; ++port) {
        scene.send_octets(put_together(port, Scene::kPort, 0, {init({.tag = port})}));
    }
    EXPECT_EQ(scene.peer.inbox.size(), 1000u);
    EXPECT_EQ(scene.engine.engine->counters().stateless_answers, 1000u);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    EXPECT_EQ(scene.engine.buffers.in_use(), 0u);
    EXPECT_EQ(scene.engine.packets.in_use(), 0u);
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc9260_5_1_5, ChecksTheTagOfThePacketAgainstTheCookie) {
    Scene scene;
    const InitView answer = scene.question();
    scene.send_as(answer.tag ^ 1, cookie_echo(answer.cookie));
    EXPECT_TRUE(scene.silent());
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    scene.send_as(answer.tag, cookie_echo(answer.cookie));
    EXPECT_TRUE(scene.take(kCookieAck));
}

TEST(Rfc9260_5_1_5, DropsACookieThatWasTamperedWith) {
    Scene scene;
    const InitView answer = scene.question();
    for (std::size_t i = 0; i < answer.cookie.size(); ++i) {
        Octets forged = answer.cookie;
        forged[i] ^= std::byte{0x80};
        scene.send_as(answer.tag, cookie_echo(forged));
        EXPECT_TRUE(scene.silent()) << i;
        scene.discard();
    }
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

TEST(Rfc9260_5_1_5, DropsACookieOfAnotherLength) {
    Scene scene;
    const InitView answer = scene.question();
    for (std::size_t size = 0; size < answer.cookie.size() + 40; ++size) {
        if (size == answer.cookie.size()) continue;
        Octets other = answer.cookie;
        other.resize(size);
        scene.send_as(answer.tag, cookie_echo(other));
        EXPECT_TRUE(scene.silent()) << size;
        scene.discard();
    }
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

TEST(Rfc9260_5_1_5, DropsTheCookieOfAnotherEndpoint) {
    Scene theirs{quiet_rfc9260(), 7};
    Scene ours{quiet_rfc9260(), 8};
    const InitView answer = theirs.question();
    ours.send_as(answer.tag, cookie_echo(answer.cookie));
    EXPECT_TRUE(ours.silent());
    EXPECT_EQ(ours.engine.engine->association_count(), 0u);
}

TEST(Rfc9260_5_1_5, DropsACookieFromAnotherAddress) {
    Scene scene;
    const InitView answer = scene.question();
    const Octets echo =
        put_together(Scene::kPeerPort, Scene::kPort, answer.tag, {cookie_echo(answer.cookie)});
    scene.send_octets_from(Address::ipv4({192, 0, 2, 99}, 9899), echo);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_cookie);
}

TEST(Rfc9260_5_1_5, DropsACookieOfOtherPorts) {
    Scene scene;
    const InitView answer = scene.question();
    scene.send_octets(
        put_together(Scene::kPeerPort + 1, Scene::kPort, answer.tag, {cookie_echo(answer.cookie)}));
    EXPECT_TRUE(scene.silent());
    ASSERT_TRUE(scene.engine.listen(Scene::kPort + 1));
    scene.send_octets(
        put_together(Scene::kPeerPort, Scene::kPort + 1, answer.tag, {cookie_echo(answer.cookie)}));
    EXPECT_TRUE(scene.silent());
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

// Whenever it was made, and however often the secrets have turned since.
TEST(Rfc9260_5_1_5, TakesACookieForTheWholeOfItsLifetime) {
    for (int i = 0; i < 30; ++i) {
        Scene scene;
        scene.run_for(i * 7s);
        const InitView answer = scene.question();
        scene.run_for(59s);
        scene.send_as(answer.tag, cookie_echo(answer.cookie));
        EXPECT_TRUE(scene.take(kCookieAck)) << "made after " << i * 7 << " s";
    }
}

TEST(Rfc9260_5_1_5, TakesACookieAtTheLastInstantOfItsLifetime) {
    for (const bool late : {false, true}) {
        Scene scene;
        const InitView answer = scene.question();
        scene.run_for(60s + (late ? 1ns : 0ns));
        scene.send_as(answer.tag, cookie_echo(answer.cookie));
        EXPECT_EQ(scene.take(late ? kError : kCookieAck).has_value(), true);
    }
}

// RFC 9260 §5.1.5 step 4: the measure of staleness is the time since it ran out, in microseconds.
TEST(Rfc9260_5_1_5, AnswersAStaleCookieWithAnError) {
    Scene scene;
    const InitView answer = scene.question({.tag = 0xabcd});
    scene.run_for(61s);
    scene.send_as(answer.tag, cookie_echo(answer.cookie));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->tag, 0xabcdu);
    ASSERT_TRUE(packet->has(kError));
    EXPECT_EQ(packet->find(kError)->flags, 0);
    const auto cause = packet->find(kError)->tlv(0, kStaleCookie);
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->u32(0), 1'000'000u);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    EXPECT_FALSE(scene.engine.event<sctp::Connected>());
    EXPECT_EQ(scene.engine.last_verdict, Verdict::stale_cookie);
}

TEST(Rfc9260_5_2_6, BeginsAgainOrGivesUpWhenItsCookieWasStale) {
    Scene scene;
    scene.begin_open();
    scene.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")}}}));
    ASSERT_TRUE(scene.take(kCookieEcho));
    scene.send(error({{.type = kStaleCookie, .value = OctetWriter{}.u32(1000).octets}}));
    const bool again = scene.take(kInit).has_value();
    const bool gave_up = scene.engine.event<sctp::Closed>().has_value();
    EXPECT_NE(again, gave_up);
    EXPECT_EQ(scene.engine.state(), again ? sctp::State::cookie_wait : sctp::State::closed);
}

// Both in one batch, before the COOKIE ECHO could leave.
TEST(Rfc9260_5_2_6, EchoesNoCookieThatItHasThrownAway) {
    Scene scene;
    scene.begin_open();
    const Path path = scene.path();
    for (const Chunk& chunk :
         {init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")}}}),
          error({{.type = kStaleCookie, .value = OctetWriter{}.u32(1000).octets}})}) {
        Octets packet =
            put_together(Scene::kPeerPort, scene.engine_port, scene.engine_tag, {chunk});
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
        EXPECT_EQ(scene.engine.engine->receive(datagram, scene.now()), Verdict::accepted);
    }
    scene.run_for(1ms);
    EXPECT_EQ(scene.count(kCookieEcho), 0u);
    EXPECT_EQ(scene.count(kInit), 1u);
}

// RFC 9260 §5.2.6: the second INIT asks for twice as much longer as the cookie was late. A first
// one asks for nothing.
TEST(Rfc9260_5_2_6, AsksForACookieThatLivesLonger) {
    constexpr std::size_t kParameters = 16;
    Scene scene;
    EXPECT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    scene.world.settle();
    scene.engine_port = scene.peer.inbox.front().source_port;
    auto asked = scene.take(kInit);
    ASSERT_TRUE(asked);
    EXPECT_FALSE(asked->tlv(kParameters, kCookiePreservative));
    scene.engine_tag = InitView{*asked}.tag;
    scene.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")}}}));
    scene.send(error({{.type = kStaleCookie, .value = OctetWriter{}.u32(7'000'000).octets}}));
    asked = scene.take(kInit);
    ASSERT_TRUE(asked);
    const auto longer = asked->tlv(kParameters, kCookiePreservative);
    ASSERT_TRUE(longer);
    EXPECT_EQ(longer->u32(0), 14'000u) << "milliseconds";
}

TEST(Rfc9260_5_2_6, DoesNotBeginAgainWithoutEnd) {
    Scene scene;
    scene.begin_open();
    int rounds = 0;
    for (; rounds < 100 && scene.engine.state() == sctp::State::cookie_wait; ++rounds) {
        scene.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")}}}));
        scene.send(error({{.type = kStaleCookie, .value = OctetWriter{}.u32(1000).octets}}));
        while (const auto again = scene.take(kInit))
            scene.engine_tag = InitView{*again}.tag;
    }
    EXPECT_EQ(rounds, 4); // three times more; the RFC leaves the number open
    EXPECT_EQ(scene.engine.state(), sctp::State::closed);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::refused) << "it was not silent";
    EXPECT_EQ(end->cause, kStaleCookie);
}

// Of the largest cookie that a packet carries, and of those that IP has to cut.
void expect_echo(std::size_t packet_bytes, std::size_t cookie_bytes) {
    sctp::Options options = quiet_rfc9260();
    options.packet_bytes_max = packet_bytes;
    Scene scene{options};
    scene.begin_open();
    const std::string cookie(cookie_bytes, 'c');
    EXPECT_TRUE(scene.engine.send("in a packet of its own"));
    std::optional<bool> whole;
    scene.world.network.set_hook(scene.engine.id, [&](const WireDatagram& datagram) {
        whole = datagram.ancillary.dont_fragment.value_or(true);
        return true;
    });
    scene.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets(cookie)}}}));
    ASSERT_EQ(scene.peer.inbox.size(), 1u) << cookie_bytes;
    ASSERT_EQ(scene.peer.inbox[0].chunks.size(), 1u) << "there is no room for another";
    const auto echo = scene.take(kCookieEcho);
    ASSERT_TRUE(echo);
    EXPECT_EQ(echo->value, octets(cookie));
    EXPECT_EQ(whole, cookie_bytes + 12 + 4 <= packet_bytes);
    scene.send(bare(kCookieAck));
    EXPECT_TRUE(scene.take(kData));
}

TEST(Rfc9260_5_1_3, EchoesACookieThatFillsThePacket) {
    for (const std::size_t packet_bytes : {1200u, 2048u, 4000u}) { // slabs have 2048, or far more
        for (std::size_t beyond = 0; beyond <= 16; beyond += 4)
            expect_echo(packet_bytes, packet_bytes - 12 - 4 + beyond);
        expect_echo(packet_bytes, 5000);
    }
}

TEST(Rfc9260_5_2_6, TakesNoNoticeOfAStaleCookieErrorInOtherStates) {
    Scene scene;
    scene.accept();
    scene.send(error({{.type = kStaleCookie, .value = OctetWriter{}.u32(1000).octets}}));
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_TRUE(scene.silent());
}

// What stands beside a COOKIE ECHO is judged, too.
TEST(Rfc9260_5_1, SaysWhatBecameOfThePacketThatEstablishedAndEndedAnAssociation) {
    Scene scene;
    const InitView answer = scene.question();
    const auto before = scene.engine.engine->counters().of(Verdict::protocol_violation);
    const auto middle = [](std::uint32_t tsn) { return data({.tsn = tsn, .flags = 0}); };
    scene.send_packet(answer.tag, {cookie_echo(answer.cookie), middle(1000)});
    EXPECT_EQ(scene.engine.engine->counters().of(Verdict::protocol_violation), before + 1);
}

} // namespace
} // namespace hawser::test
