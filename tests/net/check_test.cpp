// What a socket says it cannot send, before anything is sent.
#include "net/control.hpp"
#include "net/wire.hpp"

#include <netinet/in.h>

#include <cerrno>

namespace hawser::net::test {
namespace {

ControlMessage message(int level, int type, int value = 1) {
    ControlMessage out{.level = level, .type = type, .data = std::vector<std::byte>(sizeof value)};
    std::memcpy(out.data.data(), &value, sizeof value);
    return out;
}

Ancillary with_extra(ControlMessage extra) {
    Ancillary ancillary;
    ancillary.extra.push_back(std::move(extra));
    return ancillary;
}

/// A dual-stack socket, and a path of each family.
class Check : public testing::Test {
protected:
    /// The error of sending this, or nullopt; nothing leaves when there is one.
    std::optional<Errc> error_of(const Ancillary& ancillary, const Path& path) {
        const auto checked = socket_.check(ancillary, path);
        const std::uint64_t before = socket_.counters().send_calls;
        const auto outcome = send_one(socket_, datagram(path, "x", ancillary));
        EXPECT_EQ(outcome.taken, 1u);
        if (checked) {
            EXPECT_TRUE(outcome.refused.empty());
            return std::nullopt;
        }
        EXPECT_EQ(socket_.counters().send_calls, before) << "something was sent";
        EXPECT_EQ(outcome.refused.size(), 1u);
        EXPECT_EQ(outcome.refused[0].os_errno, checked.error().os_errno);
        EXPECT_NE(checked.error().os_errno, 0);
        return checked.error().code;
    }

