// New keys on a connection that is up (RFC 9147 §8).
#include "crypto/hash.hpp"
#include "dtls/versions.hpp"

#include <hawser/wire/byte_order.hpp>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class KeyUpdate : public testing::Test {
protected:
    using Epochs = Talk::Epochs;
    void SetUp() override {
        ASSERT_TRUE(talk.connect(only(client_options(), Version::v1_3),
                                 only(server_options(), Version::v1_3)))
            << why(talk);
        talk.run();
    }

    /// Goes on as from a state that reads, or writes, in that epoch: the keys do not depend on it.
    void continue_in(std::uint64_t epoch, End& end, bool reads) {
        constexpr std::size_t kDigest = 32, kDirection = 8 + 8 + 1 + 32 + 12 + 32;
        auto state = end.endpoint.export_state(talk.handle_of(end));
        ASSERT_TRUE(state) << state.error().what;
        const std::size_t content = state->size() - kDigest;
        wire::store_big(state->data() + content - (reads ? 2 : 1) * kDirection, epoch);
        const auto digest = crypto::digest(crypto::Hash::sha256, {Bytes{*state}.first(content)});
        std::ranges::copy(digest.bytes(), state->end() - kDigest);
        const End& peer = &end == &talk.client ? talk.server : talk.client;
        const auto made = end.endpoint.import_state(
            *state, Path{.local = end.address, .remote = peer.address},
            only(&end == &talk.client ? client_options() : server_options(), Version::v1_3),
            talk.now);
        ASSERT_TRUE(made) << made.error().what;
        talk.handle_of(end) = *made;
    }
    static constexpr std::uint64_t kLastEpoch = (std::uint64_t{1} << 48) - 1;

    Talk talk;
};

TEST_F(KeyUpdate, GoesNoFurtherThanTheLastEpoch) {
    continue_in(kLastEpoch - 1, talk.client, false);
    continue_in(kLastEpoch - 1, talk.server, true);
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, false, talk.now));
    talk.run(1s);
    EXPECT_EQ(talk.exchange(), (Epochs{kLastEpoch, 3}));
    EXPECT_EQ(talk.client.endpoint.update_keys(talk.client_handle, false, talk.now).error().code,
              Errc::exhausted);
    EXPECT_EQ(talk.exchange(), (Epochs{kLastEpoch, 3}));
}

/// What the client calls epoch 3 is the last one to the server: the low bits are the same.
TEST_F(KeyUpdate, OfThePeerAfterTheLastEpochIsRefused) {
    static_assert((kLastEpoch & 3) == 3);
    continue_in(kLastEpoch, talk.server, true);
    EXPECT_EQ(talk.exchange(), (Epochs{kLastEpoch, 3}));
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, false, talk.now));
    talk.run(1s);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::unexpected_message);
}

TEST_F(KeyUpdate, ChangesOneDirection) {
    EXPECT_EQ(talk.exchange(), (Epochs{3, 3}));
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, false, talk.now));
    talk.run(1s);
    EXPECT_EQ(talk.exchange(), (Epochs{4, 3}));
    ASSERT_TRUE(talk.server.endpoint.update_keys(talk.server_handle, false, talk.now));
    talk.run(1s);
    EXPECT_EQ(talk.exchange(), (Epochs{4, 4}));
}

TEST_F(KeyUpdate, ChangesBothDirections) {
    ASSERT_TRUE(talk.server.endpoint.update_keys(talk.server_handle, true, talk.now));
    talk.run(1s);
    EXPECT_EQ(talk.exchange(), (Epochs{4, 4}));
}

TEST_F(KeyUpdate, OfBothEndsAtOnceChangesEachOnce) {
    ASSERT_TRUE(talk.server.endpoint.update_keys(talk.server_handle, true, talk.now));
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, true, talk.now));
    talk.run(5s);
    EXPECT_EQ(talk.exchange(), (Epochs{4, 4}));
}

TEST_F(KeyUpdate, CanBeDoneOften) {
    for (std::uint64_t epoch = 4; epoch < 40; ++epoch) {
        ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, true, talk.now));
        talk.run(1s);
        ASSERT_EQ(talk.exchange(), (Epochs{epoch, epoch}));
    }
}

TEST_F(KeyUpdate, IsSentAgainUntilItArrives) {
    int drops = 5;
    talk.on_way = [&](const End&, Talk::Flying&) { return --drops < 0; };
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, true, talk.now));
    talk.run(120s);
    talk.on_way = nullptr;
    EXPECT_EQ(talk.exchange(), (Epochs{4, 4}));
}

TEST_F(KeyUpdate, CountsOnceWhenItIsDuplicated) {
    talk.weather.duplication = 1;
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, true, talk.now));
    talk.run(5s);
    EXPECT_EQ(talk.exchange(), (Epochs{4, 4}));
}

TEST_F(KeyUpdate, LeavesWhatWasOnItsWay) {
    std::vector<Talk::Flying> late;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from != &talk.client) return true;
        late.push_back(datagram);
        return false;
    };
    ASSERT_TRUE(talk.write(talk.client, "slow"));
    talk.on_way = nullptr;
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, false, talk.now));
    talk.run(1s);
    EXPECT_EQ(talk.exchange(), (Epochs{4, 3}));
    for (Talk::Flying& datagram : late)
        talk.flying.push_back(std::move(datagram));
    talk.run(1s);
    EXPECT_EQ(talk.server.texts().back(), "slow");
    EXPECT_EQ(talk.server.last<Received>()->epoch, 3u);
}

/// An answer that could not be given at once, because a message of ours was on its way, follows.
TEST_F(KeyUpdate, IsAnsweredAfterAMessageThatWasUnderWay) {
    Talk busy;
    bool drop_acks = true;
    busy.on_way = [&](const End& from, Talk::Flying&) {
        return &from == &busy.server || !drop_acks || busy.client.count<Connected>() == 0 ||
               busy.client.count<TicketReceived>() == 0;
    };
    ASSERT_TRUE(
        busy.connect(only(client_options(), Version::v1_3), only(server_options(), Version::v1_3)));
    busy.run_until(busy.now + 1s, [&] { return busy.client.count<TicketReceived>() != 0; });
    ASSERT_EQ(busy.client.count<TicketReceived>(), 1u);
    busy.flying.clear(); // the acknowledgement of the ticket is lost
    drop_acks = false;
    ASSERT_TRUE(busy.client.endpoint.update_keys(busy.client_handle, true, busy.now));
    busy.run(30s);
    EXPECT_EQ(busy.exchange(), (Epochs{4, 4})) << "an answer asks for none";
}

TEST_F(KeyUpdate, WaitsForTheOneBefore) {
    talk.on_way = [](const End&, Talk::Flying&) { return false; };
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, false, talk.now));
    EXPECT_EQ(talk.client.endpoint.update_keys(talk.client_handle, false, talk.now).error().code,
              Errc::exhausted);
}

TEST(KeyUpdate1_2, IsNotThere) {
    Talk talk;
    ASSERT_TRUE(
        talk.connect(only(client_options(), Version::v1_2), only(server_options(), Version::v1_2)));
    EXPECT_EQ(talk.client.endpoint.update_keys(talk.client_handle, true, talk.now).error().code,
              Errc::unsupported);
}

} // namespace
} // namespace hawser::dtls::test
