// RFC 3758 §3.5 and RFC 7496: the sender's side, messages that are given up.
#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using sctp::SendFailed;
using sctp::StreamId;

constexpr std::uint8_t kForwardTsn = 192;
constexpr std::size_t kFullMessage = 1100; // two do not share a packet

sctp::Options giving_up(bool interleaving = false) {
    sctp::Options options = quiet_rfc9260();
    options.forward_tsn = true;
    options.interleaving = interleaving;
    return options;
}

/// What a FORWARD TSN says: TSNs counted from the engine's first, and (stream, SSN).
struct ForwardView {
    std::uint32_t tsn;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> streams;
    friend bool operator==(const ForwardView&, const ForwardView&) = default;
};

/// An engine that sends, and a peer that says what it likes of that.
struct Giver : Scene {
    explicit Giver(const sctp::Options& options = giving_up(), bool peer_knows = true,
                   std::uint32_t streams = 10)
        : Scene{options} {
        InitFields fields{.inbound_streams = streams};
        if (peer_knows) fields.parameters = {{.type = kForwardTsnSupported, .value = {}}};
        if (options.interleaving)
            fields.parameters.push_back({.type = kSupportedExtensions,
                                         .value = {std::byte{kIData}, std::byte{kIForwardTsn}}});
        accept(fields);
    }
    void say(const sctp::SendOptions& options, std::size_t bytes = kFullMessage) {
        ASSERT_TRUE(engine.send(std::string(bytes, 'x'), options));
        world.settle();
    }
    /// `count` TSNs have come without a gap, and the gaps counted from there.
    void ack(std::uint32_t count, std::vector<GapBlock> gaps = {}) {
        send(sack({.tsn = engine_tsn + count - 1, .gaps = std::move(gaps)}));
    }
    /// Three SACKs say that the first chunk is missing, and the three after it have come.
    void miss_the_first() {
        for (std::uint16_t last = 2; last <= 4; ++last)
            ack(0, {{2, last}});
    }
    std::optional<ForwardView> take_forward() {
        const auto chunk = take(kForwardTsn);
        if (!chunk) return std::nullopt;
        ForwardView view{chunk->u32(0) - engine_tsn, {}};
        for (std::size_t at = 4; at < chunk->value.size(); at += 4)
            view.streams.emplace_back(chunk->u16(at), chunk->u16(at + 2));
        return view;
    }
    SendFailed failure() {
        world.settle();
        auto failed = engine.event<SendFailed>();
        EXPECT_TRUE(failed);
        return failed ? std::move(*failed) : SendFailed{};
    }
};

TEST(Rfc3758_3_5, TellsThePeerToPassWhatHasOutlivedItsTime) {
    Giver scene;
    scene.say({.stream = StreamId{3}, .lifetime = 500ms, .context = 9});
    EXPECT_EQ(scene.take_data().size(), 1u);
    scene.run_for(1s); // T3-rtx
    EXPECT_EQ(scene.take_forward(), (ForwardView{0, {{3, 0}}}));
    EXPECT_EQ(scene.count(kData), 0u);
    const SendFailed failed = scene.failure();
    EXPECT_EQ(failed.why, SendFailed::Why::lifetime);
    EXPECT_EQ(failed.context, 9u);
    EXPECT_TRUE(failed.sent);
    EXPECT_EQ(failed.payload.size(), kFullMessage) << "all of it comes back";
    const auto counts = scene.engine.status().given_up;
    EXPECT_EQ(counts.lifetime.sent, 1u);
    EXPECT_EQ(counts.lifetime.unsent, 0u);
    EXPECT_EQ(scene.engine.engine->given_up(scene.engine.association(), StreamId{3})->lifetime.sent,
              1u);
    EXPECT_EQ(scene.engine.engine->given_up(scene.engine.association(), StreamId{4})->lifetime.sent,
              0u);
}

