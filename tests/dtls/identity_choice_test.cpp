// Identities that not every peer takes: raw public keys, and those whose issuer has to be named.
#include "dtls/identity_choice.hpp"

#include "dtls/versions.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::CertificateType;
using wire::dtls::ExtensionType;

Identity bare(const Identity& identity) {
    return *Identity::raw_public_key(identity.key_pem());
}

/// One that calls its issuer by this name.
Identity issued_by(std::string_view name) {
    SeededRandom random{21};
    const auto from = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
    const auto to = std::chrono::sys_days{std::chrono::year{2036} / 1 / 1};
    return *Identity::self_signed(KeyKind::ed25519, name, {}, from, to, random);
}

/// Both extensions that name types of certificates become this list.
void list_types(Options& client, std::vector<std::byte> value) {
    client.shape_hello = [value = std::move(value)](HelloDraft& hello) {
        for (auto& extension : hello.extensions) {
            if (extension.type == ExtensionType::server_certificate_type) extension.value = value;
        }
    };
}

class BareKeys : public PerVersion {
protected:
    BareKeys() { server.identity = bare(ecdsa_identity()); }
    void expect_shown(std::optional<std::size_t> index, const Identity& identity) {
        Talk each;
        ASSERT_TRUE(each.connect(client, server)) << why(each);
        EXPECT_EQ(each.server.last<Connected>()->shown_identity, index);
        EXPECT_EQ(each.client.last<Connected>()->peer_fingerprint, identity.fingerprint());
    }
    Talk talk;
};

TEST_P(BareKeys, AreShownToWhoTakesThem) {
    client.raw_public_key = true;
    expect_shown(0, bare(ecdsa_identity()));
}

