// OCSP responses beside a server's certificate: who asks, who hears, and what is refused.
#include "dtls/stapling.hpp"

#include "crypto/identity.hpp"
#include "dtls/session_ticket.hpp"
#include "dtls/versions.hpp"

#include <hawser/wire/dtls/certificate_status.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::ExtensionList;
using wire::dtls::ExtensionType;

std::string heard(const Talk& talk) {
    const auto* const up = talk.client.last<Connected>();
    return up == nullptr ? "not connected" : text_of(up->ocsp_response);
}

class Stapling : public PerVersion {
protected:
    Stapling() {
        server.identity = ecdsa_identity().stapling(bytes_of("fresh"));
        client.ask_ocsp = true;
    }
    /// The hello asks with this value.
    void ask_with(std::vector<std::byte> value) {
        client.shape_hello = [value = std::move(value)](HelloDraft& hello) {
            for (auto& extension : hello.extensions) {
                if (extension.type == ExtensionType::status_request) extension.value = value;
            }
        };
    }
    /// A judge that keeps what it is shown.
    void judge(bool verdict) {
        client.verification = {};
        client.verification.refusal = AlertDescription::bad_certificate_status_response;
        client.verification.accepts = [this, verdict](const PeerCertificate& shown) {
            judged.push_back(text_of(shown.ocsp_response));
            return verdict;
        };
    }
    std::vector<std::string> judged;
    Talk talk;
};

TEST_P(Stapling, TellsTheClientThatAsks) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(heard(talk), "fresh");
    EXPECT_TRUE(talk.server.last<Connected>()->ocsp_response.empty());
    talk.exchange();
}

TEST_P(Stapling, TellsNobodyElse) {
    client.ask_ocsp = false;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(heard(talk), "");
}

TEST_P(Stapling, IsNotThereWithoutAResponse) {
    server.identity = server.identity->stapling({});
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(heard(talk), "");
}

TEST_P(Stapling, IsOfTheIdentityThatIsShown) {
    server.identity = rsa_identity().stapling(bytes_of("of RSA")).signing_with({});
    server.more_identities = {ecdsa_identity().stapling(bytes_of("of ECDSA"))};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(heard(talk), "of ECDSA");
}

TEST_P(Stapling, IsNotOfARawPublicKey) {
    client.raw_public_key = server.raw_public_key = true;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(heard(talk), "");
}

TEST_P(Stapling, IsNotOfAClient) {
    client.identity = ecdsa_identity().stapling(bytes_of("mine"));
    server.verification.anyone = true;
    server.ask_ocsp = true; // which servers cannot
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    EXPECT_EQ(heard(talk), "fresh");
    ASSERT_NE(talk.server.last<Connected>(), nullptr);
    EXPECT_TRUE(talk.server.last<Connected>()->ocsp_response.empty());
}

TEST_P(Stapling, IsShownToTheJudge) {
    judge(true);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(judged, std::vector<std::string>{"fresh"});
}

TEST_P(Stapling, ThatTheJudgeDoesNotTakeEndsTheHandshake) {
    for (const bool there : {true, false}) {
        judge(false);
        judged.clear();
        server.identity = ecdsa_identity().stapling(there ? bytes_of("revoked") : Bytes{});
        Talk each;
        EXPECT_FALSE(each.connect(client, server, 5s));
        EXPECT_EQ(judged, std::vector<std::string>{there ? "revoked" : ""});
        ASSERT_NE(each.client.last<Closed>(), nullptr);
        EXPECT_EQ(each.client.last<Closed>()->alert_sent,
                  AlertDescription::bad_certificate_status_response);
    }
}

TEST_P(Stapling, IsRememberedWithASession) {
    judge(true);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    server.identity = ecdsa_identity().stapling(bytes_of("another"));
    for (int again = 0; again < 2; ++again) { // by the session of a session, too
        talk.run();
        ASSERT_NE(talk.client.last<TicketReceived>(), nullptr);
        client.session = talk.client.last<TicketReceived>()->session;
        ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
        talk.run();
        talk.client.events.clear();
        talk.server.events.clear();
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        EXPECT_TRUE(talk.client.last<Connected>()->resumed);
        EXPECT_EQ(heard(talk), "fresh") << "nothing is stapled to a session";
    }
    EXPECT_EQ(judged, (std::vector<std::string>{"fresh", "fresh", "fresh"}));
}

