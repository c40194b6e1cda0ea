// Whole engines on links as there are: narrow, lossy, shared, and now and then late.
#include "support/pair.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::WireDatagram;

constexpr std::uint64_t kRate = 12'500'000; // 100 Mbit/s

Options wide(Options options = Options::modern()) {
    options.heartbeat_interval = Options::kHeartbeatOff;
    options.receive_window_bytes = 8 * 1024 * 1024;
    options.send_queue_bytes_max = 16 * 1024 * 1024;
    return options;
}

/// Whatever leaves `a` waits for a link; its queue holds a round trip.
struct Narrow : Pair {
    explicit Narrow(Duration round_trip, std::uint64_t rate = kRate, const Options& both = wide(),
                    std::uint64_t seed = 1)
        : Pair{both, seed}, rate_{rate} {
        latency(round_trip / 2);
        test::Link& link = network().link(a.id);
        link.bytes_per_second = rate;
        link.queue_bytes_max = static_cast<std::size_t>(
            static_cast<double>(rate) * std::chrono::duration<double>(round_trip).count());
        EXPECT_TRUE(connect());
    }
    /// One more association to the same host, over the same link.
    AssociationId another() {
        const auto flow = a.connect({network().address(z.id)}, kPort);
        run_for(1s);
        return flow.value();
    }
    /// Keeps the queue of each full for so long; answers the share of the link that each had.
    template <std::size_t N>
    std::array<double, N> pour(const std::array<AssociationId, N>& flows, Duration duration) {
        std::array<std::size_t, N> arrived{};
        std::string message(50'000, 'x');
        for (const Instant end = now() + duration; now() < end;) {
            for (std::size_t i = 0; i < N; ++i) {
                message[0] = static_cast<char>(i);
                while (a.engine->send(flows[i], std::as_bytes(std::span{message}), {}, now())) {
                }
            }
            run_for(20ms);
            for (; !z.messages.empty(); z.messages.pop_front())
                arrived[std::to_integer<std::size_t>(z.messages.front().payload.bytes()[0])] +=
                    message.size();
        }
        std::array<double, N> shares{};
        const double all =
            static_cast<double>(rate_) * std::chrono::duration<double>(duration).count();
        for (std::size_t i = 0; i < N; ++i)
            shares[i] = static_cast<double>(arrived[i]) / all;
        return shares;
    }
    double pour(Duration duration) { return pour(std::array{a.association()}, duration)[0]; }
    std::size_t window() const { return a.status().congestion_window_bytes; }

private:
    std::uint64_t rate_;
};

TEST(SharedLink, IsFullWhenItLosesNothing) {
    Narrow link{100ms};
    EXPECT_GT(link.pour(10s), 0.82) << "slow start, and what its end costs";
    EXPECT_GT(link.pour(10s), 0.95) << "all, but for the headers";
    EXPECT_EQ(link.a.status().timeouts, 0u);
}

// A queue without an end: nothing is lost, and still HyStart++ sees that it fills. Slow start would
// be at 8 MB by then.
TEST(SharedLink, SeesTheQueueThatSlowStartFills) {
    Narrow link{100ms};
    link.network().link(link.a.id).queue_bytes_max = 100'000'000;
    link.pour(1500ms);
    EXPECT_LT(link.window(), 6'500'000u);
    EXPECT_EQ(link.network().datagrams_lost(), 0u);
}

// Thousands of holes, and a SACK has room to report 256: what it does not speak of is not lost.
TEST(SharedLink, RepairsOnlyWhatIsLostAtTheEndOfSlowStart) {
    Narrow link{100ms};
    link.pour(3s);
    const auto lost = static_cast<double>(link.network().datagrams_lost());
    EXPECT_GT(lost, 1000);
    EXPECT_LT(static_cast<double>(link.a.status().chunks_retransmitted), 1.2 * lost);
    EXPECT_EQ(link.a.status().timeouts, 0u);
}

// One of a hundred is lost by chance. With 20 ms an AIMD of Reno's kind has about 14 packets under
// way, a tenth of what the link would take at 100 Mbit/s; here the link takes 8.
TEST(SharedLink, KeepsAHighShareOfALinkThatLosesOneOfAHundred) {
    Narrow link{20ms, 500'000};
    link.network().link(link.a.id).loss = 0.01;
    EXPECT_GT(link.pour(20s), 0.75);
    EXPECT_LT(link.a.status().timeouts, 5u);
}

TEST(SharedLink, IsSharedEvenly) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        Narrow link{40ms, 2'500'000, wide(), seed};
        const AssociationId first = link.a.association();
        link.pour(std::array{first}, 5s); // the second one comes late
        const AssociationId second = link.another();
        link.pour(std::array{first, second}, 20s);
        const auto [one, other] = link.pour(std::array{first, second}, 40s);
        EXPECT_GT(one + other, 0.9);
        EXPECT_GT(one / (one + other), 0.4) << "seed " << seed;
        EXPECT_LT(one / (one + other), 0.6) << "seed " << seed;
    }
}