TEST_P(BareKeys, AreShownToNobodyElse) {
    EXPECT_FALSE(talk.connect(client, server, 5s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::handshake_failure);
}

TEST_P(BareKeys, StandBesideCertificates) {
    server.more_identities = {ed25519_identity()};
    expect_shown(1, ed25519_identity());
    client.raw_public_key = true;
    expect_shown(0, bare(ecdsa_identity()));
    server.identity = ed25519_identity();
    server.more_identities = {bare(ecdsa_identity())};
    expect_shown(0, ed25519_identity());              // the first that the client takes
    list_types(client, {std::byte{1}, std::byte{2}}); // raw public keys alone
    expect_shown(1, bare(ecdsa_identity()));
}

TEST_P(BareKeys, AreOfClientsToo) {
    server.identity = ecdsa_identity();
    server.raw_public_key = true;
    server.verification.anyone = true;
    client.identity = bare(ed25519_identity());
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    ASSERT_NE(talk.server.last<Connected>(), nullptr);
    EXPECT_EQ(talk.server.last<Connected>()->peer_fingerprint,
              bare(ed25519_identity()).fingerprint());
    EXPECT_EQ(talk.client.last<Connected>()->peer_fingerprint, ecdsa_identity().fingerprint())
        << "the client takes certificates";
}

TEST_P(BareKeys, OfAClientAreNotShownToAServerOfCertificates) {
    server.identity = ecdsa_identity();
    server.verification.anyone = server.verification.optional = true;
    client.identity = bare(ed25519_identity());
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    ASSERT_NE(talk.server.last<Connected>(), nullptr);
    EXPECT_EQ(talk.server.last<Connected>()->peer_fingerprint, std::nullopt);
    EXPECT_EQ(talk.client.last<Connected>()->shown_identity, std::nullopt);
}

TEST_P(BareKeys, OfAClientGiveWayToItsCertificate) {
    server.identity = ecdsa_identity();
    server.verification.anyone = true;
    client.identity = bare(ed25519_identity());
    client.more_identities = {rsa_identity()};
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    EXPECT_EQ(talk.client.last<Connected>()->shown_identity, 1u);
    EXPECT_EQ(talk.server.last<Connected>()->peer_fingerprint, rsa_identity().fingerprint());
}

HAWSER_BOTH_VERSIONS(BareKeys);

TEST(BareKey, HasNoCertificate) {
    const Identity key = bare(ecdsa_identity());
    EXPECT_FALSE(key.has_certificates());
    EXPECT_TRUE(ecdsa_identity().has_certificates());
    EXPECT_EQ(key.certificates_pem(), "");
    EXPECT_EQ(key.key_pem(), ecdsa_identity().key_pem());
    EXPECT_NE(key.fingerprint(), ecdsa_identity().fingerprint());
    EXPECT_TRUE(std::ranges::equal(key.public_key(), ecdsa_identity().public_key()));
    EXPECT_FALSE(Identity::raw_public_key("no key"));
}

/// RFC 7250 §4.2: what the server chooses is one of those.
TEST(BareKey, IsNotAskedForAsACertificate) {
    Options client = only(client_options(), Version::v1_2);
    Options server = only(server_options(), Version::v1_2);
    client.identity = bare(ed25519_identity());
    server.raw_public_key = server.verification.anyone = true;
    server.cookie_exchange = false;
    Talk talk;
    talk.on_way = [&talk](const End& from, Talk::Flying& datagram) {
        constexpr std::array kAnswer{std::byte{0}, std::byte{19}, std::byte{0}, std::byte{1},
                                     std::byte{2}};
        const auto found = std::search(datagram.bytes.begin(), datagram.bytes.end(),
                                       kAnswer.begin(), kAnswer.end());
        if (&from == &talk.server && found != datagram.bytes.end()) found[4] = std::byte{0};
        return true;
    };
    EXPECT_FALSE(talk.connect(client, server, 5s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_sent, AlertDescription::illegal_parameter);
}

TEST(CertificateTypes, AreThoseOfTheIdentities) {
    using enum CertificateType;
    Options options = client_options();
    EXPECT_EQ(own_certificate_types(options), std::vector{x509});
    options.raw_public_key = true;
    EXPECT_EQ(own_certificate_types(options), (std::vector{raw_public_key, x509}));
    options.raw_public_key = false;
    options.identity = bare(ecdsa_identity());
    EXPECT_EQ(own_certificate_types(options), std::vector{raw_public_key});
    options.more_identities = {rsa_identity(), bare(rsa_identity())};
    EXPECT_EQ(own_certificate_types(options), (std::vector{raw_public_key, x509}));
}

class NamedIssuers : public PerVersion {
protected:
    NamedIssuers() {
        server.identity = issued_by("a root of few").where_issuer_is_named();
        server.more_identities = {ecdsa_identity()};
    }
    /// certificate_authorities with this content.
    void name(std::vector<std::byte> value) {
        client.shape_hello = [value = std::move(value)](HelloDraft& hello) {
            hello.extensions.insert(hello.extensions.begin(),
                                    {ExtensionType::certificate_authorities, value});
        };
    }
    static std::vector<std::byte> names_of(const std::vector<Identity>& roots) {
        std::vector<Bytes> names;
        std::vector<std::vector<std::byte>> kept;
        for (const Identity& root : roots)
            kept.push_back(root.where_issuer_is_named().issuers().front());
        names.assign(kept.begin(), kept.end());
        std::vector<std::byte> room(4096);
        wire::Writer out{room};
        wire::dtls::write_opaques<2, 2>(out, names);
        room.resize(out.written());
        return room;
    }
    std::optional<std::size_t> shown() {
        Talk each;
        EXPECT_TRUE(each.connect(client, server)) << why(each);
        const auto* const up = each.server.last<Connected>();
        return up == nullptr ? std::nullopt : up->shown_identity;
    }
};

TEST_P(NamedIssuers, OpenWhatOnlyTheyKnow) {
    name(names_of({rsa_identity(), issued_by("a root of few")}));
    EXPECT_EQ(shown(), 0u);
}

TEST_P(NamedIssuers, OfOthersDoNot) {
    name(names_of({issued_by("a root of fewer")}));
    EXPECT_EQ(shown(), 1u);
}

TEST_P(NamedIssuers, AreMissingInMostHellos) {
    EXPECT_EQ(shown(), 1u);
    server.identity = issued_by("a root of few");
    EXPECT_EQ(shown(), 0u) << "others do not ask for it";
}

TEST_P(NamedIssuers, ThatFitNothingLeaveNothing) {
    server.more_identities.clear();
    name(names_of({issued_by("a root of fewer")}));
    Talk talk;
    EXPECT_FALSE(talk.connect(client, server, 5s));
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::handshake_failure);
}

TEST_P(NamedIssuers, ThatAreMalformedAreRefused) {
    for (const auto& value : std::initializer_list<std::vector<std::byte>>{
             {},
             {std::byte{0}, std::byte{0}},
             {std::byte{0}, std::byte{2}, std::byte{0}, std::byte{0}},
             {std::byte{0}, std::byte{4}, std::byte{0}, std::byte{3}, std::byte{1},
              std::byte{1}}}) {
        name(value);
        Talk talk;
        EXPECT_FALSE(talk.connect(client, server, 5s));
        ASSERT_NE(talk.client.last<Closed>(), nullptr);
        EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::decode_error);
    }
}

/// No hawser server names anybody in its request.
TEST_P(NamedIssuers, AreNeededByClientsToo) {
    server = only(server_options(), version());
    server.verification.anyone = true;
    client.identity = issued_by("a root of few").where_issuer_is_named();
    client.more_identities = {rsa_identity()};
    Talk talk;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    EXPECT_EQ(talk.client.last<Connected>()->shown_identity, 1u);
}

HAWSER_BOTH_VERSIONS(NamedIssuers);

TEST(IssuerWishes, AreMetByAnyCertificateOfTheChain) {
    const Identity identity = issued_by("me").where_issuer_is_named();
    IdentityWishes wishes;
    EXPECT_FALSE(fits_issuers(identity, wishes));
    EXPECT_TRUE(fits_issuers(issued_by("me"), wishes));
    wishes.authorities = {{std::byte{0x30}, std::byte{0}}, identity.issuers().front()};
    EXPECT_TRUE(fits_issuers(identity, wishes));
}

} // namespace
} // namespace hawser::dtls::test
