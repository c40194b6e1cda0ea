#include <hawser/core/address.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <unordered_set>

namespace hawser {
namespace {

struct Spelling {
    const char* text;
    const char* printed;
};

class AddressText : public testing::TestWithParam<Spelling> {};

TEST_P(AddressText, IsReadAndPrintedInOneForm) {
    const auto address = Address::parse(GetParam().text);
    ASSERT_TRUE(address) << GetParam().text;
    EXPECT_EQ(to_string(*address), GetParam().printed);
    EXPECT_EQ(Address::parse(to_string(*address)), *address) << "what is printed reads the same";
}

INSTANTIATE_TEST_SUITE_P(
    Forms, AddressText,
    testing::Values(Spelling{"10.0.0.1:2904", "10.0.0.1:2904"}, Spelling{"10.0.0.1", "10.0.0.1:0"},
                    Spelling{"0.0.0.0:0", "0.0.0.0:0"},
                    Spelling{"255.255.255.255:65535", "255.255.255.255:65535"},
                    Spelling{"[2001:db8::1]:2904", "[2001:db8::1]:2904"},
                    Spelling{"[2001:db8::1]", "[2001:db8::1]:0"},
                    Spelling{"2001:db8::1", "[2001:db8::1]:0"}, Spelling{"::", "[::]:0"},
                    Spelling{"::1", "[::1]:0"}, Spelling{"1::", "[1::]:0"},
                    Spelling{"[fe80::1%3]:2904", "[fe80::1%3]:2904"},
                    Spelling{"2001:DB8:0:0:0:0:0:1", "[2001:db8::1]:0"},
                    Spelling{"1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:0"},
                    Spelling{"1:2:3:4:5:6:1.2.3.4", "[1:2:3:4:5:6:102:304]:0"},
                    Spelling{"64:ff9b::192.0.2.33", "[64:ff9b::c000:221]:0"},
                    Spelling{"::ffff:10.0.0.1", "10.0.0.1:0"},
                    Spelling{"[::ffff:a00:1]:7", "10.0.0.1:7"},
                    // RFC 5952 §4.2: the longest run, the first of equals, never a single group
                    Spelling{"1:0:0:2:0:0:0:3", "[1:0:0:2::3]:0"},
                    Spelling{"1:0:0:2:3:0:0:4", "[1::2:3:0:0:4]:0"},
                    Spelling{"1:0:2:3:4:5:6:7", "[1:0:2:3:4:5:6:7]:0"},
                    Spelling{"1:2:3:4:5:6:0:0", "[1:2:3:4:5:6::]:0"},
                    Spelling{"0:0:1:2:3:4:5:6", "[::1:2:3:4:5:6]:0"}));

class NotAnAddress : public testing::TestWithParam<const char*> {};

TEST_P(NotAnAddress, IsInvalidAndSaysWhy) {
    const auto address = Address::parse(GetParam());
    ASSERT_FALSE(address) << GetParam() << " read as " << to_string(*address);
    EXPECT_EQ(address.error().code, Errc::invalid_argument);
    EXPECT_FALSE(address.error().what.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Each, NotAnAddress,
    testing::Values("", " ", "host", "10.0.0", "10.0.0.1.2", "10.0.0.256", "10.0.0.-1", "10.0.0.",
                    ".10.0.0.1", "10..0.1", "010.0.0.1", "10.0.0.1 ", "10.0.0.1:", "10.0.0.1:65536",
                    "10.0.0.1:x", "10.0.0.1:-1", "10.0.0.1:+1", "[10.0.0.1]:5", "[::1", "::1]",
                    "[::1]5", "[::1]:", "[::1]:99999", ":", ":::", "1:::2", "1::2::3", "12345::",
                    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
                    "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "::1.2.3", "g::", "1:", ":1", "fe80::1%",
                    "fe80::1%eth0", "[]", "[]:5"));

TEST(Address, KnowsWhatItsNumberIsFor) {
    const auto is = [](const char* text) { return *Address::parse(text); };
    EXPECT_TRUE(is("0.0.0.0").is_unspecified() && is("::").is_unspecified());
    EXPECT_FALSE(is("0.0.0.1").is_unspecified() || is("::1").is_unspecified());
    EXPECT_TRUE(is("127.255.0.1").is_loopback() && is("[::1]:9").is_loopback());
    EXPECT_FALSE(is("128.0.0.1").is_loopback() || is("::2").is_loopback());
    EXPECT_TRUE(is("224.0.0.1").is_multicast() && is("239.255.255.255").is_multicast());
    EXPECT_TRUE(is("ff02::1").is_multicast());
    EXPECT_FALSE(is("223.255.255.255").is_multicast() || is("240.0.0.0").is_multicast());
    EXPECT_TRUE(is("255.255.255.255").is_broadcast());
    EXPECT_FALSE(is("10.255.255.255").is_broadcast());
    EXPECT_TRUE(is("169.254.0.1").is_link_local() && is("fe80::1").is_link_local());
    EXPECT_TRUE(is("febf::1").is_link_local());
    EXPECT_FALSE(is("fec0::1").is_link_local() || is("169.253.0.1").is_link_local());
}

TEST(Address, GivesItsOctetsInNetworkOrder) {
    const Address v4 = *Address::parse("10.50.1.2:3");
    ASSERT_EQ(v4.octets().size(), 4u);
    EXPECT_EQ(v4.octets()[1], std::byte{50});
    const Address v6 = *Address::parse("2001:db8::1");
    ASSERT_EQ(v6.octets().size(), 16u);
    EXPECT_EQ(v6.octets()[1], std::byte{0x01});
    EXPECT_EQ(v6.octets()[15], std::byte{1});
}

TEST(Address, IsIpv4WhenItIsMapped) {
    Address::V6 mapped{};
    mapped[10] = mapped[11] = 0xff;
    mapped[12] = 10;
    mapped[15] = 1;
    EXPECT_EQ(Address::ipv6(mapped, 5), Address::ipv4({10, 0, 0, 1}, 5));
}

TEST(Address, ChangesPortAndForgetsPortAndScope) {
    const Address address = *Address::parse("[fe80::1%3]:2904");
    EXPECT_EQ(to_string(address.with_port(7)), "[fe80::1%3]:7");
    EXPECT_EQ(to_string(address.host()), "[fe80::1]:0");
    EXPECT_EQ(host_to_string(address), "fe80::1%3");
}

TEST(Address, IsTotallyOrderedAndHashesByAllOfItself) {
    std::vector<Address> all;
    for (const char* text :
         {"10.0.0.1:1", "10.0.0.1:2", "10.0.0.2:1", "::1", "[::1]:1", "fe80::1%1", "fe80::1%2"}) {
        all.push_back(*Address::parse(text));
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < all.size(); ++j) {
            EXPECT_EQ(all[i] == all[j], i == j);
            EXPECT_EQ((all[i] < all[j]) + (all[j] < all[i]), i == j ? 0 : 1);
        }
    }
    std::unordered_set<Address, AddressHash> set(all.begin(), all.end());
    EXPECT_EQ(set.size(), all.size());
    EXPECT_TRUE(set.contains(*Address::parse("10.0.0.2:1")));
}

TEST(Address, HashesNeighboursApart) {
    std::unordered_set<std::size_t> hashes;
    for (std::uint16_t port = 0; port < 1'000; ++port) {
        hashes.insert(AddressHash{}(Address::ipv4({10, 0, 0, 1}, port)));
        hashes.insert(AddressHash{}(Address::ipv4({10, 0, 1, static_cast<std::uint8_t>(port)}, 1)));
    }
    EXPECT_GE(hashes.size(), 1'250u) << "1256 different addresses went in";
}

// --- several hosts ---

struct ListSpelling {
    const char* text;
    std::vector<std::string> hosts;
    std::uint16_t port;
    const char* printed;
};

class HostListText : public testing::TestWithParam<ListSpelling> {};

TEST_P(HostListText, IsReadAndPrinted) {
    const auto list = HostList::parse(GetParam().text, false);
    ASSERT_TRUE(list) << GetParam().text << ": " << to_string(list.error());
    EXPECT_EQ(list->hosts, GetParam().hosts);
    EXPECT_EQ(list->port, GetParam().port);
    EXPECT_EQ(to_string(*list), GetParam().printed);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, HostListText,
    testing::Values(
        ListSpelling{"10.50.1.1/10.50.2.1:2904",
                     {"10.50.1.1", "10.50.2.1"},
                     2904,
                     "10.50.1.1/10.50.2.1:2904"},
        ListSpelling{"10.50.1.1/[2001:db8::1]:2904",
                     {"10.50.1.1", "2001:db8::1"},
                     2904,
                     "10.50.1.1/[2001:db8::1]:2904"},
        ListSpelling{
            "[2001:db8::1]/10.0.0.1:7", {"2001:db8::1", "10.0.0.1"}, 7, "[2001:db8::1]/10.0.0.1:7"},
        ListSpelling{"alpha.example/beta.example:2904",
                     {"alpha.example", "beta.example"},
                     2904,
                     "alpha.example/beta.example:2904"},
        ListSpelling{"localhost:1", {"localhost"}, 1, "localhost:1"},
        ListSpelling{"localhost", {"localhost"}, 0, "localhost:0"},
        ListSpelling{"[::1]", {"::1"}, 0, "[::1]:0"},
        ListSpelling{"[::ffff:192.0.2.1]:7", {"192.0.2.1"}, 7, "192.0.2.1:7"},
        ListSpelling{"[fe80::1%3]:7", {"fe80::1%3"}, 7, "[fe80::1%3]:7"},
        ListSpelling{
            "[fe80::1%eth0]/alpha:7", {"fe80::1%eth0", "alpha"}, 7, "[fe80::1%eth0]/alpha:7"}));

class NotAHostList : public testing::TestWithParam<const char*> {};

TEST_P(NotAHostList, IsInvalidAndSaysWhichRuleWasBroken) {
    const auto list = HostList::parse(GetParam());
    ASSERT_FALSE(list) << GetParam();
    EXPECT_EQ(list.error().code, Errc::invalid_argument);
    EXPECT_FALSE(list.error().what.empty());
}

INSTANTIATE_TEST_SUITE_P(Each, NotAHostList,
                         testing::Values("", ":", ":2904", "/:2904", "a/:2904", "/a:2904",
                                         "a//b:2904", "a", "10.0.0.1", "[::1]", "a:", "a:x",
                                         "a:65536", "a b:1", "a:1:2", "[a]:1", "[10.0.0.1]:1",
                                         "[::1:1", "[::1]x:1", "a/[::1:1", "2001:db8::1", "a/",
                                         "[fe80::1%]:1", "[fe80::1%a b]:1", "[%eth0]:1",
                                         "[fe80::1%eth0%eth1]:1", "[fe80::1%0123456789abcdef]:1",
                                         "a/:", "a:1/", "a:1/b"));

} // namespace
} // namespace hawser
