// draft-natarajan-tsvwg-sctp-nrsack: SACKs that say what will never be given up.
#include "receiver.hpp"
#include "support/pair.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kNrSack = 16;

sctp::Options with_nr_sack() {
    sctp::Options options = quiet_rfc9260();
    options.nr_sack = true;
    return options;
}

InitFields knowing() {
    InitFields fields{.tsn = 1000};
    fields.parameters = {{.type = kSupportedExtensions, .value = {std::byte{kNrSack}}}};
    return fields;
}

struct NrFields {
    std::uint32_t tsn = 0;
    std::vector<GapBlock> gaps = {};
    std::vector<GapBlock> nr_gaps = {};
    std::vector<std::uint32_t> duplicates = {};
};

Chunk nr_sack(const NrFields& fields) {
    OctetWriter out;
    out.u32(fields.tsn).u32(65'536);
    out.u16(static_cast<std::uint32_t>(fields.gaps.size()));
    out.u16(static_cast<std::uint32_t>(fields.nr_gaps.size()));
    out.u16(static_cast<std::uint32_t>(fields.duplicates.size()));
    out.u16(0);
    for (const auto* gaps : {&fields.gaps, &fields.nr_gaps}) {
        for (const auto& [first, last] : *gaps)
            out.u16(first).u16(last);
    }
    for (const std::uint32_t tsn : fields.duplicates)
        out.u32(tsn);
    return {.type = kNrSack, .value = std::move(out.octets)};
}

/// A peer that knows NR-SACK.
struct Knowing : Scene {
    explicit Knowing(const sctp::Options& options = with_nr_sack(),
                     const InitFields& fields = knowing())
        : Scene{options} {
        accept(fields);
    }
    void data_at(std::uint32_t index, DataFields fields = {}) {
        fields.tsn = 1000 + index;
        send(data(fields));
    }
    /// Four messages of a packet each are under way.
    void send_four() {
        for (int i = 0; i < 4; ++i)
            ASSERT_TRUE(engine.send(std::string(1000, static_cast<char>('a' + i))));
        world.settle();
        ASSERT_EQ(take_data().size(), 4u);
    }
    std::uint32_t before() const { return engine_tsn - 1; }
};

TEST(NrSackNegotiation, IsOffUnlessAskedFor) {
    Knowing scene{quiet_rfc9260()};
    EXPECT_FALSE(scene.engine.status().nr_sack);
    scene.data_at(0, {.flags = kWhole | kImmediate});
    EXPECT_EQ(scene.count(kSack), 1u);
    EXPECT_EQ(scene.count(kNrSack), 0u);
}

TEST(NrSackNegotiation, TakesBothEnds) {
    Knowing scene{with_nr_sack(), {.tsn = 1000}};
    EXPECT_FALSE(scene.engine.status().nr_sack);
    scene.data_at(0, {.flags = kWhole | kImmediate});
    EXPECT_EQ(scene.count(kSack), 1u);
}

TEST(NrSackNegotiation, IsTheSameForWhoOpens) {
    Scene scene{with_nr_sack()};
    InitFields fields = knowing();
    fields.parameters.push_back({.type = kStateCookie, .value = octets("cookie")});
    scene.open(fields);
    EXPECT_TRUE(scene.engine.status().nr_sack);
}

TEST(NrSackReceiver, ReportsAllThatItHoldsAsNeverGivenUp) {
    Knowing scene;
    EXPECT_TRUE(scene.engine.status().nr_sack);
    scene.data_at(0, {.ssn = 0});
    scene.data_at(2, {.ssn = 2});
    scene.data_at(2, {.ssn = 2});
    std::optional<Chunk> last;
    EXPECT_EQ(scene.count(kSack), 0u);
    while (auto chunk = scene.take(kNrSack))
        last = chunk;
    ASSERT_TRUE(last);
    EXPECT_EQ(last->u32(0), 1000u);
    EXPECT_EQ(last->u16(8), 0u) << "none that it may give up";
    EXPECT_EQ(last->u16(10), 1u);
    EXPECT_EQ(last->u16(12), 1u);
    EXPECT_EQ(last->u16(14), 0u);
    EXPECT_EQ(last->u16(16), 2u);
    EXPECT_EQ(last->u16(18), 2u);
    EXPECT_EQ(last->u32(20), 1002u);
}

TEST(NrSackReceiver, PassesOverOneThatWasNotAgreedOn) {
    Knowing scene{quiet_rfc9260()};
    scene.send_four();
    scene.send(nr_sack({.tsn = scene.before() + 4}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 4000u);
}

TEST(NrSackSender, TakesItForASack) {
    Knowing scene;
    scene.send_four();
    scene.send(nr_sack({.tsn = scene.before() + 4}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
}

TEST(NrSackSender, KeepsNothingOfWhatThePeerWillNotGiveUp) {
    Knowing scene;
    scene.send_four();
    scene.send(nr_sack({.tsn = scene.before(), .gaps = {{2, 2}}, .nr_gaps = {{3, 4}}}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 2000u) << "the first, and one that may go again";
    scene.send(nr_sack({.tsn = scene.before() + 4}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
    EXPECT_EQ(scene.engine.status().in_flight_bytes, 0u);
}

TEST(NrSackSender, TakesASackToo) {
    Knowing scene;
    scene.send_four();
    scene.send(nr_sack({.tsn = scene.before(), .nr_gaps = {{3, 4}}}));
    scene.send(sack({.tsn = scene.before() + 2, .gaps = {{2, 2}}}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u)
        << "1 is acknowledged, 2 as well; 3 and 4 before";
    scene.send(sack({.tsn = scene.before() + 4}));
    EXPECT_EQ(scene.engine.status().in_flight_bytes, 0u);
}

// What may be given up is kept, and goes again when it has been.
TEST(NrSackSender, SurvivesAPeerThatGivesUpWhatItMay) {
    Knowing scene;
    scene.send_four();
    scene.send(nr_sack({.tsn = scene.before(), .gaps = {{2, 2}}, .nr_gaps = {{3, 4}}}));
    scene.send(nr_sack({.tsn = scene.before() + 1, .nr_gaps = {{2, 3}}}));
    scene.run_for(10s);
    bool again = false;
    for (const DataView& chunk : scene.take_data()) {
        again |= chunk.tsn == scene.before() + 2;
        EXPECT_LE(chunk.tsn, scene.before() + 2) << "the others are not there any more";
    }
    EXPECT_TRUE(again);
    scene.send(nr_sack({.tsn = scene.before() + 4}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
}

// It says that it has the third for good, and that it never came: nothing waits for ever.
TEST(NrSackSender, PassesOverWhatAPeerContradictsItselfAbout) {
    Knowing scene;
    scene.send_four();
    scene.send(nr_sack({.tsn = scene.before(), .nr_gaps = {{3, 3}}}));
    scene.send(nr_sack({.tsn = scene.before() + 2}));
    scene.run_for(10s);
    scene.send(nr_sack({.tsn = scene.before() + 4}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
    EXPECT_TRUE(scene.engine.send("more"));
    scene.world.settle();
    EXPECT_EQ(scene.take_data().back().payload, "more");
}

TEST(NrSackSender, BelievesNoGapsOutOfOrder) {
    Knowing scene;
    scene.send_four();
    scene.send(nr_sack({.tsn = scene.before(), .nr_gaps = {{1, 4}}}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 4000u) << "the first would be acknowledged";
    scene.send(nr_sack({.tsn = scene.before(), .nr_gaps = {{4, 4}, {2, 3}}}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 3000u);
}

TEST(NrSackSender, EndsWithAPeerThatHasWhatWasNeverSent) {
    Knowing scene;
    scene.send_four();
    scene.send(nr_sack({.tsn = scene.before(), .nr_gaps = {{3, 5}}}));
    EXPECT_EQ(scene.engine.state(), sctp::State::closed);
}

TEST(NrSackSender, DropsAMalformedOne) {
    Knowing scene;
    scene.send_four();
    Chunk chunk = nr_sack({.tsn = scene.before() + 4, .nr_gaps = {{3, 4}}});
    chunk.value.resize(chunk.value.size() - 4);
    scene.send(chunk);
    EXPECT_EQ(scene.engine.status().queued_bytes, 4000u);
    chunk.value.resize(12);
    scene.send(chunk);
    EXPECT_EQ(scene.engine.status().queued_bytes, 4000u);
}

// The peer has the others for good; whether its application has them nobody knows.
TEST(NrSackSender, GivesOnlyBackWhatItStillHas) {
    Knowing scene;
    scene.send_four();
    scene.send(nr_sack({.tsn = scene.before(), .nr_gaps = {{2, 4}}}));
    ASSERT_TRUE(scene.engine.abort());
    scene.world.settle();
    std::vector<std::size_t> sizes;
    while (const auto failed = scene.engine.event<sctp::SendFailed>()) {
        EXPECT_TRUE(failed->sent);
        sizes.push_back(failed->payload.size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{1000, 0, 0, 0}));
}

// Two engines on a bad link: with a hole at the front the queue has room for what follows it.
TEST(NrSack, BringsAllAcrossABadLink) {
    sctp::Options options;
    options.nr_sack = true;
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Pair pair{options, seed};
        pair.latency(20ms);
        ASSERT_TRUE(pair.connect());
        EXPECT_TRUE(pair.a.status().nr_sack && pair.z.status().nr_sack);
        for (const Side* side : {&pair.a, &pair.z}) {
            Link& link = pair.network().link(side->id);
            link.loss = 0.1;
            link.duplication = 0.1;
            link.reordering = 0.1;
        }
        for (int i = 0; i < 200; ++i)
            ASSERT_TRUE(pair.a.send(std::to_string(i) + std::string(3000, ' ')));
        ASSERT_TRUE(pair.run_until_idle());
        for (int i = 0; i < 200; ++i) {
            const auto text = pair.z.received();
            ASSERT_TRUE(text);
            EXPECT_EQ(std::stoi(*text), i);
        }
        EXPECT_EQ(pair.a.status().queued_bytes, 0u);
    }
}

} // namespace
} // namespace hawser::test
