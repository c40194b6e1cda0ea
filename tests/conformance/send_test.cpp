// RFC 9260 §6.1, §6.2.1 and §6.9: DATA that leaves, and the SACK that comes back.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kWide = 10'000'000; ///< a window that never matters

/// An association whose engine sends; TSNs counted from 0.
struct Sender : Scene {
    explicit Sender(std::uint32_t window = kWide, const sctp::Options& options = quiet_rfc9260())
        : Scene{options} {
        accept({.window = window});
    }
    void say(std::string_view text, const sctp::SendOptions& options = {}) {
        EXPECT_TRUE(engine.send(text, options));
        world.settle();
    }
    /// Acknowledges the first `count` TSNs.
    void ack(std::uint32_t count, std::uint32_t window = kWide, std::vector<GapBlock> gaps = {}) {
        send(sack({.tsn = engine_tsn + count - 1, .window = window, .gaps = std::move(gaps)}));
    }
    /// One message fills the window of the peer, who has it and opens no more.
    void close_window() {
        say("fills the window");
        ack(1, 0);
    }
    /// Two messages wait for the window that is closed; no DATA is looked at yet.
    void wait_with_two() {
        close_window();
        discard();
        EXPECT_TRUE(engine.send("one"));
        EXPECT_TRUE(engine.send("two"));
    }
    /// Answers every DATA at once until the engine has nothing more; gives it all.
    std::vector<DataView> drain(std::uint32_t window = kWide) {
        std::vector<DataView> all;
        for (;;) {
            const auto some = take_data();
            if (some.empty()) return all;
            all.insert(all.end(), some.begin(), some.end());
            send(sack({.tsn = all.back().tsn, .window = window}));
        }
    }
};

TEST(Rfc9260_6_1, SendsAMessageAsOneChunk) {
    Sender scene;
    scene.say("hello", {.stream = sctp::StreamId{4}, .ppid = sctp::Ppid{99}});
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].tsn, scene.engine_tsn);
    EXPECT_EQ(sent[0].stream, 4u);
    EXPECT_EQ(sent[0].ssn, 0u);
    EXPECT_EQ(sent[0].ppid, 99u);
    EXPECT_EQ(sent[0].flags, kWhole);
    EXPECT_EQ(sent[0].payload, "hello");
}

TEST(Rfc9260_6_1, SendsNoMoreThanTheWindowTakes) {
    Sender scene;
    scene.say("first");
    ASSERT_EQ(scene.take_data().size(), 1u);
    scene.ack(1, 1);
    scene.say("xy");
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].payload, "x");
    EXPECT_EQ(sent[0].flags, kBegin);
}

TEST(Rfc9260_6_1, FillsTheWindowToItsLastByte) {
    for (const std::uint32_t spare : {0u, 1u}) {
        Sender scene;
        scene.say("first");
        scene.ack(1, 2000 - spare);
        scene.discard();
        scene.say(std::string(1000, 'x'));
        scene.say(std::string(1000, 'y'));
        const auto sent = scene.take_data();
        ASSERT_EQ(sent.size(), 2 - spare) << "no sliver while something is in flight";
        EXPECT_EQ(sent.back().flags, kWhole);
    }
}

// A message costs its receiver more than its payload, and receivers take that off their window. By
// the letter nothing but payload counts.
TEST(Rfc9260_6_1, CountsWhatAMessageCostsItsReceiver) {
    for (const bool by_the_letter : {false, true}) {
        sctp::Options options = quiet_rfc9260();
        if (!by_the_letter) options.congestion = sctp::Congestion::modern;
        Sender scene{kWide, options};
        scene.say("first");
        scene.ack(1, 1000);
        scene.discard();
        for (int i = 0; i < 10; ++i)
            scene.say("x");
        EXPECT_EQ(scene.take_data().size(), by_the_letter ? 10u : 4u);
        EXPECT_EQ(scene.engine.status().peer_window_bytes, by_the_letter ? 990u : 0u);
        scene.ack(5, 1000);
        EXPECT_EQ(scene.take_data().size(), by_the_letter ? 0u : 4u);
        scene.ack(by_the_letter ? 11 : 9, 1000);
        const std::size_t rest = by_the_letter ? 0 : 2;
        EXPECT_EQ(scene.take_data().size(), rest);
        scene.ack(11, 1000);
        EXPECT_EQ(scene.engine.status().peer_window_bytes, 1000u) << "all is given back";
    }
}

