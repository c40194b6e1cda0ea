// RFC 8899: how large packets get, and how small again. The machine itself is tested in
// tests/sctp/path_mtu_test.cpp.
#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <hawser/sctp/endpoint.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

sctp::Options discovering(sctp::Options options = quiet_rfc9260()) {
    options.path_mtu_discovery = true;
    return options;
}

sctp::Options modern() {
    sctp::Options options;
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    return discovering(options);
}

bool is_probe(const ReadPacket& packet) {
    return packet.has(kPad);
}

constexpr std::size_t kEthernet = 1500 - 28; // IPv4 and UDP

/// A peer with a large window, and an engine that has much to say.
struct Talker : Scene {
    explicit Talker(const sctp::Options& options = discovering()) : Scene{options} {
        accept({.window = 1'000'000});
    }
    void say(std::size_t bytes = 20'000) {
        ASSERT_TRUE(engine.send(std::string(bytes, 'x')));
        world.settle();
    }
    /// The probe that is out, if any; all DATA so far is acknowledged.
    std::optional<ReadPacket> probe() {
        std::optional<ReadPacket> found;
        std::optional<std::uint32_t> last;
        while (const auto packet = next()) {
            if (is_probe(*packet)) found = packet;
            for (const Chunk& chunk : packet->chunks)
                if (chunk.type == kData) last = DataView{chunk}.tsn;
        }
        if (last) send(sack({.tsn = *last, .window = 1'000'000}));
        return found;
    }
    void answer(const ReadPacket& probe) {
        send(Chunk{.type = kHeartbeatAck, .value = probe.find(kHeartbeat)->value});
    }
    /// Goes on talking until a probe leaves.
    std::optional<ReadPacket> next_probe() {
        for (int i = 0; i < 100; ++i) {
            say(3000);
            if (auto found = probe()) return found;
            run_for(100ms);
        }
        return std::nullopt;
    }
    std::size_t packet_bytes() const { return engine.status().packet_bytes_max; }
};

TEST(Rfc8899_6_2_1_2, ProbesWithAHeartbeatAndPadding) {
    Talker scene;
    scene.say();
    const auto probe = scene.next();
    ASSERT_TRUE(probe);
    EXPECT_EQ(probe->bytes, 1200u) << "BASE_PLPMTU";
    EXPECT_TRUE(probe->checksum_right);
    ASSERT_EQ(probe->chunks.size(), 2u);
    EXPECT_EQ(probe->chunks[0].type, kHeartbeat);
    EXPECT_EQ(probe->chunks[0].value.size(), 12u) << "as short as can be";
    EXPECT_EQ(probe->chunks[1].type, kPad);
}

TEST(Rfc8899_6_2_1_2, LetsNobodyCutAProbe) {
    sctp::Options options = discovering();
    options.ancillary.dont_fragment = false;
    Talker scene{options};
    std::size_t probes = 0;
    scene.world.network.set_hook(scene.engine.id, [&](const WireDatagram& datagram) {
        const bool probe = is_probe(take_apart(datagram.bytes));
        probes += probe ? 1u : 0u;
        EXPECT_EQ(datagram.ancillary.dont_fragment == false, !probe) << "DATA as the user likes";
        return true;
    });
    scene.say();
    EXPECT_EQ(probes, 1u);
}

