#include "crypto/trust.hpp"

#include "crypto/authority.hpp"
#include "crypto/vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hawser::crypto {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds kNow{seconds{1'500'000'000}};

/// A root, an authority below it, and what a peer shows.
class Chain : public testing::Test {
protected:
    const Issued root = issue({.common_name = "root", .authority = true}, 1);
    const Issued middle = issue({.common_name = "middle", .authority = true}, 2, &root);
    const Issued leaf = issue({}, 3, &middle);

    static TrustStore trusting(Bytes der) {
        const auto certificate = Certificate::from_der(der);
        return TrustStore::of(std::array{certificate.value_or(Certificate{})});
    }

    ChainFault check(const Issued& shown, std::optional<std::string_view> name = std::nullopt,
                     sys_seconds at = kNow, Purpose purpose = Purpose::server) const {
        return verify_chain(std::array<Bytes, 2>{shown.der, middle.der}, trusting(root.der),
                            purpose, name, at);
    }
};

TEST_F(Chain, IsGoodUpToATrustedRoot) {
    EXPECT_EQ(check(leaf), ChainFault::none);
    EXPECT_EQ(check(leaf, "good.example"), ChainFault::none);
    // The root may be shown too, and certificates in any order after the leaf.
    EXPECT_EQ(verify_chain(std::array<Bytes, 3>{leaf.der, root.der, middle.der}, trusting(root.der),
                           Purpose::server, "good.example", kNow),
              ChainFault::none);
}

TEST_F(Chain, IsGoodWhenParsedAlready) {
    const std::array chain{Certificate::from_der(leaf.der).value_or(Certificate{}),
                           Certificate::from_der(middle.der).value_or(Certificate{})};
    EXPECT_EQ(verify_chain(chain, trusting(root.der), Purpose::server, "good.example", kNow),
              ChainFault::none);
    EXPECT_EQ(verify_chain(chain, trusting(root.der), Purpose::server, "bad.example", kNow),
              ChainFault::wrong_name);
    EXPECT_EQ(verify_chain(std::span<const Certificate>{}, trusting(root.der), Purpose::server,
                           std::nullopt, kNow),
              ChainFault::malformed);
}

TEST_F(Chain, MayEndAtAnythingTrusted) {
    for (const Issued* anchor : {&middle, &leaf}) {
        EXPECT_EQ(verify_chain(std::array<Bytes, 1>{leaf.der}, trusting(anchor->der),
                               Purpose::server, "good.example", kNow),
                  ChainFault::none);
    }
}

TEST_F(Chain, IsRefusedWithoutATrustedIssuer) {
    const Issued stranger = issue({.common_name = "root", .authority = true}, 9);
    EXPECT_EQ(verify_chain(std::array<Bytes, 1>{leaf.der}, trusting(root.der), Purpose::server,
                           std::nullopt, kNow),
              ChainFault::unknown_issuer); // the middle is not shown
    const Issued alone = issue({}, 5);
    EXPECT_EQ(check(alone), ChainFault::unknown_issuer);
    EXPECT_EQ(verify_chain(std::array<Bytes, 3>{leaf.der, middle.der, root.der}, TrustStore{},
                           Purpose::server, std::nullopt, kNow),
              ChainFault::unknown_issuer);
    // One of the same name, but with another key, is not the issuer.
    EXPECT_NE(verify_chain(std::array<Bytes, 2>{leaf.der, middle.der}, trusting(stranger.der),
                           Purpose::server, std::nullopt, kNow),
              ChainFault::none);
}

TEST_F(Chain, IsMatchedAgainstNamesAndAddresses) {
    for (const std::string_view good :
         {"good.example", "GOOD.example", "good.example.", "a.wild.example", "192.0.2.7",
          "2001:db8::7", "2001:0db8:0:0:0:0:0:7"}) {
        EXPECT_EQ(check(leaf, good), ChainFault::none) << good;
    }
    using namespace std::string_view_literals;
    for (const std::string_view bad :
         {"bad.example"sv, "a.good.example"sv, "wild.example"sv, "a.b.wild.example"sv, "leaf"sv,
          "192.0.2.8"sv, "2001:db8::8"sv, ""sv, "."sv, ".example"sv, ".wild.example"sv,
          "good.example\0.bad"sv}) {
        EXPECT_EQ(check(leaf, bad), ChainFault::wrong_name) << bad;
    }
    // A common name does not count, even when nothing else is there.
    EXPECT_EQ(
        check(issue({.common_name = "good.example", .names = ""}, 6, &middle), "good.example"),
        ChainFault::wrong_name);
}

