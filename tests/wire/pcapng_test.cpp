// Blocks of a pcapng file: their bytes, and back.
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/pcapng.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace hawser::wire::pcapng {
namespace {

using testing::ElementsAre;

/// Bytes as text: "0a 0d" or "0a0d"; blanks are for people.
std::vector<std::byte> hex(std::string_view text) {
    std::vector<std::byte> bytes;
    std::string digits;
    for (const char c : text) {
        if (c != ' ') digits += c;
    }
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(std::stoul(digits.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

/// A block as a machine of the other byte order would write it: every number is turned round, which
/// the caller tells by its widths; 0 ends with bytes that stay.
std::vector<std::byte> turned_round(std::vector<std::byte> block, std::vector<std::size_t> widths) {
    std::size_t at = 0;
    for (const std::size_t width : widths) {
        std::reverse(block.begin() + static_cast<std::ptrdiff_t>(at),
                     block.begin() + static_cast<std::ptrdiff_t>(at + width));
        at += width;
    }
    std::reverse(block.end() - 4, block.end());
    return block;
}

/// The one block in `bytes`.
Block only_block(Bytes bytes, std::endian order = std::endian::native) {
    const auto block = next_block(bytes, order);
    EXPECT_TRUE(block && *block);
    if (!block || !*block) return {};
    EXPECT_EQ((*block)->size_bytes, bytes.size());
    return **block;
}

class PcapngGolden : public testing::Test {
protected:
    void SetUp() override {
        if constexpr (std::endian::native != std::endian::little) {
            GTEST_SKIP() << "the golden bytes are those of a little-endian machine";
        }
    }
    std::vector<std::byte> out_;
};

TEST_F(PcapngGolden, SectionHeader) {
    append(out_, SectionHeader{.application = "hawser", .comments = {"abcd"}});
    EXPECT_EQ(out_, hex("0a0d0d0a 34000000 4d3c2b1a 0100 0000 ffffffffffffffff"
                        "0100 0400 61626364 0400 0600 686177736572 0000 00000000 34000000"));
}

TEST_F(PcapngGolden, Interface) {
    append(out_, Interface{.link = LinkType::raw, .name = "a/wire"});
    EXPECT_EQ(out_, hex("01000000 2c000000 6500 0000 00000000"
                        "0200 0600 612f77697265 0000 0900 0100 09 000000 00000000 2c000000"));
}

TEST_F(PcapngGolden, EnhancedPacket) {
    append(out_, EnhancedPacket{.interface_id = 1,
                                .timestamp = 0x0102'0304'0506'0708,
                                .data = as_bytes("hello"),
                                .original_bytes = 9,
                                .direction = PacketDirection::out,
                                .packet_id = 7,
                                .comments = {"tx"}});
    EXPECT_EQ(out_, hex("06000000 48000000 01000000 04030201 08070605 05000000 09000000"
                        "68656c6c6f 000000 0100 0200 7478 0000 0200 0400 02000000"
                        "0500 0800 0700000000000000 00000000 48000000"));
}

TEST_F(PcapngGolden, InterfaceStatistics) {
    append(out_,
           InterfaceStatistics{.interface_id = 2, .timestamp = 1, .received = 3, .dropped = 4});
    EXPECT_EQ(out_, hex("05000000 34000000 02000000 00000000 01000000 0400 0800 0300000000000000"
                        "0500 0800 0400000000000000 00000000 34000000"));
}

TEST_F(PcapngGolden, Secrets) {
    append(out_, Secrets{.data = as_bytes("K 1 2\n")});
    EXPECT_EQ(out_, hex("0a000000 1c000000 4b534c54 06000000 4b203120320a 0000 1c000000"));
}

TEST_F(PcapngGolden, Names) {
    append(out_, std::vector<Name>{{hex("0a000001"), "a"}});
    EXPECT_EQ(out_, hex("04000000 1c000000 0100 0600 0a000001 6100 0000 00000000 1c000000"));
}

TEST(Pcapng, ReadsBackASectionAndAnInterface) {
    std::vector<std::byte> out;
    append(out, SectionHeader{.hardware = "x86_64", .os = "Linux", .comments = {"one", "two"}});
    const auto section = parse_section_header(only_block(out));
    ASSERT_TRUE(section);
    EXPECT_EQ(section->hardware, "x86_64");
    EXPECT_EQ(section->os, "Linux");
    EXPECT_THAT(section->comments, ElementsAre("one", "two"));

    out.clear();
    append(out, Interface{.link = LinkType::upper_pdu,
                          .snap_bytes = 96,
                          .name = "a/clear",
                          .description = "what is in them",
                          .offset_seconds = -3});
    const auto interface = parse_interface(only_block(out));
    ASSERT_TRUE(interface);
    EXPECT_EQ(interface->link, LinkType::upper_pdu);
    EXPECT_EQ(interface->snap_bytes, 96u);
    EXPECT_EQ(interface->name, "a/clear");
    EXPECT_EQ(interface->description, "what is in them");
    EXPECT_EQ(interface->resolution, 9);
    EXPECT_EQ(interface->offset_seconds, -3);
}

TEST(Pcapng, ReadsBackAPacket) {
    std::vector<std::byte> out;
    append(out, EnhancedPacket{.interface_id = 3,
                               .timestamp = 77,
                               .data = as_bytes("datagram"),
                               .original_bytes = 8,
                               .direction = PacketDirection::in,
                               .packet_id = 0xffff'ffff'ffff,
                               .drop_count = 12,
                               .comments = {"rx drop=bad_tag", "late"}});
    const auto packet = parse_packet(only_block(out));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->interface_id, 3u);
    EXPECT_EQ(packet->timestamp, 77u);
    EXPECT_EQ(as_text(packet->data), "datagram");
    EXPECT_EQ(packet->direction, PacketDirection::in);
    EXPECT_EQ(packet->packet_id, 0xffff'ffff'ffffu);
    EXPECT_EQ(packet->drop_count, 12u);
    EXPECT_THAT(packet->comments, ElementsAre("rx drop=bad_tag", "late"));
}

TEST(Pcapng, ReadsBackStatisticsSecretsAndNames) {
    std::vector<std::byte> out;
    append(out,
           InterfaceStatistics{
               .interface_id = 1, .received = 5, .dropped = 2, .os_dropped = 1, .comments = {"c"}});
    const auto statistics = parse_statistics(only_block(out));
    ASSERT_TRUE(statistics);
    EXPECT_EQ(statistics->received, 5u);
    EXPECT_EQ(statistics->dropped, 2u);
    EXPECT_EQ(statistics->os_dropped, 1u);
    EXPECT_THAT(statistics->comments, ElementsAre("c"));

    out.clear();
    append(out, Secrets{.data = as_bytes("CLIENT_RANDOM 00 11\n")});
    const auto secrets = parse_secrets(only_block(out));
    ASSERT_TRUE(secrets);
    EXPECT_EQ(secrets->type, Secrets::kTlsKeyLog);
    EXPECT_EQ(as_text(secrets->data), "CLIENT_RANDOM 00 11\n");

    out.clear();
    const auto v4 = hex("0a000001");
    const auto v6 = hex("20010db8 00000000 00000000 00000001");
    append(out, std::vector<Name>{{v4, "alpha"}, {v6, "beta.example"}});
    const auto names = parse_names(only_block(out));
    ASSERT_TRUE(names);
    ASSERT_EQ(names->size(), 2u);
    EXPECT_EQ((*names)[0].name, "alpha");
    EXPECT_EQ((*names)[1].name, "beta.example");
    EXPECT_TRUE(std::ranges::equal((*names)[1].octets, v6));
}

TEST(Pcapng, ReadsTheOtherByteOrder) {
    std::vector<std::byte> file;
    append(file, SectionHeader{});
    auto section = turned_round(file, {4, 4, 4, 2, 2, 8});
    std::vector<std::byte> packet;
    append(packet, EnhancedPacket{.interface_id = 5,
                                  .timestamp = 0x0102'0304'0506'0708,
                                  .data = as_bytes("four"),
                                  .original_bytes = 4,
                                  .packet_id = 9});
    packet = turned_round(packet, {4, 4, 4, 4, 4, 4, 4});
    const auto behind_data = packet.begin() + 28 + 4;
    std::reverse(behind_data, behind_data + 2);         // option code
    std::reverse(behind_data + 2, behind_data + 4);     // option length
    std::reverse(behind_data + 4, behind_data + 4 + 8); // packet id
    section.insert(section.end(), packet.begin(), packet.end());

    std::endian order = std::endian::native;
    const auto first = next_block(section, order);
    ASSERT_TRUE(first && *first);
    EXPECT_NE(order, std::endian::native);
    EXPECT_TRUE(parse_section_header(**first));
    const auto second = next_block(Bytes{section}.subspan((*first)->size_bytes), order);
    ASSERT_TRUE(second && *second);
    const auto parsed = parse_packet(**second);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->interface_id, 5u);
    EXPECT_EQ(parsed->timestamp, 0x0102'0304'0506'0708u);
    EXPECT_EQ(as_text(parsed->data), "four");
    EXPECT_EQ(parsed->packet_id, 9u);
}

TEST(Pcapng, ReadsTheBlocksThatItNeverWrites) {
    std::endian order = std::endian::little;
    const auto simple = hex("03000000 18000000 05000000 68656c6c6f 000000 18000000");
    auto block = next_block(simple, order);
    ASSERT_TRUE(block && *block);
    auto packet = parse_packet(**block);
    ASSERT_TRUE(packet);
    EXPECT_EQ(as_text(packet->data), "hello");
    EXPECT_FALSE(packet->timed);

    const auto obsolete = hex("02000000 24000000 0300 0700 01000000 02000000 02000000 09000000"
                              "6869 0000 24000000");
    block = next_block(obsolete, order);
    ASSERT_TRUE(block && *block);
    packet = parse_packet(**block);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->interface_id, 3u);
    EXPECT_EQ(packet->drop_count, 7u);
    EXPECT_EQ(packet->timestamp, 0x1'0000'0002u);
    EXPECT_EQ(packet->original_bytes, 9u);
    EXPECT_EQ(as_text(packet->data), "hi");
}

TEST(Pcapng, AsksForMoreUntilABlockIsWhole) {
    std::vector<std::byte> out;
    append(out, SectionHeader{.application = "hawser"});
    for (std::size_t cut = 0; cut < out.size(); ++cut) {
        std::endian order = std::endian::native;
        const auto block = next_block(Bytes{out}.first(cut), order);
        ASSERT_TRUE(block) << cut;
        EXPECT_FALSE(*block) << cut;
    }
}

TEST(Pcapng, RefusesLengthsThatCannotBe) {
    const auto error_of = [](std::string_view text) {
        std::endian order = std::endian::little;
        const auto bytes = hex(text);
        const auto block = next_block(bytes, order);
        return block ? std::optional<Errc>{} : block.error().code;
    };
    EXPECT_EQ(error_of("06000000 08000000 00000000"), Errc::malformed);      // below its own header
    EXPECT_EQ(error_of("06000000 0e000000 0000 0e000000"), Errc::malformed); // not a multiple of 4
    EXPECT_EQ(error_of("06000000 fcffff7f 00000000"), Errc::malformed);      // two gigabytes
    EXPECT_EQ(error_of("06000000 10000000 00000000 14000000"), Errc::malformed); // two lengths
    EXPECT_EQ(error_of("0a0d0d0a 1c000000 01020304"), Errc::malformed);          // no magic number
    EXPECT_EQ(error_of("06000000 10000000 00000000 10000000"), std::nullopt);
}

TEST(Pcapng, RefusesFieldsThatReachBeyondTheirBlock) {
    std::endian order = std::endian::little;
    // 5 octets are said to be captured; 4 are there.
    const auto packet = hex("06000000 24000000 00000000 00000000 00000000 05000000 05000000"
                            "68656c6c 24000000");
    auto block = next_block(packet, order);
    ASSERT_TRUE(block && *block);
    EXPECT_FALSE(parse_packet(**block));
    EXPECT_FALSE(parse_interface(**block)); // nor is it of that kind
    // An option of 8 octets where 4 are left.
    const auto interface = hex("01000000 1c000000 6500 0000 00000000 0200 0800 61626364 1c000000");
    block = next_block(interface, order);
    ASSERT_TRUE(block && *block);
    EXPECT_FALSE(parse_interface(**block));
    const auto secrets = hex("0a000000 18000000 4b534c54 05000000 61626364 18000000");
    block = next_block(secrets, order);
    ASSERT_TRUE(block && *block);
    EXPECT_FALSE(parse_secrets(**block));
}

TEST(Pcapng, CutsATextThatNoOptionCanHold) {
    const std::string text(70'000, 'x');
    std::vector<std::byte> out;
    append(out, EnhancedPacket{.data = as_bytes("a"), .original_bytes = 1, .comments = {text}});
    const auto packet = parse_packet(only_block(out));
    ASSERT_TRUE(packet);
    ASSERT_EQ(packet->comments.size(), 1u);
    EXPECT_EQ(packet->comments[0].size(), 65'535u);
}

TEST(Pcapng, CountsTimeInTheUnitsOfTheInterface) {
    const auto at = [](std::uint8_t resolution, std::uint64_t timestamp, std::int64_t offset = 0) {
        return to_nanoseconds({.resolution = resolution, .offset_seconds = offset}, timestamp);
    };
    EXPECT_EQ(at(9, 1'700'000'000'123'456'789), 1'700'000'000'123'456'789);
    EXPECT_EQ(at(6, 1'700'000'000'123'456), 1'700'000'000'123'456'000);
    EXPECT_EQ(at(0, 1'700'000'000), 1'700'000'000'000'000'000);
    EXPECT_EQ(at(12, 1'500'000'000'000), 1'500'000'000);
    EXPECT_EQ(at(0x80 | 10, 1536), 1'500'000'000); // 2^-10 s
    EXPECT_EQ(at(0x80 | 63, std::uint64_t{1} << 62), 500'000'000);
    EXPECT_EQ(at(6, 0, 5), 5'000'000'000);
    EXPECT_EQ(at(0, ~std::uint64_t{0}), 0); // beyond what 64 bits of nanoseconds hold
    EXPECT_EQ(at(6, 0, std::numeric_limits<std::int64_t>::max()), 0);
    EXPECT_EQ(at(200, 5), 0);
}

} // namespace
} // namespace hawser::wire::pcapng
