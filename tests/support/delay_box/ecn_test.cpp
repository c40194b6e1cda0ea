#include "support/delay_box/ecn.hpp"

#include <hawser/wire/ip.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::test {
namespace {

std::vector<std::byte> packet(Family family, Dscp dscp, Ecn ecn) {
    std::vector<std::byte> out;
    wire::IpHeader header{.source = Address::loopback(family),
                          .destination = Address::loopback(family),
                          .dscp = dscp,
                          .ecn = ecn};
    const std::array<std::byte, 3> payload{};
    EXPECT_TRUE(wire::append_udp(out, header, payload));
    return out;
}

TEST(DelayBox, MarksAsIfTheSenderHadSetCongestionExperienced) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        for (const Dscp dscp : {Dscp::cs0, Dscp::ef, Dscp::cs7}) {
            for (const Ecn ecn : {Ecn::ect0, Ecn::ect1, Ecn::ce}) {
                auto marked = packet(family, dscp, ecn);
                EXPECT_TRUE(can_be_marked(marked));
                mark_congestion(marked);
                EXPECT_EQ(marked, packet(family, dscp, Ecn::ce)); // its checksum, too
            }
        }
    }
}

TEST(DelayBox, MarksNothingThatIsNotEcnCapable) {
    EXPECT_FALSE(can_be_marked(packet(Family::ipv4, Dscp::ef, Ecn::not_ect)));
    EXPECT_FALSE(can_be_marked(packet(Family::ipv6, Dscp::ef, Ecn::not_ect)));
    const std::array<std::byte, 19> cut{std::byte{0x45}, std::byte{0x03}};
    EXPECT_FALSE(can_be_marked(cut));
    EXPECT_FALSE(can_be_marked({}));
}

} // namespace
} // namespace hawser::test
