// Another handshake of DTLS 1.2 under the keys of the first one (RFC 5746): where a profile has it.
#include "dtls/versions.hpp"

#include "crypto/hash.hpp"

#include <algorithm>
#include <array>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class Renegotiation : public testing::Test {
protected:
    Renegotiation() { client.renegotiation = server.renegotiation = true; }

    void connect() {
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run(2s);
    }
    using Epochs = Talk::Epochs;
    Result<> begin(End& by) { return by.endpoint.renegotiate(talk.handle_of(by), talk.now); }
    std::uint64_t done(const End& end) const { return end.endpoint.counters().renegotiations_done; }
    std::uint64_t refused(const End& end) const {
        return end.endpoint.counters().renegotiations_refused;
    }
    /// Nobody has noticed that anything was other than before.
    void expect_quiet() {
        EXPECT_EQ(talk.client.count<Closed>(), 0u) << why(talk);
        EXPECT_EQ(talk.server.count<Closed>(), 0u) << why(talk);
        EXPECT_EQ(talk.client.count<Connected>(), 1u);
        EXPECT_EQ(talk.server.count<Connected>(), 1u);
    }

    Talk talk;
    Options client = only(client_options(), Version::v1_2);
    Options server = only(server_options(), Version::v1_2);
};

TEST_F(Renegotiation, IsRefusedByDefaultAndTheConnectionStays) {
    server.renegotiation = false;
    connect();
    EXPECT_EQ(talk.exchange(), (Epochs{1, 1}));
    ASSERT_TRUE(begin(talk.client));
    talk.run(3s);
    EXPECT_EQ(refused(talk.server), 1u);
    EXPECT_EQ(refused(talk.client), 1u) << "the warning has come";
    EXPECT_EQ(done(talk.client), 0u);
    EXPECT_EQ(talk.exchange(), (Epochs{1, 1}));
    expect_quiet();
}

TEST_F(Renegotiation, AServerAsksForIsRefusedByDefaultToo) {
    client.renegotiation = false;
    connect();
    talk.exchange();
    ASSERT_TRUE(begin(talk.server));
    talk.run(3s);
    EXPECT_EQ(refused(talk.client), 1u);
    EXPECT_EQ(refused(talk.server), 1u) << "the warning has come";
    EXPECT_EQ(talk.exchange(), (Epochs{1, 1}));
    expect_quiet();
}

TEST_F(Renegotiation, IsNotForThoseWhoDidNotAllowIt) {
    client.renegotiation = false;
    connect();
    EXPECT_EQ(begin(talk.client).error().code, Errc::unsupported);
}

TEST_F(Renegotiation, IsRefusedInFewWordsHoweverOftenItIsAsked) {
    server.renegotiation = false;
    connect();
    talk.exchange();
    std::size_t answers = 0;
    talk.on_way = [&](const End& from, Talk::Flying&) {
        if (&from != &talk.server) return true;
        ++answers;
        return false; // so that the client goes on asking
    };
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(begin(talk.client).has_value() || i > 0);
        talk.run(100ms);
    }
    EXPECT_GT(answers, 0u);
    EXPECT_LE(answers, 10s / (client.retransmission_initial / 4));
    EXPECT_EQ(talk.server.endpoint.connection_count(), 1u);
}

TEST_F(Renegotiation, ByTheClientBringsNewKeys) {
    connect();
    EXPECT_EQ(talk.exchange(), (Epochs{1, 1}));
    std::array<std::byte, 32> before{};
    ASSERT_TRUE(talk.client.endpoint.export_keys(talk.client_handle, "EXPORTER-x", {}, before));
    ASSERT_TRUE(begin(talk.client));
    talk.run(2s);
    EXPECT_EQ(done(talk.client), 1u);
    EXPECT_EQ(done(talk.server), 1u);
    EXPECT_EQ(talk.exchange(), (Epochs{2, 2}));
    std::array<std::byte, 32> at_client{};
    std::array<std::byte, 32> at_server{};
    ASSERT_TRUE(talk.client.endpoint.export_keys(talk.client_handle, "EXPORTER-x", {}, at_client));
    ASSERT_TRUE(talk.server.endpoint.export_keys(talk.server_handle, "EXPORTER-x", {}, at_server));
    EXPECT_EQ(at_client, at_server);
    EXPECT_NE(at_client, before);
    expect_quiet();
}

TEST_F(Renegotiation, ByTheServerBringsNewKeys) {
    connect();
    talk.exchange();
    ASSERT_TRUE(begin(talk.server));
    talk.run(2s);
    EXPECT_EQ(done(talk.client), 1u);
    EXPECT_EQ(done(talk.server), 1u);
    EXPECT_EQ(talk.exchange(), (Epochs{2, 2}));
    expect_quiet();
}

