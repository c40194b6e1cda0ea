// A connection that goes on in another process.
#include "crypto/hash.hpp"
#include "dtls/versions.hpp"

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <set>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

/// The check of a state that a test has changed.
void put_check(std::vector<std::byte>& state) {
    constexpr std::size_t kCheckBytes = 32;
    const std::size_t content = state.size() - kCheckBytes;
    const auto check = crypto::digest(crypto::Hash::sha256, {Bytes{state}.first(content)});
    std::ranges::copy(check.bytes(), state.end() - kCheckBytes);
}

class State : public PerVersion {
protected:
    void SetUp() override {
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run();
        ASSERT_TRUE(talk.write(talk.client, "before"));
        ASSERT_TRUE(talk.write(talk.server, "before"));
        talk.run(1s);
    }

    Talk talk;
};

TEST_P(State, GoesOnAtTheClient) {
    talk.restart(talk.client, client);
    talk.exchange();
    talk.restart(talk.client, client);
    talk.exchange();
}

TEST_P(State, GoesOnAtTheServer) {
    talk.restart(talk.server, server);
    talk.exchange();
}

TEST_P(State, GoesOnAtBoth) {
    talk.restart(talk.client, client);
    talk.restart(talk.server, server);
    talk.exchange();
}

TEST_P(State, UsesNoNumberTwice) {
    const std::uint64_t before = talk.server.last<Received>()->sequence;
    talk.restart(talk.client, client);
    ASSERT_TRUE(talk.write(talk.client, "after"));
    talk.run(1s);
    EXPECT_GT(talk.server.last<Received>()->sequence, before + 1000);
    EXPECT_EQ(talk.server.last<Received>()->epoch, is_1_3() ? 3u : 1u);
}

TEST_P(State, TakesNoRecordTwice) {
    std::vector<Talk::Flying> captured;
    talk.on_way = [&](const End&, Talk::Flying& datagram) {
        captured.push_back(datagram);
        return true;
    };
    ASSERT_TRUE(talk.write(talk.client, "once"));
    talk.run(1s);
    talk.on_way = nullptr;
    const std::size_t before = talk.server.texts().size();
    talk.restart(talk.server, server);
    for (Talk::Flying& datagram : captured)
        talk.flying.push_back(std::move(datagram));
    talk.run(1s);
    EXPECT_EQ(talk.server.texts().size(), before);
    talk.exchange();
}

TEST_P(State, ExportsTheSameKeys) {
    std::array<std::byte, 32> before{};
    std::array<std::byte, 32> after{};
    const Bytes context = bytes_of("context");
    ASSERT_TRUE(
        talk.client.endpoint.export_keys(talk.client_handle, "EXPERIMENTAL", context, before));
    talk.restart(talk.client, client);
    ASSERT_TRUE(
        talk.client.endpoint.export_keys(talk.client_handle, "EXPERIMENTAL", context, after));
    EXPECT_EQ(before, after);
}

TEST_P(State, UpdatesKeysAfterwards) {
    if (!is_1_3()) GTEST_SKIP() << "DTLS 1.2 has no key update";
    talk.restart(talk.client, client);
    talk.restart(talk.server, server);
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, true, talk.now));
    talk.run(5s);
    talk.exchange();
    EXPECT_EQ(talk.client.last<Received>()->epoch, 4u);
    talk.restart(talk.client, client);
    talk.exchange();
}

TEST_P(State, IsOfAHandshakeThatWasConfirmed) {
    if (!is_1_3()) GTEST_SKIP() << "DTLS 1.2 has no key update";
    talk.restart(talk.client, client);
    const std::size_t before = talk.client.count<HandshakeConfirmed>();
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, true, talk.now));
    talk.run(5s);
    talk.exchange();
    EXPECT_EQ(talk.client.count<HandshakeConfirmed>(), before);
}

TEST_P(State, ClosesInGoodOrderAfterwards) {
    talk.restart(talk.server, server);
    ASSERT_TRUE(talk.server.endpoint.close(talk.server_handle, talk.now));
    talk.run(1s);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.code, Errc::closed);
}

TEST_P(State, ThatWasChangedIsRefused) {
    const auto state = talk.client.endpoint.export_state(talk.client_handle);
    ASSERT_TRUE(state);
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    Options with_id = client;
    with_id.connection_id_bytes = 8;
    for (std::size_t at = 0; at < state->size(); ++at) {
        std::vector<std::byte> changed = *state;
        changed[at] ^= std::byte{1};
        const auto made = talk.client.endpoint.import_state(
            changed, path, at % 2 == 0 ? client : with_id, talk.now);
        ASSERT_FALSE(made) << "byte " << at;
        EXPECT_EQ(made.error().code, Errc::malformed);
    }
    for (std::size_t size = 0; size < state->size(); ++size)
        EXPECT_FALSE(
            talk.client.endpoint.import_state(Bytes{*state}.first(size), path, client, talk.now));
    EXPECT_EQ(talk.client.endpoint.connection_count(), 0u);
    EXPECT_TRUE(talk.client.endpoint.import_state(*state, path, client, talk.now));
}

TEST_P(State, IsNotThereBeforeTheHandshakeIsDone) {
    Talk early;
    ASSERT_TRUE(early.server.endpoint.listen(server));
    const auto handle = early.client.endpoint.connect(
        Path{.local = early.client.address, .remote = early.server.address}, client, early.now);
    ASSERT_TRUE(handle);
    EXPECT_EQ(early.client.endpoint.export_state(*handle).error().code, Errc::exhausted);
}

