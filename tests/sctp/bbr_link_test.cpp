// Congestion::bbr on links as there are: whole engines, in virtual time.
#include "support/pair.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kRate = 12'500'000; // 100 Mbit/s

Options with(Congestion congestion) {
    Options options;
    options.congestion = congestion;
    options.heartbeat_interval = Options::kHeartbeatOff;
    options.receive_window_bytes = 16 * 1024 * 1024;
    options.send_queue_bytes_max = 16 * 1024 * 1024;
    return options;
}

/// Hosts with a flow each to one other, through one link whose queue they share.
struct Bottleneck {
    struct Shape {
        Duration round_trip = 100ms;
        std::uint64_t rate = kRate;
        double queue = 1; ///< of what is under way without it
        double loss = 0;
        std::uint64_t seed = 1;
    };

    Bottleneck(const Shape& shape, std::initializer_list<Congestion> flows)
        : shape_{shape},
          world{shape.seed},
          z{world, Address::ipv4({10, 0, 0, 2}, 9899), with(Congestion::modern), 2} {
        EXPECT_TRUE(z.listen(5));
        world.network.link(z.id).latency = shape.round_trip / 2;
        for (const Congestion congestion : flows)
            add(congestion);
    }

    void add(Congestion congestion) {
        const auto number = static_cast<std::uint8_t>(10 + sides.size());
        Side& side = *sides.emplace_back(
            std::make_unique<Side>(world, Address::ipv4({10, 0, 0, number}, 9899), with(congestion),
                                   shape_.seed * 7 + number));
        test::Link& link = world.network.link(side.id);
        link.latency = shape_.round_trip / 2;
        link.loss = shape_.loss;
        link.bytes_per_second = shape_.rate;
        link.queue_bytes_max =
            static_cast<std::size_t>(shape_.queue * static_cast<double>(shape_.rate) *
                                     std::chrono::duration<double>(shape_.round_trip).count());
        if (sides.size() > 1) world.network.share_queue(side.id, sides.front()->id);
        EXPECT_TRUE(side.connect(world.network.address(z.id), 5));
        EXPECT_TRUE(world.run_until([&] { return side.is_connected(); }, 10s));
    }