TEST(Rfc3758_3_5, SendsAgainWhereThePeerKnowsNoForwardTsn) {
    Giver scene{giving_up(), false};
    EXPECT_FALSE(scene.engine.status().partial_reliability);
    scene.say({.lifetime = 500ms});
    scene.discard();
    scene.run_for(1s);
    EXPECT_EQ(scene.take_data().size(), 1u);
    EXPECT_FALSE(scene.engine.event<SendFailed>());
    const auto refused = scene.engine.send("x", {.retransmissions_max = std::uint8_t{0}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unsupported);
}

TEST(Rfc3758_3_5, IsNotAskedForWithoutItsOption) {
    Giver scene{quiet_rfc9260()};
    const auto refused = scene.engine.send("x", {.retransmissions_max = std::uint8_t{0}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unsupported);
    Giver other;
    const auto never = other.engine.send("x", {.retransmissions_max = std::uint8_t{255}});
    ASSERT_FALSE(never);
    EXPECT_EQ(never.error().code, Errc::invalid_argument);
}

// A2: what is abandoned is no longer outstanding, so that there is room for what follows.
TEST(Rfc3758_3_5, CountsAbandonedChunksNoMore) {
    Giver scene;
    scene.say({.lifetime = 500ms});
    EXPECT_EQ(scene.engine.status().in_flight_bytes, kFullMessage);
    scene.run_for(1s);
    EXPECT_EQ(scene.engine.status().in_flight_bytes, 0u);
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
}

// C2, C3: the point passes what was abandoned, not what is missing; the SACK that follows moves it.
TEST(Rfc3758_3_5, PassesNothingThatStillComes) {
    Giver scene;
    scene.say({});
    scene.say({.lifetime = 500ms});
    scene.say({});
    scene.discard();
    scene.run_for(1s);
    const auto again = scene.take_data();
    ASSERT_FALSE(again.empty());
    EXPECT_EQ(again[0].tsn, scene.engine_tsn);
    EXPECT_FALSE(scene.take_forward()) << "the first is not acknowledged yet";
    scene.ack(1);
    EXPECT_EQ(scene.take_forward(), (ForwardView{1, {{0, 1}}}));
}

// Nor what has come: the peer moves on over that by itself, and the next SACK says how far.
TEST(Rfc3758_3_5, PassesNothingThatHasCome) {
    Giver scene;
    for (int i = 0; i < 3; ++i)
        scene.say({.lifetime = i == 1 ? 0ms : 500ms});
    scene.say({});
    scene.discard();
    scene.ack(0, {{2, 2}});
    scene.run_for(1s);
    EXPECT_EQ(scene.take_forward(), (ForwardView{0, {{0, 0}}}));
    scene.ack(2);
    EXPECT_EQ(scene.take_forward(), (ForwardView{2, {{0, 2}}}));
}

// C4: each stream once, with its highest number; unordered messages have none.
TEST(Rfc3758_3_5, NamesEachStreamOnce) {
    Giver scene;
    for (const std::uint16_t stream : {std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{1}})
        scene.say({.stream = StreamId{stream}, .lifetime = 500ms}, 100);
    scene.say({.stream = StreamId{3}, .unordered = true, .lifetime = 500ms}, 100);
    scene.discard();
    scene.run_for(1s);
    EXPECT_EQ(scene.take_forward(), (ForwardView{3, {{1, 1}, {2, 0}}}));
}

// C4: what does not fit into a packet goes in steps.
TEST(Rfc3758_3_5, GoesInStepsWhereThereAreManyStreams) {
    for (const bool interleaving : {false, true}) {
        sctp::Options options = giving_up(interleaving);
        options.packet_bytes_max = 512;
        options.max_burst = 100;
        Giver scene{options, true, 200};
        for (std::uint16_t stream = 0; stream < 80; ++stream)
            scene.say({.stream = StreamId{stream}, .lifetime = 500ms}, 1);
        EXPECT_EQ(scene.count(interleaving ? kIData : kData), 80u);
        scene.discard();
        scene.run_for(1s);
        const std::uint8_t type = interleaving ? std::uint8_t{kIForwardTsn} : kForwardTsn;
        std::uint32_t passed = 0;
        std::size_t steps = 0;
        for (; passed < 80 && steps < 5; ++steps) {
            const auto forward = scene.take(type);
            ASSERT_TRUE(forward) << passed;
            EXPECT_LE(forward->value.size() + 4 + 12, 512u);
            passed = forward->u32(0) - scene.engine_tsn + 1;
            scene.discard();
            scene.ack(passed);
        }
        EXPECT_EQ(passed, 80u);
        EXPECT_EQ(steps, 2u);
    }
}

// C5, and F2's advice: again after an RTO, or after a SACK that a round trip has passed for.
TEST(Rfc3758_3_5, SaysItAgainUntilThePeerHasPassed) {
    Giver scene;
    scene.say({.lifetime = 500ms});
    scene.run_for(1s);
    EXPECT_TRUE(scene.take_forward());
    scene.run_for(2s - 1ms);
    EXPECT_FALSE(scene.take_forward());
    scene.run_for(1ms); // the RTO was doubled by T3-rtx
    EXPECT_EQ(scene.take_forward(), (ForwardView{0, {{0, 0}}}));
    scene.ack(1);
    scene.run_for(1min);
    EXPECT_FALSE(scene.take_forward());
    EXPECT_EQ(scene.engine.engine->deadline(), kNever);
}

TEST(Rfc3758_3_5, GivesUpAPeerThatNeverPasses) {
    sctp::Options options = giving_up();
    options.association_retransmissions_max = 3;
    Giver scene{options};
    scene.say({.lifetime = 500ms});
    scene.run_for(1min);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::timed_out);
    scene.failure();
    EXPECT_FALSE(scene.engine.event<SendFailed>()) << "reported once";
}

// A3: all of a fragmented message, and what has not left of it has a TSN that never leaves.
TEST(Rfc3758_3_5, AbandonsAllOfAFragmentedMessage) {
    Giver scene;
    scene.say({.lifetime = 500ms}, 20'000); // more than the congestion window
    const auto sent = static_cast<std::uint32_t>(scene.take_data().size());
    ASSERT_GE(sent, 3u);
    scene.ack(1, {{2, 2}}); // some of it has come
    scene.discard();
    scene.run_for(2s);
    EXPECT_EQ(scene.take_forward(), (ForwardView{1, {{0, 0}}})) << "the third has come";
    scene.discard();
    scene.ack(3);
    const auto forward = scene.take_forward();
    ASSERT_TRUE(forward);
    EXPECT_GE(forward->tsn, sent);
    EXPECT_EQ(forward->streams, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 0}}));
    EXPECT_TRUE(scene.failure().sent);
    scene.discard();
    scene.ack(forward->tsn + 1);
    scene.say({}, 10);
    const auto next = scene.take_data();
    ASSERT_EQ(next.size(), 1u);
    EXPECT_EQ(next[0].tsn, scene.engine_tsn + forward->tsn + 1);
    EXPECT_EQ(next[0].ssn, 1u);
}