TEST_P(State, CarriesConnectionIds) {
    Talk with_ids;
    client.connection_id_bytes = 4;
    server.connection_id_bytes = 8;
    ASSERT_TRUE(with_ids.connect(client, server)) << why(with_ids);
    with_ids.run();
    End other{{}, 77, with_ids.server.address}; // an endpoint that never listened
    const auto state = with_ids.server.endpoint.export_state(with_ids.server_handle);
    ASSERT_TRUE(state);
    const auto made = other.endpoint.import_state(
        *state, Path{.local = with_ids.server.address, .remote = with_ids.client.address}, server,
        with_ids.now);
    ASSERT_TRUE(made);
    with_ids.on_way = [&](const End&, Talk::Flying& datagram) {
        Datagram view{PacketId{1}, datagram.path, datagram.ancillary, datagram.bytes};
        EXPECT_EQ(other.endpoint.receive(view, with_ids.now), Verdict::accepted);
        return false;
    };
    ASSERT_TRUE(with_ids.write(with_ids.client, "by its ID"));
    const auto event = other.endpoint.poll_event();
    ASSERT_TRUE(event);
    EXPECT_EQ(text_of(std::get<Received>(*event).payload.bytes()), "by its ID");
}

TEST_P(State, WhoseNumbersAreUsedUpWritesNoMore) {
    auto state = talk.client.endpoint.export_state(talk.client_handle);
    ASSERT_TRUE(state);
    // The written keys are the last in it: epoch, next number, kind, key, iv and number key.
    constexpr std::size_t kDigest = 32;
    constexpr std::size_t kNumberAt = kDigest + 1 + 32 + 12 + 32 + 8;
    constexpr std::uint64_t kGapAndKept = (1 << 12) + 1024;
    const std::size_t size = state->size();
    wire::store_big(state->data() + size - kNumberAt,
                    wire::dtls::kSequenceMax - kGapAndKept - 2); // two are left
    put_check(*state);
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    const auto handle = talk.client.endpoint.import_state(*state, path, client, talk.now);
    ASSERT_TRUE(handle);
    const auto write = [&] {
        return talk.client.endpoint.write(*handle, bytes_of("one more"), {}, talk.now);
    };
    EXPECT_TRUE(write());
    int more = 0; // in 1.3 the update that is overdue takes a number too
    Result<> last = write();
    for (; last && more < 3; last = write())
        ++more;
    EXPECT_LE(more, 1);
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code, Errc::exhausted);
}

TEST_P(State, WhoseRecordLimitsNobodyCanHaveAgreedOnIsRefused) {
    const auto state = talk.client.endpoint.export_state(talk.client_handle);
    ASSERT_TRUE(state);
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    constexpr std::size_t kPeerLimitAt = 4 + 1 + 2 + 2 + 1 + 1;
    for (const std::size_t at : {kPeerLimitAt, kPeerLimitAt + 2}) {
        const auto import = [&](int limit) {
            std::vector<std::byte> changed = *state;
            wire::store_big(changed.data() + at, static_cast<std::uint16_t>(limit));
            put_check(changed);
            End end{{}, 77, talk.client.address};
            return end.endpoint.import_state(changed, path, client, talk.now);
        };
        const int least = is_1_3() ? 63 : 64;
        for (const int limit : {0, 10, least - 1, 16'385, 65'535}) {
            const auto made = import(limit);
            ASSERT_FALSE(made) << limit << " at " << at;
            EXPECT_EQ(made.error().code, Errc::malformed);
        }
        EXPECT_TRUE(import(least));
        EXPECT_TRUE(import(16'384));
    }
}

// A state without connection IDs of our own, in which the peer has one of so many bytes.
std::vector<std::byte> with_peer_cid(std::vector<std::byte> state, std::size_t bytes) {
    std::size_t at = 4 + 1 + 2 + 2 + 1 + 1 + 2 + 2;
    for (int secret = 0; secret < 4; ++secret)
        at += 1 + std::to_integer<std::size_t>(state[at]);
    at += 32 + 32 + 1 + 1 + 1; // both randoms, no IDs of ours
    EXPECT_EQ(state[at], std::byte{0});
    state[at] = static_cast<std::byte>(bytes);
    state.insert(state.begin() + static_cast<std::ptrdiff_t>(at) + 1, bytes, std::byte{7});
    put_check(state);
    return state;
}

// One that leaves hardly any room in the narrowest datagram.
TEST_P(State, WithALongConnectionIdOfThePeerStillSendsMessages) {
    if (!is_1_3()) GTEST_SKIP() << "DTLS 1.2 has no messages after the handshake";
    const auto state = talk.client.endpoint.export_state(talk.client_handle);
    ASSERT_TRUE(state);
    client.handshake_datagram_bytes = 256;
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    for (std::size_t bytes = 200; bytes <= 255; ++bytes) {
        End end{{}, 77, talk.client.address};
        const auto handle =
            end.endpoint.import_state(with_peer_cid(*state, bytes), path, client, talk.now);
        ASSERT_TRUE(handle) << bytes;
        ASSERT_TRUE(end.endpoint.update_keys(*handle, true, talk.now));
        const auto transmit = end.endpoint.poll_transmit(talk.now, {.train_segments_max = 1});
        ASSERT_TRUE(transmit);
        EXPECT_EQ(transmit->payload.size(), 1 + bytes + 2 + 2 + 12 + 1 + 1 + 16);
        EXPECT_FALSE(end.endpoint.poll_transmit(talk.now, {.train_segments_max = 1}));
    }
}

HAWSER_BOTH_VERSIONS(State);

} // namespace
} // namespace hawser::dtls::test
