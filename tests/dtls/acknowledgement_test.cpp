// When a peer is told which records have come (RFC 9147 §7.1).
#include "dtls/acknowledgements.hpp"
#include "dtls/versions.hpp"

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

TEST(Acknowledgements, AreSortedAndTheNewestThatFit) {
    Acknowledgements acks;
    for (const std::uint64_t sequence : {7u, 3u, 5u, 3u})
        acks.note({2, sequence});
    EXPECT_TRUE(acks.owed());
    EXPECT_EQ(acks.take(1'000), (std::vector<RecordNumber>{{2, 3}, {2, 5}, {2, 7}}));
    EXPECT_FALSE(acks.owed());
    EXPECT_EQ(acks.take(2 + 2 * RecordNumber::kBytes), (std::vector<RecordNumber>{{2, 3}, {2, 5}}));
    EXPECT_TRUE(acks.take(1).empty());
}

TEST(Acknowledgements, AreOfSoManyRecordsAtMost) {
    Acknowledgements acks;
    for (std::uint64_t sequence = 0; sequence <= Acknowledgements::kMost; ++sequence)
        acks.note({2, sequence});
    const auto all = acks.take(10'000);
    ASSERT_EQ(all.size(), Acknowledgements::kMost);
    EXPECT_EQ(all.front(), (RecordNumber{2, 1}));
}

TEST(Acknowledgements, AreDueBeforeAnythingThatIsDueLater) {
    Acknowledgements acks;
    EXPECT_EQ(acks.due(), kNever);
    acks.due_by(Instant{} + 2s);
    acks.due_by(Instant{} + 3s);
    EXPECT_EQ(acks.due(), Instant{} + 2s);
    static_cast<void>(acks.take(100));
    EXPECT_EQ(acks.due(), kNever);
}

class Acknowledging : public testing::Test {
protected:
    /// The datagrams that the client sends from now on, with their times.
    void watch_client(std::vector<Instant>& times) {
        talk.on_way = [&](const End& from, Talk::Flying&) {
            if (&from == &talk.client) times.push_back(talk.now);
            return true;
        };
    }

    Talk talk;
    Options client = only(client_options(), Version::v1_3);
    Options server = only(server_options(), Version::v1_3);
};

/// The end of a flight is lost. The other end says what it has after a quarter of its timer, and is
/// sent the rest at once.
TEST_F(Acknowledging, OfPartOfAFlightTakesAQuarterOfTheTimer) {
    server.handshake_datagram_bytes = 256;
    std::size_t answers = 0;
    talk.on_way = [&](const End& from, Talk::Flying&) {
        return &from != &talk.server || ++answers != 4; // after the HelloRetryRequest: the third
    };
    ASSERT_TRUE(talk.connect(client, server, 500ms)) << why(talk);
    EXPECT_GE(talk.now, Instant{} + 250ms);
    EXPECT_EQ(talk.client.endpoint.counters().retransmissions, 0u);
}

/// Of what leaves a gap at once, so that the rest is said again soon; of what fills part of it,
/// later.
TEST_F(Acknowledging, OfAGapIsAtOnce) {
    client.groups = server.groups = {wire::dtls::NamedGroup::x25519};
    server.handshake_datagram_bytes = 256;
    std::vector<Talk::Flying> flight;
    std::size_t answers = 0, said = 0;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from == &talk.client) return ++said != 0;
        if (++answers == 1) return true; // HelloRetryRequest
        if (talk.now < Instant{} + 100ms) flight.push_back(datagram);
        return false;
    };
    EXPECT_FALSE(talk.connect(client, server, 100ms));
    ASSERT_GE(flight.size(), 4u) << "ServerHello, parts of the certificate, Finished";
    said = 0;
    const auto arrives = [&](const Talk::Flying& datagram) {
        talk.flying.push_back(datagram);
        talk.flying.back().at = talk.now;
        talk.run(1ms);
        return std::exchange(said, 0);
    };
    EXPECT_EQ(arrives(flight.front()), 0u);
    EXPECT_EQ(arrives(flight.back()), 1u);
    EXPECT_EQ(arrives(flight[1]), 0u);
    talk.run(250ms);
    EXPECT_EQ(said, 1u);
}

/// The client's hello is not sent again once part of the answer is there.
TEST_F(Acknowledging, StopsTheFlightBefore) {
    server.handshake_datagram_bytes = 256;
    std::size_t answers = 0;
    talk.on_way = [&](const End& from, Talk::Flying&) {
        return &from != &talk.server || ++answers < 4;
    };
    EXPECT_FALSE(talk.connect(client, server, 20s));
    EXPECT_GT(answers, 4u);
    EXPECT_EQ(talk.client.endpoint.counters().retransmissions, 0u);
}

/// What is old and in the clear may be anybody's: nobody can make this end talk with it.
TEST_F(Acknowledging, IsNotOfAnOldMessageInTheClear) {
    std::optional<Talk::Flying> retry_request;
    std::size_t said = 0;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from == &talk.client) return ++said != 0;
        if (retry_request) return false;
        retry_request = datagram;
        return true;
    };
    EXPECT_FALSE(talk.connect(client, server, 100ms));
    ASSERT_TRUE(retry_request);
    EXPECT_EQ(said, 2u) << "the hellos";
    retry_request->at = talk.now;
    talk.flying.push_back(std::move(*retry_request));
    talk.run(800ms); // the hello is not sent again yet
    EXPECT_EQ(said, 2u);
}

