// RFC 6525 §5.1.4, §5.2.4: all begins again, TSNs and the streams of both directions, against a
// peer that says what a test wants.
#include "resetting.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

// --- §5.1.4: at our wish ---

TEST(Rfc6525_5_1_4, TheRequestWaitsUntilNothingOfOursIsUnderWay) {
    Resetting scene;
    scene.say(3);
    scene.say(4);
    ASSERT_TRUE(scene.ask_for_all());
    scene.acknowledge(1);
    EXPECT_EQ(scene.count(kReConfig), 0u);
    scene.acknowledge(2);
    const auto request = scene.take_parameter(kSsnTsn);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->value.size(), 4u);
    EXPECT_EQ(request->u32(0), scene.engine_tsn) << "requests count from the initial TSN";
}

TEST(Rfc6525_5_1_4, AllBeginsAgainAsThePeerSays) {
    Resetting scene;
    scene.say(3);
    scene.acknowledge(1);
    scene.send_data();
    ASSERT_TRUE(scene.ask_for_all());
    for (const bool unordered : {false, true})
        scene.say(3, unordered);
    EXPECT_TRUE(scene.engine.events.empty() || scene.count(kReConfig) == 1u);
    scene.discard();
    scene.send(re_config({scene.performed()}));
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 2u) << "what was said meanwhile has waited";
    EXPECT_EQ(sent[0].tsn, kOursNew);
    EXPECT_EQ(sent[0].ssn, 0u);
    EXPECT_EQ(sent[1].tsn, kOursNew + 1);
    const auto event = scene.engine.event<sctp::AssociationReset>();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->outcome, Outcome::performed);
    EXPECT_EQ(event->local_tsn.value, kOursNew);
    EXPECT_EQ(event->remote_tsn.value, kPeersNew);
    EXPECT_TRUE(scene.takes(kPeersNew));
    scene.send(data({.tsn = kPeersNew + 2, .ssn = 2}), sack({.tsn = kOursNew + 1}));
    const auto acknowledgement = scene.take(kSack);
    ASSERT_TRUE(acknowledgement);
    EXPECT_EQ(SackView{*acknowledgement}.tsn, kPeersNew);
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
}

TEST(Rfc6525_5_1_4, MidsOfIDataBeginAgainToo) {
    Resetting scene{reconfiguring(true)};
    for (const bool unordered : {false, true})
        scene.say(3, unordered);
    scene.acknowledge(2);
    scene.send(i_data({.tsn = scene.peer_tsn, .stream = 3}),
               i_data({.tsn = scene.peer_tsn + 1, .stream = 3, .flags = kWhole | kUnordered}),
               i_data({.tsn = scene.peer_tsn + 2, .stream = 4, .flags = kBegin}));
    scene.discard();
    scene.engine.messages.clear();
    ASSERT_TRUE(scene.ask_for_all());
    scene.send(re_config({scene.performed()}));
    EXPECT_EQ(scene.engine.engine->counters().given_up_fragments, 1u);
    scene.send(i_data({.tsn = kPeersNew, .stream = 3}),
               i_data({.tsn = kPeersNew + 1, .stream = 3, .flags = kWhole | kUnordered}));
    EXPECT_EQ(scene.engine.messages.size(), 2u);
    for (const bool unordered : {false, true}) {
        scene.say(3, unordered);
        const auto chunk = scene.take(kIData);
        ASSERT_TRUE(chunk);
        EXPECT_EQ(IDataView{*chunk}.mid, 0u);
    }
}

