// BBR by itself, on a path of numbers: what each thing that happens makes of window and pace.
#include "sctp/tx/bbr.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPacket = 1000;
constexpr double kRate = 1'000'000;
constexpr Duration kRoundTrip = 40ms;
constexpr std::size_t kProduct = 40'000; ///< kRate times kRoundTrip

/// A sender that always has something to send, or as much a millisecond as is said, and a path of
/// packets that leave it one after the other.
struct OnAPath : testing::Test {
    struct OnItsWay {
        Instant sent_at;
        Instant arrives;
        bool marked_lost = false;
    };

    Bbr bbr{kPacket};
    Instant now{1h};
    double rate = kRate;
    Duration round_trip = kRoundTrip;
    std::deque<OnItsWay> under_way;
    Instant busy_until{};
    double credit = 0;
    std::size_t to_send = kWindowMax; ///< bytes a millisecond
    Tsn next{1};
    bool in_recovery = false;

    std::size_t in_flight() const { return under_way.size() * kPacket; }

    void step() {
        now += 1ms;
        acknowledge();
        const double pace = bbr.pacing_rate(round_trip) * 0.001;
        credit = std::min(credit + pace, std::max(2 * pace, 2.0 * kPacket));
        std::size_t left = 0;
        while (left < to_send && credit >= kPacket && in_flight() < bbr.window()) {
            busy_until = std::max(busy_until, now);
            busy_until += Duration{static_cast<std::int64_t>(1e9 * kPacket / rate)};
            under_way.push_back({now, busy_until + round_trip});
            credit -= kPacket;
            left += kPacket;
            next = next.next();
        }
        if (left == 0) return;
        const bool limited = left >= to_send && in_flight() < bbr.window();
        bbr.left({.in_flight = in_flight(), .application_limited = limited, .now = now});
    }
    void acknowledge() {
        const std::size_t before = in_flight();
        Instant sent_at{};
        std::size_t bytes = 0;
        while (!under_way.empty() && under_way.front().arrives <= now) {
            sent_at = under_way.front().sent_at;
            bytes += kPacket;
            under_way.pop_front();
        }
        if (bytes == 0) return;
        bbr.acked({.bytes = bytes,
                   .in_flight_before = before,
                   .in_flight = in_flight(),
                   .cumulative_advanced = true,
                   .in_recovery = in_recovery,
                   .newest = Tsn{next.value - static_cast<std::uint32_t>(under_way.size()) - 1},
                   .next = next,
                   .round_trip = now - sent_at,
                   .smoothed = round_trip,
                   .now = now});
    }
    void run_for(Duration duration) {
        for (const Instant end = now + duration; now < end;)
            step();
    }
    bool run_until(Bbr::Phase phase, Duration limit = 20s) {
        for (const Instant end = now + limit; now < end && bbr.phase() != phase;)
            step();
        return bbr.phase() == phase;
    }
    LossFound found() const {
        return {.in_flight = in_flight(),
                .first = Tsn{next.value - static_cast<std::uint32_t>(under_way.size())},
                .chunks = under_way.size(),
                .now = now};
    }
    /// The oldest packets under way are lost, and that is found now.
    void lose(std::size_t packets) {
        const LossFound before = found();
        bbr.lost(before);
        in_recovery = true;
        for (std::size_t i = 0; i < packets && !under_way.empty(); ++i) {
            bbr.found_lost({.tsn = before.first.plus(static_cast<std::uint32_t>(i)),
                            .bytes = kPacket,
                            .sent_at = under_way.front().sent_at});
            under_way.pop_front();
        }
        bbr.recovering({.delivered = 0, .in_flight = in_flight(), .cumulative_advanced = false});
    }
    void recover() {
        in_recovery = false;
        bbr.recovered();
    }
};

