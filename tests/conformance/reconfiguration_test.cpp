// RFC 6525: streams begin again, against a peer that says what a test wants.
#include "reconfiguring.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

// --- §5.1.1: who may use it, and how it goes again ---

TEST(Rfc6525_5_1_1, IsListedWhereTheUserAskedForIt) {
    for (const bool wanted : {false, true}) {
        sctp::Options options = reconfiguring();
        options.reconfiguration = wanted;
        Scene asked{options};
        asked.send_as(0, init());
        const auto answer = asked.take(kInitAck);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->tlv(16, kSupportedExtensions).has_value(), wanted);
    }
}

TEST(Rfc6525_5_1_1, IsNotUsedUnlessBothEndsListIt) {
    Reconfiguring scene{reconfiguring(), {kIData}};
    EXPECT_EQ(scene.ask(Direction::outgoing).error().code, Errc::unsupported);
    scene.send(re_config({scene.outgoing(0)}));
    EXPECT_TRUE(scene.silent()) << "type 130 is skipped without a word where it is not known";
}

TEST(Rfc6525_5_1_1, CountsFromTheInitialTsn) {
    Reconfiguring scene;
    ASSERT_TRUE(scene.ask(Direction::outgoing, {3}));
    const auto first = scene.take_parameter(kOutgoing);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->u32(0), scene.engine_tsn);
    scene.send(re_config({scene.response(0, kPerformed)}));
    ASSERT_TRUE(scene.ask(Direction::incoming, {3}));
    const auto second = scene.take_parameter(kIncoming);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->u32(0), scene.engine_tsn + 1);
}

TEST(Rfc6525_5_1_1, OneRequestIsOutstandingAtMost) {
    Reconfiguring scene;
    ASSERT_TRUE(scene.ask(Direction::outgoing, {3}));
    EXPECT_EQ(scene.ask(Direction::outgoing, {4}).error().code, Errc::exhausted);
    EXPECT_EQ(scene.ask(Direction::incoming).error().code, Errc::exhausted);
    scene.send(re_config({scene.response(0, kDenied)}));
    EXPECT_TRUE(scene.ask(Direction::incoming));
}

TEST(Rfc6525_5_1_1, ARequestGoesAgainByTheRtoWhichDoubles) {
    Reconfiguring scene;
    ASSERT_TRUE(scene.ask(Direction::outgoing, {3}));
    const auto first = scene.take(kReConfig);
    ASSERT_TRUE(first);
    for (const Duration rto : {1s, 2s, 4s}) {
        scene.run_for(rto - 1ms);
        EXPECT_TRUE(scene.silent());
        scene.run_for(1ms);
        const auto again = scene.take(kReConfig);
        ASSERT_TRUE(again);
        EXPECT_EQ(again->value, first->value);
    }
    scene.send(re_config({scene.response(0, kPerformed)}));
    EXPECT_TRUE(scene.engine.event<sctp::StreamsReset>());
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc6525_5_1_1, AnAssociationWhosePeerDoesNotAnswerEnds) {
    sctp::Options options = reconfiguring();
    options.association_retransmissions_max = 3;
    options.path_retransmissions_max = 1;
    Reconfiguring scene{options};
    ASSERT_TRUE(scene.ask(Direction::outgoing));
    scene.run_for(1min);
    EXPECT_EQ(scene.count(kReConfig), 4u);
    const auto changed = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->state, sctp::PathChanged::State::inactive);
    const auto closed = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->reason, sctp::CloseReason::timed_out);
}

// --- §5.1.2: our streams ---

TEST(Rfc6525_5_1_2, TheRequestSaysWhatWasSentLast) {
    Reconfiguring scene;
    scene.say(3);
    scene.acknowledge(1);
    scene.discard();
    ASSERT_TRUE(scene.ask(Direction::outgoing, {3, 5}));
    const auto request = scene.take_parameter(kOutgoing);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->u32(4), scene.peer_first() - 1) << "the peer has not asked for anything";
    EXPECT_EQ(request->u32(8), scene.engine_tsn);
    ASSERT_EQ(request->value.size(), 16u);
    EXPECT_EQ(request->u16(12), 3u);
    EXPECT_EQ(request->u16(14), 5u);
}

