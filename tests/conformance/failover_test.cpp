// RFC 9260 §6.4, §8.2 and RFC 7829: where packets go, and what follows when they do not arrive.
#include "homes_scene.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

using PathState = sctp::PathStatus::State;
using Change = sctp::PathChanged::State;

// --- §6.4: where packets go ---

TEST(Rfc9260_6_4, AnswersDataToWhereItCameFrom) {
    TwoHomes scene;
    scene.confirm_both();
    scene.send_from(1, data({.tsn = scene.peer_tsn}));
    scene.run_for(1s);
    EXPECT_EQ(scene.count_to(1, kSack), 1u);
    EXPECT_EQ(scene.count_to(0, kSack), 0u);
}

TEST(Rfc9260_6_4, SendsToThePrimaryPathWhateverCameFromElsewhere) {
    TwoHomes scene;
    scene.confirm_both();
    scene.send_from(1, data({.tsn = scene.peer_tsn}));
    EXPECT_TRUE(scene.engine.send("out"));
    scene.run_for(500ms);
    EXPECT_EQ(scene.count_to(0, kData), 1u);
    EXPECT_EQ(scene.count_to(1, kData), 0u);
    EXPECT_EQ(scene.count_to(1, kSack), 1u) << "they do not share a packet";
}

TEST(Rfc9260_6_4, SendsToAnotherPrimaryPathWhenItIsTold) {
    TwoHomes scene;
    scene.confirm_both();
    ASSERT_TRUE(scene.engine.engine->set_primary(scene.engine.association(), TwoHomes::theirs(1),
                                                 scene.now()));
    scene.forget();
    EXPECT_TRUE(scene.engine.send("out"));
    scene.world.settle();
    EXPECT_EQ(scene.count_to(1, kData), 1u);
    EXPECT_TRUE(scene.path_to(TwoHomes::theirs(1))->primary);
}

TEST(Rfc9260_6_4_1, SendsWhatTimedOutOnAnotherPath) {
    TwoHomes scene;
    scene.confirm_both();
    EXPECT_TRUE(scene.engine.send("lost"));
    scene.run_for(1500ms);
    EXPECT_EQ(scene.count_to(0, kData), 1u);
    EXPECT_EQ(scene.count_to(1, kData), 1u);
    scene.send_from(1, sack({.tsn = scene.engine_tsn}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->errors, 1u);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->errors, 0u) << "what was sent there arrived";
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->in_flight_bytes, 0u);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->in_flight_bytes, 0u);
}

// A chunk that only seemed lost, and was acknowledged before it went elsewhere, says nothing of
// where it would have gone.
TEST(Rfc9260_6_4_1, LearnsNoRoundTripOfAPathFromWhatWasNeverSentThere) {
    sctp::Options options = quiet_rfc9260();
    options.congestion = sctp::Congestion::rfc9260;
    TwoHomes scene{options};
    scene.confirm_both();
    const Duration before = scene.path_to(TwoHomes::theirs(1))->smoothed_rtt;
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(scene.engine.send(std::string(1000, 'x')));
    scene.run_for(1100ms); // the first is sent elsewhere, for the others there is no window
    const auto in_flight = scene.path_to(TwoHomes::theirs(1))->in_flight_bytes;
    EXPECT_GT(in_flight, 0u);
    scene.send_from(0, sack({.tsn = scene.engine_tsn + 3}));
    EXPECT_LE(scene.path_to(TwoHomes::theirs(1))->smoothed_rtt, before + 1ms);
}

// A peer that sends again what it has sent already does not hear what it is told.
TEST(Rfc9260_6_4, AcknowledgesElsewhereTooWhatComesTwice) {
    TwoHomes scene;
    scene.confirm_both();
    scene.send_from(1, data({.tsn = scene.peer_tsn}));
    scene.run_for(1s);
    EXPECT_EQ(scene.count_to(0, kSack), 0u);
    scene.send_from(1, data({.tsn = scene.peer_tsn}));
    scene.run_for(1s);
    EXPECT_EQ(scene.count_to(1, kSack), 2u);
    EXPECT_EQ(scene.count_to(0, kSack), 1u);
}

// Whatever it was once found to be.
TEST(Rfc9260_5_4, AsksAgainAtAnAddressThatThePeerIsHeardFrom) {
    TwoHomes scene;
    scene.accept_both();
    scene.run_for(10min);
    scene.forget();
    scene.run_for(10min);
    EXPECT_EQ(scene.count_to(1, kHeartbeat), 0u) << "it has not answered, and heartbeats are off";
    scene.send_from(1, data({.tsn = scene.peer_tsn}));
    scene.send_from(1, data({.tsn = scene.peer_tsn + 1}));
    EXPECT_EQ(scene.count_to(1, kHeartbeat), 1u) << "once an RTO";
    scene.answer_heartbeats();
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->state, PathState::active);
}