// Without anything in flight, with all that left acknowledged: the peer waits for the rest.
TEST(Rfc3758_3_5, AbandonsAMessageThatWaitsForTheWindow) {
    Giver scene;
    scene.say({.lifetime = 5s}, 20'000);
    const auto sent = static_cast<std::uint32_t>(scene.take_data().size());
    scene.send(sack({.tsn = scene.engine_tsn + sent - 1, .window = 0}));
    scene.run_for(100ms);
    scene.discard();
    scene.run_for(5s);
    const SendFailed failed = scene.failure();
    EXPECT_EQ(failed.why, SendFailed::Why::lifetime);
    EXPECT_TRUE(failed.sent);
    const auto forward = scene.take_forward();
    ASSERT_TRUE(forward);
    EXPECT_GE(forward->tsn, sent) << "the TSN of its rest";
}

TEST(Rfc3758_3_5, ShutsDownOnceThePeerHasPassed) {
    Giver scene;
    scene.say({.lifetime = 500ms});
    ASSERT_TRUE(scene.engine.shutdown());
    scene.run_for(1s);
    EXPECT_TRUE(scene.take_forward());
    EXPECT_EQ(scene.count(kShutdown), 0u) << "what came after the gap is not delivered yet";
    scene.ack(1);
    EXPECT_TRUE(scene.take(kShutdown));
}

// §4.1's other side: what has come by gap blocks is not given up with its lifetime.
TEST(Rfc3758_3_5, ForgetsALateAcknowledgement) {
    Giver scene;
    scene.say({.lifetime = 500ms});
    scene.say({});
    scene.discard();
    scene.run_for(1s);
    ASSERT_TRUE(scene.engine.event<SendFailed>());
    scene.ack(2); // it had come after all
    scene.discard();
    scene.run_for(1min);
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
}

TEST(Rfc7496_3_2, SendsAgainNoMoreOftenThanItMay) {
    for (const std::uint8_t most : {std::uint8_t{0}, std::uint8_t{2}}) {
        Giver scene;
        scene.say({.retransmissions_max = most, .context = 5});
        std::size_t transmissions = scene.take_data().size();
        for (int i = 0; i < 6; ++i) {
            scene.run_for(scene.engine.status().rto);
            transmissions += scene.count(kData);
            scene.discard();
        }
        EXPECT_EQ(transmissions, 1u + most);
        const SendFailed failed = scene.failure();
        EXPECT_EQ(failed.why, SendFailed::Why::retransmissions);
        EXPECT_EQ(failed.context, 5u);
        EXPECT_EQ(scene.engine.status().given_up.retransmissions.sent, 1u);
    }
}

TEST(Rfc7496_3_2, IsGivenUpAtTheThirdMissIndication) {
    Giver scene;
    scene.say({.retransmissions_max = std::uint8_t{0}});
    for (int i = 0; i < 3; ++i)
        scene.say({});
    scene.discard();
    scene.miss_the_first();
    EXPECT_EQ(scene.take_forward(), (ForwardView{0, {{0, 0}}}));
    EXPECT_EQ(scene.count(kData), 0u);
    // F5: the window answers as if it had gone again.
    EXPECT_EQ(scene.engine.status().fast_retransmits, 1u);
}

struct Full : Giver {
    explicit Full(bool peer_knows = true) : Giver{options(), peer_knows} {}
    static sctp::Options options() {
        sctp::Options options = giving_up();
        options.send_queue_bytes_max = 20'000;
        return options;
    }
    /// Until the queue is full; how many were taken.
    std::uint64_t fill(std::uint32_t priority) {
        for (std::uint64_t count = 0;; ++count) {
            if (!engine.send(std::string(kFullMessage, 'x'),
                             {.priority = priority, .context = count})) {
                world.settle();
                return count;
            }
        }
    }
};

TEST(Rfc7496_3_3, GivesUpWhatIsWorthLessForWhatIsWorthMore) {
    Full scene;
    EXPECT_GE(scene.fill(7), 8u);
    const std::string full(kFullMessage, 'y');
    EXPECT_FALSE(scene.engine.send(full, {.priority = 7u}));
    EXPECT_FALSE(scene.engine.send(full, {.priority = 8u}));
    EXPECT_FALSE(scene.engine.send(full)) << "only a priority is worth more";
    ASSERT_TRUE(scene.engine.send(full, {.priority = 6u}));
    const SendFailed failed = scene.failure();
    EXPECT_EQ(failed.why, SendFailed::Why::priority);
    EXPECT_FALSE(failed.sent) << "what has not left goes first";
    EXPECT_FALSE(scene.engine.event<SendFailed>()) << "no more than is needed";
    EXPECT_EQ(scene.engine.status().given_up.priority.unsent, 1u);
}

TEST(Rfc7496_3_3, GivesUpAsManyAsItTakes) {
    Full scene;
    scene.fill(7);
    ASSERT_TRUE(scene.engine.send(std::string(5000, 'y'), {.priority = 6u}));
    scene.world.settle();
    std::size_t given_up = 0;
    while (scene.engine.event<SendFailed>())
        ++given_up;
    EXPECT_GE(given_up, 3u);
    EXPECT_LE(given_up, 4u);
}

TEST(Rfc7496_3_3, GivesUpTheLowestFirst) {
    Full scene;
    ASSERT_TRUE(scene.engine.send(std::string(kFullMessage, 'x'), {.priority = 9u, .context = 99}));
    ASSERT_TRUE(
        scene.engine.send(std::string(kFullMessage, 'x'), {.priority = 50u, .context = 50}));
    while (scene.engine.send(std::string(kFullMessage, 'x'))) {
    }
    ASSERT_TRUE(scene.engine.send(std::string(kFullMessage, 'y'), {.priority = 1u}));
    EXPECT_EQ(scene.failure().context, 50u);
    EXPECT_FALSE(scene.engine.event<SendFailed>());
}

// What has left is given up, too, where the peer can be told.
TEST(Rfc7496_3_3, GivesUpWhatHasLeftAsTheLast) {
    for (const bool peer_knows : {true, false}) {
        Full scene{peer_knows};
        scene.fill(7);
        std::size_t sent = 0;
        std::size_t taken = 0;
        while (taken < 40 && scene.engine.send(std::string(kFullMessage, 'y'), {.priority = 1u}))
            ++taken;
        scene.world.settle();
        while (const auto failed = scene.engine.event<SendFailed>())
            sent += failed->sent ? 1u : 0u;
        EXPECT_EQ(sent > 0, peer_knows);
        EXPECT_LT(taken, 40u) << "the queue stays as large as it may be";
    }
}

// A message in the middle of its stream goes, and those after it do not wait for it.
TEST(Rfc7496_3_3, LeavesNoGapInAStream) {
    Full scene;
    scene.send(sack({.tsn = scene.engine_tsn - 1, .window = 0}));
    ASSERT_TRUE(scene.engine.send("probe", {.stream = StreamId{1}}));
    ASSERT_TRUE(scene.engine.send("a", {.context = 1}));
    ASSERT_TRUE(scene.engine.send(std::string(15'000, 'b'), {.priority = 9u, .context = 2}));
    ASSERT_TRUE(scene.engine.send("c", {.context = 3}));
    ASSERT_TRUE(scene.engine.send(std::string(5000, 'd'), {.priority = 1u, .context = 4}));
    EXPECT_EQ(scene.failure().context, 2u);
    scene.run_for(2s);
    ASSERT_GE(scene.take_data().size(), 1u) << "the probe of a closed window";
    scene.ack(1);
    std::vector<std::string> texts;
    for (const DataView& one : scene.take_data())
        texts.push_back(one.payload.substr(0, 1) + std::to_string(one.ssn));
    ASSERT_GE(texts.size(), 3u);
    EXPECT_EQ(texts[0], "a0");
    EXPECT_EQ(texts[1], "c1");
    EXPECT_EQ(texts[2], "d2");
}

// RFC 8260 §2.3.1: beside I-DATA it is I-FORWARD-TSN, which names unordered messages, too.
TEST(Rfc8260_2_3_1, IsSaidWithMessageIdentifiers) {
    Giver scene{giving_up(true)};
    scene.say({.stream = StreamId{3}, .lifetime = 500ms}, 100);
    scene.say({.stream = StreamId{3}, .unordered = true, .lifetime = 500ms}, 100);
    scene.say({.stream = StreamId{3}, .lifetime = 500ms}, 100);
    scene.discard();
    scene.run_for(1s);
    const auto forward = scene.take(kIForwardTsn);
    ASSERT_TRUE(forward);
    OctetWriter wanted;
    wanted.u32(scene.engine_tsn + 2);
    wanted.u16(3).u16(0).u32(1);
    wanted.u16(3).u16(1).u32(0);
    EXPECT_EQ(forward->value, wanted.octets);
    EXPECT_EQ(scene.count(kForwardTsn), 0u);
}

// Two real ends, and a network that loses a third: what arrives is in order, what does not is
// reported, and nothing is left waiting.
TEST(PartialReliability, BringsTheRestAcross) {
    for (const bool interleaving : {false, true}) {
        sctp::Options options;
        options.forward_tsn = true;
        options.interleaving = interleaving;
        Pair pair{options, 7};
        ASSERT_TRUE(pair.connect());
        pair.latency(20ms);
        pair.network().link(pair.a.id).loss = 0.3;
        for (int i = 0; i < 400; ++i) {
            ASSERT_TRUE(pair.a.send(std::to_string(1000 + i) + std::string(3000, 'x'),
                                    {.retransmissions_max = std::uint8_t{0}}));
            pair.run_for(10ms);
        }
        pair.network().link(pair.a.id).loss = 0;
        pair.run_for(1min);
        std::vector<std::string> came;
        while (auto text = pair.z.received())
            came.push_back(text->substr(0, 4));
        std::size_t failed = 0;
        while (pair.a.event<SendFailed>())
            ++failed;
        EXPECT_GT(failed, 40u);
        EXPECT_GT(came.size(), 50u);
        EXPECT_GE(came.size() + failed, 400u);
        EXPECT_TRUE(std::ranges::is_sorted(came));
        EXPECT_EQ(pair.a.status().queued_bytes, 0u);
        EXPECT_EQ(pair.a.engine->association_count(), 1u);
    }
}

} // namespace
} // namespace hawser::test
