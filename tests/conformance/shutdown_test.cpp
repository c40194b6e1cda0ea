// RFC 9260 §9.2: the graceful end, and everything that can cross it.
#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <tuple>

#include <algorithm>
#include <cerrno>
#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using sctp::State;

struct Ending : Scene {
    explicit Ending(const sctp::Options& options = quiet_rfc9260()) : Scene{options} {
        accept();
        EXPECT_TRUE(engine.event<sctp::Connected>());
    }

    std::uint32_t nothing_sent() const { return engine_tsn - 1; }
    void begin() {
        EXPECT_TRUE(engine.shutdown());
        world.settle();
    }
    void expect_closed(sctp::CloseReason reason = sctp::CloseReason::shutdown) {
        static_cast<void>(engine.event<sctp::PeerShutdown>());
        const auto end = engine.event<sctp::Closed>();
        ASSERT_TRUE(end);
        EXPECT_EQ(end->reason, reason);
        EXPECT_EQ(engine.engine->association_count(), 0u);
        EXPECT_EQ(engine.deadline(), kNever);
        EXPECT_TRUE(engine.events.empty()) << "nothing after the end";
    }
};

TEST(Rfc9260_9_2, ShutsDownInThreeSteps) {
    Ending scene;
    scene.send_data();
    scene.begin();
    EXPECT_EQ(scene.engine.state(), State::shutdown_sent);
    const auto chunk = scene.take(kShutdown);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->u32(0), scene.peer_tsn - 1) << "the cumulative TSN";
    scene.send(bare(kShutdownAck));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    ASSERT_EQ(packet->chunks.size(), 1u);
    EXPECT_EQ(packet->chunks[0].type, kShutdownComplete);
    EXPECT_EQ(packet->chunks[0].flags & kReflected, 0);
    EXPECT_EQ(packet->tag, scene.peer_tag);
    scene.expect_closed();
}

// SHUTDOWN COMPLETE was lost: the peer asks again, and is answered though the association is gone.
TEST(Rfc9260_9_2, AnswersAShutdownAckThatIsRepeated) {
    Ending scene;
    EXPECT_EQ(scene.engine.engine->lingers_until(), kNever);
    scene.begin();
    ASSERT_TRUE(scene.take(kShutdown));
    scene.send(bare(kShutdownAck));
    ASSERT_TRUE(scene.take(kShutdownComplete));
    EXPECT_EQ(scene.engine.engine->lingers_until(), scene.now() + 2s);
    scene.expect_closed();
    scene.send(bare(kShutdownAck));
    const auto again = scene.next();
    ASSERT_TRUE(again);
    ASSERT_TRUE(again->has(kShutdownComplete));
    EXPECT_EQ(again->find(kShutdownComplete)->flags & kReflected, kReflected) << "§8.4 (5)";
    EXPECT_EQ(again->tag, scene.engine_tag) << "the tag of the packet that is answered";
}

// One RTO, and twice as much: then the peer has asked two times more. Never longer than 2 s, and as
// long as that for a peer that sent no DATA: it asks after its initial RTO.
TEST(Rfc9260_9_2, LingersUntilThePeerHasAskedTwiceMore) {
    for (const auto& [rto, has_sent, lingers] : {std::tuple{Duration{200ms}, true, Duration{600ms}},
                                                 std::tuple{Duration{200ms}, false, Duration{2s}},
                                                 std::tuple{Duration{1s}, true, Duration{2s}}}) {
        sctp::Options options = quiet_rfc9260();
        options.rto_initial = options.rto_min = rto;
        Ending scene{options};
        if (has_sent) scene.send_data();
        scene.begin();
        scene.send(bare(kShutdownAck));
        EXPECT_EQ(scene.engine.engine->lingers_until(), scene.now() + lingers);
    }
}