TEST(Rfc9260_6_1, CountsThatOnceForAMessageInFragments) {
    sctp::Options options = quiet_rfc9260();
    options.congestion = sctp::Congestion::modern;
    Sender scene{kWide, options};
    scene.say("first");
    scene.ack(1, 10'000);
    scene.discard();
    scene.say(std::string(4000, 'x'));
    EXPECT_EQ(scene.take_data().size(), 4u);
    EXPECT_EQ(scene.engine.status().peer_window_bytes, 10'000u - 4000u - 256u);
}

TEST(Rfc9260_6_1, CountsTsnsForAllAndSsnsForEachStream) {
    Sender scene;
    for (const unsigned stream : {0u, 1u, 0u, 0u, 1u}) {
        scene.say("x", {.stream = static_cast<sctp::StreamId>(stream)});
    }
    scene.say("x", {.unordered = true});
    scene.say("x");
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 7u);
    for (std::size_t i = 0; i < sent.size(); ++i) {
        EXPECT_EQ(sent[i].tsn, scene.engine_tsn + i);
    }
    EXPECT_EQ(sent[2].ssn, 1u);
    EXPECT_EQ(sent[3].ssn, 2u);
    EXPECT_EQ(sent[4].ssn, 1u);
    EXPECT_EQ(sent[5].flags, kWhole | kUnordered);
    EXPECT_EQ(sent[6].ssn, 3u) << "an unordered message takes no SSN";
}

TEST(Rfc9260_6_1, AsksForAnImmediateSackWhenTold) {
    Sender scene;
    scene.say("now", {.sack_immediately = true});
    scene.say(std::string(3000, 'x'), {.sack_immediately = true});
    const auto sent = scene.drain();
    ASSERT_GE(sent.size(), 3u);
    EXPECT_TRUE(sent[0].flags & kImmediate);
    EXPECT_FALSE(sent[1].flags & kImmediate);
    EXPECT_TRUE(sent.back().flags & kImmediate) << "on the last fragment";
}

// RFC 7053, without being told: where an end waits for it.
TEST(Rfc9260_6_1, AsksForAnImmediateSackBeforeAShutdown) {
    for (const bool ours : {true, false}) {
        Scene scene;
        scene.accept({.window = 1'000'000});
        if (!ours) {
            ASSERT_TRUE(scene.engine.send("first"));
            scene.world.settle();
            scene.send(shutdown(scene.engine_tsn - 1));
            scene.run_for(2s); // it goes again
        } else {
            ASSERT_TRUE(scene.engine.send(std::string(2000, 'x')));
            ASSERT_TRUE(scene.engine.send("last"));
            ASSERT_TRUE(scene.engine.shutdown());
            scene.world.settle();
        }
        const auto sent = scene.take_data();
        ASSERT_GE(sent.size(), 2u);
        EXPECT_FALSE(sent.front().flags & kImmediate);
        EXPECT_TRUE(sent.back().flags & kImmediate);
    }
}

TEST(Rfc9260_6_1, AsksForAnImmediateSackBeforeAReset) {
    sctp::Options options = quiet_rfc9260();
    options.reconfiguration = true;
    Scene scene{options};
    scene.accept({.parameters = {{.type = kSupportedExtensions, .value = {std::byte{130}}}}});
    ASSERT_TRUE(scene.engine.send("first"));
    ASSERT_TRUE(scene.engine.send("last"));
    ASSERT_TRUE(scene.engine.engine->reset_streams(
        scene.engine.association(), {.direction = sctp::StreamDirection::outgoing, .streams = {}},
        scene.now()));
    scene.world.settle();
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_FALSE(sent[0].flags & kImmediate);
    EXPECT_TRUE(sent[1].flags & kImmediate);
}

TEST(Rfc9260_6_1, AsksForAnImmediateSackWhereTheWindowIsOnePacket) {
    Sender scene;
    scene.say(std::string(4000, 'x'));
    ASSERT_GE(scene.take_data().size(), 3u);
    scene.run_for(2s); // T3-rtx
    const auto again = scene.take_data();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_TRUE(again[0].flags & kImmediate);
}

TEST(Rfc9260_6_9, CutsALongMessageIntoFragments) {
    Sender scene;
    std::string text;
    while (text.size() < 50'000)
        text += std::to_string(text.size()) + " ";
    scene.say(text, {.stream = sctp::StreamId{1}, .ppid = sctp::Ppid{5}});
    const auto sent = scene.drain();
    ASSERT_GE(sent.size(), 42u);
    std::string again;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        EXPECT_EQ(sent[i].tsn, scene.engine_tsn + i);
        EXPECT_EQ(sent[i].stream, 1u);
        EXPECT_EQ(sent[i].ssn, 0u);
        EXPECT_EQ(sent[i].ppid, 5u);
        EXPECT_EQ(sent[i].flags & kBegin, i == 0 ? kBegin : 0);
        EXPECT_EQ(sent[i].flags & kEnd, i + 1 == sent.size() ? kEnd : 0);
        again += sent[i].payload;
    }
    EXPECT_EQ(again, text);
}

// A message is cut where it does not fit into a packet, and nowhere else.
TEST(Rfc9260_6_9, KeepsAMessageWholeThatFitsIntoAPacket) {
    Sender scene;
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(scene.engine.send(std::string(700, 'x')));
    scene.world.settle();
    const auto sent = scene.drain();
    ASSERT_EQ(sent.size(), 3u);
    for (const DataView& chunk : sent)
        EXPECT_EQ(chunk.flags, kWhole);
}

TEST(Rfc9260_6_1, NeverSendsMoreThanThePeersWindow) {
    constexpr std::uint32_t kWindow = 3000;
    Sender scene{kWindow};
    for (int i = 0; i < 40; ++i)
        EXPECT_TRUE(scene.engine.send(std::string(500, 'x')));
    scene.world.settle();
    std::size_t total = 0;
    for (;;) {
        std::size_t flight = 0;
        std::uint32_t last = 0;
        for (const DataView& chunk : scene.take_data()) {
            flight += chunk.payload.size();
            last = chunk.tsn;
        }
        if (flight == 0) break;
        EXPECT_LE(flight, kWindow);
        total += flight;
        scene.send(sack({.tsn = last, .window = kWindow}));
    }
    EXPECT_EQ(total, 40u * 500u);
}

// RFC 9260 §6.1 A: one DATA chunk may be in flight whatever the window says, and it is no sign of
// a dead peer when that window stays closed.
TEST(Rfc9260_6_1, ProbesAClosedWindowForAsLongAsThePeerAnswers) {
    Sender scene;
    scene.wait_with_two();
    scene.world.settle();
    int probes = 0;
    for (int i = 0; i < 3600; ++i) {
        scene.run_for(1s);
        const auto sent = scene.take_data();
        EXPECT_LE(sent.size(), 1u);
        if (sent.empty()) continue;
        ++probes;
        EXPECT_EQ(sent[0].payload, "one");
        scene.ack(1, 0); // the probe was dropped
    }
    EXPECT_GE(probes, 10);
    EXPECT_TRUE(scene.engine.is_connected());
    scene.ack(1, kWide);
    scene.run_for(120s);
    std::string text;
    for (const DataView& chunk : scene.take_data()) {
        if (text.find(chunk.payload) == std::string::npos) text += chunk.payload;
    }
    EXPECT_EQ(text, "onetwo");
}

// A closed window excuses only a peer that answers.
TEST(Rfc9260_6_1, GivesUpAPeerThatClosedItsWindowAndFellSilent) {
    sctp::Options options = quiet_rfc9260();
    options.association_retransmissions_max = 3;
    Sender scene{kWide, options};
    scene.close_window();
    EXPECT_TRUE(scene.engine.send("one"));
    scene.run_for(5min);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::timed_out);
}

