// Who is taken, who is not, and what both ends are told about it.
#include "dtls/versions.hpp"

#include <chrono>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

Identity identity_from(std::uint64_t seed, int from_year, int to_year, KeyKind kind) {
    SeededRandom random{seed};
    const std::array<std::string, 1> names{"server.example"};
    const auto year = [](int number) {
        return std::chrono::sys_days{std::chrono::year{number} / 1 / 1};
    };
    return *Identity::self_signed(kind, "server.example", names, year(from_year), year(to_year),
                                  random);
}

TrustAnchors anchors_of(const Identity& identity) {
    return *TrustAnchors::from_pem(identity.certificates_pem());
}

class Credentials : public PerVersion {
protected:
    /// The client refuses the server, and both say why.
    void expect_refused(AlertDescription alert, std::string_view what) {
        EXPECT_FALSE(talk.connect(client, server));
        talk.run();
        ASSERT_NE(talk.client.last<Closed>(), nullptr);
        ASSERT_NE(talk.server.last<Closed>(), nullptr);
        EXPECT_EQ(talk.client.last<Closed>()->reason.what, what);
        EXPECT_EQ(talk.client.last<Closed>()->reason.code, Errc::refused);
        EXPECT_EQ(talk.client.last<Closed>()->alert_sent, alert);
        EXPECT_FALSE(talk.client.last<Closed>()->connected);
        EXPECT_EQ(talk.server.last<Closed>()->alert_received, alert);
        EXPECT_EQ(talk.server.last<Closed>()->reason.what, wire::dtls::name(alert));
        EXPECT_EQ(talk.client.endpoint.connection_count(), 0u);
        EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
    }

    Talk talk;
};

TEST_P(Credentials, TakeAChainThatEndsInAnAnchorAndHasTheName) {
    client.verification = {.anchors = anchors_of(ecdsa_identity()), .name = "server.example"};
    EXPECT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.client.last<Connected>()->peer_fingerprint, ecdsa_identity().fingerprint());
    EXPECT_EQ(talk.server.last<Connected>()->peer_fingerprint, std::nullopt);
}

TEST_P(Credentials, TakeAChainByAnAddressInIt) {
    client.verification = {.anchors = anchors_of(ecdsa_identity()), .name = "10.0.0.2"};
    EXPECT_TRUE(talk.connect(client, server)) << why(talk);
}

TEST_P(Credentials, RefuseAnotherName) {
    client.verification = {.anchors = anchors_of(ecdsa_identity()), .name = "other.example"};
    expect_refused(AlertDescription::bad_certificate, "the certificate is for another name");
}

/// Which of the host's links an address is on is nobody else's business.
TEST_P(Credentials, CompareAddressesWithoutTheirScope) {
    SeededRandom random{79};
    const std::array<std::string, 1> names{"fe80::1"};
    const auto from = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
    const auto to = std::chrono::sys_days{std::chrono::year{2036} / 1 / 1};
    server.identity = *Identity::self_signed(KeyKind::ed25519, "link", names, from, to, random);
    for (const std::string name :
         {"fe80::1", "fe80::1%2", "[fe80::1%2]", "fe80::1%eth0", "[fe80::1]", "FE80:0::1%7"}) {
        Talk each;
        client.verification = {.anchors = anchors_of(*server.identity), .name = name};
        client.server_name = name;
        EXPECT_TRUE(each.connect(client, server)) << name << ": " << why(each);
        ASSERT_NE(each.server.last<Connected>(), nullptr) << name;
        EXPECT_EQ(each.server.last<Connected>()->server_name, "") << name; // no host name
    }
    for (const std::string name : {"fe80::2%1", "[fe80::2]", "%1", "[]"}) {
        Talk each;
        client.server_name.clear();
        client.verification.name = name;
        EXPECT_FALSE(each.connect(client, server)) << name;
    }
}

TEST_P(Credentials, RefuseAnIssuerThatIsNotTrusted) {
    client.verification = {.anchors = anchors_of(ed25519_identity()), .name = "server.example"};
    expect_refused(AlertDescription::unknown_ca, "the certificate's issuer is not trusted");
}

TEST_P(Credentials, RefuseWhatHasExpired) {
    server.identity = identity_from(77, 2020, 2025, KeyKind::ed25519);
    client.verification = {.anchors = anchors_of(*server.identity), .name = "server.example"};
    expect_refused(AlertDescription::certificate_expired, "a certificate has expired");
}

TEST_P(Credentials, RefuseWhatIsNotValidYet) {
    server.identity = identity_from(78, 2030, 2040, KeyKind::ed25519);
    client.verification = {.anchors = anchors_of(*server.identity), .name = "server.example"};
    expect_refused(AlertDescription::certificate_expired, "a certificate is not valid yet");
}

