// RFC 9260 §8.4 and §8.5: packets of no association, and the verification tag.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using sctp::State;

constexpr std::uint32_t kStrayTag = 0x5555'0001;

TEST(Rfc9260_8_4, DropsWhatComesFromAnAddressThatNobodyAnswers) {
    Scene scene;
    const Address sources[] = {
        Address::ipv4({224, 0, 0, 1}, 9899), Address::ipv4({255, 255, 255, 255}, 9899),
        Address::ipv4({0, 0, 0, 0}, 9899), Address::ipv4({192, 0, 2, 2}, 0),
        Address::ipv6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 9899)};
    for (const Address& source : sources) {
        scene.send_octets_from(source,
                               put_together(7, Scene::kPort, kStrayTag, {data({.tsn = 1})}));
        scene.send_octets_from(source, put_together(7, Scene::kPort, 0, {init()}));
        EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_source) << to_string(source);
    }
    EXPECT_EQ(scene.packets_sent(), 0u);
}

/// Sends a packet that belongs to no association, and gives the answer.
std::optional<ReadPacket> stray(const std::vector<Chunk>& chunks, std::uint32_t tag = kStrayTag) {
    Scene scene;
    scene.send_packet(tag, chunks);
    EXPECT_LE(scene.peer.inbox.size(), 1u);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    return scene.next();
}

TEST(Rfc9260_8_4, NeverAnswersAnAbort) {
    EXPECT_FALSE(stray({abort()}));
    EXPECT_FALSE(stray({abort({}, kReflected)}));
    EXPECT_FALSE(stray({data({.tsn = 1}), abort()})) << "wherever it stands in the packet";
}

TEST(Rfc9260_8_4, DropsInitWithATag) {
    EXPECT_FALSE(stray({init()}));
}

TEST(Rfc9260_8_4, AnswersShutdownAckWithShutdownComplete) {
    const auto answer = stray({bare(kShutdownAck)});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->tag, kStrayTag) << "reflected";
    ASSERT_TRUE(answer->has(kShutdownComplete));
    EXPECT_EQ(answer->find(kShutdownComplete)->flags & kReflected, kReflected);
}

TEST(Rfc9260_8_4, NeverAnswersAShutdownComplete) {
    EXPECT_FALSE(stray({bare(kShutdownComplete)}));
    EXPECT_FALSE(stray({bare(kShutdownComplete, kReflected)}));
}

TEST(Rfc9260_8_4, NeverAnswersAnErrorOrACookieAck) {
    EXPECT_FALSE(stray({error({{.type = kStaleCookie, .value = Octets(4)}})}));
    EXPECT_FALSE(stray({error({{.type = kInvalidStream, .value = Octets(4)}})}));
    EXPECT_FALSE(stray({bare(kCookieAck)}));
}

TEST(Rfc9260_8_4, NeverAnswersAForgedCookie) {
    EXPECT_FALSE(stray({cookie_echo(Octets(100))}));
}

TEST(Rfc9260_8_4, AnswersTheRestWithAReflectedAbort) {
    const std::vector<std::vector<Chunk>> packets{
        {data({.tsn = 1})}, {sack({.tsn = 1})},    {heartbeat("x")},
        {shutdown(1)},      {bare(kHeartbeatAck)}, {data({.tsn = 1}), data({.tsn = 2})}};
    for (const auto& chunks : packets) {
        const auto answer = stray(chunks);
        ASSERT_TRUE(answer) << int{chunks[0].type};
        EXPECT_EQ(answer->tag, kStrayTag);
        ASSERT_TRUE(answer->has(kAbort));
        EXPECT_EQ(answer->find(kAbort)->flags & kReflected, kReflected);
        EXPECT_EQ(answer->source_port, Scene::kPort);
        EXPECT_EQ(answer->destination_port, Scene::kPeerPort);
    }
}

TEST(Rfc9260_8_4, AnswersNoMoreStraysThanItsLimit) {
    sctp::Options options = quiet_rfc9260();
    options.stray_answers_per_second = 10;
    Scene scene{options};
    for (int second = 0; second < 5; ++second) {
        for (int i = 0; i < 200; ++i)
            scene.send_as(kStrayTag, data({.tsn = 1}));
        scene.run_for(1s);
    }
    EXPECT_GE(scene.peer.inbox.size(), 40u);
    EXPECT_LE(scene.peer.inbox.size(), 70u);
    const sctp::Counters& counters = scene.engine.engine->counters();
    EXPECT_EQ(counters.answers_suppressed + counters.stateless_answers, 1000u);
}

