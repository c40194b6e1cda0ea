// Connection IDs that change on a connection that is up (RFC 9147 §9).
#include "dtls/versions.hpp"

#include "crypto/hash.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class NewConnectionIds : public testing::Test {
protected:
    NewConnectionIds() {
        client.connection_id_bytes = server.connection_id_bytes = kBytes;
        talk.on_way = [this](const End& from, Talk::Flying& datagram) {
            std::vector<std::byte>& seen = &from == &talk.client ? client_uses : server_uses;
            seen.assign(datagram.bytes.begin() + 1, datagram.bytes.begin() + 1 + kBytes);
            last = datagram.bytes;
            return true;
        };
    }
    void connect() {
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run(5s);
        exchange();
    }
    void exchange() {
        ASSERT_TRUE(talk.write(talk.client, "up"));
        ASSERT_TRUE(talk.write(talk.server, "down"));
        talk.run(1s);
        ++rounds;
        ASSERT_EQ(talk.server.texts().size(), rounds);
        ASSERT_EQ(talk.client.texts().size(), rounds);
    }
    Result<> replace(End& of) {
        return of.endpoint.replace_connection_id(talk.handle_of(of), talk.now);
    }
    Result<> use_next(End& of) {
        return of.endpoint.use_next_connection_id(talk.handle_of(of), talk.now);
    }

    static constexpr std::uint8_t kBytes = 4;
    Options client = only(client_options(), Version::v1_3);
    Options server = only(server_options(), Version::v1_3);
    Talk talk;
    std::vector<std::byte> client_uses, server_uses; ///< on what they sent last
    std::vector<std::byte> last;
    std::size_t rounds = 0;
};

TEST_F(NewConnectionIds, AreUsedAtOnceWhereTheReceiverReplacesItsOwn) {
    connect();
    for (End* end : {&talk.client, &talk.server}) {
        const auto& used = end == &talk.client ? server_uses : client_uses;
        const std::vector<std::byte> before = used;
        ASSERT_TRUE(replace(*end));
        talk.run(1s);
        exchange();
        EXPECT_NE(used, before);
    }
}

TEST_F(NewConnectionIds, AreAskedForByWhoeverSends) {
    connect();
    for (End* end : {&talk.client, &talk.server}) {
        const auto& used = end == &talk.client ? client_uses : server_uses;
        std::set<std::vector<std::byte>> all{used};
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(use_next(*end));
            talk.run(1s);
            exchange();
            EXPECT_TRUE(all.insert(used).second) << i;
        }
    }
}

/// The one before is still taken, for what was overtaken; older ones are over.
TEST_F(NewConnectionIds, EndTheOnesBeforeTheLast) {
    connect();
    std::vector<std::vector<std::byte>> late;
    for (int i = 0; i < 3; ++i) {
        talk.on_way = [](const End&, Talk::Flying&) { return true; };
        ASSERT_TRUE(talk.write(talk.client, "late"));
        ASSERT_FALSE(talk.flying.empty());
        late.push_back(talk.flying.back().bytes);
        talk.flying.clear();
        ASSERT_TRUE(use_next(talk.client));
        talk.run(1s);
        ASSERT_TRUE(talk.write(talk.client, "under the next"));
        talk.run(1s);
    }
    const auto arrives = [&](std::vector<std::byte> bytes) {
        const Path path{.local = talk.server.address, .remote = talk.client.address};
        const Ancillary none;
        Datagram datagram{PacketId{0}, path, none, bytes};
        return talk.server.endpoint.receive(datagram, talk.now);
    };
    EXPECT_EQ(arrives(late[0]), Verdict::unknown_connection);
    EXPECT_EQ(arrives(late[1]), Verdict::unknown_connection);
    EXPECT_EQ(arrives(late[2]), Verdict::accepted);
    // Nor does any of them lead to a connection that has ended.
    ASSERT_TRUE(talk.server.endpoint.close(talk.server_handle, talk.now));
    for (const auto& bytes : late)
        EXPECT_EQ(arrives(bytes), Verdict::unknown_connection);
}

/// Whoever watches both addresses cannot tell by the ID that they are one peer's.
TEST_F(NewConnectionIds, AreTakenForAPeerThatMoved) {
    connect();
    ASSERT_TRUE(use_next(talk.server)); // so that there are some in store
    talk.run(1s);
    exchange();
    const std::vector<std::byte> before = server_uses;
    const Address moved = Address::ipv4({10, 0, 0, 1}, 5000);
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from == &talk.client) {
            datagram.path.remote = moved;
            return true;
        }
        server_uses.assign(datagram.bytes.begin() + 1, datagram.bytes.begin() + 1 + kBytes);
        if (datagram.path.local != moved) return false;
        datagram.path.local = talk.client.address;
        return true;
    };
    ASSERT_TRUE(talk.write(talk.client, "moved"));
    talk.run(3s);
    ASSERT_EQ(talk.server.count<PathChanged>(), 1u);
    ASSERT_TRUE(talk.write(talk.server, "found you"));
    talk.run(1s);
    EXPECT_EQ(talk.client.texts().back(), "found you");
    EXPECT_NE(server_uses, before);
}