// Three RTOs of its own for each association; the one that may be asked for longest decides.
TEST(Rfc9260_9_2, LingersForTheLastOfThoseThatMayAskAgain) {
    for (const Duration round_trip : {60ms, 20ms}) {
        sctp::Options options = quiet_rfc9260();
        options.rto_min = 10ms;
        Ending scene{options};
        const auto end_with = [&scene](Duration rtt) { // RTO = 3 * that
            scene.send_data();
            EXPECT_TRUE(scene.engine.send("x"));
            scene.world.settle();
            scene.run_for(rtt);
            scene.send(sack({.tsn = scene.engine_tsn}));
            scene.begin();
            scene.send(bare(kShutdownAck));
        };
        end_with(60ms);
        const Instant first = scene.now() + 540ms;
        EXPECT_EQ(scene.engine.engine->lingers_until(), first);
        scene.run_for(100ms);
        scene.accept();
        end_with(round_trip);
        const Instant second = scene.now() + 9 * round_trip;
        EXPECT_EQ(scene.engine.engine->lingers_until(), std::max(first, second));
    }
}

// Who got the last word owes nobody one.
TEST(Rfc9260_9_2, LingersForNobodyWhenThePeerHadTheLastWord) {
    Ending scene;
    scene.send(shutdown(scene.nothing_sent()));
    ASSERT_TRUE(scene.take(kShutdownAck));
    scene.send(bare(kShutdownComplete));
    EXPECT_EQ(scene.engine.engine->lingers_until(), kNever);
    scene.expect_closed();
}

// The peer is done and has forgotten us: a late copy of a packet of ours found nobody there, and
// that ABORT came before the SHUTDOWN COMPLETE. One that says why is meant.
TEST(Rfc9260_9_2, EndsWellWhenThePeerHasForgottenUsAlready) {
    for (const bool says_why : {false, true}) {
        Ending scene;
        scene.send(shutdown(scene.nothing_sent()));
        ASSERT_TRUE(scene.take(kShutdownAck));
        if (says_why) {
            scene.send(abort({{.type = kUserInitiatedAbort, .value = octets("no")}}));
        } else {
            scene.send(abort());
        }
        const auto end = scene.engine.event<sctp::Closed>();
        ASSERT_TRUE(end);
        EXPECT_EQ(end->reason,
                  says_why ? sctp::CloseReason::aborted_by_peer : sctp::CloseReason::shutdown);
    }
}

// SHUTDOWN COMPLETE was lost, and its sender has gone: nothing is left that could be lost.
TEST(Rfc9260_9_2, EndsWellWhenNobodyIsLeftToCompleteTheShutdown) {
    Ending scene;
    scene.send(shutdown(scene.nothing_sent()));
    ASSERT_TRUE(scene.take(kShutdownAck));
    ASSERT_EQ(scene.engine.state(), State::shutdown_ack_sent);
    const Path path = scene.path();
    scene.engine.path_event(PathEvent::unreachable(path, ECONNREFUSED), scene.now());
    scene.world.settle();
    scene.expect_closed();
}

// The peer was killed after SHUTDOWN was said: all is acknowledged, and nobody will answer.
TEST(Rfc9260_9_2, SoonGivesUpAShutdownThatNobodyIsLeftToAnswer) {
    Ending scene;
    scene.begin();
    ASSERT_TRUE(scene.take(kShutdown));
    const Duration rto = scene.engine.status().rto;
    const Path path = scene.path();
    scene.engine.path_event(PathEvent::unreachable(path, ECONNREFUSED), scene.now());
    scene.world.settle();
    EXPECT_TRUE(scene.take(kShutdown)) << "it is asked at once";
    scene.run_for(4 * rto - 1ms);
    EXPECT_EQ(scene.engine.state(), State::shutdown_sent) << "ICMP is easily forged";
    EXPECT_EQ(scene.count(kShutdown), 3u) << "and asked again, the RTO does not double";
    scene.run_for(2ms);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::unreachable);
    EXPECT_EQ(end->os_errno, ECONNREFUSED);
}

TEST(Rfc9260_9_2, GoesOnWithAShutdownThatIsAnsweredAllTheSame) {
    Ending scene;
    scene.begin();
    const Path path = scene.path();
    scene.engine.path_event(PathEvent::unreachable(path, ECONNREFUSED), scene.now());
    scene.run_for(2s);
    scene.send(bare(kShutdownAck));
    EXPECT_TRUE(scene.take(kShutdownComplete));
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::shutdown);
}

