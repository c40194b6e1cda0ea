// Which signatures an end takes of its peer.
#include "dtls/versions.hpp"

#include <array>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::SignatureScheme;

class SignatureSchemes : public PerVersion {
protected:
    Talk talk;
};

TEST_P(SignatureSchemes, ChooseTheServersIdentity) {
    server.more_identities = {rsa_identity()};
    client.signature_schemes = {SignatureScheme::rsa_pkcs1_sha1, // which nobody checks
                                SignatureScheme::rsa_pss_rsae_sha384};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.server.last<Connected>()->shown_identity, 1u);
}

TEST_P(SignatureSchemes, ChooseTheClientsIdentity) {
    server.verification.anyone = true;
    server.signature_schemes = {SignatureScheme::ed25519};
    client.identity = ecdsa_identity();
    client.more_identities = {ed25519_identity()};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    EXPECT_EQ(talk.client.last<Connected>()->shown_identity, 1u);
    EXPECT_EQ(talk.server.last<Connected>()->peer_fingerprint, ed25519_identity().fingerprint());
}

TEST_P(SignatureSchemes, ThatTheServerHasNotEndTheHandshake) {
    client.signature_schemes = {SignatureScheme::ed25519};
    EXPECT_FALSE(talk.connect(client, server, 5s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::handshake_failure);
}

/// RFC 8446 §4.2.3: those of PKCS #1 v1.5 sign no handshake of 1.3.
TEST_P(SignatureSchemes, OfPkcs1AreFor1_2) {
    server.identity = rsa_identity();
    client.signature_schemes = {SignatureScheme::rsa_pkcs1_sha256};
    EXPECT_EQ(talk.connect(client, server, 5s), !is_1_3()) << why(talk);
    if (!is_1_3()) return;
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::handshake_failure);
}

/// A server that signs with something else is refused, whatever the hello said.
TEST_P(SignatureSchemes, AreCheckedWhenTheServerSigns) {
    client.signature_schemes = {SignatureScheme::ed25519};
    client.shape_hello = [](HelloDraft& hello) {
        constexpr std::array kEcdsa{std::byte{0}, std::byte{2}, std::byte{4}, std::byte{3}};
        for (auto& extension : hello.extensions) {
            if (extension.type == wire::dtls::ExtensionType::signature_algorithms)
                extension.value.assign(kEcdsa.begin(), kEcdsa.end());
        }
    };
    EXPECT_FALSE(talk.connect(client, server, 5s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_sent, AlertDescription::illegal_parameter);
}

HAWSER_BOTH_VERSIONS(SignatureSchemes);

} // namespace
} // namespace hawser::dtls::test