TEST(Rfc8899_6_2_1_1, WaitsForTheHandshake) {
    Scene scene{discovering()};
    scene.begin_open();
    ASSERT_TRUE(scene.engine.send(std::string(20'000, 'x')));
    scene.peer_tag = InitFields{}.tag;
    scene.send(init_ack(
        {.window = 1'000'000, .parameters = {{.type = kStateCookie, .value = octets("cookie")}}}));
    EXPECT_EQ(scene.count(kCookieEcho), 1u);
    EXPECT_EQ(scene.count(kPad), 0u);
    scene.send(bare(kCookieAck));
    EXPECT_EQ(scene.count(kPad), 1u);
}

TEST(Rfc8899_4_3, SendsNoProbesWithoutNeed) {
    Talker off{quiet_rfc9260()};
    off.say();
    EXPECT_EQ(off.count(kPad), 0u) << "off by default";

    Talker brief;
    for (int i = 0; i < 10; ++i) {
        brief.say(1000);
        brief.probe();
        brief.run_for(10s);
    }
    EXPECT_EQ(brief.engine.status().path_mtu_probes, 0u) << "no packet would be larger";
    EXPECT_EQ(brief.engine.deadline(), kNever);
}

TEST(Rfc8899_5_2, RaisesPacketsWithTheAnswer) {
    Talker scene;
    scene.say();
    auto probe = scene.probe();
    ASSERT_TRUE(probe);
    scene.answer(*probe);
    EXPECT_EQ(scene.packet_bytes(), 1200u);
    probe = scene.next_probe();
    ASSERT_TRUE(probe);
    EXPECT_EQ(probe->bytes, kEthernet) << "the first guess";
    const std::size_t window = scene.engine.status().congestion_window_bytes;
    scene.answer(*probe);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::accepted);
    EXPECT_EQ(scene.packet_bytes(), kEthernet);
    EXPECT_EQ(scene.engine.status().congestion_window_bytes, window) << "RFC 8899 §3 (7)";
    scene.discard();
    scene.say(10'000);
    const auto largest =
        std::ranges::max_element(scene.peer.inbox, {}, [](const ReadPacket& packet) {
            return is_probe(packet) ? 0 : packet.bytes;
        });
    EXPECT_EQ(largest->bytes, kEthernet);
}

TEST(Rfc8899_5_1_3, HasOneProbeOutAtATime) {
    Talker scene;
    scene.say();
    EXPECT_TRUE(scene.probe());
    for (int i = 0; i < 9; ++i) {
        scene.run_for(100ms);
        scene.say();
        EXPECT_FALSE(scene.probe()) << "the first is not answered";
    }
    EXPECT_EQ(scene.engine.status().path_mtu_probes, 1u);
}

TEST(Rfc8899_4_1, TakesAnAnswerOnce) {
    Talker scene;
    scene.say();
    const auto base = scene.probe();
    ASSERT_TRUE(base);
    ReadPacket forged = *base;
    forged.chunks[0].value[11] ^= std::byte{1};
    scene.answer(forged);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unexpected);
    scene.answer(*base);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::accepted);
    scene.answer(*base);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unexpected);
    const auto probe = scene.next_probe();
    ASSERT_TRUE(probe);
    scene.answer(*base);
    EXPECT_EQ(scene.packet_bytes(), 1200u) << "a late answer to a smaller one proves nothing";
}

// RFC 8899 §3 (7) and §6.2.1.2.
TEST(Rfc8899_6_2_1_2, TakesTheLossOfAProbeForNothingElse) {
    sctp::Options options = discovering();
    options.path_retransmissions_max = 0;
    options.association_retransmissions_max = 0;
    Talker scene{options};
    scene.say();
    ASSERT_TRUE(scene.probe());
    const std::size_t window = scene.engine.status().congestion_window_bytes;
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(scene.next_probe()) << "asked again";
    const sctp::Status status = scene.engine.status();
    EXPECT_GE(status.path_mtu_probes_lost, 5u);
    EXPECT_GE(status.congestion_window_bytes, window);
    EXPECT_EQ(status.timeouts, 0u);
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc8899_6_2_1_2, TakesAnAnswerForASignOfLife) {
    sctp::Options options = discovering();
    options.path_retransmissions_max = 0;
    Talker scene{options};
    scene.say();
    const auto probe = scene.next();
    ASSERT_TRUE(probe && is_probe(*probe));
    scene.run_for(3s);
    ASSERT_EQ(scene.engine.event<sctp::PathChanged>()->state, sctp::PathChanged::State::inactive);
    EXPECT_EQ(scene.engine.status().path_mtu_probes, 1u) << "none into silence";
}

// --- what the network says: §4.6 ---

/// 1472 is in use, and nothing is asked.
struct Found : Talker {
    Found() : Talker{limited()} {
        for (int i = 0; i < 2; ++i) {
            const auto probe = next_probe();
            EXPECT_TRUE(probe);
            if (probe) answer(*probe);
        }
        EXPECT_EQ(packet_bytes(), kEthernet);
        discard();
    }
    static sctp::Options limited() {
        sctp::Options options = discovering();
        options.path_mtu_bytes_max = 1500;
        return options;
    }
    void too_big(std::uint32_t mtu) {
        engine.path_event(PathEvent::too_big(path(), mtu), now());
        world.settle();
    }
};