TEST_F(Chain, IsGoodOnlyInItsTime) {
    EXPECT_EQ(check(leaf, std::nullopt, sys_seconds{seconds{999'999'999}}),
              ChainFault::not_yet_valid);
    EXPECT_EQ(check(leaf, std::nullopt, sys_seconds{seconds{1'000'000'000}}), ChainFault::none);
    EXPECT_EQ(check(leaf, std::nullopt, sys_seconds{seconds{1'999'999'999}}), ChainFault::none);
    EXPECT_EQ(check(leaf, std::nullopt, sys_seconds{seconds{2'000'000'001}}), ChainFault::expired);
}

TEST_F(Chain, IsGoodOnlyForItsPurpose) {
    EXPECT_EQ(check(leaf, std::nullopt, kNow, Purpose::client), ChainFault::wrong_purpose);
    const Issued client = issue({.usage = "clientAuth"}, 6, &middle);
    EXPECT_EQ(check(client, std::nullopt, kNow, Purpose::client), ChainFault::none);
    EXPECT_EQ(check(client, std::nullopt, kNow, Purpose::server), ChainFault::wrong_purpose);
    const Issued any = issue({.usage = ""}, 7, &middle);
    EXPECT_EQ(check(any, std::nullopt, kNow, Purpose::client), ChainFault::none);
    EXPECT_EQ(check(any, std::nullopt, kNow, Purpose::server), ChainFault::none);
}

TEST_F(Chain, IsRefusedWhenALeafPlaysAuthority) {
    const Issued forged = issue({.common_name = "forged"}, 6, &leaf);
    EXPECT_EQ(verify_chain(std::array<Bytes, 3>{forged.der, leaf.der, middle.der},
                           trusting(root.der), Purpose::server, "good.example", kNow),
              ChainFault::wrong_purpose);
}

TEST_F(Chain, IsRefusedWithAWrongSignature) {
    Issued changed = leaf;
    changed.der.back() ^= std::byte{1};
    EXPECT_EQ(check(changed), ChainFault::bad_signature);
}

TEST_F(Chain, IsRefusedWhenItIsNone) {
    const TrustStore trust = trusting(root.der);
    EXPECT_EQ(verify_chain(std::span<const Bytes>{}, trust, Purpose::server, {}, kNow),
              ChainFault::malformed);
    const auto garbage = from_hex("3003020101");
    EXPECT_EQ(verify_chain(std::array<Bytes, 1>{garbage}, trust, Purpose::server, {}, kNow),
              ChainFault::malformed);
    EXPECT_EQ(
        verify_chain(std::array<Bytes, 2>{leaf.der, Bytes{}}, trust, Purpose::server, {}, kNow),
        ChainFault::malformed);
    const std::vector<Bytes> endless(kChainCertificatesMax + 1, leaf.der);
    EXPECT_EQ(verify_chain(endless, trust, Purpose::server, {}, kNow), ChainFault::malformed);
}

TEST(TrustStore, IsReadFromPem) {
    const auto pair = self_signed({.common_name = "peer",
                                   .names = {},
                                   .not_before = kNow - seconds{1},
                                   .not_after = kNow + seconds{1}},
                                  entropy_of(1), entropy_of(2));
    ASSERT_TRUE(pair);
    const auto trust = TrustStore::from_pem("a comment\n" + chain_to_pem(*pair));
    ASSERT_TRUE(trust);
    EXPECT_EQ(verify_chain(std::array<Bytes, 1>{pair->chain[0]}, *trust, Purpose::client, {}, kNow),
              ChainFault::none);
    EXPECT_EQ(TrustStore::from_pem("").error().code, Errc::malformed);
    EXPECT_EQ(TrustStore::from_pem(pair->key.to_pem()).error().code, Errc::malformed);
    std::string cut = chain_to_pem(*pair);
    cut.resize(cut.size() / 2);
    EXPECT_EQ(TrustStore::from_pem(cut).error().code, Errc::malformed);
}

TEST(ChainFault, HasATextForEach) {
    std::vector<std::string_view> seen;
    for (int i = 0; i <= static_cast<int>(ChainFault::revoked_or_other); ++i) {
        const std::string_view words = text(static_cast<ChainFault>(i));
        EXPECT_EQ(std::ranges::count(seen, words), 0) << words;
        seen.push_back(words);
    }
}

} // namespace
} // namespace hawser::crypto
