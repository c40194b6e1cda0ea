// Buffers that follow what a path carries: the receive window, and the send queue.
#include "sctp/rx/window_tuning.hpp"
#include "support/pair.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMegabyte = 1024 * 1024;

TEST(WindowTuning, GrowsToTwiceWhatIsTakenInARoundTrip) {
    WindowTuning tuning{Instant{1h}};
    tuning.taken(800);
    EXPECT_EQ(tuning.grown(1000, 9000, 100ms, Instant{1h} + 99ms), 1000u) << "not over yet";
    EXPECT_EQ(tuning.grown(1000, 9000, 100ms, Instant{1h} + 100ms), 1600u);
    EXPECT_EQ(tuning.growths(), 1u);
    tuning.taken(800);
    EXPECT_EQ(tuning.grown(1600, 9000, 100ms, Instant{1h} + 200ms), 1600u);
    EXPECT_EQ(tuning.growths(), 1u);
}

TEST(WindowTuning, GrowsByTheShareOfARoundTripWhereLittleComes) {
    WindowTuning tuning{Instant{1h}};
    tuning.taken(8000);
    EXPECT_EQ(tuning.grown(1000, 9000, 100ms, Instant{1h} + 1s), 1600u);
}

TEST(WindowTuning, NeverGetsSmallerNorLargerThanItMay) {
    WindowTuning tuning{Instant{1h}};
    EXPECT_EQ(tuning.grown(1000, 500, 100ms, Instant{1h} + 1s), 1000u);
    tuning.taken(100'000'000);
    EXPECT_EQ(tuning.grown(1000, 9000, 100ms, Instant{1h} + 2s), 9000u);
}

TEST(WindowTuning, AsksForTheRoundTripOnceASecond) {
    WindowTuning tuning{Instant{1h}};
    EXPECT_TRUE(tuning.asks(Instant{1h}));
    EXPECT_FALSE(tuning.asks(Instant{1h} + 999ms));
    EXPECT_TRUE(tuning.asks(Instant{1h} + 1s));
}

Options quiet(Options options = {}) {
    options.heartbeat_interval = Options::kHeartbeatOff;
    return options;
}

/// 100 Mbit/s, and nobody has said anything of windows.
struct LongLink : Pair {
    explicit LongLink(Duration round_trip, const Options& both = quiet()) : Pair{both} {
        latency(round_trip / 2);
        test::Link& link = network().link(a.id);
        link.bytes_per_second = kRate;
        link.queue_bytes_max =
            static_cast<std::size_t>(kRate * std::chrono::duration<double>(round_trip).count());
        EXPECT_TRUE(connect());
    }
    /// Sends whenever there is room, as an application does that goes on at SendQueueLow; answers
    /// the share of the link.
    double pour(Duration duration) {
        const std::string message(20'000, 'x');
        std::size_t arrived = 0;
        bool waits = false;
        for (const Instant end = now() + duration; now() < end;) {
            waits = waits && !a.event<SendQueueLow>();
            while (!waits)
                waits = !a.send(message);
            run_for(5ms);
            for (; reads && !z.messages.empty(); z.messages.pop_front())
                arrived += message.size();
        }
        return static_cast<double>(arrived) /
               (kRate * std::chrono::duration<double>(duration).count());
    }
    bool reads = true;

private:
    static constexpr double kRate = 12.5e6;
};

TEST(Buffers, FillALongPathByDefault) {
    LongLink link{200ms};
    link.pour(10s);
    EXPECT_GT(link.pour(10s), 0.9);
    EXPECT_GT(link.z.status().receive_window_bytes, 5 * kMegabyte / 2) << "as much is under way";
    EXPECT_LE(link.z.status().receive_window_bytes, 8 * kMegabyte);
    EXPECT_GT(link.z.status().receive_window_growths, 1u);
    EXPECT_GT(link.a.status().send_queue_bytes_max, 4 * kMegabyte);
    EXPECT_LE(link.a.status().send_queue_bytes_max, 16 * kMegabyte);
}

TEST(Buffers, StayWhatTheyWereWhereTheyMayNotGrow) {
    Options options = quiet();
    options.receive_window_bytes_max = 0;
    options.send_queue_bytes_grown_max = 0;
    LongLink link{200ms, options};
    EXPECT_LT(link.pour(10s), 0.5);
    EXPECT_EQ(link.z.status().receive_window_bytes, kMegabyte);
    EXPECT_EQ(link.z.status().receive_window_growths, 0u);
    EXPECT_EQ(link.a.status().send_queue_bytes_max, 4 * kMegabyte);
}

TEST(Buffers, StayWhatTheyWereOnAShortPath) {
    LongLink link{10ms};
    EXPECT_GT(link.pour(5s), 0.9);
    EXPECT_EQ(link.z.status().receive_window_bytes, kMegabyte);
    EXPECT_EQ(link.a.status().send_queue_bytes_max, 4 * kMegabyte);
}

// What nobody reads does not count, however much comes.
TEST(Buffers, DoNotGrowForAPeerWhoseMessagesNobodyTakes) {
    Options options = quiet();
    options.window_credit = WindowCredit::on_release;
    LongLink link{200ms, options};
    link.reads = false;
    link.pour(10s);
    EXPECT_EQ(link.z.status().receive_window_bytes, kMegabyte);
}

// All the memory of the endpoint is taken: each has a small window, however large it had become.
TEST(Buffers, GiveWayWhereMemoryIsScarce) {
    Options options = quiet();
    options.receive_bytes_max = 64 * 1024;
    options.window_credit = WindowCredit::on_release;
    LongLink link{200ms, options};
    link.reads = false;
    link.pour(3s);
    EXPECT_LE(link.a.status().peer_window_bytes, 16 * 1024u);
}

TEST(Buffers, CostNothingWhileLittleIsSent) {
    LongLink link{200ms};
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(link.a.send("now and then"));
        link.run_for(1s);
    }
    EXPECT_EQ(link.z.status().receive_window_growths, 0u);
    EXPECT_EQ(link.z.status().smoothed_rtt, Duration{}) << "nobody asked";
}

// The server has measured nothing: one HEARTBEAT, and none where the round trip is known.
TEST(Buffers, AskOnceForTheRoundTrip) {
    LongLink link{200ms};
    EXPECT_EQ(link.z.status().smoothed_rtt, Duration{});
    link.pour(3s);
    const Duration round_trip = link.z.status().smoothed_rtt;
    EXPECT_GE(round_trip, 200ms);
    link.pour(3s);
    EXPECT_EQ(link.z.status().smoothed_rtt, round_trip) << "asked once";
}

} // namespace
} // namespace hawser::sctp