TEST(Rfc6525_5_1_4, NumbersGoOnWhereThePeerDoesNotWantTo) {
    for (const std::uint32_t result : {+kNothingToDo, +kPerformed, +kDenied, +kWrongSsn,
                                       +kRequestInProgress, +kBadSequenceNumber, 77u}) {
        Resetting scene;
        scene.say(3);
        scene.acknowledge(1);
        ASSERT_TRUE(scene.ask_for_all());
        scene.say(3);
        scene.discard();
        scene.send(re_config({scene.response(0, result)})); // it names no TSNs
        const auto sent = scene.take_data();
        ASSERT_EQ(sent.size(), 1u);
        EXPECT_EQ(sent[0].tsn, scene.engine_tsn + 1);
        EXPECT_EQ(sent[0].ssn, 1u);
        const auto event = scene.engine.event<sctp::AssociationReset>();
        ASSERT_TRUE(event);
        const Outcome expected = result == kDenied        ? Outcome::denied
                                 : result == kNothingToDo ? Outcome::nothing_to_do
                                                          : Outcome::failed;
        EXPECT_EQ(event->outcome, expected);
        EXPECT_EQ(event->local_tsn.value, scene.engine_tsn + 1);
        EXPECT_EQ(event->remote_tsn.value, scene.peer_tsn);
        EXPECT_TRUE(scene.takes(scene.peer_tsn));
    }
}

TEST(Rfc6525_5_1_4, NoOtherRequestIsOpenBesideIt) {
    Resetting scene;
    ASSERT_TRUE(scene.ask_for_all());
    EXPECT_EQ(scene.ask_for_all().error().code, Errc::exhausted);
    EXPECT_EQ(scene.ask(Direction::incoming).error().code, Errc::exhausted);
    scene.send(re_config({scene.performed()}));
    ASSERT_TRUE(scene.ask(Direction::outgoing));
    EXPECT_EQ(scene.ask_for_all().error().code, Errc::exhausted);
}

TEST(Rfc6525_5_1_4, IsNotAskedForUnlessItCanBe) {
    Resetting scene{reconfiguring(), {kIData}};
    EXPECT_EQ(scene.ask_for_all().error().code, Errc::unsupported);
    EXPECT_EQ(
        scene.engine.engine->reset_association(sctp::AssociationId{999}, scene.now()).error().code,
        Errc::not_found);
    ASSERT_TRUE(scene.engine.shutdown());
    EXPECT_EQ(scene.ask_for_all().error().code, Errc::closed);
}

TEST(Rfc6525_5_1_4, TheRequestGoesAgainUnchangedUntilItIsAnswered) {
    Resetting scene;
    ASSERT_TRUE(scene.ask_for_all());
    const auto first = scene.take(kReConfig);
    ASSERT_TRUE(first);
    scene.run_for(1s);
    const auto again = scene.take(kReConfig);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->value, first->value);
    scene.send(re_config({scene.response(0, kInProgress)}));
    scene.run_for(10s);
    EXPECT_TRUE(scene.take(kReConfig)) << "§5.2.7";
    scene.send(re_config({scene.performed()}));
    EXPECT_TRUE(scene.engine.event<sctp::AssociationReset>());
    scene.send(re_config({scene.performed(1, 1)}));
    EXPECT_FALSE(scene.engine.event<sctp::AssociationReset>()) << "the answer came again";
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc6525_5_1_4, WhatMayBeOfThePeersNewNumbersWaitsForItsAnswer) {
    Resetting scene;
    ASSERT_TRUE(scene.ask_for_all());
    scene.discard();
    scene.send(data({.tsn = scene.peer_tsn + 1})); // usrsctp leaves a TSN out
    EXPECT_TRUE(scene.engine.messages.empty());
    scene.send(sack({.tsn = kOursNew - 1}));
    EXPECT_TRUE(scene.engine.is_connected()) << "of numbers that it has given us";
    scene.send(re_config({scene.performed(scene.peer_tsn + 1)}), data({.tsn = scene.peer_tsn + 1}));
    EXPECT_EQ(scene.engine.messages.size(), 1u);
}

TEST(Rfc6525_5_1_4, WhatThePeerHadUnderWayIsTakenUntilItAnswers) {
    Resetting scene;
    ASSERT_TRUE(scene.ask_for_all());
    scene.discard();
    scene.send(data({.tsn = scene.peer_tsn}));
    scene.send(data({.tsn = scene.peer_tsn}));
    EXPECT_EQ(scene.engine.messages.size(), 1u);
    const auto acknowledgement = scene.take(kSack);
    ASSERT_TRUE(acknowledgement) << "its SACK may have been lost";
    EXPECT_EQ(SackView{*acknowledgement}.tsn, scene.peer_tsn);
}