TEST(Rfc9260_8_5, PutsThePeersTagIntoEveryPacket) {
    Scene scene;
    scene.accept({.tag = 0x7654'3210});
    EXPECT_TRUE(scene.engine.send("hello"));
    scene.send_data();
    scene.send(heartbeat("x"));
    EXPECT_TRUE(scene.engine.abort());
    scene.world.settle();
    EXPECT_GE(scene.peer.inbox.size(), 3u);
    while (const auto packet = scene.next())
        EXPECT_EQ(packet->tag, 0x7654'3210u);
}

TEST(Rfc9260_8_5, DropsAPacketWithAWrongTag) {
    Scene scene;
    scene.accept();
    const std::uint32_t right = scene.engine_tag;
    for (const std::uint32_t wrong : {0u, right + 1, right ^ 0x8000'0000u, scene.peer_tag}) {
        scene.send_as(wrong, data({.tsn = scene.peer_tsn}));
        scene.send_as(wrong, shutdown(scene.engine_tsn - 1));
        scene.send_as(wrong, sack({.tsn = scene.engine_tsn + 50}));
        scene.send_as(wrong, heartbeat("x"));
        EXPECT_TRUE(scene.silent()) << "not even an ABORT: that would tell a guesser";
        EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_tag);
    }
    EXPECT_FALSE(scene.engine.received());
    EXPECT_TRUE(scene.engine.is_connected());
}

// The tag is not enough: ports and host have to be the peer's. Only its UDP port may change.
TEST(Rfc9260_8_5, DropsARightTagFromOtherPortsOrAnotherHost) {
    Scene scene;
    scene.accept();
    const std::vector<Chunk> said{data({.tsn = scene.peer_tsn})};
    const auto packet = [&](std::uint16_t from, std::uint16_t to) {
        return put_together(from, to, scene.engine_tag, said);
    };
    const Address elsewhere = Address::ipv4({192, 0, 2, 99}, scene.peer_address().port());
    scene.send_octets(packet(Scene::kPeerPort + 1, Scene::kPort));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::out_of_the_blue);
    scene.send_octets(packet(Scene::kPeerPort, Scene::kPort + 1));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::out_of_the_blue);
    scene.send_octets_from(elsewhere, packet(Scene::kPeerPort, Scene::kPort));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::out_of_the_blue);
    EXPECT_FALSE(scene.engine.received());
    scene.send_octets_from(scene.peer_address().with_port(40'000),
                           packet(Scene::kPeerPort, Scene::kPort));
    EXPECT_EQ(scene.engine.received(), "data");
}

TEST(Rfc9260_8_5_1, DropsInitWithATagOfAnEstablishedAssociation) {
    Scene scene;
    scene.accept();
    scene.send_as(scene.engine_tag, init());
    scene.send_as(kStrayTag, init());
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.engine.is_connected());
}

struct TagCase {
    bool peers_tag; ///< the tag is the peer's own instead of the engine's
    bool reflected; ///< the T bit
    bool accepted;
};

constexpr TagCase kTagCases[] = {
    {.peers_tag = false, .reflected = false, .accepted = true},
    {.peers_tag = true, .reflected = true, .accepted = true},
    {.peers_tag = false, .reflected = true, .accepted = false},
    {.peers_tag = true, .reflected = false, .accepted = false},
};

TEST(Rfc9260_8_5_1, TakesAbortWithItsOwnTagOrTheReflectedOne) {
    for (const TagCase& tag_case : kTagCases) {
        Scene scene;
        scene.accept();
        scene.send_as(tag_case.peers_tag ? scene.peer_tag : scene.engine_tag,
                      abort({}, tag_case.reflected ? kReflected : 0));
        EXPECT_EQ(scene.engine.event<sctp::Closed>().has_value(), tag_case.accepted);
        EXPECT_EQ(scene.engine.engine->association_count(), tag_case.accepted ? 0u : 1u);
        EXPECT_TRUE(scene.silent());
    }
    Scene scene;
    scene.accept();
    scene.send_as(kStrayTag, abort());
    scene.send_as(kStrayTag, abort({}, kReflected));
    scene.send_as(0, abort());
    scene.send_as(0, abort({}, kReflected));
    EXPECT_TRUE(scene.engine.is_connected());
}

// A blind attacker knows that no tag has been learned yet: 0 must not pass for the peer's.
TEST(Rfc9260_8_5_1, DropsAReflectedAbortOfTagZeroInCookieWait) {
    Scene scene;
    scene.begin_open();
    scene.send_as(0, abort({}, kReflected));
    scene.send_as(0, abort());
    scene.send_as(kStrayTag, abort());
    EXPECT_EQ(scene.engine.state(), State::cookie_wait);
}

TEST(Rfc9260_8_5_1, TakesShutdownCompleteWithItsOwnTagOrTheReflectedOne) {
    for (const TagCase& tag_case : kTagCases) {
        Scene scene;
        scene.accept();
        scene.send(shutdown(scene.engine_tsn - 1));
        ASSERT_TRUE(scene.take(kShutdownAck));
        scene.send_as(tag_case.peers_tag ? scene.peer_tag : scene.engine_tag,
                      bare(kShutdownComplete, tag_case.reflected ? kReflected : 0));
        EXPECT_EQ(scene.engine.event<sctp::Closed>().has_value(), tag_case.accepted);
    }
}

TEST(Rfc9260_8_5_1, DropsShutdownCompleteInOtherStates) {
    Scene scene;
    scene.accept();
    scene.send(bare(kShutdownComplete));
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    scene.discard();
    scene.send(bare(kShutdownComplete));
    EXPECT_EQ(scene.engine.state(), State::shutdown_sent);
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc9260_8_5_1, TreatsShutdownAckInCookieWaitAsOutOfTheBlue) {
    Scene scene;
    scene.begin_open();
    scene.send_as(kStrayTag, bare(kShutdownAck));
    const auto answer = scene.next();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->tag, kStrayTag);
    ASSERT_TRUE(answer->has(kShutdownComplete));
    EXPECT_EQ(answer->find(kShutdownComplete)->flags & kReflected, kReflected);
    EXPECT_EQ(scene.engine.state(), State::cookie_wait);
}

TEST(Rfc9260_8_5_1, DropsShutdownAckInEstablished) {
    Scene scene;
    scene.accept();
    scene.send(bare(kShutdownAck));
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_TRUE(scene.silent());
}

} // namespace
} // namespace hawser::test