TEST(Rfc9260_6_1, GoesOnWhenTheWindowOpens) {
    Sender scene{1500};
    scene.say(std::string(1400, 'x'));
    EXPECT_TRUE(scene.engine.send(std::string(1100, 'y')));
    scene.world.settle();
    const auto first = scene.take_data();
    EXPECT_EQ(first.back().payload.back(), 'x');
    scene.ack(static_cast<std::uint32_t>(first.size()), 0);
    scene.discard();
    scene.ack(static_cast<std::uint32_t>(first.size()), 5000);
    const auto sent = scene.take_data();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent.back().payload.back(), 'y');
}

// What probed the closed window was thrown away there: nobody waits for its T3-rtx.
TEST(Rfc9260_6_1, SendsTheProbeAgainAtOnceWhenTheWindowOpens) {
    Sender scene;
    scene.wait_with_two();
    scene.run_for(scene.engine.status().rto);
    ASSERT_EQ(scene.take_data().size(), 1u) << "the probe";
    scene.ack(1, 0);
    EXPECT_TRUE(scene.take_data().empty());
    scene.ack(1, 4000);
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0].payload, "one");
    EXPECT_EQ(sent[1].payload, "two");
}

TEST(Rfc9260_6_1, WaitsForNothingOnceTheWindowIsOpen) {
    Sender scene;
    scene.close_window();
    EXPECT_EQ(scene.engine.deadline(), scene.now() + scene.engine.status().rto) << "to probe it";
    scene.ack(1, 4000);
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc9260_6_1, SendsNoProbeAgainThatWasTaken) {
    Sender scene;
    scene.wait_with_two();
    scene.run_for(scene.engine.status().rto);
    ASSERT_EQ(scene.take_data().size(), 1u);
    scene.ack(2, 4000);
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].payload, "two");
}

