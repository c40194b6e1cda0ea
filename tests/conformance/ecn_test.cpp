// RFC 3168, with ECNE and CWR as RFC 4960 Appendix A has them: the network says that it is full.
#include "resetting.hpp"
#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <hawser/sctp/endpoint.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kInitParameters = 16;
const Tlv kCapable{.type = kEcnCapable, .value = {}};

sctp::Options with_ecn(sctp::Options options = quiet_rfc9260()) {
    options.ecn = true;
    return options;
}

sctp::Options modern() {
    sctp::Options options;
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    return with_ecn(options);
}

Chunk of_tsn(std::uint8_t type, std::uint32_t tsn) {
    return {.type = type, .value = OctetWriter{}.u32(tsn).octets};
}

/// A peer that knows of ECN.
struct Capable : Scene {
    explicit Capable(const sctp::Options& options = with_ecn()) : Scene{options} {
        accept({.window = 1'000'000, .parameters = {kCapable}});
        world.network.set_hook(engine.id, [this](const WireDatagram& datagram) {
            marks.push_back(datagram.ancillary.ecn.value_or(Ecn::not_ect));
            return true;
        });
    }
    void say(std::size_t bytes = 100, const Ancillary& ancillary = {}) {
        ASSERT_TRUE(engine.send(std::string(bytes, 'x'), {.ancillary = ancillary}));
        world.settle();
    }
    void acknowledge(std::uint32_t tsn) { send(sack({.tsn = tsn, .window = 1'000'000})); }
    std::size_t window() const { return engine.status().congestion_window_bytes; }
    void receive_marked(const std::vector<Chunk>& chunks, Ecn ecn = Ecn::ce) {
        send_octets(put_together(kPeerPort, engine_port, engine_tag, chunks), {.ecn = ecn});
    }

    std::vector<Ecn> marks; ///< of what the engine sends
};

// --- negotiation ---

TEST(Rfc4960_A, IsAgreedOnByBothEnds) {
    for (const bool ours : {false, true}) {
        for (const bool theirs : {false, true}) {
            sctp::Options options = quiet_rfc9260();
            options.ecn = ours;
            const std::vector<Tlv> parameters = theirs ? std::vector{kCapable} : std::vector<Tlv>{};
            Scene accepts{options};
            accepts.send_as(0, init({.parameters = parameters}));
            const auto answer = accepts.take(kInitAck);
            ASSERT_TRUE(answer);
            EXPECT_EQ(answer->tlv(kInitParameters, kEcnCapable).has_value(), ours);
            accepts.accept({.parameters = parameters});
            EXPECT_EQ(accepts.engine.status().ecn, ours && theirs);

            Scene opens{options};
            InitFields fields{.parameters = parameters};
            fields.parameters.push_back({.type = kStateCookie, .value = octets("cookie")});
            opens.open(fields);
            EXPECT_EQ(opens.engine.status().ecn, ours && theirs);
        }
    }
}

TEST(Rfc4960_A, IsAskedForInInit) {
    for (const bool ours : {false, true}) {
        sctp::Options options = quiet_rfc9260();
        options.ecn = ours;
        Scene scene{options};
        ASSERT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
        scene.world.settle();
        const auto question = scene.take(kInit);
        ASSERT_TRUE(question);
        EXPECT_EQ(question->tlv(kInitParameters, kEcnCapable).has_value(), ours);
    }
}

TEST(Rfc4960_A, MarksNothingWithoutAgreement) {
    Scene scene{with_ecn()};
    scene.accept();
    scene.world.network.set_hook(scene.engine.id, [](const WireDatagram& datagram) {
        EXPECT_EQ(datagram.ancillary.ecn, std::nullopt);
        return true;
    });
    ASSERT_TRUE(scene.engine.send("plain"));
    scene.world.settle();
    const std::size_t window = scene.engine.status().congestion_window_bytes;
    scene.send(of_tsn(kEcne, scene.engine_tsn));
    EXPECT_EQ(scene.engine.status().congestion_window_bytes, window);
    EXPECT_EQ(scene.count(kCwr), 0u);
}

