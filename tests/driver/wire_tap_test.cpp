// What a tap on the wire is shown.
#include "driver/echo_engine.hpp"
#include "net/deaf_neighbour.hpp"
#include "net/wire.hpp"

namespace hawser {
namespace {

using net::test::Arrived;
using net::test::datagram;
using net::test::DeafNeighbour;
using net::test::in_private_network;
using net::test::kPatience;
using net::test::path_to;
using net::test::pool;
using net::test::receive_one;
using net::test::send_one;
using net::test::train;
using test::EchoEngine;

/// Keeps what it sees, and what the engine had received at that moment.
class Recorder final : public Tap {
public:
    struct Seen {
        Direction direction;
        Layer layer;
        Path path;
        Ancillary ancillary;
        std::string bytes;
        Verdict verdict;
        PacketId id;
        std::string endpoint;
        Instant at;
        std::size_t received;
    };

    explicit Recorder(const EchoEngine& engine) : engine_{engine} {}
    void seen(const Sighting& s) override {
        all.push_back({s.direction, s.layer, s.path, s.ancillary, std::string{as_text(s.bytes)},
                       s.verdict, s.packet_id, std::string{s.endpoint}, s.at, engine_.received});
    }
    std::vector<Seen> of(Direction direction) const {
        std::vector<Seen> some;
        std::ranges::copy_if(all, std::back_inserter(some),
                             [direction](const Seen& s) { return s.direction == direction; });
        return some;
    }

    bool wants(Layer) const override { return wanted; }

    std::vector<Seen> all;
    bool wanted = true;

private:
    const EchoEngine& engine_;
};

class WireTap : public testing::Test {
protected:
    WireTap() : engine_{pool()}, driver_{engine_, {}}, tap_{engine_} {
        net::UdpOptions options{.local = Address::any(Family::ipv6)};
        options.defaults.dscp = Dscp::cs3;
        options.defaults.ecn = Ecn::ect0;
        options.defaults.hop_limit = 61;
        driver_.add_socket(net::test::open(options));
        driver_.set_tap(&tap_, "alpha");
        engine_.echoes = false;
    }
    Path to_driver(Family family) const { return path_to(driver_.sockets()[0], family); }
    std::uint16_t port() const { return driver_.sockets()[0].local_address().port(); }
    void hear(std::size_t count) {
        const Instant until = net::Clock::now() + kPatience;
        while (engine_.received < count && net::Clock::now() < until)
            driver_.wait(until);
    }

    EchoEngine engine_;
    Driver<EchoEngine> driver_;
    Recorder tap_;
    net::UdpSocket peer_ = net::test::open({.local = Address::any(Family::ipv6)});
};

TEST_F(WireTap, ShowsADatagramAfterTheEngineTookItWithTheBytesThatCame) {
    Ancillary ancillary;
    ancillary.dscp = Dscp::ef;
    ASSERT_TRUE(
        send_one(peer_, datagram(to_driver(Family::ipv4), "hello", ancillary)).refused.empty());
    hear(1);
    ASSERT_EQ(tap_.all.size(), 1u);
    const auto& seen = tap_.all[0];
    EXPECT_EQ(seen.direction, Direction::in);
    EXPECT_EQ(seen.layer, Layer::wire);
    EXPECT_EQ(seen.bytes, "hello"); // the engine has written over it since
    EXPECT_EQ(seen.received, 1u);   // and was first
    EXPECT_EQ(seen.ancillary.dscp, Dscp::ef);
    EXPECT_EQ(seen.path.remote,
              Address::loopback(Family::ipv4).with_port(peer_.local_address().port()));
    EXPECT_EQ(seen.path.local, Address::loopback(Family::ipv4).with_port(port()));
    EXPECT_EQ(seen.id, PacketId{1});
    EXPECT_EQ(seen.endpoint, "alpha");
}

TEST_F(WireTap, ShowsNothingThatIsNotWanted) {
    tap_.wanted = false;
    engine_.echoes = true;
    ASSERT_TRUE(send_one(peer_, datagram(to_driver(Family::ipv4), "hello")).refused.empty());
    hear(1);
    EXPECT_EQ(tap_.all.size(), 0u);
    tap_.wanted = true;
    ASSERT_TRUE(send_one(peer_, datagram(to_driver(Family::ipv4), "again")).refused.empty());
    hear(2);
    EXPECT_EQ(tap_.of(Direction::in).size(), 1u);
    EXPECT_EQ(tap_.of(Direction::out).size(), 1u);
}

TEST_F(WireTap, SaysWhatTheEngineThoughtOfIt) {
    ASSERT_TRUE(send_one(peer_, datagram(to_driver(Family::ipv6), "")).refused.empty());
    hear(1);
    ASSERT_EQ(tap_.all.size(), 1u);
    EXPECT_EQ(tap_.all[0].verdict, Verdict::malformed);
    EXPECT_EQ(tap_.all[0].bytes, "");
}

TEST_F(WireTap, ShowsEverySegmentOfATrainWithAnIdOfItsOwn) {
    ASSERT_TRUE(send_one(peer_, train(to_driver(Family::ipv6), 5, 100, 30)).refused.empty());
    hear(5);
    const Path path = path_to(peer_, Family::ipv6);
    engine_.say(path, "first");
    engine_.say(train(path, 7, 200, 10));
    engine_.say(path, "last");
    driver_.flush();

    const auto in = tap_.of(Direction::in);
    ASSERT_EQ(in.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(in[i].id, static_cast<PacketId>(i + 1));
        EXPECT_EQ(in[i].bytes.size(), i < 4 ? 100u : 30u);
        EXPECT_EQ(in[i].bytes[0], static_cast<char>(i));
        EXPECT_EQ(in[i].received, i + 1);
    }
    const auto out = tap_.of(Direction::out);
    ASSERT_EQ(out.size(), 9u);
    for (std::size_t i = 0; i < 9; ++i)
        EXPECT_EQ(out[i].id, static_cast<PacketId>(i + 1));
    EXPECT_EQ(out[0].bytes, "first");
    EXPECT_EQ(out[7].bytes.size(), 10u);
    EXPECT_EQ(out[7].bytes[0], 6);
    EXPECT_EQ(out[8].bytes, "last");
}

TEST_F(WireTap, ShowsTheMarkingsAndTheSourceThatAreReallyOnTheWire) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        tap_.all.clear();
        Ancillary only_ecn;
        only_ecn.ecn = Ecn::ect1;
        engine_.say(path_to(peer_, family), "x", only_ecn);
        driver_.flush();
        const Arrived arrived = receive_one(peer_);
        ASSERT_EQ(tap_.all.size(), 1u);
        const auto& seen = tap_.all[0];
        EXPECT_EQ(seen.direction, Direction::out);
        EXPECT_EQ(seen.verdict, Verdict::accepted);
        EXPECT_EQ(seen.ancillary.dscp, Dscp::cs3);
        EXPECT_EQ(seen.ancillary.dscp, arrived.ancillary.dscp);
        EXPECT_EQ(seen.ancillary.ecn, arrived.ancillary.ecn);
        EXPECT_EQ(seen.ancillary.hop_limit, arrived.ancillary.hop_limit);
        EXPECT_EQ(seen.path.local, arrived.path.remote);
        EXPECT_EQ(seen.path.remote, arrived.path.local);
    }
}

