// RFC 9260 §9.1 and §3.3.10: the end without grace, and the causes of errors.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using sctp::CloseReason;

TEST(Rfc9260_9_1, TellsThePeerWhyItAborts) {
    Scene scene;
    scene.accept();
    EXPECT_TRUE(scene.engine.abort("because"));
    scene.world.settle();
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->tag, scene.peer_tag);
    ASSERT_EQ(packet->chunks.size(), 1u);
    ASSERT_EQ(packet->chunks[0].type, kAbort);
    EXPECT_EQ(packet->chunks[0].flags & kReflected, 0);
    const auto cause = packet->chunks[0].tlv(0, kUserInitiatedAbort);
    ASSERT_TRUE(cause);
    EXPECT_EQ(as_text(cause->value), "because");
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, CloseReason::aborted_locally);
    EXPECT_EQ(scene.engine.deadline(), kNever);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

TEST(Rfc9260_9_1, SendsNoDataWithAnAbort) {
    Scene scene;
    scene.accept();
    EXPECT_TRUE(scene.engine.send("too late"));
    EXPECT_TRUE(scene.engine.abort());
    scene.run_for(60s);
    EXPECT_EQ(scene.count(kAbort), 1u);
    EXPECT_TRUE(scene.take_data().empty());
    const auto failed = scene.engine.event<sctp::SendFailed>();
    ASSERT_TRUE(failed);
    EXPECT_FALSE(failed->sent);
}

TEST(Rfc9260_9_1, CutsALongReasonShort) {
    Scene scene;
    scene.accept();
    static_cast<void>(scene.engine.abort(std::string(5000, 'r')));
    scene.world.settle();
    const auto chunk = scene.take(kAbort);
    ASSERT_TRUE(chunk);
    EXPECT_LE(chunk->value.size(), 600u);
}

TEST(Rfc9260_9_1, EndsWithoutAWordWhenThePeerAborts) {
    Scene scene;
    scene.accept();
    EXPECT_TRUE(scene.engine.send("lost", {.context = 3}));
    scene.world.settle();
    scene.discard();
    scene.send(abort({{.type = kUserInitiatedAbort, .value = octets("enough")}}));
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.engine.event<sctp::Connected>());
    const auto failed = scene.engine.event<sctp::SendFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->context, 3u);
    EXPECT_EQ(as_text(failed->payload.bytes()), "lost");
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, CloseReason::aborted_by_peer);
    EXPECT_EQ(end->cause, kUserInitiatedAbort);
    EXPECT_EQ(as_text(end->information.bytes()), "enough");
    scene.run_for(10min);
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.engine.events.empty()) << "nothing after the end";
}

TEST(Rfc9260_9_1, EndsOnAnAbortBehindOtherChunks) {
    Scene scene;
    scene.accept();
    scene.send(heartbeat("x"), abort());
    EXPECT_TRUE(scene.engine.event<sctp::Closed>());
}

TEST(Rfc9260_9_1, EndsOnAnAbortWhoseCausesMakeNoSense) {
    for (const std::uint16_t length : std::initializer_list<std::uint16_t>{0, 1, 3, 5000}) {
        Scene scene;
        scene.accept();
        scene.send(abort({{.type = 99, .value = Octets(8), .forged_length = length}}));
        EXPECT_TRUE(scene.engine.event<sctp::Closed>()) << length;
        EXPECT_TRUE(scene.silent());
    }
}

