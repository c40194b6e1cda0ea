#include "wire/drawn.hpp"

#include <hawser/wire/sctp/packet.hpp>

#include <gtest/gtest.h>

namespace hawser::wire::sctp {
namespace {

TEST(CommonHeader, ReadsWhatItWrites) {
    const Drawn bytes = drawn(R"(
        0b 58 c0 01   | ports 2904, 49153
        de ad be ef   | verification tag
        78 56 34 12   | checksum 0x12345678, least significant byte first
    )");
    const auto header = CommonHeader::parse(bytes);
    ASSERT_TRUE(header);
    EXPECT_EQ(*header, (CommonHeader{.source_port = 2904,
                                     .destination_port = 49'153,
                                     .tag = VerificationTag{0xdeadbeef},
                                     .checksum = 0x12345678}));
    EXPECT_EQ(shown_from([&](Writer& out) { header->write(out); }), shown(bytes));
}

TEST(CommonHeader, NeedsTwelveBytes) {
    const Drawn bytes(12);
    EXPECT_TRUE(CommonHeader::parse(bytes));
    const auto shorter = CommonHeader::parse(Bytes{bytes}.first(11));
    ASSERT_FALSE(shorter);
    EXPECT_EQ(shorter.error().code, Errc::malformed);
}

/// A COOKIE ACK, checksummed by a bitwise program apart from this library.
const Drawn kCookieAck = drawn(R"(
    0b 58 0b 58   | ports
    12 34 56 78   | tag
    93 db 20 ac   | checksum
    0b 00 00 04   | COOKIE ACK
)");

TEST(PacketChecksum, IsRightForAPacketFromElsewhere) {
    EXPECT_TRUE(checksum_is_right(kCookieAck));
    EXPECT_EQ(packet_checksum(kCookieAck), 0xac20db93u);
}

TEST(PacketChecksum, IsFilledInWhateverStoodThereBefore) {
    Drawn packet = kCookieAck;
    const MutableBytes checksum =
        MutableBytes{packet}.subspan(kChecksumOffset, kCommonHeaderBytes - kChecksumOffset);
    for (std::byte& octet : checksum)
        octet = std::byte{0xaa};
    EXPECT_FALSE(checksum_is_right(packet));
    write_checksum(packet);
    EXPECT_EQ(shown(packet), shown(kCookieAck));
}

TEST(PacketChecksum, NoticesEveryFlippedBit) {
    Drawn packet = kCookieAck;
    for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
        packet[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
        EXPECT_FALSE(checksum_is_right(packet)) << "bit " << bit;
        packet[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    }
}

TEST(PacketChecksum, IsWrongForAPacketTooShortToHaveOne) {
    EXPECT_FALSE(checksum_is_right({}));
    EXPECT_FALSE(checksum_is_right(Bytes{kCookieAck}.first(11)));
}

} // namespace
} // namespace hawser::wire::sctp
