// Bursts leave as trains: rows of equal packets with room around each.
#include "support/pair.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::DataView;
using test::take_apart;

/// One sender that has room in its windows, and what it gives out for a queue of messages.
struct Yard : Pair {
    Yard() {
        EXPECT_TRUE(connect());
        for (int i = 0; i < 20; ++i) { // opens the congestion window
            EXPECT_TRUE(a.send(std::string(50'000, 'w')));
            run_for(100ms);
        }
        z.messages.clear();
    }
    std::vector<Transmit> leave(const Framing& framing) {
        std::vector<Transmit> all;
        while (auto transmit = a.engine->poll_transmit(now(), framing)) {
            all.push_back(std::move(*transmit));
        }
        return all;
    }
    /// Brings one train to a side, and lets nobody answer.
    void hand(const Transmit& train, const Side& from, Side& to) {
        const Path path{.local = network().address(to.id), .remote = network().address(from.id)};
        for (std::size_t i = 0; i < train.segment_count(); ++i) {
            const Bytes segment = train.segment(i);
            std::vector<std::byte> bytes{segment.begin(), segment.end()};
            Datagram datagram{
                .id = {}, .path = path, .ancillary = train.ancillary, .payload = bytes};
            EXPECT_EQ(to.engine->receive(datagram, now()), Verdict::accepted);
        }
    }
    /// Brings trains to the other side, and lets both go on.
    void arrive(const std::vector<Transmit>& trains) {
        for (const Transmit& train : trains)
            network().send(a.id, train, now());
        run_for(10s);
    }
};

TEST(Trains, CarryALongMessageInEqualPackets) {
    Yard yard;
    ASSERT_TRUE(yard.a.send(std::string(40'000, 'x')));
    const auto trains = yard.leave({});
    ASSERT_EQ(trains.size(), 1u);
    const Transmit& train = trains[0];
    EXPECT_GE(train.segment_count(), 33u);
    for (std::size_t i = 0; i < train.segment_count(); ++i) {
        const auto packet = take_apart(train.segment(i));
        EXPECT_TRUE(packet.checksum_right) << i;
        if (i + 1 < train.segment_count()) {
            EXPECT_EQ(packet.bytes, train.segment_bytes);
        } else {
            EXPECT_LE(packet.bytes, train.segment_bytes);
        }
    }
    yard.arrive(trains);
    EXPECT_EQ(yard.z.received(), std::string(40'000, 'x'));
}

// What goes again while more waits is no slower than what goes for the first time.
TEST(Trains, CarryWhatWasLostAsWell) {
    Yard yard;
    for (int i = 0; i < 3; ++i) { // a window for more trains: what arrives says what may leave
        EXPECT_TRUE(yard.a.send(std::string(300'000, 'w')));
        yard.run_for(100ms);
    }
    yard.z.messages.clear();
    ASSERT_TRUE(yard.a.send(std::string(1'000'000, 'x')));
    const auto trains = yard.leave({});
    ASSERT_GE(trains.size(), 3u);
    for (std::size_t i = 1; i < trains.size(); ++i) // the first is lost
        yard.hand(trains[i], yard.a, yard.z);
    while (const auto answer = yard.z.engine->poll_transmit(yard.now(), {}))
        yard.hand(*answer, yard.z, yard.a);
    const auto again = yard.leave({});
    ASSERT_FALSE(again.empty());
    EXPECT_EQ(again[0].segment_count(), trains[0].segment_count());
    EXPECT_EQ(DataView{*take_apart(again[0].segment(0)).find(test::kData)}.tsn,
              DataView{*take_apart(trains[0].segment(0)).find(test::kData)}.tsn);
    yard.arrive(again);
    EXPECT_EQ(yard.z.received(), std::string(1'000'000, 'x'));
}

TEST(Trains, HaveTwoPacketsWhereNoMoreAreAllowed) {
    Yard yard;
    ASSERT_TRUE(yard.a.send(std::string(10'000, 'x')));
    const auto trains = yard.leave({.train_segments_max = 2});
    ASSERT_GE(trains.size(), 4u);
    EXPECT_EQ(trains[0].segment_count(), 2u);
    yard.arrive(trains);
    EXPECT_EQ(yard.z.received(), std::string(10'000, 'x'));
}

// However much of one class waits, the others' turn comes after a train.
TEST(Trains, OfClassesTakeTurns) {
    Yard yard;
    for (const Dscp dscp : {Dscp::af11, Dscp::ef}) {
        for (int i = 0; i < 40; ++i)
            ASSERT_TRUE(yard.a.send(std::string(1000, 'x'),
                                    {.unordered = true, .ancillary = {.dscp = dscp}}));
    }
    const auto trains = yard.leave({.train_segments_max = 4});
    ASSERT_GE(trains.size(), 8u);
    std::string order;
    for (const Transmit& train : trains)
        order += train.ancillary.dscp == Dscp::ef ? 'e' : 'a';
    EXPECT_EQ(order.substr(0, 8), "aeaeaeae");
}

// A window that is larger than a train does not leave at once, but over the round trip.
TEST(Trains, KeepThePaceOfTheRoundTrip) {
    Pair pair;
    pair.latency(20ms);
    ASSERT_TRUE(pair.connect());
    for (int i = 0; i < 8; ++i) { // opens the congestion window
        ASSERT_TRUE(pair.a.send(std::string(200'000, 'w')));
        pair.run_for(200ms);
    }
    std::map<Instant, std::size_t> left;
    pair.set_hook(pair.a, [&](const test::WireDatagram& datagram) {
        left[pair.now()] += datagram.bytes.size();
        return true;
    });
    const Instant start = pair.now();
    ASSERT_TRUE(pair.a.send(std::string(200'000, 'x')));
    pair.run_for(200ms);
    std::size_t before_any_answer = 0;
    for (const auto& [at, bytes] : left) {
        if (at >= start + 40ms) break;
        ++before_any_answer;
        EXPECT_LE(bytes, 80'000u) << "a train";
    }
    EXPECT_GE(before_any_answer, 3u);
}

TEST(Trains, LeaveTheRoomThatTheLayersBelowAskFor) {
    for (const std::size_t room : {1u, 13u, 29u, 64u}) {
        Yard yard;
        ASSERT_TRUE(yard.a.send(std::string(30'000, 'x')));
        const Framing framing{.headroom = room, .tailroom = room + 3};
        const auto trains = yard.leave(framing);
        ASSERT_FALSE(trains.empty());
        for (const Transmit& train : trains) {
            EXPECT_EQ(train.headroom, room);
            EXPECT_EQ(train.tailroom, room + 3);
            EXPECT_LE(train.payload.size(), framing.train_bytes_max);
            for (std::size_t i = 0; i < train.segment_count(); ++i) {
                EXPECT_TRUE(take_apart(train.segment(i)).checksum_right);
            }
        }
        yard.arrive(trains);
        EXPECT_EQ(yard.z.received(), std::string(30'000, 'x'));
    }
}

TEST(Trains, AreNoLongerThanAllowed) {
    for (const std::size_t segments : {1u, 2u, 7u}) {
        Yard yard;
        ASSERT_TRUE(yard.a.send(std::string(30'000, 'x')));
        const auto trains = yard.leave({.train_segments_max = segments});
        for (const Transmit& train : trains)
            EXPECT_LE(train.segment_count(), segments);
        yard.arrive(trains);
        EXPECT_EQ(yard.z.received(), std::string(30'000, 'x'));
    }
    Yard yard;
    ASSERT_TRUE(yard.a.send(std::string(30'000, 'x')));
    const auto trains = yard.leave({.train_bytes_max = 5000});
    for (const Transmit& train : trains)
        EXPECT_LE(train.payload.size(), 5000u);
    yard.arrive(trains);
    EXPECT_EQ(yard.z.received(), std::string(30'000, 'x'));
}

TEST(Trains, HaveNoPacketAboveTheLayersLimit) {
    Yard yard;
    ASSERT_TRUE(yard.a.send(std::string(10'000, 'x')));
    const auto trains = yard.leave({.segment_bytes_max = 700});
    for (const Transmit& train : trains) {
        for (std::size_t i = 0; i < train.segment_count(); ++i) {
            EXPECT_LE(train.segment(i).size(), 700u);
        }
    }
    yard.arrive(trains);
    EXPECT_EQ(yard.z.received(), std::string(10'000, 'x'));
}

// A message that ends inside a packet is followed by the next one's start, so that the row of a
// burst stays equal.
TEST(Trains, FillAShortTailWithTheNextMessage) {
    for (const std::size_t bytes : {700u, 1700u}) {
        Yard yard;
        for (int i = 0; i < 10; ++i)
            ASSERT_TRUE(yard.a.send(std::string(bytes, 'x')));
        const auto trains = yard.leave({});
        ASSERT_EQ(trains.size(), 1u);
        EXPECT_LE(trains[0].segment_count(), bytes * 10 / 1172 + 2) << "headers, and no holes";
        yard.arrive(trains);
        EXPECT_EQ(yard.z.messages.size(), 10u);
    }
}

// A class is drained before the next is looked at.
TEST(Trains, AreOfOneClassEach) {
    Yard yard;
    for (int i = 0; i < 40; ++i) {
        const bool fast = i % 2 == 0;
        ASSERT_TRUE(yard.a.send(
            std::string(1000, fast ? 'f' : 's'),
            {.stream = StreamId{fast}, .ancillary = {.dscp = fast ? Dscp::ef : Dscp::cs1}}));
    }
    const auto trains = yard.leave({});
    EXPECT_LE(trains.size(), 4u) << "not one for each message";
    for (const Transmit& train : trains) {
        for (std::size_t i = 0; i < train.segment_count(); ++i) {
            for (const auto& chunk : take_apart(train.segment(i)).chunks) {
                if (chunk.type != test::kData) continue;
                EXPECT_EQ(train.ancillary.dscp,
                          DataView{chunk}.payload[0] == 'f' ? Dscp::ef : Dscp::cs1);
            }
        }
    }
    yard.arrive(trains);
    EXPECT_EQ(yard.z.messages.size(), 40u);
}

} // namespace
} // namespace hawser::sctp
