// Connection IDs, and a peer whose address changes (RFC 9146, RFC 9147 §9, RFC 9853).
#include "dtls/versions.hpp"

#include <hawser/wire/dtls/record.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class ConnectionIds : public PerVersion {
protected:
    ConnectionIds() {
        client.connection_id_bytes = 0;
        server.connection_id_bytes = 8;
    }
    void connect() {
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run();
    }
    /// From now on the client's datagrams come from another port. What is sent to the old one is
    /// lost; `deaf`: what is sent to the new one, too.
    void rebind(bool deaf = false) {
        bound = Address::ipv4({10, 0, 0, 1}, 5000);
        talk.on_way = [this, deaf](const End& from, Talk::Flying& datagram) {
            if (&from == &talk.client) {
                datagram.path.remote = *bound;
                to_server += datagram.bytes.size();
                return true;
            }
            if (datagram.path.local != *bound) return false;
            to_client += datagram.bytes.size();
            datagram.path.local = talk.client.address;
            return !deaf;
        };
    }
    Talk talk;
    std::optional<Address> bound;
    std::size_t to_server = 0, to_client = 0;
};

TEST_P(ConnectionIds, AreAgreedOnOneWayOrBoth) {
    connect();
    EXPECT_EQ(talk.server.last<Connected>()->connection_id_bytes, 8);
    EXPECT_FALSE(talk.server.last<Connected>()->peer_uses_connection_ids);
    EXPECT_TRUE(talk.client.last<Connected>()->peer_uses_connection_ids);
    EXPECT_EQ(talk.client.last<Connected>()->connection_id_bytes, 0);
    Talk both;
    client.connection_id_bytes = 5;
    ASSERT_TRUE(both.connect(client, server)) << why(both);
    EXPECT_EQ(both.client.last<Connected>()->connection_id_bytes, 5);
    EXPECT_TRUE(both.server.last<Connected>()->peer_uses_connection_ids);
    ASSERT_TRUE(both.write(both.client, "a"));
    ASSERT_TRUE(both.write(both.server, "b"));
    both.run();
    EXPECT_EQ(both.server.texts(), std::vector<std::string>{"a"});
    EXPECT_EQ(both.client.texts(), std::vector<std::string>{"b"});
}

TEST_P(ConnectionIds, AreNotUsedWhenOneEndHasNone) {
    client.connection_id_bytes.reset();
    connect();
    EXPECT_EQ(talk.server.last<Connected>()->connection_id_bytes, 0);
    EXPECT_FALSE(talk.client.last<Connected>()->peer_uses_connection_ids);
    ASSERT_TRUE(talk.write(talk.client, "plainly"));
    talk.run();
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"plainly"});
}

TEST_P(ConnectionIds, OfMoreThan20BytesAreRefused) {
    server.connection_id_bytes = 21;
    EXPECT_EQ(talk.server.endpoint.listen(server).error().code, Errc::invalid_argument);
}

TEST_P(ConnectionIds, KeepAConnectionWhoseAddressChanges) {
    connect();
    rebind();
    ASSERT_TRUE(talk.write(talk.client, "moved"));
    talk.run(3s);
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"moved"});
    ASSERT_NE(talk.server.last<PathChanged>(), nullptr);
    EXPECT_EQ(talk.server.last<PathChanged>()->path.remote, *bound);
    ASSERT_TRUE(talk.write(talk.server, "found you"));
    ASSERT_TRUE(talk.write(talk.client, "and on"));
    talk.run(1s);
    EXPECT_EQ(talk.client.texts(), std::vector<std::string>{"found you"});
    EXPECT_EQ(talk.server.texts().back(), "and on");
    EXPECT_EQ(talk.server.count<Closed>(), 0u);
}

// Once the peer has answered from where it is now there is nothing more to ask.
TEST_P(ConnectionIds, AskNoLongerThanUntilTheAnswer) {
    connect();
    const Instant before = talk.server.endpoint.deadline();
    rebind();
    ASSERT_TRUE(talk.write(talk.client, "moved"));
    for (int i = 0; i < 3000 && talk.server.last<PathChanged>() == nullptr; ++i)
        talk.run(1ms);
    ASSERT_NE(talk.server.last<PathChanged>(), nullptr);
    EXPECT_EQ(talk.server.endpoint.deadline(), before);
}

