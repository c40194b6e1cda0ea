#include "driver/echo_engine.hpp"
#include "net/deaf_neighbour.hpp"
#include "net/wire.hpp"

#include "support/allocations.hpp"

#include <cerrno>

namespace hawser {
namespace {

using namespace std::chrono_literals;
using net::test::Arrived;
using net::test::datagram;
using net::test::DeafNeighbour;
using net::test::in_private_network;
using net::test::kPatience;
using net::test::path_to;
using net::test::pool;
using net::test::receive;
using net::test::receive_one;
using net::test::send_one;
using net::test::train;
using test::EchoEngine;

std::vector<net::Socket> sockets(net::UdpSocket first) {
    std::vector<net::Socket> list;
    list.push_back(std::move(first));
    return list;
}

class DriverTest : public testing::Test {
protected:
    DriverTest()
        : engine_{pool()},
          driver_{engine_, sockets(net::test::open({.local = Address::any(Family::ipv6)}))},
          peer_{net::test::open({.local = Address::any(Family::ipv6)})} {}

    Path to_driver(Family family) const { return path_to(driver_.sockets()[0], family); }
    Path to_peer(Family family) const { return path_to(peer_, family); }
    /// Pumps until the engine has heard `count` datagrams.
    void hear(std::size_t count) {
        const Instant until = net::Clock::now() + kPatience;
        while (engine_.received < count && net::Clock::now() < until)
            driver_.wait(until);
        EXPECT_EQ(engine_.received, count);
    }