/// A flow in congestion avoidance, some of which comes late.
struct Late : Narrow {
    explicit Late(const Options& both = wide()) : Narrow{100ms, kRate, both} {
        network().link(a.id).loss = 0.001;
        while (a.status().fast_retransmits == 0)
            pour(100ms);
        network().link(a.id).loss = 0;
        pour(2s);
        before = a.status();
    }
    /// All that leaves in this time comes so much later.
    void hold_back(Duration during, Duration late) {
        network().link(a.id).latency += late;
        run_for(during);
        network().link(a.id).latency -= late;
    }
    std::uint64_t sent_again() const {
        return a.status().chunks_retransmitted - before.chunks_retransmitted;
    }
    Status before;
};

// RFC 8985 §6.2, Eifel's idea: an answer sooner than the path allows is one to what left first.
TEST(LateBurst, LeavesTheWindowAsItWas) {
    Late link;
    link.hold_back(2ms, 60ms);
    link.pour(120ms);
    EXPECT_GT(link.sent_again(), 0u);
    EXPECT_LT(link.window(), link.before.congestion_window_bytes) << "it seems to be lost";
    link.pour(80ms); // before anything is reported as a duplicate
    EXPECT_GE(link.window(), link.before.congestion_window_bytes);
    EXPECT_LT(link.sent_again(), 60u);
}

// Part of it comes before it could be sent again.
TEST(LateBurst, LeavesTheWindowAsItWasWhenItIsLong) {
    Late link;
    link.hold_back(20ms, 60ms);
    link.pour(500ms);
    EXPECT_GT(link.sent_again(), 50u);
    EXPECT_GE(link.window(), link.before.congestion_window_bytes);
}

// So late that what was sent again comes first: then the late ones are reported as duplicates.
TEST(LateBurst, LeavesTheWindowAsItWasWhenItComesLast) {
    Late link;
    link.hold_back(2ms, 150ms);
    link.pour(240ms);
    EXPECT_GT(link.sent_again(), 0u);
    EXPECT_LT(link.window(), link.before.congestion_window_bytes);
    link.pour(300ms);
    EXPECT_GE(link.window(), link.before.congestion_window_bytes);
    EXPECT_EQ(link.a.status().timeouts, 0u);
}

TEST(LateBurst, LeavesTheWindowAsItWasByTheRulesOfRfc9260Too) {
    Options options = wide();
    options.recovery = Recovery::rfc9260; // three misses
    Late link{options};
    link.hold_back(2ms, 60ms);
    link.pour(600ms);
    EXPECT_GT(link.sent_again(), 0u);
    EXPECT_GE(link.window(), link.before.congestion_window_bytes);
}

// One that was lost indeed among them: the window stays smaller.
TEST(LateBurst, IsNoExcuseForALoss) {
    Late link;
    link.drop_next(link.a);
    link.hold_back(2ms, 60ms);
    link.pour(600ms);
    EXPECT_LT(link.window(), link.before.congestion_window_bytes);
}

// All that is under way stands still for most of a second, and nothing is lost.
TEST(LateBurst, LeavesTheWindowAsItWasAfterATimeout) {
    Late link;
    link.hold_back(300ms, 700ms);
    link.pour(100ms);
    EXPECT_GT(link.a.status().timeouts, 0u);
    link.pour(700ms);
    EXPECT_GE(link.window(), link.before.congestion_window_bytes);
    link.pour(1300ms);
    EXPECT_GE(link.window(), link.before.congestion_window_bytes) << "nor has it idled";
}

} // namespace
} // namespace hawser::sctp
