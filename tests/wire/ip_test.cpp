// IP and UDP headers as a capture needs them.
#include <hawser/wire/ip.hpp>
#include <hawser/wire/pcapng_link.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>

namespace hawser::wire {
namespace {

std::vector<std::byte> bytes(std::initializer_list<unsigned> octets) {
    std::vector<std::byte> out;
    for (const unsigned octet : octets)
        out.push_back(static_cast<std::byte>(octet));
    return out;
}

/// A sum over everything that a checksum covers, with the checksum in it, is all ones: RFC 1071 §1.
constexpr std::uint32_t kRight = 0xffff;

std::uint32_t udp_sum(const IpPacket& packet) {
    std::uint32_t sum = internet_sum(packet.header.source.octets());
    sum = internet_sum(packet.header.destination.octets(), sum);
    sum += static_cast<std::uint32_t>(packet.payload.size()) + 17;
    sum = internet_sum(packet.payload, sum);
    return (sum & 0xffff) + (sum >> 16);
}

IpHeader header_v4() {
    return {.source = Address::ipv4({192, 0, 2, 1}, 9899),
            .destination = Address::ipv4({198, 51, 100, 7}, 40000),
            .dscp = Dscp::ef,
            .ecn = Ecn::ect1,
            .hop_limit = 63};
}

IpHeader header_v6() {
    IpHeader header = header_v4();
    header.source = *Address::parse("[2001:db8::1]:9899");
    header.destination = *Address::parse("[2001:db8::2]:40000");
    header.flow_label = 0xabcde;
    return header;
}

TEST(Ip, MakesAnIpv4DatagramByteForByte) {
    std::vector<std::byte> out;
    ASSERT_TRUE(append_udp(out, header_v4(), as_bytes("hi")));
    // The checksums come from another implementation of RFC 1071.
    EXPECT_EQ(out,
              bytes({0x45, 0xb9, 0,   30, 0,    0,    0x40, 0,    63, 17, 0x4e, 0xda, 192, 0,  2, 1,
                     198,  51,   100, 7,  0x26, 0xab, 0x9c, 0x40, 0,  10, 0xe8, 0x48, 'h', 'i'}));
}

TEST(Ip, ReadsBackWhatItMakes) {
    for (const IpHeader& header : {header_v4(), header_v6()}) {
        for (const std::string_view text : {"", "a", "ab", "odd", "longer than one word"}) {
            std::vector<std::byte> out;
            ASSERT_TRUE(append_udp(out, header, as_bytes(text)));
            const auto packet = parse_ip(out);
            ASSERT_TRUE(packet);
            EXPECT_EQ(packet->header.dscp, Dscp::ef);
            EXPECT_EQ(packet->header.ecn, Ecn::ect1);
            EXPECT_EQ(packet->header.hop_limit, 63);
            EXPECT_EQ(packet->header.protocol, IpProtocol::udp);
            EXPECT_EQ(packet->header.flow_label, header.flow_label);
            EXPECT_EQ(packet->header.source, header.source.with_port(0));
            EXPECT_EQ(packet->payload.size(), packet->payload_bytes);
            EXPECT_EQ(udp_sum(*packet), kRight) << text;
            const auto udp = parse_udp(packet->payload);
            ASSERT_TRUE(udp);
            EXPECT_EQ(udp->source_port, 9899);
            EXPECT_EQ(udp->destination_port, 40000);
            EXPECT_EQ(as_text(udp->payload), text);
            if (header.source.is_ipv4()) {
                EXPECT_EQ(internet_sum(Bytes{out}.first(20)), kRight);
            }
        }
    }
}

TEST(Ip, SaysAllOnesForAChecksumOfZero) {
    // Found by search: a payload whose sum comes out as zero, which on the wire would mean "none".
    for (unsigned word = 0; word < 0x10000; ++word) {
        const auto payload = bytes({word >> 8, word & 0xff});
        std::vector<std::byte> out;
        ASSERT_TRUE(append_udp(out, header_v6(), payload));
        const bool none = out[46] == std::byte{0} && out[47] == std::byte{0};
        ASSERT_FALSE(none) << word;
    }
}

TEST(Ip, CarriesEveryMarking) {
    for (unsigned octet = 0; octet < 256; ++octet) {
        for (IpHeader header : {header_v4(), header_v6()}) {
            header.dscp = static_cast<Dscp>(octet >> 2);
            header.ecn = static_cast<Ecn>(octet & 3);
            std::vector<std::byte> out;
            ASSERT_TRUE(append_ip(out, header, as_bytes("x")));
            const auto packet = parse_ip(out);
            ASSERT_TRUE(packet);
            EXPECT_EQ(packet->header.dscp, header.dscp);
            EXPECT_EQ(packet->header.ecn, header.ecn);
        }
    }
}

TEST(Ip, RefusesWhatNoHeaderCanSay) {
    std::vector<std::byte> out;
    const std::vector<std::byte> longest(65'507);
    const std::vector<std::byte> too_long(65'508);
    EXPECT_TRUE(append_udp(out, header_v4(), longest));
    out.clear();
    EXPECT_EQ(append_udp(out, header_v4(), too_long).error().code, Errc::too_large);
    IpHeader mixed = header_v4();
    mixed.destination = header_v6().destination;
    EXPECT_EQ(append_udp(out, mixed, as_bytes("x")).error().code, Errc::invalid_argument);
    EXPECT_TRUE(out.empty());
}

TEST(Ip, PassesOverIpv6ExtensionHeaders) {
    IpHeader header = header_v6();
    header.protocol = IpProtocol{0}; // hop-by-hop options come first
    std::vector<std::byte> payload = bytes({44, 0, 1, 4, 0, 0, 0, 0}); // then a fragment header
    const auto fragment = bytes({60, 0, 0, 1, 0, 0, 0, 9});            // the first one
    const auto options = bytes({17, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    const auto udp = bytes({0, 1, 0, 2, 0, 9, 0, 0, 'x'});
    for (const auto& part : {fragment, options, udp}) {
        payload.insert(payload.end(), part.begin(), part.end());
    }
    std::vector<std::byte> out;
    ASSERT_TRUE(append_ip(out, header, payload));
    const auto packet = parse_ip(out);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->header.protocol, IpProtocol::udp);
    EXPECT_FALSE(packet->header.later_fragment);
    EXPECT_EQ(as_text(parse_udp(packet->payload)->payload), "x");
}

TEST(Ip, TellsALaterFragment) {
    std::vector<std::byte> out;
    ASSERT_TRUE(append_ip(out, header_v4(), as_bytes("middle")));
    out[7] = std::byte{1}; // fragment offset 8
    const auto packet = parse_ip(out);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->header.later_fragment);
}

TEST(Ip, ReadsWhatACutCaptureHas) {
    std::vector<std::byte> out;
    ASSERT_TRUE(append_udp(out, header_v4(), as_bytes("a longer datagram")));
    const auto packet = parse_ip(Bytes{out}.first(30));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->payload_bytes, 25u);
    const auto udp = parse_udp(packet->payload);
    ASSERT_TRUE(udp);
    EXPECT_EQ(udp->payload_bytes, 17u);
    EXPECT_EQ(as_text(udp->payload), "a ");
}

TEST(Ip, RefusesBrokenHeaders) {
    std::vector<std::byte> v4;
    std::vector<std::byte> v6;
    ASSERT_TRUE(append_udp(v4, header_v4(), as_bytes("x")));
    ASSERT_TRUE(append_udp(v6, header_v6(), as_bytes("x")));
    for (std::size_t cut = 0; cut < 20; ++cut)
        EXPECT_FALSE(parse_ip(Bytes{v4}.first(cut))) << cut;
    for (std::size_t cut = 0; cut < 40; ++cut)
        EXPECT_FALSE(parse_ip(Bytes{v6}.first(cut))) << cut;
    v4[0] = std::byte{0x44}; // a header of 16 octets
    EXPECT_FALSE(parse_ip(v4));
    v4[0] = std::byte{0x55}; // version 5
    EXPECT_FALSE(parse_ip(v4));
    EXPECT_FALSE(parse_udp(bytes({0, 1, 0, 2, 0, 7, 0, 0}))); // a length below its own header
    EXPECT_FALSE(parse_udp(bytes({0, 1, 0, 2, 0, 8, 0})));
}

TEST(Link, FindsTheIpPacketBehindEachHeader) {
    using pcapng::ip_packet_of;
    using pcapng::LinkType;
    std::vector<std::byte> ip;
    ASSERT_TRUE(append_udp(ip, header_v4(), as_bytes("x")));
    const auto behind = [&](std::vector<std::byte> header) {
        header.insert(header.end(), ip.begin(), ip.end());
        return header;
    };
    const auto finds = [&](LinkType link, const std::vector<std::byte>& frame) {
        const auto packet = ip_packet_of(link, frame);
        return packet && std::ranges::equal(*packet, ip);
    };
    EXPECT_TRUE(finds(LinkType::raw, ip));
    EXPECT_TRUE(
        finds(LinkType::ethernet, behind(bytes({1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 8, 0}))));
    EXPECT_TRUE(finds(LinkType::ethernet, behind(bytes({1,    1,    1, 1, 1,    1, 2, 2, 2, 2, 2, 2,
                                                        0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0}))));
    EXPECT_TRUE(finds(LinkType::linux_sll,
                      behind(bytes({0, 4, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0}))));
    EXPECT_TRUE(finds(LinkType::linux_sll2,
                      behind(bytes({8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 1, 2, 3, 4, 5, 6, 0, 0}))));
    EXPECT_TRUE(finds(LinkType::null, behind(bytes({2, 0, 0, 0}))));
    EXPECT_TRUE(finds(LinkType::loop, behind(bytes({0, 0, 0, 2}))));
    EXPECT_FALSE(ip_packet_of(LinkType::ethernet,
                              behind(bytes({1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 8, 6})))); // ARP
    for (std::size_t cut = 0; cut < 14; ++cut) {
        EXPECT_FALSE(ip_packet_of(LinkType::ethernet, Bytes{ip}.first(cut)));
    }
    EXPECT_FALSE(ip_packet_of(LinkType::upper_pdu, ip));
}

} // namespace
} // namespace hawser::wire
