// Tickets and the keys that they are under.
#include "dtls/session_ticket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::CipherSuite;
using wire::dtls::Version;

SessionState some_state(std::chrono::seconds lifetime) {
    const std::array<std::byte, 48> secret{std::byte{7}};
    SessionState state;
    state.version = Version::v1_3;
    state.suite = CipherSuite::aes_128_gcm_sha256;
    state.secret = crypto::Secret{secret};
    state.lifetime = lifetime;
    state.server_name = "server.example";
    state.peer.psk_identity = "rope";
    state.peer.fingerprint.assign(32, std::byte{3});
    state.peer.chain = {{std::byte{1}, std::byte{2}}, {std::byte{4}}};
    return state;
}

class Tickets : public testing::Test {
protected:
    static Bytes name_of(const std::vector<std::byte>& ticket) {
        return Bytes{ticket}.first(TicketKeys::kNameBytes);
    }

    SeededRandom random{5};
    TicketKeys keys{random};
    Instant now = Instant{} + 1h;
};

TEST_F(Tickets, BringBackWhatWasPutIntoThem) {
    const std::vector<std::byte> ticket = keys.seal(some_state(2h), now);
    const auto state = keys.open(ticket, now);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->serialize(), some_state(2h).serialize());
    EXPECT_EQ(state->peer.chain, some_state(2h).peer.chain);
}

TEST_F(Tickets, OfOthersAreNotOpened) {
    TicketKeys others{random};
    const std::vector<std::byte> theirs = others.seal(some_state(2h), now);
    EXPECT_FALSE(keys.open(theirs, now)) << "before there is a key";
    static_cast<void>(keys.seal(some_state(2h), now));
    EXPECT_FALSE(keys.open(theirs, now));
}

TEST_F(Tickets, OfOthersWithTheSameSecretAreOpened) {
    const std::array<std::byte, 32> secret{std::byte{1}}, another{std::byte{2}};
    SeededRandom elsewhere{6};
    TicketKeys ours{random, secret}, theirs{elsewhere, secret}, strangers{elsewhere, another};
    const auto before = theirs.seal(some_state(2h), now);
    EXPECT_TRUE(ours.open(before, now)) << "before there is a key of ours";
    const auto after = theirs.seal(some_state(2h), now + 2h);
    EXPECT_TRUE(ours.open(ours.seal(some_state(2h), now), now));
    EXPECT_TRUE(ours.open(after, now + 2h));
    EXPECT_TRUE(ours.open(before, now + 2h)) << "its state says how long it lives";
    EXPECT_FALSE(ours.open(strangers.seal(some_state(2h), now), now));
    EXPECT_FALSE(keys.open(before, now));
}

TEST_F(Tickets, ThatWereChangedAreNotOpened) {
    const std::vector<std::byte> ticket = keys.seal(some_state(2h), now);
    for (std::size_t at = 0; at < ticket.size(); ++at) {
        std::vector<std::byte> changed = ticket;
        changed[at] ^= std::byte{1};
        EXPECT_FALSE(keys.open(changed, now)) << at;
    }
    for (std::size_t size = 0; size < ticket.size(); ++size)
        EXPECT_FALSE(keys.open(Bytes{ticket}.first(size), now)) << size;
}

TEST_F(Tickets, AreUnderOneKeyForOneLifetime) {
    const auto first = keys.seal(some_state(2h), now);
    const auto same = keys.seal(some_state(2h), now + 2h - 1s);
    const auto next = keys.seal(some_state(2h), now + 2h);
    EXPECT_TRUE(std::ranges::equal(name_of(first), name_of(same)));
    EXPECT_FALSE(std::ranges::equal(name_of(first), name_of(next)));
}

TEST_F(Tickets, OfTheKeyBeforeAreTakenUntilTheyEnd) {
    const auto late = keys.seal(some_state(2h), now);
    const auto last = keys.seal(some_state(2h), now + 1h);
    static_cast<void>(keys.seal(some_state(2h), now + 2h)); // another key
    EXPECT_TRUE(keys.open(late, now + 2h));
    EXPECT_TRUE(keys.open(last, now + 3h - 1s));
    EXPECT_FALSE(keys.open(last, now + 3h)) << "the key is gone";
}

TEST_F(Tickets, AreTakenUnderTwoKeysAtMost) {
    const auto oldest = keys.seal(some_state(1h), now);
    static_cast<void>(keys.seal(some_state(1h), now + 1h - 1s));
    static_cast<void>(keys.seal(some_state(10s), now + 1h));
    EXPECT_TRUE(keys.open(oldest, now + 1h));
    static_cast<void>(keys.seal(some_state(10s), now + 1h + 20s));
    EXPECT_FALSE(keys.open(oldest, now + 1h + 20s));
}

TEST_F(Tickets, OfAKeyThatSealsNoMoreEndAllTheSame) {
    const auto ticket = keys.seal(some_state(2h), now);
    EXPECT_TRUE(keys.open(ticket, now + 2h - 1s));
    EXPECT_FALSE(keys.open(ticket, now + 2h));
    EXPECT_FALSE(keys.open(ticket, now)) << "the key was forgotten";
}

} // namespace
} // namespace hawser::dtls::test