TEST_F(Renegotiation, OfBothAtOnceIsOne) {
    connect();
    talk.exchange();
    ASSERT_TRUE(begin(talk.server));
    ASSERT_TRUE(begin(talk.client));
    talk.run(10s);
    EXPECT_EQ(done(talk.client), 1u) << why(talk);
    EXPECT_EQ(done(talk.server), 1u);
    EXPECT_EQ(talk.exchange(), (Epochs{2, 2}));
    expect_quiet();
}

/// Nothing of it is in the clear: its messages are records of the epoch before.
TEST_F(Renegotiation, IsSealed) {
    connect();
    talk.exchange();
    std::size_t plain = 0;
    talk.on_way = [&](const End&, Talk::Flying& datagram) {
        plain += datagram.bytes[3] == std::byte{0} && datagram.bytes[4] == std::byte{0} ? 1u : 0u;
        return true;
    };
    ASSERT_TRUE(begin(talk.client));
    talk.run(2s);
    EXPECT_EQ(done(talk.server), 1u);
    EXPECT_EQ(plain, 0u);
}

TEST_F(Renegotiation, CanBeDoneAgainAndAgain) {
    client.identity = ed25519_identity();
    server.verification.fingerprints = {ed25519_identity().fingerprint()};
    connect();
    talk.exchange();
    for (std::uint64_t epoch = 2; epoch < 12; ++epoch) {
        ASSERT_TRUE(begin(epoch % 2 == 0 ? talk.client : talk.server));
        talk.run(2s);
        ASSERT_EQ(talk.exchange(), (Epochs{epoch, epoch})) << why(talk);
    }
    expect_quiet();
}

TEST_F(Renegotiation, OftenerThanOnceASecondIsRefusedToThePeer) {
    connect();
    talk.exchange();
    ASSERT_TRUE(begin(talk.client));
    talk.run(100ms);
    ASSERT_TRUE(talk.write(talk.server, "done")); // so that the client is certain of it
    ASSERT_TRUE(talk.write(talk.client, "done"));
    talk.run(100ms);
    ASSERT_EQ(done(talk.client), 1u);
    ASSERT_TRUE(begin(talk.client));
    talk.run(500ms);
    EXPECT_EQ(refused(talk.server), 1u);
    EXPECT_EQ(done(talk.server), 1u);
}

TEST_F(Renegotiation, LetsDataFlowMeanwhile) {
    connect();
    talk.exchange();
    const std::size_t to_server = talk.server.texts().size();
    const std::size_t to_client = talk.client.texts().size();
    ASSERT_TRUE(begin(talk.client));
    for (int i = 0; i < 60; ++i) {
        ASSERT_TRUE(talk.write(talk.client, "up"));
        ASSERT_TRUE(talk.write(talk.server, "down"));
        talk.run(3ms);
    }
    talk.run(2s);
    EXPECT_EQ(done(talk.server), 1u);
    EXPECT_EQ(talk.server.texts().size(), to_server + 60);
    EXPECT_EQ(talk.client.texts().size(), to_client + 60);
}

TEST_F(Renegotiation, TakesWhatWasOnItsWayUnderTheOldKeys) {
    connect();
    talk.exchange();
    std::vector<Talk::Flying> late;
    talk.on_way = [&](const End&, Talk::Flying& datagram) {
        late.push_back(datagram);
        return false;
    };
    ASSERT_TRUE(talk.write(talk.client, "slow"));
    talk.on_way = nullptr;
    ASSERT_TRUE(begin(talk.client));
    talk.run(2s);
    EXPECT_EQ(talk.exchange(), (Epochs{2, 2}));
    ASSERT_EQ(late.size(), 1u);
    talk.flying.push_back(std::move(late[0]));
    talk.run(1s);
    EXPECT_EQ(talk.server.texts().back(), "slow");
    EXPECT_EQ(talk.server.last<Received>()->epoch, 1u);
}

/// Data under the keys before does not say that the server's last flight has come.
TEST_F(Renegotiation, IsSaidAgainUntilDataComesUnderItsKeys) {
    connect();
    talk.exchange();
    ASSERT_TRUE(begin(talk.client));
    bool lost = false;
    talk.on_way = [&](const End& from, Talk::Flying&) {
        return &from != &talk.server || done(talk.server) == 0 || std::exchange(lost, true);
    };
    talk.run_until(talk.now + 500ms, [&] { return lost; });
    ASSERT_TRUE(lost);
    ASSERT_TRUE(talk.write(talk.client, "not done yet"));
    talk.run(100ms);
    EXPECT_EQ(talk.server.texts().back(), "not done yet");
    EXPECT_EQ(talk.server.last<Received>()->epoch, 1u);
    EXPECT_EQ(done(talk.client), 0u);
    talk.run(5s);
    EXPECT_EQ(done(talk.client), 1u);
    EXPECT_EQ(talk.exchange(), (Epochs{2, 2}));
    expect_quiet();
}

