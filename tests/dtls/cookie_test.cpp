// Clients show that they are where they say, and the server keeps nothing of those who do not.
#include "dtls/cookie.hpp"
#include "dtls/versions.hpp"

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class CookieJars : public testing::Test {
protected:
    static RetryState state() {
        return {CipherSuite::aes_128_gcm_sha256, 29, std::vector<std::byte>(32, std::byte{0xab})};
    }
    SeededRandom random{9};
    CookieJar jar{random, 60s, Instant{}};
    Address here = Address::ipv4({192, 0, 2, 1}, 1000);
    std::vector<std::byte> hello{40, std::byte{7}};
};

TEST_F(CookieJars, KnowTheirOwn) {
    EXPECT_TRUE(jar.verify12(here, hello, jar.make12(here, hello, Instant{1s}), Instant{2s}));
    const auto back = jar.verify13(here, jar.make13(here, state(), Instant{1s}), Instant{2s});
    ASSERT_TRUE(back);
    EXPECT_EQ(back->suite, state().suite);
    EXPECT_EQ(back->group, state().group);
    EXPECT_EQ(back->first_hello_hash, state().first_hello_hash);
}

TEST_F(CookieJars, RefuseAnotherAddressPortOrHello) {
    const auto cookie = jar.make12(here, hello, Instant{});
    const auto cookie13 = jar.make13(here, state(), Instant{});
    for (const Address& other :
         {Address::ipv4({192, 0, 2, 2}, 1000), Address::ipv4({192, 0, 2, 1}, 1001)}) {
        EXPECT_FALSE(jar.verify12(other, hello, cookie, Instant{}));
        EXPECT_FALSE(jar.verify13(other, cookie13, Instant{}));
    }
    hello.back() = std::byte{8};
    EXPECT_FALSE(jar.verify12(here, hello, cookie, Instant{}));
}

TEST_F(CookieJars, RefuseAnyChange) {
    const auto cookie = jar.make12(here, hello, Instant{});
    for (std::size_t at = 0; at < cookie.size(); ++at) {
        auto changed = cookie;
        changed[at] ^= std::byte{1};
        EXPECT_FALSE(jar.verify12(here, hello, changed, Instant{}));
    }
    const auto cookie13 = jar.make13(here, state(), Instant{});
    for (std::size_t at = 0; at < cookie13.size(); ++at) {
        auto changed = cookie13;
        changed[at] ^= std::byte{1};
        EXPECT_FALSE(jar.verify13(here, changed, Instant{}));
    }
    for (std::size_t size = 0; size < cookie13.size(); ++size) {
        EXPECT_FALSE(jar.verify13(here, Bytes{cookie13}.first(size), Instant{}));
        EXPECT_FALSE(jar.verify12(here, hello, Bytes{cookie13}.first(size), Instant{}));
    }
}

TEST_F(CookieJars, TakeCookiesOfTheSecretBefore) {
    const auto cookie = jar.make12(here, hello, Instant{59s});
    const auto cookie13 = jar.make13(here, state(), Instant{59s});
    EXPECT_TRUE(jar.verify12(here, hello, cookie, Instant{100s}));
    EXPECT_TRUE(jar.verify13(here, cookie13, Instant{100s}));
}

TEST_F(CookieJars, RefuseWhatIsStale) {
    const auto cookie = jar.make12(here, hello, Instant{1s});
    const auto cookie13 = jar.make13(here, state(), Instant{1s});
    EXPECT_TRUE(jar.verify12(here, hello, cookie, Instant{61s}));
    EXPECT_FALSE(jar.verify12(here, hello, cookie, Instant{62s}));
    EXPECT_TRUE(jar.verify13(here, cookie13, Instant{61s}));
    EXPECT_FALSE(jar.verify13(here, cookie13, Instant{62s}));
}

TEST_F(CookieJars, RefuseThoseOfAnotherServer) {
    SeededRandom other_random{10};
    CookieJar other{other_random, 60s, Instant{}};
    EXPECT_FALSE(other.verify12(here, hello, jar.make12(here, hello, Instant{}), Instant{}));
    EXPECT_FALSE(other.verify13(here, jar.make13(here, state(), Instant{}), Instant{}));
}

class Greeting : public PerVersion {
protected:
    /// The first datagrams of a client, which nobody answers.
    std::vector<std::vector<std::byte>> hello_of(const Options& options) {
        Talk alone{31};
        std::vector<std::vector<std::byte>> datagrams;
        alone.on_way = [&](const End&, Talk::Flying& datagram) {
            datagrams.push_back(datagram.bytes);
            return false;
        };
        static_cast<void>(alone.connect(options, server, 500ms));
        return datagrams;
    }
    Verdict inject(std::vector<std::byte> bytes, const Address& from) {
        const Path path{.local = talk.server.address, .remote = from};
        const Ancillary none;
        Datagram datagram{PacketId{0}, path, none, bytes};
        return talk.server.endpoint.receive(datagram, talk.now);
    }
    std::size_t answered() {
        std::size_t bytes = 0;
        while (auto transmit = talk.server.endpoint.poll_transmit(talk.now, {}))
            bytes += transmit->payload.size();
        return bytes;
    }

