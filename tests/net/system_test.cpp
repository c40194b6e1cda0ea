// Clock, entropy, names, routes and waiting.
#include "net/wire.hpp"

#include <hawser/net/resolve.hpp>
#include <hawser/net/route.hpp>
#include <hawser/net/system_random.hpp>

#include <algorithm>
#include <set>

#include <net/if.h>

namespace hawser::net::test {
namespace {

TEST(Clock, NeverGoesBack) {
    Instant last = Clock::now();
    for (int i = 0; i < 1000; ++i) {
        const Instant now = Clock::now();
        ASSERT_GE(now, last);
        last = now;
    }
}

TEST(Clock, KnowsTheWallTimeOfAnInstant) {
    const WallClock wall = Clock::wall_clock();
    const auto before = std::chrono::system_clock::now();
    const auto at = wall.at(Clock::now());
    EXPECT_LT(std::chrono::abs(at - before), 1s);
}

TEST(SystemRandom, RepeatsNothing) {
    SystemRandom random;
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 10'000; ++i)
        seen.insert(random.u64());
    EXPECT_EQ(seen.size(), 10'000u);
    SystemRandom other;
    EXPECT_FALSE(seen.contains(other.u64()));
}

TEST(SystemRandom, FillsAnySize) {
    SystemRandom random;
    for (const std::size_t size : {0u, 1u, 511u, 512u, 513u, 100'000u}) {
        std::vector<std::byte> bytes(size);
        random.fill(bytes);
        const auto zeros = std::ranges::count(bytes, std::byte{});
        EXPECT_LT(zeros, static_cast<std::ptrdiff_t>(16 + size / 64));
    }
}

TEST(Resolve, TakesAddressesAsTheyAre) {
    const auto found = resolve({.hosts = {"10.50.1.1", "2001:db8::1", "10.50.1.1"}, .port = 2904});
    ASSERT_TRUE(found.has_value());
    const std::vector<Address> wanted{Address::parse("10.50.1.1:2904").value(),
                                      Address::parse("[2001:db8::1]:2904").value()};
    EXPECT_EQ(*found, wanted);
}

TEST(Resolve, TakesAnInterfaceByItsNumberOrItsName) {
    const unsigned loopback = if_nametoindex("lo");
    ASSERT_NE(loopback, 0u);
    for (const std::string& zone : {std::string{"lo"}, std::to_string(loopback)}) {
        EXPECT_EQ(parse_address("[fe80::1%" + zone + "]:5").value().scope(), loopback);
        const auto found = resolve({.hosts = {"fe80::1%" + zone}, .port = 5});
        ASSERT_TRUE(found.has_value()) << found.error().what;
        EXPECT_EQ(to_string(found->front()), "[fe80::1%" + std::to_string(loopback) + "]:5");
    }
}

TEST(Resolve, NamesTheAddressWhoseInterfaceIsNotThere) {
    EXPECT_EQ(parse_address("[fe80::1%nosuch0]:5").error().code, Errc::invalid_argument);
    const auto found = resolve({.hosts = {"fe80::1%nosuch0"}, .port = 5});
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().what, "fe80::1%nosuch0: address: no interface has that name");
}

TEST(Resolve, KnowsThisHost) {
    const auto found = resolve({.hosts = {"localhost"}, .port = 5});
    ASSERT_TRUE(found.has_value());
    EXPECT_NE(std::ranges::find(*found, Address::loopback(Family::ipv4, 5)), found->end());
}

TEST(Resolve, NamesTheNameThatIsNotKnown) {
    // RFC 6761 §6.4: no such name ever exists.
    const auto found = resolve({.hosts = {"127.0.0.1", "nobody.invalid"}, .port = 5});
    ASSERT_FALSE(found.has_value());
    EXPECT_TRUE(found.error().what.starts_with("nobody.invalid: ")) << found.error().what;
    EXPECT_TRUE(found.error().code == Errc::not_found || found.error().code == Errc::timed_out);
}

TEST(Route, KnowsTheSourceOfADatagram) {
    EXPECT_EQ(source_towards(Address::ipv4({127, 0, 0, 9}, 5)), Address::loopback(Family::ipv4));
    EXPECT_EQ(source_towards(Address::loopback(Family::ipv6)), Address::loopback(Family::ipv6));
    in_private_network(
        1500, [] { EXPECT_EQ(source_towards(Address::ipv4({192, 0, 2, 1}, 5)), std::nullopt); });
}

TEST(Route, KnowsTheAddressesOfThisHost) {
    EXPECT_TRUE(is_of_this_host(Address::loopback(Family::ipv4, 5)));
    EXPECT_TRUE(is_of_this_host(Address::ipv4({127, 0, 0, 9})));
    EXPECT_TRUE(is_of_this_host(Address::loopback(Family::ipv6)));
    EXPECT_FALSE(is_of_this_host(Address::ipv4({192, 0, 2, 1})));
    EXPECT_FALSE(is_of_this_host(*parse_address("[2001:db8::1]:5")));
    EXPECT_FALSE(is_of_this_host(Address::ipv4({224, 0, 0, 1})));
}

TEST(Wait, EndsWhenItsTimeHasCome) {
    UdpSocket socket = open(Family::ipv4);
    const std::array interests{Interest{.fd = socket.fd()}};
    EXPECT_FALSE(wait(interests, Instant::min()));
    const Instant until = Clock::now() + 2ms;
    EXPECT_FALSE(wait(interests, until));
    EXPECT_GE(Clock::now(), until);
    EXPECT_FALSE(wait(interests, Clock::now() + 1ms, 10s)); // awake, and yet in time
}

TEST(Wait, EndsWhenASocketIsReady) {
    UdpSocket socket = open(Family::ipv4);
    const std::array writable{Interest{.fd = socket.fd(), .writable = true}};
    EXPECT_TRUE(wait(writable, kNever));
    ASSERT_TRUE(send_one(socket, datagram(path_to(socket, Family::ipv4), "x")).refused.empty());
    const std::array readable{Interest{.fd = socket.fd()}};
    EXPECT_TRUE(wait(readable, kNever));
    EXPECT_TRUE(wait(readable, kNever, 1s));
}

TEST(Wait, WatchesManySockets) {
    std::vector<UdpSocket> sockets;
    std::vector<Interest> interests;
    for (int i = 0; i < 40; ++i) {
        sockets.push_back(open(Family::ipv4));
        interests.push_back({.fd = sockets.back().fd()});
    }
    EXPECT_FALSE(wait(interests, Instant::min()));
    const Path path = path_to(sockets[39], Family::ipv4);
    ASSERT_TRUE(send_one(sockets[0], datagram(path, "x")).refused.empty());
    EXPECT_TRUE(wait(interests, kNever));
}

} // namespace
} // namespace hawser::net::test
