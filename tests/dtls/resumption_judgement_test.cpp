// A session that is taken up again is judged again: by the rules and at the time of now.
#include "dtls/versions.hpp"

#include <algorithm>
#include <chrono>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

/// A certificate that ends an hour after the tests begin.
const Identity& short_lived() {
    static const Identity identity = [] {
        SeededRandom random{31};
        const std::array<std::string, 1> names{"server.example"};
        const auto start = std::chrono::floor<std::chrono::seconds>(wall().at(Instant{}));
        return *Identity::self_signed(KeyKind::ecdsa_p256, "server.example", names, start - 24h,
                                      start + 1h, random);
    }();
    return identity;
}

TrustAnchors anchors_of(const Identity& identity) {
    return *TrustAnchors::from_pem(identity.certificates_pem());
}

class Judgement : public PerVersion {
protected:
    void first() {
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run(1s);
        ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
        talk.run(1s);
        ASSERT_NE(talk.client.last<TicketReceived>(), nullptr);
        client.session = talk.client.last<TicketReceived>()->session;
        talk.client.events.clear();
        talk.server.events.clear();
    }
    bool again() {
        const bool connected = talk.connect(client, server);
        talk.run(1s);
        return connected && talk.client.count<Closed>() == 0 && talk.server.count<Closed>() == 0;
    }
    bool resumed() const {
        return talk.client.last<Connected>()->resumed && talk.server.last<Connected>()->resumed;
    }

    Talk talk;
};

TEST_P(Judgement, LetsAServerInWhoseChainStillHolds) {
    client.verification = {.anchors = anchors_of(ecdsa_identity()), .name = "server.example"};
    first();
    ASSERT_TRUE(again()) << why(talk);
    EXPECT_TRUE(resumed());
    EXPECT_EQ(talk.client.last<Connected>()->peer_fingerprint, ecdsa_identity().fingerprint());
}

TEST_P(Judgement, RefusesAServerThatHasExpiredSince) {
    server.identity = short_lived();
    client.verification = {.anchors = anchors_of(short_lived()), .name = "server.example"};
    first();
    ASSERT_TRUE(again()) << why(talk);
    ASSERT_TRUE(resumed());
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    talk.run(61min);
    talk.client.events.clear();
    EXPECT_FALSE(again());
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.what, "a certificate has expired");
}

TEST_P(Judgement, RefusesAServerWhoseAnchorIsTrustedNoMore) {
    client.verification = {.anchors = anchors_of(ecdsa_identity()), .name = "server.example"};
    first();
    client.verification.anchors = anchors_of(ed25519_identity());
    EXPECT_FALSE(again());
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.what, "the certificate's issuer is not trusted");
}

TEST_P(Judgement, RefusesAServerThatHasAnotherNameThanIsWantedNow) {
    client.verification = {.anchors = anchors_of(ecdsa_identity()), .name = "server.example"};
    first();
    client.verification.name = "other.example";
    EXPECT_FALSE(again());
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.what, "the certificate is for another name");
}

TEST_P(Judgement, RefusesAClientThatHasExpiredSince) {
    client.identity = short_lived();
    server.verification = {.anchors = anchors_of(short_lived())};
    first();
    ASSERT_TRUE(again()) << why(talk);
    ASSERT_TRUE(resumed());
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    talk.run(61min);
    talk.server.events.clear();
    EXPECT_FALSE(again());
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what, "a certificate has expired");
}

TEST_P(Judgement, AsksTheCallersJudgeAgain) {
    client.identity = ed25519_identity();
    int asked = 0;
    bool verdict = true;
    server.verification = {.accepts = [&](const PeerCertificate& peer) {
        ++asked;
        EXPECT_EQ(peer.chain.size(), 1u);
        EXPECT_EQ(peer.fingerprint, ed25519_identity().fingerprint());
        return verdict;
    }};
    first();
    EXPECT_EQ(asked, 1);
    ASSERT_TRUE(again()) << why(talk);
    EXPECT_TRUE(resumed());
    EXPECT_EQ(asked, 2);
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    talk.run(1s);
    talk.server.events.clear();
    verdict = false;
    EXPECT_FALSE(again());
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what, "the peer's certificate was refused");
}

/// Rules that need a chain, where the session was begun under rules that did not.
TEST_P(Judgement, AsksForTheCertificateWhereTheSessionHasNotKeptIt) {
    client.verification = {.anyone = true};
    first();
    client.verification = {.anchors = anchors_of(ecdsa_identity()), .name = "server.example"};
    ASSERT_TRUE(again()) << why(talk);
    EXPECT_FALSE(resumed());
}

TEST_P(Judgement, RefusesAKeyThatIsKnownNoMore) {
    client = client_psk;
    server = server_psk;
    first();
    ASSERT_TRUE(again()) << why(talk);
    EXPECT_TRUE(resumed());
    EXPECT_EQ(talk.server.last<Connected>()->psk_identity, "rope");
    EXPECT_EQ(talk.client.last<Connected>()->psk_identity, "rope");
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    talk.run(1s);
    talk.server.events.clear();
    server.psks = {Psk{"another rope", std::vector<std::byte>(16, std::byte{1})}};
    EXPECT_FALSE(again());
    EXPECT_EQ(talk.server.count<Connected>(), 0u);
}

TEST_P(Judgement, KeepsAChainOnlyAsLongAsAHelloCanCarryIt) {
    std::string chain = ecdsa_identity().certificates_pem();
    std::string many;
    for (int i = 0; i < 12; ++i)
        many += chain;
    client.identity = *Identity::from_pem(many, ecdsa_identity().key_pem());
    server.verification = {.accepts = [](const PeerCertificate&) { return true; }};
    first();
    EXPECT_LT(client.session->state.size(), 4096u);
    ASSERT_TRUE(again()) << why(talk);
    EXPECT_FALSE(resumed());
}

HAWSER_BOTH_VERSIONS(Judgement);

} // namespace
} // namespace hawser::dtls::test