TEST_F(NewConnectionIds, ThatArePiledUpAreBounded) {
    connect();
    // The acknowledgements come, but late, as records of the ID before: so no new one is in use.
    int given = 0;
    for (int i = 0; i < 50; ++i) {
        std::vector<Talk::Flying> held;
        talk.on_way = [&](const End& from, Talk::Flying& datagram) {
            if (&from == &talk.client) held.push_back(datagram);
            return &from != &talk.client;
        };
        given += replace(talk.server).has_value() ? 1 : 0;
        talk.run(2s);
    }
    EXPECT_EQ(given, 1) << "one message at a time";
    talk.on_way = nullptr;
    talk.run(120s);
    exchange();
}

/// Four are given out at once, and one of them is used: there is room for one more.
TEST_F(NewConnectionIds, AreReplacedAsLongAsThereIsRoom) {
    connect();
    ASSERT_TRUE(use_next(talk.client));
    talk.run(1s);
    exchange();
    for (int i = 0; i < 3; ++i) {
        const std::vector<std::byte> before = client_uses;
        ASSERT_TRUE(replace(talk.server)) << i;
        talk.run(1s);
        exchange();
        EXPECT_NE(client_uses, before);
    }
}

TEST_F(NewConnectionIds, SurviveLoss) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Talk bad{seed};
        ASSERT_TRUE(bad.connect(client, server)) << why(bad);
        bad.run(5s);
        bad.weather = {.loss = 0.3, .duplication = 0.3, .reordering = 0.3};
        for (int i = 0; i < 5; ++i) {
            static_cast<void>(
                bad.client.endpoint.use_next_connection_id(bad.client_handle, bad.now));
            static_cast<void>(
                bad.server.endpoint.replace_connection_id(bad.server_handle, bad.now));
            static_cast<void>(bad.write(bad.client, "on the way"));
            bad.run(30s);
        }
        bad.weather = {};
        ASSERT_TRUE(bad.write(bad.client, "there"));
        ASSERT_TRUE(bad.write(bad.server, "back"));
        bad.run(120s);
        EXPECT_EQ(bad.server.texts().back(), "there") << "seed " << seed;
        EXPECT_EQ(bad.client.texts().back(), "back") << "seed " << seed;
    }
}

TEST_F(NewConnectionIds, GoOnInAnotherProcess) {
    connect();
    ASSERT_TRUE(use_next(talk.client)); // and three are in store
    talk.run(1s);
    exchange();
    talk.restart(talk.server, server);
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(use_next(talk.client));
        talk.run(1s);
        exchange();
    }
}

/// All of an end's have one length, by which they are found in a record.
TEST_F(NewConnectionIds, OfAnotherLengthAreInNoState) {
    connect();
    ASSERT_TRUE(use_next(talk.client)); // and three are in store
    talk.run(1s);
    exchange();
    const auto state = talk.server.endpoint.export_state(talk.server_handle);
    ASSERT_TRUE(state);
    std::vector<std::byte> own{std::byte{kBytes}};
    own.insert(own.end(), client_uses.begin(), client_uses.end());
    const auto found = std::ranges::search(*state, own);
    ASSERT_FALSE(found.empty());
    const auto count_at = found.begin() - state->begin() + 2 * (1 + kBytes); // after the one before
    ASSERT_EQ(*(state->begin() + count_at), std::byte{3});
    const auto import = [&](Bytes from) {
        return talk.server.endpoint.import_state(
            from, Path{.local = talk.server.address, .remote = talk.client.address}, server,
            talk.now);
    };
    for (const std::uint8_t bytes : std::array<std::uint8_t, 3>{0, 1, kBytes - 1}) {
        std::vector<std::byte> changed = *state;
        const auto spare = changed.begin() + count_at + 1;
        *spare = std::byte{bytes};
        changed.erase(spare + 1, spare + 1 + (kBytes - bytes));
        constexpr std::size_t kDigest = 32;
        const auto digest =
            crypto::digest(crypto::Hash::sha256, {Bytes{changed}.first(changed.size() - kDigest)});
        std::ranges::copy(digest.bytes(), changed.end() - kDigest);
        const auto made = import(changed);
        ASSERT_FALSE(made) << int{bytes};
        EXPECT_EQ(made.error().code, Errc::malformed);
    }
    EXPECT_TRUE(import(*state));
}

TEST_F(NewConnectionIds, AreNotThereWithoutThem) {
    client.connection_id_bytes.reset();
    talk.on_way = nullptr;
    connect();
    EXPECT_EQ(replace(talk.server).error().code, Errc::unsupported);
    EXPECT_EQ(use_next(talk.client).error().code, Errc::unsupported);
}

TEST_F(NewConnectionIds, AreNotThereIn1_2) {
    client = only(client, Version::v1_2);
    server = only(server, Version::v1_2);
    talk.on_way = nullptr;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(replace(talk.server).error().code, Errc::unsupported);
    EXPECT_EQ(use_next(talk.client).error().code, Errc::unsupported);
}

} // namespace
} // namespace hawser::dtls::test