TEST(Rfc9260_9_2, WaitsForWhatIsInFlight) {
    Ending scene;
    EXPECT_TRUE(scene.engine.send("one"));
    scene.world.settle();
    scene.begin();
    EXPECT_EQ(scene.engine.state(), State::shutdown_pending);
    EXPECT_EQ(scene.count(kShutdown), 0u);
    scene.send(sack({.tsn = scene.engine_tsn}));
    EXPECT_TRUE(scene.take(kShutdown));
    EXPECT_EQ(scene.engine.state(), State::shutdown_sent);
}

TEST(Rfc9260_9_2, SendsWhatIsQueuedBeforeItShutsDown) {
    Ending scene;
    EXPECT_TRUE(scene.engine.send(std::string(20'000, 'x')));
    scene.begin();
    std::size_t total = 0;
    for (int i = 0; i < 100 && scene.engine.state() == State::shutdown_pending; ++i) {
        const auto sent = scene.take_data();
        for (const DataView& chunk : sent)
            total += chunk.payload.size();
        if (!sent.empty()) scene.send(sack({.tsn = sent.back().tsn}));
    }
    EXPECT_EQ(total, 20'000u);
    EXPECT_EQ(scene.engine.state(), State::shutdown_sent);
}

// Nobody knows of an association whose INIT was not answered: it ends without a word, unless it has
// something to deliver.
TEST(Rfc9260_9_2, EndsAtOnceWhenItIsShutDownBeforeAnyAnswer) {
    Scene scene;
    scene.begin_open();
    EXPECT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::shutdown);
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc9260_9_2, SendsWhatIsQueuedWhenItIsShutDownDuringTheHandshake) {
    for (const bool echoed : {false, true}) {
        Scene scene;
        scene.begin_open();
        EXPECT_TRUE(scene.engine.send("last words"));
        const auto answer = [&scene] {
            scene.send(
                init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")}}}));
        };
        if (echoed) answer();
        EXPECT_TRUE(scene.engine.shutdown());
        EXPECT_FALSE(scene.engine.send("too late"));
        if (!echoed) answer();
        const auto packet = scene.next();
        ASSERT_TRUE(packet);
        ASSERT_TRUE(packet->has(kData));
        EXPECT_EQ(DataView{*packet->find(kData)}.payload, "last words");
        scene.send(bare(kCookieAck));
        EXPECT_FALSE(scene.take(kShutdown)) << "it is not acknowledged yet";
        scene.send(sack({.tsn = scene.engine_tsn}));
        EXPECT_TRUE(scene.take(kShutdown));
        EXPECT_EQ(scene.engine.state(), sctp::State::shutdown_sent);
    }
}

TEST(Rfc9260_9_2, EndsByHandshakeWhenItIsShutDownAfterTheAnswer) {
    Scene scene;
    scene.begin_open();
    scene.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")}}}));
    ASSERT_TRUE(scene.take(kCookieEcho));
    EXPECT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    EXPECT_FALSE(scene.engine.event<sctp::Closed>()) << "the peer may be up by now";
    scene.send(bare(kCookieAck));
    EXPECT_TRUE(scene.take(kShutdown));
}

TEST(Rfc9260_9_2, TakesNoMoreMessagesOnceItHasBegun) {
    Ending scene;
    scene.begin();
    const auto refused = scene.engine.send("late");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::closed);
}

TEST(Rfc9260_9_2, SendsShutdownAgainWhenT2Expires) {
    sctp::Options options = quiet_rfc9260();
    options.association_retransmissions_max = 3;
    Ending scene{options};
    scene.begin();
    scene.discard();
    for (const Duration wait : {1s, 2s, 4s}) {
        scene.run_for(wait - 1ms);
        EXPECT_TRUE(scene.silent());
        scene.run_for(1ms);
        EXPECT_TRUE(scene.take(kShutdown));
    }
    scene.run_for(8s);
    scene.expect_closed(sctp::CloseReason::timed_out);
}

TEST(Rfc9260_9_2, SendsShutdownAckAgainWhenT2Expires) {
    sctp::Options options = quiet_rfc9260();
    options.association_retransmissions_max = 2;
    Ending scene{options};
    scene.send(shutdown(scene.nothing_sent()));
    EXPECT_TRUE(scene.take(kShutdownAck));
    for (const Duration wait : {1s, 2s}) {
        scene.run_for(wait - 1ms);
        EXPECT_TRUE(scene.silent());
        scene.run_for(1ms);
        EXPECT_TRUE(scene.take(kShutdownAck));
    }
    scene.run_for(4s);
    EXPECT_TRUE(scene.engine.event<sctp::PeerShutdown>());
    EXPECT_TRUE(scene.engine.event<sctp::Closed>());
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc9260_9_2, AnswersShutdownWithShutdownAck) {
    Ending scene;
    scene.send(shutdown(scene.nothing_sent()));
    EXPECT_TRUE(scene.engine.event<sctp::PeerShutdown>());
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->has(kShutdownAck));
    EXPECT_EQ(scene.engine.state(), State::shutdown_ack_sent);
    scene.send(bare(kShutdownComplete));
    scene.expect_closed();
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc9260_9_2, SendsTheRestBeforeItAnswersShutdown) {
    Ending scene;
    EXPECT_TRUE(scene.engine.send("one"));
    EXPECT_TRUE(scene.engine.send("two"));
    scene.world.settle();
    scene.send(shutdown(scene.engine_tsn)); // acknowledges "one" only
    EXPECT_EQ(scene.engine.state(), State::shutdown_received);
    EXPECT_EQ(scene.count(kShutdownAck), 0u);
    const auto refused = scene.engine.send("three");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::closed);
    scene.discard();
    scene.run_for(1s);
    const auto again = scene.take_data();
    ASSERT_EQ(again.size(), 1u) << "T3 goes on";
    EXPECT_EQ(again[0].payload, "two");
    scene.send(shutdown(scene.engine_tsn + 1)); // its cumulative TSN is an acknowledgement
    EXPECT_TRUE(scene.take(kShutdownAck));
    EXPECT_EQ(scene.engine.state(), State::shutdown_ack_sent);
}

// What its Cumulative TSN Ack passes is not counted among what the SACK behind it reports.
TEST(Rfc9260_9_2, TakesASackThatComesWithAShutdownAtItsWord) {
    Scene scene;
    scene.accept();
    for (int i = 0; i < 6; ++i)
        EXPECT_TRUE(scene.engine.send("1234567890"));
    scene.world.settle();
    ASSERT_EQ(scene.take_data().size(), 6u);
    scene.send(sack({.tsn = scene.engine_tsn, .gaps = {{3, 3}}}));
    scene.send(shutdown(scene.engine_tsn + 1),
               sack({.tsn = scene.engine_tsn + 1, .gaps = {{2, 3}}}));
    EXPECT_EQ(scene.engine.status().in_flight_bytes, 20u) << "the third, and the last";
}

TEST(Rfc9260_9_2, IgnoresItsUserOnceThePeerHasBegun) {
    Ending scene;
    EXPECT_TRUE(scene.engine.send("one"));
    scene.world.settle();
    scene.send(shutdown(scene.nothing_sent()));
    EXPECT_EQ(scene.engine.state(), State::shutdown_received);
    static_cast<void>(scene.engine.shutdown());
    scene.world.settle();
    EXPECT_EQ(scene.engine.state(), State::shutdown_received);
    EXPECT_EQ(scene.count(kShutdown), 0u);
}

// What the peer still sends is acknowledged by the SHUTDOWN again, and T2 begins anew.
TEST(Rfc9260_9_2, AnswersDataWithShutdown) {
    Ending scene;
    scene.begin();
    scene.discard();
    scene.run_for(900ms);
    scene.send_data("late but welcome");
    EXPECT_EQ(scene.engine.received(), "late but welcome");
    const auto again = scene.take(kShutdown);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->u32(0), scene.peer_tsn - 1);
    scene.run_for(900ms);
    EXPECT_EQ(scene.count(kShutdown), 0u);
    scene.run_for(100ms);
    EXPECT_EQ(scene.count(kShutdown), 1u);
}

