// RFC 6525 §5.1.5, §5.1.6, §5.2.5, §5.2.6: more streams than were negotiated.
#include "reconfiguring.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kAddOutgoing = 17;
constexpr std::uint16_t kAddIncoming = 18;
/// What InitFields asks for.
constexpr std::uint16_t kNegotiated = 10;

struct Adding : Reconfiguring {
    using Reconfiguring::Reconfiguring;

    hawser::Result<> add(Direction direction, std::uint16_t count) {
        const auto asked = engine.engine->add_streams(
            engine.association(), {.direction = direction, .count = count}, now());
        world.settle();
        return asked;
    }
    Tlv addition(std::uint16_t type, std::uint32_t number, std::uint32_t count) {
        return {.type = type,
                .value = OctetWriter{}.u32(peer_first() + number).u16(count).u16(0).octets};
    }
    bool may_send(std::uint16_t stream) {
        return engine.send("x", {.stream = sctp::StreamId{stream}}).has_value();
    }
};

sctp::Options at_most(std::uint16_t streams) {
    sctp::Options options = reconfiguring();
    options.inbound_streams_max = options.outbound_streams = streams;
    return options;
}

TEST(Rfc6525_5_1_5, OurStreamsAreThereOnceThePeerHasAgreed) {
    Adding scene;
    ASSERT_TRUE(scene.add(Direction::outgoing, 5));
    const auto request = scene.take_parameter(kAddOutgoing);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->value.size(), 8u);
    EXPECT_EQ(request->u32(0), scene.engine_tsn);
    EXPECT_EQ(request->u16(4), 5u);
    EXPECT_FALSE(scene.may_send(kNegotiated));
    scene.send(re_config({scene.response(0, kPerformed)}));
    const auto added = scene.engine.event<sctp::StreamsAdded>();
    ASSERT_TRUE(added);
    EXPECT_EQ(added->direction, Direction::outgoing);
    EXPECT_EQ(added->outcome, Outcome::performed);
    EXPECT_EQ(added->outbound_streams, kNegotiated + 5);
    EXPECT_TRUE(scene.may_send(kNegotiated + 4));
    EXPECT_FALSE(scene.may_send(kNegotiated + 5));
    EXPECT_EQ(scene.engine.status().outbound_streams, kNegotiated + 5);
}

TEST(Rfc6525_5_1_5, ARefusalAddsNone) {
    for (const std::uint32_t result : {+kNothingToDo, +kDenied, +kBadSequenceNumber}) {
        Adding scene;
        ASSERT_TRUE(scene.add(Direction::outgoing, 5));
        scene.send(re_config({scene.response(0, result)}));
        const auto added = scene.engine.event<sctp::StreamsAdded>();
        ASSERT_TRUE(added);
        EXPECT_NE(added->outcome, Outcome::performed);
        EXPECT_EQ(added->outbound_streams, kNegotiated);
        EXPECT_FALSE(scene.may_send(kNegotiated));
    }
}

TEST(Rfc6525_5_1_5, ThereAreNoMoreThanHaveNumbers) {
    Adding scene{at_most(20)};
    EXPECT_EQ(scene.add(Direction::outgoing, 0).error().code, Errc::invalid_argument);
    EXPECT_EQ(scene.add(Direction::outgoing, 0xffff - kNegotiated + 1).error().code,
              Errc::too_large);
    EXPECT_EQ(scene.add(Direction::incoming, 11).error().code, Errc::too_large);
    EXPECT_TRUE(scene.add(Direction::outgoing, 0xffff - kNegotiated));
    EXPECT_EQ(scene.add(Direction::outgoing, 1).error().code, Errc::exhausted);
}