TEST_P(ConnectionIds, LeaveTheOldAddressToOthers) {
    connect();
    rebind();
    ASSERT_TRUE(talk.write(talk.client, "moved"));
    talk.run(3s);
    ASSERT_NE(talk.server.last<PathChanged>(), nullptr);
    // An alert in the clear: a connection that is up does not expect it.
    std::vector<std::byte> bytes(wire::dtls::kRecordHeaderBytes + 2);
    wire::Writer out{bytes};
    wire::dtls::RecordHeader{.type = wire::dtls::ContentType::alert}.write(out, 2);
    const auto verdict_from = [&](const Address& remote) {
        const Path path{.local = talk.server.address, .remote = remote};
        const Ancillary ancillary;
        Datagram datagram{PacketId{0}, path, ancillary, bytes};
        return talk.server.endpoint.receive(datagram, talk.now);
    };
    EXPECT_EQ(verdict_from(*bound), Verdict::unexpected);
    EXPECT_EQ(verdict_from(talk.client.address), Verdict::unknown_connection);
    ASSERT_TRUE(talk.server.endpoint.close(talk.server_handle, talk.now));
    EXPECT_EQ(verdict_from(*bound), Verdict::unknown_connection);
}

TEST_P(ConnectionIds, KeepAConnectionThatMovesAgainAndAgain) {
    connect();
    rebind();
    for (std::uint16_t port = 5001; port < 5010; ++port) {
        bound = Address::ipv4({10, 0, 0, 1}, port);
        ASSERT_TRUE(talk.write(talk.client, "here"));
        talk.run(3s);
        ASSERT_EQ(talk.server.last<PathChanged>()->path.remote, *bound);
        ASSERT_TRUE(talk.write(talk.server, "there"));
        talk.run(1s);
        ASSERT_EQ(talk.client.texts().size(), port - 5000u);
    }
    EXPECT_EQ(talk.server.endpoint.connection_count(), 1u);
}

/// A peer that cannot be asked (no RRC): a fresh record that is the peer's speaks for itself
/// (RFC 9146 §6), and data goes on in both directions.
TEST_P(ConnectionIds, CarryDataAfterAMoveWithoutAskingWhereTheClientCannotBeAsked) {
    client.shape_hello = [](HelloDraft& hello) {
        std::erase_if(hello.extensions, [](const HelloDraft::Extension& extension) {
            return extension.type == wire::dtls::ExtensionType::rrc;
        });
    };
    connect();
    rebind();
    ASSERT_TRUE(talk.write(talk.client, "moved"));
    talk.run(15ms);
    ASSERT_EQ(talk.server.count<PathChanged>(), 1u) << "without a question";
    EXPECT_EQ(talk.server.last<PathChanged>()->path.remote, *bound);
    EXPECT_EQ(to_client, 0u);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(talk.write(talk.server, "found you"));
        ASSERT_TRUE(talk.write(talk.client, "and on"));
    }
    talk.run(1s);
    EXPECT_EQ(talk.client.texts().size(), 3u);
    EXPECT_EQ(talk.server.texts().size(), 4u);
}

TEST_P(ConnectionIds, GiveAnAddressThatDoesNotAnswerThreeTimesItsBytesAtMost) {
    connect();
    rebind(true);
    ASSERT_TRUE(talk.write(talk.client, "x"));
    for (int i = 0; i < 20; ++i) {
        static_cast<void>(talk.write(talk.server, std::string(1000, 'y')));
        talk.run(500ms);
    }
    EXPECT_GT(to_client, 0u);
    EXPECT_LE(to_client, 3 * to_server);
    EXPECT_EQ(talk.server.count<PathChanged>(), 0u);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 1u);
}

TEST_P(ConnectionIds, StayWithTheOldAddressForAReplay) {
    connect();
    std::vector<Talk::Flying> captured;
    talk.on_way = [&](const End&, Talk::Flying& datagram) {
        captured.push_back(datagram);
        return true;
    };
    ASSERT_TRUE(talk.write(talk.client, "first"));
    ASSERT_TRUE(talk.write(talk.client, "second"));
    talk.run(1s);
    talk.on_way = nullptr;
    for (Talk::Flying& datagram : captured) {
        datagram.path.remote = Address::ipv4({66, 6, 6, 6}, 666);
        talk.flying.push_back(std::move(datagram));
    }
    talk.run(3s);
    EXPECT_EQ(talk.server.texts().size(), 2u);
    EXPECT_EQ(talk.server.count<PathChanged>(), 0u);
}

