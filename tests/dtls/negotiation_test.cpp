// What two ends agree on: versions, suites, groups, and the extensions that both know.
#include "dtls/versions.hpp"

#include <algorithm>
#include <array>

namespace hawser::dtls::test {
namespace {

using wire::dtls::CipherSuite;
using wire::dtls::KeyExchange;
using wire::dtls::NamedGroup;
using wire::dtls::SrtpProfile;

class Negotiation : public PerVersion {
protected:
    Talk talk;
};

TEST_P(Negotiation, SpeaksEverySuiteWithEveryKind) {
    for (const wire::dtls::CipherSuiteInfo& info : wire::dtls::cipher_suites()) {
        if (info.is_1_3() != is_1_3()) continue;
        const bool psk =
            info.key_exchange == KeyExchange::psk || info.key_exchange == KeyExchange::ecdhe_psk;
        for (const Identity& identity : {ecdsa_identity(), ed25519_identity(), rsa_identity()}) {
            const bool rsa = identity.fingerprint() == rsa_identity().fingerprint();
            if (info.key_exchange == KeyExchange::ecdhe_ecdsa && rsa) continue;
            if (info.key_exchange == KeyExchange::ecdhe_rsa && !rsa) continue;
            Options asking = psk ? client_psk : client;
            Options answering = psk ? server_psk : server;
            if (!psk) answering.identity = identity;
            asking.cipher_suites = answering.cipher_suites = {info.suite};
            Talk each;
            ASSERT_TRUE(each.connect(asking, answering)) << info.name << ": " << why(each);
            EXPECT_EQ(each.client.last<Connected>()->cipher_suite, info.suite);
            EXPECT_EQ(each.server.last<Connected>()->cipher_suite, info.suite);
            for (const std::size_t size : {0u, 1u, 100u, 1100u}) {
                const std::string text(size, 'x');
                ASSERT_TRUE(each.write(each.client, text));
                ASSERT_TRUE(each.write(each.server, text));
                each.run();
                ASSERT_EQ(each.server.texts().back(), text) << info.name;
                ASSERT_EQ(each.client.texts().back(), text) << info.name;
            }
            if (psk) break;
        }
    }
}

TEST_P(Negotiation, EndsWithoutACommonSuite) {
    server.cipher_suites = {is_1_3() ? CipherSuite::aes_256_gcm_sha384
                                     : CipherSuite::ecdhe_ecdsa_aes_256_gcm_sha384};
    client.cipher_suites = {is_1_3() ? CipherSuite::aes_128_gcm_sha256
                                     : CipherSuite::ecdhe_ecdsa_aes_128_gcm_sha256};
    EXPECT_FALSE(talk.connect(client, server));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::handshake_failure);
}

TEST_P(Negotiation, UsesEachGroup) {
    server.identity = ed25519_identity(); // of no curve that the list of groups would limit
    for (const NamedGroup group :
         {NamedGroup::x25519, NamedGroup::secp256r1, NamedGroup::secp384r1}) {
        Talk each;
        client.groups = {group};
        ASSERT_TRUE(each.connect(client, server)) << why(each);
        EXPECT_EQ(each.client.last<Connected>()->group, group);
        EXPECT_EQ(each.server.last<Connected>()->group, group);
    }
}

TEST_P(Negotiation, EndsWithoutACommonGroup) {
    client.groups = {NamedGroup::x25519};
    server.groups = {NamedGroup::secp256r1};
    EXPECT_FALSE(talk.connect(client, server));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::handshake_failure);
}

TEST_P(Negotiation, AsksAgainForAGroupThatHasNoShare) {
    server.identity = ed25519_identity();
    client.groups = {NamedGroup::secp384r1, NamedGroup::x25519};
    server.groups = {NamedGroup::x25519};
    for (const bool cookie : {false, true}) {
        Talk each;
        server.cookie_exchange = cookie;
        ASSERT_TRUE(each.connect(client, server)) << why(each);
        EXPECT_EQ(each.client.last<Connected>()->group, NamedGroup::x25519);
    }
}

TEST_P(Negotiation, WorksWithoutCookies) {
    server.cookie_exchange = false;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.server.endpoint.counters().cookies_sent, 0u);
}

TEST_P(Negotiation, ChoosesTheServersFirstCommonProtocol) {
    client.alpn = {"webrtc", "h3", "c-webrtc"};
    server.alpn = {"none", "c-webrtc", "webrtc"};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.client.last<Connected>()->alpn, "c-webrtc");
    EXPECT_EQ(talk.server.last<Connected>()->alpn, "c-webrtc");
}

TEST_P(Negotiation, EndsWithoutACommonProtocol) {
    client.alpn = {"h3"};
    server.alpn = {"webrtc"};
    EXPECT_FALSE(talk.connect(client, server));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received,
              AlertDescription::no_application_protocol);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what,
              "the client offers no protocol (ALPN) that is spoken here");
}

