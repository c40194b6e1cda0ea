// Messages that are not answered: how often they are sent again, and when that ends (RFC 9147
// §5.8).
#include "dtls/versions.hpp"

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class Flights1_3 : public testing::Test {
protected:
    /// Both are up; from now on nothing of these ends arrives.
    void connect_and_mute(const End& first, const End* second = nullptr) {
        talk.on_way = [&talk = talk, &first, second](const End& from, Talk::Flying&) {
            const bool up = talk.server.count<Connected>() != 0;
            return !up || (&from != &first && &from != second);
        };
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    }

    Talk talk;
    Options client = only(client_options(), Version::v1_3);
    Options server = only(server_options(), Version::v1_3);
};

/// A client whose Finished is never acknowledged does not send it for ever.
TEST_F(Flights1_3, EndWithTheirHandshakeWhenNobodyAcknowledges) {
    connect_and_mute(talk.server);
    talk.run(300s);
    const std::size_t after_linger = talk.datagrams;
    EXPECT_LE(talk.client.endpoint.counters().retransmissions, 10u);
    EXPECT_GE(talk.client.endpoint.counters().retransmissions, 5u);
    talk.run(24h);
    EXPECT_LE(talk.datagrams, after_linger + 2) << "the server's ticket";
    EXPECT_EQ(talk.client.endpoint.deadline(), kNever);
    EXPECT_EQ(talk.server.endpoint.deadline(), kNever);
}

/// A server may send a ticket before it has our Finished (RFC 8446 §4.6.1): that acknowledges
/// nothing.
TEST_F(Flights1_3, AreNotAcknowledgedByATicket) {
    bool ticket_only = false;
    talk.on_way = [&](const End& from, Talk::Flying&) {
        if (talk.server.count<Connected>() == 0) return true;
        // The server's first answer is lost; the client's repeats are, so no other comes.
        return &from == &talk.server && ticket_only;
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run(500ms);
    EXPECT_EQ(talk.client.count<TicketReceived>(), 0u);
    ticket_only = true;
    talk.run_until(talk.now + 20s, [&] { return talk.client.count<TicketReceived>() != 0; });
    ASSERT_EQ(talk.client.count<TicketReceived>(), 1u);
    const std::uint64_t so_far = talk.client.endpoint.counters().retransmissions;
    talk.run(100s);
    EXPECT_GT(talk.client.endpoint.counters().retransmissions, so_far);
}

TEST_F(Flights1_3, AfterTheHandshakeRestWhenThePeerIsSilentAndGoOnWhenItIsHeard) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run(300s); // past everything that the handshake keeps
    talk.on_way = [&](const End& from, Talk::Flying&) { return &from == &talk.server; };
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, false, talk.now));
    const std::uint64_t before = talk.client.endpoint.counters().retransmissions;
    talk.run(24h);
    EXPECT_EQ(talk.client.endpoint.counters().retransmissions, before + 10);
    EXPECT_EQ(talk.client.endpoint.deadline(), kNever);
    talk.on_way = nullptr;
    ASSERT_TRUE(talk.write(talk.server, "still here"));
    talk.run(10s);
    EXPECT_EQ(talk.client.endpoint.counters().retransmissions, before + 11);
    ASSERT_TRUE(talk.write(talk.client, "under new keys"));
    talk.run(1s);
    ASSERT_NE(talk.server.last<Received>(), nullptr);
    EXPECT_EQ(talk.server.last<Received>()->epoch, 4u);
}

/// One that follows another at once is tried as often as if it were the first.
TEST_F(Flights1_3, AfterTheHandshakeAreTriedAsOftenAsEachOther) {
    std::size_t left = 0; // datagrams of the client's that still arrive: not the ACK of the ticket
    talk.on_way = [&](const End& from, Talk::Flying&) {
        if (&from == &talk.server || talk.server.count<Connected>() == 0) return true;
        if (left == 0) return false;
        --left;
        return true;
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run(20s);
    const auto tries = [&] { return talk.server.endpoint.counters().retransmissions; };
    EXPECT_GE(tries(), 4u);
    // The server owes a KeyUpdate, and says it when its ticket is acknowledged.
    left = 2;
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, true, talk.now));
    talk.run_until(talk.now + 60s, [&] { return left == 0; });
    talk.run(100ms);
    const std::uint64_t before = tries();
    talk.run(24h);
    EXPECT_EQ(tries(), before + 10);
}

