// RFC 6525 §5.2.4: what is of before an SSN/TSN reset, and peers that lie in their numbers.
#include "resetting.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

sctp::Options giving_up() {
    sctp::Options options = reconfiguring();
    options.forward_tsn = true;
    return options;
}

// --- what is of before ---

TEST(Rfc6525_5_2_4, DataOfBeforeIsNotTaken) {
    for (const bool ours : {true, false}) {
        Resetting scene;
        for (int i = 0; i < 3; ++i)
            scene.send_data();
        if (ours) {
            ASSERT_TRUE(scene.ask_for_all());
            scene.send(re_config({scene.performed(scene.peer_tsn, kOursNew)}));
        } else {
            scene.send(re_config({scene.ssn_tsn(0)}));
        }
        const auto event = scene.engine.event<sctp::AssociationReset>();
        ASSERT_TRUE(event);
        for (std::uint32_t back = 1; back <= 3; ++back)
            EXPECT_FALSE(scene.takes(scene.peer_tsn - back));
        EXPECT_TRUE(scene.takes(event->remote_tsn.value));
    }
}

TEST(Rfc6525_5_2_4, AForwardTsnOfBeforeSkipsNothing) {
    Resetting scene{giving_up(), {kReConfig}, {{.type = kForwardTsnSupported, .value = {}}}};
    for (int i = 0; i < 3; ++i)
        scene.send_data();
    const std::uint32_t last = scene.peer_tsn - 1;
    scene.send(re_config({scene.ssn_tsn(0)}));
    for (std::uint32_t back = 0; back < 3; ++back)
        scene.send(scene.forward_tsn(last - back));
    const std::uint32_t peers_new = scene.peer_tsn + kHalfTheCircle;
    EXPECT_TRUE(scene.takes(peers_new));
    scene.discard();
    scene.send(scene.forward_tsn(peers_new + 10));
    const auto acknowledgement = scene.take(kSack);
    ASSERT_TRUE(acknowledgement);
    EXPECT_EQ(SackView{*acknowledgement}.tsn, peers_new + 10) << "one of now does";
}

TEST(Rfc6525_5_2_4, ASackOfBeforeAcknowledgesNothing) {
    Resetting scene;
    scene.say(3);
    scene.say(3);
    scene.acknowledge(2);
    ASSERT_TRUE(scene.ask_for_all());
    const std::uint32_t last = scene.engine_tsn + 1;
    const std::uint32_t new_first = last + 1 + kHalfTheCircle;
    scene.send(re_config({scene.performed(scene.peer_tsn, new_first)}));
    scene.say(3);
    scene.discard();
    for (std::uint32_t back = 0; back < 3; ++back)
        scene.send(sack({.tsn = last - back}));
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.engine.status().queued_bytes, 4u);
    scene.send(sack({.tsn = new_first}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
    scene.send(sack({.tsn = new_first + 1}));
    EXPECT_FALSE(scene.engine.is_connected()) << "that is no SACK of before, but a lie";
}

TEST(Rfc6525_5_2_4, DuplicatesOfBeforeAreNotReported) {
    Resetting scene;
    scene.send_data();
    scene.discard();
    scene.send(data({.tsn = scene.peer_tsn - 1}), re_config({scene.ssn_tsn(0)}));
    const auto acknowledgement = scene.take(kSack);
    ASSERT_TRUE(acknowledgement);
    EXPECT_EQ(SackView{*acknowledgement}.tsn, scene.peer_tsn - 1 + kHalfTheCircle);
    EXPECT_EQ(acknowledgement->value.size(), 12u);
}

TEST(Rfc6525_5_2_4, NewTsnsAreNotTakenForReorderedOnes) {
    sctp::Options options = sctp::Options::modern();
    options.reconfiguration = true;
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    Resetting scene{options};
    scene.say(3);
    scene.run_for(100ms); // the round trip
    scene.acknowledge(1);
    ASSERT_TRUE(scene.ask_for_all());
    const std::uint32_t first = scene.engine_tsn + 1 + kHalfTheCircle;
    scene.send(re_config({scene.performed(scene.peer_tsn, first)}));
    for (int i = 0; i < 7; ++i)
        ASSERT_TRUE(scene.engine.send(std::string(1172, 'x'))); // a packet each
    scene.run_for(100ms);
    scene.discard();
    scene.send(sack({.tsn = first}));
    scene.send(sack({.tsn = first, .gaps = {{2, 5}}}));
    const auto again = scene.take_data();
    ASSERT_EQ(again.size(), 1u) << "at once, because nothing was ever reordered: RFC 8985 §6.2";
    EXPECT_EQ(again[0].tsn, first + 1);
}

TEST(Rfc6525_5_2_4, WhatIsNotWholeIsGivenUpAndWhatWaitedHasItsTurn) {
    Resetting scene;
    const std::uint32_t first = scene.peer_tsn;
    scene.send(data({.tsn = first, .flags = kBegin}));
    scene.send(data({.tsn = first + 3, .flags = kBegin}));
    scene.send(data({.tsn = first + 5, .stream = 3, .ssn = 1, .payload = "early"}));
    scene.send(re_config({scene.ssn_tsn(0)}));
    EXPECT_EQ(scene.engine.received(), "early");
    EXPECT_EQ(scene.engine.engine->counters().given_up_fragments, 2u);
    const auto event = scene.engine.event<sctp::AssociationReset>();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->remote_tsn.value, first + 1 + kHalfTheCircle) << "G1";
    EXPECT_TRUE(scene.takes(event->remote_tsn.value));
    EXPECT_FALSE(scene.takes(event->remote_tsn.value + 1)) << "its SSN is 0 again";
    scene.send(data({.tsn = event->remote_tsn.value + 2, .flags = kEnd}));
    EXPECT_FALSE(scene.engine.is_connected()) << "an end whose beginning is gone";
}

