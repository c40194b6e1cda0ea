// State Cookies by themselves: what is bound into them, and for how long they are known.
#include "sctp/cookie.hpp"

#include <hawser/core/path.hpp>
#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

class StateCookie : public testing::Test {
protected:
    StateCookie() {
        cookie.local_tag = VerificationTag{0x1122'3344};
        cookie.peer_tag = VerificationTag{0x5566'7788};
        cookie.local_initial_tsn = {0x99aa'bbcc};
        cookie.peer_initial_tsn = {0xddee'ff00};
        cookie.peer_window_bytes = 0x0102'0304;
        cookie.outbound_streams = 0x0506;
        cookie.inbound_streams = 0x0708;
        cookie.ties = {0x090a'0b0c, 0x0d0e'0f10};
        cookie.peer_addresses.add(path.remote);
        cookie.peer_addresses.add(Address::parse("2001:db8::5").value());
        cookie.zero_checksum = true;
        cookie.peer_udp_port = 40'000;
    }
    std::optional<Cookie> verify(const CookieJar::Encoded& encoded) {
        return jar.verify(encoded.bytes(), binding(), now);
    }
    /// With one IPv4 and one IPv6 address.
    static constexpr std::size_t kBytes = 59 + 5 + 17;
    CookieBinding binding() const { return {path.local, path.remote, local_port, remote_port}; }

    SeededRandom random{1};
    Instant now{};
    CookieJar jar{random, 60s, now};
    Cookie cookie;
    Path path{.local = Address::ipv4({10, 0, 0, 1}, 9899),
              .remote = Address::ipv4({10, 0, 0, 2}, 9899)};
    std::uint16_t local_port = 5000;
    std::uint16_t remote_port = 7000;
};

TEST_F(StateCookie, BringsBackWhatItWasMadeOf) {
    const auto encoded = jar.make(cookie, binding(), now);
    const auto back = verify(encoded);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->made_at, cookie.made_at);
    EXPECT_EQ(back->local_tag, cookie.local_tag);
    EXPECT_EQ(back->peer_tag, cookie.peer_tag);
    EXPECT_EQ(back->local_initial_tsn, cookie.local_initial_tsn);
    EXPECT_EQ(back->peer_initial_tsn, cookie.peer_initial_tsn);
    EXPECT_EQ(back->peer_window_bytes, cookie.peer_window_bytes);
    EXPECT_EQ(back->outbound_streams, cookie.outbound_streams);
    EXPECT_EQ(back->inbound_streams, cookie.inbound_streams);
    EXPECT_EQ(back->peer_udp_port, cookie.peer_udp_port);
    EXPECT_EQ(back->ties, cookie.ties);
    EXPECT_TRUE(std::ranges::equal(back->peer_addresses, cookie.peer_addresses));
    EXPECT_TRUE(back->zero_checksum);
}

TEST_F(StateCookie, KeepsEachOfItsFlagsApart) {
    for (unsigned flags = 0; flags < 32; ++flags) {
        cookie.made_at = now + 1h + 1ns;
        cookie.zero_checksum = (flags & 1) != 0;
        cookie.forward_tsn = (flags & 2) != 0;
        cookie.interleaving = (flags & 4) != 0;
        cookie.reconfiguration = (flags & 8) != 0;
        cookie.ecn = (flags & 16) != 0;
        const auto back = verify(jar.make(cookie, binding(), now));
        ASSERT_TRUE(back);
        EXPECT_EQ(back->made_at, cookie.made_at);
        EXPECT_EQ(back->zero_checksum, cookie.zero_checksum);
        EXPECT_EQ(back->forward_tsn, cookie.forward_tsn);
        EXPECT_EQ(back->interleaving, cookie.interleaving);
        EXPECT_EQ(back->reconfiguration, cookie.reconfiguration);
        EXPECT_EQ(back->ecn, cookie.ecn);
    }
}

TEST_F(StateCookie, IsOfNoUseFromAnotherPort) {
    const auto encoded = jar.make(cookie, binding(), now);
    for (std::uint16_t* port : {&local_port, &remote_port}) {
        for (unsigned bit = 0; bit < 16; ++bit) {
            const auto flipped = static_cast<std::uint16_t>(1u << bit);
            *port = static_cast<std::uint16_t>(*port ^ flipped);
            EXPECT_FALSE(verify(encoded)) << bit;
            *port = static_cast<std::uint16_t>(*port ^ flipped);
        }
    }
    EXPECT_TRUE(verify(encoded));
}

TEST_F(StateCookie, IsOfNoUseFromOrToAnotherAddress) {
    const auto encoded = jar.make(cookie, binding(), now);
    for (Address* address : {&path.local, &path.remote}) {
        const Address right = *address;
        for (unsigned byte = 0; byte < 4; ++byte) {
            Address::V4 octets{};
            std::ranges::copy(right.octets(), reinterpret_cast<std::byte*>(octets.data()));
            octets[byte] = static_cast<std::uint8_t>(octets[byte] ^ 1u);
            *address = Address::ipv4(octets, right.port());
            EXPECT_FALSE(verify(encoded)) << byte;
        }
        *address = right;
    }
    EXPECT_TRUE(verify(encoded));
}

TEST_F(StateCookie, IsForgedByNoChangedBit) {
    const auto encoded = jar.make(cookie, binding(), now);
    for (std::size_t bit = 0; bit < encoded.bytes().size() * 8; ++bit) {
        auto changed = encoded;
        changed.bytes()[bit / 8] ^= std::byte{1} << (bit % 8);
        EXPECT_FALSE(verify(changed)) << bit;
    }
    for (const std::size_t size : {0u, 16u, 56u}) {
        EXPECT_FALSE(jar.verify(encoded.bytes().first(size), binding(), now));
    }
}

TEST_F(StateCookie, BringsBackWhatWasSaidOfAuth) {
    std::array<std::byte, AuthenticationOffer::kBytesMax> said{};
    for (const std::size_t listed : {0u, 1u, 2u, 3u, 256u}) {
        wire::Writer out{said};
        wire::sctp::write_item(out, wire::sctp::ParameterType::random,
                               Bytes{std::array<std::byte, 32>{std::byte{7}}});
        if (listed != 0) {
            wire::sctp::write_chunk_list(out,
                                         std::vector(listed, wire::sctp::ChunkType::heartbeat));
        }
        wire::sctp::write_requested_hmacs(out, std::array{HmacId::sha256, HmacId::sha1});
        const auto offer = AuthenticationOffer::read(out.output());
        ASSERT_TRUE(offer && *offer);
        cookie.authentication = *offer;
        const auto encoded = jar.make(cookie, binding(), now);
        EXPECT_EQ(encoded.bytes().size(),
                  kBytes + 36 + (listed == 0 ? 0 : 4 + (listed + 3) / 4 * 4) + 8);
        const auto back = verify(encoded);
        ASSERT_TRUE(back && back->authentication);
        EXPECT_EQ(back->authentication->key_vector(), (*offer)->key_vector());
        EXPECT_EQ(back->authentication->hmac, HmacId::sha256);
        EXPECT_EQ(back->authentication->wanted.contains(wire::sctp::ChunkType::heartbeat),
                  listed != 0);
        EXPECT_TRUE(std::ranges::equal(back->peer_addresses, cookie.peer_addresses));
    }
}

TEST_F(StateCookie, IsNoLongerThanItMustBeWithoutAuth) {
    const auto encoded = jar.make(cookie, binding(), now);
    EXPECT_EQ(encoded.bytes().size(), kBytes);
    EXPECT_FALSE(verify(encoded)->authentication);
}

// A peer has as many ways to bring it as addresses.
TEST_F(StateCookie, MayComeFromEachAddressThatThePeerListed) {
    const auto encoded = jar.make(cookie, binding(), now);
    path.remote = Address::parse("2001:db8::5").value();
    EXPECT_TRUE(verify(encoded));
    path.remote = Address::parse("2001:db8::6").value();
    EXPECT_FALSE(verify(encoded));
}

// Of several addresses of ours each may be asked.
TEST_F(StateCookie, MayComeToAnyAddressOfOursWhereNoneWasNamed) {
    path.local = {};
    const auto encoded = jar.make(cookie, binding(), now);
    EXPECT_TRUE(verify(encoded));
    path.local = Address::ipv4({10, 0, 0, 1});
    EXPECT_FALSE(verify(encoded));
}

// A NAT may change the UDP port between INIT and COOKIE ECHO.
TEST_F(StateCookie, DoesNotKnowUdpPorts) {
    const auto encoded = jar.make(cookie, binding(), now);
    path.remote = path.remote.with_port(40'000);
    EXPECT_TRUE(verify(encoded));
}

} // namespace
} // namespace hawser::sctp
