// Every field of Ancillary, per datagram, on every kind of socket.
#include "net/wire.hpp"

#include <netinet/in.h>

namespace hawser::net::test {
namespace {

/// Who sends to whom: the socket's own family, and the family on the wire.
struct Road {
    const char* name;
    Family socket;
    Family wire;
};

class Marking : public testing::TestWithParam<Road> {
protected:
    Marking() {
        const Address any = Address::any(GetParam().socket);
        sender_.emplace(open({.local = any}));
        UdpOptions options{.local = any};
        options.receive.mark = true;
        options.receive.priority = true;
        receiver_.emplace(open(options));
        path_ = path_to(*receiver_, GetParam().wire);
    }

    Arrived arrives(const Ancillary& ancillary) {
        const auto outcome = send_one(*sender_, datagram(path_, "x", ancillary));
        EXPECT_EQ(outcome.taken, 1u);
        EXPECT_TRUE(outcome.refused.empty());
        return receive_one(*receiver_);
    }
    bool ipv6() const { return GetParam().wire == Family::ipv6; }

    std::optional<UdpSocket> sender_, receiver_;
    Path path_;
};

INSTANTIATE_TEST_SUITE_P(On, Marking,
                         testing::Values(Road{"IPv4", Family::ipv4, Family::ipv4},
                                         Road{"IPv6", Family::ipv6, Family::ipv6},
                                         Road{"MappedIPv4", Family::ipv6, Family::ipv4}),
                         [](const auto& road) { return road.param.name; });

TEST_P(Marking, CarriesEveryDscpWithEveryEcn) {
    std::vector<Transmit> batch;
    for (unsigned octet = 0; octet < 256; ++octet) {
        Ancillary ancillary;
        ancillary.dscp = static_cast<Dscp>(octet >> 2);
        ancillary.ecn = static_cast<Ecn>(octet & 3);
        batch.push_back(datagram(path_, std::string(1, static_cast<char>(octet)), ancillary));
    }
    ASSERT_EQ(sender_->send(batch).taken, 256u);
    const auto arrived = receive(*receiver_, 256);
    ASSERT_EQ(arrived.size(), 256u);
    for (unsigned octet = 0; octet < 256; ++octet) {
        const Arrived& one = arrived[octet];
        EXPECT_EQ(one.bytes, std::string(1, static_cast<char>(octet)));
        EXPECT_EQ(one.ancillary.dscp, static_cast<Dscp>(octet >> 2));
        EXPECT_EQ(one.ancillary.ecn, static_cast<Ecn>(octet & 3));
    }
}

TEST_P(Marking, LeavesAnUnmarkedDatagramBehindAMarkedOneUnmarked) {
    Ancillary ef;
    ef.dscp = Dscp::ef;
    EXPECT_EQ(arrives(ef).ancillary.dscp, Dscp::ef);
    EXPECT_EQ(arrives({}).ancillary.dscp, Dscp::cs0);
}

TEST_P(Marking, FillsTheHalfOfTheOctetThatIsNotGivenFromTheDefault) {
    UdpOptions options{.local = Address::any(GetParam().socket)};
    options.defaults.dscp = Dscp::af41;
    options.defaults.ecn = Ecn::ect1;
    sender_.emplace(open(options));

    Ancillary only_ecn;
    only_ecn.ecn = Ecn::ce;
    Ancillary only_dscp;
    only_dscp.dscp = Dscp::le;
    const Arrived with_ecn = arrives(only_ecn);
    const Arrived with_dscp = arrives(only_dscp);
    const Arrived with_nothing = arrives({});
    EXPECT_EQ(with_ecn.ancillary.dscp, Dscp::af41);
    EXPECT_EQ(with_ecn.ancillary.ecn, Ecn::ce);
    EXPECT_EQ(with_dscp.ancillary.dscp, Dscp::le);
    EXPECT_EQ(with_dscp.ancillary.ecn, Ecn::ect1);
    EXPECT_EQ(with_nothing.ancillary.dscp, Dscp::af41);
    EXPECT_EQ(with_nothing.ancillary.ecn, Ecn::ect1);
}

TEST_P(Marking, CarriesEveryHopLimit) {
    for (unsigned limit = 1; limit < 256; ++limit) {
        Ancillary ancillary;
        ancillary.hop_limit = static_cast<std::uint8_t>(limit);
        ASSERT_EQ(arrives(ancillary).ancillary.hop_limit, limit);
    }
    const auto own = sender_->defaults(GetParam().wire).hop_limit;
    ASSERT_TRUE(own.has_value());
    EXPECT_EQ(arrives({}).ancillary.hop_limit, own);
}

TEST_P(Marking, TakesTheDefaultHopLimitOfItsOptions) {
    UdpOptions options{.local = Address::any(GetParam().socket)};
    options.defaults.hop_limit = 33;
    sender_.emplace(open(options));
    EXPECT_EQ(sender_->defaults(GetParam().wire).hop_limit, 33);
    EXPECT_EQ(arrives({}).ancillary.hop_limit, 33);
}

TEST_P(Marking, LeavesFromTheAddressThatThePathNames) {
    if (ipv6()) {
        path_.local = Address::loopback(Family::ipv6);
    } else {
        path_.local = Address::ipv4({127, 0, 0, 9});
    }
    EXPECT_EQ(arrives({}).path.remote, path_.local.with_port(sender_->local_address().port()));
}

TEST_P(Marking, ReportsTheInterfaceAndTheAddressThatWasAsked) {
    if (!ipv6()) path_.remote = Address::ipv4({127, 0, 0, 9}, path_.remote.port());
    Ancillary ancillary;
    ancillary.interface_index = 1; // the loopback interface has this index everywhere
    const Arrived one = arrives(ancillary);
    EXPECT_EQ(one.ancillary.interface_index, if_nametoindex("lo"));
    EXPECT_EQ(one.path.local, path_.remote);
    EXPECT_EQ(one.path.protocol, Protocol::udp);
    EXPECT_TRUE(one.ancillary.extra.empty()); // on a dual-stack socket two pktinfos came
}

TEST_P(Marking, RefusesAnInterfaceThatIsNotThere) {
    Ancillary ancillary;
    ancillary.interface_index = 0x7ffffff0;
    const auto outcome = send_one(*sender_, datagram(path_, "x", ancillary));
    ASSERT_EQ(outcome.refused.size(), 1u);
    EXPECT_EQ(outcome.refused[0].os_errno, ENODEV);
}

TEST_P(Marking, CarriesEveryBitOfTheFlowLabelOnIpv6AndRefusesItOnIpv4) {
    Ancillary ancillary;
    for (std::uint32_t label = 1; label < 1u << 20; label <<= 1) {
        ancillary.flow_label = label;
        ancillary.dscp = Dscp::af11; // it shares a word with the traffic class
        if (!ipv6()) {
            const auto refused = sender_->check(ancillary, path_);
            ASSERT_FALSE(refused.has_value());
            EXPECT_EQ(refused.error().code, Errc::unsupported);
            continue;
        }
        const Arrived one = arrives(ancillary);
        ASSERT_EQ(one.ancillary.flow_label, label);
        ASSERT_EQ(one.ancillary.dscp, Dscp::af11);
    }
}

TEST_P(Marking, CarriesTheMark) {
    if (!sender_->capabilities().of(GetParam().wire).mark) {
        GTEST_SKIP() << "this process may not set SO_MARK";
    }
    Ancillary ancillary;
    ancillary.mark = 0xdead'beef;
    EXPECT_EQ(arrives(ancillary).ancillary.mark, 0xdead'beefu);
}

TEST_P(Marking, CarriesThePriority) {
    if (!sender_->capabilities().of(GetParam().wire).priority) {
        GTEST_SKIP() << "this kernel has no SO_PRIORITY control message (Linux 6.14)";
    }
    Ancillary ancillary;
    for (std::uint32_t priority = 0; priority <= 6; ++priority) {
        ancillary.priority = priority;
        EXPECT_EQ(arrives(ancillary).ancillary.priority, priority);
    }
}

TEST_P(Marking, ReportsWhenADatagramCame) {
    const auto before = std::chrono::system_clock::now();
    const Arrived one = arrives({});
    const auto behind = std::chrono::system_clock::now();
    ASSERT_TRUE(one.ancillary.received_at.has_value());
    EXPECT_GE(one.ancillary.received_at->at, before);
    EXPECT_LE(one.ancillary.received_at->at, behind);
}

TEST_P(Marking, IgnoresTheReceiveTimeOfADatagramThatIsSentOn) {
    Ancillary ancillary = arrives({}).ancillary;
    ancillary.interface_index.reset();
    ancillary.flow_label.reset();
    ancillary.mark.reset();
    ancillary.priority.reset();
    EXPECT_TRUE(sender_->check(ancillary, path_).has_value());
    arrives(ancillary);
}

TEST_P(Marking, CarriesAllAtOnce) {
    Ancillary ancillary;
    ancillary.dscp = Dscp::ef;
    ancillary.ecn = Ecn::ect0;
    ancillary.hop_limit = 77;
    ancillary.interface_index = if_nametoindex("lo");
    ancillary.dont_fragment = true;
    if (ipv6()) ancillary.flow_label = 0xabcde;
    path_.local = ipv6() ? Address::loopback(Family::ipv6) : Address::ipv4({127, 0, 0, 9});
    const Arrived one = arrives(ancillary);
    EXPECT_EQ(one.ancillary.dscp, Dscp::ef);
    EXPECT_EQ(one.ancillary.ecn, Ecn::ect0);
    EXPECT_EQ(one.ancillary.hop_limit, 77);
    EXPECT_EQ(one.path.remote.host(), path_.local);
    EXPECT_EQ(one.ancillary.flow_label.has_value(), ipv6());
    EXPECT_EQ(one.ancillary.flow_label.value_or(0xabcde), 0xabcdeu);
}

TEST_P(Marking, StaysSilentAboutWhatWasSwitchedOff) {
    UdpOptions options{.local = Address::any(GetParam().socket)};
    options.receive = {.traffic_class = false,
                       .hop_limit = false,
                       .destination = false,
                       .flow_label = false,
                       .timestamp = false,
                       .drop_counter = false};
    receiver_.emplace(open(options));
    path_ = path_to(*receiver_, GetParam().wire);
    const Arrived one = arrives({});
    EXPECT_TRUE(one.ancillary.empty()) << to_string(one.ancillary);
    EXPECT_EQ(one.path.local, receiver_->local_address());
}

TEST_P(Marking, PassesOtherControlMessagesThrough) {
    // The same octet by the escape hatch, as an int of the right level.
    const int octet = 0xb9;
    ControlMessage message{.level = ipv6() ? IPPROTO_IPV6 : IPPROTO_IP,
                           .type = ipv6() ? IPV6_TCLASS : IP_TOS,
                           .data = std::vector<std::byte>(sizeof octet)};
    std::memcpy(message.data.data(), &octet, sizeof octet);
    Ancillary ancillary;
    ancillary.extra.push_back(message);
    const Arrived one = arrives(ancillary);
    EXPECT_EQ(one.ancillary.dscp, Dscp::ef);
    EXPECT_EQ(one.ancillary.ecn, Ecn::ect1);
}

TEST_P(Marking, ReportsControlMessagesWithoutATypedFieldAsExtra) {
    const int on = 1;
    const int level = ipv6() ? IPPROTO_IPV6 : IPPROTO_IP;
    const int option = ipv6() ? IPV6_RECVORIGDSTADDR : IP_RECVORIGDSTADDR;
    ASSERT_EQ(setsockopt(receiver_->fd(), level, option, &on, sizeof on), 0);
    const Arrived one = arrives({});
    ASSERT_EQ(one.ancillary.extra.size(), 1u);
    EXPECT_EQ(one.ancillary.extra.begin()->level, level);
    EXPECT_EQ(one.ancillary.extra.begin()->type, option);
    EXPECT_EQ(one.ancillary.extra.begin()->data.size(),
              ipv6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
}

} // namespace
} // namespace hawser::net::test