TEST_F(OnAPath, BeginsWithTenPacketsPacedByTheFirstRoundTrip) {
    EXPECT_EQ(bbr.window(), 10 * kPacket);
    EXPECT_NEAR(bbr.pacing_rate(100ms), 277'000, 1000);
}

TEST_F(OnAPath, DoublesUntilThePathIsFullAndDrainsWhatItQueued) {
    EXPECT_TRUE(run_until(Bbr::Phase::drain, 1s)) << "40 packets: two doublings, and three rounds";
    EXPECT_GT(in_flight(), 3 * kProduct / 2);
    EXPECT_TRUE(run_until(Bbr::Phase::cruise, 1s));
    EXPECT_LE(in_flight(), kProduct + 3 * kPacket);
}

TEST_F(OnAPath, SendsAtThePathsRate) {
    run_for(10s);
    ASSERT_TRUE(run_until(Bbr::Phase::cruise));
    EXPECT_NEAR(bbr.pacing_rate(kRoundTrip), kRate, 0.03 * kRate);
    EXPECT_NEAR(static_cast<double>(bbr.window()), 2.0 * kProduct, 0.2 * kProduct);
}

TEST_F(OnAPath, LooksForMoreEveryFewSecondsAndFindsIt) {
    run_for(5s);
    rate = 4 * kRate;
    run_for(10s);
    EXPECT_GT(bbr.pacing_rate(kRoundTrip), 3 * kRate);
}

TEST_F(OnAPath, ForgetsARateThatThePathDoesNotHaveAnyMore) {
    run_for(5s);
    rate = kRate / 4;
    run_for(20s);
    EXPECT_LT(bbr.pacing_rate(kRoundTrip), kRate / 2);
}

TEST_F(OnAPath, SpendsMostOfItsTimeAtTheRateAndLooksBothWays) {
    run_for(2s);
    std::array<int, 7> times{};
    for (int i = 0; i < 20'000; ++i) {
        step();
        ++times[static_cast<std::size_t>(bbr.phase())];
    }
    EXPECT_GT(times[static_cast<std::size_t>(Bbr::Phase::cruise)], 12'000);
    EXPECT_GT(times[static_cast<std::size_t>(Bbr::Phase::up)], 300);
    EXPECT_GT(times[static_cast<std::size_t>(Bbr::Phase::refill)], 100);
    EXPECT_GT(times[static_cast<std::size_t>(Bbr::Phase::down)], 100);
    EXPECT_EQ(times[static_cast<std::size_t>(Bbr::Phase::startup)], 0);
}

// The path gets longer by what could be a queue: it has to be emptied to be sure.
TEST_F(OnAPath, HoldsBackToSeeTheRoundTripWithoutAQueue) {
    run_for(3s);
    round_trip = 2 * kRoundTrip;
    ASSERT_TRUE(run_until(Bbr::Phase::probe_rtt));
    run_for(150ms);
    EXPECT_LE(in_flight(), kProduct);
    EXPECT_EQ(bbr.phase(), Bbr::Phase::probe_rtt);
    run_for(300ms);
    EXPECT_NE(bbr.phase(), Bbr::Phase::probe_rtt) << "200 ms and a round trip";
    run_for(15s);
    EXPECT_GT(bbr.window(), 3 * kProduct) << "twice as long: twice as much under way";
}

TEST_F(OnAPath, IsNotSlowedByAnApplicationThatHasLittleToSend) {
    run_for(3s);
    to_send = 100; // a packet a millisecond at most, and a hundredth of the path
    for (int i = 0; i < 300; ++i) {
        to_send = i % 100 == 0 ? kPacket : 0;
        run_for(100ms);
    }
    to_send = kWindowMax;
    run_for(1s);
    EXPECT_GT(bbr.pacing_rate(kRoundTrip), 0.85 * kRate);
}

TEST_F(OnAPath, HasNoBurstAfterAPause) {
    run_for(3s);
    to_send = 0;
    run_for(60s);
    EXPECT_EQ(in_flight(), 0u);
    to_send = kWindowMax;
    run_for(20ms);
    EXPECT_LE(in_flight(), kProduct) << "half a round trip at the rate, not all of a window";
}

// --- losses ---

TEST_F(OnAPath, LosesNothingOfItsRateToASingleLoss) {
    run_for(3s);
    ASSERT_TRUE(run_until(Bbr::Phase::cruise));
    const double before = bbr.pacing_rate(kRoundTrip);
    lose(1); // 1 of 40 a round trip: above one of fifty
    run_for(kRoundTrip);
    recover();
    run_for(200ms);
    EXPECT_GT(bbr.pacing_rate(kRoundTrip), 0.85 * before);
}

TEST_F(OnAPath, LetsAsManyLeaveAsArriveWhenARecoveryBegins) {
    run_for(3s);
    ASSERT_TRUE(run_until(Bbr::Phase::cruise));
    const std::size_t window = bbr.window();
    lose(10);
    EXPECT_EQ(bbr.window(), in_flight() + kPacket) << "the first goes at once";
    bbr.recovering(
        {.delivered = 3000, .in_flight = in_flight() - 3000, .cumulative_advanced = true});
    EXPECT_GE(bbr.window(), in_flight());
    EXPECT_LT(bbr.window(), window);
    recover();
    EXPECT_GE(bbr.window(), window);
}

TEST_F(OnAPath, BoundsWhatIsUnderWayWhereLookingForMoreLosesMuch) {
    run_for(3s);
    ASSERT_TRUE(run_until(Bbr::Phase::up));
    run_for(2 * kRoundTrip);
    ASSERT_EQ(bbr.phase(), Bbr::Phase::up);
    const std::size_t at_loss = in_flight();
    lose(8);
    EXPECT_EQ(bbr.phase(), Bbr::Phase::down);
    recover();
    run_for(kRoundTrip);
    EXPECT_LE(bbr.window(), at_loss);
    ASSERT_TRUE(run_until(Bbr::Phase::cruise));
    EXPECT_LE(bbr.window(), at_loss * 86 / 100) << "with headroom for others";
}

TEST_F(OnAPath, BecomesCautiousWhereMuchIsLostAtOtherTimes) {
    run_for(3s);
    ASSERT_TRUE(run_until(Bbr::Phase::cruise));
    const std::size_t window = bbr.window();
    lose(20);
    run_for(kRoundTrip);
    recover();
    run_for(2 * kRoundTrip);
    EXPECT_LT(bbr.window(), 0.8 * static_cast<double>(window));
    ASSERT_TRUE(run_until(Bbr::Phase::refill));
    run_for(2s);
    EXPECT_GT(bbr.window(), 0.9 * static_cast<double>(window)) << "until it looks again";
}

TEST_F(OnAPath, EndsItsStartWhereMuchIsLost) {
    for (int i = 0; i < 4; ++i)
        run_for(kRoundTrip);
    ASSERT_EQ(bbr.phase(), Bbr::Phase::startup);
    const LossFound before = found();
    bbr.lost(before);
    in_recovery = true;
    for (std::uint32_t i = 0; i < 16; i += 2) { // in eight places
        bbr.found_lost(
            {.tsn = before.first.plus(i), .bytes = kPacket, .sent_at = under_way.front().sent_at});
        under_way.pop_front();
    }
    run_for(2 * kRoundTrip);
    EXPECT_NE(bbr.phase(), Bbr::Phase::startup);
}

TEST_F(OnAPath, BeginsWithOnePacketAfterATimeoutAndIsBackSoon) {
    run_for(3s);
    bbr.timed_out(found());
    EXPECT_EQ(bbr.window(), kPacket);
    under_way.clear();
    run_for(10 * kRoundTrip);
    EXPECT_GT(bbr.window(), kProduct) << "the model is still known";
}

// RFC 3465 §2.3: a SACK that comes late speaks of what had been given up.
TEST_F(OnAPath, GrowsByNoMoreThanWasInFlight) {
    run_for(3s);
    bbr.timed_out(found());
    bbr.acked({.bytes = 30'000,
               .in_flight_before = kPacket,
               .in_flight = 0,
               .cumulative_advanced = true,
               .in_recovery = false,
               .now = now});
    EXPECT_LE(bbr.window(), 4 * kPacket);
}

TEST_F(OnAPath, TakesBackWhatALossDidThatWasNone) {
    run_for(3s);
    ASSERT_TRUE(run_until(Bbr::Phase::cruise));
    const std::size_t window = bbr.window();
    const Tsn first = found().first;
    lose(2);
    EXPECT_LT(bbr.window(), window);
    EXPECT_FALSE(bbr.found_arrived(first, now));
    EXPECT_TRUE(bbr.found_arrived(first.next(), now));
    EXPECT_GE(bbr.window(), window);
}

TEST_F(OnAPath, BelievesNoPeerForEverThatNothingWasLost) {
    run_for(3s);
    int believed = 0;
    for (int i = 0; i < 10; ++i) {
        const Tsn first = found().first;
        lose(1);
        believed += bbr.found_arrived(first, now) ? 1 : 0;
        in_recovery = false;
        run_for(kRoundTrip);
    }
    EXPECT_EQ(believed, 3);
}

TEST_F(OnAPath, FallsToSevenTenthsAtAMark) {
    run_for(3s);
    ASSERT_TRUE(run_until(Bbr::Phase::cruise));
    const auto window = static_cast<double>(bbr.window());
    bbr.marked();
    EXPECT_NEAR(static_cast<double>(bbr.window()), 0.7 * window, 2);
    run_for(4 * kRoundTrip);
    EXPECT_LE(static_cast<double>(bbr.window()), 0.7 * window + 2) << "until it looks again";
}

TEST_F(OnAPath, LooksForNoMoreWhereAMarkAnswers) {
    run_for(3s);
    ASSERT_TRUE(run_until(Bbr::Phase::up));
    bbr.marked();
    EXPECT_EQ(bbr.phase(), Bbr::Phase::down);
}

TEST_F(OnAPath, EndsItsStartAtAMark) {
    run_for(2 * kRoundTrip);
    ASSERT_EQ(bbr.phase(), Bbr::Phase::startup);
    bbr.marked();
    run_for(2 * kRoundTrip);
    EXPECT_NE(bbr.phase(), Bbr::Phase::startup);
}

TEST_F(OnAPath, SendsTrainsOfAMillisecondAndAtLeastTwoPackets) {
    run_for(3s);
    EXPECT_EQ(bbr.quantum(), 2 * kPacket);
    rate = 20 * kRate;
    run_for(20s);
    EXPECT_GT(bbr.quantum(), 15 * kPacket);
    EXPECT_LT(bbr.quantum(), 30 * kPacket);
}

} // namespace
} // namespace hawser::sctp