// A SHUTDOWN cannot speak of gaps and duplicates: a SACK goes with it.
TEST(Rfc9260_9_2, AnswersDataBeyondAGapWithSackAndShutdown) {
    Ending scene;
    scene.begin();
    scene.discard();
    scene.send(data({.tsn = scene.peer_tsn + 1, .ssn = 1}));
    EXPECT_EQ(scene.count(kShutdown), 1u);
    const auto chunk = scene.take(kSack);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(SackView{*chunk}.gaps, (std::vector<GapBlock>{{2, 2}}));
    scene.discard();
    scene.send(data({.tsn = scene.peer_tsn + 1, .ssn = 1}));
    EXPECT_EQ(scene.count(kShutdown), 1u);
    EXPECT_EQ(scene.count(kSack), 1u);
}

TEST(Rfc9260_9_2, AnswersAShutdownThatCrossesItsOwn) {
    Ending scene;
    scene.begin();
    scene.discard();
    scene.send(shutdown(scene.nothing_sent()));
    EXPECT_TRUE(scene.take(kShutdownAck));
    EXPECT_EQ(scene.engine.state(), State::shutdown_ack_sent);
    scene.send(bare(kShutdownAck)); // so did the peer
    EXPECT_TRUE(scene.take(kShutdownComplete));
    EXPECT_EQ(scene.engine.state(), State::closed);
}