TEST(Rfc6525_5_2_4, AResetOfThePeersStreamsThatWaitedIsDoneWithIt) {
    Resetting scene;
    ASSERT_TRUE(scene.ask_for_all());
    scene.send(re_config({scene.outgoing(0, {3}, scene.peer_tsn + 5)}));
    EXPECT_FALSE(scene.engine.event<sctp::StreamsReset>());
    scene.discard();
    scene.send(re_config({scene.performed()}));
    const auto reset = scene.engine.event<sctp::StreamsReset>();
    ASSERT_TRUE(reset);
    EXPECT_EQ(reset->streams, streams({3}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
    EXPECT_TRUE(scene.engine.event<sctp::AssociationReset>());
    EXPECT_TRUE(scene.takes(kPeersNew));
}

// --- a peer that lies in its numbers ---

TEST(Rfc6525_5_2_4, NumbersThatNoHonestPeerWouldChooseHarmNobodyElse) {
    Resetting some;
    const std::uint32_t ours = some.engine_tsn + 1;
    const std::uint32_t theirs = some.peer_tsn + 1;
    for (const std::uint32_t sender : {theirs, theirs - 1, theirs - 100, theirs + 65'535,
                                       theirs + kHalfTheCircle, theirs + kHalfTheCircle - 1, 0u}) {
        for (const std::uint32_t receiver :
             {ours, ours - 1, ours + 1, ours + kHalfTheCircle, ours + kHalfTheCircle - 1, 0u}) {
            Resetting scene;
            ASSERT_EQ(scene.engine_tsn + 1, ours) << "the same seed";
            scene.say(3);
            scene.acknowledge(1);
            scene.send_data();
            ASSERT_TRUE(scene.ask_for_all());
            scene.discard();
            scene.send(re_config({scene.performed(sender, receiver)}));
            scene.say(3);
            const auto sent = scene.take_data();
            ASSERT_EQ(sent.size(), 1u);
            EXPECT_EQ(sent[0].tsn, receiver);
            EXPECT_TRUE(scene.takes(sender));
            EXPECT_FALSE(scene.takes(sender)) << "each once";
            scene.send(sack({.tsn = receiver}));
            EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
            EXPECT_EQ(scene.engine.deadline(), kNever);
        }
    }
}

TEST(Rfc6525_5_2_4, APeerThatAlwaysWantsItGetsOneAnswerEach) {
    Resetting scene;
    for (std::uint32_t number = 0; number < 100; ++number) {
        scene.send(re_config({scene.ssn_tsn(number)}));
        EXPECT_EQ(scene.take_response(), std::pair(number, +kPerformed));
        EXPECT_TRUE(scene.silent());
    }
    std::uint32_t peers_new = 0;
    while (const auto event = scene.engine.event<sctp::AssociationReset>())
        peers_new = event->remote_tsn.value;
    EXPECT_EQ(peers_new, scene.peer_tsn) << "after an even number of halves of the circle";
    EXPECT_TRUE(scene.takes(peers_new));
    scene.discard();
    scene.send(re_config({scene.ssn_tsn(50)}));
    EXPECT_EQ(scene.take_response(), std::pair(50u, +kBadSequenceNumber));
    scene.send(re_config({scene.ssn_tsn(98)}));
    EXPECT_EQ(scene.take_response(), std::pair(98u, +kPerformed));
    EXPECT_FALSE(scene.engine.event<sctp::AssociationReset>());
}

} // namespace
} // namespace hawser::test