// However small a window was, what was sent into it is not lost because the next one is larger.
TEST(Rfc9260_6_1, SendsNothingAgainWhenASmallWindowGrows) {
    Sender scene;
    scene.say("first");
    scene.ack(1, 1);
    scene.say("x");
    EXPECT_EQ(scene.take_data().size(), 2u);
    scene.ack(1, 4000);
    EXPECT_TRUE(scene.take_data().empty());
}

TEST(Rfc9260_6_2_1, TakesNoNoticeOfAnOlderSack) {
    Sender scene;
    scene.say("one");
    scene.say("two");
    scene.ack(2);
    scene.ack(1, 0); // overtaken on the way: its window is history
    scene.discard();
    scene.say("three");
    EXPECT_EQ(scene.take_data().size(), 1u);
    EXPECT_GT(scene.engine.status().peer_window_bytes, 1'000'000u);
}

// Whatever arrives in whatever order, and though some SACKs are lost: what the others reported is
// no longer in flight, and all else is.
TEST(Rfc9260_6_2_1, AgreesWithASetOfAllThatHasArrived) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SeededRandom random{seed};
        Sender scene;
        constexpr std::uint32_t kMessages = 60;
        for (std::uint32_t i = 0; i < kMessages; ++i)
            scene.say("x");
        std::set<std::uint32_t> missing;
        for (std::uint32_t i = 0; i < kMessages; ++i)
            missing.insert(i);
        while (!missing.empty()) {
            for (std::uint64_t some = 1 + random.below(4); some > 0 && !missing.empty(); --some) {
                const std::uint64_t at = random.below(std::min<std::uint64_t>(missing.size(), 12));
                missing.erase(std::next(missing.begin(), static_cast<std::ptrdiff_t>(at)));
            }
            const std::uint32_t cumulative = missing.empty() ? kMessages : *missing.begin();
            std::vector<GapBlock> gaps;
            for (std::uint32_t i = cumulative; i < kMessages; ++i) {
                if (missing.contains(i)) continue;
                const auto step = static_cast<std::uint16_t>(i - cumulative + 1);
                if (!gaps.empty() && gaps.back().second + 1 == step) {
                    gaps.back().second = step;
                } else {
                    gaps.emplace_back(step, step);
                }
            }
            if (random.below(4) == 0 && !missing.empty()) continue;
            scene.ack(cumulative, kWide, gaps);
            ASSERT_EQ(scene.engine.status().in_flight_bytes, missing.size()) << "seed " << seed;
        }
        EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
    }
}