    Talk talk;
};

TEST_P(Greeting, AnswersWithNoMoreThanItWasAsked) {
    ASSERT_TRUE(talk.server.endpoint.listen(server));
    const auto hello = hello_of(client);
    ASSERT_EQ(hello.size(), 1u);
    EXPECT_EQ(inject(hello[0], talk.client.address), Verdict::accepted);
    const std::size_t bytes = answered();
    EXPECT_GT(bytes, 0u);
    EXPECT_LE(bytes, hello[0].size());
}

/// Between a spoofed hello and the first answer stands no state, and no more than so many answers.
TEST_P(Greeting, KeepsNothingOfSpoofedHellos) {
    ASSERT_TRUE(talk.server.endpoint.listen(server));
    const auto hello = hello_of(client);
    std::size_t asked = 0;
    std::size_t bytes = 0;
    for (std::uint32_t i = 0; i < 30'000; ++i) {
        const Address from = Address::ipv4(
            {static_cast<std::uint8_t>(1 + i % 200), static_cast<std::uint8_t>(i >> 16),
             static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)},
            static_cast<std::uint16_t>(1 + i));
        static_cast<void>(inject(hello[0], from));
        asked += hello[0].size();
        bytes += answered();
    }
    EXPECT_LE(bytes, asked);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
    EXPECT_EQ(talk.server.endpoint.counters().cookies_sent, 20'000u);
    EXPECT_EQ(talk.server.endpoint.counters().answers_suppressed, 10'000u);
    EXPECT_EQ(talk.server.endpoint.counters().of(Verdict::rate_limited), 10'000u);
    EXPECT_EQ(talk.server.endpoint.counters().handshakes_begun, 0u);
    EXPECT_EQ(talk.server.endpoint.deadline(), kNever);
    // An honest client waits for the next second at worst.
    EXPECT_TRUE(talk.connect(client, server)) << why(talk);
}

TEST_P(Greeting, TakesNoCookieFromAnotherAddress) {
    ASSERT_TRUE(talk.server.endpoint.listen(server));
    bool stolen = false;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from != &talk.client || talk.server.endpoint.counters().cookies_sent == 0) return true;
        if (!std::exchange(stolen, true)) datagram.path.remote = Address::ipv4({10, 6, 6, 6}, 66);
        return true;
    };
    client.handshake_timeout = 900ms;
    EXPECT_FALSE(talk.connect(client, server, 950ms));
    EXPECT_TRUE(stolen);
    EXPECT_EQ(talk.server.endpoint.counters().cookies_refused, 1u);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
}

/// RFC 6347 §4.2.1: a cookie is for a hello with these cipher suites. Who changes them on the way
/// has the server ask again.
TEST_P(Greeting, TakesNoCookieWithOtherCipherSuites) {
    if (is_1_3()) GTEST_SKIP() << "1.3 compares the hellos themselves";
    bool changed = false;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        const bool asked = talk.server.endpoint.counters().cookies_sent > 0;
        if (&from != &talk.client || !asked || changed) return true;
        const Bytes body = Bytes{datagram.bytes}.subspan(wire::dtls::kRecordHeaderBytes +
                                                         wire::dtls::kHandshakeHeaderBytes);
        const auto hello = wire::dtls::ClientHello::parse(body);
        if (!hello || hello->cookie.empty()) return true;
        const Bytes suites = hello->cipher_suites.bytes();
        const auto last = suites.data() + suites.size() - 1 - datagram.bytes.data();
        datagram.bytes[static_cast<std::size_t>(last)] ^= std::byte{0x80};
        return changed = true;
    };
    EXPECT_TRUE(talk.connect(client, server, 10s)) << why(talk);
    EXPECT_TRUE(changed);
    // The second cookie is for the changed hello, which the client has never said.
    EXPECT_EQ(talk.server.endpoint.counters().cookies_refused, 2u);
    EXPECT_EQ(talk.server.endpoint.counters().cookies_sent, 3u);
}