TEST(Rfc6525_5_1_2, WaitsForAllThatItsStreamsHad) {
    Reconfiguring scene;
    scene.say(3);
    scene.say(4);
    ASSERT_TRUE(scene.ask(Direction::outgoing, {4}));
    EXPECT_EQ(scene.count(kReConfig), 0u);
    scene.acknowledge(1);
    EXPECT_EQ(scene.count(kReConfig), 0u) << "that was stream 3's";
    scene.acknowledge(2);
    EXPECT_EQ(scene.count(kReConfig), 1u);
}

TEST(Rfc6525_5_1_2, LaterMessagesOfItsStreamsWaitAndOthersDoNot) {
    for (const bool unordered : {false, true}) {
        Reconfiguring scene;
        scene.say(3);
        scene.acknowledge(1);
        ASSERT_TRUE(scene.ask(Direction::outgoing, {3}));
        scene.discard();
        scene.say(3, unordered);
        EXPECT_TRUE(scene.take_data().empty());
        scene.say(4);
        const auto other = scene.take_data();
        ASSERT_EQ(other.size(), 1u);
        EXPECT_EQ(other[0].stream, 4u);
        scene.send(re_config({scene.response(0, kPerformed)}));
        const auto sent = scene.take_data();
        ASSERT_EQ(sent.size(), 1u);
        EXPECT_EQ(sent[0].stream, 3u);
        EXPECT_EQ(sent[0].ssn, 0u);
        const auto reset = scene.engine.event<sctp::StreamsReset>();
        ASSERT_TRUE(reset);
        EXPECT_EQ(reset->direction, Direction::outgoing);
        EXPECT_EQ(reset->outcome, Outcome::performed);
        EXPECT_EQ(reset->streams, streams({3}));
    }
}

TEST(Rfc6525_5_1_2, AllStreamsBeginAgainWhereNoneIsNamed) {
    Reconfiguring scene;
    for (const std::uint16_t stream : Numbers{1, 2})
        scene.say(stream);
    scene.acknowledge(2);
    scene.discard();
    ASSERT_TRUE(scene.ask(Direction::outgoing));
    scene.send(re_config({scene.response(0, kNothingToDo)}));
    for (const std::uint16_t stream : Numbers{1, 2})
        scene.say(stream);
    for (const DataView& sent : scene.take_data())
        EXPECT_EQ(sent.ssn, 0u);
    EXPECT_EQ(scene.engine.event<sctp::StreamsReset>()->outcome, Outcome::nothing_to_do);
}

TEST(Rfc6525_5_1_2, NumbersGoOnWhereThePeerRefuses) {
    for (const std::uint32_t result :
         {+kDenied, +kWrongSsn, +kRequestInProgress, +kBadSequenceNumber, 77u}) {
        Reconfiguring scene;
        scene.say(3);
        scene.acknowledge(1);
        ASSERT_TRUE(scene.ask(Direction::outgoing, {3}));
        scene.say(3);
        scene.discard();
        scene.send(re_config({scene.response(0, result)}));
        const auto sent = scene.take_data();
        ASSERT_EQ(sent.size(), 1u);
        EXPECT_EQ(sent[0].ssn, 1u);
        EXPECT_EQ(scene.engine.event<sctp::StreamsReset>()->outcome,
                  result == kDenied ? Outcome::denied : Outcome::failed);
    }
}

TEST(Rfc6525_5_1_2, RefusesStreamsThatDoNotExist) {
    Reconfiguring scene;
    EXPECT_EQ(scene.ask(Direction::outgoing, {10}).error().code, Errc::invalid_argument);
    EXPECT_EQ(scene.ask(Direction::incoming, {10}).error().code, Errc::invalid_argument);
    EXPECT_EQ(scene.ask(Direction::outgoing, Numbers(1000, 9)).error().code, Errc::too_large);
    EXPECT_TRUE(scene.ask(Direction::outgoing, {9}));
}

