#include "support/simulated_link.hpp"

#include <gtest/gtest.h>

#include <array>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using Fate = SimulatedLink::Fate;
using Time = SimulatedLink::Time;

/// 1000 bytes a millisecond, 10 ms.
constexpr LinkShape kPlain{
    .bytes_per_second = 1e6, .delay = 10ms, .queue_bytes = 3'000, .header_bytes = 0};

Fate send(SimulatedLink& link, Time now, std::size_t size = 1'000, bool can_be_marked = false) {
    static constexpr std::array<std::byte, 2'000> kBytes{};
    return link.send(kBytes.data(), size, now, can_be_marked);
}

/// When each packet arrives, asked for at the instant that the link tells.
std::vector<Time> arrivals(SimulatedLink& link) {
    std::vector<Time> all;
    while (const auto next = link.next()) {
        EXPECT_FALSE(link.arrival(*next - 1ns).has_value());
        EXPECT_TRUE(link.arrival(*next).has_value());
        all.push_back(*next);
    }
    return all;
}

TEST(SimulatedLink, DelaysAndSendsOneAfterTheOther) {
    SimulatedLink link{kPlain};
    send(link, 0ms);
    send(link, 0ms, 500);
    send(link, 5ms);
    EXPECT_EQ(arrivals(link), (std::vector<Time>{11ms, 11'500us, 16ms}));
}

TEST(SimulatedLink, CountsHeaders) {
    LinkShape shape = kPlain;
    shape.header_bytes = 1'000;
    SimulatedLink link{shape};
    send(link, 0ms);
    EXPECT_EQ(arrivals(link), std::vector<Time>{12ms});
}

TEST(SimulatedLink, LosesWhatFindsMoreWaitingThanTheQueueHolds) {
    SimulatedLink link{kPlain};
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(send(link, 0ms), Fate::carried) << i;
    EXPECT_EQ(send(link, 0ms), Fate::no_room);
    EXPECT_EQ(send(link, 999us), Fate::no_room);
    EXPECT_EQ(send(link, 1ms), Fate::carried); // one has left
    EXPECT_EQ(arrivals(link).back(), 15ms);
}

TEST(SimulatedLink, CountsPacketsThatWait) {
    LinkShape shape = kPlain;
    shape.queue_packets_max = 2;
    SimulatedLink link{shape};
    EXPECT_EQ(send(link, 0ms, 10), Fate::carried);
    EXPECT_EQ(send(link, 0ms, 10), Fate::carried);
    EXPECT_EQ(send(link, 0ms, 10), Fate::no_room);
    EXPECT_EQ(send(link, 10us, 10), Fate::carried);
}

TEST(SimulatedLink, MarksWhatFindsMoreWaitingIfItCanBeMarked) {
    LinkShape shape = kPlain;
    shape.mark_bytes = 1'000;
    SimulatedLink link{shape};
    EXPECT_EQ(send(link, 0ms, 1'000, true), Fate::carried);
    EXPECT_EQ(send(link, 0ms, 1'000, true), Fate::carried);
    EXPECT_EQ(send(link, 0ms, 1'000, false), Fate::carried);
    EXPECT_EQ(send(link, 0ms, 1'000, true), Fate::marked);
    EXPECT_EQ(send(link, 0ms, 1'000, true), Fate::no_room);
    std::vector<bool> marked;
    while (const auto packet = link.arrival(1s))
        marked.push_back(packet->marked);
    EXPECT_EQ(marked, (std::vector{false, false, false, true}));
}

TEST(SimulatedLink, LosesByChanceAndBySeed) {
    LinkShape shape = kPlain;
    shape.loss = 0.1;
    const auto run = [&shape](std::uint64_t seed) {
        shape.seed = seed;
        SimulatedLink link{shape};
        std::vector<Fate> fates;
        for (int i = 0; i < 10'000; ++i)
            fates.push_back(send(link, i * 1ms));
        return fates;
    };
    const auto fates = run(7);
    EXPECT_EQ(fates, run(7));
    EXPECT_NE(fates, run(8));
    EXPECT_NEAR(static_cast<double>(std::ranges::count(fates, Fate::lost)), 1'000, 100);
}

TEST(SimulatedLink, LetsPacketsOvertakeThoseThatAreHeldBack) {
    LinkShape shape = kPlain;
    shape.held_back = 0.3;
    shape.hold_back = 2'500us;
    SimulatedLink link{shape};
    for (std::size_t i = 0; i < 200; ++i)
        send(link, static_cast<Time::rep>(i) * 1ms, i + 1);
    std::size_t overtaking = 0;
    std::size_t held_back = 0;
    std::size_t largest = 0; // sizes count up, so they tell which packet it is
    Time before{};
    while (const auto at = link.next()) {
        EXPECT_LE(before, *at);
        before = *at;
        const std::size_t size = link.arrival(*at)->bytes.size();
        const Time late = *at - 10ms - static_cast<Time::rep>(size - 1) * 1ms - size * 1us;
        EXPECT_TRUE(late == 0us || late == 2'500us) << size;
        if (late > 0us) ++held_back;
        if (size < largest) ++overtaking;
        largest = std::max(largest, size);
    }
    EXPECT_EQ(largest, 200U);
    EXPECT_NEAR(static_cast<double>(held_back), 60, 25);
    EXPECT_GT(overtaking, held_back / 2);
}

} // namespace
} // namespace hawser::test