TEST_P(Negotiation, GoesWithoutAProtocolWhenOneEndNamesNone) {
    client.alpn = {"h3"};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.client.last<Connected>()->alpn, "");
}

TEST_P(Negotiation, TellsTheServerItsName) {
    client.server_name = "server.example";
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.server.last<Connected>()->server_name, "server.example");
}

TEST_P(Negotiation, SaysNoNameThatIsAnAddress) {
    for (const std::string name : {"10.0.0.2", "2001:db8::2"}) {
        Talk each;
        client.server_name = name;
        ASSERT_TRUE(each.connect(client, server)) << why(each);
        EXPECT_EQ(each.server.last<Connected>()->server_name, "");
    }
}

TEST_P(Negotiation, ChoosesAnSrtpProfile) {
    client.srtp_profiles = {SrtpProfile::aes128_cm_hmac_sha1_80, SrtpProfile::aead_aes_128_gcm};
    server.srtp_profiles = {SrtpProfile::aead_aes_128_gcm, SrtpProfile::aes128_cm_hmac_sha1_80};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.client.last<Connected>()->srtp_profile, SrtpProfile::aead_aes_128_gcm);
    EXPECT_EQ(talk.server.last<Connected>()->srtp_profile, SrtpProfile::aead_aes_128_gcm);
}

TEST_P(Negotiation, GoesWithoutSrtpWhenNoProfileIsCommon) {
    client.srtp_profiles = {SrtpProfile::aes128_cm_hmac_sha1_80};
    server.srtp_profiles = {SrtpProfile::aead_aes_128_gcm};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.client.last<Connected>()->srtp_profile, std::nullopt);
    EXPECT_EQ(talk.server.last<Connected>()->srtp_profile, std::nullopt);
}

TEST_P(Negotiation, AgreesOnAnMkiThatBothUse) {
    client.srtp_profiles = server.srtp_profiles = {SrtpProfile::aead_aes_128_gcm};
    client.srtp_mki = {std::byte{1}, std::byte{2}, std::byte{3}};
    server.take_srtp_mki = true;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.client.last<Connected>()->srtp_mki, client.srtp_mki);
    EXPECT_EQ(talk.server.last<Connected>()->srtp_mki, client.srtp_mki);
}

TEST_P(Negotiation, GoesWithoutAnMkiWhereTheServerUsesNone) {
    client.srtp_profiles = server.srtp_profiles = {SrtpProfile::aead_aes_128_gcm};
    client.srtp_mki = {std::byte{1}};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.client.last<Connected>()->srtp_profile, SrtpProfile::aead_aes_128_gcm);
    EXPECT_TRUE(talk.client.last<Connected>()->srtp_mki.empty());
    EXPECT_TRUE(talk.server.last<Connected>()->srtp_mki.empty());
}

/// RFC 5764 §4.1.1: the server says ours or none.
TEST_P(Negotiation, EndsWhenTheServerAnswersAnotherMki) {
    client.srtp_profiles = server.srtp_profiles = {SrtpProfile::aead_aes_128_gcm};
    client.srtp_mki = {std::byte{1}, std::byte{2}};
    server.take_srtp_mki = true;
    // Said otherwise than meant, so that the echo is not what the options propose.
    client.shape_hello = [](HelloDraft& hello) {
        for (HelloDraft::Extension& extension : hello.extensions) {
            if (extension.type == wire::dtls::ExtensionType::use_srtp)
                extension.value.back() = std::byte{9};
        }
    };
    static_cast<void>(talk.connect(client, server));
    talk.run();
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_sent, AlertDescription::illegal_parameter);
    EXPECT_EQ(talk.client.last<Closed>()->reason.what,
              "the server chose an MKI that was not proposed");
}

TEST_P(Negotiation, TakesNoMkiOf256Bytes) {
    client.srtp_mki.resize(256);
    const auto made = talk.client.endpoint.connect(
        Path{.local = talk.client.address, .remote = talk.server.address}, client, talk.now);
    EXPECT_EQ(made.error().code, Errc::invalid_argument);
}