// --- §5.2.4: at the peer's wish ---

TEST(Rfc6525_5_2_4, TheAnswerSaysBothNextTsns) {
    Resetting scene;
    scene.say(3);
    scene.acknowledge(1);
    scene.send_data();
    scene.discard();
    scene.send(re_config({scene.ssn_tsn(0)}));
    const auto answer = scene.take_parameter(kResponse);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->value.size(), 16u);
    EXPECT_EQ(answer->u32(0), scene.peer_first());
    EXPECT_EQ(answer->u32(4), +kPerformed);
    EXPECT_EQ(answer->u32(8), scene.engine_tsn + 1) << "G2: the highest sent and one";
    const std::uint32_t peers_new = scene.peer_tsn + kHalfTheCircle;
    EXPECT_EQ(answer->u32(12), peers_new) << "G1: the smallest not acknowledged, and 2^31";
    const auto event = scene.engine.event<sctp::AssociationReset>();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->outcome, Outcome::performed);
    EXPECT_EQ(event->local_tsn.value, scene.engine_tsn + 1);
    EXPECT_EQ(event->remote_tsn.value, peers_new);
    scene.say(3);
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].tsn, scene.engine_tsn + 1);
    EXPECT_EQ(sent[0].ssn, 0u) << "G5";
    EXPECT_TRUE(scene.takes(peers_new)) << "G5";
}

TEST(Rfc6525_5_2_4, TheAnswerWaitsForWhatIsUnderWay) {
    Resetting scene;
    scene.say(3);
    scene.discard();
    for (int i = 0; i < 3; ++i) {
        scene.send(re_config({scene.ssn_tsn(0)}));
        EXPECT_TRUE(scene.silent()) << "some peers take 'in progress' for an end";
    }
    EXPECT_EQ(scene.ask(Direction::outgoing).error().code, Errc::exhausted);
    scene.say(3);
    EXPECT_TRUE(scene.silent()) << "what has not begun waits for the answer";
    scene.acknowledge(1);
    const auto answer = scene.take_parameter(kResponse);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->u32(8), scene.engine_tsn + 1);
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].tsn, scene.engine_tsn + 1);
    EXPECT_EQ(sent[0].ssn, 0u);
}

TEST(Rfc6525_5_2_4, WhatHasNotBegunIsNotWaitedFor) {
    Resetting scene;
    scene.send(sack({.tsn = scene.engine_tsn - 1, .window = 0}));
    for (int i = 0; i < 3; ++i)
        scene.say(3);
    scene.run_for(1s);
    EXPECT_EQ(scene.count(kData), 1u) << "it probes the closed window";
    const auto held =
        scene.engine.send("later", {.stream = sctp::StreamId{4},
                                    .ancillary = {.send_at = SendTime{scene.now() + 1h}}});
    ASSERT_TRUE(held);
    scene.discard();
    scene.send(re_config({scene.ssn_tsn(0)}));
    EXPECT_TRUE(scene.silent());
    scene.acknowledge(1);
    EXPECT_TRUE(scene.take(kReConfig));
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0].ssn, 0u);
    EXPECT_EQ(sent[1].ssn, 1u);
}

TEST(Rfc6525_5_2_4, ARequestThatComesAgainIsAnsweredTheSameAndDoesNothing) {
    Resetting scene;
    scene.send(re_config({scene.ssn_tsn(0)}));
    const auto first = scene.take_parameter(kResponse);
    ASSERT_TRUE(first);
    EXPECT_TRUE(scene.engine.event<sctp::AssociationReset>());
    for (int i = 0; i < 2; ++i) { // and once it has shown that it knows
        scene.send(re_config({scene.ssn_tsn(0)}));
        const auto again = scene.take_parameter(kResponse);
        ASSERT_TRUE(again);
        EXPECT_EQ(again->value, first->value);
        EXPECT_TRUE(scene.takes(first->u32(12) + static_cast<std::uint32_t>(i)) == (i == 0));
        scene.discard();
    }
    EXPECT_FALSE(scene.engine.event<sctp::AssociationReset>());
}