TEST(Rfc6525_5_2_5, ThePeersStreamsAreThere) {
    Adding scene;
    scene.send(re_config({scene.addition(kAddOutgoing, 0, 5)}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
    const auto added = scene.engine.event<sctp::StreamsAdded>();
    ASSERT_TRUE(added);
    EXPECT_EQ(added->direction, Direction::incoming);
    EXPECT_EQ(added->inbound_streams, kNegotiated + 5);
    scene.send(data({.tsn = scene.peer_tsn++, .stream = kNegotiated + 4}));
    EXPECT_EQ(scene.engine.messages.size(), 1u);

    scene.discard();
    scene.send(re_config({scene.addition(kAddOutgoing, 0, 5)}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
    EXPECT_EQ(scene.engine.status().inbound_streams, kNegotiated + 5) << "once is enough";
}

TEST(Rfc6525_5_2_5, APeerCannotMakeUsHoldMoreThanTheOptionsAllow) {
    Adding scene{at_most(20)};
    for (const std::uint32_t count : {11u, 0xffffu, 0xfff6u}) {
        Adding fresh{at_most(20)};
        fresh.send(re_config({fresh.addition(kAddOutgoing, 0, count)}));
        EXPECT_EQ(fresh.take_response(), std::pair(0u, +kDenied));
        EXPECT_EQ(fresh.engine.status().inbound_streams, kNegotiated);
        EXPECT_FALSE(fresh.engine.event<sctp::StreamsAdded>());
    }
    scene.send(re_config({scene.addition(kAddOutgoing, 0, 10)}));
    EXPECT_EQ(scene.take_response(), std::pair(0u, +kPerformed));
    scene.send(re_config({scene.addition(kAddOutgoing, 1, 1)}));
    EXPECT_EQ(scene.take_response(), std::pair(1u, +kDenied));
    scene.send(re_config({scene.addition(kAddOutgoing, 2, 0)}));
    EXPECT_EQ(scene.take_response(), std::pair(2u, +kNothingToDo));
}

TEST(Rfc6525_5_2_6, ThePeersWishForOursIsAskedForAsOurOwn) {
    Adding scene{at_most(20)};
    scene.send(re_config({scene.addition(kAddIncoming, 0, 5)}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    bool asks = false;
    bool answers = false;
    for (const Chunk& chunk : packet->chunks) {
        if (const auto request = chunk.tlv(0, kAddOutgoing)) asks = request->u16(4) == 5;
        if (const auto response = chunk.tlv(0, kResponse)) answers = response->u32(4) == kPerformed;
    }
    EXPECT_TRUE(asks);
    EXPECT_TRUE(answers);
    scene.send(re_config({scene.response(0, kPerformed)}));
    EXPECT_EQ(scene.engine.event<sctp::StreamsAdded>()->outbound_streams, kNegotiated + 5);
    scene.send(re_config({scene.addition(kAddIncoming, 1, 0xffff)}));
    EXPECT_EQ(scene.take_response(), std::pair(1u, +kDenied));
}

TEST(Rfc6525_5_2_6, BothDirectionsMayBeAskedForAtOnce) {
    Adding scene;
    scene.send(re_config({scene.addition(kAddOutgoing, 0, 1), scene.addition(kAddIncoming, 1, 2)}));
    EXPECT_EQ(scene.engine.status().inbound_streams, kNegotiated + 1);
    scene.send(re_config({scene.response(0, kPerformed)}));
    EXPECT_EQ(scene.engine.status().outbound_streams, kNegotiated + 2);
}

TEST(Rfc6525_5_2_6, APeerThatAnswersWithItsOwnRequestAloneHasAnswered) {
    Adding scene;
    ASSERT_TRUE(scene.add(Direction::incoming, 5));
    EXPECT_TRUE(scene.take_parameter(kAddIncoming));
    scene.send(re_config({scene.addition(kAddOutgoing, 0, 5)}));
    EXPECT_EQ(scene.engine.event<sctp::StreamsAdded>()->inbound_streams, kNegotiated + 5);
    EXPECT_FALSE(scene.engine.event<sctp::StreamsAdded>());
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc6525_5_2_6, NothingIsLostWithARequestOrItsAnswer) {
    for (const auto direction : {Direction::outgoing, Direction::incoming}) {
        for (const bool a_loses : {true, false}) {
            Pair pair{at_most(100)};
            static_cast<void>(pair.z.listen(Pair::kPort)); // unless it does
            ASSERT_TRUE(pair.a.connect(pair.network().address(pair.z.id), Pair::kPort,
                                       {.outbound_streams = 50}));
            pair.run_for(1s);
            Side& asks = direction == Direction::outgoing ? pair.a : pair.z;
            pair.drop_next(a_loses ? pair.a : pair.z);
            ASSERT_TRUE(asks.engine->add_streams(
                asks.association(), {.direction = direction, .count = 10}, pair.now()));
            pair.run_for(20s);
            EXPECT_EQ(pair.a.status().outbound_streams, 60u);
            EXPECT_EQ(pair.z.status().inbound_streams, 60u);
            for (Side* side : {&pair.a, &pair.z}) {
                EXPECT_EQ(side->event<sctp::StreamsAdded>()->outcome, Outcome::performed);
                EXPECT_FALSE(side->event<sctp::StreamsAdded>());
            }
        }
    }
}

} // namespace
} // namespace hawser::test