// An address of the peer's may have a way to one of ours only.
TEST(Rfc9260_6_4, SendsFromTheAddressThatThePeerIsHeardAt) {
    TwoHomes scene;
    scene.accept_both();
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->path.local, TwoHomes::ours(1));
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(0), {heartbeat("over here")});
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->path.local, TwoHomes::ours(0));
}

TEST(Rfc9260_6_4, TriesAnotherAddressOfItsOwnWhereNothingComesBack) {
    TwoHomes scene;
    scene.accept_both();
    std::vector<Address> sources;
    for (int i = 0; i < 40; ++i) {
        scene.run_for(1s);
        for (auto& packet : scene.peer.raw)
            if (packet.path.local == TwoHomes::theirs(1)) sources.push_back(packet.path.remote);
        scene.forget();
    }
    ASSERT_EQ(sources.size(), 6u);
    const Address first = TwoHomes::ours(1);
    const Address second = TwoHomes::ours(0);
    EXPECT_EQ(sources, (std::vector{first, first, second, second, first, first}));
}

TEST(Rfc9260_6_4, TriesAnotherAddressOfItsOwnForInitToo) {
    TwoHomes scene;
    ASSERT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    scene.run_for(30s);
    std::vector<Address> sources;
    for (auto& packet : scene.peer.raw)
        sources.push_back(packet.path.remote);
    const Address first = TwoHomes::ours(0);
    const Address second = TwoHomes::ours(1);
    EXPECT_EQ(sources, (std::vector{first, first, second, second, first}));
}

// The timer of a request blames the path that it went by, not the one that is in use by now.
TEST(Rfc9260_8_2, BlamesThePathThatTheRequestTook) {
    TwoHomes scene;
    scene.confirm_both();
    ASSERT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    EXPECT_EQ(scene.count_to(0, kShutdown), 1u);
    ASSERT_TRUE(scene.engine.engine->set_primary(scene.engine.association(), TwoHomes::theirs(1),
                                                 scene.now()));
    scene.forget();
    scene.run_for(1100ms);
    EXPECT_EQ(scene.count_to(1, kShutdown), 1u);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->errors, 1u);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->errors, 0u);
}

// RFC 9260 §7.2.4: packets of two paths overtake each other, and nothing is lost by that.
TEST(Rfc9260_7_2_4, CountsNoMissesOfOnePathByWhatArrivedOnAnother) {
    TwoHomes scene;
    scene.confirm_both();
    EXPECT_TRUE(scene.engine.send("slow"));
    scene.world.settle();
    ASSERT_TRUE(scene.engine.engine->set_primary(scene.engine.association(), TwoHomes::theirs(1),
                                                 scene.now()));
    for (std::uint16_t i = 2; i < 8; ++i) {
        EXPECT_TRUE(scene.engine.send("fast"));
        scene.world.settle();
        scene.send_from(1, sack({.tsn = scene.engine_tsn - 1, .gaps = {{2, i}}}));
    }
    EXPECT_EQ(scene.engine.status().chunks_retransmitted, 0u);
}

// --- §8.2 and RFC 7829: which can be used ---

TEST(Rfc9260_8_2, CallsAPathInactiveAfterTooManyTimeouts) {
    sctp::Options options = quiet_rfc9260();
    options.path_retransmissions_max = options.potentially_failed_retransmissions_max = 1;
    TwoHomes scene{options};
    scene.confirm_both();
    for (const Duration rto : {1001ms, 2001ms}) {
        EXPECT_TRUE(scene.engine.send("lost"));
        scene.run_for(rto);
        scene.send_from(1, sack({.tsn = scene.engine_tsn++}));
    }
    const auto event = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->state, Change::inactive);
    EXPECT_EQ(event->path.remote, TwoHomes::theirs(0));
    scene.forget();
    EXPECT_TRUE(scene.engine.send("and now?"));
    scene.world.settle();
    EXPECT_EQ(scene.count_to(1, kData), 1u);
    EXPECT_EQ(scene.count_to(0, kData), 0u);
}

sctp::Options quick() {
    sctp::Options options = quiet_rfc9260();
    options.potentially_failed_retransmissions_max = 0;
    return options;
}