// --- what leaves ---

TEST(Rfc3168_6_1, MarksNewDataAndNothingElse) {
    Capable scene;
    scene.say();
    EXPECT_EQ(scene.marks, std::vector{Ecn::ect0});
    scene.acknowledge(scene.engine_tsn);
    scene.marks.clear();
    scene.send(heartbeat("x"));
    scene.send_data();
    scene.send_data();
    EXPECT_EQ(scene.count(kHeartbeatAck), 1u);
    EXPECT_GE(scene.count(kSack), 1u);
    ASSERT_FALSE(scene.marks.empty());
    EXPECT_EQ(std::ranges::count(scene.marks, Ecn::not_ect),
              static_cast<std::ptrdiff_t>(scene.marks.size()));
}

TEST(Rfc3168_6_1, LeavesToTheUserWhatTheUserHasMarked) {
    for (const Ecn ecn : {Ecn::not_ect, Ecn::ect1}) {
        Capable scene;
        scene.say(100, {.ecn = ecn});
        EXPECT_EQ(scene.marks, std::vector{ecn});
        sctp::Options options = with_ecn();
        options.ancillary.ecn = ecn;
        Capable by_default{options};
        by_default.say();
        EXPECT_EQ(by_default.marks, std::vector{ecn});
    }
}

// A COOKIE ECHO is no place to find out what a path does with marks.
TEST(Rfc3168_6_1_1, DoesNotMarkWhatRidesOnTheHandshake) {
    Scene scene{with_ecn()};
    scene.begin_open();
    ASSERT_TRUE(scene.engine.send("early"));
    scene.world.network.set_hook(scene.engine.id, [](const WireDatagram& datagram) {
        EXPECT_EQ(datagram.ancillary.ecn, std::nullopt);
        return true;
    });
    scene.peer_tag = InitFields{}.tag;
    scene.send(
        init_ack({.parameters = {kCapable, {.type = kStateCookie, .value = octets("cookie")}}}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet && packet->has(kCookieEcho) && packet->has(kData));
}

TEST(Rfc3168_6_1_5, DoesNotMarkWhatGoesAgain) {
    Capable scene;
    scene.say();
    scene.acknowledge(scene.engine_tsn);
    scene.say();
    scene.marks.clear();
    scene.run_for(3s); // T3-rtx
    ASSERT_FALSE(scene.marks.empty());
    EXPECT_EQ(std::ranges::count(scene.marks, Ecn::not_ect),
              static_cast<std::ptrdiff_t>(scene.marks.size()));
    scene.acknowledge(scene.engine_tsn + 1);
    scene.marks.clear();
    scene.say();
    EXPECT_EQ(scene.marks, std::vector{Ecn::ect0}) << "the path carries marks, as is known";
}

TEST(Rfc3168_6_1_1, GoesOnWithoutWhereTheFirstMarksDoNotArrive) {
    Capable scene;
    scene.say();
    scene.run_for(3s);
    scene.acknowledge(scene.engine_tsn);
    scene.marks.clear();
    for (std::uint32_t i = 1; i < 5; ++i) {
        scene.say();
        scene.acknowledge(scene.engine_tsn + i);
    }
    EXPECT_EQ(scene.marks, std::vector(4, Ecn::not_ect));
    EXPECT_FALSE(scene.engine.status().ecn);
}

// --- what the peer says ---

TEST(Rfc4960_A, ReducesTheWindowAndSaysSo) {
    Capable scene;
    scene.say(4000);
    scene.discard();
    scene.send(of_tsn(kEcne, scene.engine_tsn + 1),
               sack({.tsn = scene.engine_tsn + 3, .window = 1'000'000}));
    const auto reduced = scene.take(kCwr);
    ASSERT_TRUE(reduced);
    EXPECT_EQ(reduced->value.size(), 4u);
    EXPECT_EQ(reduced->u32(0), scene.engine_tsn + 1);
    EXPECT_EQ(scene.engine.status().congestion_echoes, 1u);
    EXPECT_EQ(scene.engine.status().congestion_reductions, 1u);
}

/// With a window that is large enough to be halved.
struct Wide : Capable {
    explicit Wide(sctp::Options options = modern()) : Capable{options} {
        for (int i = 0; i < 5; ++i) {
            say(20'000);
            acknowledge(last_tsn());
        }
        discard();
    }
    std::uint32_t last_tsn() {
        for (const DataView& each : take_data())
            last = each.tsn;
        return last;
    }
    std::uint32_t last = 0;
};

TEST(Rfc3168_6_1_2, ReducesItOnceForAllThatWasUnderWay) {
    Wide scene;
    scene.say(10'000);
    const std::uint32_t last = scene.last_tsn();
    const std::size_t before = scene.window();
    for (std::uint32_t tsn = last - 5; tsn <= last; ++tsn) {
        scene.send(of_tsn(kEcne, tsn));
        const auto reduced = scene.take(kCwr);
        ASSERT_TRUE(reduced) << "said each time: it may have been lost";
        EXPECT_EQ(reduced->u32(0), tsn);
    }
    EXPECT_EQ(scene.window(), before * 7 / 10);
    EXPECT_EQ(scene.engine.status().congestion_reductions, 1u);
    scene.acknowledge(last);
    scene.send(of_tsn(kEcne, last));
    EXPECT_EQ(scene.engine.status().congestion_reductions, 1u) << "late, and known";

    const std::size_t grown = scene.window();
    scene.say(5'000);
    scene.send(of_tsn(kEcne, last + 1));
    EXPECT_EQ(scene.window(), grown * 7 / 10) << "sent after the window was reduced";
}

TEST(Rfc3168_6_1_2, TakesLossAndMarkForOne) {
    Wide scene;
    scene.say(10'000);
    const std::uint32_t last = scene.last_tsn();
    const std::size_t before = scene.window();
    scene.send(of_tsn(kEcne, last - 3));
    const std::size_t after = scene.window();
    EXPECT_LT(after, before);
    scene.send(sack({.tsn = last - 8, .window = 1'000'000, .gaps = {{2, 8}}}));
    EXPECT_GT(scene.engine.status().fast_retransmits, 0u);
    EXPECT_EQ(scene.window(), after);
    scene.acknowledge(scene.last_tsn());
    scene.acknowledge(last);
    scene.say(10'000);
    const std::uint32_t next = scene.last_tsn();
    const std::size_t later = scene.window();
    scene.send(sack({.tsn = next - 8, .window = 1'000'000, .gaps = {{2, 8}}}));
    EXPECT_LT(scene.window(), later) << "another loss";

    Wide other;
    other.say(10'000);
    const std::uint32_t end = other.last_tsn();
    other.send(sack({.tsn = end - 8, .window = 1'000'000, .gaps = {{2, 8}}}));
    ASSERT_GT(other.engine.status().fast_retransmits, 0u);
    const std::size_t lost = other.window();
    other.send(of_tsn(kEcne, end - 1));
    EXPECT_EQ(other.window(), lost);
    EXPECT_EQ(other.count(kCwr), 1u) << "but the peer is told";
}

TEST(Rfc4960_A, BelievesNoEchoOfWhatWasNeverSent) {
    Wide scene;
    const std::size_t before = scene.window();
    const std::uint32_t last = scene.last;
    for (const std::uint32_t tsn :
         {last + 1, last + 1000, last + 0x7fff'ffff, last - 0x7fff'ffff, last - 200'000}) {
        scene.send(of_tsn(kEcne, tsn));
        EXPECT_EQ(scene.engine.last_verdict, Verdict::unexpected) << tsn - last;
    }
    scene.send(Chunk{.type = kEcne, .value = Octets(3)});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::malformed);
    scene.send(Chunk{.type = kCwr, .value = Octets(8)});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::malformed);
    EXPECT_EQ(scene.window(), before);
    EXPECT_EQ(scene.count(kCwr), 0u);
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc4960_A, BelievesNoEchoBeforeAnythingWasSent) {
    Capable scene;
    scene.send(of_tsn(kEcne, scene.engine_tsn - 1));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unexpected);
    EXPECT_TRUE(scene.silent());
}

// --- what comes ---

TEST(Rfc4960_A, EchoesAMarkUntilItWasHeard) {
    Capable scene;
    const std::uint32_t tsn = scene.peer_tsn;
    scene.receive_marked({data({.tsn = tsn}), data({.tsn = tsn + 1, .ssn = 1})});
    auto packet = scene.next();
    ASSERT_TRUE(packet) << "at once";
    ASSERT_EQ(packet->chunks.size(), 2u);
    ASSERT_EQ(packet->chunks[0].type, kEcne);
    EXPECT_EQ(packet->chunks[0].u32(0), tsn) << "the lowest of the datagram";
    EXPECT_EQ(packet->chunks[1].type, kSack);
    for (std::uint32_t i = 2; i < 8; i += 2) {
        scene.send(data({.tsn = tsn + i, .ssn = i}));
        scene.send(data({.tsn = tsn + i + 1, .ssn = i + 1}));
        const auto echo = scene.take(kEcne);
        ASSERT_TRUE(echo) << "no CWR has come";
        EXPECT_EQ(echo->u32(0), tsn);
    }
    scene.send(of_tsn(kCwr, tsn));
    scene.send(data({.tsn = tsn + 8, .ssn = 8}));
    scene.send(data({.tsn = tsn + 9, .ssn = 9}));
    packet = scene.next();
    ASSERT_TRUE(packet && packet->has(kSack));
    EXPECT_FALSE(packet->has(kEcne));
    EXPECT_EQ(scene.engine.status().congestion_marks, 1u);
    EXPECT_EQ(scene.engine.received(), "data");
}

TEST(Rfc4960_A, NamesTheLowestOfADatagram) {
    Capable scene;
    const std::uint32_t tsn = scene.peer_tsn;
    scene.receive_marked({data({.tsn = tsn + 2}), data({.tsn = tsn + 1}), data({.tsn = tsn + 3})});
    EXPECT_EQ(scene.take(kEcne)->u32(0), tsn + 1);
    EXPECT_EQ(scene.engine.status().congestion_marks, 1u) << "one packet, one mark";
}

TEST(Rfc4960_A, SpeaksOfTheNewestMark) {
    Capable scene;
    const std::uint32_t tsn = scene.peer_tsn;
    scene.receive_marked({data({.tsn = tsn})});
    scene.receive_marked({data({.tsn = tsn + 1, .ssn = 1})});
    scene.discard();
    scene.send(of_tsn(kCwr, tsn));
    scene.send(data({.tsn = tsn + 2, .ssn = 2}));
    scene.send(data({.tsn = tsn + 3, .ssn = 3}));
    const auto echo = scene.take(kEcne);
    ASSERT_TRUE(echo) << "the second mark was not heard yet";
    EXPECT_EQ(echo->u32(0), tsn + 1);
}

TEST(Rfc3168_6_1_3, HearsOnlyMarksOnData) {
    Capable scene;
    scene.receive_marked({heartbeat("x")});
    const std::uint32_t tsn = scene.peer_tsn;
    for (const Ecn ecn : {Ecn::not_ect, Ecn::ect0, Ecn::ect1})
        scene.receive_marked({data({.tsn = tsn, .ssn = 0})}, ecn);
    scene.receive_marked({data({.tsn = tsn, .ssn = 0})}); // came before
    EXPECT_EQ(scene.count(kEcne), 0u);
    EXPECT_GE(scene.count(kSack), 1u);
    EXPECT_EQ(scene.engine.status().congestion_marks, 0u);
}

// RFC 6525 §5.2.4: the numbers of before mean nothing any more.
TEST(Rfc4960_A, ForgetsMarksWhenAllBeginsAgain) {
    sctp::Options options = with_ecn(reconfiguring());
    Resetting scene{options, {kReConfig}, {kCapable}};
    scene.say(0);
    scene.send(of_tsn(kEcne, scene.engine_tsn));
    scene.acknowledge(1);
    scene.send_octets(put_together(Scene::kPeerPort, scene.engine_port, scene.engine_tag,
                                   {data({.tsn = scene.peer_tsn})}),
                      {.ecn = Ecn::ce});
    EXPECT_TRUE(scene.take(kEcne));
    ASSERT_TRUE(scene.ask_for_all());
    ASSERT_TRUE(scene.take_parameter(kSsnTsn));
    const std::uint32_t ours = scene.engine_tsn - 1;
    scene.send(re_config({scene.performed(kPeersNew, ours)}));
    scene.send(data({.tsn = kPeersNew}));
    scene.send(data({.tsn = kPeersNew + 1, .ssn = 1}));
    EXPECT_EQ(scene.count(kEcne), 0u);
    EXPECT_GE(scene.count(kSack), 1u);
    for (int i = 0; i < 3; ++i)
        scene.say(0);
    scene.send(of_tsn(kEcne, ours));
    EXPECT_EQ(scene.engine.status().congestion_reductions, 2u);
}

// --- both ends ---

TEST(Rfc3168_6_1, KeepsALinkFromOverflowing) {
    Pair pair{modern()};
    pair.latency(10ms);
    ASSERT_TRUE(pair.connect());
    pair.network().link(pair.a.id).congestion_marks = 0.02;
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(pair.a.send(std::string(200'000, 'x')));
        pair.run_for(1s);
        EXPECT_EQ(pair.z.received(), std::string(200'000, 'x'));
    }
    const sctp::Status a = pair.a.status();
    const sctp::Status z = pair.z.status();
    EXPECT_GT(z.congestion_marks, 10u);
    EXPECT_GT(a.congestion_reductions, 3u);
    EXPECT_LE(a.congestion_reductions, z.congestion_marks);
    EXPECT_EQ(a.chunks_retransmitted, 0u) << "nothing was lost";
    EXPECT_EQ(a.timeouts, 0u);
}

TEST(Rfc3168_6_1_1, PassesAPathThatDropsOrClearsMarks) {
    for (const sctp::Options& options : {modern(), with_ecn()}) {
        for (const bool drops : {true, false}) {
            Pair pair{options};
            pair.latency(10ms);
            ASSERT_TRUE(pair.connect());
            pair.network().link(pair.a.id).clears_ecn = !drops;
            if (drops) {
                pair.set_hook(pair.a, [](const WireDatagram& datagram) {
                    return datagram.ancillary.ecn.value_or(Ecn::not_ect) == Ecn::not_ect;
                });
            }
            ASSERT_TRUE(pair.a.send(std::string(100'000, 'x')));
            pair.run_for(20s);
            EXPECT_EQ(pair.z.received(), std::string(100'000, 'x'));
            const std::uint64_t before = pair.a.status().chunks_retransmitted;
            ASSERT_TRUE(pair.a.send(std::string(100'000, 'x')));
            pair.run_for(5s);
            EXPECT_EQ(pair.z.received(), std::string(100'000, 'x'));
            EXPECT_EQ(pair.a.status().chunks_retransmitted, before) << "it has learned";
        }
    }
}

TEST(Rfc3168_6_1_1, TriesAgainAfterTimeouts) {
    Pair pair{modern()};
    pair.latency(10ms);
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.a.send(std::string(100'000, 'x')));
    pair.run_for(5s);
    pair.set_hook(pair.a, [](const WireDatagram& datagram) { // the path is another one now
        return datagram.ancillary.ecn.value_or(Ecn::not_ect) == Ecn::not_ect;
    });
    for (int i = 0; i < 5 && pair.a.status().ecn; ++i) {
        pair.network().link(pair.z.id).down = true;
        ASSERT_TRUE(pair.a.send(std::string(10'000, 'x')));
        pair.run_for(3s);
        pair.network().link(pair.z.id).down = false;
        pair.run_for(20s);
    }
    EXPECT_FALSE(pair.a.status().ecn);
    ASSERT_TRUE(pair.run_until_idle());
    EXPECT_EQ(pair.a.status().queued_bytes, 0u);
}

} // namespace
} // namespace hawser::test