/// A session keeps the chain with the response, or neither.
TEST_P(Stapling, IsRememberedWhereASessionHasRoomForIt) {
    judge(true);
    const std::size_t chain_bytes = ecdsa_identity().material().chain.front().size();
    for (const std::size_t excess : {0u, 1u}) {
        Talk each;
        const std::string response(SessionPeer::kOwnChainBytesMax - chain_bytes + excess, 'x');
        server.identity = ecdsa_identity().stapling(bytes_of(response));
        ASSERT_TRUE(each.connect(client, server)) << why(each);
        each.run();
        ASSERT_NE(each.client.last<TicketReceived>(), nullptr);
        const auto state = SessionState::parse(each.client.last<TicketReceived>()->session.state);
        ASSERT_TRUE(state);
        EXPECT_EQ(state->peer.chain.size(), 1 - excess);
        EXPECT_EQ(text_of(state->peer.ocsp_response), excess == 0 ? response : "");
        EXPECT_FALSE(state->peer.fingerprint.empty());
    }
}

TEST_P(Stapling, HasALongestResponse) {
    const std::string longest(kOcspResponseBytesMax, 'x');
    server.identity = ecdsa_identity().stapling(bytes_of(longest));
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(heard(talk), longest);
    server.identity = ecdsa_identity().stapling(bytes_of(longest + "x"));
    Talk refused;
    const auto listens = refused.server.endpoint.listen(server);
    ASSERT_FALSE(listens);
    EXPECT_EQ(listens.error().code, Errc::invalid_argument);
}

/// A client may name the responders that it trusts; our one response is what there is.
TEST_P(Stapling, IsForWhoeverAsksOcspInAnyWay) {
    ask_with({std::byte{1}, std::byte{0}, std::byte{3}, std::byte{0}, std::byte{1}, std::byte{7},
              std::byte{0}, std::byte{0}});
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(heard(talk), "fresh");
}

TEST_P(Stapling, OfAnotherTypeIsNotHad) {
    ask_with({std::byte{2}, std::byte{9}});
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(heard(talk), "");
}