TEST(Rfc6525_5_2_4, TheAnswerGoesAheadOfAllElseUntilThePeerKnows) {
    for (const bool acknowledges : {true, false}) {
        Resetting scene;
        scene.send(re_config({scene.ssn_tsn(0)}));
        const auto answer = scene.take(kReConfig);
        ASSERT_TRUE(answer);
        scene.send(data({.tsn = scene.peer_tsn - 1})); // of before: it is answered with a SACK
        const auto with_sack = scene.next();
        ASSERT_TRUE(with_sack);
        ASSERT_EQ(with_sack->chunks.size(), 2u);
        EXPECT_EQ(with_sack->chunks[0].value, answer->value);
        EXPECT_EQ(with_sack->chunks[1].type, kSack);
        ASSERT_TRUE(scene.engine.send(std::string(4000, 'x'),
                                      {.ancillary = {.dscp = Dscp::ef}})); // of another class
        scene.world.settle();
        std::size_t packets = 0;
        while (const auto packet = scene.next()) {
            ++packets;
            ASSERT_EQ(packet->chunks.size(), 2u);
            EXPECT_EQ(packet->chunks[0].value, answer->value);
            EXPECT_EQ(packet->chunks[1].type, kData);
        }
        EXPECT_GE(packets, 3u);
        if (acknowledges) scene.acknowledge(1);
        if (!acknowledges) scene.send(data({.tsn = answer->tlvs(0)[0].u32(12)}));
        scene.discard();
        scene.run_for(5s); // T3-rtx
        EXPECT_GT(scene.count(kData), 0u);
        EXPECT_EQ(scene.count(kReConfig), 0u);
    }
}

TEST(Rfc6525_5_2_4, IsRefusedWhileSomethingElseIsOpen) {
    Resetting ours;
    ASSERT_TRUE(ours.ask(Direction::outgoing, {3}));
    ours.discard();
    ours.send(re_config({ours.ssn_tsn(0)}));
    EXPECT_EQ(ours.take_response(), std::pair(0u, +kRequestInProgress));

    Resetting peers;
    peers.send(re_config({peers.outgoing(0, {3}, peers.peer_tsn)}));
    EXPECT_EQ(peers.take_response(), std::pair(0u, +kInProgress));
    peers.send(re_config({peers.ssn_tsn(1)}));
    EXPECT_EQ(peers.take_response(), std::pair(1u, +kRequestInProgress));
    EXPECT_FALSE(peers.engine.event<sctp::AssociationReset>());
}

TEST(Rfc6525_5_2_4, IsDeniedOnceThePeerShutsDownAlthoughMessagesWaitForIt) {
    Resetting scene;
    scene.say(3);
    scene.send(re_config({scene.ssn_tsn(0)}));
    scene.say(3);
    scene.discard();
    scene.send(shutdown(scene.engine_tsn - 1));
    scene.send(sack({.tsn = scene.engine_tsn}));
    EXPECT_EQ(scene.count(kReConfig), 1u);
    const auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].ssn, 1u) << "numbers go on";
    EXPECT_FALSE(scene.engine.event<sctp::AssociationReset>());
}

TEST(Rfc6525_5_2_4, TheAnswerGoesAheadOfAShutdownToo) {
    Resetting scene;
    scene.send(re_config({scene.ssn_tsn(0)}));
    ASSERT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    const std::uint32_t last = scene.peer_tsn - 1;
    scene.discard();
    scene.send(data({.tsn = last}), re_config({scene.ssn_tsn(0)})); // SHUTDOWN goes again
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    ASSERT_GE(packet->chunks.size(), 2u);
    EXPECT_EQ(packet->chunks[0].type, kReConfig);
    EXPECT_EQ(packet->chunks[1].type, kShutdown);
}

