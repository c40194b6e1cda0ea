// What ICMP says of datagrams that have left, and what the kernel says of those that may not.
#include "net/wire.hpp"

#include <cerrno>
#include <cstdlib>
#include <future>

namespace hawser::net::test {
namespace {

/// A path on which nobody listens: the port was ours a moment ago.
Path closed_path(Family family) {
    const UdpSocket gone = open(family);
    return path_to(gone, family);
}

class ErrorQueue : public testing::TestWithParam<std::pair<Family, Family>> {
protected:
    Family wire() const { return GetParam().second; }
    UdpSocket socket() const { return open({.local = Address::any(GetParam().first)}); }
};

INSTANTIATE_TEST_SUITE_P(On, ErrorQueue,
                         testing::Values(std::pair{Family::ipv4, Family::ipv4},
                                         std::pair{Family::ipv6, Family::ipv6},
                                         std::pair{Family::ipv6, Family::ipv4}),
                         [](const auto& road) {
                             if (road.param.first == Family::ipv4) return "IPv4";
                             return road.param.second == Family::ipv6 ? "IPv6" : "MappedIPv4";
                         });

TEST_P(ErrorQueue, NamesThePathOnWhichNobodyListens) {
    UdpSocket sender = socket();
    Path path = closed_path(wire());
    if (wire() == Family::ipv4) path.local = Address::ipv4({127, 0, 0, 9});
    ASSERT_TRUE(send_one(sender, datagram(path, "x")).refused.empty());
    const auto events = errors_of(sender);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, PathEvent::Kind::unreachable);
    EXPECT_EQ(events[0].os_errno, ECONNREFUSED);
    EXPECT_EQ(events[0].path.remote, path.remote);
    const Address source = wire() == Family::ipv4 ? path.local : Address::loopback(wire());
    EXPECT_EQ(events[0].path.local, source.with_port(sender.local_address().port()));
    EXPECT_FALSE(sender.errors_pending());
}

TEST_P(ErrorQueue, DoesNotBlameTheNextDatagram) {
    UdpSocket sender = socket();
    UdpSocket receiver = socket();
    const Path dead = closed_path(wire());
    const Path alive = path_to(receiver, wire());
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(send_one(sender, datagram(dead, "x")).refused.empty());
        const std::array good{datagram(alive, "one"), datagram(alive, "three")};
        const auto outcome = sender.send(good);
        EXPECT_EQ(outcome.taken, 2u);
        EXPECT_TRUE(outcome.refused.empty());
        EXPECT_TRUE(sender.errors_pending());
        EXPECT_EQ(receive(receiver, 2).size(), 2u);
        EXPECT_EQ(errors_of(sender).size(), 1u);
    }
}

TEST_P(ErrorQueue, DoesNotHideWhatHasArrived) {
    UdpSocket sender = socket();
    UdpSocket peer = socket();
    ASSERT_TRUE(send_one(peer, datagram(path_to(sender, wire()), "hello")).refused.empty());
    ASSERT_TRUE(send_one(sender, datagram(closed_path(wire()), "x")).refused.empty());
    EXPECT_EQ(receive_one(sender).bytes, "hello");
    EXPECT_TRUE(sender.errors_pending());
    EXPECT_EQ(errors_of(sender).size(), 1u);
}

TEST_P(ErrorQueue, SaysTheSameOfOnePathOnce) {
    UdpSocket sender = socket();
    const Path first = closed_path(wire());
    const Path second = closed_path(wire());
    std::vector<Transmit> batch;
    for (int i = 0; i < 3; ++i)
        batch.push_back(datagram(first, std::to_string(i)));
    for (int i = 0; i < 3; ++i)
        batch.push_back(datagram(second, std::to_string(i)));
    EXPECT_TRUE(sender.send(batch).refused.empty());
    const auto events = errors_of(sender);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].path.remote, first.remote);
    EXPECT_EQ(events[1].path.remote, second.remote);
}

