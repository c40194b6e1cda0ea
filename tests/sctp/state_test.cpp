// An association in bytes: what another endpoint goes on with, and what it refuses.
#include "engine/sealed_state.hpp"
#include "support/homes.hpp"
#include "support/pair.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

StateExport how_out(const Side& side) {
    return {.key = Side::kStateKey, .now = side.wall()};
}
StateImport how_in(const Side& side) {
    return {.key = Side::kStateKey, .now = side.wall(), .path = {}};
}

Result<std::vector<std::byte>> exported(Pair& pair, Side& side) {
    return side.engine->export_association(side.association(), how_out(side), pair.now());
}

/// What is sealed in it.
std::vector<std::byte> content_of(const std::vector<std::byte>& state, const Side& side) {
    auto opened = open_state(StateKind::sctp_association, 1, state, how_in(side));
    return opened ? opened->content : std::vector<std::byte>{};
}

Errc refusal(Pair& pair, Side& side, const std::vector<std::byte>& state, const StateImport& how) {
    const std::size_t before = side.engine->association_count();
    const auto taken = side.engine->import_association(state, how, pair.now());
    EXPECT_FALSE(taken);
    EXPECT_EQ(side.engine->association_count(), before);
    return taken ? Errc::io : taken.error().code;
}

TEST(AssociationState, GoesOnInAnotherEndpointWithoutAWord) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.a.send("before"));
    pair.run_for(1s);
    const auto packets = pair.a.status().packets_received;
    pair.a.events.clear();

    ASSERT_TRUE(pair.z.hand_over({}));
    pair.run_for(1s);
    EXPECT_EQ(pair.a.status().packets_received, packets);
    EXPECT_EQ(pair.a.events.size(), 0u);

    ASSERT_TRUE(pair.a.send("there"));
    ASSERT_TRUE(pair.z.send("and back"));
    pair.run_for(1s);
    EXPECT_EQ(pair.z.received(), "before");
    EXPECT_EQ(pair.z.received(), "there");
    EXPECT_EQ(pair.a.received(), "and back");
    EXPECT_EQ(pair.z.status().chunks_received, 2u) << "statistics go on";
    ASSERT_TRUE(pair.a.shutdown());
    pair.run_for(1s);
    EXPECT_EQ(pair.z.engine->association_count(), 0u);
    EXPECT_EQ(pair.a.event<Closed>()->reason, CloseReason::shutdown);
}

TEST(AssociationState, LeavesNoCopyBehind) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    pair.z.events.clear();
    ASSERT_TRUE(exported(pair, pair.z));
    EXPECT_EQ(pair.z.engine->association_count(), 0u);
    EXPECT_EQ(exported(pair, pair.z).error().code, Errc::not_found);
    EXPECT_EQ(pair.z.engine->deadline(), kNever);
    pair.settle();
    EXPECT_EQ(pair.z.events.size(), 0u) << "no event";
    EXPECT_TRUE(pair.a.is_connected()) << "and no word to the peer";
    const auto answers = pair.z.engine->counters().stateless_answers;
    ASSERT_TRUE(pair.a.send("for whoever goes on with it"));
    pair.run_for(10s);
    EXPECT_TRUE(pair.a.is_connected()) << "nor when it asks";
    EXPECT_GT(pair.z.engine->counters().of(Verdict::out_of_the_blue), 1u);
    EXPECT_EQ(pair.z.engine->counters().stateless_answers, answers);
}

/// The peer has not heard COOKIE ACK, and brings its cookie again to where it had it from.
TEST(AssociationState, DoesNotComeUpAgainWhereItLeft) {
    Pair pair;
    pair.latency(10ms);
    ASSERT_TRUE(pair.z.listen(Pair::kPort));
    ASSERT_TRUE(pair.a.connect(pair.world.network.address(pair.z.id), Pair::kPort));
    pair.run_for(15ms);
    pair.drop_next(pair.z, 2);
    pair.run_for(20ms);
    ASSERT_EQ(pair.a.state(), State::cookie_echoed);
    ASSERT_TRUE(exported(pair, pair.z));
    pair.run_for(5s);
    EXPECT_EQ(pair.z.engine->association_count(), 0u);
    EXPECT_EQ(pair.a.state(), State::cookie_echoed) << "nobody has refused it";
}

