// A socket with one peer.
#include "net/wire.hpp"

namespace hawser::net::test {
namespace {

class Connected : public testing::TestWithParam<Family> {
protected:
    UdpSocket near = open({.local = Address::any(Family::ipv6)});
    UdpSocket peer = open(GetParam());
    UdpSocket stranger = open(GetParam());

    Path path_from(const UdpSocket& from) const {
        return {.local = from.local_address(),
                .remote = Address::loopback(GetParam(), near.local_address().port())};
    }
};

TEST_P(Connected, HearsNobodyElse) {
    ASSERT_TRUE(near.connect(peer.local_address()));
    EXPECT_EQ(near.local_address().host(), Address::loopback(GetParam()));
    send_one(stranger, datagram(path_from(stranger), "from a stranger"));
    send_one(peer, datagram(path_from(peer), "from the peer", {.dscp = Dscp::ef}));
    const Arrived first = receive_one(near);
    EXPECT_EQ(first.bytes, "from the peer");
    EXPECT_EQ(first.path.remote, peer.local_address());
    EXPECT_EQ(first.ancillary.dscp, Dscp::ef);
}

TEST_P(Connected, SendsToItsPeerAndToOthersWithTheirMarkings) {
    ASSERT_TRUE(near.connect(peer.local_address()));
    for (UdpSocket* const to : {&peer, &stranger, &peer}) {
        const Path path{.local = near.local_address(), .remote = to->local_address()};
        EXPECT_EQ(send_one(near, datagram(path, "plain")).taken, 1u);
        EXPECT_EQ(
            send_one(near, datagram(path, "marked", {.dscp = Dscp::cs1, .ecn = Ecn::ect0})).taken,
            1u);
        EXPECT_EQ(send_one(near, train(path, 3, 700)).taken, 1u);
        const auto arrived = receive(*to, 5);
        ASSERT_EQ(arrived.size(), 5u);
        EXPECT_EQ(arrived[0].bytes, "plain");
        EXPECT_EQ(arrived[0].path.remote, near.local_address());
        EXPECT_EQ(arrived[1].ancillary.dscp, Dscp::cs1);
        EXPECT_EQ(arrived[1].ancillary.ecn, Ecn::ect0);
        EXPECT_EQ(arrived[4].bytes.size(), 700u);
    }
    EXPECT_EQ(near.counters().refused, 0u);
}

TEST_P(Connected, HasAPeerThatCanBe) {
    const Address without_port = Address::loopback(GetParam());
    const auto refused = near.connect(without_port);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    const Family other = GetParam() == Family::ipv4 ? Family::ipv6 : Family::ipv4;
    UdpSocket narrow = open({.local = Address::any(GetParam()), .v6_only = true});
    const auto foreign = narrow.connect(Address::loopback(other, 9));
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, Errc::invalid_argument);
    // What was refused has changed nothing.
    send_one(stranger, datagram(path_from(stranger), "still heard"));
    EXPECT_EQ(receive_one(near).bytes, "still heard");
}

TEST_P(Connected, SendsNothingOfTheOtherFamilyAnyMore) {
    ASSERT_TRUE(near.connect(peer.local_address()));
    const Family other = GetParam() == Family::ipv4 ? Family::ipv6 : Family::ipv4;
    EXPECT_TRUE(near.capabilities().sends(GetParam()));
    EXPECT_FALSE(near.capabilities().sends(other));
    EXPECT_FALSE(
        near.check({}, {.local = Address::any(other), .remote = Address::loopback(other, 9)}));
    const auto refused = near.connect(Address::loopback(other, 9));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
}

TEST_P(Connected, TellsOfAPeerThatIsGone) {
    ASSERT_TRUE(near.connect(peer.local_address()));
    const Path path{.local = near.local_address(), .remote = peer.local_address()};
    peer = open(GetParam());
    send_one(near, datagram(path, "is there anybody"));
    const auto events = errors_of(near);
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events[0].kind, PathEvent::Kind::unreachable);
    EXPECT_EQ(events[0].os_errno, ECONNREFUSED);
    EXPECT_EQ(events[0].path.remote, path.remote);
}

INSTANTIATE_TEST_SUITE_P(Families, Connected, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& family) {
                             return family.param == Family::ipv4 ? "Ipv4" : "Ipv6";
                         });

} // namespace
} // namespace hawser::net::test
