// RFC 9260 §8.1 to §8.3: is the peer still there?
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

/// Runs in steps and answers every HEARTBEAT; gives how many there were.
int answer_heartbeats(Scene& scene, Duration duration) {
    int count = 0;
    const Instant end = scene.now() + duration;
    while (scene.now() < end) {
        scene.run_for(100ms);
        while (const auto beat = scene.take(kHeartbeat)) {
            ++count;
            scene.send(Chunk{.type = kHeartbeatAck, .value = beat->value});
        }
    }
    return count;
}

TEST(Rfc9260_8_3, AnswersAHeartbeatWithWhatItCarried) {
    Scene scene;
    scene.accept();
    const Chunk question = heartbeat("any information at all, of any length.");
    scene.send(question);
    const auto answer = scene.take(kHeartbeatAck);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->value, question.value);
    EXPECT_TRUE(scene.silent());
}

// The peer's packets may be larger than ours: what came whole goes back whole, if IP cuts it.
TEST(Rfc9260_8_3, AnswersAHeartbeatThatIsLargerThanOurPackets) {
    for (const std::size_t bytes : {1183u, 1184u, 1185u, 1200u, 9000u, 65'000u}) {
        Scene scene;
        scene.accept();
        const Chunk question = heartbeat(std::string(bytes, 'h'));
        scene.send(question, data({.tsn = scene.peer_tsn, .payload = "beside it"}));
        EXPECT_EQ(scene.engine.received(), "beside it");
        ASSERT_FALSE(scene.peer.raw.empty());
        const bool is_wide = bytes > 1180;
        EXPECT_EQ(scene.peer.raw.front().ancillary.dont_fragment.value_or(false), !is_wide)
            << bytes;
        const auto answer = scene.take(kHeartbeatAck);
        ASSERT_TRUE(answer) << bytes;
        EXPECT_EQ(answer->value, question.value);
        scene.run_for(1s);
        EXPECT_TRUE(scene.take(kSack)) << "and the rest is not held up";
        EXPECT_EQ(scene.engine.engine->counters().answers_suppressed, 0u);
    }
}

// Nobody makes us hoard such answers.
TEST(Rfc9260_8_3, AnswersNoMoreLargeHeartbeatsThanFitInto64Kilobytes) {
    Scene scene;
    scene.accept();
    const Chunk question = heartbeat(std::string(20'000, 'h'));
    scene.send(question, question, question);
    scene.send(question, question, question);
    EXPECT_EQ(scene.count(kHeartbeatAck), 6u) << "each packet is answered before the next";
    scene.send(bare(kHeartbeat), heartbeat(std::string(40'000, 'h')),
               heartbeat(std::string(26'000, 'h')));
    EXPECT_EQ(scene.count(kHeartbeatAck), 8u);
    EXPECT_EQ(scene.engine.engine->counters().answers_suppressed, 1u);
}

TEST(Rfc9260_8_3, BeatsAboutEveryIntervalWhenIdle) {
    Scene scene{sctp::Options::rfc9260()};
    scene.accept();
    const int beats = answer_heartbeats(scene, 10min);
    EXPECT_GE(beats, 12);
    EXPECT_LE(beats, 30) << "every 30 s + RTO, with jitter of half";
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc9260_8_3, KeepsQuietWhenHeartbeatsAreOff) {
    Scene scene;
    scene.accept();
    scene.run_for(1h);
    EXPECT_TRUE(scene.silent());
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc9260_8_3, DropsAnAnswerThatItDidNotAskFor) {
    Scene scene;
    scene.accept();
    for (std::size_t size = 0; size < 80; ++size) {
        scene.send(Chunk{.type = kHeartbeatAck,
                         .value = octets(std::vector<Tlv>{
                             {.type = kHeartbeatInfo, .value = Octets(size, std::byte{0x5a})}})});
        scene.send(Chunk{.type = kHeartbeatAck, .value = Octets(size, std::byte{0})});
    }
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.engine.status().smoothed_rtt, Duration::zero());
    EXPECT_TRUE(scene.silent());
}

// The information is a nonce of ours: an answer that was tampered with counts for nothing.
TEST(Rfc9260_8_3, DropsAnAnswerThatWasTamperedWith) {
    Scene scene;
    scene.accept();
    EXPECT_TRUE(scene.engine.engine->heartbeat(scene.engine.association(), 7, {}, scene.now()));
    scene.world.settle();
    const auto beat = scene.take(kHeartbeat);
    ASSERT_TRUE(beat);
    for (std::size_t i = 4; i < beat->value.size(); ++i) {
        Chunk forged{.type = kHeartbeatAck, .value = beat->value};
        forged.value[i] ^= std::byte{0xff};
        scene.send(forged);
    }
    const auto result = scene.engine.event<sctp::HeartbeatResult>();
    EXPECT_FALSE(result && result->round_trip) << "not even in its padding or reserved bytes";
}

TEST(Rfc9260_8_3, MeasuresTheRoundTripOfAHeartbeat) {
    Scene scene;
    scene.accept();
    EXPECT_TRUE(scene.engine.engine->heartbeat(scene.engine.association(), 7,
                                               {.dscp = Dscp::ef, .ecn = Ecn::ect1}, scene.now()));
    scene.world.settle();
    ASSERT_FALSE(scene.peer.raw.empty());
    EXPECT_EQ(scene.peer.raw.back().ancillary.dscp, Dscp::ef);
    EXPECT_EQ(scene.peer.raw.back().ancillary.ecn, Ecn::ect1);
    const auto beat = scene.take(kHeartbeat);
    ASSERT_TRUE(beat);
    scene.run_for(250ms);
    scene.send_octets(put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag,
                                   {Chunk{.type = kHeartbeatAck, .value = beat->value}}),
                      {.dscp = Dscp::cs1});
    const auto result = scene.engine.event<sctp::HeartbeatResult>();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->context, 7u);
    EXPECT_EQ(result->round_trip, Duration{250ms});
    EXPECT_EQ(result->ancillary.dscp, Dscp::cs1);
}

TEST(Rfc9260_8_3, TellsWhenAHeartbeatWasNotAnswered) {
    Scene scene;
    scene.accept();
    EXPECT_TRUE(scene.engine.engine->heartbeat(scene.engine.association(), 8, {}, scene.now()));
    scene.run_for(2s);
    const auto result = scene.engine.event<sctp::HeartbeatResult>();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->context, 8u);
    EXPECT_FALSE(result->round_trip);
}

// RFC 9260 §8.3: silence backs the RTO off, as a T3-rtx does.
TEST(Rfc9260_8_3, DoublesTheRtoForEachSilentHeartbeat) {
    Scene scene{sctp::Options::rfc9260()};
    scene.accept();
    const Duration rto = scene.engine.status().rto;
    for (int silent = 1; silent <= 3; ++silent) {
        ASSERT_TRUE(scene.world.run_until([&] { return scene.count(kHeartbeat) > 0; }, 5min));
        scene.discard();
        scene.run_for(scene.engine.status().rto);
        EXPECT_EQ(scene.engine.status().rto, rto * (1 << silent));
    }
    ASSERT_TRUE(scene.world.run_until([&] { return scene.count(kHeartbeat) > 0; }, 5min));
    scene.send(Chunk{.type = kHeartbeatAck, .value = scene.take(kHeartbeat)->value});
    EXPECT_EQ(scene.engine.status().rto, rto) << "an answer ends it";
}

// "Exceeds": with a maximum of 2 the third silent heartbeat in a row decides.
TEST(Rfc9260_8_2, CountsErrorsUpToPathMaxRetrans) {
    sctp::Options options = sctp::Options::rfc9260();
    options.path_retransmissions_max = 2;
    Scene scene{options};
    scene.accept();
    std::size_t silent = 0;
    while (!scene.engine.event<sctp::PathChanged>()) {
        ASSERT_LT(silent, 10u);
        scene.run_for(100ms);
        silent += scene.count(kHeartbeat);
        scene.discard();
    }
    EXPECT_EQ(silent, 3u);
}

TEST(Rfc9260_8_2, CallsAPathInactiveAfterTooManySilentHeartbeats) {
    sctp::Options options = sctp::Options::rfc9260();
    options.association_retransmissions_max = 20;
    Scene scene{options};
    scene.accept();
    scene.run_for(20min);
    const auto change = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(change);
    EXPECT_EQ(change->state, sctp::PathChanged::State::inactive);
    ASSERT_TRUE(scene.engine.is_connected());
    scene.discard();
    EXPECT_GE(answer_heartbeats(scene, 5min), 1);
    const auto back = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(back);
    EXPECT_EQ(back->state, sctp::PathChanged::State::active);
    // And the next time as well, once for each.
    scene.discard();
    EXPECT_GE(answer_heartbeats(scene, 5min), 1);
    EXPECT_FALSE(scene.engine.event<sctp::PathChanged>());
    scene.run_for(10min);
    const auto again = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->state, sctp::PathChanged::State::inactive);
}

TEST(Rfc9260_8_1, EndsAfterTooManySilentHeartbeats) {
    Scene scene{sctp::Options::rfc9260()};
    scene.accept();
    scene.run_for(1h);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::timed_out);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

// A peer that was killed: its port is gone, and nothing answers. It does not take as many RTOs that
// double as silence alone would.
TEST(Rfc9260_8_1, SoonGivesUpAPeerWhosePortIsGone) {
    Scene scene;
    scene.accept();
    const Path path = scene.path();
    const Duration rto = scene.engine.status().rto;
    scene.engine.path_event(PathEvent::unreachable(path, ECONNREFUSED), scene.now());
    scene.world.settle();
    scene.run_for(10 * rto + rto / 2);
    EXPECT_TRUE(scene.engine.is_connected()) << "Association.Max.Retrans is 10";
    scene.run_for(rto);
    const auto said = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->state, sctp::PathChanged::State::unreachable);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::unreachable);
    EXPECT_EQ(end->os_errno, ECONNREFUSED);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

// Nor with DATA under way, whose timeouts double.
TEST(Rfc9260_8_1, GivesUpAPeerWhosePortIsGoneAsSoonWithDataUnderWay) {
    Scene scene;
    scene.accept();
    const Duration rto = scene.engine.status().rto;
    ASSERT_TRUE(scene.engine.send("is there anybody"));
    scene.run_for(3 * rto + rto / 2);
    EXPECT_GE(scene.engine.status().rto, 4 * rto);
    scene.engine.path_event(PathEvent::unreachable(scene.path(), ECONNREFUSED), scene.now());
    scene.world.settle();
    scene.run_for(7 * rto + rto / 2);
    EXPECT_TRUE(scene.engine.is_connected()) << "two timeouts of DATA, one more, and seven answers";
    scene.run_for(2 * rto);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::unreachable);
}

// Without a route the network may be back: what is asked waits as long as the RTO has become.
TEST(Rfc9260_8_3, WaitsLongerForAnAnswerWithoutARoute) {
    Scene scene;
    scene.accept();
    const Duration rto = scene.engine.status().rto;
    ASSERT_TRUE(scene.engine.send("is there anybody"));
    scene.run_for(3 * rto + rto / 2);
    ASSERT_EQ(scene.engine.status().rto, 4 * rto);
    scene.engine.path_event(PathEvent::send_refused(scene.path(), ENETUNREACH, {}), scene.now());
    ASSERT_TRUE(scene.engine.engine->heartbeat(scene.engine.association(), 5, {}, scene.now()));
    scene.run_for(3 * rto);
    EXPECT_FALSE(scene.engine.event<sctp::HeartbeatResult>());
    scene.run_for(2 * rto);
    const auto result = scene.engine.event<sctp::HeartbeatResult>();
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->round_trip);
}

