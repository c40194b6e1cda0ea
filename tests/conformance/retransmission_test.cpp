// RFC 9260 §6.3 and §7.2.4: when DATA is sent again.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kWide = 10'000'000;

struct Sender : Scene {
    explicit Sender(const sctp::Options& options = quiet_rfc9260()) : Scene{options} {
        accept({.window = kWide});
    }
    void say(std::string_view text = "x") {
        EXPECT_TRUE(engine.send(text));
        world.settle();
    }
    /// A message that fills a packet of its own.
    void say_full() { say(std::string(1172, 'x')); }
    void ack(std::uint32_t count, std::vector<GapBlock> gaps = {}) {
        send(sack({.tsn = engine_tsn + count - 1, .window = kWide, .gaps = std::move(gaps)}));
    }
    Duration rto() const { return engine.status().rto; }
    /// Sends one message whose acknowledgement takes `round_trip`.
    void measure(std::uint32_t index, Duration round_trip) {
        say();
        run_for(round_trip);
        ack(index + 1);
        discard();
    }
};

TEST(Rfc9260_6_3_3, SendsAgainWhenT3Expires) {
    Sender scene;
    scene.say("hello");
    const auto first = scene.take_data();
    EXPECT_EQ(scene.engine.deadline(), scene.now() + 1s);
    scene.run_for(999ms);
    EXPECT_TRUE(scene.silent());
    scene.run_for(1ms);
    const auto again = scene.take_data();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].tsn, first[0].tsn);
    EXPECT_EQ(again[0].payload, "hello");
}

TEST(Rfc9260_6_3_3, DoublesTheTimerEachTimeUpTo60Seconds) {
    sctp::Options options = quiet_rfc9260();
    options.association_retransmissions_max = 20;
    options.path_retransmissions_max = 20;
    Sender scene{options};
    scene.say();
    scene.discard();
    for (const Duration wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        scene.run_for(wait - 1ms);
        EXPECT_TRUE(scene.silent());
        scene.run_for(1ms);
        EXPECT_EQ(scene.take_data().size(), 1u);
    }
}

TEST(Rfc9260_6_3_2, StopsTheTimerWhenAllIsAcknowledged) {
    Sender scene;
    scene.say();
    scene.say();
    scene.run_for(500ms);
    scene.ack(2);
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc9260_6_3_2, StartsTheTimerAgainWhenTheEarliestIsAcknowledged) {
    Sender scene;
    scene.say();
    scene.say();
    scene.discard();
    scene.run_for(900ms);
    scene.ack(1);
    scene.run_for(900ms);
    EXPECT_TRUE(scene.take_data().empty()) << "1.8 s after it was sent, 0.9 s after the SACK";
    scene.run_for(2s);
    EXPECT_FALSE(scene.take_data().empty());
}

TEST(Rfc9260_6_3_2, LetsTheTimerRunWhenAnotherIsSent) {
    Sender scene;
    scene.say("one");
    scene.run_for(600ms);
    scene.say("two");
    scene.discard();
    scene.run_for(400ms);
    const auto again = scene.take_data();
    ASSERT_FALSE(again.empty());
    EXPECT_EQ(again[0].payload, "one");
}

TEST(Rfc9260_6_3_3, SendsOnePacketAgainAndWaits) {
    Sender scene;
    for (int i = 0; i < 4; ++i)
        scene.say_full();
    EXPECT_EQ(scene.take_data().size(), 4u);
    scene.run_for(1s);
    EXPECT_EQ(scene.peer.inbox.size(), 1u) << "the congestion window is one packet now";
    EXPECT_EQ(scene.take_data()[0].tsn, scene.engine_tsn);
}

// The earliest first, and each once, however many there are.
TEST(Rfc9260_6_3_3, SendsEachChunkAgainOnceInTheirOrder) {
    for (const std::uint32_t count : {15u, 16u, 17u}) {
        Sender scene;
        for (std::uint32_t i = 0; i < count; ++i)
            scene.say();
        scene.discard();
        scene.run_for(1s);
        const auto again = scene.take_data();
        ASSERT_EQ(again.size(), count);
        for (std::uint32_t i = 0; i < count; ++i)
            EXPECT_EQ(again[i].tsn, scene.engine_tsn + i);
        EXPECT_EQ(scene.engine.status().chunks_retransmitted, count);
    }
}