TEST(TooBig, IsRefusedAndSaysWhatWouldFit) {
    in_private_network(1500, [] {
        for (const Family family : {Family::ipv4, Family::ipv6}) {
            UdpSocket sender = open(family);
            UdpSocket receiver = open(family);
            const Path path = path_to(receiver, family);
            const auto outcome = send_one(sender, datagram(path, std::string(3000, 'x')));
            EXPECT_EQ(outcome.taken, 1u);
            ASSERT_EQ(outcome.refused.size(), 1u);
            EXPECT_EQ(outcome.refused[0].os_errno, EMSGSIZE);
            const auto events = errors_of(sender);
            ASSERT_EQ(events.size(), 1u) << to_string(path.remote);
            EXPECT_EQ(events[0].kind, PathEvent::Kind::too_big);
            EXPECT_EQ(events[0].mtu_bytes, 1500u);
            EXPECT_EQ(events[0].path.remote, path.remote);
        }
    });
}

/// Runs shell commands in the calling thread's network namespace.
bool run(const std::string& commands) {
    return std::system(commands.c_str()) == 0;
}

/// A router in a namespace of its own, one cable away from the caller's, with a narrow way on.
class NarrowRouter {
public:
    NarrowRouter() {
        router_ = std::thread{[this] {
            ready_.set_value(unshare(CLONE_NEWNET) == 0 ? gettid() : 0);
            forwards_.set_value(
                cable_.get_future().get() &&
                run("ip link set lo up && ip address add 10.9.0.2/24 dev there && "
                    "ip -6 address add fd09::2/64 dev there nodad && ip link set there up && "
                    "ip link add narrow type veth peer name end && ip link set end up && "
                    "ip address add 10.8.0.1/24 dev narrow && "
                    "ip -6 address add fd08::1/64 dev narrow nodad && "
                    "ip link set narrow mtu 1300 up && "
                    "echo 1 > /proc/sys/net/ipv4/ip_forward && "
                    "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"));
            done_.get_future().wait();
        }};
    }
    NarrowRouter(const NarrowRouter&) = delete;
    NarrowRouter& operator=(const NarrowRouter&) = delete;
    ~NarrowRouter() {
        done_.set_value();
        router_.join();
    }

    bool connect() {
        const pid_t thread = ready_.get_future().get();
        cable_.set_value(
            thread != 0 &&
            run("ip link add here type veth peer name there && ip link set there netns " +
                std::to_string(thread) +
                " && ip address add 10.9.0.1/24 dev here && "
                "ip -6 address add fd09::1/64 dev here nodad && ip link set here up && "
                "ip route add default via 10.9.0.2 && ip -6 route add default via fd09::2"));
        return forwards_.get_future().get();
    }

private:
    std::promise<pid_t> ready_;
    std::promise<bool> cable_, forwards_;
    std::promise<void> done_;
    std::thread router_;
};

TEST(TooBig, IsToldByARouterOnTheWay) {
    in_private_network(65536, [] {
        NarrowRouter router;
        ASSERT_TRUE(router.connect()) << "needs the ip command";
        UdpSocket sender = open({.local = Address::any(Family::ipv6)});
        for (const char* remote : {"10.8.0.9:9", "[fd08::9]:9"}) {
            const Path path{.local = {}, .remote = Address::parse(remote).value()};
            ASSERT_TRUE(send_one(sender, datagram(path, std::string(1400, 'x'))).refused.empty());
            const auto events = errors_of(sender);
            ASSERT_EQ(events.size(), 1u) << remote;
            EXPECT_EQ(events[0].kind, PathEvent::Kind::too_big);
            EXPECT_EQ(events[0].mtu_bytes, 1300u);
            EXPECT_EQ(events[0].path.remote, path.remote);
            const char* source = path.remote.is_ipv4() ? "10.9.0.1" : "fd09::1";
            EXPECT_EQ(host_to_string(events[0].path.local), source);
            // And the kernel, having learned it, does not stop the next probe.
            EXPECT_TRUE(send_one(sender, datagram(path, std::string(1400, 'y'))).refused.empty());
            errors_of(sender);
        }
    });
}