TEST(AssociationState, CarriesWhatNobodyHasPolled) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    pair.latency(10ms);
    ASSERT_TRUE(pair.a.send("one"));
    ASSERT_TRUE(pair.a.send("two"));
    pair.run_for(5s);
    // Neither of them has been seen: they are given back.
    std::vector<Message> unread;
    while (auto message = pair.z.message())
        unread.push_back(std::move(*message));
    ASSERT_EQ(unread.size(), 2u);
    const auto state = pair.z.engine->export_association(pair.z.association(), how_out(pair.z),
                                                         pair.now(), std::move(unread));
    ASSERT_TRUE(state);
    pair.z.restart({});
    ASSERT_TRUE(pair.z.engine->import_association(*state, how_in(pair.z), pair.now()));
    pair.settle();
    EXPECT_EQ(pair.z.received(), "one");
    EXPECT_EQ(pair.z.received(), "two");
}

TEST(AssociationState, IsRefusedUnderAnotherKey) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const auto state = exported(pair, pair.z);
    ASSERT_TRUE(state);
    StateImport how = how_in(pair.z);
    how.key[31] = std::byte{1};
    EXPECT_EQ(refusal(pair, pair.z, *state, how), Errc::malformed);
    EXPECT_TRUE(pair.z.engine->import_association(*state, how_in(pair.z), pair.now()));
}

TEST(AssociationState, IsRefusedWhenItWasChanged) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const auto state = exported(pair, pair.z);
    ASSERT_TRUE(state);
    for (std::size_t i = 0; i < state->size(); ++i) {
        auto changed = *state;
        changed[i] ^= std::byte{0x10};
        const Errc expected = i == 5 ? Errc::unsupported : Errc::malformed; // the version
        EXPECT_EQ(refusal(pair, pair.z, changed, how_in(pair.z)), expected) << i;
    }
    for (std::size_t size = 0; size < state->size(); size += 7)
        EXPECT_EQ(refusal(pair, pair.z, {state->begin(), state->begin() + std::ptrdiff_t(size)},
                          how_in(pair.z)),
                  Errc::malformed);
    EXPECT_TRUE(pair.z.engine->import_association(*state, how_in(pair.z), pair.now()));
}

TEST(AssociationState, IsRefusedWhenItIsTooOldOrOfTheFuture) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const auto state = exported(pair, pair.z);
    ASSERT_TRUE(state);
    StateImport how = how_in(pair.z);
    how.now += 61s;
    EXPECT_EQ(refusal(pair, pair.z, *state, how), Errc::timed_out);
    how.now -= 70s;
    EXPECT_EQ(refusal(pair, pair.z, *state, how), Errc::timed_out);
    how.now += 6s; // clocks differ by as much
    EXPECT_TRUE(pair.z.engine->import_association(*state, how, pair.now()));
}

/// Monotonic clocks of two processes have nothing in common: what was left of a timer is left of
/// it, and the time between counts.
TEST(AssociationState, TimersGoOnByTheWallClock) {
    for (const Duration passed : {Duration{}, Duration{100ms}, Duration{30s}}) {
        Pair pair;
        pair.latency(10ms);
        ASSERT_TRUE(pair.connect());
        pair.drop_next(pair.a);
        ASSERT_TRUE(pair.a.send("lost"));
        pair.settle();
        const Duration left = pair.a.deadline() - pair.now();
        ASSERT_GT(left, 0ms);
        const auto state = exported(pair, pair.a);
        ASSERT_TRUE(state);
        StateImport how = how_in(pair.a);
        how.now += passed;
        const Instant elsewhere = pair.now() + 1'000h; // the other one runs for longer
        pair.a.restart({});
        ASSERT_TRUE(pair.a.engine->import_association(*state, how, elsewhere));
        EXPECT_EQ(pair.a.deadline() - elsewhere, left - passed);
    }
}

TEST(AssociationState, IsTakenOnce) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const auto state = exported(pair, pair.z);
    ASSERT_TRUE(state);
    const auto taken = pair.z.engine->import_association(*state, how_in(pair.z), pair.now());
    ASSERT_TRUE(taken);
    EXPECT_EQ(refusal(pair, pair.z, *state, how_in(pair.z)), Errc::in_use);
    ASSERT_TRUE(pair.z.engine->export_association(*taken, how_out(pair.z), pair.now()));
    EXPECT_EQ(refusal(pair, pair.z, *state, how_in(pair.z)), Errc::in_use) << "also when it left";
}

