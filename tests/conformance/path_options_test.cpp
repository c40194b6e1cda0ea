// RFC 6458 §5.3.4 and §8.1.12: a message that names its path, and paths that differ.
#include "homes_scene.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

using sctp::PathOptions;

/// Two networks, both of which have answered.
class BothWays : public TwoHomes {
public:
    explicit BothWays(const sctp::Options& options = quiet_rfc9260()) : TwoHomes{options} {
        confirm_both();
    }
    Result<> send_to(std::size_t network, std::string_view message, Ancillary ancillary = {}) {
        return engine.send(message, {.remote = theirs(network), .ancillary = std::move(ancillary)});
    }
    Result<> set(std::size_t network, const PathOptions& options) {
        return engine.engine->set_path_options(engine.association(), theirs(network), options,
                                               now());
    }
    sctp::PathStatus path_in(std::size_t network) const { return *path_to(theirs(network)); }
    Ancillary last_marking() const { return peer.raw.back().ancillary; }
};

// --- SCTP_ADDR_OVER ---

TEST(Rfc6458_5_3_4, SendsAMessageWhereItSays) {
    BothWays scene;
    EXPECT_TRUE(scene.send_to(1, "there"));
    scene.world.settle();
    EXPECT_EQ(scene.count_to(1, kData), 1u);
    EXPECT_EQ(scene.count_to(0, kData), 0u);
    EXPECT_TRUE(scene.engine.send("anywhere"));
    scene.world.settle();
    EXPECT_EQ(scene.count_to(0, kData), 1u) << "that says nothing of others";
}

// Packets that go different ways share nothing, whatever the order in which they were sent.
TEST(Rfc6458_5_3_4, SendsEachOfManyWhereItSays) {
    BothWays scene;
    for (std::size_t i = 0; i < 6; ++i)
        EXPECT_TRUE(scene.send_to(i % 2, i % 2 == 0 ? "even" : "odd"));
    scene.world.settle();
    std::size_t seen = 0;
    for (const auto& raw : scene.peer.raw) {
        const std::string wanted = raw.path.local == TwoHomes::theirs(0) ? "even" : "odd";
        for (const Chunk& chunk : take_apart(raw.bytes).chunks) {
            if (chunk.type != kData) continue;
            EXPECT_EQ(DataView{chunk}.payload, wanted);
            ++seen;
        }
    }
    EXPECT_EQ(seen, 6u);
}

TEST(Rfc6458_5_3_4, RefusesAnAddressThatIsNoneOfThePeers) {
    BothWays scene;
    const auto elsewhere = Address::ipv4({203, 0, 113, 9}, 9899);
    const auto sent = scene.engine.send("to nobody", {.remote = elsewhere});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Errc::invalid_argument);
}

TEST(Rfc6458_5_3_4, RefusesAnAddressThatHasNotAnswered) {
    TwoHomes scene;
    scene.accept_both();
    const auto sent = scene.engine.send("too early", {.remote = TwoHomes::theirs(1)});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Errc::invalid_argument);
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
}

TEST(Rfc6458_5_3_4, SendsElsewhereWhatTheNamedPathDoesNotBringAcross) {
    BothWays scene;
    EXPECT_TRUE(scene.send_to(1, "lost"));
    scene.run_for(1500ms);
    EXPECT_EQ(scene.count_to(1, kData), 1u);
    EXPECT_EQ(scene.count_to(0, kData), 1u) << "after T3-rtx";
}

TEST(Rfc6458_5_3_4, SendsElsewhereWhileTheNamedPathIsNotActive) {
    sctp::Options options = quiet_rfc9260();
    options.potentially_failed_retransmissions_max = 0;
    BothWays scene{options};
    EXPECT_TRUE(scene.send_to(1, "lost"));
    scene.run_for(1100ms);
    ASSERT_EQ(scene.path_in(1).state, sctp::PathStatus::State::potentially_failed);
    scene.send_from(0, sack({.tsn = scene.engine_tsn}));
    scene.forget();
    EXPECT_TRUE(scene.send_to(1, "the other way"));
    scene.world.settle();
    EXPECT_EQ(scene.count_to(0, kData), 1u);
    EXPECT_EQ(scene.count_to(1, kData), 0u);
}

// The window of one path is full; that holds up nothing that goes another way.
TEST(Rfc6458_5_3_4, LetsWhatGoesElsewherePassAPathThatIsFull) {
    BothWays scene;
    for (int i = 0; i < 30; ++i)
        EXPECT_TRUE(scene.send_to(0, std::string(1000, 'x')));
    EXPECT_TRUE(
        scene.engine.send("passes", {.stream = sctp::StreamId{1}, .remote = TwoHomes::theirs(1)}));
    scene.world.settle();
    EXPECT_LT(scene.count_to(0, kData), 30u);
    EXPECT_EQ(scene.count_to(1, kData), 1u);
}