// A message may carry a small hop limit on purpose: that it died on the way is no news of the path.
TEST(TimeExceeded, IsNotTakenForAPathThatFailed) {
    in_private_network(65536, [] {
        NarrowRouter router;
        ASSERT_TRUE(router.connect()) << "needs the ip command";
        UdpSocket sender = open({.local = Address::any(Family::ipv6)});
        for (const char* remote : {"10.8.0.9:9", "[fd08::9]:9"}) {
            Ancillary ancillary;
            ancillary.hop_limit = 1;
            const Path path{.local = {}, .remote = Address::parse(remote).value()};
            const std::uint64_t before = sender.counters().errors_ignored;
            ASSERT_TRUE(send_one(sender, datagram(path, "x", ancillary)).refused.empty());
            std::vector<PathEvent> events;
            const Instant until = Clock::now() + kPatience;
            while (sender.counters().errors_ignored == before && Clock::now() < until) {
                const std::array interests{Interest{.fd = sender.fd()}};
                wait(interests, until);
                sender.read_errors(events);
            }
            EXPECT_TRUE(events.empty()) << remote;
            EXPECT_EQ(sender.counters().errors_ignored, before + 1) << remote;
        }
    });
}

TEST(TooBig, TrainsAreRefusedWithoutTurningTrainsOff) {
    in_private_network(1500, [] {
        for (const Family family : {Family::ipv4, Family::ipv6}) {
            UdpSocket sender = open(family);
            UdpSocket receiver = open(family);
            const Path path = path_to(receiver, family);
            const std::array batch{train(path, 5, 2000, 100), train(path, 5, 1400)};
            const auto outcome = sender.send(batch);
            EXPECT_EQ(outcome.taken, 2u);
            ASSERT_EQ(outcome.refused.size(), 1u); // the last segment is short enough, and left
            EXPECT_EQ(outcome.refused[0].segment_count, 4u);
            EXPECT_EQ(outcome.refused[0].os_errno, EMSGSIZE);
            EXPECT_TRUE(sender.capabilities().gso);
            EXPECT_EQ(receive(receiver, 6).size(), 6u);
        }
    });
}

TEST(DontFragment, IsTheDefaultAndCanBeLiftedForOneDatagram) {
    in_private_network(1500, [] {
        for (const Family family : {Family::ipv4, Family::ipv6}) {
            UdpSocket sender = open(family);
            UdpSocket receiver = open(family);
            const Path path = path_to(receiver, family);
            Ancillary may;
            may.dont_fragment = false;
            Ancillary may_not;
            may_not.dont_fragment = true;
            const std::array batch{
                datagram(path, std::string(3000, 'a'), may), datagram(path, std::string(3000, 'b')),
                datagram(path, std::string(3000, 'c'), may_not),
                datagram(path, std::string(3000, 'd'), may), datagram(path, "e")};
            const auto outcome = sender.send(batch);
            EXPECT_EQ(outcome.taken, 5u);
            ASSERT_EQ(outcome.refused.size(), 2u);
            EXPECT_EQ(outcome.refused[0].index, 1u);
            EXPECT_EQ(outcome.refused[1].index, 2u);
            const auto arrived = receive(receiver, 3);
            ASSERT_EQ(arrived.size(), 3u);
            EXPECT_EQ(arrived[0].bytes, std::string(3000, 'a'));
            EXPECT_EQ(arrived[1].bytes, std::string(3000, 'd'));
            EXPECT_EQ(arrived[2].bytes, "e");
        }
    });
}

TEST(Unreachable, IsARefusalWhenThereIsNoRoute) {
    in_private_network(1500, [] {
        UdpSocket sender = open({.local = Address::any(Family::ipv4)});
        const Path nowhere{.local = {}, .remote = Address::ipv4({192, 0, 2, 1}, 9)};
        const auto outcome = send_one(sender, datagram(nowhere, "x"));
        EXPECT_EQ(outcome.taken, 1u);
        ASSERT_EQ(outcome.refused.size(), 1u);
        EXPECT_EQ(outcome.refused[0].os_errno, ENETUNREACH);
    });
}

} // namespace
} // namespace hawser::net::test