// --- §5.2.1 ---

TEST(Rfc6525_5_2_1, ARepeatedRequestIsAnsweredTheSameAndDoesNothing) {
    Reconfiguring scene;
    scene.send_data();
    scene.send(re_config({scene.outgoing(0)}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
    EXPECT_TRUE(scene.engine.event<sctp::StreamsReset>());
    scene.peer_ssn = 0;
    scene.send_data();
    scene.discard();
    scene.send(re_config({scene.outgoing(0)}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
    EXPECT_FALSE(scene.engine.event<sctp::StreamsReset>());
    scene.send_data();
    EXPECT_EQ(scene.engine.messages.size(), 3u) << "SSN 1 follows: nothing was reset twice";
}

TEST(Rfc6525_5_2_1, ASackThatIsOwedGoesWithARequestAndWithAnAnswer) {
    for (const bool asks : {true, false}) {
        Reconfiguring scene;
        scene.send_data();
        EXPECT_TRUE(scene.silent()) << "it is not owed at once";
        if (asks) {
            ASSERT_TRUE(scene.ask(Direction::incoming));
        } else {
            scene.send(re_config({scene.outgoing(0)}));
        }
        const auto packet = scene.next();
        ASSERT_TRUE(packet);
        EXPECT_TRUE(packet->has(kReConfig));
        EXPECT_EQ(packet->chunks[0].type, kSack) << "ahead of it";
    }
}

TEST(Rfc6525_5_2_1, AWrongNumberIsAnsweredAndDoesNothing) {
    Reconfiguring scene;
    for (const std::uint32_t number : {1u, 2u, ~0u, 0x8000'0000u}) {
        scene.send(re_config({scene.outgoing(number)}));
        EXPECT_EQ(scene.take_response(), std::pair(number, +kBadSequenceNumber));
    }
    EXPECT_FALSE(scene.engine.event<sctp::StreamsReset>());
}

TEST(Rfc6525_5_2_1, AnswersGoIntoOneChunk) {
    Reconfiguring scene;
    scene.send(re_config({scene.outgoing(0), scene.incoming(1, {77})}));
    const auto chunk = scene.take(kReConfig);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->count(0, kResponse), 2u);
    EXPECT_EQ(chunk->tlvs(0)[0].u32(4), +kPerformed);
    EXPECT_EQ(chunk->tlvs(0)[1].u32(4), +kWrongSsn);
}

TEST(Rfc6525_3_1, WhatMayNotStandTogetherIsReported) {
    Reconfiguring scene;
    for (const auto& parameters :
         {std::vector{scene.outgoing(0), scene.outgoing(1)},
          std::vector{scene.incoming(0), scene.response(0, kPerformed)},
          std::vector{scene.outgoing(0), scene.incoming(1), scene.response(0, kPerformed)},
          std::vector{Tlv{.type = 99, .value = {}}}}) {
        scene.send(re_config(parameters));
        const auto error = scene.take(kError);
        ASSERT_TRUE(error);
        EXPECT_TRUE(error->tlv(0, kProtocolViolation));
    }
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_FALSE(scene.engine.event<sctp::StreamsReset>());
}

TEST(Rfc6525_3_1, AMalformedOneIsDropped) {
    Reconfiguring scene;
    Tlv odd = scene.outgoing(0);
    odd.value.push_back(std::byte{});
    Tlv cut = scene.incoming(0);
    cut.value.resize(3);
    for (const std::vector<Tlv>& parameters : {std::vector<Tlv>{}, {odd}, {cut}}) {
        scene.send(re_config(parameters));
        EXPECT_TRUE(scene.silent());
    }
    EXPECT_FALSE(scene.engine.event<sctp::StreamsReset>());
}

// --- §5.2.2: the peer's streams ---

TEST(Rfc6525_5_2_2, ThePeersStreamsBeginAgain) {
    for (const Numbers& named : {Numbers{}, Numbers{3}}) {
        Reconfiguring scene;
        for (const std::uint32_t stream : {3u, 4u})
            scene.send(data({.tsn = scene.peer_tsn++, .stream = stream}));
        scene.discard();
        scene.send(re_config({scene.outgoing(0, named)}));
        EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
        const auto reset = scene.engine.event<sctp::StreamsReset>();
        ASSERT_TRUE(reset);
        EXPECT_EQ(reset->direction, Direction::incoming);
        EXPECT_EQ(reset->streams, streams(named));
        scene.engine.messages.clear();
        for (const std::uint32_t stream : {3u, 4u})
            scene.send(data({.tsn = scene.peer_tsn++, .stream = stream}));
        EXPECT_EQ(scene.engine.messages.size(), named.empty() ? 2u : 1u);
    }
}

TEST(Rfc6525_5_2_2, WaitsForWhatThePeerSentBefore) {
    Reconfiguring scene;
    const std::uint32_t missing = scene.peer_tsn++;
    scene.send(data({.tsn = scene.peer_tsn++, .stream = 3, .ssn = 1}));
    scene.discard();
    scene.send(re_config({scene.outgoing(0, {3})}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kInProgress));
    EXPECT_FALSE(scene.engine.event<sctp::StreamsReset>());
    scene.send(re_config({scene.outgoing(0, {3})}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kInProgress));
    scene.send(re_config({scene.outgoing(1, {4})}));
    EXPECT_EQ(scene.take_response(), std::pair(1u, +kRequestInProgress));

    scene.send(data({.tsn = missing, .stream = 3, .ssn = 0}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed)) << "as soon as it can be done";
    EXPECT_EQ(scene.engine.messages.size(), 2u);
    EXPECT_TRUE(scene.engine.event<sctp::StreamsReset>());
    scene.send(re_config({scene.outgoing(0, {3})}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
    scene.send(data({.tsn = scene.peer_tsn, .stream = 3, .ssn = 0}));
    EXPECT_EQ(scene.engine.messages.size(), 3u);
}

TEST(Rfc6525_5_2_2, AStreamThatDoesNotExistResetsNone) {
    Reconfiguring scene;
    scene.send(re_config({scene.outgoing(0, {3, 10})}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kWrongSsn));
    EXPECT_FALSE(scene.engine.event<sctp::StreamsReset>());
}

TEST(Rfc6525_5_2_2, MidsOfIDataBeginAgainToo) {
    Reconfiguring scene{reconfiguring(true)};
    for (const std::uint8_t flags : {kWhole, std::uint8_t(kWhole | kUnordered)}) {
        scene.send(i_data({.tsn = scene.peer_tsn++, .stream = 3, .flags = flags}));
        scene.send(i_data({.tsn = scene.peer_tsn++, .stream = 3, .mid = 1, .flags = flags}));
    }
    scene.send(re_config({scene.outgoing(0, {3})}));
    scene.engine.messages.clear();
    for (const std::uint8_t flags : {kWhole, std::uint8_t(kWhole | kUnordered)})
        scene.send(i_data({.tsn = scene.peer_tsn++, .stream = 3, .flags = flags}));
    EXPECT_EQ(scene.engine.messages.size(), 2u);

    scene.say(3);
    scene.say(3, true);
    scene.acknowledge(2);
    scene.discard();
    ASSERT_TRUE(scene.ask(Direction::outgoing, {3}));
    scene.send(re_config({scene.response(0, kPerformed)}));
    scene.discard();
    for (const bool unordered : {false, true}) {
        scene.say(3, unordered);
        const auto chunk = scene.take(kIData);
        ASSERT_TRUE(chunk);
        EXPECT_EQ(IDataView{*chunk}.mid, 0u);
    }
}

// --- §5.2.3: the peer asks for ours, we for the peer's ---

TEST(Rfc6525_5_2_3, IsAnsweredByAnOutgoingSsnResetRequest) {
    Reconfiguring scene;
    scene.say(3);
    scene.discard();
    scene.send(re_config({scene.incoming(0, {3})}));
    EXPECT_TRUE(scene.silent()) << "the stream is not drained";
    scene.send(re_config({scene.incoming(0, {3})}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kInProgress));
    scene.acknowledge(1);
    const auto request = scene.take_parameter(kOutgoing);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->u32(4), scene.peer_first()) << "by the number that it answers";
    EXPECT_EQ(request->u16(12), 3u);
    scene.send(re_config({scene.response(0, kPerformed)}));
    EXPECT_EQ(scene.engine.event<sctp::StreamsReset>()->direction, Direction::outgoing);
    scene.send(re_config({scene.incoming(0, {3})}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
    EXPECT_FALSE(scene.take(kReConfig)) << "it is not done again";
}

TEST(Rfc6525_5_2_3, IsRefusedWhileARequestOfOursIsOpen) {
    Reconfiguring scene;
    ASSERT_TRUE(scene.ask(Direction::outgoing, {3}));
    scene.discard();
    scene.send(re_config({scene.incoming(0, {4})}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kRequestInProgress));
}

TEST(Rfc6525_5_2_3, ThePeersRequestForItsStreamsAnswersOurs) {
    Reconfiguring scene;
    ASSERT_TRUE(scene.ask(Direction::incoming, {3}));
    scene.discard();
    Tlv request = scene.outgoing(0, {3});
    const Octets answers = OctetWriter{}.u32(scene.engine_tsn).octets;
    std::ranges::copy(answers, request.value.begin() + 4);
    scene.send(re_config({request}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
    const auto reset = scene.engine.event<sctp::StreamsReset>();
    ASSERT_TRUE(reset);
    EXPECT_EQ(reset->direction, Direction::incoming);
    EXPECT_FALSE(scene.engine.event<sctp::StreamsReset>()) << "it is told once";
    EXPECT_EQ(scene.engine.deadline(), kNever) << "nothing is asked again";
}

// --- §5.2.7 ---

TEST(Rfc6525_5_2_7, InProgressIsAskedAgainAndBlamesNobody) {
    sctp::Options options = reconfiguring();
    options.association_retransmissions_max = 2;
    Reconfiguring scene{options};
    ASSERT_TRUE(scene.ask(Direction::outgoing));
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(scene.take(kReConfig)) << i;
        scene.send(re_config({scene.response(0, kInProgress)}));
        EXPECT_TRUE(scene.silent());
        scene.run_for(1s);
    }
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc6525_5_2_7, AnAnswerToNoRequestIsIgnored) {
    Reconfiguring scene;
    for (const std::uint32_t number : {0u, ~0u})
        scene.send(re_config({scene.response(number, kPerformed)}));
    ASSERT_TRUE(scene.ask(Direction::outgoing));
    for (const std::uint32_t number : {1u, ~0u, 0x8000'0000u})
        scene.send(re_config({scene.response(number, kPerformed)}));
    EXPECT_FALSE(scene.engine.event<sctp::StreamsReset>());
}

// --- the other ways in which a request ends ---

TEST(Rfc6525_5_1_1, AShutdownEndsTheRequest) {
    Reconfiguring scene;
    ASSERT_TRUE(scene.ask(Direction::outgoing, {3}));
    ASSERT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    EXPECT_EQ(scene.count(kShutdown), 1u);
    EXPECT_EQ(scene.engine.event<sctp::StreamsReset>()->outcome, Outcome::failed);
}

TEST(Rfc6525_5_1_1, AShutdownWaitsForMessagesThatWaitForTheReset) {
    Reconfiguring scene;
    ASSERT_TRUE(scene.ask(Direction::outgoing, {3}));
    scene.say(3);
    ASSERT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    EXPECT_EQ(scene.count(kShutdown), 0u);
    scene.discard();
    scene.send(re_config({scene.response(0, kPerformed)}));
    EXPECT_EQ(scene.take_data().size(), 1u);
    scene.acknowledge(1);
    EXPECT_EQ(scene.count(kShutdown), 1u);
}

} // namespace
} // namespace hawser::test