    EchoEngine engine_;
    Driver<EchoEngine> driver_;
    net::UdpSocket peer_;
};

TEST_F(DriverTest, AnswersFromTheAddressThatWasAsked) {
    Path path = to_driver(Family::ipv4);
    path.remote = Address::ipv4({127, 0, 0, 9}, path.remote.port());
    ASSERT_TRUE(send_one(peer_, datagram(path, "hello")).refused.empty());
    hear(1);
    const Arrived answer = receive_one(peer_);
    EXPECT_EQ(answer.bytes, "hello");
    EXPECT_EQ(answer.path.remote, path.remote);
}

TEST_F(DriverTest, CarriesMarkingsBothWays) {
    Ancillary ancillary;
    ancillary.dscp = Dscp::af31;
    ancillary.ecn = Ecn::ce;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        ASSERT_TRUE(send_one(peer_, datagram(to_driver(family), "x", ancillary)).refused.empty());
        hear(family == Family::ipv4 ? 1 : 2);
        const Arrived answer = receive_one(peer_);
        EXPECT_EQ(answer.ancillary.dscp, Dscp::af31);
        EXPECT_EQ(answer.ancillary.ecn, Ecn::ce);
    }
}

// What an engine answers to a batch it answers once: it is asked when it has heard all of it.
TEST_F(DriverTest, FlushesOnceForABatchOfDatagrams) {
    engine_.echoes = false;
    constexpr std::size_t kSent = net::ReceiveBatch::kMessages / 2;
    for (std::size_t i = 0; i < kSent; ++i)
        ASSERT_TRUE(send_one(peer_, datagram(to_driver(Family::ipv6), "x")).refused.empty());
    ASSERT_TRUE(net::wait(driver_.fds(), net::Clock::now() + kPatience, {}));
    driver_.pump();
    EXPECT_EQ(engine_.received, kSent);
    EXPECT_EQ(engine_.polled, 1u);
}

TEST_F(DriverTest, SendsWhatTheEngineSaysAtAFlush) {
    for (int i = 0; i < 200; ++i)
        engine_.say(to_peer(Family::ipv6), std::to_string(i));
    driver_.flush();
    const auto arrived = receive(peer_, 200);
    ASSERT_EQ(arrived.size(), 200u);
    for (std::size_t i = 0; i < 200; ++i)
        EXPECT_EQ(arrived[i].bytes, std::to_string(i));
}

TEST_F(DriverTest, NumbersDatagramsInTheOrderTheyCame) {
    const Transmit five = train(to_driver(Family::ipv6), 5, 100);
    ASSERT_TRUE(send_one(peer_, five).refused.empty());
    ASSERT_TRUE(send_one(peer_, datagram(to_driver(Family::ipv6), "x")).refused.empty());
    hear(6);
    std::uint64_t expected = 0;
    while (auto event = engine_.poll_event()) {
        EXPECT_EQ(std::get<EchoEngine::Heard>(*event).id, static_cast<PacketId>(++expected));
    }
    EXPECT_EQ(expected, 6u);
}

TEST_F(DriverTest, TellsTheEngineTheTimeWhenItIsDue) {
    const Instant start = net::Clock::now();
    engine_.wake_at = start + 1h;
    EXPECT_EQ(driver_.deadline(), start + 1h);
    driver_.pump(start);
    EXPECT_EQ(engine_.advanced, 0u);
    driver_.pump(start + 1h);
    EXPECT_EQ(engine_.advanced, 1u);
    EXPECT_EQ(driver_.deadline(), kNever);
}

TEST_F(DriverTest, WaitsForTheEnginesDeadlineWithoutASocketBeingReady) {
    engine_.wake_at = net::Clock::now() + 2ms;
    EXPECT_FALSE(driver_.wait(kNever));
    EXPECT_EQ(engine_.advanced, 1u);
}

TEST_F(DriverTest, WaitsAwakeForTheFirstDatagram) {
    ASSERT_TRUE(send_one(peer_, datagram(to_driver(Family::ipv6), "x")).refused.empty());
    EXPECT_TRUE(driver_.wait(net::Clock::now() + kPatience, 1s));
    EXPECT_EQ(engine_.received, 1u);
}

TEST_F(DriverTest, TellsTheEngineThatNobodyListens) {
    engine_.echoes = false;
    const Path gone = path_to(net::test::open({.local = Address::any(Family::ipv6)}), Family::ipv4);
    engine_.say(gone, "x");
    driver_.flush();
    driver_.wait(net::Clock::now() + kPatience);
    ASSERT_EQ(engine_.path_events.size(), 1u);
    EXPECT_EQ(engine_.path_events[0].kind, PathEvent::Kind::unreachable);
    EXPECT_EQ(engine_.path_events[0].path.remote, gone.remote);
    const std::uint16_t port = driver_.sockets()[0].local_address().port();
    EXPECT_EQ(engine_.path_events[0].path.local, Address::loopback(Family::ipv4, port));
}

TEST_F(DriverTest, TellsTheEngineOfARefusedMarkingAndGoesOn) {
    Ancillary odd;
    odd.extra.push_back({.level = SOL_SOCKET, .type = 9999, .data = std::vector<std::byte>(4)});
    engine_.say(to_peer(Family::ipv6), "one");
    engine_.say(to_peer(Family::ipv6), "refused", odd);
    engine_.say(to_peer(Family::ipv6), "two");
    driver_.flush();
    ASSERT_EQ(engine_.path_events.size(), 1u);
    EXPECT_EQ(engine_.path_events[0].kind, PathEvent::Kind::send_refused);
    EXPECT_EQ(engine_.path_events[0].ancillary, odd) << "the engine can tell whose it was";
    EXPECT_EQ(engine_.path_events[0].os_errno, EINVAL);
    EXPECT_EQ(engine_.path_events[0].path, to_peer(Family::ipv6));
    const auto arrived = receive(peer_, 2);
    ASSERT_EQ(arrived.size(), 2u);
    EXPECT_EQ(arrived[1].bytes, "two");
}

TEST_F(DriverTest, ChecksAMarkingBeforeAnythingIsSent) {
    Ancillary label;
    label.flow_label = 7;
    EXPECT_TRUE(driver_.check(label, to_peer(Family::ipv6)).has_value());
    const auto refused = driver_.check(label, to_peer(Family::ipv4));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::unsupported);
}