/// A message of the peer's new flight that comes again, while the rest of the flight is lost, says
/// nothing of ours: the timer does (RFC 6347 §4.2.4).
TEST(Flights, AreNotSentAgainForADuplicateWithinThePeersNewFlight) {
    Talk talk;
    Options client = only(client_options(), Version::v1_2);
    Options server = only(server_options(), Version::v1_2);
    server.handshake_datagram_bytes = 256;
    std::size_t seen = 0;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        const bool asked = talk.client.endpoint.counters().datagrams_sent > 1;
        if (&from != &talk.server || !asked) return true;
        if (++seen > 2) return false; // ServerHello comes, and the rest is lost
        for (int i = 1; i <= 9; ++i) {
            Talk::Flying again = datagram;
            again.at += i * 100ms - 90ms;
            talk.flying.push_back(std::move(again));
        }
        return true;
    };
    EXPECT_FALSE(talk.connect(client, server, 950ms));
    EXPECT_GT(seen, 2u);
    EXPECT_EQ(talk.client.endpoint.counters().retransmissions, 0u);
    talk.on_way = nullptr;
    talk.run(30s);
    EXPECT_EQ(talk.client.count<Connected>(), 1u) << why(talk);
}

/// A flight that the path does not carry comes in smaller datagrams the next time.
TEST_F(Flights1_3, BecomeSmallerWhereThePathSaysSo) {
    std::size_t largest = 0;
    bool narrow = false;
    client.handshake_datagram_bytes = server.handshake_datagram_bytes = 1400;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from != &talk.server || datagram.bytes.size() <= 600) return true;
        largest = std::max(largest, datagram.bytes.size());
        if (narrow) return false;
        narrow = true;
        talk.server.endpoint.path_event(
            {.kind = PathEvent::Kind::too_big,
             .path = {.local = talk.server.address, .remote = talk.client.address},
             .mtu_bytes = 600},
            talk.now);
        return false;
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_TRUE(narrow);
    EXPECT_GE(talk.server.endpoint.counters().retransmissions, 1u);
}

/// A client is up when it has said its Finished, and knows that the server has it when that is
/// acknowledged, however often it must be said.
TEST_F(Flights1_3, OfTheClientAreConfirmedByTheServer) {
    int lost = 0;
    talk.on_way = [&](const End& from, Talk::Flying&) {
        const bool up = talk.client.count<Connected>() != 0;
        return &from != &talk.client || !up || ++lost > 2; // its Finished
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_EQ(talk.client.count<HandshakeConfirmed>(), 0u) << "the server is up, but said nothing";
    EXPECT_GE(lost, 3);
    talk.run(1s);
    EXPECT_EQ(talk.client.count<HandshakeConfirmed>(), 1u);
    EXPECT_EQ(talk.client.last<HandshakeConfirmed>()->connection, talk.client_handle);
    talk.exchange();
    ASSERT_TRUE(talk.client.endpoint.update_keys(talk.client_handle, true, talk.now));
    talk.run(5s);
    EXPECT_EQ(talk.client.count<HandshakeConfirmed>(), 1u) << "once";
    EXPECT_EQ(talk.server.count<HandshakeConfirmed>(), 0u) << "it knew when it was connected";
}

/// What was said under keys that are gone is never said in the clear instead.
TEST_F(Flights1_3, LeaveNothingInTheClearWhenTheirKeysAreGone) {
    std::size_t plain = 0;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (talk.server.count<Connected>() == 0) return true;
        plain += (datagram.bytes[0] & std::byte{0xe0}) != std::byte{0x20} ? 1u : 0u;
        return &from == &talk.client;
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run(1h);
    EXPECT_EQ(plain, 0u);
}

} // namespace
} // namespace hawser::dtls::test