// It answered INIT, and was killed then.
TEST(Rfc9260_8_1, GivesUpAPeerWhosePortGoesInTheHandshake) {
    Scene scene;
    scene.begin_open();
    scene.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets("c")}}}));
    ASSERT_TRUE(scene.take(kCookieEcho));
    const Path path = scene.path();
    scene.engine.path_event(PathEvent::unreachable(path, ECONNREFUSED), scene.now());
    scene.world.settle();
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::unreachable);
    EXPECT_EQ(end->os_errno, ECONNREFUSED);
}

// A laptop between two networks: said once, and waited for as long as silence is.
TEST(Rfc9260_8_1, WaitsForARouteAsLongAsForAnAnswer) {
    Scene scene;
    scene.accept();
    const Path path = scene.path();
    for (int i = 0; i < 3; ++i)
        scene.engine.path_event(PathEvent::send_refused(path, ENETUNREACH, {}), scene.now());
    scene.run_for(60s);
    EXPECT_TRUE(scene.engine.is_connected());
    const auto said = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->state, sctp::PathChanged::State::unreachable);
    EXPECT_EQ(said->os_errno, ENETUNREACH);
    EXPECT_FALSE(scene.engine.event<sctp::PathChanged>()) << "once";
}

TEST(Rfc9260_8_1, LivesThroughIcmpMessages) {
    Scene scene;
    scene.accept();
    const Path path = scene.path();
    scene.engine.path_event(PathEvent::unreachable(path, ECONNREFUSED), scene.now());
    scene.world.settle();
    EXPECT_TRUE(scene.engine.is_connected()) << "anyone can forge one";
    const auto said = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->state, sctp::PathChanged::State::unreachable);
    EXPECT_EQ(said->os_errno, ECONNREFUSED);
    const auto question = scene.take(kHeartbeat);
    ASSERT_TRUE(question) << "the peer is asked";
    scene.send(Chunk{.type = kHeartbeatAck, .value = question->value});
    const auto answered = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->state, sctp::PathChanged::State::active);
    scene.run_for(300s);
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send_data("still here");
    EXPECT_EQ(scene.engine.received(), "still here");
}

} // namespace
} // namespace hawser::test
