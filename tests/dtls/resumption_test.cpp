// Sessions that are taken up again by ticket (RFC 5077, RFC 8446 §2.2).
#include "dtls/session_ticket.hpp"
#include "dtls/versions.hpp"

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::CipherSuite;

class Resumption : public PerVersion {
protected:
    /// Connects once, closes, and answers what the client may come back with.
    std::optional<Session> first(Talk& over) {
        EXPECT_TRUE(over.connect(client, server)) << why(over);
        over.run();
        EXPECT_TRUE(over.client.endpoint.close(over.client_handle, over.now));
        over.run();
        const auto* const ticket = over.client.last<TicketReceived>();
        if (ticket == nullptr) return std::nullopt;
        Session session = ticket->session;
        over.client.events.clear();
        over.server.events.clear();
        return session;
    }

    Talk talk;
};

TEST_P(Resumption, TakesUpASession) {
    client.session = first(talk);
    ASSERT_TRUE(client.session);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_TRUE(talk.client.last<Connected>()->resumed);
    EXPECT_TRUE(talk.server.last<Connected>()->resumed);
    ASSERT_TRUE(talk.write(talk.client, "again"));
    ASSERT_TRUE(talk.write(talk.server, "you again"));
    talk.run();
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"again"});
    EXPECT_EQ(talk.client.texts(), std::vector<std::string>{"you again"});
}

/// Whichever end has the last word waits for no answer to it.
TEST_P(Resumption, SaysNothingTwiceWhereNothingIsLost) {
    client.session = first(talk);
    ASSERT_TRUE(client.session);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run(1000s);
    for (const End* end : {&talk.client, &talk.server}) {
        EXPECT_EQ(end->endpoint.counters().retransmissions, 0u);
        EXPECT_EQ(end->endpoint.deadline(), kNever);
    }
}

TEST_P(Resumption, DoesWithoutATicketThatFillsAHello) {
    auto session = first(talk);
    ASSERT_TRUE(session);
    auto state = SessionState::parse(session->state);
    ASSERT_TRUE(state);
    state->ticket.resize(65'535); // which a server may give out
    client.session = Session{state->serialize()};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_FALSE(talk.client.last<Connected>()->resumed);
}

TEST_P(Resumption, NeedsNoCertificateButKnowsWhoItWas) {
    client.identity = ed25519_identity();
    server.verification = {.fingerprints = {ed25519_identity().fingerprint()}};
    client.session = first(talk);
    ASSERT_TRUE(client.session);
    TapLog log;
    talk.client.endpoint.set_tap(&log);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_TRUE(talk.server.last<Connected>()->resumed);
    EXPECT_EQ(std::ranges::count(log.notes, "< certificate"), 0);
    EXPECT_EQ(talk.server.last<Connected>()->peer_fingerprint, ed25519_identity().fingerprint());
    EXPECT_EQ(talk.client.last<Connected>()->peer_fingerprint, ecdsa_identity().fingerprint());
    talk.client.endpoint.set_tap(nullptr);
}

/// A certificate that this listener would refuse does not come in by an old ticket.
TEST_P(Resumption, IsJudgedByTheRulesOfToday) {
    client.identity = ed25519_identity();
    server.verification = {.anyone = true};
    client.session = first(talk);
    ASSERT_TRUE(client.session);
    server.verification = {.fingerprints = {rsa_identity().fingerprint()}};
    static_cast<void>(talk.connect(client, server));
    talk.run();
    EXPECT_EQ(talk.server.count<Connected>(), 0u);
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what,
              "the peer's certificate has another fingerprint");
}

TEST_P(Resumption, FallsBackWhenTheServerHasForgottenItsKeys) {
    client.session = first(talk);
    ASSERT_TRUE(client.session);
    Talk another{99};
    ASSERT_TRUE(another.connect(client, server)) << why(another);
    EXPECT_FALSE(another.client.last<Connected>()->resumed);
    EXPECT_FALSE(another.server.last<Connected>()->resumed);
}

TEST_P(Resumption, FallsBackWhenTheTicketHasExpired) {
    server.ticket_lifetime = 10s;
    client.session = first(talk);
    ASSERT_TRUE(client.session);
    talk.run(60s);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_FALSE(talk.client.last<Connected>()->resumed);
}

TEST_P(Resumption, FallsBackForAnotherName) {
    client.server_name = "one.example";
    client.session = first(talk);
    ASSERT_TRUE(client.session);
    client.server_name = "two.example";
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_FALSE(talk.server.last<Connected>()->resumed);
}

TEST_P(Resumption, SurvivesLoss) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Talk each{seed};
        client.session.reset();
        client.session = first(each);
        ASSERT_TRUE(client.session);
        each.weather = {.loss = 0.3, .duplication = 0.3, .reordering = 0.3};
        client.handshake_timeout = server.handshake_timeout = 600s;
        ASSERT_TRUE(each.connect(client, server, 600s)) << "seed " << seed << ' ' << why(each);
        EXPECT_TRUE(each.server.last<Connected>()->resumed);
    }
}

TEST_P(Resumption, IsOfferedByNoTicketWhenTheServerIssuesNone) {
    server.issue_tickets = false;
    EXPECT_FALSE(first(talk).has_value());
}

TEST_P(Resumption, WorksWithEachHash) {
    const CipherSuite suite =
        is_1_3() ? CipherSuite::aes_256_gcm_sha384 : CipherSuite::ecdhe_ecdsa_aes_256_gcm_sha384;
    client.cipher_suites = {suite};
    client.session = first(talk);
    ASSERT_TRUE(client.session);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_TRUE(talk.server.last<Connected>()->resumed);
}

TEST_P(Resumption, TakesNoSessionThatIsGarbled) {
    client.session = first(talk);
    ASSERT_TRUE(client.session);
    client.session->state.resize(client.session->state.size() / 2);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_FALSE(talk.client.last<Connected>()->resumed);
}

HAWSER_BOTH_VERSIONS(Resumption);

} // namespace
} // namespace hawser::dtls::test
