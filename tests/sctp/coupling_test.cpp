// What a window grows by beside those of other paths: RFC 6356 §3, as a share of what it would
// alone.
#include "sctp/tx/congestion.hpp"
#include "sctp/tx/cubic.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPacket = 1000;

/// Bytes that ten full windows add in congestion avoidance.
std::size_t growth(Congestion kind, double share) {
    const auto window = make_congestion_controller(kind, kPacket);
    Instant now{1h};
    window->lost({.in_flight = window->window(), .first = Tsn{1}, .chunks = 4, .now = now});
    window->recovered();
    const std::size_t before = window->window();
    for (int i = 0; i < 10; ++i) {
        now += 100ms;
        window->acked({.bytes = window->window(),
                       .in_flight_before = window->window(),
                       .cumulative_advanced = true,
                       .in_recovery = false,
                       .round_trip = 100ms,
                       .smoothed = 100ms,
                       .now = now,
                       .share = share});
    }
    return window->window() - before;
}

TEST(Coupling, LetsAWindowOfRfc9260GrowByItsShare) {
    const std::size_t alone = growth(Congestion::rfc9260, 1);
    EXPECT_EQ(growth(Congestion::rfc9260, 0.5), alone / 2);
    EXPECT_LE(growth(Congestion::rfc9260, 0.25), alone / 4 + kPacket);
}

TEST(Coupling, LetsCubicGoAsMuchSlower) {
    const std::size_t alone = growth(Congestion::modern, 1);
    EXPECT_LT(growth(Congestion::modern, 0.5), alone);
    EXPECT_GT(growth(Congestion::modern, 0.5), alone / 4);
}

// With half of the growth the curve is where it would be in half of the time.
TEST(Coupling, StretchesTheCurve) {
    const auto window_after = [](Duration time, double share) {
        Cubic cubic;
        double window = cubic.lost(1000);
        Instant now{1h};
        for (Duration at{}; at < time; at += 100ms, now += 100ms)
            window = cubic.acked(window, window, 100ms, now, share);
        return window;
    };
    EXPECT_NEAR(window_after(8s, 0.5), window_after(4s, 1), 15);
    EXPECT_NEAR(window_after(16s, 0.25), window_after(4s, 1), 15);
}

TEST(Coupling, LeavesSlowStartAlone) {
    for (const Congestion kind : {Congestion::rfc9260, Congestion::modern}) {
        const auto window = make_congestion_controller(kind, kPacket);
        const std::size_t before = window->window();
        window->acked({.bytes = kPacket,
                       .in_flight_before = before,
                       .cumulative_advanced = true,
                       .in_recovery = false,
                       .now = Instant{1h},
                       .share = 0.1});
        EXPECT_EQ(window->window(), before + kPacket);
    }
}

} // namespace
} // namespace hawser::sctp
