// Hellos that their client shapes, and servers that look at them first (RFC 8701, RFC 8446 §4.1.2).
#include "dtls/versions.hpp"

#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::ClientHello;
using wire::dtls::ExtensionType;

class HelloHooks : public PerVersion {
protected:
    HelloHooks() {
        server.on_hello = [this](const HelloSeen& seen) {
            bodies.emplace_back(seen.body.begin(), seen.body.end());
            return answer;
        };
    }
    static std::vector<ExtensionType> types(const std::vector<std::byte>& body) {
        std::vector<ExtensionType> types;
        const auto hello = ClientHello::parse(body);
        EXPECT_TRUE(hello);
        for (const auto& extension : hello->extensions)
            types.push_back(extension.type);
        return types;
    }
    static bool is_grease(std::uint16_t value) {
        return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
    }

    Talk talk;
    SeededRandom random{21};
    HelloAnswer answer;
    std::vector<std::vector<std::byte>> bodies; ///< that the server was shown
};

TEST_P(HelloHooks, SeeTheHelloBeforeItIsAnswered) {
    client.server_name = "hooks.example";
    std::string name;
    Address from;
    server.on_hello = [&](const HelloSeen& seen) {
        name = seen.server_name;
        from = seen.path.remote;
        EXPECT_EQ(seen.hello.random.size(), 32u);
        EXPECT_FALSE(seen.body.empty());
        return HelloAnswer{};
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(name, "hooks.example");
    EXPECT_EQ(from, talk.client.address);
}

TEST_P(HelloHooks, PermuteExtensionsAndStillConnect) {
    std::set<std::vector<ExtensionType>> orders;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Talk each{seed};
        client.shape_hello = [this](HelloDraft& hello) { permute_extensions(hello, random); };
        bodies.clear();
        ASSERT_TRUE(each.connect(client, server)) << why(each);
        ASSERT_EQ(bodies.size(), 1u);
        orders.insert(types(bodies[0]));
    }
    EXPECT_GT(orders.size(), 15u);
}

TEST_P(HelloHooks, KeepThePskLastWhereverItWasPut) {
    client_psk.shape_hello = [this](HelloDraft& hello) {
        permute_extensions(hello, random);
        std::ranges::reverse(hello.extensions);
    };
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Talk each{seed};
        ASSERT_TRUE(each.connect(client_psk, server_psk)) << why(each);
        EXPECT_EQ(each.server.last<Connected>()->psk_identity, "rope");
    }
}

TEST_P(HelloHooks, AddGreaseThatTheServerPassesOver) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Talk each{seed};
        client.shape_hello = [this](HelloDraft& hello) { add_grease(hello, random); };
        bodies.clear();
        ASSERT_TRUE(each.connect(client, server)) << why(each);
        ASSERT_EQ(bodies.size(), 1u);
        const auto hello = ClientHello::parse(bodies[0]);
        ASSERT_TRUE(hello);
        EXPECT_TRUE(is_grease(static_cast<std::uint16_t>(*hello->cipher_suites.begin())));
        std::size_t greased = 0;
        for (const auto& extension : hello->extensions)
            greased += is_grease(static_cast<std::uint16_t>(extension.type)) ? 1u : 0u;
        EXPECT_EQ(greased, 2u);
        const auto groups = wire::dtls::parse_supported_groups(
            *hello->extensions.find(ExtensionType::supported_groups));
        ASSERT_TRUE(groups);
        EXPECT_TRUE(is_grease(static_cast<std::uint16_t>(*groups->begin())));
    }
}

TEST_P(HelloHooks, ChooseTheRandomAndTheSessionId) {
    std::vector<std::byte> app_id(32, std::byte{0xa9});
    client_psk.shape_hello = [&](HelloDraft& hello) {
        hello.random.fill(std::byte{0x42});
        hello.session_id = app_id;
    };
    std::vector<std::byte> asked;
    server_psk.psks.clear();
    server_psk.find_psk = [&](const PskQuery& query) -> std::optional<Psk> {
        asked.assign(query.session_id.begin(), query.session_id.end());
        return asked == app_id ? std::optional{some_psk()} : std::nullopt;
    };
    TapLog log;
    talk.client.endpoint.set_tap(&log);
    ASSERT_TRUE(talk.connect(client_psk, server_psk)) << why(talk);
    talk.client.endpoint.set_tap(nullptr);
    EXPECT_EQ(asked, app_id);
    ASSERT_FALSE(log.secrets.empty());
    EXPECT_NE(log.secrets[0].find(" 42424242"), std::string::npos);
}