TEST_P(Stapling, RefusesAMalformedQuestion) {
    ask_with({std::byte{1}, std::byte{0}, std::byte{1}, std::byte{0}, std::byte{0}});
    EXPECT_FALSE(talk.connect(client, server, 5s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::decode_error);
}

TEST_P(Stapling, SurvivesBadWeather) {
    talk.weather = {.loss = 0.2, .duplication = 0.1, .reordering = 0.2};
    server.identity = ecdsa_identity().stapling(bytes_of(std::string(3000, 'y')));
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(heard(talk).size(), 3000u);
}

HAWSER_BOTH_VERSIONS(Stapling);

/// What a server of 1.2 says in the clear, changed on its way: these bytes become those.
class Stapling1_2 : public testing::Test {
protected:
    Stapling1_2() {
        server.identity = ecdsa_identity().stapling(bytes_of("fresh"));
        server.cookie_exchange = false; // its lengths look like extensions
        client.ask_ocsp = true;
    }
    void change(std::vector<std::uint8_t> from, std::vector<std::uint8_t> to) {
        talk.on_way = [this, from = std::move(from), to = std::move(to)](const End& sender,
                                                                         Talk::Flying& datagram) {
            if (&sender != &talk.server) return true;
            std::vector<std::byte>& bytes = datagram.bytes;
            const auto is = [](std::byte at, std::uint8_t wanted) {
                return std::to_integer<std::uint8_t>(at) == wanted;
            };
            const auto found =
                std::search(bytes.begin(), bytes.end(), from.begin(), from.end(), is);
            if (found == bytes.end()) return true;
            std::ranges::transform(to, found, [](std::uint8_t byte) { return std::byte{byte}; });
            changed = true;
            return true;
        };
    }
    void expect_refusal(AlertDescription alert) {
        EXPECT_FALSE(talk.connect(client, server, 5s));
        EXPECT_TRUE(changed);
        ASSERT_NE(talk.client.last<Closed>(), nullptr);
        EXPECT_EQ(talk.client.last<Closed>()->alert_sent, alert);
    }
    bool changed = false;
    Talk talk;
    Options client = only(client_options(), Version::v1_2);
    Options server = only(server_options(), Version::v1_2);
};

TEST_F(Stapling1_2, RefusesAResponseOfAnotherType) {
    change({1, 0, 0, 5, 'f', 'r'}, {2});
    expect_refusal(AlertDescription::decode_error);
}

TEST_F(Stapling1_2, RefusesAResponseThatIsCut) {
    change({1, 0, 0, 5, 'f', 'r'}, {1, 0, 0, 6});
    expect_refusal(AlertDescription::decode_error);
}

TEST_F(Stapling1_2, RefusesOneThatWasNotAnnounced) {
    server.issue_tickets = false;
    change({0, 5, 0, 0}, {0, 35}); // status_request becomes session_ticket
    expect_refusal(AlertDescription::unexpected_message);
}

/// RFC 6066 §8: a server that announced it may leave it out; the judge hears so.
TEST_F(Stapling1_2, MayBeAnnouncedInVain) {
    server.identity = ecdsa_identity();
    std::vector<std::string> judged;
    client.verification = {};
    client.verification.accepts = [&judged](const PeerCertificate& shown) {
        judged.push_back(text_of(shown.ocsp_response));
        return true;
    };
    change({0, 35, 0, 0}, {0, 5}); // session_ticket becomes status_request
    EXPECT_FALSE(talk.connect(client, server, 5s)) << "its Finished is of what the server said";
    EXPECT_TRUE(changed);
    EXPECT_EQ(judged, std::vector<std::string>{""});
    EXPECT_EQ(talk.client.last<Closed>(), nullptr) << why(talk);
}

TEST_F(Stapling1_2, RefusesTheAnnouncementOfWhatWasNotAskedFor) {
    client.ask_ocsp = false;
    change({0, 23, 0, 0}, {0, 5}); // extended_master_secret becomes status_request
    expect_refusal(AlertDescription::unsupported_extension);
}

TEST(StatusAnswer, IsEmptyIn1_2AndNoneIn1_3) {
    const auto block = [](std::initializer_list<std::uint8_t> values) {
        std::vector<std::byte> bytes;
        for (const std::uint8_t value : values)
            bytes.push_back(std::byte{value});
        return bytes;
    };
    const auto empty = block({0, 5, 0, 0});
    const auto full = block({0, 5, 0, 1, 7});
    EXPECT_TRUE(check_status_answer({}, true));
    EXPECT_TRUE(check_status_answer(*ExtensionList::parse(empty), false));
    EXPECT_EQ(check_status_answer(*ExtensionList::parse(full), false).error().alert,
              AlertDescription::decode_error);
    EXPECT_EQ(check_status_answer(*ExtensionList::parse(empty), true).error().alert,
              AlertDescription::illegal_parameter);
}

TEST(StatusOfAnEntry, IsReadOrRefused) {
    std::vector<std::byte> extension = status_extension(bytes_of("ok"));
    const auto taken = take_status13(*ExtensionList::parse(extension));
    ASSERT_TRUE(taken);
    EXPECT_EQ(text_of(*taken), "ok");
    EXPECT_TRUE(take_status13({})->empty());
    EXPECT_TRUE(status_extension({}).empty());
    extension[4] = std::byte{2}; // the type of the status
    EXPECT_EQ(take_status13(*ExtensionList::parse(extension)).error().alert,
              AlertDescription::decode_error);
    const std::array empty{std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}};
    EXPECT_EQ(parse_status(empty).error().alert, AlertDescription::decode_error);
}

} // namespace
} // namespace hawser::dtls::test