/// Data under keys whose handshake is not proved yet waits for the proof.
TEST_F(Renegotiation, HoldsNewDataBackUntilTheOldIsProved) {
    connect();
    talk.exchange();
    ASSERT_TRUE(begin(talk.client));
    std::vector<Talk::Flying> finished;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from != &talk.server || done(talk.server) == 0 || !finished.empty()) return true;
        finished.push_back(datagram); // with ChangeCipherSpec and Finished
        return false;
    };
    talk.run_until(talk.now + 1s, [&] { return !finished.empty(); });
    ASSERT_EQ(finished.size(), 1u);
    const std::size_t before = talk.client.texts().size();
    ASSERT_TRUE(talk.write(talk.server, "too early"));
    talk.run(50ms);
    EXPECT_EQ(talk.client.texts().size(), before);
    talk.flying.push_back(std::move(finished[0]));
    talk.run(50ms);
    EXPECT_EQ(done(talk.client), 1u);
    ASSERT_EQ(talk.client.texts().size(), before + 1);
    EXPECT_EQ(talk.client.texts().back(), "too early");
    EXPECT_EQ(talk.client.last<Received>()->epoch, 2u);
}

TEST_F(Renegotiation, SurvivesLossDuplicationAndReordering) {
    client.handshake_timeout = server.handshake_timeout = 600s;
    client.connection_id_bytes = server.connection_id_bytes = 4;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Talk bad{seed};
        ASSERT_TRUE(bad.connect(client, server)) << why(bad);
        ASSERT_TRUE(bad.write(bad.client, "a"));
        ASSERT_TRUE(bad.write(bad.server, "b"));
        bad.run(2s);
        bad.weather = {.loss = 0.3, .duplication = 0.3, .reordering = 0.3};
        End& by = seed % 3 == 0 ? bad.server : bad.client;
        ASSERT_TRUE(by.endpoint.renegotiate(
            &by == &bad.client ? bad.client_handle : bad.server_handle, bad.now));
        if (seed % 5 == 0) {
            static_cast<void>(bad.client.endpoint.renegotiate(bad.client_handle, bad.now));
        }
        bad.run_until(bad.now + 600s, [&] {
            return bad.client.endpoint.counters().renegotiations_done == 1 &&
                   bad.server.endpoint.counters().renegotiations_done == 1;
        });
        ASSERT_EQ(bad.client.endpoint.counters().renegotiations_done, 1u)
            << "seed " << seed << ' ' << why(bad);
        bad.weather = {};
        ASSERT_TRUE(bad.write(bad.client, "c"));
        ASSERT_TRUE(bad.write(bad.server, "d"));
        bad.run(1s);
        EXPECT_EQ(bad.server.last<Received>()->epoch, 2u) << "seed " << seed;
        EXPECT_EQ(bad.client.last<Received>()->epoch, 2u) << "seed " << seed;
    }
}

/// The profile of OpenConnect: a key chosen by the session ID, and no extended master secret.
TEST_F(Renegotiation, WorksAsTheTunnelsOfOpenConnectDoIt) {
    const std::vector<std::byte> app_id(32, std::byte{0xa9});
    client = server = only(psk_options(), Version::v1_2);
    client.cipher_suites = {CipherSuite::psk_aes_256_gcm_sha384};
    client.psk_needs_extended_master_secret = server.psk_needs_extended_master_secret = false;
    client.renegotiation = server.renegotiation = true;
    client.shape_hello = [&](HelloDraft& hello) {
        hello.session_id = app_id;
        std::erase_if(hello.extensions, [](const HelloDraft::Extension& extension) {
            return extension.type == wire::dtls::ExtensionType::extended_master_secret;
        });
    };
    server.cookie_exchange = false;
    server.psks.clear();
    int asked = 0;
    server.find_psk = [&](const PskQuery& query) -> std::optional<Psk> {
        ++asked;
        return std::ranges::equal(query.session_id, app_id) ? std::optional{some_psk()}
                                                            : std::nullopt;
    };
    connect();
    talk.exchange();
    ASSERT_TRUE(begin(talk.client));
    talk.run(2s);
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(talk.exchange(), (Epochs{2, 2}));
    expect_quiet();
}

