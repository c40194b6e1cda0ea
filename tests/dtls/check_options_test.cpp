// What can never work is refused before the first packet; what is at its limit works.
#include "dtls/versions.hpp"

#include "crypto/identity.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <limits>
#include <string>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::CipherSuite;
using wire::dtls::NamedGroup;

constexpr std::size_t kMessageBytesMax = 65'536;

/// A certificate of about so many bytes; each byte more in `filler` is one more in it.
std::string certificate_pem(std::size_t names, std::size_t filler) {
    SeededRandom random{21};
    std::vector<std::string> all(names, std::string(50, 'n') + ".example");
    all.push_back(std::string(filler, 'f') + ".example");
    const auto from = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
    const auto to = std::chrono::sys_days{std::chrono::year{2036} / 1 / 1};
    const auto made = Identity::self_signed(KeyKind::ed25519, "filler", all, from, to, random);
    return made ? made->certificates_pem() : std::string{made.error().what};
}

std::size_t message_bytes(const Identity& identity) {
    std::size_t bytes = 4;
    for (const auto& der : identity.material().chain)
        bytes += 5 + der.size();
    return bytes;
}

/// The chain of a server, filled up to a Certificate message of exactly so many bytes. The server's
/// own certificate has a signature of another length in each run, and DER counts another byte where
/// a length passes 127 or 255: one certificate alone does not reach every size, two do.
Identity identity_of(std::size_t wanted) {
    const auto with = [](const std::string& more) {
        return *Identity::from_pem(ecdsa_identity().certificates_pem() + more,
                                   ecdsa_identity().key_pem());
    };
    std::string more;
    const std::string block = certificate_pem(60, 10);
    const std::size_t block_bytes = message_bytes(with(block)) - message_bytes(with(""));
    constexpr std::size_t kRoomForTwo = 5'000;
    while (message_bytes(with(more)) + block_bytes + kRoomForTwo < wanted)
        more += block;
    std::size_t names = 0;
    while (message_bytes(with(more + certificate_pem(names + 1, 1) + certificate_pem(0, 1))) <=
           wanted)
        ++names;
    // What is left is less than a name.
    constexpr std::size_t kLabelBytesMax = 63;
    for (std::size_t second = 1; second < kLabelBytesMax; ++second) {
        const std::string last = certificate_pem(0, second);
        for (std::size_t first = 1; first < kLabelBytesMax; ++first) {
            Identity made = with(more + certificate_pem(names, first) + last);
            if (message_bytes(made) >= wanted) {
                if (message_bytes(made) == wanted) return made;
                break;
            }
        }
    }
    ADD_FAILURE() << "no chain has " << wanted << " bytes";
    return ecdsa_identity();
}

class OptionLimits : public PerVersion {
protected:
    using Change = std::function<void(Options&)>;

    std::string error_of(bool of_server, const Change& change, bool psk = false) {
        Talk talk;
        Options options = of_server ? (psk ? server_psk : server) : (psk ? client_psk : client);
        change(options);
        if (of_server) {
            const auto listening = talk.server.endpoint.listen(options);
            if (listening) return "";
            EXPECT_EQ(listening.error().code, Errc::invalid_argument);
            return std::string{listening.error().what};
        }
        const auto made = talk.client.endpoint.connect(
            Path{.local = talk.client.address, .remote = talk.server.address}, options, talk.now);
        if (made) return "";
        EXPECT_EQ(made.error().code, Errc::invalid_argument);
        EXPECT_EQ(talk.client.endpoint.poll_transmit(talk.now, {}), std::nullopt);
        EXPECT_EQ(talk.client.endpoint.connection_count(), 0u);
        return std::string{made.error().what};
    }

    /// Both ends refuse it with these words.
    void expect_refused(const Change& change, std::string_view what, bool psk = false) {
        for (const bool of_server : {false, true})
            EXPECT_EQ(error_of(of_server, change, psk), what) << (of_server ? "server" : "client");
    }

