// Keys that both ends have already.
#include "dtls/versions.hpp"

namespace hawser::dtls::test {
namespace {

using wire::dtls::CipherSuite;

class PreSharedKeys : public PerVersion {
protected:
    Talk talk;
};

TEST_P(PreSharedKeys, ThatTheServerDoesNotKnowAreRefusedByName) {
    client_psk.psks = {Psk{"another rope", std::vector<std::byte>(16, std::byte{1})}};
    EXPECT_FALSE(talk.connect(client_psk, server_psk));
    talk.run();
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what,
              "the client's PSK identity is not known here");
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::unknown_psk_identity);
}

TEST_P(PreSharedKeys, ThatDifferUnderOneNameDoNotConnect) {
    client_psk.psks = {Psk{"rope", std::vector<std::byte>(16, std::byte{1})}};
    client_psk.handshake_timeout = server_psk.handshake_timeout = std::chrono::seconds{5};
    EXPECT_FALSE(talk.connect(client_psk, server_psk));
    talk.run(std::chrono::seconds{10});
    EXPECT_EQ(talk.server.count<Connected>(), 0u);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
    EXPECT_EQ(talk.client.endpoint.connection_count(), 0u);
}

TEST_P(PreSharedKeys, CanBeLookedUp) {
    std::string asked;
    std::size_t session_id_bytes = 99;
    server_psk.psks.clear();
    server_psk.find_psk = [&](const PskQuery& query) -> std::optional<Psk> {
        asked = query.identity;
        session_id_bytes = query.session_id.size();
        return some_psk();
    };
    ASSERT_TRUE(talk.connect(client_psk, server_psk)) << why(talk);
    EXPECT_EQ(asked, "rope");
    EXPECT_EQ(session_id_bytes, 0u);
    EXPECT_EQ(talk.server.last<Connected>()->psk_identity, "rope");
    EXPECT_EQ(talk.client.last<Connected>()->psk_identity, "rope");
}

TEST_P(PreSharedKeys, StandBesideACertificate) {
    server_psk.identity = ecdsa_identity();
    Talk by_key;
    ASSERT_TRUE(by_key.connect(client_psk, server_psk)) << why(by_key);
    EXPECT_EQ(by_key.server.last<Connected>()->psk_identity, "rope");
    ASSERT_TRUE(talk.connect(client, server_psk)) << why(talk);
    EXPECT_EQ(talk.server.last<Connected>()->psk_identity, "");
}

HAWSER_BOTH_VERSIONS(PreSharedKeys);

/// The binder's hash is that of the key, whatever suite the server would like best.
TEST(PreSharedKeys1_3, ChooseASuiteThatFitsThem) {
    Options client = only(psk_options(), Version::v1_3);
    Options server = only(psk_options(), Version::v1_3);
    server.cipher_suites = {CipherSuite::aes_256_gcm_sha384, CipherSuite::chacha20_poly1305_sha256};
    for (const bool cookie : {false, true}) {
        Talk talk;
        server.cookie_exchange = cookie;
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        EXPECT_EQ(talk.client.last<Connected>()->cipher_suite,
                  CipherSuite::chacha20_poly1305_sha256);
    }
}

/// A client whose hello asks for no extended master secret, as OpenConnect's.
class WithoutExtendedMasterSecret : public testing::Test {
protected:
    WithoutExtendedMasterSecret() {
        talk.on_way = [this](const End& from, Talk::Flying& datagram) {
            if (&from == &talk.client) hide_extension(datagram.bytes);
            return true;
        };
    }

    /// Changes the type of the empty extension 23 into one that nobody knows.
    static void hide_extension(std::vector<std::byte>& bytes) {
        constexpr std::array kExtension{std::byte{0}, std::byte{23}, std::byte{0}, std::byte{0}};
        const auto found = std::ranges::search(bytes, kExtension);
        if (bytes.size() > 14 && bytes[0] == std::byte{22} && bytes[13] == std::byte{1} &&
            !found.empty()) {
            found[0] = std::byte{0xfa};
            ++hidden;
        }
    }

    static inline int hidden = 0;
    Talk talk;
};

TEST_F(WithoutExtendedMasterSecret, ACertificateIsRefused) {
    EXPECT_FALSE(
        talk.connect(only(client_options(), Version::v1_2), only(server_options(), Version::v1_2)));
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_GT(hidden, 0);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what, "the client has no extended master secret");
}

TEST_F(WithoutExtendedMasterSecret, AKeyIsRefusedByDefault) {
    EXPECT_FALSE(
        talk.connect(only(psk_options(), Version::v1_2), only(psk_options(), Version::v1_2)));
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what, "the client has no extended master secret");
}

/// The hello is changed on its way, so both Finished differ: but only they refuse.
TEST_F(WithoutExtendedMasterSecret, AKeyIsTakenInAProfileThatAllowsIt) {
    Options options = only(psk_options(), Version::v1_2);
    options.psk_needs_extended_master_secret = false;
    options.handshake_timeout = std::chrono::seconds{5};
    TapLog log;
    talk.server.endpoint.set_tap(&log);
    EXPECT_FALSE(talk.connect(options, options));
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what,
              "the client's Finished does not fit what was said");
}

} // namespace
} // namespace hawser::dtls::test