/// An older record that was delayed on another way does not move the connection back.
TEST_P(ConnectionIds, StayWithTheNewestRecord) {
    connect();
    std::optional<Talk::Flying> late;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from == &talk.client && !late) {
            late = datagram;
            return false;
        }
        return true;
    };
    ASSERT_TRUE(talk.write(talk.client, "old"));
    ASSERT_TRUE(talk.write(talk.client, "new"));
    talk.run(1s);
    ASSERT_TRUE(late);
    late->path.remote = Address::ipv4({10, 9, 9, 9}, 999);
    talk.flying.push_back(std::move(*late));
    talk.run(3s);
    EXPECT_EQ(talk.server.texts(), (std::vector<std::string>{"new", "old"}));
    EXPECT_EQ(talk.server.count<PathChanged>(), 0u);
}

TEST_P(ConnectionIds, RefuseRecordsWithoutOne) {
    connect();
    std::vector<std::byte> record;
    talk.on_way = [&](const End&, Talk::Flying& datagram) {
        record = datagram.bytes;
        return false;
    };
    ASSERT_TRUE(talk.write(talk.client, "an identified record"));
    talk.on_way = nullptr;
    // The same record with its ID cut out.
    const std::size_t at = is_1_3() ? 1 : 11;
    record.erase(record.begin() + static_cast<long>(at),
                 record.begin() + static_cast<long>(at) + 8);
    if (is_1_3()) {
        record[0] &= ~std::byte{0x10};
    } else {
        record[0] = std::byte{23};
    }
    const Path path{.local = talk.server.address, .remote = talk.client.address};
    const Ancillary none;
    Datagram datagram{PacketId{0}, path, none, record};
    EXPECT_EQ(talk.server.endpoint.receive(datagram, talk.now), Verdict::unknown_connection);
    EXPECT_TRUE(talk.server.texts().empty());
}

TEST_P(ConnectionIds, ThatNobodyHasAreCountedAsUnknown) {
    connect();
    std::vector<std::byte> record;
    talk.on_way = [&](const End&, Talk::Flying& datagram) {
        record = datagram.bytes;
        return false;
    };
    ASSERT_TRUE(talk.write(talk.client, "for somebody"));
    record[is_1_3() ? 1 : 11] ^= std::byte{1};
    const Path path{.local = talk.server.address, .remote = talk.client.address};
    const Ancillary none;
    Datagram datagram{PacketId{0}, path, none, record};
    EXPECT_EQ(talk.server.endpoint.receive(datagram, talk.now), Verdict::unknown_connection);
}

TEST_P(ConnectionIds, GoAwayWithTheirConnection) {
    for (int round = 0; round < 5; ++round) {
        connect();
        ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
        talk.run(1s);
        ASSERT_EQ(talk.server.endpoint.connection_count(), 0u);
        ASSERT_EQ(talk.client.endpoint.connection_count(), 0u);
        talk.client.events.clear();
        talk.server.events.clear();
    }
}

TEST_P(ConnectionIds, SurviveLossAndRebindingTogether) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Talk bad{seed};
        bad.weather = {.loss = 0.2, .duplication = 0.2, .reordering = 0.2};
        client.handshake_timeout = server.handshake_timeout = 600s;
        client.connection_id_bytes = seed % 2 == 0 ? 0 : 4;
        ASSERT_TRUE(bad.connect(client, server, 600s)) << "seed " << seed << ' ' << why(bad);
        bad.run(30s);
        const Address moved = Address::ipv4({10, 0, 0, 1}, 6000);
        bad.on_way = [&](const End& from, Talk::Flying& datagram) {
            if (&from == &bad.client) {
                datagram.path.remote = moved;
                return true;
            }
            if (datagram.path.local != moved) return false;
            datagram.path.local = bad.client.address;
            return true;
        };
        for (int i = 0; i < 60 && bad.server.count<PathChanged>() == 0; ++i) {
            ASSERT_TRUE(bad.write(bad.client, "hello?"));
            bad.run(2s);
        }
        ASSERT_NE(bad.server.last<PathChanged>(), nullptr) << "seed " << seed;
        EXPECT_EQ(bad.server.last<PathChanged>()->path.remote, moved);
    }
}

HAWSER_BOTH_VERSIONS(ConnectionIds);

} // namespace
} // namespace hawser::dtls::test
