// Sockets that share a port, and whose a datagram is.
#include "net/wire.hpp"

namespace hawser::net::test {
namespace {

constexpr std::uint8_t kSockets = 3;
/// The number stands after an 'A', or two bytes after anything from 'p' on.
constexpr std::array kRules{
    SteeringRule{.mask = std::byte{0xff}, .value = std::byte{'A'}, .offset = 1},
    SteeringRule{.mask = std::byte{0xf0}, .value = std::byte{'p'}, .offset = 2},
};

class Steer : public testing::TestWithParam<Family> {
protected:
    void share() {
        UdpOptions options{.local = Address::loopback(GetParam()), .reuse_port = true};
        for (std::size_t i = 0; i < kSockets; ++i) {
            sockets.push_back(open(options));
            options.local = sockets.front().local_address();
        }
    }
    /// Which socket it arrived at.
    std::size_t arrives_at(UdpSocket& sender, std::string_view text) {
        EXPECT_EQ(send_one(sender, datagram(path_to(sockets[0], GetParam()), text)).taken, 1u);
        std::array<Interest, kSockets> interests;
        for (std::size_t i = 0; i < kSockets; ++i)
            interests[i] = {.fd = sockets[i].fd()};
        wait(interests, Clock::now() + kPatience);
        ReceiveBatch received;
        for (std::size_t i = 0; i < kSockets; ++i) {
            if (sockets[i].receive(received) > 0) return i;
        }
        ADD_FAILURE() << "it arrived nowhere";
        return kSockets;
    }

    std::vector<UdpSocket> sockets;
};

TEST_P(Steer, GivesADatagramToTheSocketWhoseNumberItCarries) {
    share();
    ASSERT_TRUE(sockets[1].steer(kRules, kSockets));
    for (int round = 0; round < 4; ++round) { // from other ports each time
        UdpSocket sender = open(GetParam());
        EXPECT_EQ(arrives_at(sender, std::string_view{"A\x00", 2}), 0u);
        EXPECT_EQ(arrives_at(sender, "A\x01"), 1u);
        EXPECT_EQ(arrives_at(sender, "A\x02 and more"), 2u);
        EXPECT_EQ(arrives_at(sender, "A\x07"), 1u);
        EXPECT_EQ(arrives_at(sender, "p.\x02"), 2u);
        EXPECT_EQ(arrives_at(sender, "q.\x01"), 1u);
    }
}

TEST_P(Steer, LeavesOthersToTheirAddresses) {
    share();
    ASSERT_TRUE(sockets[0].steer(kRules, kSockets));
    std::array<int, kSockets> arrived{};
    for (int peer = 0; peer < 60; ++peer) {
        UdpSocket sender = open(GetParam());
        const std::size_t at = arrives_at(sender, "B\x01");
        ASSERT_LT(at, kSockets);
        ++arrived[at];
        EXPECT_EQ(arrives_at(sender, "C\x02"), at); // a peer stays where it is
    }
    EXPECT_EQ(std::ranges::count(arrived, 0), 0) << "60 peers, and a socket without any";
}

// As a verification tag: four bytes, and none of them is no number.
TEST_P(Steer, ReadsANumberOfSeveralBytes) {
    share();
    const std::array word{
        SteeringRule{.mask = {}, .value = {}, .offset = 1, .bytes = 4, .zero_is_none = true}};
    ASSERT_TRUE(sockets[0].steer(word, kSockets));
    UdpSocket sender = open(GetParam());
    for (const std::uint32_t number : {1u, 2u, 3u, 256u, 0x8000'0000u, 0xffff'fffeu}) {
        std::string text{"."};
        for (int shift = 24; shift >= 0; shift -= 8)
            text.push_back(static_cast<char>(number >> shift & 0xff));
        EXPECT_EQ(arrives_at(sender, text), number % kSockets) << number;
    }
    const std::string none(9, '\0');
    const std::size_t by_addresses = arrives_at(sender, none);
    EXPECT_EQ(arrives_at(sender, none), by_addresses);
    std::array<int, kSockets> arrived{};
    for (int peer = 0; peer < 60; ++peer) {
        UdpSocket other = open(GetParam());
        ++arrived[arrives_at(other, none)];
    }
    EXPECT_EQ(std::ranges::count(arrived, 0), 0);
    const std::array half{SteeringRule{.mask = {}, .value = {}, .offset = 0, .bytes = 2}};
    ASSERT_TRUE(sockets[0].steer(half, kSockets));
    EXPECT_EQ(arrives_at(sender, "\x01\x01"), 257u % kSockets);
    EXPECT_LT(arrives_at(sender, "x"), kSockets) << "too short to say anything, and no loss";
}

TEST_P(Steer, WantsRulesAndSockets) {
    share();
    EXPECT_EQ(sockets[0].steer({}, kSockets).error().code, Errc::invalid_argument);
    EXPECT_EQ(sockets[0].steer(kRules, 0).error().code, Errc::invalid_argument);
    const std::vector<SteeringRule> many(17, kRules[0]);
    EXPECT_EQ(sockets[0].steer(many, kSockets).error().code, Errc::invalid_argument);
    const std::array odd{SteeringRule{.mask = {}, .value = {}, .offset = 0, .bytes = 3}};
    EXPECT_EQ(sockets[0].steer(odd, kSockets).error().code, Errc::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Families, Steer, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& families) {
                             return families.param == Family::ipv4 ? "IPv4" : "IPv6";
                         });

} // namespace
} // namespace hawser::net::test