TEST_F(DriverTest, HoldsNothingUntilItsSendTime) {
    Ancillary later;
    later.send_at = SendTime{net::Clock::now() + 1h};
    const auto refused = driver_.check(later, to_peer(Family::ipv6));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::unsupported);
}

TEST_F(DriverTest, OffersTrainsAndNoRoomAroundThem) {
    driver_.flush();
    EXPECT_EQ(engine_.last_framing.headroom, 0u);
    EXPECT_EQ(engine_.last_framing.tailroom, 0u);
    EXPECT_EQ(engine_.last_framing.train_segments_max, 64u);
    EXPECT_EQ(engine_.last_framing.train_bytes_max, 65'507u);
}

TEST_F(DriverTest, ReturnsToItsOwnerThoughThePeerNeverStops) {
    engine_.echoes = false;
    // More than the batches of one pump hold: 4 of 64.
    for (int i = 0; i < 400; ++i) {
        Ancillary each; // no two in one train
        each.dscp = static_cast<Dscp>(i % 2);
        ASSERT_TRUE(send_one(peer_, datagram(to_driver(Family::ipv6), "x", each)).refused.empty());
    }
    driver_.pump();
    EXPECT_EQ(engine_.received, 256u);
    EXPECT_LE(driver_.deadline(), net::Clock::now()); // at once
    driver_.pump();
    EXPECT_EQ(engine_.received, 400u);
    EXPECT_EQ(driver_.deadline(), kNever);
}

TEST_F(DriverTest, ReturnsToItsOwnerThoughTheEngineNeverStops) {
    const std::size_t flood =
        Driver<EchoEngine>::kBatchesPerFlush * SocketSet::kBatchTransmits + 100;
    for (std::size_t i = 0; i < flood; ++i)
        engine_.say(to_peer(Family::ipv6), "x");
    driver_.flush();
    EXPECT_EQ(driver_.sockets()[0].counters().sent, flood - 100);
    EXPECT_LE(driver_.deadline(), net::Clock::now());
    driver_.flush();
    EXPECT_EQ(driver_.sockets()[0].counters().sent, flood);
    EXPECT_EQ(driver_.deadline(), kNever);
}

TEST_F(DriverTest, CostsNoAllocationInSteadyState) {
    engine_.echoes = false;
    engine_.records = false;
    net::ReceiveBatch batch;
    std::size_t heard = 0;
    const auto round = [&] {
        ASSERT_TRUE(send_one(peer_, train(to_driver(Family::ipv6), 50, 1200)).refused.empty());
        heard += 50;
        hear(heard);
    };
    for (int i = 0; i < 10; ++i)
        round();
    const std::uint64_t before = test::allocations();
    for (int i = 0; i < 50; ++i)
        round();
    EXPECT_EQ(test::allocations() - before, 0u);
}

TEST(DriverSockets, AreChosenByTheAddressOfThePath) {
    EchoEngine engine{pool()};
    Driver<EchoEngine> driver{engine, {}};
    driver.add_socket(net::test::open({.local = Address::any(Family::ipv4)}));
    driver.add_socket(net::test::open({.local = Address::ipv4({127, 0, 0, 8})}));
    driver.add_socket(net::test::open({.local = Address::loopback(Family::ipv6)}));
    ASSERT_EQ(driver.fds().size(), 3u);
    const auto port = [&](std::size_t i) { return driver.sockets()[i].local_address().port(); };

    net::UdpSocket peer = net::test::open({.local = Address::any(Family::ipv6)});
    Path path = path_to(peer, Family::ipv4);
    path.local = Address::ipv4({127, 0, 0, 8}); // bound by the second
    engine.say(path, "exact");
    path.local = Address::ipv4({127, 0, 0, 7}); // bound by none: the first takes any
    engine.say(path, "wildcard");
    engine.say(path_to(peer, Family::ipv6), "six");
    path.local = Address::ipv4({127, 0, 0, 7}, 1); // nobody has this port
    engine.say(path, "nobody");
    driver.flush();

    const auto arrived = receive(peer, 3);
    ASSERT_EQ(arrived.size(), 3u);
    EXPECT_EQ(arrived[0].path.remote, Address::ipv4({127, 0, 0, 8}, port(1)));
    EXPECT_EQ(arrived[1].path.remote, Address::ipv4({127, 0, 0, 7}, port(0)));
    EXPECT_EQ(arrived[2].path.remote, Address::loopback(Family::ipv6).with_port(port(2)));
    ASSERT_EQ(engine.path_events.size(), 1u);
    EXPECT_EQ(engine.path_events[0].os_errno, EADDRNOTAVAIL);
    EXPECT_FALSE(driver.check({}, path).has_value());
}

TEST(DriverBackpressure, HoldsOneBatchAndGoesOnReceiving) {
    in_private_network(65536, [] {
        DeafNeighbour neighbour;
        ASSERT_TRUE(neighbour.make()) << "needs the ip command";
        EchoEngine engine{pool()};
        engine.echoes = false;
        Driver<EchoEngine> driver{engine,
                                  sockets(net::test::open({.local = Address::any(Family::ipv4),
                                                           .send_buffer_bytes = 16 * 1024,
                                                           .gso = false}))};
        constexpr std::size_t kSaid = 1000;
        for (std::size_t i = 0; i < kSaid; ++i) {
            engine.say(DeafNeighbour::path(), std::to_string(i) + std::string(500, ' '));
        }
        EXPECT_FALSE(driver.fds()[0].writable);
        driver.flush();
        EXPECT_TRUE(driver.fds()[0].writable);
        const std::size_t polled = engine.polled;
        EXPECT_EQ(polled, SocketSet::kBatchTransmits); // one batch, though the engine has more

        // While the socket is full the engine is not asked, but it still hears and still ages.
        net::UdpSocket peer = net::test::open(Family::ipv4);
        ASSERT_TRUE(send_one(peer, datagram(path_to(driver.sockets()[0], Family::ipv4), "hello"))
                        .refused.empty());
        engine.wake_at = net::Clock::now();
        driver.pump();
        EXPECT_EQ(engine.received, 1u);
        EXPECT_EQ(engine.advanced, 1u);
        EXPECT_EQ(engine.polled, polled);

        neighbour.listen();
        std::vector<std::string> payloads;
        const Instant until = net::Clock::now() + kPatience;
        while (payloads.size() < kSaid && net::Clock::now() < until) {
            driver.wait(net::Clock::now() + 10ms);
            neighbour.collect(payloads);
        }
        ASSERT_EQ(payloads.size(), kSaid);
        for (std::size_t i = 0; i < kSaid; ++i) {
            EXPECT_EQ(payloads[i].substr(0, payloads[i].find(' ')), std::to_string(i));
        }
        EXPECT_FALSE(driver.fds()[0].writable);
        EXPECT_TRUE(engine.path_events.empty());
    });
}

// A full queueing discipline is loss like any other in the network, and no fault of the path.
TEST(DriverBackpressure, TakesAFullQueueOfTheInterfaceForLoss) {
    in_private_network(65536, [] {
        DeafNeighbour neighbour;
        ASSERT_TRUE(neighbour.make()) << "needs the ip command";
        neighbour.listen();
        if (std::system("tc qdisc replace dev here root pfifo limit 0") != 0) {
            GTEST_SKIP() << "needs the tc command";
        }
        EchoEngine engine{pool()};
        Driver<EchoEngine> driver{engine,
                                  sockets(net::test::open({.local = Address::any(Family::ipv4)}))};
        engine.say(DeafNeighbour::path(), "x");
        driver.flush();
        EXPECT_EQ(driver.sockets()[0].counters().refused, 1u); // ENOBUFS
        EXPECT_TRUE(engine.path_events.empty());
        EXPECT_FALSE(driver.fds()[0].writable);
    });
}

} // namespace
} // namespace hawser
