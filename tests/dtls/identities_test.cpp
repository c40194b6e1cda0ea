// Several identities of one end: the first that the peer takes is shown.
#include "dtls/versions.hpp"

#include <array>
#include <vector>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class Identities : public PerVersion {
protected:
    Identities() {
        server.identity = ecdsa_identity();
        server.more_identities = {rsa_identity()};
    }
    /// A client's hello offers these signature algorithms alone.
    void offer(std::vector<std::uint16_t> schemes) {
        client.shape_hello = [schemes = std::move(schemes)](HelloDraft& hello) {
            for (auto& extension : hello.extensions) {
                if (extension.type != wire::dtls::ExtensionType::signature_algorithms) continue;
                extension.value = {std::byte{0}, static_cast<std::byte>(2 * schemes.size())};
                for (const std::uint16_t scheme : schemes) {
                    extension.value.push_back(static_cast<std::byte>(scheme >> 8));
                    extension.value.push_back(static_cast<std::byte>(scheme));
                }
            }
        };
    }
    std::optional<std::size_t> shown() {
        Talk talk;
        EXPECT_TRUE(talk.connect(client, server, 10s)) << why(talk);
        const auto* const up = talk.server.last<Connected>();
        const auto* const seen = talk.client.last<Connected>();
        if (up == nullptr || seen == nullptr || !up->shown_identity) return std::nullopt;
        const Identity& identity = *up->shown_identity == 0
                                       ? *server.identity
                                       : server.more_identities[*up->shown_identity - 1];
        EXPECT_EQ(seen->peer_fingerprint, identity.fingerprint());
        return up->shown_identity;
    }

    static constexpr std::uint16_t kEcdsa = 0x0403, kRsaPss = 0x0804;
};

TEST_P(Identities, TheFirstIsShownToWhoTakesIt) {
    EXPECT_EQ(shown(), 0u);
    offer({kRsaPss, kEcdsa});
    EXPECT_EQ(shown(), 0u);
}

TEST_P(Identities, TheNextIsShownToWhoTakesNoSignatureOfTheFirst) {
    offer({kRsaPss});
    EXPECT_EQ(shown(), 1u);
}

TEST_P(Identities, NoneIsShownToWhoTakesNone) {
    offer({0x0807}); // Ed25519
    Talk talk;
    EXPECT_FALSE(talk.connect(client, server, 10s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::handshake_failure);
}

/// RFC 5246 §7.4.2: the suite of 1.2 says whose key signs.
TEST(IdentitiesOf1_2, FitTheCipherSuite) {
    Options client = only(client_options(), Version::v1_2);
    Options server = only(server_options(), Version::v1_2);
    server.more_identities = {rsa_identity()};
    client.cipher_suites = {CipherSuite::ecdhe_rsa_aes_128_gcm_sha256};
    Talk talk;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.server.last<Connected>()->shown_identity, 1u);
}

TEST_P(Identities, SignWithWhatTheyAreToldAlone) {
    using wire::dtls::SignatureScheme;
    constexpr std::array kSha384{SignatureScheme::ed25519, SignatureScheme::rsa_pss_rsae_sha384};
    server.more_identities = {rsa_identity().signing_with(kSha384)};
    EXPECT_EQ(server.more_identities[0].schemes().size(), 1u) << "of RSA";
    offer({kRsaPss}); // of SHA-256
    Talk talk;
    EXPECT_FALSE(talk.connect(client, server, 10s));
    offer({kRsaPss, 0x0805});
    EXPECT_EQ(shown(), 1u);
}

/// RFC 7250 §4.2: of a client that takes raw keys alone.
TEST_P(Identities, AreNotShownToWhoTakesNoCertificates) {
    client.raw_public_key = true;
    client.shape_hello = [](HelloDraft& hello) {
        for (auto& extension : hello.extensions) {
            if (extension.type == wire::dtls::ExtensionType::server_certificate_type)
                extension.value = {std::byte{1}, std::byte{2}};
        }
    };
    Talk talk;
    EXPECT_FALSE(talk.connect(client, server, 10s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received,
              AlertDescription::unsupported_certificate);
    server.raw_public_key = true;
    Talk again;
    EXPECT_TRUE(again.connect(client, server, 10s)) << why(again);
}

TEST_P(Identities, AreOfClientsToo) {
    client.identity = ed25519_identity();
    client.more_identities = {ecdsa_identity()};
    server.verification.anyone = true;
    Talk talk;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    EXPECT_EQ(talk.client.last<Connected>()->shown_identity, 0u);
    EXPECT_EQ(talk.server.last<Connected>()->peer_fingerprint, ed25519_identity().fingerprint());
}

TEST_P(Identities, AreNotShownWhereASessionIsTakenUp) {
    Talk talk;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    ASSERT_NE(talk.client.last<TicketReceived>(), nullptr);
    client.session = talk.client.last<TicketReceived>()->session;
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    talk.run();
    talk.client.events.clear();
    talk.server.events.clear();
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_TRUE(talk.server.last<Connected>()->resumed);
    EXPECT_EQ(talk.server.last<Connected>()->shown_identity, std::nullopt);
}

HAWSER_BOTH_VERSIONS(Identities);

TEST(MoreIdentities, AreForThoseWhoHaveOne) {
    Options options = psk_options();
    options.more_identities = {ecdsa_identity()};
    Talk talk;
    EXPECT_FALSE(talk.server.endpoint.listen(options));
    options.identity = ecdsa_identity();
    EXPECT_TRUE(talk.server.endpoint.listen(options));
    options.more_identities.assign(16, ecdsa_identity());
    EXPECT_FALSE(talk.server.endpoint.listen(options));
}

} // namespace
} // namespace hawser::dtls::test