TEST_P(Negotiation, HonoursRecordSizeLimitsOfBothEnds) {
    client.record_size_limit = 200;
    server.record_size_limit = 300;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    // In 1.3 a limit counts the content type (RFC 8449 §4).
    const std::size_t to_server = is_1_3() ? 299 : 300;
    const std::size_t to_client = is_1_3() ? 199 : 200;
    EXPECT_EQ(talk.client.endpoint.payload_bytes_max(talk.client_handle, 65'507), to_server);
    EXPECT_EQ(talk.server.endpoint.payload_bytes_max(talk.server_handle, 65'507), to_client);
    EXPECT_EQ(talk.write(talk.client, std::string(to_server + 1, 'x')).error().code,
              Errc::too_large);
    ASSERT_TRUE(talk.write(talk.client, std::string(to_server, 'x')));
    EXPECT_EQ(talk.write(talk.server, std::string(to_client + 1, 'x')).error().code,
              Errc::too_large);
    ASSERT_TRUE(talk.write(talk.server, std::string(to_client, 'x')));
    talk.run();
    EXPECT_EQ(talk.server.texts().size(), 1u);
    EXPECT_EQ(talk.client.texts().size(), 1u);
}

TEST_P(Negotiation, HonoursTheLimitOfOneEnd) {
    for (const bool of_server : {false, true}) {
        Talk each;
        client.record_size_limit = of_server ? 16'384 : 100;
        server.record_size_limit = of_server ? 100 : 16'384;
        ASSERT_TRUE(each.connect(client, server)) << why(each);
        const std::size_t limited = is_1_3() ? 99 : 100;
        EXPECT_EQ(each.client.endpoint.payload_bytes_max(each.client_handle, 65'507),
                  of_server ? limited : 16'384);
        EXPECT_EQ(each.server.endpoint.payload_bytes_max(each.server_handle, 65'507),
                  of_server ? 16'384 : limited);
    }
}

TEST_P(Negotiation, KeepsHandshakeRecordsWithinALimitOf64) {
    client.record_size_limit = server.record_size_limit = 64;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
}

HAWSER_BOTH_VERSIONS(Negotiation);

TEST(VersionFallback, MeetsAtTheNewestVersionOfBoth) {
    for (const bool old_client : {false, true}) {
        Talk talk;
        const Options client =
            old_client ? only(client_options(), Version::v1_2) : client_options();
        const Options server =
            old_client ? server_options() : only(server_options(), Version::v1_2);
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        EXPECT_EQ(talk.client.last<Connected>()->version, Version::v1_2);
    }
    Talk talk;
    ASSERT_TRUE(talk.connect(client_options(), server_options())) << why(talk);
    EXPECT_EQ(talk.client.last<Connected>()->version, Version::v1_3);
}

/// Whichever of the two is the older. Who names its versions is not asked for a cookie first.
TEST(VersionFallback, EndsWithoutACommonVersion) {
    for (const Version ours : {Version::v1_2, Version::v1_3}) {
        const Version theirs = ours == Version::v1_2 ? Version::v1_3 : Version::v1_2;
        Talk talk;
        EXPECT_FALSE(talk.connect(only(client_options(), ours), only(server_options(), theirs)));
        ASSERT_NE(talk.client.last<Closed>(), nullptr);
        EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::protocol_version);
        EXPECT_EQ(talk.server.endpoint.counters().cookies_sent, ours == Version::v1_3 ? 0u : 1u);
        EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
    }
}

/// 1.2 of TLS is no version of DTLS, though its number is smaller than all of them.
TEST(VersionFallback, TakesNoVersionOfTls) {
    Talk talk;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        constexpr std::size_t kLegacyVersion = 25; // behind a record's header and a message's
        if (&from == &talk.client && datagram.bytes[13] == std::byte{1})
            datagram.bytes[kLegacyVersion] = datagram.bytes[kLegacyVersion + 1] = std::byte{3};
        return true;
    };
    EXPECT_FALSE(
        talk.connect(only(client_options(), Version::v1_2), only(server_options(), Version::v1_2)));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::protocol_version);
}

/// Whoever takes 1.3 out of the hello makes an old server of a new one: it says so in its random.
TEST(VersionFallback, IsRefusedWhenSomebodyOnTheWayForcesIt) {
    Talk talk;
    int hidden = 0;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        constexpr std::array kVersions{std::byte{0}, std::byte{43},   std::byte{0},   std::byte{5},
                                       std::byte{4}, std::byte{0xfe}, std::byte{0xfc}};
        const auto found = std::ranges::search(datagram.bytes, kVersions);
        if (&from == &talk.client && !found.empty()) {
            found[0] = std::byte{0xfa};
            ++hidden;
        }
        return true;
    };
    EXPECT_FALSE(talk.connect(client_options(), server_options()));
    EXPECT_GT(hidden, 0);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.what,
              "somebody on the way talked the version down");
    EXPECT_EQ(talk.client.last<Closed>()->alert_sent, AlertDescription::illegal_parameter);
}

/// NSS of Debian 12 offers a draft of 1.3 under a number of its own.
TEST(VersionFallback, DoesNotTakeADraftForTheStandard) {
    Talk talk;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        constexpr std::array kVersions{std::byte{0}, std::byte{43},   std::byte{0},   std::byte{3},
                                       std::byte{2}, std::byte{0xfe}, std::byte{0xfc}};
        const auto found = std::ranges::search(datagram.bytes, kVersions);
        if (&from == &talk.client && !found.empty()) {
            found[5] = std::byte{0x7f};
            found[6] = std::byte{0x2b};
        }
        return true;
    };
    Options client = only(client_options(), Version::v1_3);
    client.handshake_timeout = std::chrono::seconds{5};
    EXPECT_FALSE(talk.connect(client, server_options()));
    EXPECT_EQ(talk.server.count<Connected>(), 0u);
}

} // namespace
} // namespace hawser::dtls::test
