// Two engines and two networks: what one of them loses the other brings across.
#include "support/homes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::Homes;

PathStatus::State state_of(const Side& side, std::size_t network, std::uint8_t host) {
    for (const PathStatus& path : side.engine->paths(side.association()))
        if (path.path.remote == Homes::address(network, host)) return path.state;
    ADD_FAILURE() << "no such path";
    return PathStatus::State::inactive;
}

/// The next event about a path, and no other.
std::optional<PathChanged::State> change(Side& side, const Address& remote) {
    const auto event = side.event<PathChanged>();
    if (!event || event->path.remote != remote) return std::nullopt;
    return event->state;
}

/// A file flows from `a` to `z`, 1000 bytes every millisecond.
struct Flow {
    explicit Flow(Pair& its_pair) : pair{its_pair} {}

    void run(Duration duration) {
        for (const Instant end = pair.now() + duration; pair.now() < end;) {
            if (pair.a.send(std::to_string(sent) + std::string(994, '.'))) ++sent;
            pair.run_for(1ms);
            take();
        }
    }
    void take() {
        while (const auto message = pair.z.received()) {
            EXPECT_EQ(std::stoul(*message), received) << "once, and in order";
            ++received;
            longest_silence = std::max(longest_silence, pair.now() - last_at);
            last_at = pair.now();
        }
    }
    void finish() {
        EXPECT_TRUE(
            pair.world.run_until([this] { return pair.a.status().queued_bytes == 0; }, 10min));
        take();
        EXPECT_EQ(received, sent) << "nothing is lost";
    }

    Pair& pair;
    std::size_t sent = 0;
    std::size_t received = 0;
    Instant last_at = pair.now();
    Duration longest_silence{};
};

/// Both addresses of both ends have answered, and that has been heard of.
struct BothUp : Homes {
    explicit BothUp(Duration latency, const Options& options = {}) : Homes{options} {
        this->latency(latency);
        EXPECT_TRUE(pair.connect());
        pair.run_for(5s);
        static_cast<void>(pair.a.event<PathChanged>());
    }
};

TEST(Failover, AsksTheOtherAddressOfEachEndBeforeItIsUsed) {
    Homes homes;
    homes.latency(10ms);
    ASSERT_TRUE(homes.pair.connect());
    EXPECT_EQ(homes.pair.a.engine->paths(homes.pair.a.association()).size(), 2u);
    EXPECT_EQ(state_of(homes.pair.a, 0, 2), PathStatus::State::active);
    EXPECT_EQ(state_of(homes.pair.a, 1, 2), PathStatus::State::unconfirmed);
    homes.pair.run_for(100ms);
    EXPECT_EQ(state_of(homes.pair.a, 1, 2), PathStatus::State::active);
    EXPECT_EQ(state_of(homes.pair.z, 1, 1), PathStatus::State::active);
    EXPECT_EQ(change(homes.pair.a, Homes::address(1, 2)), PathChanged::State::confirmed);
    EXPECT_EQ(change(homes.pair.z, Homes::address(1, 1)), PathChanged::State::confirmed);
}

TEST(Failover, BringsAllAcrossWhenThePrimaryPathDiesUnderLoad) {
    BothUp homes{10ms};
    Flow flow{homes.pair};
    flow.run(1s);
    homes.cut(0);
    flow.run(3s);
    EXPECT_LT(flow.longest_silence, 500ms);
    EXPECT_EQ(change(homes.pair.a, Homes::address(0, 2)), PathChanged::State::potentially_failed);
    EXPECT_EQ(homes.pair.a.status().path.remote, Homes::address(1, 2));
    flow.finish();
    EXPECT_TRUE(homes.pair.a.is_connected() && homes.pair.z.is_connected());
}

TEST(Failover, ReturnsToThePrimaryPathWhenItIsBack) {
    BothUp homes{10ms};
    Flow flow{homes.pair};
    homes.cut(0);
    flow.run(2s);
    EXPECT_EQ(homes.pair.a.status().path.remote, Homes::address(1, 2));
    homes.cut(0, false);
    flow.run(3s);
    EXPECT_EQ(homes.pair.a.status().path.remote, Homes::address(0, 2));
    EXPECT_EQ(state_of(homes.pair.a, 0, 2), PathStatus::State::active);
    flow.finish();
}

// RFC 9260 §6.4: the answers go where the DATA comes from, so one network alone is enough.
TEST(Failover, NeedsNothingOfTheOtherNetwork) {
    BothUp homes{10ms};
    ASSERT_TRUE(homes.pair.a.engine->set_primary(homes.pair.a.association(), Homes::address(1, 2),
                                                 homes.pair.now()));
    homes.cut(0);
    Flow flow{homes.pair};
    flow.run(1s);
    EXPECT_LT(flow.longest_silence, 50ms) << "z answers by the second, too";
    flow.finish();
    EXPECT_EQ(homes.pair.a.status().timeouts, 0u);
}

