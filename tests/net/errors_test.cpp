// What ICMP says of datagrams that have left, and what the kernel says of those that may not.
#include "net/wire.hpp"

#include <cerrno>

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