// With the same Cumulative TSN, and less in its gap blocks: that was said before, and so was its
// window.
TEST(Rfc9260_6_2_1, TakesNoNoticeOfASackThatWasOvertaken) {
    Sender scene;
    for (int i = 0; i < 5; ++i)
        scene.say("x");
    scene.ack(1, 8000, {{2, 4}});
    scene.ack(1, 1000, {{2, 2}, {4, 4}});
    EXPECT_EQ(scene.engine.status().peer_window_bytes, 8000u - 1u);
    scene.ack(1, 7000, {{2, 4}});
    EXPECT_EQ(scene.engine.status().peer_window_bytes, 7000u - 1u) << "as much is no less";
}

TEST(Rfc9260_6_2_1, CountsWhatIsInFlightAgainstTheWindow) {
    Sender scene;
    scene.say(std::string(1000, 'x'));
    scene.say(std::string(1000, 'x'));
    scene.ack(1, 1500);
    scene.discard();
    scene.say(std::string(1000, 'y'));
    EXPECT_TRUE(scene.take_data().empty()) << "1000 bytes of the 1500 are taken";
    scene.ack(2, 1500);
    EXPECT_EQ(scene.take_data().size(), 1u);
}

TEST(Rfc9260_6_2_1, EndsOnASackForWhatItNeverSent) {
    Sender scene;
    scene.say("one");
    scene.ack(2);
    EXPECT_TRUE(scene.take(kAbort));
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::protocol_violation);
}

TEST(Rfc9260_6_2_1, EndsOnAGapBlockForWhatItNeverSent) {
    Sender scene;
    scene.say("one");
    scene.say("two");
    scene.ack(1, kWide, {{2, 2}});
    EXPECT_TRUE(scene.take(kAbort));
    EXPECT_EQ(scene.engine.state(), sctp::State::closed);
}