// RFC 9260 §6.3.1: C2 RTO = SRTT + 4 RTTVAR with RTTVAR = R/2; C3 with alpha 1/8, beta 1/4.
TEST(Rfc9260_6_3_1, MeasuresTheRoundTrip) {
    Sender scene;
    scene.measure(0, 800ms);
    EXPECT_EQ(scene.rto(), 2400ms);
    EXPECT_EQ(scene.engine.status().smoothed_rtt, 800ms);
    scene.measure(1, 800ms);
    EXPECT_EQ(scene.rto(), 800ms + 4 * 300ms);
    scene.measure(2, 1600ms);
    EXPECT_EQ(scene.engine.status().smoothed_rtt, 900ms);
    EXPECT_EQ(scene.rto(), 900ms + 4 * 425ms);
}

TEST(Rfc9260_6_3_1, NeverWaitsLessThanASecond) {
    Sender scene;
    scene.measure(0, 10ms);
    EXPECT_EQ(scene.rto(), 1s);
}

TEST(Rfc9260_6_3_1, MeasuresNothingOnWhatWasSentTwice) {
    Sender scene;
    scene.say();
    scene.run_for(1s); // sent again
    scene.run_for(900ms);
    scene.ack(1);
    EXPECT_EQ(scene.engine.status().smoothed_rtt, Duration::zero());
}

TEST(Rfc9260_6_3_1, MeasuresOncePerRoundTrip) {
    Sender scene;
    scene.say();
    scene.say();
    scene.run_for(800ms);
    scene.ack(1);
    scene.ack(2);
    EXPECT_EQ(scene.rto(), 2400ms) << "one sample, not two";
}

TEST(Rfc9260_8_1, GivesUpWhenThePeerIsSilentForTooLong) {
    sctp::Options options = quiet_rfc9260();
    options.association_retransmissions_max = 3;
    Sender scene{options};
    EXPECT_TRUE(scene.engine.send("lost", {.context = 9}));
    scene.world.settle();
    scene.run_for(1s + 2s + 4s + 8s - 1ms);
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.take_data().size(), 4u) << "the first and three more";
    scene.run_for(1ms);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::timed_out);
    const auto failed = scene.engine.event<sctp::SendFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->context, 9u);
    EXPECT_TRUE(failed->sent);
    EXPECT_EQ(failed->why, sctp::SendFailed::Why::association_ended);
}

TEST(Rfc9260_8_1, ForgetsItsErrorsWhenThePeerAnswers) {
    sctp::Options options = quiet_rfc9260();
    options.association_retransmissions_max = 3;
    Sender scene{options};
    for (std::uint32_t i = 0; i < 5; ++i) {
        scene.say();
        scene.run_for(scene.rto()); // one timeout
        scene.ack(i + 1);
    }
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.engine.status().timeouts, 5u);
}

// Four packets; the first is lost, and each SACK reports one more after it.
struct Hole : Sender {
    Hole() {
        for (int i = 0; i < 4; ++i)
            say_full();
        EXPECT_EQ(take_data().size(), 4u);
    }
};

TEST(Rfc9260_7_2_4, SendsAgainAtTheThirdMissIndication) {
    Hole scene;
    scene.ack(0, {{2, 2}});
    EXPECT_TRUE(scene.take_data().empty());
    scene.ack(0, {{2, 3}});
    EXPECT_TRUE(scene.take_data().empty());
    scene.ack(0, {{2, 4}});
    const auto again = scene.take_data();
    ASSERT_FALSE(again.empty());
    EXPECT_EQ(again[0].tsn, scene.engine_tsn);
    EXPECT_EQ(scene.engine.status().fast_retransmits, 1u);
}

// Only what is newly acknowledged counts: HTNA, the highest TSN newly acknowledged.
TEST(Rfc9260_7_2_4, CountsNoMissWhenASackTellsNothingNew) {
    Hole scene;
    for (int i = 0; i < 10; ++i)
        scene.ack(0, {{2, 2}});
    EXPECT_TRUE(scene.take_data().empty());
}

TEST(Rfc9260_7_2_4, CountsNoMissWhenAShutdownTellsNothingNew) {
    Hole scene;
    scene.ack(0, {{2, 2}});
    scene.ack(0, {{2, 3}});
    for (int i = 0; i < 3; ++i)
        scene.send(shutdown(scene.engine_tsn - 1));
    EXPECT_TRUE(scene.take_data().empty());
    EXPECT_EQ(scene.engine.status().fast_retransmits, 0u);
}

TEST(Rfc9260_7_2_4, CountsNoMissBehindWhatIsNewlyAcknowledged) {
    Sender scene;
    for (int i = 0; i < 3; ++i)
        scene.say_full();
    scene.ack(0, {{3, 3}});
    scene.ack(0, {{2, 3}});
    EXPECT_EQ(scene.engine.status().fast_retransmits, 0u);
}