TEST(Failover, TakesOneAfterTheOtherAsTheyDie) {
    BothUp homes{5ms};
    Flow flow{homes.pair};
    for (int i = 0; i < 6; ++i) {
        homes.cut(i % 2 == 0 ? 0 : 1);
        flow.run(2s);
        homes.cut(i % 2 == 0 ? 0 : 1, false);
        flow.run(5s);
    }
    EXPECT_LT(flow.longest_silence, 1s);
    flow.finish();
}

TEST(Failover, GoesOnAfterBothWereDead) {
    BothUp homes{5ms};
    Flow flow{homes.pair};
    flow.run(100ms);
    homes.cut(0);
    homes.cut(1);
    flow.run(1s);
    homes.cut(1, false);
    flow.run(5s);
    flow.finish();
}

// Nobody is told of what nobody could use.
TEST(Failover, StaysSilentAboutAnAddressThatNeverAnswered) {
    Homes homes;
    homes.cut(1);
    ASSERT_TRUE(homes.pair.connect());
    homes.pair.run_for(10min);
    EXPECT_EQ(state_of(homes.pair.a, 1, 2), PathStatus::State::unconfirmed);
    EXPECT_FALSE(homes.pair.a.event<PathChanged>());
    EXPECT_TRUE(homes.pair.a.is_connected()) << "RFC 9260 §5.4: and it is no error of the peer's";
    homes.cut(1, false);
    homes.pair.run_for(10min);
    EXPECT_EQ(change(homes.pair.a, Homes::address(1, 2)), PathChanged::State::confirmed);
}

TEST(Failover, NoticesThatAnIdlePathHasDied) {
    BothUp homes{5ms};
    homes.cut(1);
    homes.pair.run_for(10min);
    const Address dead = Homes::address(1, 2);
    EXPECT_EQ(change(homes.pair.a, dead), PathChanged::State::potentially_failed);
    EXPECT_EQ(change(homes.pair.a, dead), PathChanged::State::inactive);
    EXPECT_FALSE(homes.pair.a.event<PathChanged>());
    EXPECT_TRUE(homes.pair.a.is_connected()) << "the other path answers";
    homes.cut(1, false);
    homes.pair.run_for(10min);
    EXPECT_EQ(change(homes.pair.a, dead), PathChanged::State::active);
}

TEST(Failover, ConnectsToTheSecondAddressWhenTheFirstIsDead) {
    Homes homes;
    homes.latency(5ms);
    homes.cut(0);
    ASSERT_TRUE(homes.pair.z.listen(Pair::kPort));
    ASSERT_TRUE(homes.pair.a.connect(Homes::address(0, 2), Pair::kPort,
                                     {.remote_addresses = {Homes::address(1, 2)}}));
    EXPECT_TRUE(homes.pair.world.run_until([&] { return homes.pair.a.is_connected(); }, 3s));
    EXPECT_EQ(homes.pair.a.status().path.remote, Homes::address(1, 2));
    Flow flow{homes.pair};
    flow.run(1s);
    flow.finish();
    EXPECT_EQ(homes.pair.z.status().path.remote, Homes::address(1, 1));
}

// By RFC 9260 alone: no potentially failed state, three seconds for a first timeout.
TEST(Failover, RetransmitsElsewhereByTheLetterOfTheRfc) {
    BothUp homes{10ms, Options::rfc9260()};
    Flow flow{homes.pair};
    flow.run(1s);
    homes.cut(0);
    flow.run(4s);
    EXPECT_FALSE(homes.pair.a.event<PathChanged>()) << "active still";
    flow.finish();
    const auto inactive = change(homes.pair.a, Homes::address(0, 2));
    EXPECT_TRUE(!inactive || inactive == PathChanged::State::inactive);
}

TEST(Failover, ChoosesNoPrimaryPathThatIsNoneOfThePeersOrUnproven) {
    Homes homes;
    homes.cut(1);
    ASSERT_TRUE(homes.pair.connect());
    Endpoint& engine = *homes.pair.a.engine;
    const auto id = homes.pair.a.association();
    EXPECT_EQ(engine.set_primary(id, Homes::address(1, 9), homes.pair.now()).error().code,
              Errc::invalid_argument);
    EXPECT_EQ(engine.set_primary(id, Homes::address(1, 2), homes.pair.now()).error().code,
              Errc::invalid_argument);
    EXPECT_TRUE(engine.set_primary(id, Homes::address(0, 2), homes.pair.now()));
    EXPECT_EQ(
        engine.set_primary(AssociationId{99}, Homes::address(0, 2), homes.pair.now()).error().code,
        Errc::not_found);
}

} // namespace
} // namespace hawser::sctp