TEST(Rfc8899_4_6, BelievesNobodyWhoSaysThatPacketsAreTooBig) {
    Found scene;
    for (const std::uint32_t mtu : {0u, 1u, 68u, 500u, 1500u, 9000u, 65'535u, 0xffff'ffffu}) {
        scene.too_big(mtu);
        EXPECT_EQ(scene.packet_bytes(), kEthernet) << mtu;
    }
    EXPECT_FALSE(scene.next_probe()) << "not worth a question";
    for (int i = 0; i < 5; ++i) {
        scene.too_big(1400);
        EXPECT_EQ(scene.packet_bytes(), kEthernet);
        const auto probe = scene.next_probe();
        ASSERT_TRUE(probe) << "but the peer is asked";
        EXPECT_EQ(probe->bytes, kEthernet);
        scene.answer(*probe);
        EXPECT_EQ(scene.packet_bytes(), kEthernet);
    }
    EXPECT_FALSE(scene.engine.event<sctp::PathChanged>());
}

TEST(Rfc8899_4_6, FallsWhenTheQuestionIsNotAnswered) {
    Found scene;
    scene.too_big(1400);
    ASSERT_TRUE(scene.next_probe());
    const auto base = scene.next_probe();
    ASSERT_TRUE(base);
    EXPECT_EQ(scene.packet_bytes(), 1200u);
    const auto change = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(change);
    EXPECT_EQ(change->state, sctp::PathChanged::State::too_big);
    scene.answer(*base);
    const auto said = scene.next_probe();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->bytes, 1400u - 28u);
    scene.answer(*said);
    EXPECT_EQ(scene.packet_bytes(), 1372u);
}

TEST(Rfc8899_4_6, GoesOnWithTheSizeThatTheNetworkTells) {
    Talker scene;
    scene.say();
    scene.answer(*scene.probe());
    const auto probe = scene.next_probe();
    ASSERT_TRUE(probe);
    scene.engine.path_event(PathEvent::too_big(scene.path(), 1442), scene.now());
    const auto told = scene.next_probe();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->bytes, 1412u) << "a multiple of four";
    EXPECT_EQ(scene.packet_bytes(), 1200u);
}

// --- paths that change while data flows ---

