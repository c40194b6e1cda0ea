#include <hawser/core/crc32c.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <vector>

namespace hawser {
namespace {

/// The definition: one bit after the other.
std::uint32_t bit_by_bit(Bytes bytes, std::uint32_t seed = 0) {
    std::uint32_t crc = ~seed;
    for (const std::byte byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int i = 0; i < 8; ++i)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    }
    return ~crc;
}

std::vector<std::byte> noise(std::size_t size, std::uint32_t seed) {
    std::mt19937 generator{seed};
    std::vector<std::byte> bytes(size);
    for (std::byte& byte : bytes)
        byte = static_cast<std::byte>(generator());
    return bytes;
}

TEST(Crc32c, GivesTheCheckValueOfTheCatalogue) {
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283u);
}

// RFC 3720 §B.4 lists these for the same polynomial.
TEST(Crc32c, GivesThePublishedValuesForThirtyTwoBytes) {
    std::array<std::byte, 32> bytes{};
    EXPECT_EQ(crc32c(bytes), 0x8a9136aau);
    bytes.fill(std::byte{0xff});
    EXPECT_EQ(crc32c(bytes), 0x62a8ab43u);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(i);
    EXPECT_EQ(crc32c(bytes), 0x46dd794eu);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(31 - i);
    EXPECT_EQ(crc32c(bytes), 0x113fdb5cu);
}

TEST(Crc32c, OfNothingIsTheSeed) {
    for (const Crc32cImplementation& implementation : crc32c_implementations()) {
        if (!implementation.available) continue;
        EXPECT_EQ(implementation.compute({}, 0), 0u) << implementation.name;
        EXPECT_EQ(implementation.compute({}, 0xdeadbeef), 0xdeadbeefu) << implementation.name;
    }
}

TEST(Crc32c, AlwaysHasAnImplementationThatNeedsNothing) {
    ASSERT_FALSE(crc32c_implementations().empty());
    EXPECT_EQ(crc32c_implementations().back().name, "slice-by-8");
    EXPECT_TRUE(crc32c_implementations().back().available);
}

// Every length up to some packets, then lengths around where an implementation changes its way.
TEST(Crc32c, IsTheSameInEveryImplementation) {
    const std::vector<std::byte> bytes = noise(70'000, 1);
    std::vector<std::size_t> sizes;
    for (std::size_t size = 0; size < 2'500; ++size)
        sizes.push_back(size);
    for (const std::size_t around : {3'072u, 6'144u, 6'528u, 9'000u, 65'507u}) {
        for (std::size_t size = around - 40; size < around + 40; ++size)
            sizes.push_back(size);
    }
    for (const Crc32cImplementation& implementation : crc32c_implementations()) {
        if (!implementation.available) {
            std::cerr << "not on this processor: " << implementation.name << '\n';
            continue;
        }
        for (const std::size_t size : sizes) {
            const Bytes input = Bytes{bytes}.subspan(size % 33, size); // every alignment
            const auto seed = static_cast<std::uint32_t>(size * 0x9e3779b9u);
            ASSERT_EQ(implementation.compute(input, seed), bit_by_bit(input, seed))
                << implementation.name << ", " << size << " bytes";
        }
    }
}

TEST(Crc32c, GoesOnFromWhatCameBefore) {
    const std::vector<std::byte> bytes = noise(1'500, 2);
    const Bytes all{bytes};
    for (const Crc32cImplementation& implementation : crc32c_implementations()) {
        if (!implementation.available) continue;
        const std::uint32_t whole = implementation.compute(all, 0);
        for (const std::size_t cut :
             {0u, 1u, 7u, 8u, 12u, 100u, 375u, 376u, 750u, 1'499u, 1'500u}) {
            const std::uint32_t front = implementation.compute(all.first(cut), 0);
            EXPECT_EQ(implementation.compute(all.subspan(cut), front), whole)
                << implementation.name << ", cut at " << cut;
        }
    }
}

TEST(Crc32c, ReadsNothingBeyondItsInput) {
    std::vector<std::byte> bytes = noise(3'000, 3);
    for (const Crc32cImplementation& implementation : crc32c_implementations()) {
        if (!implementation.available) continue;
        for (std::size_t size = 0; size < 1'300; ++size) {
            const std::vector<std::byte> exact(bytes.begin(),
                                               bytes.begin() + static_cast<std::ptrdiff_t>(size));
            const std::uint32_t alone = implementation.compute(exact, 0);
            bytes[size] ^= std::byte{0xff};
            ASSERT_EQ(implementation.compute(Bytes{bytes}.first(size), 0), alone)
                << implementation.name << ", " << size << " bytes";
        }
    }
}

TEST(Crc32c, NoticesEveryFlippedBit) {
    std::vector<std::byte> packet = noise(1'200, 4);
    const std::uint32_t before = crc32c(packet);
    for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
        packet[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
        ASSERT_NE(crc32c(packet), before) << "bit " << bit;
        packet[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    }
}

} // namespace
} // namespace hawser
