// What travels beside a message: every message its own, through losses and trains.
#include "sctp/class_table.hpp"
#include "support/pair.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::DataView;
using test::kData;
using test::take_apart;
using test::WireDatagram;

/// Every datagram that a side sends, with what it carries.
struct Watched : Pair {
    explicit Watched(const Options& options = {}) : Pair{options} {
        EXPECT_TRUE(connect());
        run_for(1s);
        set_hook(a, [this](const WireDatagram& datagram) {
            sent.push_back(datagram);
            return true;
        });
    }
    std::vector<WireDatagram> sent;
};

// What belongs to no message has the marking of the endpoint's options, answers to strangers, too.
TEST(Markings, OfTheOptionsStandOnEveryControlPacket) {
    Options options;
    options.ancillary.dscp = Dscp::cs6;
    Pair pair{options};
    std::size_t packets = 0;
    for (const Side* side : {&pair.a, &pair.z}) {
        pair.set_hook(*side, [&](const WireDatagram& datagram) {
            ++packets;
            EXPECT_EQ(datagram.ancillary.dscp, Dscp::cs6) << test::take_apart(datagram.bytes).bytes;
            return true;
        });
    }
    ASSERT_TRUE(pair.connect()); // four packets
    ASSERT_TRUE(pair.a.engine->shutdown(pair.a.association(), pair.now()));
    pair.run_for(1s); // three
    ASSERT_TRUE(pair.a.connect(pair.network().address(pair.z.id), 99));
    pair.run_for(1s); // INIT, and the ABORT of nobody
    EXPECT_EQ(packets, 9u);
}

TEST(Markings, ArriveAsTheyWereSentInEveryCell) {
    for (const bool v6 : {false, true}) {
        test::World world{1};
        const auto address = [v6](std::uint8_t host) {
            return v6 ? Address::ipv6(
                            {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host}, 9899)
                      : Address::ipv4({10, 0, 0, host}, 9899);
        };
        Side a{world, address(1), {}, 1};
        Side z{world, address(2), {}, 2};
        ASSERT_TRUE(z.listen(5));
        ASSERT_TRUE(a.connect(address(2), 5));
        world.settle();
        for (unsigned cell = 0; cell < 256; ++cell) {
            const Ancillary marking{.dscp = static_cast<Dscp>(cell / 4),
                                    .ecn = static_cast<Ecn>(cell % 4)};
            ASSERT_TRUE(a.send("x", {.ancillary = marking}));
        }
        world.run_for(1min);
        for (unsigned cell = 0; cell < 256; ++cell) {
            const auto message = z.message();
            ASSERT_TRUE(message);
            EXPECT_EQ(message->ancillary.dscp, static_cast<Dscp>(cell / 4)) << "in order, as sent";
            EXPECT_EQ(message->ancillary.ecn, static_cast<Ecn>(cell % 4));
        }
    }
}

TEST(Markings, ThatDifferNeverShareAPacket) {
    Watched pair;
    const Ancillary ef{.dscp = Dscp::ef};
    const Ancillary bulk{.dscp = Dscp::cs1, .ecn = Ecn::ect0};
    for (int i = 0; i < 60; ++i) {
        const Ancillary& marking = i % 3 == 0 ? ef : i % 3 == 1 ? bulk : Ancillary{};
        ASSERT_TRUE(pair.a.send(std::string(i % 3 == 0 ? 50 : 700, static_cast<char>('0' + i % 3)),
                                {.stream = static_cast<StreamId>(i % 3), .ancillary = marking}));
    }
    pair.run_for(10s);
    EXPECT_EQ(pair.z.messages.size(), 60u);
    for (const WireDatagram& datagram : pair.sent) {
        const auto packet = take_apart(datagram.bytes);
        for (const auto& chunk : packet.chunks) {
            if (chunk.type != kData) {
                EXPECT_EQ(datagram.ancillary.dscp, std::nullopt)
                    << "control chunks keep the default";
                continue;
            }
            const char kind = DataView{chunk}.payload[0];
            EXPECT_EQ(datagram.ancillary.dscp, kind == '0'   ? ef.dscp
                                               : kind == '1' ? bulk.dscp
                                                             : std::nullopt);
        }
    }
}

TEST(Markings, OfTheEndpointAreTheDefault) {
    Options options;
    options.ancillary = {.dscp = Dscp::cs6, .ecn = Ecn::ect1};
    Pair pair{options};
    std::set<Dscp> seen;
    pair.set_hook(pair.a, [&](const WireDatagram& datagram) {
        seen.insert(datagram.ancillary.dscp.value_or(Dscp::cs0));
        return true;
    });
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.a.send("default"));
    ASSERT_TRUE(pair.a.send("half", {.ancillary = {.dscp = Dscp::af11}}));
    pair.settle();
    auto message = pair.z.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->ancillary.dscp, Dscp::cs6);
    EXPECT_EQ(message->ancillary.ecn, Ecn::ect1);
    message = pair.z.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->ancillary.dscp, Dscp::af11);
    EXPECT_EQ(message->ancillary.ecn, Ecn::ect1) << "the half that was not given is the default's";
    EXPECT_EQ(seen, (std::set{Dscp::cs6, Dscp::af11}));
}