TEST_F(WireTap, ShowsWhatTheKernelWouldNotSend) {
    Ancillary odd;
    odd.extra.push_back({.level = SOL_SOCKET, .type = 9999, .data = std::vector<std::byte>(4)});
    const Path path = path_to(peer_, Family::ipv6);
    engine_.say(path, "one");
    engine_.say(train(path, 3, 50, 0, odd));
    engine_.say(path, "two");
    driver_.flush();
    ASSERT_EQ(tap_.all.size(), 5u);
    const std::array wanted{Verdict::accepted, Verdict::send_refused, Verdict::send_refused,
                            Verdict::send_refused, Verdict::accepted};
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(tap_.all[i].verdict, wanted[i]) << i;
        EXPECT_EQ(tap_.all[i].id, static_cast<PacketId>(i + 1));
    }
}

TEST_F(WireTap, KeepsTheNumberThatAnEngineGaveItsPacket) {
    Transmit own = datagram(path_to(peer_, Family::ipv6), "x");
    own.id = PacketId{77};
    engine_.say(std::move(own));
    driver_.flush();
    ASSERT_EQ(tap_.all.size(), 1u);
    EXPECT_EQ(tap_.all[0].id, PacketId{77});
}

// A train may stop in its middle, when the socket is full, and go on later.
TEST(WireTapOfAFullSocket, SeesEachSegmentOnceAndOnlyWhenItLeaves) {
    in_private_network(65536, [] {
        DeafNeighbour neighbour;
        ASSERT_TRUE(neighbour.make()) << "needs the ip command";
        EchoEngine engine{pool()};
        Driver<EchoEngine> driver{engine, {}};
        driver.add_socket(net::test::open(
            {.local = Address::any(Family::ipv4), .send_buffer_bytes = 16 * 1024, .gso = false}));
        Recorder tap{engine};
        driver.set_tap(&tap, "alpha");
        engine.say(DeafNeighbour::path(), "before");
        engine.say(train(DeafNeighbour::path(), 50, 1200));
        engine.say(DeafNeighbour::path(), "behind");
        driver.flush();
        const std::uint64_t sent = driver.sockets()[0].counters().sent;
        EXPECT_GT(sent, 1u);
        EXPECT_LT(sent, 51u);
        EXPECT_EQ(tap.all.size(), sent);

        neighbour.listen();
        const Instant until = net::Clock::now() + kPatience;
        while (tap.all.size() < 52 && net::Clock::now() < until)
            driver.wait(until);
        ASSERT_EQ(tap.all.size(), 52u);
        for (std::size_t i = 0; i < 52; ++i) {
            EXPECT_EQ(tap.all[i].id, static_cast<PacketId>(i + 1));
            EXPECT_EQ(tap.all[i].verdict, Verdict::accepted);
            EXPECT_EQ(tap.all[i].path.local.host(), Address::ipv4({10, 9, 0, 1}));
        }
        EXPECT_EQ(tap.all[50].bytes[0], 49);
        EXPECT_EQ(tap.all[51].bytes, "behind");
    });
}

TEST_F(WireTap, SeesNothingOnceItIsTakenOff) {
    driver_.set_tap(nullptr);
    ASSERT_TRUE(send_one(peer_, datagram(to_driver(Family::ipv6), "x")).refused.empty());
    engine_.say(path_to(peer_, Family::ipv6), "y");
    hear(1);
    EXPECT_TRUE(tap_.all.empty());
}

} // namespace
} // namespace hawser