TEST(Rfc9260_9_1, EndsOnAnAbortInEveryState) {
    using Prepare = void (*)(Scene&);
    const Prepare states[] = {
        [](Scene& scene) {
            scene.begin_open();
            scene.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets("c")}}}));
        },
        [](Scene& scene) {
            scene.accept();
            EXPECT_TRUE(scene.engine.send("pending"));
            EXPECT_TRUE(scene.engine.shutdown());
            scene.world.settle();
        },
        [](Scene& scene) {
            scene.accept();
            EXPECT_TRUE(scene.engine.shutdown());
            scene.world.settle();
        },
        [](Scene& scene) {
            scene.accept();
            EXPECT_TRUE(scene.engine.send("pending"));
            scene.world.settle();
            scene.send(shutdown(scene.engine_tsn - 1));
        },
        [](Scene& scene) {
            scene.accept();
            scene.send(shutdown(scene.engine_tsn - 1));
        },
    };
    for (const Prepare prepare : states) {
        Scene scene;
        prepare(scene);
        scene.discard();
        const auto state = sctp::name(scene.engine.state());
        scene.send(abort());
        EXPECT_TRUE(scene.engine.event<sctp::Closed>()) << state;
        EXPECT_TRUE(scene.silent()) << state;
        EXPECT_EQ(scene.engine.deadline(), kNever) << state;
        EXPECT_EQ(scene.engine.engine->association_count(), 0u) << state;
    }
}

TEST(Rfc9260_3_3_10, GivesTheCausesOfAnErrorToItsUser) {
    Scene scene;
    scene.accept();
    scene.send(error({{.type = kInvalidStream, .value = OctetWriter{}.u16(9).u16(0).octets},
                      {.type = 0x4321, .value = octets("unheard of")}}));
    const auto first = scene.engine.event<sctp::PeerError>();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->cause, kInvalidStream);
    EXPECT_EQ(first->information.size(), 4u);
    const auto second = scene.engine.event<sctp::PeerError>();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->cause, 0x4321);
    EXPECT_EQ(as_text(second->information.bytes()), "unheard of");
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_TRUE(scene.silent());
}

// During the handshake as well; but a peer that is still busy with its last association is only
// asked again.
TEST(Rfc9260_3_3_10, GivesTheCausesOfAnErrorToItsUserDuringTheHandshake) {
    Scene scene;
    scene.begin_open();
    scene.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")}}}));
    ASSERT_TRUE(scene.take(kCookieEcho));
    scene.send(error({{.type = kCookieWhileShuttingDown}, {.type = 0x4321}}));
    const auto told = scene.engine.event<sctp::PeerError>();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->cause, 0x4321);
    EXPECT_FALSE(scene.engine.event<sctp::PeerError>());
    EXPECT_TRUE(scene.silent());
    scene.run_for(1s);
    EXPECT_TRUE(scene.take(kCookieEcho));
    scene.send(bare(kCookieAck));
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send(error({{.type = kCookieWhileShuttingDown}}));
    EXPECT_TRUE(scene.engine.event<sctp::PeerError>()) << "that is no answer to anything now";
}

TEST(Rfc9260_3_3_10, SurvivesCausesWhoseLengthsDoNotHold) {
    for (const std::uint16_t length : std::initializer_list<std::uint16_t>{0, 1, 3, 9, 65'535}) {
        Scene scene;
        scene.accept();
        scene.send(error({{.type = 77, .value = Octets(4), .forged_length = length}}));
        EXPECT_TRUE(scene.engine.is_connected()) << length;
        EXPECT_TRUE(scene.silent());
    }
}

// Each cause and each parameter cut at every length, where the engine reads their values.
TEST(Rfc9260_3_3_10, SurvivesEveryCauseCutShort) {
    for (std::uint16_t cause = 0; cause < 16; ++cause) {
        for (std::size_t size = 0; size < 12; ++size) {
            Scene scene;
            scene.accept();
            scene.send(error({{.type = cause, .value = Octets(size, std::byte{0xff})}}));
            EXPECT_TRUE(scene.engine.is_connected()) << cause << " of " << size;
            scene.send(abort({{.type = cause, .value = Octets(size, std::byte{0xff})}}));
            EXPECT_TRUE(scene.engine.event<sctp::Closed>()) << cause << " of " << size;
        }
    }
}

} // namespace
} // namespace hawser::test