    /// Gives each flow more than it can send for so long; answers the share of the link that each
    /// had.
    std::vector<double> pour(Duration duration) {
        std::vector<double> shares(sides.size());
        std::string message(20'000, 'x');
        for (const Instant end = world.now() + duration; world.now() < end;) {
            for (std::size_t i = 0; i < sides.size(); ++i) {
                message[0] = static_cast<char>(i);
                while (sides[i]->send(message)) {
                }
            }
            world.run_for(20ms);
            for (; !z.messages.empty(); z.messages.pop_front()) {
                const Bytes bytes = z.messages.front().payload.bytes();
                shares[std::to_integer<std::size_t>(bytes[0])] += static_cast<double>(bytes.size());
            }
        }
        for (double& share : shares)
            share /=
                static_cast<double>(shape_.rate) * std::chrono::duration<double>(duration).count();
        return shares;
    }
    double pour_one(Duration duration) { return pour(duration)[0]; }

    Shape shape_;
    test::World world;
    Side z;
    std::vector<std::unique_ptr<Side>> sides;
};

// What a full packet has beside message bytes is five of a hundred.
TEST(BbrLink, IsFullWhenItLosesNothing) {
    Bottleneck link{{}, {Congestion::bbr}};
    EXPECT_GT(link.pour_one(6s), 0.8) << "its start in it";
    EXPECT_GT(link.pour_one(10s), 0.93);
    EXPECT_EQ(link.sides[0]->status().timeouts, 0u);
}

// The queue would hold eight round trips.
TEST(BbrLink, HasAShortQueueHoweverLongItMayBe) {
    Bottleneck link{{.queue = 8}, {Congestion::bbr}};
    link.pour(10s);
    Duration longest{};
    for (int i = 0; i < 50; ++i) {
        link.pour(100ms);
        longest = std::max(longest, link.sides[0]->status().smoothed_rtt);
    }
    EXPECT_LT(longest, 160ms);
    EXPECT_EQ(link.world.network.datagrams_lost(), 0u);
}

TEST(BbrLink, IsFullWithASmallQueueToo) {
    Bottleneck link{{.queue = 0.1}, {Congestion::bbr}};
    link.pour(6s);
    EXPECT_GT(link.pour_one(10s), 0.85);
}

TEST(BbrLink, IsFullWhenItLosesOneOfAHundredByChance) {
    Bottleneck link{{.loss = 0.01}, {Congestion::bbr}};
    link.pour(6s);
    EXPECT_GT(link.pour_one(10s), 0.88);
    EXPECT_EQ(link.sides[0]->status().timeouts, 0u);
}

TEST(BbrLink, IsFullWhereItIsShortAndLosesOneOfAHundred) {
    Bottleneck link{{.round_trip = 20ms, .rate = 500'000, .loss = 0.01}, {Congestion::bbr}};
    EXPECT_GT(link.pour_one(20s), 0.85);
}

TEST(BbrLink, IsFullBelowTheRoundTripThatIsPaced) {
    Bottleneck link{{.round_trip = 400us, .queue = 4}, {Congestion::bbr}};
    EXPECT_GT(link.pour_one(3s), 0.85);
}

/// What two flows had of a link of 20 Mbit/s and 40 ms, the second of which came late.
std::vector<double> share_between(Congestion first, Congestion second, double queue) {
    Bottleneck link{{.round_trip = 40ms, .rate = 2'500'000, .queue = queue}, {first}};
    link.pour(5s);
    link.add(second);
    link.pour(10s);
    return link.pour(30s);
}

TEST(BbrLink, IsSharedWithAnotherOfItsKind) {
    for (const double queue : {0.5, 4.0}) {
        const auto shares = share_between(Congestion::bbr, Congestion::bbr, queue);
        EXPECT_GT(shares[0] + shares[1], 0.88) << "queue " << queue;
        EXPECT_GT(std::min(shares[0], shares[1]), 0.3) << "queue " << queue;
    }
}

// CUBIC takes more of a long queue, BBR of a short one.
TEST(BbrLink, IsSharedWithCubic) {
    for (const double queue : {0.5, 4.0}) {
        for (const bool comes_first : {true, false}) {
            const auto shares =
                share_between(comes_first ? Congestion::bbr : Congestion::modern,
                              comes_first ? Congestion::modern : Congestion::bbr, queue);
            EXPECT_GT(shares[0] + shares[1], 0.88) << "queue " << queue;
            EXPECT_GT(std::min(shares[0], shares[1]), 0.25)
                << "queue " << queue << (comes_first ? ", first" : ", second");
        }
    }
}

// Two classes of a flow, one of which takes three times as long: their path has one model.
TEST(BbrLink, IsFullWithClassesThatOvertakeEachOther) {
    Bottleneck link{{}, {Congestion::bbr}};
    Side& side = *link.sides[0];
    link.world.network.link(side.id).class_latency[Dscp::ef] = 10ms;
    SendOptions fast;
    fast.ancillary.dscp = Dscp::ef;
    const std::string message(20'000, 'x');
    std::size_t arrived = 0;
    const Instant begin = link.world.now();
    while (link.world.now() < begin + 10s) {
        while (side.send(message, fast) && side.send(message)) {
        }
        link.world.run_for(20ms);
        for (; !link.z.messages.empty(); link.z.messages.pop_front())
            arrived += message.size();
    }
    EXPECT_GT(static_cast<double>(arrived), 0.75 * 10 * kRate);
    EXPECT_EQ(side.status().timeouts, 0u);
}

// The path fails for three seconds, in which all that was under way is lost.
TEST(BbrLink, IsFullAgainSoonAfterItWasDown) {
    Bottleneck link{{}, {Congestion::bbr}};
    link.pour(5s);
    link.world.network.link(link.sides[0]->id).down = true;
    link.pour(3s);
    link.world.network.link(link.sides[0]->id).down = false;
    link.pour(4s);
    EXPECT_GT(link.pour_one(5s), 0.85);
}

// A tenth of its rate from one moment to the next, as on the radio.
TEST(BbrLink, FollowsARateThatFalls) {
    Bottleneck link{{}, {Congestion::bbr}};
    link.pour(5s);
    link.world.network.link(link.sides[0]->id).bytes_per_second = kRate / 10;
    link.pour(15s);
    EXPECT_GT(link.pour_one(10s), 0.08);
    EXPECT_LT(link.sides[0]->status().smoothed_rtt, 400ms);
}

} // namespace
} // namespace hawser::sctp
