// Raw control buffers, laid out as for sendmsg.
#include <hawser/core/ancillary.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace hawser {
namespace {

constexpr int kFlowInfo = 11; // IPV6_FLOWINFO, which <netinet/in.h> lacks
constexpr int kTransmitTime = 61;

/// A control buffer as a program builds it with the CMSG macros.
class RawControl {
public:
    template <class T>
    RawControl& add(int level, int type, const T& value) {
        const std::size_t at = bytes_.size();
        bytes_.resize(at + CMSG_SPACE(sizeof value));
        const cmsghdr header{
            .cmsg_len = CMSG_LEN(sizeof value), .cmsg_level = level, .cmsg_type = type};
        std::memcpy(bytes_.data() + at, &header, sizeof header);
        std::memcpy(bytes_.data() + at + CMSG_LEN(0), &value, sizeof value);
        return *this;
    }
    std::vector<std::byte>& bytes() { return bytes_; }
    Result<Ancillary> read() const { return Ancillary::from_control(bytes_); }

private:
    std::vector<std::byte> bytes_;
};

template <class T>
Result<Ancillary> read_one(int level, int type, const T& value) {
    return RawControl{}.add(level, type, value).read();
}

TEST(FromControl, ReadsEveryTypedField) {
    const auto read =
        RawControl{}
            .add(IPPROTO_IP, IP_TOS, int{0xb9})
            .add(IPPROTO_IP, IP_TTL, int{9})
            .add(IPPROTO_IPV6, IPV6_DONTFRAG, int{1})
            .add(IPPROTO_IPV6, kFlowInfo, htonl(0xabcdeu))
            .add(SOL_SOCKET, SO_MARK, 0xdeadbeefu)
            .add(SOL_SOCKET, SO_PRIORITY, 5u)
            .add(SOL_SOCKET, kTransmitTime, std::uint64_t{123'456'789})
            .add(IPPROTO_IPV6, IPV6_PKTINFO, in6_pktinfo{.ipi6_addr = {}, .ipi6_ifindex = 3})
            .read();
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->dscp, Dscp::ef);
    EXPECT_EQ(read->ecn, Ecn::ect1);
    EXPECT_EQ(read->hop_limit, 9);
    EXPECT_EQ(read->dont_fragment, true);
    EXPECT_EQ(read->flow_label, 0xabcdeu);
    EXPECT_EQ(read->mark, 0xdeadbeefu);
    EXPECT_EQ(read->priority, 5u);
    EXPECT_EQ(read->send_at->at.time_since_epoch().count(), 123'456'789);
    EXPECT_EQ(read->interface_index, 3u);
    EXPECT_TRUE(read->extra.empty());
}

TEST(FromControl, ReadsTheTrafficClassAsAByteOnIpv4AlsoButNotOnIpv6) {
    const auto byte = read_one(IPPROTO_IP, IP_TOS, std::uint8_t{0xb8});
    ASSERT_TRUE(byte.has_value());
    EXPECT_EQ(byte->dscp, Dscp::ef);
    EXPECT_FALSE(read_one(IPPROTO_IP, IP_TOS, std::uint16_t{0xb8}).has_value());
    EXPECT_FALSE(read_one(IPPROTO_IPV6, IPV6_TCLASS, std::uint8_t{0xb8}).has_value());
    EXPECT_EQ(read_one(IPPROTO_IPV6, IPV6_TCLASS, int{0xb8})->dscp, Dscp::ef);
}

TEST(FromControl, TakesMinusOneOnIpv6AsTheSocketsDefault) {
    EXPECT_TRUE(read_one(IPPROTO_IPV6, IPV6_TCLASS, int{-1})->empty());
    EXPECT_TRUE(read_one(IPPROTO_IPV6, IPV6_HOPLIMIT, int{-1})->empty());
    EXPECT_FALSE(read_one(IPPROTO_IP, IP_TTL, int{-1}).has_value());
}

TEST(FromControl, RefusesValuesOutOfRange) {
    EXPECT_FALSE(read_one(IPPROTO_IP, IP_TOS, int{256}).has_value());
    EXPECT_FALSE(read_one(IPPROTO_IP, IP_TTL, int{0}).has_value());
    EXPECT_FALSE(read_one(IPPROTO_IP, IP_TTL, int{256}).has_value());
    EXPECT_FALSE(read_one(IPPROTO_IP, IP_TTL, std::uint8_t{9}).has_value());
    EXPECT_FALSE(read_one(IPPROTO_IPV6, kFlowInfo, htonl(1u << 20)).has_value());
    EXPECT_FALSE(read_one(IPPROTO_IPV6, IPV6_DONTFRAG, int{2}).has_value());
    EXPECT_FALSE(read_one(SOL_SOCKET, SO_MARK, std::uint64_t{1}).has_value());
    EXPECT_FALSE(read_one(SOL_SOCKET, kTransmitTime, UINT64_MAX).has_value());
}

TEST(FromControl, KeepsWhatHasNoFieldAsItIs) {
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK); // a source address belongs to a path
    const auto read =
        RawControl{}.add(IPPROTO_IP, IP_PKTINFO, info).add(1234, 5, std::uint8_t{6}).read();
    ASSERT_TRUE(read.has_value());
    EXPECT_FALSE(read->interface_index.has_value());
    ASSERT_EQ(read->extra.size(), 2u);
    EXPECT_EQ(read->extra.begin()[0].data.size(), sizeof info);
    EXPECT_EQ(read->extra.begin()[1],
              (ControlMessage{.level = 1234, .type = 5, .data = {std::byte{6}}}));
}

TEST(FromControl, ReadsNothingFromNothing) {
    EXPECT_TRUE(Ancillary::from_control({})->empty());
    const std::array<std::byte, 5> rest{}; // less than a header, as padding may be
    EXPECT_TRUE(Ancillary::from_control(rest)->empty());
}

TEST(FromControl, RefusesLengthsThatDoNotHold) {
    RawControl good;
    good.add(IPPROTO_IP, IP_TOS, int{0xb8}).add(IPPROTO_IP, IP_TTL, int{9});
    ASSERT_TRUE(good.read().has_value());
    const std::size_t lengths[] = {
        0, 1, sizeof(cmsghdr) - 1, good.bytes().size() + 1, SIZE_MAX, SIZE_MAX - 7};
    for (const std::size_t length : lengths) {
        RawControl bad = good;
        std::memcpy(bad.bytes().data(), &length, sizeof length);
        const auto read = bad.read();
        ASSERT_FALSE(read.has_value()) << length;
        EXPECT_EQ(read.error().code, Errc::invalid_argument);
    }
    // The last message may end without padding, and not one byte earlier.
    std::vector<std::byte> bytes = good.bytes();
    bytes.resize(CMSG_SPACE(sizeof(int)) + CMSG_LEN(sizeof(int)));
    EXPECT_TRUE(Ancillary::from_control(bytes).has_value());
    bytes.pop_back();
    EXPECT_FALSE(Ancillary::from_control(bytes).has_value());
}

TEST(FromControl, ReadsABufferAtAnyAddress) {
    RawControl good;
    good.add(IPPROTO_IP, IP_TOS, int{0xb8});
    std::vector<std::byte> shifted{std::byte{}};
    shifted.insert(shifted.end(), good.bytes().begin(), good.bytes().end());
    EXPECT_EQ(Ancillary::from_control(Bytes{shifted}.subspan(1))->dscp, Dscp::ef);
}

} // namespace
} // namespace hawser
