// The tags in front of a protocol's own bytes.
#include <hawser/wire/pcapng_upper_pdu.hpp>

#include <gtest/gtest.h>

#include <string>

namespace hawser::wire::pcapng {
namespace {

std::string hex_of(Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        text += kDigits[std::to_integer<std::size_t>(byte) >> 4];
        text += kDigits[std::to_integer<std::size_t>(byte) & 15];
    }
    return text;
}

TEST(UpperPdu, IsTheBytesThatWiresharkReads) {
    const UpperPdu pdu{.dissector = "sctp",
                       .source = Address::ipv4({192, 0, 2, 10}, 50000),
                       .destination = Address::ipv4({198, 51, 100, 20}, 60000),
                       .original_frame = 17,
                       .payload = as_bytes("S")};
    std::vector<std::byte> out;
    pdu.append_to(out);
    EXPECT_EQ(hex_of(out), "000c000473637470"
                           "00140004c000020a"
                           "00150004c6336414"
                           "0018000400000000"
                           "001900040000c350"
                           "001a00040000ea60"
                           "001e000400000011"
                           "00000000"
                           "53");
}

TEST(UpperPdu, PadsAShortNameWithAZero) {
    std::vector<std::byte> out;
    UpperPdu{.dissector = "rtp"}.append_to(out);
    EXPECT_EQ(hex_of(out), "000c00047274700000000000");
}

TEST(UpperPdu, ReadsBackWhatItWrites) {
    const UpperPdu pdu{.dissector = "rtp",
                       .source = *Address::parse("[2001:db8::1]:5004"),
                       .destination = *Address::parse("[2001:db8::2]:5006"),
                       .port_type = PortType::udp,
                       .original_frame = 3,
                       .protocol_column = "HAWSR",
                       .payload = as_bytes("payload")};
    std::vector<std::byte> out;
    pdu.append_to(out);
    const auto read = UpperPdu::parse(out);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->dissector, "rtp");
    EXPECT_EQ(read->source, pdu.source);
    EXPECT_EQ(read->destination, pdu.destination);
    EXPECT_EQ(read->port_type, PortType::udp);
    EXPECT_EQ(read->original_frame, 3u);
    EXPECT_EQ(read->protocol_column, "HAWSR");
    EXPECT_EQ(as_text(read->payload), "payload");
}

TEST(UpperPdu, RefusesTagsThatDoNotEnd) {
    std::vector<std::byte> out;
    UpperPdu{.dissector = "sctp", .source = Address{}, .destination = Address{}}.append_to(out);
    for (std::size_t cut = 0; cut < out.size(); ++cut) {
        EXPECT_FALSE(UpperPdu::parse(Bytes{out}.first(cut))) << cut;
    }
    EXPECT_TRUE(UpperPdu::parse(out));
}

} // namespace
} // namespace hawser::wire::pcapng