TEST(Rfc9260_9_2, AnswersShutdownAckInEveryLastState) {
    Ending scene;
    scene.send(shutdown(scene.nothing_sent()));
    ASSERT_EQ(scene.engine.state(), State::shutdown_ack_sent);
    scene.send(bare(kShutdownAck));
    EXPECT_TRUE(scene.take(kShutdownComplete));
    scene.expect_closed();
}

TEST(Rfc9260_9_2, TakesAShutdownThatCrossesWhatIsPending) {
    Ending scene;
    EXPECT_TRUE(scene.engine.send("one"));
    scene.world.settle();
    scene.begin();
    EXPECT_EQ(scene.engine.state(), State::shutdown_pending);
    scene.send(shutdown(scene.nothing_sent()));
    EXPECT_EQ(scene.engine.state(), State::shutdown_received);
    scene.send(shutdown(scene.engine_tsn));
    EXPECT_TRUE(scene.take(kShutdownAck));
}

TEST(Rfc9260_9_2, AnswersALostShutdownCompleteAfterTheEnd) {
    Ending scene;
    scene.begin();
    scene.send(bare(kShutdownAck));
    EXPECT_TRUE(scene.take(kShutdownComplete));
    scene.send(bare(kShutdownAck)); // the peer has not got it
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->tag, scene.engine_tag) << "reflected";
    ASSERT_TRUE(packet->has(kShutdownComplete));
    EXPECT_EQ(packet->find(kShutdownComplete)->flags & kReflected, kReflected);
}