TEST(Rfc9260_7_2_4, SendsAFragmentAgainAtOnceWhateverTheCongestionWindow) {
    Hole scene;
    for (int i = 0; i < 4; ++i)
        scene.say_full(); // more than the window, waiting
    scene.discard();
    scene.ack(0, {{2, 2}});
    scene.ack(0, {{2, 3}});
    scene.discard();
    scene.ack(0, {{2, 4}});
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    ASSERT_TRUE(packet->has(kData));
    EXPECT_EQ(DataView{*packet->find(kData)}.tsn, scene.engine_tsn) << "before anything new";
}

TEST(Rfc9260_7_2_4, SendsATsnFastOnlyOnce) {
    Hole scene;
    scene.ack(0, {{2, 2}});
    scene.ack(0, {{2, 3}});
    scene.ack(0, {{2, 4}});
    scene.discard();
    for (int i = 0; i < 4; ++i) {
        scene.say_full();
        scene.ack(0, {{2, static_cast<std::uint16_t>(5 + i)}});
    }
    std::size_t again = 0;
    for (const DataView& chunk : scene.take_data())
        again += chunk.tsn == scene.engine_tsn ? 1u : 0u;
    EXPECT_EQ(again, 0u);
    scene.run_for(10s);
    EXPECT_FALSE(scene.take_data().empty()) << "T3 is what is left";
}

// However much is in flight: the third miss sends the packet whatever the halved window says, once.
TEST(Rfc9260_7_2_4, SendsAgainAtTheThirdMissThoughTheWindowIsFull) {
    Sender scene;
    std::uint32_t count = 0;
    while (scene.engine.status().congestion_window_bytes < 20'000) { // slow start
        for (int i = 0; i < 8; ++i)
            EXPECT_TRUE(scene.engine.send(std::string(1172, 'x')));
        scene.world.settle();
        for (std::size_t some = scene.take_data().size(); some > 0; some = scene.take_data().size())
            scene.ack(count += static_cast<std::uint32_t>(some));
    }
    const auto window = [&] { return scene.engine.status().congestion_window_bytes; };
    // With the headers of the chunks, as the window counts it.
    const auto in_flight = [&] { return scene.engine.status().in_flight_bytes / 1172 * 1188; };
    for (int i = 0; i < 40; ++i)
        EXPECT_TRUE(scene.engine.send(std::string(1172, 'x')));
    scene.world.settle();
    for (std::uint16_t i = 0; in_flight() < window() && i < 40; ++i)
        scene.ack(++count); // Max.Burst lets the rest go
    scene.discard();
    const std::size_t before = scene.engine.status().chunks_retransmitted;
    for (const std::uint16_t last : {std::uint16_t{2}, std::uint16_t{3}, std::uint16_t{4}})
        scene.ack(count, {{2, last}});
    EXPECT_GT(in_flight(), window()) << "half of what it was";
    const auto sent = scene.take_data();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent.back().tsn, scene.engine_tsn + count);
    EXPECT_EQ(scene.engine.status().chunks_retransmitted, before + 1);
}

// RFC 9260 §7.2.4: what T3-rtx has sent again may be found missing anew.
TEST(Rfc9260_7_2_4, CountsMissesAnewAfterT3) {
    Sender scene;
    for (int i = 0; i < 8; ++i)
        scene.say();
    const auto misses = [&scene](std::uint16_t from) {
        for (std::uint16_t last = from; last < from + 3; ++last) {
            EXPECT_TRUE(scene.take_data().empty());
            scene.ack(0, {{2, last}});
        }
    };
    scene.discard();
    misses(2);
    EXPECT_EQ(scene.take_data().size(), 1u);
    scene.run_for(2s);
    EXPECT_EQ(scene.engine.status().timeouts, 1u);
    EXPECT_EQ(scene.take_data().size(), 5u);
    misses(5);
    const auto again = scene.take_data();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].tsn, scene.engine_tsn);
    EXPECT_EQ(scene.engine.status().fast_retransmits, 2u);
}

TEST(Rfc9260_6_3_3, KeepsTheMarkingOfAMessage) {
    Sender scene;
    EXPECT_TRUE(scene.engine.send("marked", {.ancillary = {.dscp = Dscp::ef, .ecn = Ecn::ect0}}));
    scene.run_for(3s);
    ASSERT_GE(scene.peer.raw.size(), 3u);
    std::size_t seen = 0;
    for (const WireDatagram& datagram : scene.peer.raw) {
        if (!take_apart(datagram.bytes).has(kData)) continue;
        ++seen;
        EXPECT_EQ(datagram.ancillary.dscp, Dscp::ef);
        EXPECT_EQ(datagram.ancillary.ecn, Ecn::ect0);
    }
    EXPECT_EQ(seen, 3u);
}

} // namespace
} // namespace hawser::test
