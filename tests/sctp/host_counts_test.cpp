#include "sctp/host_counts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hawser::sctp {
namespace {

Address v4(std::uint32_t number) {
    return Address::ipv4(
        {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
         static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)},
        static_cast<std::uint16_t>(number));
}

TEST(HostCounts, CountsWhatWasAddedAndNotRemoved) {
    SeededRandom random{1};
    HostCounts counts{random};
    const std::uint16_t place = counts.place_of(v4(0x0a00'0001));
    EXPECT_EQ(counts.at(place), 0u);
    counts.add(place);
    counts.add(place);
    EXPECT_EQ(counts.at(place), 2u);
    counts.remove(place);
    EXPECT_EQ(counts.at(place), 1u);
}

TEST(HostCounts, TakesAllPortsAndAllOfANetworkOf64BitsForOneHost) {
    SeededRandom random{1};
    const HostCounts counts{random};
    const Address host = v4(0xc000'0201);
    EXPECT_EQ(counts.place_of(host), counts.place_of(host.with_port(1)));
    Address::V6 octets{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 7};
    const std::uint16_t place = counts.place_of(Address::ipv6(octets));
    octets[8] = octets[15] = 0xff;
    EXPECT_EQ(counts.place_of(Address::ipv6(octets, 9)), place);
}

// Neighbours share no more places than chance would have it, and which ones they share is another
// matter in every endpoint.
TEST(HostCounts, SpreadsHostsByASecret) {
    constexpr std::uint32_t kHosts = 40'960;
    std::size_t same = 0;
    std::vector<std::uint16_t> before;
    for (const std::uint64_t seed : {1u, 2u}) {
        SeededRandom random{seed};
        const HostCounts counts{random};
        std::vector<int> used(4096);
        std::vector<std::uint16_t> places;
        for (std::uint32_t i = 0; i < kHosts; ++i) {
            places.push_back(counts.place_of(v4(0x0a00'0000 + i)));
            ++used.at(places.back());
        }
        EXPECT_LT(*std::ranges::max_element(used), 40) << "ten on average";
        for (std::size_t i = 0; i < before.size(); ++i)
            same += before[i] == places[i] ? 1u : 0u;
        before = std::move(places);
    }
    EXPECT_LT(same, 100u) << "one in 4096";
}

} // namespace
} // namespace hawser::sctp