TEST(AssociationState, IsRefusedWhereTheAssociationLives) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const auto state = exported(pair, pair.z);
    ASSERT_TRUE(state);
    ASSERT_TRUE(pair.z.engine->connect({.local = pair.world.network.address(pair.z.id),
                                        .remote = pair.world.network.address(pair.a.id)},
                                       pair.a.status().local_port, {.local_port = Pair::kPort},
                                       pair.now()));
    EXPECT_EQ(refusal(pair, pair.z, *state, how_in(pair.z)), Errc::in_use);
}

TEST(AssociationState, IsNotGivenOutDuringTheHandshake) {
    Pair pair;
    pair.latency(10ms);
    ASSERT_TRUE(pair.z.listen(Pair::kPort));
    ASSERT_TRUE(pair.a.connect(pair.world.network.address(pair.z.id), Pair::kPort));
    EXPECT_EQ(exported(pair, pair.a).error().code, Errc::exhausted);
    pair.run_for(25ms);
    EXPECT_EQ(pair.a.state(), State::cookie_echoed);
    EXPECT_EQ(exported(pair, pair.a).error().code, Errc::exhausted);
    pair.run_for(1s);
    EXPECT_TRUE(exported(pair, pair.a));
}

TEST(AssociationState, IsNotValidForEver) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    StateExport how = how_out(pair.a);
    for (const Duration wrong : {Duration{}, Duration{-1s}, Duration{2h}}) {
        how.valid_for = wrong;
        EXPECT_EQ(
            pair.a.engine->export_association(pair.a.association(), how, pair.now()).error().code,
            Errc::invalid_argument);
    }
}

/// The COOKIE ACK was lost, and the peer asks again what the endpoint before knew.
TEST(AssociationState, AnswersTheCookieOfTheEndpointBefore) {
    Pair pair;
    pair.latency(10ms);
    ASSERT_TRUE(pair.z.listen(Pair::kPort));
    ASSERT_TRUE(pair.a.connect(pair.world.network.address(pair.z.id), Pair::kPort));
    pair.run_for(15ms);
    pair.drop_next(pair.z, 2); // A <--INIT ACK-- Z is out; A   x--COOKIE ACK-- Z
    pair.run_for(20ms);
    ASSERT_EQ(pair.a.state(), State::cookie_echoed);
    ASSERT_TRUE(pair.z.hand_over({}));
    pair.run_for(5s);
    EXPECT_TRUE(pair.a.is_connected());
    ASSERT_TRUE(pair.a.send("up"));
    pair.run_for(1s);
    EXPECT_EQ(pair.z.received(), "up");
}

// --- busy ---

struct Kind {
    std::string name;
    Options options;
};

std::vector<Kind> kinds() {
    std::vector<Kind> all;
    all.push_back({"modern", Options::modern()});
    all.push_back({"rfc9260", Options::rfc9260()});
    Options more;
    more.interleaving = more.forward_tsn = more.reconfiguration = more.ecn = true;
    more.path_mtu_discovery = true;
    more.authentication.emplace();
    more.authentication->chunks = {ChunkType::data, ChunkType::i_data, ChunkType::sack};
    more.scheduler = StreamScheduler::weighted_fair_queueing;
    all.push_back({"all extensions", more});
    more.interleaving = false;
    more.scheduler = StreamScheduler::priority;
    more.window_credit = WindowCredit::on_release;
    all.push_back({"all but I-DATA", more});
    for (Kind& kind : all)
        kind.options.association_retransmissions_max = 100;
    return all;
}

