#include "crypto/identity.hpp"

#include "crypto/authority.hpp"
#include "crypto/fingerprint.hpp"
#include "crypto/trust.hpp"
#include "crypto/vectors.hpp"

#include <gtest/gtest.h>

namespace hawser::crypto {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds kFrom{seconds{1'700'000'000}};
constexpr sys_seconds kTo{seconds{1'800'000'000}};

SelfSigned wanted(KeyKind kind = KeyKind::ecdsa_p256) {
    return {.kind = kind,
            .common_name = "hawser peer",
            .names = {"peer.example", "*.pool.example", "192.0.2.1", "2001:db8::1"},
            .not_before = kFrom,
            .not_after = kTo};
}

Result<Identity> make(const SelfSigned& of) {
    return self_signed(of, entropy_of(1), entropy_of(2));
}

class SelfSignedCertificate : public testing::TestWithParam<KeyKind> {};

TEST_P(SelfSignedCertificate, IsWhatWasWanted) {
    const auto pair = make(wanted(GetParam()));
    ASSERT_TRUE(pair);
    ASSERT_EQ(pair->chain.size(), 1U);
    const auto certificate = Certificate::from_der(pair->chain[0]);
    ASSERT_TRUE(certificate);
    EXPECT_EQ(certificate->subject(), "CN=hawser peer");
    const std::vector<std::string> names{"peer.example", "*.pool.example", "192.0.2.1",
                                         "2001:db8::1"};
    EXPECT_EQ(certificate->names(), names);
    EXPECT_EQ(certificate->not_before(), kFrom);
    EXPECT_EQ(certificate->not_after(), kTo);
    EXPECT_EQ(certificate->public_key().kind(), GetParam());
    EXPECT_EQ(to_hex(certificate->public_key().spki()), to_hex(pair->key.spki()));
    EXPECT_EQ(to_hex(certificate->der()), to_hex(pair->chain[0]));
    EXPECT_EQ(certificate->fingerprint(Hash::sha256), digest(Hash::sha256, {pair->chain[0]}));
}

TEST_P(SelfSignedCertificate, IsGoodForWhomTrustsIt) {
    const auto pair = make(wanted(GetParam()));
    ASSERT_TRUE(pair);
    const auto certificate = Certificate::from_der(pair->chain[0]);
    ASSERT_TRUE(certificate);
    const TrustStore trust = TrustStore::of(std::array{*certificate});
    const std::array<Bytes, 1> chain{pair->chain[0]};
    for (const std::string_view name :
         {"peer.example", "a.pool.example", "192.0.2.1", "2001:db8::1"}) {
        EXPECT_EQ(verify_chain(chain, trust, Purpose::server, name, kFrom), ChainFault::none);
    }
    EXPECT_EQ(verify_chain(chain, trust, Purpose::client, {}, kTo - seconds{1}), ChainFault::none);
    EXPECT_EQ(verify_chain(chain, trust, Purpose::server, "other.example", kFrom),
              ChainFault::wrong_name);
    EXPECT_EQ(verify_chain(chain, trust, Purpose::server, {}, kTo + seconds{1}),
              ChainFault::expired);
    EXPECT_EQ(verify_chain(chain, trust, Purpose::server, {}, kFrom - seconds{1}),
              ChainFault::not_yet_valid);
}

TEST_P(SelfSignedCertificate, SurvivesPem) {
    const auto pair = make(wanted(GetParam()));
    ASSERT_TRUE(pair);
    const auto read = identity_from_pem(chain_to_pem(*pair), pair->key.to_pem());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->chain, pair->chain);
    EXPECT_EQ(read->key.spki(), pair->key.spki());
}

INSTANTIATE_TEST_SUITE_P(Kinds, SelfSignedCertificate,
                         testing::Values(KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::ed25519,
                                         KeyKind::rsa));

TEST(SelfSigned, FollowsFromTheEntropyWithEd25519) {
    const auto first = make(wanted(KeyKind::ed25519));
    const auto again = make(wanted(KeyKind::ed25519));
    const auto other = self_signed(wanted(KeyKind::ed25519), entropy_of(1), entropy_of(3));
    ASSERT_TRUE(first && again && other);
    EXPECT_EQ(first->chain, again->chain);
    EXPECT_NE(first->chain, other->chain); // another serial number
}

TEST(SelfSigned, RefusesWhatMakesNoSense) {
    SelfSigned nameless = wanted();
    nameless.common_name.clear();
    SelfSigned long_winded = wanted();
    long_winded.common_name.assign(65, 'x');
    SelfSigned backwards = wanted();
    std::swap(backwards.not_before, backwards.not_after);
    for (const SelfSigned& request : {nameless, long_winded, backwards}) {
        EXPECT_EQ(make(request).error().code, Errc::invalid_argument);
    }
    const std::string long_label(64, 'a');
    const std::initializer_list<std::string_view> wrong{
        "",           ".",           "a..b",      "-a.example",
        "with blank", "*.*.example", "300.0.2.1", "peer.example\n",
        long_label};
    for (const std::string_view name : wrong) {
        SelfSigned request = wanted();
        request.names = {std::string{name}};
        EXPECT_EQ(make(request).error().code, Errc::invalid_argument) << name;
    }
}

TEST(Identity, SaysWhatIsWrongWithItsTexts) {
    const auto pair = make(wanted());
    const auto other = self_signed(wanted(), entropy_of(5), entropy_of(6));
    ASSERT_TRUE(pair && other);
    const std::string chain = chain_to_pem(*pair);
    const std::string key = pair->key.to_pem();

    EXPECT_EQ(identity_from_pem("", key).error().code, Errc::malformed);
    EXPECT_EQ(identity_from_pem(key, chain).error().code, Errc::malformed); // the wrong way round
    EXPECT_EQ(identity_from_pem(chain, "").error().code, Errc::malformed);
    EXPECT_EQ(identity_from_pem(chain.substr(0, 200), key).error().code, Errc::malformed);

    const auto mismatch = identity_from_pem(chain, other->key.to_pem());
    ASSERT_FALSE(mismatch);
    EXPECT_EQ(mismatch.error().code, Errc::invalid_argument);
    EXPECT_NE(mismatch.error().what.find("not that of the first"), std::string_view::npos);

    const auto order = identity_from_pem(chain_to_pem(*other) + chain, key);
    ASSERT_FALSE(order);
    EXPECT_NE(order.error().what.find("must come first"), std::string_view::npos);
}

TEST(Identity, ReadsAChainAndKeepsItsOrder) {
    const Issued root = issue({.common_name = "root", .authority = true}, 1);
    const Issued leaf = issue({}, 2, &root);
    const std::string pem = chain_to_pem({.chain = {leaf.der, root.der}, .key = {}});
    const auto pair = identity_from_pem(leaf.key.to_pem() + pem, leaf.key.to_pem() + pem);
    ASSERT_TRUE(pair); // one text with everything will do for both
    ASSERT_EQ(pair->chain.size(), 2U);
    EXPECT_EQ(pair->chain[0], leaf.der);
    EXPECT_EQ(pair->chain[1], root.der);
}

TEST(Certificate, NamesItsIssuerInDer) {
    const auto pair = make(wanted());
    ASSERT_TRUE(pair);
    const std::vector<std::byte> name = issuer_of(pair->chain[0]);
    // SEQUENCE, SET, SEQUENCE, the OID 2.5.4.3, UTF8String: "hawser peer", who has issued it itself
    const std::vector<std::byte> expected = [] {
        const std::string_view head{"\x30\x16\x31\x14\x30\x12\x06\x03\x55\x04\x03\x0c\x0b"};
        std::vector<std::byte> bytes;
        for (const std::string_view part : {head, std::string_view{"hawser peer"}}) {
            const Bytes more = std::as_bytes(std::span{part});
            bytes.insert(bytes.end(), more.begin(), more.end());
        }
        return bytes;
    }();
    EXPECT_EQ(name, expected);
    EXPECT_TRUE(issuer_of({}).empty());
    EXPECT_TRUE(issuer_of(name).empty()) << "no certificate";
}

TEST(Certificate, IsItsEncodingAndNothingMore) {
    const auto pair = make(wanted());
    ASSERT_TRUE(pair);
    auto der = pair->chain[0];
    const Bytes whole = der;
    for (std::size_t size = 0; size < whole.size(); size += 7) {
        EXPECT_EQ(Certificate::from_der(whole.first(size)).error().code, Errc::malformed) << size;
    }
    der.push_back(std::byte{0});
    EXPECT_EQ(Certificate::from_der(der).error().code, Errc::malformed);
}

} // namespace
} // namespace hawser::crypto