TEST(Markings, StayWithAMessageThatIsSentAgain) {
    Watched pair;
    pair.network().link(pair.a.id).down = true;
    ASSERT_TRUE(pair.a.send("again", {.ancillary = {.dscp = Dscp::ef, .hop_limit = 9}}));
    pair.run_for(2s);
    pair.network().link(pair.a.id).down = false;
    pair.run_for(10s);
    const auto message = pair.z.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->ancillary.dscp, Dscp::ef);
    EXPECT_EQ(message->ancillary.hop_limit, 9);
    EXPECT_GE(pair.sent.size(), 2u);
}

// A low class that the network keeps back by 80 ms is overtaken by thousands of packets. Nothing
// is lost, so nothing may be sent again: losses are found within a class.
TEST(Markings, ThatOvertakeEachOtherLookLikeNoLoss) {
    for (const Recovery recovery : {Recovery::rack, Recovery::rfc9260}) {
        Options options;
        options.recovery = recovery;
        Pair pair{options};
        pair.latency(10ms);
        ASSERT_TRUE(pair.connect());
        pair.network().link(pair.a.id).class_latency[Dscp::cs1] = 80ms;
        for (int round = 0; round < 40; ++round) {
            for (int i = 0; i < 8; ++i) {
                const bool low = i % 2 == 0;
                ASSERT_TRUE(pair.a.send(
                    std::string(1000, low ? 'l' : 'h'),
                    {.stream = StreamId{low}, .ancillary = {.dscp = low ? Dscp::cs1 : Dscp::ef}}));
            }
            pair.run_for(20ms);
        }
        pair.run_for(5s);
        EXPECT_EQ(pair.z.messages.size(), 320u);
        EXPECT_EQ(pair.a.status().timeouts, 0u);
        if (recovery == Recovery::rack) {
            EXPECT_EQ(pair.a.status().fast_retransmits, 0u);
            EXPECT_LE(pair.a.status().chunks_retransmitted, 3u) << "tail-loss probes at most";
        }
    }
}

TEST(Markings, AreTheFirstFragmentsAndCeIsAnyones) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    int count = 0;
    pair.set_hook(pair.a, [&](WireDatagram& datagram) {
        if (take_apart(datagram.bytes).has(kData) && ++count == 3) datagram.ancillary.ecn = Ecn::ce;
        return true;
    });
    ASSERT_TRUE(
        pair.a.send(std::string(6000, 'x'), {.ancillary = {.dscp = Dscp::af21, .ecn = Ecn::ect0}}));
    pair.run_for(1s);
    const auto message = pair.z.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->ancillary.dscp, Dscp::af21);
    EXPECT_EQ(message->ancillary.ecn, Ecn::ce);
}

TEST(Markings, TellWhatTheNetworkMadeOfThem) {
    Pair pair;
    pair.network().link(pair.a.id).rewrites_dscp_to = Dscp::cs0;
    pair.network().link(pair.a.id).congestion_marks = 1;
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.a.send("x", {.ancillary = {.dscp = Dscp::ef, .ecn = Ecn::ect1}}));
    pair.settle();
    const auto message = pair.z.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->ancillary.dscp, Dscp::cs0);
    EXPECT_EQ(message->ancillary.ecn, Ecn::ce);
}

// A heartbeat uses its class only until it has left.
TEST(Markings, OfHeartbeatsAreForgottenWithThem) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    for (std::uint32_t i = 0; i < 2 * ClassTable::kClassesMax; ++i) {
        ASSERT_TRUE(
            pair.a.engine->heartbeat(pair.a.association(), i, {.flow_label = i}, pair.now()))
            << i;
        pair.settle();
        const auto result = pair.a.event<HeartbeatResult>();
        ASSERT_TRUE(result);
        EXPECT_TRUE(result->round_trip);
    }
}

// More classes than any endpoint keeps ready, one after the other and all at once.
TEST(Markings, MayBeAsManyAsThereAreMessages) {
    Pair pair;
    pair.latency(2ms);
    ASSERT_TRUE(pair.connect());
    std::map<std::string, std::uint8_t> expected;
    for (int i = 0; i < 600; ++i) {
        const auto hops = static_cast<std::uint8_t>(1 + i % 250);
        const std::string name = std::to_string(i);
        expected[name] = hops;
        ASSERT_TRUE(pair.a.send(
            name, {.stream = static_cast<StreamId>(i % 7),
                   .ancillary = {.dscp = static_cast<Dscp>(i % 64), .hop_limit = hops}}));
        if (i % 100 == 0) pair.run_for(1s);
    }
    pair.run_for(1min);
    EXPECT_EQ(pair.z.messages.size(), 600u);
    while (const auto message = pair.z.message()) {
        EXPECT_EQ(message->ancillary.hop_limit,
                  expected[std::string{as_text(message->payload.bytes())}]);
    }
}

} // namespace
} // namespace hawser::sctp