/// `a` sends to `z` over a path of its own size.
struct Flow : Pair {
    explicit Flow(const sctp::Options& options = modern()) : Pair{options} {
        latency(10ms);
        EXPECT_TRUE(connect());
    }
    void carry(std::size_t mtu_bytes, bool tells) {
        Link& link = network().link(a.id);
        link.mtu_bytes = mtu_bytes;
        link.too_big_events = tells;
    }
    /// Sends so much and waits until it is there; how long that took.
    Duration send(std::size_t bytes, Duration limit = 2min) {
        const Instant begin = now();
        const std::string message(bytes, 'x');
        EXPECT_TRUE(a.send(message));
        std::optional<std::string> got;
        const auto there = [&] { return got || (got = z.received()); };
        EXPECT_TRUE(world.run_until(there, limit));
        EXPECT_TRUE(got == message);
        return now() - begin;
    }
    void send_often(int times) {
        for (int i = 0; i < times; ++i)
            send(200'000);
    }
    std::size_t packet_bytes() const { return a.status().packet_bytes_max; }
};

TEST(Rfc8899_5_3_2, FindsEthernetWithFewProbes) {
    for (const bool tells : {true, false}) {
        sctp::Options options = modern();
        if (!tells) options.path_mtu_bytes_max = 1500;
        Flow flow{options};
        flow.carry(1500, tells);
        flow.send_often(10);
        EXPECT_EQ(flow.packet_bytes(), kEthernet);
        EXPECT_LE(flow.a.status().path_mtu_probes, 3u);
        EXPECT_EQ(flow.a.status().chunks_retransmitted, 0u);
    }
}

TEST(Rfc8899_5_3_2, FindsJumboFrames) {
    Flow flow;
    flow.carry(9000, false);
    flow.send_often(10);
    EXPECT_EQ(flow.packet_bytes(), (9000u - 28u) & ~3u);
}

TEST(Rfc8899_4_3, RecoversFromASilentBlackHole) {
    for (const sctp::Options& options : {modern(), discovering()}) {
        Flow flow{options};
        flow.carry(1500, false);
        flow.send_often(20);
        ASSERT_EQ(flow.packet_bytes(), kEthernet);
        flow.carry(1300, false);
        EXPECT_LT(flow.send(200'000), 15s);
        for (int i = 0; i < 50; ++i) {
            flow.send(200'000);
            flow.run_for(1s);
        }
        EXPECT_LE(flow.packet_bytes(), 1272u);
        EXPECT_GE(flow.packet_bytes(), 1200u);
        flow.set_hook(flow.a, [](const WireDatagram& datagram) {
            EXPECT_NE(datagram.ancillary.dont_fragment, false) << "IP need not help any more";
            return true;
        });
        EXPECT_LT(flow.send(200'000), 1s) << "as fast as ever";
    }
}

// Every SACK speaks of something new, so that T3-rtx never expires twice in a row.
TEST(Rfc8899_4_3, RecoversWhereSmallPacketsHideTheHole) {
    sctp::Options options = modern();
    options.path_mtu_bytes_max = 1500;
    Flow flow{options};
    flow.send_often(20);
    ASSERT_EQ(flow.packet_bytes(), kEthernet);
    flow.carry(1300, false);
    ASSERT_TRUE(flow.a.send(std::string(1400, 'x')));
    int rounds = 0;
    for (; rounds < 1000 && flow.packet_bytes() == kEthernet; ++rounds) {
        ASSERT_TRUE(flow.a.send("small", {.stream = sctp::StreamId{1}, .unordered = true}));
        flow.run_for(5ms);
    }
    EXPECT_EQ(flow.packet_bytes(), 1200u);
    EXPECT_LT(rounds * 5, 3000) << "milliseconds";
    flow.run_for(5s);
    EXPECT_EQ(flow.a.status().queued_bytes, 0u);
}

TEST(Rfc8899_4_6, FollowsAPathThatTellsItsSize) {
    Flow flow;
    flow.carry(1500, true);
    flow.send_often(10);
    ASSERT_EQ(flow.packet_bytes(), kEthernet);
    flow.carry(1400, true);
    EXPECT_LT(flow.send(200'000), 5s);
    for (int i = 0; i < 10; ++i) {
        flow.send(200'000);
        flow.run_for(200ms);
    }
    EXPECT_EQ(flow.packet_bytes(), 1372u);
}

TEST(Rfc8899_5_1_1, RaisesThePacketsAgainAfterTenMinutes) {
    sctp::Options options = modern();
    options.path_mtu_bytes_max = 1500;
    Flow flow{options};
    flow.carry(1280, false);
    for (int i = 0; i < 100; ++i) {
        flow.send(20'000);
        flow.run_for(1s);
    }
    ASSERT_EQ(flow.packet_bytes(), 1252u);
    flow.carry(1500, false);
    flow.run_for(500s);
    flow.send(200'000);
    EXPECT_EQ(flow.packet_bytes(), 1252u);
    flow.run_for(200s);
    flow.send(200'000);
    EXPECT_EQ(flow.packet_bytes(), kEthernet);
}

TEST(Rfc8899_5_2, LivesOnAPathBelowTheBase) {
    for (const bool tells : {true, false}) {
        Flow flow;
        flow.carry(1034, tells);
        for (int i = 0; i < 30; ++i) {
            EXPECT_LT(flow.send(20'000), 30s);
            flow.run_for(1s);
        }
        EXPECT_GE(flow.packet_bytes(), 512u);
        EXPECT_LE(flow.packet_bytes(), 1006u);
    }
}

TEST(Rfc8899_5_2, AnOutageSaysNothingOfSizes) {
    Flow flow;
    flow.carry(1500, true);
    flow.send_often(10);
    ASSERT_EQ(flow.packet_bytes(), kEthernet);
    flow.network().link(flow.a.id).down = true;
    ASSERT_TRUE(flow.a.send(std::string(100'000, 'y')));
    flow.run_for(60s);
    EXPECT_GE(flow.packet_bytes(), 1200u) << "not MIN_PLPMTU";
    flow.network().link(flow.a.id).down = false;
    flow.run_for(60s);
    EXPECT_EQ(flow.z.received(), std::string(100'000, 'y'));
    flow.send_often(10);
    EXPECT_EQ(flow.packet_bytes(), kEthernet);
}

} // namespace
} // namespace hawser::test
