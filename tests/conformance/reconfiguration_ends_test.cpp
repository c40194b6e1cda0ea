// RFC 6525: both ends ours.
#include "reconfiguring.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

struct TwoEnds : Pair {
    explicit TwoEnds(bool interleaving = false) : Pair{reconfiguring(interleaving)} {
        EXPECT_TRUE(connect());
    }
    void ask(Side& side, Direction direction) {
        EXPECT_TRUE(
            side.engine->reset_streams(side.association(), {.direction = direction}, now()));
    }
    /// What a message says of its number, on its way from `from`.
    std::uint32_t next_number(Side& from) {
        EXPECT_TRUE(from.send("x"));
        run_for(1s);
        const auto message = other(from).message();
        EXPECT_TRUE(message);
        return message ? message->ssn.value : 0xffff'ffff;
    }
};

TEST(Rfc6525_5, RequestsFromBothEndsMayCross) {
    for (const bool interleaving : {false, true}) {
        TwoEnds ends{interleaving};
        for (Side* side : {&ends.a, &ends.z})
            EXPECT_EQ(ends.next_number(*side), 0u);
        ends.latency(50ms);
        for (Side* side : {&ends.a, &ends.z})
            ends.ask(*side, Direction::outgoing);
        ends.run_for(1s);
        for (Side* side : {&ends.a, &ends.z}) {
            EXPECT_TRUE(side->event<sctp::StreamsReset>());
            EXPECT_TRUE(side->event<sctp::StreamsReset>());
            EXPECT_EQ(ends.next_number(*side), 0u);
        }
    }
}

TEST(Rfc6525_5, RequestsForEachOthersStreamsThatCrossAreBothRefused) {
    TwoEnds ends;
    ends.latency(50ms);
    for (Side* side : {&ends.a, &ends.z})
        ends.ask(*side, Direction::incoming);
    ends.run_for(1s);
    for (Side* side : {&ends.a, &ends.z})
        EXPECT_EQ(side->event<sctp::StreamsReset>()->outcome, Outcome::failed);
}

TEST(Rfc6525_5, RequestsThatAllBeginsAgainAreBothRefusedWhenTheyCross) {
    TwoEnds ends;
    ends.latency(50ms);
    for (Side* side : {&ends.a, &ends.z})
        EXPECT_TRUE(side->engine->reset_association(side->association(), ends.now()));
    ends.run_for(1s);
    for (Side* side : {&ends.a, &ends.z}) {
        EXPECT_EQ(side->event<sctp::AssociationReset>()->outcome, Outcome::failed);
        EXPECT_EQ(ends.next_number(*side), 0u);
        EXPECT_EQ(ends.next_number(*side), 1u);
    }
}

TEST(Rfc6525_5, AllBeginsAgainAtBothEndsWhateverIsLost) {
    for (const bool interleaving : {false, true}) {
        for (std::size_t lost_of_a = 0; lost_of_a < 3; ++lost_of_a) {
            for (std::size_t lost_of_z = 0; lost_of_z < 3; ++lost_of_z) {
                TwoEnds ends{interleaving};
                for (Side* side : {&ends.a, &ends.z}) {
                    EXPECT_EQ(ends.next_number(*side), 0u);
                    EXPECT_EQ(ends.next_number(*side), 1u);
                }
                ends.drop_next(ends.a, lost_of_a);
                ends.drop_next(ends.z, lost_of_z);
                ASSERT_TRUE(ends.a.engine->reset_association(ends.a.association(), ends.now()));
                ASSERT_TRUE(ends.z.send("under way, or not begun"));
                ends.run_for(30s);
                EXPECT_TRUE(ends.a.message());
                const auto of_a = ends.a.event<sctp::AssociationReset>();
                const auto of_z = ends.z.event<sctp::AssociationReset>();
                ASSERT_TRUE(of_a && of_z);
                EXPECT_EQ(of_a->local_tsn, of_z->remote_tsn);
                EXPECT_EQ(of_a->remote_tsn, of_z->local_tsn);
                EXPECT_EQ(ends.next_number(ends.a), 0u);
                EXPECT_LE(ends.next_number(ends.z), 1u);
            }
        }
    }
}