/// A NAT gives the client another port between its hellos: the cookie is not for that one. 1.2
/// begins again with a cookie that is; 1.3 says why it does not (RFC 9147 §5.1).
TEST_P(Greeting, AnswersACookieThatIsForAnotherPort) {
    ASSERT_TRUE(talk.server.endpoint.listen(server));
    const Address elsewhere = talk.client.address.with_port(40'001);
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        const bool asked = talk.server.endpoint.counters().cookies_sent > 0;
        if (&from == &talk.client && asked) datagram.path.remote = elsewhere;
        if (datagram.path.local == elsewhere) datagram.path.local = talk.client.address;
        return true;
    };
    const bool connected = talk.connect(client, server, 10s);
    EXPECT_EQ(talk.server.endpoint.counters().cookies_refused, 1u);
    if (!is_1_3()) {
        EXPECT_TRUE(connected) << why(talk);
        EXPECT_EQ(talk.server.endpoint.counters().cookies_sent, 2u);
        return;
    }
    EXPECT_FALSE(connected);
    const auto* const end = talk.client.last<Closed>();
    ASSERT_NE(end, nullptr);
    EXPECT_EQ(end->alert_received, AlertDescription::illegal_parameter);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
}

/// A hello with a post-quantum share, here with a long list of protocols, has three fragments.
TEST_P(Greeting, PutsHellosInThreeFragmentsTogetherInAnyOrder) {
    for (int i = 0; i < 300; ++i)
        client.alpn.push_back("a protocol " + std::to_string(i));
    std::array<std::size_t, 3> order{0, 1, 2};
    do {
        Talk each;
        std::vector<Talk::Flying> held;
        each.on_way = [&](const End& from, Talk::Flying& datagram) {
            if (&from != &each.client || datagram.bytes[13] != std::byte{1}) return true;
            held.push_back(datagram);
            return false;
        };
        ASSERT_TRUE(each.server.endpoint.listen(server));
        ASSERT_TRUE(each.client.endpoint.connect(
            Path{.local = each.client.address, .remote = each.server.address}, client, each.now));
        each.run(500ms);
        ASSERT_GE(held.size(), 3u);
        const std::size_t count = held.size();
        each.on_way = nullptr;
        std::size_t place = 0;
        for (const std::size_t which : order) {
            held[which].at = each.now + std::chrono::milliseconds{++place};
            each.flying.push_back(held[which]);
        }
        for (std::size_t rest = 3; rest < count; ++rest)
            each.flying.push_back(held[rest]);
        each.run(20s);
        EXPECT_EQ(each.client.count<Connected>(), 1u) << why(each);
        EXPECT_EQ(each.server.count<Connected>(), 1u);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_P(Greeting, AnswersNothingButHellos) {
    ASSERT_TRUE(talk.server.endpoint.listen(server));
    const auto hello = hello_of(client)[0];
    for (std::size_t size = 0; size < hello.size(); ++size)
        EXPECT_NE(
            inject({hello.begin(), hello.begin() + static_cast<long>(size)}, talk.client.address),
            Verdict::accepted);
    for (std::size_t at = 0; at < hello.size(); ++at) {
        std::vector<std::byte> changed = hello;
        changed[at] ^= std::byte{0xff};
        static_cast<void>(inject(changed, talk.client.address));
        EXPECT_LE(answered(), changed.size());
    }
    EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
}

HAWSER_BOTH_VERSIONS(Greeting);

/// A ClientHello of 1.2 in one record, with a session ID where it had none.
std::vector<std::byte> with_session_id(std::vector<std::byte> record) {
    constexpr std::size_t kBytes = 32;
    constexpr std::size_t kLengthAt = 13 + 12 + 2 + 32; // headers, version, random
    EXPECT_EQ(record[kLengthAt], std::byte{0});
    record[kLengthAt] = std::byte{kBytes};
    record.insert(record.begin() + kLengthAt + 1, kBytes, std::byte{0x5e});
    const auto store = [&](std::size_t at, std::size_t length) {
        wire::store_big(record.data() + at, static_cast<std::uint16_t>(length));
    };
    store(11, record.size() - 13); // of the record, the message and its fragment
    store(15, record.size() - 25);
    store(23, record.size() - 25);
    return record;
}

/// RFC 6347 §4.2.1 has the client repeat it; Mbed TLS does not when it shows a ticket.
TEST(Cookies, TakesACookieBesideAnotherSessionId) {
    Talk talk;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        const auto& counters = talk.server.endpoint.counters();
        if (&from == &talk.client && counters.cookies_sent == 1 && counters.handshakes_begun == 0)
            datagram.bytes = with_session_id(std::move(datagram.bytes));
        return true;
    };
    static_cast<void>(talk.connect(only(client_options(), Version::v1_2), server_options(), 500ms));
    EXPECT_EQ(talk.server.endpoint.counters().cookies_sent, 1u);
    EXPECT_EQ(talk.server.endpoint.counters().cookies_refused, 0u);
    EXPECT_EQ(talk.server.endpoint.counters().handshakes_begun, 1u);
}

} // namespace
} // namespace hawser::dtls::test