    UdpSocket socket_ = open({.local = Address::any(Family::ipv6)});
    UdpSocket peer_ = open({.local = Address::any(Family::ipv6)});
    const Path v4_ = path_to(peer_, Family::ipv4);
    const Path v6_ = path_to(peer_, Family::ipv6);
};

TEST_F(Check, AllowsAPlainDatagram) {
    EXPECT_EQ(error_of({}, v4_), std::nullopt);
    EXPECT_EQ(error_of({}, v6_), std::nullopt);
}

TEST_F(Check, RefusesValuesOutOfRange) {
    Ancillary dscp, ecn, limit, label, interface;
    dscp.dscp = static_cast<Dscp>(64);
    ecn.ecn = static_cast<Ecn>(4);
    limit.hop_limit = 0; // the kernel would take it on IPv6
    label.flow_label = 1u << 20;
    interface.interface_index = 0x8000'0000;
    for (const Ancillary& one : {dscp, ecn, limit, label, interface}) {
        EXPECT_EQ(error_of(one, v6_), Errc::invalid_argument) << to_string(one);
    }
}

TEST_F(Check, RefusesAFlowLabelOnIpv4) {
    Ancillary label;
    label.flow_label = 5;
    EXPECT_EQ(error_of(label, v4_), Errc::unsupported);
}

TEST_F(Check, RefusesASendTimeThatNobodyPromised) {
    Ancillary later;
    later.send_at = SendTime{Clock::now() + 1ms};
    EXPECT_EQ(error_of(later, v4_), Errc::unsupported);
    UdpSocket promised = open({.local = Address::any(Family::ipv6), .send_at = true});
    EXPECT_TRUE(promised.check(later, v4_).has_value());
    EXPECT_TRUE(send_one(promised, datagram(v4_, "x", later)).refused.empty());
    EXPECT_EQ(receive_one(peer_).bytes, "x");
}

// The trap: sendmsg succeeds, and the kernel passes over the message without a word.
TEST_F(Check, RefusesMessagesOfALevelThatTheDestinationIgnores) {
    EXPECT_EQ(error_of(with_extra(message(IPPROTO_IP, IP_TOS, 0xb8)), v6_), Errc::unsupported);
    EXPECT_EQ(error_of(with_extra(message(IPPROTO_IP, IP_TTL, 9)), v6_), Errc::unsupported);
    EXPECT_EQ(error_of(with_extra(message(IPPROTO_IPV6, IPV6_TCLASS, 0xb8)), v4_),
              Errc::unsupported);
    EXPECT_EQ(error_of(with_extra(message(IPPROTO_IPV6, IPV6_HOPLIMIT, 9)), v4_),
              Errc::unsupported);
    EXPECT_EQ(error_of(with_extra(message(0x1234, 1)), v4_), Errc::unsupported);
    EXPECT_EQ(error_of(with_extra(message(IPPROTO_IP, IP_TTL, 9)), v4_), std::nullopt);
    EXPECT_EQ(error_of(with_extra(message(IPPROTO_IPV6, IPV6_HOPLIMIT, 9)), v6_), std::nullopt);
}

TEST_F(Check, RefusesATypedFieldTogetherWithItsControlMessage) {
    const auto both = [this](auto set, const ControlMessage& extra, const Path& path) {
        Ancillary ancillary = with_extra(extra);
        set(ancillary);
        return error_of(ancillary, path);
    };
    const auto dscp = [](Ancillary& a) { a.dscp = Dscp::ef; };
    const auto ecn = [](Ancillary& a) { a.ecn = Ecn::ect0; }; // shares the octet
    const auto limit = [](Ancillary& a) { a.hop_limit = 9; };
    const auto interface = [](Ancillary& a) { a.interface_index = 1; };
    const auto label = [](Ancillary& a) { a.flow_label = 1; };
    const auto fragment = [](Ancillary& a) { a.dont_fragment = true; };
    const auto mark = [](Ancillary& a) { a.mark = 1; };
    const auto priority = [](Ancillary& a) { a.priority = 1; };
    constexpr auto kInvalid = Errc::invalid_argument;
    EXPECT_EQ(both(dscp, message(IPPROTO_IP, IP_TOS), v4_), kInvalid);
    EXPECT_EQ(both(ecn, message(IPPROTO_IP, IP_TOS), v4_), kInvalid);
    EXPECT_EQ(both(dscp, message(IPPROTO_IPV6, IPV6_TCLASS), v6_), kInvalid);
    EXPECT_EQ(both(limit, message(IPPROTO_IP, IP_TTL), v4_), kInvalid);
    EXPECT_EQ(both(limit, message(IPPROTO_IPV6, IPV6_HOPLIMIT), v6_), kInvalid);
    EXPECT_EQ(both(interface, message(IPPROTO_IP, IP_PKTINFO), v4_), kInvalid);
    EXPECT_EQ(both(interface, message(IPPROTO_IPV6, IPV6_PKTINFO), v6_), kInvalid);
    EXPECT_EQ(both(label, message(IPPROTO_IPV6, 11), v6_), kInvalid);
    EXPECT_EQ(both(fragment, message(IPPROTO_IPV6, IPV6_DONTFRAG), v6_), kInvalid);
    EXPECT_EQ(both(mark, message(SOL_SOCKET, SO_MARK), v4_), kInvalid);
    EXPECT_EQ(both(priority, message(SOL_SOCKET, SO_PRIORITY), v4_), kInvalid);
    EXPECT_EQ(both([](Ancillary&) {}, message(IPPROTO_UDP, 103), v4_), kInvalid); // UDP_SEGMENT
    EXPECT_EQ(both(dscp, message(IPPROTO_IP, IP_TTL, 9), v4_), std::nullopt);
}

TEST_F(Check, RefusesASourceTogetherWithItsControlMessage) {
    Path from = v4_;
    from.local = Address::ipv4({127, 0, 0, 9});
    EXPECT_EQ(error_of(with_extra(message(IPPROTO_IP, IP_PKTINFO)), from), Errc::invalid_argument);
}

TEST_F(Check, RefusesMoreControlMessagesThanFit) {
    Ancillary much;
    much.dscp = Dscp::ef;
    ControlMessage large = message(SOL_SOCKET, 9999);
    large.data.resize(kControlBytes);
    much.extra.push_back(large);
    EXPECT_EQ(error_of(much, v4_), Errc::too_large);
}

TEST_F(Check, RefusesPathsOfOtherSockets) {
    Path path = v4_;
    path.protocol = Protocol::tcp;
    EXPECT_EQ(error_of({}, path), Errc::invalid_argument);
    path = v4_;
    path.remote = path.remote.with_port(0);
    EXPECT_EQ(error_of({}, path), Errc::invalid_argument);
    path = v4_;
    path.remote = Address::any(Family::ipv4, 9);
    EXPECT_EQ(error_of({}, path), Errc::invalid_argument);
    path = v4_;
    path.local = Address::any(Family::ipv4, 1); // another port
    EXPECT_EQ(error_of({}, path), Errc::invalid_argument);
    path.local = Address::loopback(Family::ipv6); // two families
    EXPECT_EQ(error_of({}, path), Errc::invalid_argument);

    UdpSocket bound = open(Family::ipv4);
    EXPECT_FALSE(bound.check({}, v6_).has_value());
    path = v4_;
    path.local = Address::ipv4({127, 0, 0, 9}); // another address
    EXPECT_FALSE(bound.check({}, path).has_value());
    path.local = Address::loopback(Family::ipv4);
    EXPECT_TRUE(bound.check({}, path).has_value());
    UdpSocket only_v6 = open({.local = Address::any(Family::ipv6), .v6_only = true});
    EXPECT_FALSE(only_v6.check({}, v4_).has_value());
}

TEST_F(Check, LetsGoodDatagramsPassAroundARefusedOne) {
    Ancillary label;
    label.flow_label = 5;
    const std::array batch{datagram(v4_, "one"), datagram(v4_, "bad", label),
                           datagram(v4_, "worse", label), datagram(v4_, "two")};
    const auto outcome = socket_.send(batch);
    EXPECT_EQ(outcome.taken, 4u);
    ASSERT_EQ(outcome.refused.size(), 2u);
    EXPECT_EQ(outcome.refused[0].index, 1u);
    EXPECT_EQ(outcome.refused[1].index, 2u);
    EXPECT_EQ(outcome.refused[0].os_errno, EOPNOTSUPP);
    const auto arrived = receive(peer_, 2);
    ASSERT_EQ(arrived.size(), 2u);
    EXPECT_EQ(arrived[1].bytes, "two");
}

} // namespace
} // namespace hawser::net::test