TEST_F(Acknowledging, OfATicketIsAtOnce) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    std::vector<Instant> times;
    watch_client(times);
    talk.run(5s);
    EXPECT_EQ(talk.client.count<TicketReceived>(), 1u);
    ASSERT_EQ(times.size(), 1u);
    EXPECT_LT(times.front(), talk.client.last<Connected>() != nullptr ? Instant{} + 200ms : kNever);
}

TEST_F(Acknowledging, LaterTakesAQuarterOfTheTimerAndIsOne) {
    client.acknowledge_later = true;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    std::vector<Instant> times;
    watch_client(times);
    const Instant connected = talk.now;
    talk.run(100ms);
    EXPECT_EQ(talk.client.count<TicketReceived>(), 1u);
    EXPECT_TRUE(times.empty());
    ASSERT_TRUE(talk.server.endpoint.write(talk.server_handle, {}, {}, talk.now));
    talk.run(5s);
    ASSERT_EQ(times.size(), 1u);
    EXPECT_GE(times.front(), connected + 200ms);
    EXPECT_LE(times.front(), connected + 400ms);
    EXPECT_EQ(talk.server.endpoint.counters().retransmissions, 0u);
}

TEST_F(Acknowledging, LaterIsAsLateLongAfterTheHandshake) {
    client.acknowledge_later = true;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run(300s); // past everything that the handshake keeps
    std::vector<Instant> times;
    watch_client(times);
    ASSERT_TRUE(talk.server.endpoint.update_keys(talk.server_handle, false, talk.now));
    const Instant arrives = talk.now + 10ms;
    talk.run(5s);
    ASSERT_EQ(times.size(), 1u);
    EXPECT_EQ(times.front(), arrives + client.retransmission_initial / 4);
}

/// A client whose Finished was lost hears the server's again: one datagram says both that and ACK.
TEST_F(Acknowledging, SharesADatagramWithWhatIsSaidAgain) {
    client.groups = server.groups = {wire::dtls::NamedGroup::x25519};
    client.handshake_datagram_bytes = server.handshake_datagram_bytes = 4000;
    server.retransmission_initial = 500ms;
    std::vector<Instant> times;
    talk.on_way = [&](const End& from, Talk::Flying&) {
        if (&from != &talk.client) return true;
        times.push_back(talk.now);
        return times.size() != 3; // after two hellos
    };
    ASSERT_TRUE(talk.connect(client, server, 900ms)) << why(talk);
    EXPECT_EQ(talk.server.endpoint.counters().retransmissions, 1u);
    EXPECT_EQ(times.size(), 4u);
}

/// The server's Finished ends its handshake keys: what it says next is under those of data.
TEST_F(Acknowledging, AfterAFinishedIsUnderTheKeysOfData) {
    server.verification.accepts = [](const PeerCertificate&) { return false; };
    client.identity = ecdsa_identity();
    std::byte last{};
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from == &talk.server) last = datagram.bytes.front();
        return true;
    };
    talk.connect(client, server, 5s);
    constexpr std::byte kUnifiedOfEpoch3{0x2f};
    EXPECT_EQ(last, kUnifiedOfEpoch3);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::bad_certificate);
}

} // namespace
} // namespace hawser::dtls::test