TEST(Rfc6525_5_2_4, TheAnswerGoesAheadOfSacksThatLeaveApart) {
    Resetting scene;
    scene.send(re_config({scene.ssn_tsn(0)}));
    scene.discard();
    const Path path = scene.path();
    for (int i = 0; i < 8; ++i) { // one batch
        Octets packet = put_together(Scene::kPeerPort, scene.engine_port, scene.engine_tag,
                                     {data({.tsn = scene.peer_tsn - 1})});
        const Ancillary none;
        Datagram datagram{PacketId{}, path, none, packet};
        static_cast<void>(scene.engine.engine->receive(datagram, scene.now()));
    }
    scene.world.settle();
    std::size_t packets = 0;
    for (; const auto packet = scene.next(); ++packets) {
        EXPECT_EQ(packet->chunks[0].type, kReConfig);
        EXPECT_EQ(packet->chunks[1].type, kSack);
    }
    EXPECT_EQ(packets, 2u);
}

TEST(Rfc6525_5_2_4, APeerThatAsksForSomethingElseKnowsTheAnswer) {
    Resetting scene;
    scene.send(re_config({scene.ssn_tsn(0)}));
    scene.discard();
    scene.send(re_config({scene.incoming(1, {77})}));
    EXPECT_EQ(scene.take_response(), std::pair(1u, +kWrongSsn));
    scene.send(data({.tsn = scene.peer_tsn - 1}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->chunks.size(), 1u);
}

TEST(Rfc6525_5_2_4, IsDeniedOnceAShutdownHasBegun) {
    Resetting scene;
    scene.say(3);
    ASSERT_TRUE(scene.engine.shutdown());
    scene.discard();
    scene.send(re_config({scene.ssn_tsn(0)}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kDenied));

    Resetting late;
    late.say(3);
    late.send(re_config({late.ssn_tsn(0)}));
    late.discard();
    late.send(shutdown(late.engine_tsn - 1));
    late.acknowledge(1);
    EXPECT_EQ(late.count(kShutdownAck), 1u);
    EXPECT_EQ(late.take_response(), std::pair(0u, +kDenied)) << "it may have given up asking";
    EXPECT_FALSE(late.engine.event<sctp::AssociationReset>());
}

// --- its end, where that comes from elsewhere ---

TEST(Rfc6525_5_1_4, AShutdownWaitsForTheAnswerOnceItIsAskedFor) {
    Resetting scene;
    ASSERT_TRUE(scene.ask_for_all());
    ASSERT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    EXPECT_EQ(scene.count(kShutdown), 0u) << "the peer may send by either numbers";
    scene.send(re_config({scene.performed()}));
    const auto end = scene.take(kShutdown);
    ASSERT_TRUE(end);
    EXPECT_EQ(end->u32(0), kPeersNew - 1);
    EXPECT_EQ(scene.engine.event<sctp::AssociationReset>()->outcome, Outcome::performed);
}

TEST(Rfc6525_5_1_4, AShutdownOfThePeersNewNumbersWaitsForItsAnswer) {
    Resetting scene;
    ASSERT_TRUE(scene.ask_for_all());
    scene.send(shutdown(kOursNew - 1));
    EXPECT_EQ(scene.engine.state(), sctp::State::shutdown_received);
    scene.discard();
    scene.send(re_config({scene.performed()}));
    EXPECT_EQ(scene.count(kShutdownAck), 1u);
}

TEST(Rfc6525_5_1_4, AShutdownEndsARequestThatIsNotAskedForYet) {
    Resetting scene;
    scene.say(3);
    ASSERT_TRUE(scene.ask_for_all());
    ASSERT_TRUE(scene.engine.shutdown());
    scene.discard();
    scene.acknowledge(1);
    EXPECT_EQ(scene.count(kShutdown), 1u);
    EXPECT_EQ(scene.count(kReConfig), 0u);
    EXPECT_EQ(scene.engine.event<sctp::AssociationReset>()->outcome, Outcome::failed);
}

} // namespace
} // namespace hawser::test