TEST(Rfc6458_5_3_4, KeepsItsMarkingOnTheNamedPath) {
    BothWays scene;
    EXPECT_TRUE(scene.send_to(1, "marked", {.dscp = Dscp::ef}));
    scene.world.settle();
    EXPECT_EQ(scene.count_to(1, kData), 1u);
    EXPECT_EQ(scene.last_marking().dscp, Dscp::ef);
}

// --- SCTP_PEER_ADDR_PARAMS ---

TEST(Rfc6458_8_1_12, AsksOnePathMoreOften) {
    BothWays scene;
    ASSERT_TRUE(scene.set(1, {.heartbeat_interval = 2s}));
    scene.run_for(4s);
    EXPECT_GE(scene.count_to(1, kHeartbeat), 1u);
    EXPECT_EQ(scene.count_to(0, kHeartbeat), 0u);
}

TEST(Rfc6458_8_1_12, AsksOnePathNoMore) {
    sctp::Options options = quiet_rfc9260();
    options.heartbeat_interval = 2s;
    BothWays scene{options};
    ASSERT_TRUE(scene.set(1, {.heartbeat_interval = sctp::Options::kHeartbeatOff}));
    scene.run_for(4s);
    EXPECT_EQ(scene.count_to(1, kHeartbeat), 0u);
    EXPECT_GE(scene.count_to(0, kHeartbeat), 1u);
}

TEST(Rfc6458_8_1_12, GivesEachPathItsOwnPatience) {
    BothWays scene;
    ASSERT_TRUE(scene.set(0, {.path_retransmissions_max = 0}));
    EXPECT_TRUE(scene.engine.send("lost"));
    scene.run_for(1100ms);
    EXPECT_EQ(scene.path_in(0).state, sctp::PathStatus::State::inactive);
    scene.run_for(2500ms);
    EXPECT_EQ(scene.path_in(1).state, sctp::PathStatus::State::active) << "as the endpoint says";
}

TEST(Rfc6458_8_1_12, DoubtsOnePathSooner) {
    BothWays scene;
    ASSERT_TRUE(scene.set(0, {.potentially_failed_retransmissions_max = 0}));
    EXPECT_TRUE(scene.engine.send("lost"));
    scene.run_for(1100ms);
    EXPECT_EQ(scene.path_in(0).state, sctp::PathStatus::State::potentially_failed);
}

TEST(Rfc6458_8_1_12, WaitsForAnAnswerAsLongAsThePathSays) {
    BothWays scene;
    ASSERT_TRUE(scene.set(0, {.rto_initial = 300ms, .rto_min = 300ms, .rto_max = 400ms}));
    EXPECT_EQ(scene.path_in(0).rto, 300ms);
    EXPECT_EQ(scene.path_in(1).rto, 1s);
    EXPECT_TRUE(scene.engine.send("lost"));
    scene.run_for(310ms);
    EXPECT_EQ(scene.count_to(1, kData), 1u) << "sent again";
    EXPECT_EQ(scene.path_in(0).rto, 400ms) << "doubled, up to its own most";
}

TEST(Rfc6458_8_1_12, GivesAPathPacketsOfItsOwnSize) {
    BothWays scene;
    ASSERT_TRUE(scene.set(0, {.packet_bytes = 600}));
    EXPECT_EQ(scene.path_in(0).packet_bytes_max, 600u);
    EXPECT_EQ(scene.path_in(1).packet_bytes_max, 1200u);
    EXPECT_TRUE(scene.engine.send(std::string(1100, 'x')));
    scene.world.settle();
    EXPECT_EQ(scene.count_to(0, kData), 2u);
    ASSERT_TRUE(scene.set(0, {}));
    EXPECT_EQ(scene.path_in(0).packet_bytes_max, 1200u) << "as the endpoint's again";
}

TEST(Rfc6458_8_1_12, LooksForNoLargerPacketsWhereItIsToldNotTo) {
    sctp::Options options = quiet_rfc9260();
    options.path_mtu_discovery = true;
    BothWays scene{options};
    ASSERT_TRUE(scene.set(0, {.path_mtu_discovery = false}));
    for (int i = 0; i < 8; ++i)
        EXPECT_TRUE(scene.engine.send(std::string(1000, 'x')));
    scene.run_for(100ms);
    EXPECT_EQ(scene.engine.status().path_mtu_probes, 0u);
    ASSERT_TRUE(scene.set(0, {.path_mtu_discovery = true}));
    scene.send_from(0, sack({.tsn = scene.engine_tsn}));
    EXPECT_EQ(scene.engine.status().path_mtu_probes, 1u);
}

