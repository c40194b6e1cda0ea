// Raw sockets: SCTP packets without UDP.
#include "net/wire.hpp"

#include <hawser/net/port_claim.hpp>
#include <hawser/net/raw_socket.hpp>

#include <cerrno>

namespace hawser::net::test {
namespace {

constexpr std::uint16_t kPort = 5000;

/// A packet to this SCTP port; no more of it is looked at below SCTP.
std::string packet_to(std::uint16_t port, std::size_t bytes = 12) {
    std::string packet(bytes, '\x5a');
    packet[2] = static_cast<char>(port >> 8);
    packet[3] = static_cast<char>(port & 0xff);
    return packet;
}

Path in_ip(const Address& local, const Address& remote) {
    return {.protocol = Protocol::ip, .local = local, .remote = remote};
}

/// In a network namespace of its own, where nobody else's packets are.
class Raw : public testing::TestWithParam<Family> {
protected:
    Address host(std::uint8_t last = 1) const {
        return GetParam() == Family::ipv4 ? Address::ipv4({127, 0, 0, last})
                                          : Address::loopback(Family::ipv6);
    }
    Address any() const { return Address::any(GetParam()); }
    RawSocket open(const Address& local, std::vector<std::uint16_t> ports = {kPort}) const {
        auto socket = RawSocket::open({.local = local});
        EXPECT_TRUE(socket.has_value()) << (socket ? "" : to_string(socket.error()));
        EXPECT_TRUE(socket->hear(ports));
        return std::move(*socket);
    }
    Path path() const { return in_ip(any(), host()); }
};

INSTANTIATE_TEST_SUITE_P(On, Raw, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& family) {
                             return family.param == Family::ipv4 ? "IPv4" : "IPv6";
                         });

TEST_P(Raw, CarriesAPacketAndWhatTravelsBesideIt) {
    in_private_network(1500, [this] {
        RawSocket sender = open(any(), {});
        RawSocket receiver = open(host());
        EXPECT_EQ(receiver.local_address(), host());
        EXPECT_EQ(receiver.protocol(), Protocol::ip);
        Ancillary marked{.dscp = Dscp::af41, .ecn = Ecn::ect0};
        marked.hop_limit = 17;
        const Path from = in_ip(host(GetParam() == Family::ipv4 ? 9 : 1), host());
        ASSERT_TRUE(send_one(sender, datagram(from, packet_to(kPort), marked)).refused.empty());
        const Arrived arrived = receive_one(receiver);
        EXPECT_EQ(arrived.bytes, packet_to(kPort)) << "the IP header is none of it";
        EXPECT_EQ(arrived.path, in_ip(host(), from.local));
        EXPECT_EQ(arrived.ancillary.dscp, Dscp::af41);
        EXPECT_EQ(arrived.ancillary.ecn, Ecn::ect0);
        EXPECT_EQ(arrived.ancillary.hop_limit, 17);
        EXPECT_TRUE(arrived.ancillary.received_at.has_value());
        EXPECT_EQ(receiver.counters().received_bytes, packet_to(kPort).size());
    });
}

TEST_P(Raw, HearsItsOwnPortsAlone) {
    in_private_network(1500, [this] {
        RawSocket sender = open(any(), {});
        RawSocket receiver = open(any(), {kPort, 5002});
        const std::array packets{datagram(path(), packet_to(5001)),
                                 datagram(path(), packet_to(5002)),
                                 datagram(path(), packet_to(4999)),
                                 datagram(path(), packet_to(kPort)), datagram(path(), "x")};
        EXPECT_TRUE(sender.send(packets).refused.empty());
        const auto arrived = receive(receiver, 2);
        ASSERT_EQ(arrived.size(), 2u);
        EXPECT_EQ(arrived[0].bytes, packet_to(5002));
        EXPECT_EQ(arrived[1].bytes, packet_to(kPort));
        ReceiveBatch batch;
        EXPECT_EQ(receiver.receive(batch), 0u);
        EXPECT_EQ(sender.receive(batch), 0u) << "who hears nothing";
    });
}

TEST_P(Raw, SendsATrainPacketByPacket) {
    in_private_network(1500, [this] {
        RawSocket sender = open(any(), {});
        RawSocket receiver = open(any(), {0x5a5a});
        ASSERT_TRUE(send_one(sender, train(path(), 20, 100, 60)).refused.empty());
        EXPECT_EQ(sender.counters().sent, 20u);
        EXPECT_EQ(sender.counters().send_calls, 1u);
        const auto arrived = receive(receiver, 20);
        ASSERT_EQ(arrived.size(), 20u);
        EXPECT_EQ(arrived[7].bytes.size(), 100u);
        EXPECT_EQ(arrived[7].bytes[0], 7);
        EXPECT_EQ(arrived[19].bytes.size(), 60u);
    });
}

TEST_P(Raw, ReportsAPacketThatDoesNotFit) {
    in_private_network(1500, [this] {
        RawSocket sender = open(any(), {});
        const auto outcome = send_one(sender, datagram(path(), packet_to(kPort, 1600)));
        ASSERT_EQ(outcome.refused.size(), 1u);
        EXPECT_EQ(outcome.refused[0].os_errno, EMSGSIZE);
        const auto events = errors_of(sender);
        ASSERT_EQ(events.size(), 1u);
        EXPECT_EQ(events[0].kind, PathEvent::Kind::too_big);
        EXPECT_EQ(events[0].path, path());
        EXPECT_EQ(events[0].mtu_bytes, 1500u);
        EXPECT_EQ(events[0].quote.size, 0u) << "it never left";
        EXPECT_EQ(events[0].payload_bytes_max(0), GetParam() == Family::ipv4 ? 1480u : 1460u);
        const std::size_t most = GetParam() == Family::ipv4 ? 1480 : 1460;
        EXPECT_TRUE(send_one(sender, datagram(path(), packet_to(kPort, most))).refused.empty());
    });
}

TEST_P(Raw, RefusesThePathsOfOthers) {
    in_private_network(1500, [this] {
        RawSocket sender = open(any(), {});
        const auto why = [&](const Path& path) {
            const auto possible = sender.check({}, path);
            return possible ? Errc::io : possible.error().code;
        };
        Path udp = path();
        udp.protocol = Protocol::udp;
        EXPECT_EQ(why(udp), Errc::invalid_argument);
        EXPECT_EQ(why(in_ip(any(), host().with_port(1))), Errc::invalid_argument);
        EXPECT_EQ(why(in_ip(any().with_port(1), host())), Errc::invalid_argument);
        const Family other = GetParam() == Family::ipv4 ? Family::ipv6 : Family::ipv4;
        EXPECT_EQ(why(in_ip(Address::any(other), Address::loopback(other))),
                  Errc::invalid_argument);
        EXPECT_TRUE(sender.check({}, path()));
        EXPECT_EQ(sender.connect(host().with_port(9)).error().code, Errc::unsupported);
    });
}

TEST_P(Raw, HasNoMorePortsThanAProgramOfTheKernelHolds) {
    in_private_network(1500, [this] {
        RawSocket sender = open(any(), {});
        RawSocket receiver = open(any());
        std::vector<std::uint16_t> many(Socket::kPortsHeardMax + 1, 1);
        EXPECT_EQ(receiver.hear(many).error().code, Errc::too_large);
        many.pop_back();
        many.back() = kPort;
        EXPECT_TRUE(receiver.hear(many));
        ASSERT_TRUE(send_one(sender, datagram(path(), packet_to(kPort))).refused.empty());
        EXPECT_EQ(receive_one(receiver).bytes, packet_to(kPort));
        UdpSocket udp = test::open(GetParam());
        EXPECT_EQ(udp.hear({}).error().code, Errc::unsupported);
    });
}

// A host that has nobody for the protocol; a raw socket at another address is nobody there.
TEST(RawIcmp, QuotesThePacketThatNobodyTook) {
    in_private_network(1500, [] {
        auto sender = RawSocket::open({.local = Address::loopback(Family::ipv4)});
        ASSERT_TRUE(sender);
        const Path path = in_ip(Address::loopback(Family::ipv4), Address::ipv4({127, 0, 0, 2}));
        for (const std::uint16_t port : {kPort, std::uint16_t{5001}}) {
            ASSERT_TRUE(send_one(*sender, datagram(path, packet_to(port, 40))).refused.empty());
        }
        std::vector<PathEvent> events;
        while (events.size() < 2) {
            const auto more = errors_of(*sender);
            if (more.empty()) break;
            events.insert(events.end(), more.begin(), more.end());
        }
        ASSERT_EQ(events.size(), 2u) << "of two packets that are not the same";
        EXPECT_EQ(events[0].kind, PathEvent::Kind::unreachable);
        EXPECT_EQ(events[0].os_errno, ENOPROTOOPT);
        EXPECT_EQ(events[0].path, path);
        EXPECT_EQ(as_text(events[0].quote.view()), packet_to(kPort, 20));
        EXPECT_EQ(as_text(events[1].quote.view()), packet_to(5001, 20));
    });
}

TEST(RawOpen, RefusesAnAddressThatIsNotOurs) {
    in_private_network(1500, [] {
        const auto socket = RawSocket::open({.local = Address::ipv4({192, 0, 2, 1})});
        ASSERT_FALSE(socket.has_value());
        EXPECT_EQ(socket.error().code, Errc::invalid_argument);
    });
}

TEST(PortClaim, IsOneHoldersAtATime) {
    in_private_network(1500, [] {
        auto first = PortClaim::take(kPort);
        ASSERT_TRUE(first);
        EXPECT_EQ(PortClaim::take(kPort).error().code, Errc::in_use);
        EXPECT_TRUE(PortClaim::take(500)) << "whose name begins alike";
        PortClaim moved = std::move(*first);
        EXPECT_FALSE(PortClaim::take(kPort));
        moved = std::move(*PortClaim::take(5001));
        EXPECT_TRUE(PortClaim::take(kPort)) << "free again";
    });
}

} // namespace
} // namespace hawser::net::test