TEST(Rfc9260_9_2, AnswersInitInShutdownAckSentWithShutdownAck) {
    Ending scene;
    scene.send(shutdown(scene.nothing_sent()));
    scene.discard();
    scene.send_as(0, init({.tag = 0x0b0b'0b0b}));
    EXPECT_EQ(scene.count(kInitAck), 0u);
    EXPECT_TRUE(scene.take(kShutdownAck));
    EXPECT_EQ(scene.engine.state(), State::shutdown_ack_sent);
}

TEST(Rfc9260_9_2, DropsShutdownBeforeTheAssociationIsUp) {
    Scene scene;
    scene.begin_open();
    scene.send(shutdown(0));
    EXPECT_EQ(scene.engine.state(), State::cookie_wait);
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc9260_9_2, EndsOnAShutdownThatAcknowledgesWhatItNeverSent) {
    Ending scene;
    scene.send(shutdown(scene.engine_tsn + 5));
    EXPECT_TRUE(scene.take(kAbort));
    EXPECT_EQ(scene.engine.state(), State::closed);
}

// T5-shutdown-guard runs from the beginning, whoever it was that began and whatever came between.
TEST(Rfc9260_9_2, GuardsAShutdownFromItsBeginning) {
    for (const bool began : {true, false}) {
        sctp::Options options = quiet_rfc9260();
        options.shutdown_guard = 5s;
        Ending scene{options};
        const Instant start = scene.now();
        if (began) {
            EXPECT_TRUE(scene.engine.send("x"));
            scene.begin();
            EXPECT_EQ(scene.engine.state(), State::shutdown_pending);
            scene.run_for(2s);
            scene.send(shutdown(scene.engine_tsn));
        } else {
            scene.send(shutdown(scene.nothing_sent()));
        }
        EXPECT_TRUE(scene.take(kShutdownAck));
        scene.run_for(start + 5s - 1ms - scene.now());
        EXPECT_EQ(scene.engine.state(), State::shutdown_ack_sent);
        scene.run_for(1ms);
        EXPECT_EQ(scene.engine.state(), State::closed);
    }
}

// T5: a peer that goes on sending and never shuts down.
TEST(Rfc9260_9_2, EndsWhenThePeerDoesNotCooperate) {
    Ending scene;
    scene.begin();
    bool aborted = false;
    for (int i = 0; i < 400 && !aborted; ++i) {
        scene.run_for(1s);
        if (scene.engine.state() != State::closed) scene.send_data();
        aborted = scene.count(kAbort) > 0;
        if (!aborted) scene.discard();
    }
    EXPECT_TRUE(aborted);
    EXPECT_EQ(scene.engine.state(), State::closed);
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

// Two engines, and every pattern of early losses: both end, and nothing is left running.
void end_both(bool at_once) {
    for (unsigned losses = 0; losses < 128; ++losses) {
        Pair pair{quiet_rfc9260()};
        pair.latency(20ms);
        ASSERT_TRUE(pair.connect());
        EXPECT_TRUE(pair.a.send("last words"));
        unsigned index = 0;
        const auto lose = [&index, losses](WireDatagram&) { return (losses >> index++ & 1) == 0; };
        pair.set_hook(pair.a, lose);
        pair.set_hook(pair.z, lose);
        EXPECT_TRUE(pair.a.shutdown());
        if (at_once) {
            EXPECT_TRUE(pair.z.shutdown());
        }
        EXPECT_TRUE(pair.run_until_idle(10min)) << "losses " << losses;
        EXPECT_EQ(pair.z.received(), "last words") << "losses " << losses;
        for (Side* side : {&pair.a, &pair.z}) {
            const auto end = side->event<sctp::Closed>();
            ASSERT_TRUE(end) << "losses " << losses;
            EXPECT_EQ(end->reason, sctp::CloseReason::shutdown) << "losses " << losses;
            EXPECT_EQ(side->engine->association_count(), 0u);
            side->events.clear();
            EXPECT_EQ(side->buffers.in_use(), 0u);
            EXPECT_EQ(side->packets.in_use(), 0u);
        }
    }
}

TEST(Rfc9260_9_2, EndsBothSidesWhateverIsLost) {
    end_both(false);
}

TEST(Rfc9260_9_2, EndsBothSidesWhenBothBegin) {
    end_both(true);
}

// SHUTDOWN COMPLETE is lost, and no ICMP tells that the peer has gone. Everything had been
// acknowledged both ways, so that this is a good end, and not 300 s of asking.
TEST(Rfc9260_9_2, EndsWellWhenTheLastWordIsLost) {
    Scene scene;
    scene.accept();
    scene.send(shutdown(scene.engine_tsn - 1));
    std::size_t said = 0;
    const Instant start = scene.now();
    std::optional<sctp::Closed> end;
    while (!(end = scene.engine.event<sctp::Closed>())) {
        ASSERT_LT(scene.now() - start, 1min);
        scene.run_for(100ms);
        said += scene.count(kShutdownAck);
        scene.discard();
    }
    EXPECT_EQ(end->reason, sctp::CloseReason::shutdown);
    EXPECT_EQ(said, 4u) << "at once, and after 1, 3 and 7 s";
    EXPECT_GE(scene.now() - start, 15s);
    EXPECT_LT(scene.now() - start, 16s);
}

} // namespace
} // namespace hawser::test