TEST(Rfc6458_8_1_12, MarksWhatAMessageLeavesUnset) {
    sctp::Options options = quiet_rfc9260();
    options.ancillary = {.dscp = Dscp::af11, .hop_limit = 40};
    BothWays scene{options};
    ASSERT_TRUE(scene.set(0, {.ancillary = {.dscp = Dscp::cs1, .flow_label = 7}}));
    EXPECT_TRUE(scene.engine.send("plain"));
    scene.world.settle();
    EXPECT_EQ(scene.last_marking().dscp, Dscp::cs1);
    EXPECT_EQ(scene.last_marking().flow_label, 7u);
    EXPECT_EQ(scene.last_marking().hop_limit, 40) << "the endpoint's below it";
    EXPECT_TRUE(scene.engine.send("urgent", {.ancillary = {.dscp = Dscp::ef}}));
    scene.world.settle();
    EXPECT_EQ(scene.last_marking().dscp, Dscp::ef) << "the message's above it";
    EXPECT_EQ(scene.last_marking().flow_label, 7u);
    EXPECT_TRUE(scene.send_to(1, "elsewhere"));
    scene.world.settle();
    EXPECT_EQ(scene.last_marking().dscp, Dscp::af11);
}

TEST(Rfc6458_8_1_12, MarksControlChunksThere) {
    BothWays scene;
    ASSERT_TRUE(scene.set(1, {.ancillary = {.dscp = Dscp::cs6}}));
    scene.send_from(1, data({.tsn = scene.peer_tsn}), data({.tsn = scene.peer_tsn + 2}));
    EXPECT_GE(scene.count_to(1, kSack), 1u);
    EXPECT_EQ(scene.last_marking().dscp, Dscp::cs6);
}

TEST(Rfc6458_8_1_12, RefusesWhatContradictsItselfAndChangesNothing) {
    BothWays scene;
    ASSERT_TRUE(scene.set(0, {.rto_min = 500ms}));
    const auto refuses = [&](const PathOptions& options, std::string_view why) {
        const auto set = scene.set(0, options);
        ASSERT_FALSE(set) << why;
        EXPECT_EQ(set.error().code, Errc::invalid_argument);
        EXPECT_EQ(set.error().what, why);
    };
    refuses({.rto_min = 2s, .rto_max = 1s}, "rto_min: above rto_max");
    refuses({.rto_min = 0s}, "rto_min: want more than 0");
    refuses({.rto_initial = 100ms}, "rto_initial: below rto_min");
    refuses({.rto_initial = 61s}, "rto_initial: above rto_max");
    refuses({.packet_bytes = 511}, "packet_bytes: want 512 to 65000, and a multiple of 4");
    refuses({.packet_bytes = 1001}, "packet_bytes: want 512 to 65000, and a multiple of 4");
    refuses({.packet_bytes = 1000, .path_mtu_discovery = true},
            "packet_bytes: says what path_mtu_discovery would find");
    refuses({.heartbeat_interval = -1s}, "heartbeat_interval: below 0");
    refuses({.heartbeat_interval = 25h}, "heartbeat_interval: above a day");
    refuses({.rto_max = 25h}, "rto_max: above a day");
    refuses({.ancillary = {.send_at = SendTime{scene.now()}}},
            "ancillary: paths have no time to send at");
    EXPECT_EQ(scene.path_in(0).packet_bytes_max, 1200u);
    const auto nobody = scene.engine.engine->set_path_options(
        scene.engine.association(), Address::ipv4({203, 0, 113, 9}, 9899), {}, scene.now());
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, Errc::invalid_argument);
}

TEST(Rfc6458_8_1_12, OpensAnAssociationWithOptionsForAllItsPaths) {
    TwoHomes scene;
    sctp::ConnectOptions options;
    options.paths.packet_bytes = 800;
    options.paths.ancillary.dscp = Dscp::cs2;
    auto answer = TwoHomes::both();
    answer.push_back({.type = kStateCookie, .value = octets("cookie")});
    scene.open({.parameters = std::move(answer)}, options);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->packet_bytes_max, 800u);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->packet_bytes_max, 800u) << "told of by the peer";
    ASSERT_TRUE(scene.engine.engine->set_path_options(
        scene.engine.association(), TwoHomes::theirs(1), {.packet_bytes = 600}, scene.now()));
    scene.forget();
    EXPECT_TRUE(scene.engine.send("marked"));
    scene.world.settle();
    EXPECT_EQ(scene.peer.raw.back().ancillary.dscp, Dscp::cs2);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->packet_bytes_max, 600u);
    ASSERT_TRUE(scene.engine.engine->set_path_options(scene.engine.association(),
                                                      TwoHomes::theirs(1), {}, scene.now()));
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->packet_bytes_max, 800u);
}

TEST(Rfc6458_8_1_12, OpensNothingWithOptionsThatContradictThemselves) {
    TwoHomes scene;
    sctp::ConnectOptions options;
    options.paths.rto_max = 1ms;
    const auto opened =
        scene.engine.engine->connect(scene.path(), Scene::kPeerPort, options, scene.now());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::invalid_argument);
}

} // namespace
} // namespace hawser::test