/// Some of everything, in 5 streams and 3 classes.
void send_some(Pair& pair, Side& from, int round) {
    for (int i = 0; i < 5; ++i) {
        SendOptions options{.stream = static_cast<StreamId>(i)};
        options.unordered = false;
        if (i % 2 == 1) options.ancillary.dscp = i == 1 ? Dscp::ef : Dscp::af11;
        if (i == 4) options.ancillary.send_at = SendTime{pair.now() + 300ms};
        std::string text = fmt::format("{} {} ", i, round);
        text.resize(static_cast<std::size_t>(10 + 1'700 * i), '.');
        ASSERT_TRUE(from.send(text, options));
    }
}

class Order {
public:
    void take(Side& side) {
        while (const auto message = side.message()) {
            const auto stream = static_cast<std::size_t>(std::to_underlying(message->stream));
            const std::string expected = fmt::format("{} {} ", stream, next_[stream]++);
            EXPECT_TRUE(as_text(message->payload.bytes()).starts_with(expected)) << expected;
            ++count;
            if (side.engine) side.engine->release(side.association(), message->payload.size(), {});
        }
    }
    int count = 0;

private:
    std::array<int, 5> next_{};
};

/// Either end is replaced again and again while data flows both ways over a network that loses and
/// reorders: everything comes once, and in order.
TEST(AssociationState, LosesNothingOfATransfer) {
    constexpr int kRounds = 60;
    for (const Kind& kind : kinds()) {
        SCOPED_TRACE(kind.name);
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            SCOPED_TRACE(seed);
            Pair pair{kind.options, seed};
            pair.latency(20ms);
            ASSERT_TRUE(pair.connect());
            for (const Side* side : {&pair.a, &pair.z}) {
                pair.network().link(side->id).loss = 0.05;
                pair.network().link(side->id).reordering = 0.1;
                pair.network().link(side->id).reordering_delay = 30ms;
            }
            Order to_a;
            Order to_z;
            for (int round = 0; round < kRounds; ++round) {
                send_some(pair, pair.a, round);
                send_some(pair, pair.z, round);
                pair.run_for(Duration{1ms} * (7 + 13 * seed));
                const auto handed = (round % 2 == 0 ? pair.a : pair.z).hand_over(kind.options);
                ASSERT_TRUE(handed) << (handed ? "" : handed.error().what);
                to_a.take(pair.a);
                to_z.take(pair.z);
            }
            for (int i = 0; i < 600 && (to_a.count < 5 * kRounds || to_z.count < 5 * kRounds);
                 ++i) {
                pair.run_for(100ms);
                to_a.take(pair.a);
                to_z.take(pair.z);
            }
            EXPECT_EQ(to_a.count, 5 * kRounds);
            EXPECT_EQ(to_z.count, 5 * kRounds);
            EXPECT_TRUE(pair.a.is_connected() && pair.z.is_connected());
            if (HasFailure()) return;
        }
    }
}

/// What an association counts, and does not carry.
void expect_same(const Status& before, const Status& after) {
    EXPECT_EQ(before.state, after.state);
    EXPECT_EQ(before.in_flight_bytes, after.in_flight_bytes);
    EXPECT_EQ(before.queued_bytes, after.queued_bytes);
    EXPECT_EQ(before.congestion_window_bytes, after.congestion_window_bytes);
    EXPECT_EQ(before.peer_window_bytes, after.peer_window_bytes);
    EXPECT_EQ(before.packet_bytes_max, after.packet_bytes_max);
    EXPECT_EQ(before.smoothed_rtt, after.smoothed_rtt);
    EXPECT_EQ(before.rto, after.rto);
    EXPECT_EQ(before.scheduler, after.scheduler);
    EXPECT_EQ(before.chunks_retransmitted, after.chunks_retransmitted);
}

/// Nothing is forgotten on the way: what was imported is exported as the same bytes.
TEST(AssociationState, IsTheSameBytesAgain) {
    for (const Kind& kind : kinds()) {
        SCOPED_TRACE(kind.name);
        test::Homes homes{kind.options};
        Pair& pair = homes.pair;
        homes.latency(20ms);
        ASSERT_TRUE(pair.connect());
        homes.link(pair.a, 0).loss = homes.link(pair.z, 0).loss = 0.1;
        for (int round = 0; round < 40; ++round) {
            send_some(pair, pair.a, round);
            send_some(pair, pair.z, round);
            pair.run_for(23ms);
            Side& side = round % 2 == 0 ? pair.a : pair.z;
            const Status before = side.status();
            ASSERT_TRUE(
                side.hand_over(homes.with_addresses(kind.options, &side == &pair.a ? 1 : 2)));
            expect_same(before, side.status());
            const auto first = content_of(side.last_state, side);
            ASSERT_TRUE(
                side.hand_over(homes.with_addresses(kind.options, &side == &pair.a ? 1 : 2)));
            const auto again = content_of(side.last_state, side);
            ASSERT_GT(first.size(), 100u);
            const auto differs = std::ranges::mismatch(first, again);
            ASSERT_TRUE(first == again)
                << "at " << differs.in1 - first.begin() << " of " << first.size();
            while (pair.a.message() || pair.z.message()) {
            }
        }
    }
}

} // namespace
} // namespace hawser::sctp