TEST(Rfc7829_3, GoesElsewhereAfterTheFirstTimeoutAndComesBack) {
    TwoHomes scene{quick()};
    scene.confirm_both();
    EXPECT_TRUE(scene.engine.send("lost"));
    scene.run_for(1001ms);
    EXPECT_EQ(scene.engine.event<sctp::PathChanged>()->state, Change::potentially_failed);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->state, PathState::potentially_failed);
    scene.forget();
    EXPECT_TRUE(scene.engine.send("new"));
    scene.world.settle();
    EXPECT_EQ(scene.count_to(1, kData), 1u) << "new DATA, too";
    scene.send_from(1, sack({.tsn = scene.engine_tsn + 1}));
    scene.run_for(2s);
    EXPECT_EQ(scene.answer_heartbeats(), 1);
    EXPECT_EQ(scene.engine.event<sctp::PathChanged>()->state, Change::active);
    EXPECT_TRUE(scene.path_to(TwoHomes::theirs(0))->current);
}

TEST(Rfc7829_3, AsksAPotentiallyFailedPathEachRto) {
    TwoHomes scene{quick()};
    scene.confirm_both();
    EXPECT_TRUE(scene.engine.send("lost"));
    scene.run_for(1001ms);
    scene.send_from(1, sack({.tsn = scene.engine_tsn}));
    scene.forget();
    scene.run_for(70s); // 2, 4, 8, 16, 32 s
    EXPECT_EQ(scene.count_to(0, kHeartbeat), 4u);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->state, PathState::inactive);
}

TEST(Rfc7829_3, UsesWhatHasFailedLeastWhereNoPathIsActive) {
    TwoHomes scene{quick()};
    scene.confirm_both();
    EXPECT_TRUE(scene.engine.send("lost everywhere"));
    std::size_t there = 0;
    std::size_t elsewhere = 0;
    for (int i = 0; i < 20; ++i) {
        scene.run_for(1s);
        there += scene.count_to(0, kData);
        elsewhere += scene.count_to(1, kData);
        scene.forget();
    }
    EXPECT_GE(there, 2u);
    EXPECT_GE(elsewhere, 2u) << "they take turns";
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc9260_8_1, EndsWhenNoPathAnswers) {
    TwoHomes scene{quick()};
    scene.confirm_both();
    EXPECT_TRUE(scene.engine.send("lost everywhere"));
    scene.run_for(1h);
    const auto closed = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->reason, sctp::CloseReason::timed_out);
}

// Nobody can forge what our own kernel says.
TEST(Rfc9260_10, GoesElsewhereAtOnceWhereTheHostHasNoRoute) {
    TwoHomes scene{quick()};
    scene.confirm_both();
    scene.engine.engine->path_event(
        PathEvent::send_refused(scene.path_to(TwoHomes::theirs(0))->path, ENETUNREACH, {}),
        scene.now());
    scene.forget();
    EXPECT_TRUE(scene.engine.send("by the other"));
    scene.world.settle();
    EXPECT_EQ(scene.count_to(1, kData), 1u);
}

// And an ICMP message anybody can.
TEST(Security, StaysWhereItIsWhateverIcmpSays) {
    TwoHomes scene{quick()};
    scene.confirm_both();
    for (const int code : {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH})
        scene.engine.engine->path_event(
            PathEvent::unreachable(scene.path_to(TwoHomes::theirs(0))->path, code), scene.now());
    scene.world.settle();
    EXPECT_EQ(scene.answer_heartbeats(), 1) << "it asks";
    EXPECT_TRUE(scene.path_to(TwoHomes::theirs(0))->current);
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc9260_8_3, AsksAtTheAddressThatTheUserNames) {
    TwoHomes scene;
    scene.confirm_both();
    sctp::Endpoint& engine = *scene.engine.engine;
    const auto id = scene.engine.association();
    EXPECT_TRUE(engine.heartbeat(id, TwoHomes::theirs(1), 7, {}, scene.now()));
    EXPECT_EQ(
        engine.heartbeat(id, Address::ipv4({203, 0, 113, 1}), 8, {}, scene.now()).error().code,
        Errc::invalid_argument);
    scene.world.settle();
    EXPECT_EQ(scene.count_to(1, kHeartbeat), 1u);
    scene.answer_heartbeats();
    const auto result = scene.engine.event<sctp::HeartbeatResult>();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->path.remote, TwoHomes::theirs(1));
    EXPECT_TRUE(result->round_trip);
}

// RFC 6951 §5.4: a NAT before one of the addresses changes the port of that one alone.
TEST(Encapsulation, FollowsTheUdpPortOfOneAddress) {
    TwoHomes scene;
    scene.confirm_both();
    const Address moved = TwoHomes::theirs(1).with_port(40'000);
    scene.send_from_address(moved, TwoHomes::ours(1), {heartbeat("from another port")});
    EXPECT_TRUE(scene.path_to(moved));
    EXPECT_FALSE(scene.path_to(TwoHomes::theirs(1)));
    EXPECT_TRUE(scene.path_to(TwoHomes::theirs(0)));
    const auto event = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->state, Change::moved);
}

} // namespace
} // namespace hawser::test