TEST(Rfc6525_5, NothingIsLostWithARequestOrItsAnswer) {
    for (const auto direction : {Direction::outgoing, Direction::incoming}) {
        for (const bool request : {true, false}) {
            TwoEnds ends;
            EXPECT_EQ(ends.next_number(ends.a), 0u);
            EXPECT_EQ(ends.next_number(ends.a), 1u);
            ends.drop_next(request == (direction == Direction::outgoing) ? ends.a : ends.z);
            ends.ask(direction == Direction::outgoing ? ends.a : ends.z, direction);
            ends.run_for(10s);
            EXPECT_EQ(ends.next_number(ends.a), 0u);
            EXPECT_EQ(ends.a.event<sctp::StreamsReset>()->direction, Direction::outgoing);
            EXPECT_EQ(ends.z.event<sctp::StreamsReset>()->direction, Direction::incoming);
        }
    }
}

// What was cut for larger packets cannot be cut again: it goes alone, and IP may cut it.
TEST(Rfc6525_5_1_1, ARequestGoesAgainOnAPathWhosePacketsBecameSmaller) {
    sctp::Options options = reconfiguring();
    options.outbound_streams = options.inbound_streams_max = 500;
    Pair pair{options};
    ASSERT_TRUE(pair.connect());
    Streams many;
    for (std::uint16_t i = 0; i < 500; ++i)
        many.push_back(sctp::StreamId{i});
    pair.network().link(pair.a.id).loss = 1;
    ASSERT_TRUE(pair.a.engine->reset_streams(pair.a.association(), {.streams = many}, pair.now()));
    pair.settle();
    pair.network().link(pair.a.id).loss = 0;
    pair.a.path_event(PathEvent::too_big(pair.a.status().path, 700), pair.now());
    pair.run_for(10s);
    const auto ended = pair.a.event<sctp::StreamsReset>();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->outcome, Outcome::performed);
}

// A packet took the last message, the search for more came upon one whose lifetime had run out, and
// the acknowledgement is there before anybody asks for the next packet.
TEST(Rfc6525_5_1_1, AShutdownEndsTheRequestAlthoughAMessageWasJustGivenUp) {
    Reconfiguring scene;
    sctp::Endpoint& engine = *scene.engine.engine;
    const sctp::AssociationId id = scene.engine.association();
    const sctp::StreamId stream{3};
    ASSERT_TRUE(engine.send(id, as_bytes("lasts"), {.stream = stream}, scene.now()));
    ASSERT_TRUE(
        engine.send(id, as_bytes("does not"), {.stream = stream, .lifetime = 1ms}, scene.now()));
    ASSERT_TRUE(engine.reset_streams(id, {.streams = {stream}}, scene.now()));
    ASSERT_TRUE(engine.shutdown(id, scene.now()));
    const Instant later = scene.now() + 10ms;
    ASSERT_TRUE(engine.poll_transmit(later, {}));

    Octets packet = put_together(Scene::kPeerPort, scene.engine_port, scene.engine_tag,
                                 {sack({.tsn = scene.engine_tsn})});
    const Path path = scene.path();
    const Ancillary none;
    Datagram datagram{PacketId{1}, path, none, packet};
    EXPECT_EQ(engine.receive(datagram, later), Verdict::accepted);
    scene.world.settle();
    EXPECT_EQ(scene.engine.event<sctp::StreamsReset>()->outcome, Outcome::failed);
}

TEST(Rfc6525_5_1_1, ARestartEndsTheRequest) {
    Pair pair{reconfiguring()};
    ASSERT_TRUE(pair.connect());
    const std::uint16_t port = pair.a.status().local_port;
    pair.set_hook(pair.a, [](WireDatagram&) { return false; });
    ASSERT_TRUE(pair.a.engine->reset_streams(pair.a.association(), {}, pair.now()));
    ASSERT_TRUE(pair.a.send("held"));
    pair.settle();
    pair.set_hook(pair.a, {});
    pair.z.restart(reconfiguring());
    ASSERT_TRUE(
        pair.z.connect(pair.network().address(pair.a.id), port, {.local_port = Pair::kPort}));
    pair.run_for(10s);
    EXPECT_TRUE(pair.a.event<sctp::Restarted>());
    EXPECT_TRUE(pair.a.event<sctp::SendFailed>());
    EXPECT_FALSE(pair.a.event<sctp::StreamsReset>());
    ASSERT_TRUE(pair.a.send("new"));
    pair.run_for(1s);
    EXPECT_EQ(pair.z.received(), "new");
    ASSERT_TRUE(pair.a.engine->reset_streams(pair.a.association(), {}, pair.now()));
    pair.run_for(1s);
    EXPECT_EQ(pair.a.event<sctp::StreamsReset>()->outcome, Outcome::performed);
}

} // namespace
} // namespace hawser::test