TEST_P(Credentials, CompareFingerprints) {
    client.verification = {
        .fingerprints = {rsa_identity().fingerprint(), ecdsa_identity().fingerprint()}};
    EXPECT_TRUE(talk.connect(client, server)) << why(talk);
}

TEST_P(Credentials, RefuseAnotherFingerprint) {
    client.verification = {.fingerprints = {rsa_identity().fingerprint()}};
    expect_refused(AlertDescription::bad_certificate,
                   "the peer's certificate has another fingerprint");
}

TEST_P(Credentials, AskTheCallersOwnJudge) {
    std::vector<std::byte> shown;
    Fingerprint fingerprint{};
    client.verification = {.accepts = [&](const PeerCertificate& peer) {
        shown.assign(peer.public_key.begin(), peer.public_key.end());
        fingerprint = peer.fingerprint;
        return peer.chain.size() == 1;
    }};
    EXPECT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(fingerprint, ecdsa_identity().fingerprint());
    const Bytes key = ecdsa_identity().public_key();
    EXPECT_TRUE(std::ranges::equal(shown, key));
}

TEST_P(Credentials, FollowTheCallersNo) {
    client.verification = {.accepts = [](const PeerCertificate&) { return false; }};
    expect_refused(AlertDescription::bad_certificate, "the peer's certificate was refused");
}

TEST_P(Credentials, ShowAClientsCertificateWhereItIsAskedFor) {
    client.identity = ed25519_identity();
    server.verification = {.anchors = anchors_of(ed25519_identity())};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.server.last<Connected>()->peer_fingerprint, ed25519_identity().fingerprint());
    ASSERT_TRUE(talk.write(talk.client, "it is me"));
    talk.run();
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"it is me"});
}

TEST_P(Credentials, ShowAClientsCertificateOfEachKind) {
    for (const Identity& identity : {ecdsa_identity(), ed25519_identity(), rsa_identity()}) {
        Talk each;
        client.identity = identity;
        server.verification = {.fingerprints = {identity.fingerprint()}};
        EXPECT_TRUE(each.connect(client, server)) << why(each);
    }
}

TEST_P(Credentials, EndWhenTheClientHasNoCertificate) {
    server.verification = {.anyone = true};
    static_cast<void>(talk.connect(client, server));
    talk.run();
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.count<Connected>(), 0u);
    const AlertDescription alert =
        is_1_3() ? AlertDescription::certificate_required : AlertDescription::handshake_failure;
    EXPECT_EQ(talk.server.last<Closed>()->alert_sent, alert);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, alert);
    EXPECT_EQ(talk.client.endpoint.connection_count(), 0u);
}

TEST_P(Credentials, EndWhenTheClientHasTheWrongCertificate) {
    client.identity = ed25519_identity();
    server.verification = {.fingerprints = {rsa_identity().fingerprint()}};
    static_cast<void>(talk.connect(client, server));
    talk.run();
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.count<Connected>(), 0u);
    EXPECT_EQ(talk.server.last<Closed>()->alert_sent, AlertDescription::bad_certificate);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::bad_certificate);
}

TEST_P(Credentials, CanBeRawPublicKeys) {
    client.raw_public_key = server.raw_public_key = true;
    client.identity = ed25519_identity();
    client.verification = {.accepts = [](const PeerCertificate& peer) {
        const Bytes key = ecdsa_identity().public_key();
        return peer.chain.empty() && std::ranges::equal(peer.public_key, key);
    }};
    server.verification = {.accepts = [](const PeerCertificate& peer) {
        const Bytes key = ed25519_identity().public_key();
        return peer.chain.empty() && std::ranges::equal(peer.public_key, key);
    }};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
}

TEST_P(Credentials, StayCertificatesWhenOnlyOneEndHasRawPublicKeys) {
    client.raw_public_key = true;
    client.verification = {
        .accepts = [](const PeerCertificate& peer) { return peer.chain.size() == 1; }};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
}

TEST_P(Credentials, RefuseARawPublicKeyWhereAChainIsAskedFor) {
    client.raw_public_key = server.raw_public_key = true;
    client.verification = {.anchors = anchors_of(ecdsa_identity())};
    expect_refused(AlertDescription::unsupported_certificate,
                   "a raw public key, where a chain was asked for");
}

TEST_P(Credentials, AreRefusedBeforeAnythingIsSentWhenThereAreNone) {
    EXPECT_EQ(talk.server.endpoint.listen(only(Options{}, version())).error().code,
              Errc::invalid_argument);
    const auto handle = talk.client.endpoint.connect(
        Path{.local = talk.client.address, .remote = talk.server.address},
        only(Options{}, version()), talk.now);
    EXPECT_EQ(handle.error().code, Errc::invalid_argument);
    EXPECT_EQ(talk.client.endpoint.poll_transmit(talk.now, {}), std::nullopt);
}

HAWSER_BOTH_VERSIONS(Credentials);

} // namespace
} // namespace hawser::dtls::test