TEST_F(Renegotiation, IsToldOnlyOnceTheEndOfTheLastOneIsCertain) {
    connect();
    ASSERT_TRUE(begin(talk.client));
    EXPECT_EQ(begin(talk.client).error().code, Errc::exhausted);
    // The server's Finished may not have arrived, as far as the server knows.
    Talk other;
    ASSERT_TRUE(other.connect(client, server));
    EXPECT_EQ(other.server.endpoint.renegotiate(other.server_handle, other.now).error().code,
              Errc::exhausted);
}

TEST_F(Renegotiation, WithAnotherPeerEndsTheConnection) {
    // The server's certificate changes between the handshakes; the client would take either.
    server.verification.anyone = true;
    client.identity = ecdsa_identity();
    connect();
    talk.exchange();
    Options changed = client;
    changed.identity = ed25519_identity();
    const auto state = talk.client.endpoint.export_state(talk.client_handle);
    ASSERT_TRUE(state);
    talk.run(1s);
    const auto again = talk.client.endpoint.import_state(
        *state, Path{.local = talk.client.address, .remote = talk.server.address}, changed,
        talk.now);
    ASSERT_TRUE(again);
    talk.client_handle = *again;
    ASSERT_TRUE(begin(talk.client));
    talk.run(2s);
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what,
              "the peer is another one after the renegotiation");
}

/// RFC 5746 §3.7: what the client says it renegotiates is what the server knows, or nothing goes
/// on.
TEST_F(Renegotiation, OfAnotherHandshakeIsRefused) {
    connect();
    talk.exchange();
    auto state = talk.client.endpoint.export_state(talk.client_handle);
    ASSERT_TRUE(state);
    // From behind: a check, the keys of both directions, an empty session ID, both Finished.
    constexpr std::size_t kCheck = 32;
    constexpr std::size_t kKeys = 2 * (8 + 8 + 1 + 32 + 12 + 32);
    constexpr std::size_t kFinished = 2 * 12;
    const std::size_t content = state->size() - kCheck;
    (*state)[content - kKeys - 1 - kFinished] ^= std::byte{1};
    const auto check = crypto::digest(crypto::Hash::sha256, {Bytes{*state}.first(content)});
    std::ranges::copy(check.bytes(), state->begin() + static_cast<std::ptrdiff_t>(content));
    const auto again = talk.client.endpoint.import_state(
        *state, Path{.local = talk.client.address, .remote = talk.server.address}, client,
        talk.now);
    ASSERT_TRUE(again);
    talk.client_handle = *again;
    ASSERT_TRUE(begin(talk.client));
    talk.run(2s);
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what, "a wrong renegotiation_info");
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::handshake_failure);
}

TEST_F(Renegotiation, IsNotSecureWithAPeerThatDidNotIndicateIt) {
    client.shape_hello = [](HelloDraft& hello) {
        std::erase_if(hello.extensions, [](const HelloDraft::Extension& extension) {
            return extension.type == wire::dtls::ExtensionType::renegotiation_info;
        });
    };
    connect();
    talk.exchange();
    EXPECT_EQ(begin(talk.client).error().code, Errc::unsupported);
    EXPECT_EQ(begin(talk.server).error().code, Errc::unsupported);
}

TEST_F(Renegotiation, GoesOnInAnotherProcess) {
    connect();
    talk.exchange();
    ASSERT_TRUE(begin(talk.client));
    talk.run(2s);
    talk.exchange();
    talk.restart(talk.server, server);
    EXPECT_EQ(talk.exchange(), (Epochs{2, 2}));
    ASSERT_TRUE(begin(talk.client));
    talk.run(2s);
    EXPECT_EQ(talk.exchange(), (Epochs{3, 3}));
}

TEST_F(Renegotiation, ThatStallsEndsInTime) {
    client.handshake_timeout = server.handshake_timeout = 20s;
    connect();
    talk.exchange();
    ASSERT_TRUE(begin(talk.client));
    talk.on_way = [&](const End& from, Talk::Flying&) { return &from == &talk.server; };
    talk.flying.clear();
    talk.run(30s);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.code, Errc::timed_out);
}

TEST_F(Renegotiation, IsNoMatterFor1_3) {
    client = only(client_options(), Version::v1_3);
    server = only(server_options(), Version::v1_3);
    client.renegotiation = server.renegotiation = true;
    connect();
    EXPECT_EQ(begin(talk.client).error().code, Errc::unsupported);
}

} // namespace
} // namespace hawser::dtls::test