    /// Both ends have it, and connect.
    void expect_connects(const Change& change, bool psk = false) {
        Talk talk;
        Options here = psk ? client_psk : client;
        Options there = psk ? server_psk : server;
        change(here);
        change(there);
        ASSERT_TRUE(talk.connect(here, there)) << why(talk);
        talk.exchange();
    }
};

TEST_P(OptionLimits, ABoundedChainIsShown) {
    const Identity largest = identity_of(kMessageBytesMax);
    ASSERT_EQ(message_bytes(largest), kMessageBytesMax);
    server.identity = largest;
    std::size_t shown = 0;
    client.verification = {.accepts = [&shown](const PeerCertificate& peer) {
        shown = peer.chain.size();
        return true;
    }};
    Talk talk;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(shown, largest.material().chain.size());
    talk.exchange();
}

TEST_P(OptionLimits, ALongerChainIsRefused) {
    const Identity longer = identity_of(kMessageBytesMax + 1);
    ASSERT_EQ(message_bytes(longer), kMessageBytesMax + 1);
    expect_refused([&](Options& options) { options.identity = longer; },
                   "a certificate chain has at most 65536 bytes as a message of DTLS 1.3: DER, and "
                   "5 for each");
}

TEST_P(OptionLimits, APskIdentityHas1To4096Bytes) {
    for (const std::size_t bytes : {1u, 4'096u})
        expect_connects([=](Options& o) { o.psks.front().identity.assign(bytes, 'i'); }, true);
    for (const std::size_t bytes : {0u, 4'097u, 65'535u}) {
        expect_refused([=](Options& o) { o.psks.front().identity.assign(bytes, 'i'); },
                       "a PSK identity has 1 to 4096 bytes", true);
    }
}

TEST_P(OptionLimits, APskHas1To256Bytes) {
    for (const std::size_t bytes : {1u, 256u})
        expect_connects([=](Options& o) { o.psks.front().key.resize(bytes); }, true);
    for (const std::size_t bytes : {0u, 257u}) {
        expect_refused([=](Options& o) { o.psks.front().key.resize(bytes); },
                       "a PSK has 1 to 256 bytes", true);
    }
}

TEST_P(OptionLimits, AHintHasUpTo4096Bytes) {
    expect_connects([](Options& o) { o.psk_hint.assign(4'096, 'h'); }, true);
    for (const std::size_t bytes : {4'097u, 70'000u}) {
        expect_refused([=](Options& o) { o.psk_hint.assign(bytes, 'h'); },
                       "psk_hint has at most 4096 bytes", true);
    }
}

TEST_P(OptionLimits, AnAlpnNameHas1To255Bytes) {
    expect_connects([](Options& o) { o.alpn = {"a"}; });
    expect_connects([](Options& o) { o.alpn = {std::string(255, 'a')}; });
    for (const std::size_t bytes : {0u, 256u}) {
        expect_refused([=](Options& o) { o.alpn = {"a", std::string(bytes, 'a')}; },
                       "an ALPN name has 1 to 255 bytes");
    }
}

TEST_P(OptionLimits, AllAlpnNamesHaveUpTo8192Bytes) {
    const auto names = [](Options& o) { o.alpn.assign(32, std::string(255, 'a')); };
    expect_connects(names);
    expect_refused(
        [&](Options& o) {
            names(o);
            o.alpn.emplace_back("a");
        },
        "all ALPN names have at most 8192 bytes, with one more for each");
}

TEST_P(OptionLimits, AServerNameHasUpTo255Bytes) {
    expect_connects([](Options& o) { o.server_name.assign(255, 'n'); });
    expect_refused([](Options& o) { o.server_name.assign(256, 'n'); },
                   "server_name has at most 255 bytes");
    expect_refused([](Options& o) { o.server_name = std::string{"a\0b", 3}; },
                   "server_name has no zero byte");
}

/// The hello that has all of it is one that the server puts together.
TEST_P(OptionLimits, MayAllBeReachedAtOnce) {
    const auto most = [](Options& o) {
        o.psks.front() = {std::string(4'096, 'i'), std::vector<std::byte>(256)};
        o.psk_hint.assign(4'096, 'h');
        o.alpn.assign(32, std::string(255, 'a'));
        o.server_name.assign(255, 'n');
        o.srtp_profiles.assign(64, SrtpProfile::aead_aes_128_gcm);
        o.srtp_mki.resize(255);
        o.connection_id_bytes = 20;
        o.cipher_suites.assign(64, o.version_max == Version::v1_3
                                       ? CipherSuite::aes_128_gcm_sha256
                                       : CipherSuite::ecdhe_psk_aes_128_gcm_sha256);
        o.groups.assign(64, NamedGroup::x25519);
        o.raw_public_key = true;
    };
    expect_connects(most, true);
}

TEST_P(OptionLimits, ListsHaveUpTo64Entries) {
    expect_refused([](Options& o) { o.cipher_suites.resize(65); },
                   "cipher_suites has at most 64 entries");
    expect_refused([](Options& o) { o.groups.resize(65); }, "groups has at most 64 entries");
    expect_refused([](Options& o) { o.signature_schemes.resize(65); },
                   "signature_schemes has at most 64 entries");
    expect_refused([](Options& o) { o.srtp_profiles.resize(65); },
                   "srtp_profiles has at most 64 entries");
}

TEST_P(OptionLimits, AReplayWindowHas64To65536Numbers) {
    for (const std::uint32_t numbers : {64u, 65'536u})
        expect_connects([=](Options& o) { o.replay_window = numbers; });
    for (const std::uint32_t numbers : {0u, 63u, 65'537u}) {
        expect_refused([=](Options& o) { o.replay_window = numbers; },
                       "replay_window is 64 to 65536");
    }
}

TEST_P(OptionLimits, ATicketLivesASecondTo7Days) {
    for (const std::chrono::seconds lifetime : {1s, std::chrono::seconds{std::chrono::days{7}}}) {
        expect_connects([=](Options& o) { o.ticket_lifetime = lifetime; });
        Talk talk;
        server.ticket_lifetime = lifetime;
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run(500ms);
        ASSERT_NE(talk.client.last<TicketReceived>(), nullptr);
        client.session = talk.client.last<TicketReceived>()->session;
        ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
        talk.run(100ms);
        talk.client.events.clear();
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        EXPECT_TRUE(talk.client.last<Connected>()->resumed);
        client.session.reset();
    }
    for (const std::chrono::seconds lifetime : {-1s, 0s, std::chrono::seconds{7 * 86'400 + 1}}) {
        expect_refused([=](Options& o) { o.ticket_lifetime = lifetime; },
                       "ticket_lifetime is 1 second to 7 days");
    }
}

TEST_P(OptionLimits, TimersAreWithinTheirRanges) {
    expect_connects([](Options& o) { o.retransmission_initial = o.retransmission_max = 1ms; });
    expect_connects([](Options& o) { o.retransmission_initial = o.retransmission_max = 1h; });
    expect_connects([](Options& o) { o.handshake_timeout = Duration::max(); });
    for (const Duration most : {Duration{-1s}, Duration{0s}, Duration{1h + 1ns}}) {
        expect_refused([=](Options& o) { o.retransmission_max = most; },
                       "retransmission_max is 1 millisecond to 1 hour");
    }
    for (const Duration initial : {Duration{-1s}, Duration{0s}, Duration{60s + 1ns}}) {
        expect_refused([=](Options& o) { o.retransmission_initial = initial; },
                       "retransmission_initial is 1 millisecond to retransmission_max");
    }
    EXPECT_EQ(error_of(false, [](Options& o) { o.handshake_timeout = 1ms; }), "");
    EXPECT_EQ(error_of(true, [](Options& o) { o.handshake_timeout = 1ms; }), "");
    for (const Duration timeout : {Duration{-1s}, Duration{0s}, Duration{1ms - 1ns}}) {
        expect_refused([=](Options& o) { o.handshake_timeout = timeout; },
                       "handshake_timeout is 1 millisecond or more");
    }
}

TEST_P(OptionLimits, DatagramsAndRecordsAreWithinTheirRanges) {
    for (const std::size_t bytes : {256u, 65'000u}) {
        expect_connects([=](Options& o) { o.handshake_datagram_bytes = bytes; });
        expect_connects([=](Options& o) { o.coalesce_bytes = bytes; });
    }
    for (const std::uint16_t bytes : std::array<std::uint16_t, 2>{64, 16'384})
        expect_connects([=](Options& o) { o.record_size_limit = bytes; });
    for (const std::size_t bytes : {255u, 65'001u}) {
        expect_refused([=](Options& o) { o.handshake_datagram_bytes = bytes; },
                       "handshake_datagram_bytes is 256 to 65000");
        expect_refused([=](Options& o) { o.coalesce_bytes = bytes; },
                       "coalesce_bytes is 0, or 256 to 65000");
    }
    for (const std::uint16_t bytes : std::array<std::uint16_t, 2>{63, 16'385}) {
        expect_refused([=](Options& o) { o.record_size_limit = bytes; },
                       "record_size_limit is 64 to 16384");
    }
}

TEST_P(OptionLimits, GroupsThatLibcryptoDoesNotHaveAreRefusedAlone) {
    expect_refused([](Options& o) { o.groups = {NamedGroup::x448, NamedGroup::secp521r1}; },
                   "libcrypto has none of the groups");
    expect_refused(
        [](Options& o) { o.signature_schemes = {wire::dtls::SignatureScheme::rsa_pkcs1_sha1}; },
        "signature_schemes has none that is checked here");
    expect_connects([](Options& o) { o.groups = {NamedGroup::x448, NamedGroup::secp256r1}; });
}

TEST_P(OptionLimits, SuitesHaveToFitTheVersions) {
    const CipherSuite other =
        is_1_3() ? CipherSuite::ecdhe_ecdsa_aes_128_gcm_sha256 : CipherSuite::aes_128_gcm_sha256;
    expect_refused([=](Options& o) { o.cipher_suites = {other}; },
                   "no cipher suite fits the versions, groups and credentials");
}

TEST_P(OptionLimits, SuitesHaveToFitTheCredentials) {
    constexpr std::string_view kNone = "no cipher suite fits the versions, groups and credentials";
    if (is_1_3()) { // a PSK from outside is one of SHA-256
        const auto alone = [](Options& o) { o.cipher_suites = {CipherSuite::aes_256_gcm_sha384}; };
        expect_refused(alone, kNone, true);
        return;
    }
    const auto rsa = [](Options& o) {
        o.cipher_suites = {CipherSuite::ecdhe_rsa_aes_128_gcm_sha256};
    };
    EXPECT_EQ(error_of(true, rsa), kNone);
    EXPECT_EQ(error_of(false, rsa), "");
    const auto of_psk = [](Options& o) { o.cipher_suites = {CipherSuite::psk_aes_128_ccm}; };
    expect_refused(of_psk, kNone);
    expect_connects(of_psk, true);
}

TEST_P(OptionLimits, OfAConnectionThatIsImportedAreKept) {
    Talk talk;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    const auto state = talk.client.endpoint.export_state(talk.client_handle);
    ASSERT_TRUE(state);
    client.replay_window = 0;
    const auto made = talk.client.endpoint.import_state(
        *state, Path{.local = talk.client.address, .remote = talk.server.address}, client,
        talk.now);
    EXPECT_EQ(made.error().what, "replay_window is 64 to 65536");
    EXPECT_EQ(talk.client.endpoint.connection_count(), 0u);
}

TEST_P(OptionLimits, OfAPskThatIsLookedUpAreKept) {
    for (const std::size_t bytes : {0u, 257u}) {
        Talk talk;
        server_psk.psks.clear();
        server_psk.find_psk = [bytes](const PskQuery& query) -> std::optional<Psk> {
            return Psk{std::string{query.identity}, std::vector<std::byte>(bytes)};
        };
        EXPECT_FALSE(talk.connect(client_psk, server_psk));
        ASSERT_NE(talk.client.last<Closed>(), nullptr);
        EXPECT_EQ(talk.client.last<Closed>()->alert_received,
                  AlertDescription::unknown_psk_identity);
    }
}

HAWSER_BOTH_VERSIONS(OptionLimits);

/// Suites choose the version as the range does: none of the other is said.
TEST(SuitesOfOneVersion, AreOfferedWithThatVersionAlone) {
    constexpr std::array kSuites{CipherSuite::ecdhe_ecdsa_aes_128_gcm_sha256,
                                 CipherSuite::aes_128_gcm_sha256};
    for (const CipherSuite suite : kSuites) {
        const bool is_1_3 = suite == CipherSuite::aes_128_gcm_sha256;
        Talk talk;
        std::optional<bool> has_versions, has_master_secret;
        Options client = client_options();
        client.cipher_suites = {suite};
        client.shape_hello = [&](HelloDraft& hello) {
            const auto has = [&](wire::dtls::ExtensionType type) {
                return std::ranges::find(hello.extensions, type, &HelloDraft::Extension::type) !=
                       hello.extensions.end();
            };
            has_versions = has(wire::dtls::ExtensionType::supported_versions);
            has_master_secret = has(wire::dtls::ExtensionType::extended_master_secret);
        };
        ASSERT_TRUE(talk.connect(client, server_options())) << why(talk);
        EXPECT_EQ(talk.client.last<Connected>()->version, is_1_3 ? Version::v1_3 : Version::v1_2);
        EXPECT_EQ(talk.client.last<Connected>()->cipher_suite, suite);
        EXPECT_EQ(has_versions, is_1_3);
        EXPECT_EQ(has_master_secret, !is_1_3);
    }
}

TEST(SuitesOfOneVersion, AreTakenFromAClientOfBoth) {
    constexpr std::array kSuites{CipherSuite::ecdhe_ecdsa_aes_128_gcm_sha256,
                                 CipherSuite::aes_128_gcm_sha256};
    for (const CipherSuite suite : kSuites) {
        Talk talk;
        Options server = server_options();
        server.cipher_suites = {suite};
        ASSERT_TRUE(talk.connect(client_options(), server)) << why(talk);
        EXPECT_EQ(talk.client.last<Connected>()->cipher_suite, suite);
    }
}

/// A client that judges no certificates does not ask for one, though it has one to show.
TEST(SuitesOfOneVersion, AreNotOnesWhoseCertificateIsNotTaken) {
    Talk talk;
    Options client = only(psk_options(), Version::v1_2);
    client.identity = ecdsa_identity();
    Options server = only(server_options(), Version::v1_2);
    server.psks = {some_psk()};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.server.last<Connected>()->psk_identity, "rope");
}

TEST(EndpointLimits, AreCheckedBeforeItListens) {
    for (const auto& [change, what] :
         std::initializer_list<std::pair<void (*)(EndpointOptions&), std::string_view>>{
             {[](EndpointOptions& o) { o.shard = 1; }, "shard is below shards, which is 1 to 255"},
             {[](EndpointOptions& o) { o.ticket_secret.resize(31); },
              "a ticket_secret has 32 bytes or more"},
             {[](EndpointOptions& o) { o.cookie_lifetime = 999ms; },
              "cookie_lifetime is 1 second or more"}}) {
        EndpointOptions options;
        change(options);
        Talk talk{1, options};
        const auto listening = talk.server.endpoint.listen(server_options());
        EXPECT_EQ(listening.error().what, what);
    }
}

} // namespace
} // namespace hawser::dtls::test