TEST(Rfc9260_3_3_4, SurvivesGapBlocksThatMakeNoSense) {
    const std::vector<std::vector<GapBlock>> nonsense{{{3, 2}},
                                                      {{0, 0}},
                                                      {{0, 3}},
                                                      {{2, 3}, {2, 3}},
                                                      {{4, 4}, {2, 2}},
                                                      {{65'535, 1}},
                                                      {{2, 60'000}, {3, 3}}};
    for (const auto& gaps : nonsense) {
        Sender scene;
        for (int i = 0; i < 6; ++i)
            scene.say("x");
        scene.ack(1, kWide, gaps);
        scene.run_for(10s);
        if (scene.engine.is_connected()) { // it was dropped, or made the best of
            scene.ack(6);
            EXPECT_EQ(scene.engine.status().in_flight_bytes, 0u);
        }
    }
}

// What comes after a block that is out of order is not believed.
TEST(Rfc9260_3_3_4, SendsAgainWhatStandsBehindABlockOutOfOrder) {
    for (const GapBlock& second : {GapBlock{2, 2}, GapBlock{3, 5}, GapBlock{5, 4}}) {
        Sender scene;
        for (int i = 0; i < 6; ++i)
            scene.say("x");
        scene.discard();
        scene.ack(0, kWide, {{4, 4}, second, {6, 6}});
        scene.run_for(scene.engine.status().rto);
        std::vector<std::uint32_t> again;
        for (const DataView& chunk : scene.take_data())
            again.push_back(chunk.tsn - scene.engine_tsn);
        EXPECT_EQ(again, (std::vector<std::uint32_t>{0, 1, 2, 4, 5})) << "the fourth is there";
    }
}

TEST(Rfc9260_3_3_4, DropsASackWhoseCountsDoNotFitItsLength) {
    Sender scene;
    scene.say("one");
    Chunk lies = sack({.tsn = scene.engine_tsn});
    lies.value[9] = std::byte{200}; // gap blocks that are not there
    scene.send(lies);
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_GT(scene.engine.status().in_flight_bytes, 0u);
}

// RFC 9260 §6.2.1 D iii: a receiver may take back what only a gap block has acknowledged.
TEST(Rfc9260_6_2_1, SendsAgainWhatThePeerTookBack) {
    Sender scene;
    scene.say("one");
    scene.say("two");
    scene.say("three");
    scene.ack(1, kWide, {{2, 2}}); // three is there, two is not
    scene.discard();
    scene.ack(1, kWide); // three is there no more
    scene.run_for(10s);
    std::string again;
    for (const DataView& chunk : scene.take_data())
        again += chunk.payload + " ";
    EXPECT_NE(again.find("two"), std::string::npos);
    EXPECT_NE(again.find("three"), std::string::npos);
}

// With all else acknowledged no timer runs: nobody else would ever send it.
TEST(Rfc9260_6_2_1, SendsAgainAtOnceWhatThePeerTookBackWhenNothingElseIsLeft) {
    Sender scene;
    scene.say("one");
    scene.say("two");
    scene.say("three");
    scene.ack(0, kWide, {{2, 3}});
    scene.discard();
    scene.ack(1, kWide, {{1, 1}}); // two is reported, and three no more
    const auto again = scene.take_data();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].payload, "three");
    scene.ack(3);
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc9260_6_2_1, TakesAnySackTwice) {
    Sender scene;
    for (int i = 0; i < 4; ++i)
        scene.say("x");
    for (int i = 0; i < 3; ++i)
        scene.ack(2, kWide, {{2, 2}});
    scene.ack(4);
    scene.ack(4);
    EXPECT_EQ(scene.engine.status().in_flight_bytes, 0u);
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc9260_6_1, SendsNoDataBeforeTheCookie) {
    Scene scene;
    scene.begin_open();
    EXPECT_TRUE(scene.engine.send("early"));
    scene.run_for(10s);
    EXPECT_TRUE(scene.take_data().empty());
}

TEST(Rfc9260_6_1, SendsNothingOnAStreamThatWasNotAgreedOn) {
    Sender scene;
    const auto refused = scene.engine.send("no", {.stream = sctp::StreamId{10}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    const auto empty = scene.engine.send("");
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, Errc::invalid_argument);
    scene.world.settle();
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc9260_6_1, TellsWhenAllHasArrived) {
    Sender scene;
    scene.say("one");
    scene.say("two");
    scene.ack(1);
    EXPECT_FALSE(scene.engine.event<sctp::SenderDry>());
    scene.ack(2);
    EXPECT_TRUE(scene.engine.event<sctp::SenderDry>());
    scene.ack(2);
    EXPECT_FALSE(scene.engine.event<sctp::SenderDry>()) << "once";
    scene.say("three");
    scene.ack(3);
    EXPECT_TRUE(scene.engine.event<sctp::SenderDry>()) << "and again when more was sent";
}

} // namespace
} // namespace hawser::test
