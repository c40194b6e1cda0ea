#include "crypto/key_exchange.hpp"

#include "crypto/vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hawser::crypto {
namespace {

constexpr std::array kGroups{Group::x25519, Group::secp256r1, Group::secp384r1,
                             Group::x25519_mlkem768};

class KeyExchange : public testing::TestWithParam<Group> {
protected:
    void SetUp() override {
        if (!available(GetParam())) {
            GTEST_SKIP() << "this libcrypto has no ML-KEM (it needs 3.5 or newer): not tested";
        }
    }
};

TEST_P(KeyExchange, GivesBothSidesOneSecret) {
    const auto ours = KeyShare::generate(GetParam(), entropy_of(1));
    ASSERT_TRUE(ours);
    EXPECT_EQ(ours->group(), GetParam());
    const auto theirs = encapsulate(GetParam(), ours->public_share(), entropy_of(2));
    ASSERT_TRUE(theirs);
    const auto secret = ours->finish(theirs->share);
    ASSERT_TRUE(secret);
    EXPECT_EQ(to_hex(secret->bytes()), to_hex(theirs->secret.bytes()));
    EXPECT_GE(secret->size(), 32U);
}

TEST_P(KeyExchange, FollowsFromTheEntropyAlone) {
    const auto first = KeyShare::generate(GetParam(), entropy_of(1));
    const auto again = KeyShare::generate(GetParam(), entropy_of(1));
    const auto other = KeyShare::generate(GetParam(), entropy_of(2));
    ASSERT_TRUE(first && again && other);
    EXPECT_TRUE(std::ranges::equal(first->public_share(), again->public_share()));
    EXPECT_FALSE(std::ranges::equal(first->public_share(), other->public_share()));
    const auto answer = encapsulate(GetParam(), first->public_share(), entropy_of(3));
    const auto repeated = encapsulate(GetParam(), first->public_share(), entropy_of(3));
    ASSERT_TRUE(answer && repeated);
    EXPECT_EQ(answer->share, repeated->share);
}

TEST_P(KeyExchange, RefusesSharesOfTheWrongLength) {
    const auto ours = KeyShare::generate(GetParam(), entropy_of(1));
    ASSERT_TRUE(ours);
    const auto theirs = encapsulate(GetParam(), ours->public_share(), entropy_of(2));
    ASSERT_TRUE(theirs);
    auto longer = theirs->share;
    longer.push_back(std::byte{0});
    const Bytes whole = theirs->share;
    for (const Bytes share : {whole.first(0), whole.first(whole.size() - 1), Bytes{longer}}) {
        const auto secret = ours->finish(share);
        ASSERT_FALSE(secret);
        EXPECT_EQ(secret.error().code, Errc::malformed);
    }
    const Bytes offer = ours->public_share();
    for (const Bytes share : {offer.first(0), offer.first(offer.size() - 1)}) {
        EXPECT_FALSE(encapsulate(GetParam(), share, entropy_of(2)));
    }
}

INSTANTIATE_TEST_SUITE_P(Groups, KeyExchange, testing::ValuesIn(kGroups));

TEST(KeyExchangeGroup, IsRefusedWhenUnknown) {
    const auto unknown = static_cast<Group>(25);
    EXPECT_FALSE(available(unknown));
    EXPECT_EQ(KeyShare::generate(unknown, entropy_of(1)).error().code, Errc::unsupported);
    EXPECT_EQ(encapsulate(unknown, {}, entropy_of(1)).error().code, Errc::unsupported);
}

TEST(X25519, AgreesWithRfc7748) { // §6.1
    const auto alice = KeyShare::generate(
        Group::x25519,
        entropy_from(from_hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")));
    ASSERT_TRUE(alice);
    EXPECT_EQ(to_hex(alice->public_share()),
              "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    const auto bob = encapsulate(
        Group::x25519, alice->public_share(),
        entropy_from(from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")));
    ASSERT_TRUE(bob);
    EXPECT_EQ(to_hex(bob->share),
              "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    EXPECT_EQ(to_hex(bob->secret.bytes()),
              "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

TEST(X25519, RefusesPointsOfLowOrder) {
    for (const std::string_view point :
         {"0000000000000000000000000000000000000000000000000000000000000000",
          "0100000000000000000000000000000000000000000000000000000000000000",
          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
        const auto answer = encapsulate(Group::x25519, from_hex(point), entropy_of(1));
        ASSERT_FALSE(answer) << point;
        EXPECT_EQ(answer.error().code, Errc::malformed);
    }
}

// RFC 5903 §8.1. The entropy is one less than the private key, since a key is never zero.
TEST(Secp256r1, AgreesWithRfc5903) {
    const std::string zeros(32, '0');
    const auto initiator = KeyShare::generate(
        Group::secp256r1,
        entropy_from(
            from_hex(zeros + "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1432")));
    ASSERT_TRUE(initiator);
    EXPECT_EQ(to_hex(initiator->public_share()),
              "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
              "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3");
    const auto responder = encapsulate(
        Group::secp256r1, initiator->public_share(),
        entropy_from(
            from_hex(zeros + "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee52")));
    ASSERT_TRUE(responder);
    EXPECT_EQ(to_hex(responder->share),
              "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
              "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab");
    EXPECT_EQ(to_hex(responder->secret.bytes()),
              "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
}

TEST(Secp384r1, AgreesWithRfc5903) { // §8.2
    const std::string zeros(16, '0');
    const auto initiator = KeyShare::generate(
        Group::secp384r1,
        entropy_from(from_hex(zeros + "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f16"
                                      "0647b67414dce655e35b538041e649ee3faef896783ab193")));
    ASSERT_TRUE(initiator);
    const auto responder = encapsulate(
        Group::secp384r1, initiator->public_share(),
        entropy_from(from_hex(zeros + "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060"
                                      "855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fb")));
    ASSERT_TRUE(responder);
    EXPECT_EQ(to_hex(responder->secret.bytes()),
              "11187331c279962d93d604243fd592cb9d0a926f422e4718"
              "7521287e7156c5c4d603135569b9e9d09cf5d4a270f59746");
}

TEST(NistGroup, RefusesWhatIsNoPointOfTheCurve) {
    for (const Group group : {Group::secp256r1, Group::secp384r1}) {
        const auto ours = KeyShare::generate(group, entropy_of(1));
        ASSERT_TRUE(ours);
        const Bytes good = ours->public_share();
        std::vector<std::byte> share{good.begin(), good.end()};
        share.back() ^= std::byte{1};
        EXPECT_EQ(encapsulate(group, share, entropy_of(2)).error().code, Errc::malformed);
        share.back() ^= std::byte{1};
        for (const unsigned form : {0U, 2U, 3U, 5U, 6U, 7U}) { // infinity, compressed, hybrid
            share[0] = static_cast<std::byte>(form);
            EXPECT_FALSE(encapsulate(group, share, entropy_of(2))) << form;
        }
        std::ranges::fill(share, std::byte{0xff});
        share[0] = std::byte{4};
        EXPECT_FALSE(encapsulate(group, share, entropy_of(2)));
        EXPECT_FALSE(encapsulate(group, std::array{std::byte{0}}, entropy_of(2)));
    }
}

// A share that is zero, or above the order, becomes a key all the same.
TEST(NistGroup, TakesAnyEntropy) {
    for (const Group group : {Group::secp256r1, Group::secp384r1}) {
        for (const std::byte octet : {std::byte{0}, std::byte{0xff}}) {
            Entropy entropy{};
            entropy.fill(octet);
            const auto ours = KeyShare::generate(group, entropy);
            ASSERT_TRUE(ours);
            EXPECT_TRUE(encapsulate(group, ours->public_share(), entropy_of(1)));
        }
    }
}

} // namespace
} // namespace hawser::crypto
