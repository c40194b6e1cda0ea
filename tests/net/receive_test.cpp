// Receiving: what is cut, and what is noticed of it.
#include "net/control.hpp"
#include "net/sockaddr.hpp"
#include "net/wire.hpp"

#include <netinet/in.h>

namespace hawser::net::test {
namespace {

TEST(Receive, AnswersNothingWhenNothingIsThere) {
    UdpSocket socket = open(Family::ipv4);
    ReceiveBatch batch;
    EXPECT_EQ(socket.receive(batch), 0u);
    EXPECT_TRUE(batch.messages().empty());
    EXPECT_FALSE(batch.full());
    EXPECT_EQ(socket.counters().receive_calls, 1u);
}

TEST(Receive, TakesABatchInOneCall) {
    UdpSocket sender = open(Family::ipv4);
    UdpSocket receiver = open(Family::ipv4);
    std::vector<Transmit> out;
    for (int i = 0; i < 32; ++i) {
        Ancillary each; // no two alike, so that GRO joins none
        each.dscp = static_cast<Dscp>(i);
        out.push_back(datagram(path_to(receiver, Family::ipv4), std::to_string(i), each));
    }
    ASSERT_EQ(sender.send(out).taken, 32u);
    ReceiveBatch batch{32};
    EXPECT_EQ(receiver.receive(batch), 32u);
    EXPECT_TRUE(batch.full());
    EXPECT_EQ(receiver.counters().receive_calls, 1u);
    EXPECT_EQ(sender.counters().send_calls, 1u);
    EXPECT_EQ(receiver.receive(batch), 0u);
    EXPECT_FALSE(batch.full());
}

TEST(Receive, TakesEmptyDatagrams) {
    UdpSocket sender = open(Family::ipv6);
    UdpSocket receiver = open(Family::ipv6);
    ASSERT_TRUE(send_one(sender, datagram(path_to(receiver, Family::ipv6), "")).refused.empty());
    const Arrived one = receive_one(receiver);
    EXPECT_EQ(one.bytes, "");
    EXPECT_EQ(one.path.remote, sender.local_address());
}

TEST(Receive, MarksADatagramThatIsLongerThanItsSlab) {
    UdpSocket sender = open(Family::ipv4);
    UdpSocket receiver = open({.local = Address::loopback(Family::ipv4), .gro = false});
    const Path path = path_to(receiver, Family::ipv4);
    ASSERT_TRUE(send_one(sender, datagram(path, std::string(101, 'x'))).refused.empty());
    ASSERT_TRUE(send_one(sender, datagram(path, std::string(100, 'y'))).refused.empty());
    const auto arrived = receive(receiver, 2, ReceiveBatch{4, 100});
    ASSERT_EQ(arrived.size(), 2u);
    EXPECT_TRUE(arrived[0].truncated);
    EXPECT_EQ(arrived[0].bytes.size(), 100u);
    EXPECT_FALSE(arrived[1].truncated);
    EXPECT_EQ(receiver.counters().truncated, 1u);
}

// A peer can make the kernel report more than any buffer holds: IPv6 destination options.
TEST(Receive, NoticesControlMessagesThatWereCut) {
    UdpSocket receiver = open({.local = Address::loopback(Family::ipv6), .gro = false});
    const int on = 1;
    ASSERT_EQ(setsockopt(receiver.fd(), IPPROTO_IPV6, IPV6_RECVDSTOPTS, &on, sizeof on), 0);
    const int sender = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    // Next header, length in units of 8 bytes, and options that whoever does not know them skips.
    std::array<std::uint8_t, 1024> options{0, 1024 / 8 - 1};
    for (std::size_t at = 2; at < options.size();) {
        const std::size_t size = std::min<std::size_t>(options.size() - at, 257);
        options[at] = 0x1e; // for experiments: RFC 4727 §3.3
        options[at + 1] = static_cast<std::uint8_t>(size - 2);
        at += size;
    }
    if (setsockopt(sender, IPPROTO_IPV6, IPV6_DSTOPTS, options.data(), options.size()) != 0) {
        close(sender);
        GTEST_SKIP() << "needs CAP_NET_RAW for destination options";
    }
    SocketAddress name;
    const socklen_t length = encode(receiver.local_address(), Family::ipv6, name);
    ASSERT_EQ(sendto(sender, "x", 1, 0, &name.header, length), 1);
    close(sender);

    const Arrived one = receive_one(receiver);
    EXPECT_EQ(one.bytes, "x");
    EXPECT_FALSE(one.truncated);
    EXPECT_EQ(receiver.counters().control_truncated, 1u);
}

TEST(Receive, CountsWhatTheKernelHadToDrop) {
    UdpSocket sender = open(Family::ipv4);
    UdpSocket receiver = open(
        {.local = Address::loopback(Family::ipv4), .receive_buffer_bytes = 4096, .gro = false});
    const Path path = path_to(receiver, Family::ipv4);
    std::vector<Transmit> out;
    for (int i = 0; i < 60; ++i)
        out.push_back(datagram(path, std::string(1000, 'x')));
    ASSERT_EQ(sender.send(out).taken, 60u);
    ReceiveBatch batch;
    const std::size_t kept = receiver.receive(batch);
    ASSERT_LT(kept, 60u);
    // The next datagram carries the news.
    ASSERT_TRUE(send_one(sender, datagram(path, "x")).refused.empty());
    receive_one(receiver);
    EXPECT_EQ(receiver.counters().dropped_by_kernel, 60u - kept);
}

/// What `decode_control` makes of one message that the kernel might have written.
template <class T>
Ancillary decode_one(int level, int type, const T& value,
                     std::size_t length = CMSG_LEN(sizeof(T))) {
    ControlBuffer control{};
    const cmsghdr header{.cmsg_len = length, .cmsg_level = level, .cmsg_type = type};
    std::memcpy(control.bytes, &header, sizeof header);
    std::memcpy(control.bytes + CMSG_LEN(0), &value, sizeof value);
    msghdr message{};
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof value);
    Ancillary ancillary;
    decode_control(message, ancillary);
    return ancillary;
}

TEST(DecodeControl, ReadsTheTrafficClassOfIpv4AsOneByteAndOfIpv6AsAnInt) {
    EXPECT_EQ(decode_one(IPPROTO_IP, IP_TOS, std::uint8_t{0xb9}).dscp, Dscp::ef);
    EXPECT_EQ(decode_one(IPPROTO_IP, IP_TOS, std::uint8_t{0xb9}).ecn, Ecn::ect1);
    EXPECT_EQ(decode_one(IPPROTO_IPV6, IPV6_TCLASS, int{0xb9}).dscp, Dscp::ef);
    // One byte would be a message that was cut.
    EXPECT_FALSE(decode_one(IPPROTO_IPV6, IPV6_TCLASS, std::uint8_t{0xb9}).dscp.has_value());
}

TEST(DecodeControl, TrustsNoMessageThatWasCut) {
    EXPECT_TRUE(decode_one(IPPROTO_IP, IP_TOS, std::uint8_t{0xb9}, CMSG_LEN(0)).empty());
    EXPECT_TRUE(decode_one(IPPROTO_IP, IP_TTL, int{64}, CMSG_LEN(3)).empty());
    EXPECT_TRUE(decode_one(IPPROTO_IPV6, IPV6_PKTINFO, in6_pktinfo{}, CMSG_LEN(16)).empty());
    EXPECT_TRUE(decode_one(SOL_SOCKET, SCM_TIMESTAMPNS, timespec{}, CMSG_LEN(8)).empty());
    EXPECT_TRUE(decode_one(SOL_SOCKET, SO_MARK, int{1}, CMSG_LEN(2)).empty());
}

TEST(DecodeControl, KeepsWhatItDoesNotKnow) {
    const Ancillary ancillary = decode_one(77, 88, std::uint16_t{0x0201});
    ASSERT_EQ(ancillary.extra.size(), 1u);
    EXPECT_EQ(*ancillary.extra.begin(),
              (ControlMessage{.level = 77, .type = 88, .data = {std::byte{1}, std::byte{2}}}));
}

TEST(SocketAddresses, WriteIpv4MappedOnAnIpv6SocketAndReadItBackAsIpv4) {
    const Address v4 = Address::ipv4({192, 0, 2, 7}, 2904);
    SocketAddress name;
    ASSERT_EQ(encode(v4, Family::ipv6, name), sizeof name.v6);
    EXPECT_TRUE(IN6_IS_ADDR_V4MAPPED(&name.v6.sin6_addr));
    EXPECT_EQ(decode(&name.header, sizeof name.v6), v4);
    ASSERT_EQ(encode(v4, Family::ipv4, name), sizeof name.v4);
    EXPECT_EQ(decode(&name.header, sizeof name.v4), v4);
    EXPECT_EQ(encode(Address::loopback(Family::ipv6), Family::ipv4, name), 0u);
}

TEST(SocketAddresses, KeepTheScopeOfLinkLocalAddressesAlone) {
    const Address local = Address::parse("[fe80::1%3]:9").value();
    SocketAddress name;
    ASSERT_EQ(encode(local, Family::ipv6, name), sizeof name.v6);
    EXPECT_EQ(name.v6.sin6_scope_id, 3u);
    EXPECT_EQ(decode(&name.header, sizeof name.v6), local);
    EXPECT_EQ(decode(&name.header, 4), std::nullopt);
}

} // namespace
} // namespace hawser::net::test