/// The second hello repeats the first one, but for what it was asked for (RFC 8446 §4.1.2).
TEST_P(HelloHooks, SayTheSameAgainWhenTheServerAsksForAnotherHello) {
    client.groups = {NamedGroup::x25519, NamedGroup::secp256r1};
    server.groups = {NamedGroup::secp256r1};
    int calls = 0;
    std::vector<std::byte> first;
    client.shape_hello = [&](HelloDraft& hello) {
        ++calls;
        permute_extensions(hello, random);
        add_grease(hello, random);
        hello.extensions.push_back({ExtensionType{0xfe00}, {std::byte{7}}});
    };
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        constexpr std::size_t kHeaders = 13 + 12;
        if (&from == &talk.client && first.empty())
            first.assign(datagram.bytes.begin() + kHeaders, datagram.bytes.end());
        return true;
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(calls, 1);
    ASSERT_EQ(bodies.size(), 1u);
    std::vector<ExtensionType> second = types(bodies[0]);
    if (is_1_3()) {
        EXPECT_EQ(std::erase(second, ExtensionType::cookie), 1u);
    }
    EXPECT_EQ(second, types(first));
    const auto before = ClientHello::parse(first);
    const auto after = ClientHello::parse(bodies[0]);
    EXPECT_TRUE(std::ranges::equal(before->random, after->random));
    EXPECT_TRUE(std::ranges::equal(before->cipher_suites.bytes(), after->cipher_suites.bytes()));
    EXPECT_EQ(after->extensions.find(ExtensionType{0xfe00})->size(), 1u);
}

TEST_P(HelloHooks, WeakenNothingThatTheOptionsAskFor) {
    if (is_1_3()) GTEST_SKIP() << "1.3 has it always";
    client.shape_hello = [](HelloDraft& hello) {
        std::erase_if(hello.extensions, [](const HelloDraft::Extension& extension) {
            return extension.type == ExtensionType::extended_master_secret;
        });
    };
    EXPECT_FALSE(talk.connect(client, server));
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what, "the client has no extended master secret");
}

TEST_P(HelloHooks, EndAHelloThatIsLongerThanAMessage) {
    client.shape_hello = [](HelloDraft& hello) {
        for (const std::uint16_t type : std::array<std::uint16_t, 2>{0xff40, 0xff41})
            hello.extensions.push_back(
                {static_cast<wire::dtls::ExtensionType>(type), std::vector<std::byte>(40'000)});
    };
    EXPECT_FALSE(talk.connect(client, server));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.code, Errc::invalid_argument);
}

TEST_P(HelloHooks, EndAHelloThatCannotBeWritten) {
    client.shape_hello = [](HelloDraft& hello) { hello.session_id.resize(33); };
    EXPECT_FALSE(talk.connect(client, server));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.code, Errc::invalid_argument);
    EXPECT_EQ(talk.client.endpoint.connection_count(), 0u);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
}

TEST_P(HelloHooks, RefuseWithAnAlertAndKeepNothing) {
    answer = {.kind = HelloAnswer::Kind::refuse, .alert = AlertDescription::unrecognized_name};
    EXPECT_FALSE(talk.connect(client, server, 3s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::unrecognized_name);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
    EXPECT_EQ(talk.server.count<Closed>(), 0u);
    EXPECT_EQ(talk.server.endpoint.counters().hellos_refused, 1u);
}

TEST_P(HelloHooks, IgnoreWithoutAWord) {
    answer.kind = HelloAnswer::Kind::ignore;
    server.cookie_exchange = false;
    client.handshake_timeout = 5s;
    EXPECT_FALSE(talk.connect(client, server, 10s));
    EXPECT_EQ(talk.server_bytes, 0u);
    EXPECT_GE(talk.server.endpoint.counters().hellos_refused, 2u);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.code, Errc::timed_out);
}

TEST_P(HelloHooks, ChooseTheOptionsByTheNameThatIsAskedFor) {
    auto other = std::make_shared<Options>(server);
    other->identity = ed25519_identity();
    other->on_hello = nullptr;
    server.on_hello = [&](const HelloSeen& seen) {
        return HelloAnswer{.options = seen.server_name == "other.example" ? other : nullptr};
    };
    client.server_name = "other.example";
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.client.last<Connected>()->peer_fingerprint, ed25519_identity().fingerprint());
    Talk second;
    client.server_name = "first.example";
    ASSERT_TRUE(second.connect(client, server)) << why(second);
    EXPECT_EQ(second.client.last<Connected>()->peer_fingerprint, ecdsa_identity().fingerprint());
}

TEST_P(HelloHooks, WhoseOptionsContradictThemselvesRefuse) {
    answer.options = std::make_shared<Options>();
    EXPECT_FALSE(talk.connect(client, server, 3s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::internal_error);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
}

HAWSER_BOTH_VERSIONS(HelloHooks);

/// RFC 5246 §7.4.1.4: a server that answers what nobody asked for does not speak to us.
TEST(UnaskedAnswers, EndTheHandshake) {
    Talk talk;
    Options client = only(psk_options(), Version::v1_2);
    client.shape_hello = [](HelloDraft& hello) {
        for (HelloDraft::Extension& extension : hello.extensions) {
            if (extension.type == ExtensionType::record_size_limit)
                extension = {ExtensionType{0xfe00}, {std::byte{0x40}, std::byte{0}}};
        }
    };
    // On its way the hello becomes one that asks for a limit.
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        constexpr std::array kExtension{std::byte{0xfe}, std::byte{0},    std::byte{0},
                                        std::byte{2},    std::byte{0x40}, std::byte{0}};
        const auto found = std::ranges::search(datagram.bytes, kExtension);
        if (&from != &talk.client || found.empty()) return true;
        found[0] = std::byte{0};
        found[1] = static_cast<std::byte>(ExtensionType::record_size_limit);
        return true;
    };
    EXPECT_FALSE(talk.connect(client, only(psk_options(), Version::v1_2)));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_sent, AlertDescription::unsupported_extension);
}

} // namespace
} // namespace hawser::dtls::test
