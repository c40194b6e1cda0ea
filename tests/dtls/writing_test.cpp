// What `write` takes, what it puts on the wire beside a record, and how a connection ends.
#include "dtls/versions.hpp"

#include <algorithm>
#include <array>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class Writing : public PerVersion {
protected:
    void connect() {
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run();
    }
    Result<> write_only(std::string_view text, const Ancillary& ancillary = {}) {
        return talk.client.endpoint.write(talk.client_handle, bytes_of(text), ancillary, talk.now);
    }
    std::vector<Transmit> drain(const Framing& framing = {}) {
        std::vector<Transmit> all;
        while (auto transmit = talk.client.endpoint.poll_transmit(talk.now, framing))
            all.push_back(std::move(*transmit));
        return all;
    }

    Talk talk;
};

TEST_P(Writing, WaitsForTheHandshake) {
    ASSERT_TRUE(talk.server.endpoint.listen(server));
    const auto handle = talk.client.endpoint.connect(
        Path{.local = talk.client.address, .remote = talk.server.address}, client, talk.now);
    ASSERT_TRUE(handle);
    EXPECT_EQ(talk.client.endpoint.write(*handle, bytes_of("early"), {}, talk.now).error().code,
              Errc::exhausted);
    for (const Transmit& transmit : drain())
        EXPECT_TRUE(std::ranges::search(transmit.payload.bytes(), bytes_of("early")).empty());
}

TEST_P(Writing, TakesNoRecordAboveTheLimit) {
    connect();
    EXPECT_TRUE(write_only(std::string(16'384, 'x')));
    EXPECT_EQ(write_only(std::string(16'385, 'x')).error().code, Errc::too_large);
    EXPECT_EQ(drain().size(), 1u);
}

TEST_P(Writing, EndsWithTheConnection) {
    connect();
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    EXPECT_EQ(write_only("late").error().code, Errc::not_found);
    EXPECT_EQ(talk.client.endpoint.close(talk.client_handle, talk.now).error().code,
              Errc::not_found);
    talk.run(1s);
    EXPECT_EQ(talk.server.last<Closed>()->alert_received, AlertDescription::close_notify);
    EXPECT_EQ(talk.server.last<Closed>()->alert_sent, AlertDescription::close_notify)
        << "RFC 5246 §7.2.1: the answer";
    EXPECT_EQ(talk.client.last<Closed>()->alert_sent, AlertDescription::close_notify);
    EXPECT_TRUE(talk.server.last<Closed>()->connected);
    EXPECT_EQ(talk.client.count<Closed>(), 1u);
    EXPECT_EQ(talk.server.count<Closed>(), 1u);
}

TEST_P(Writing, StopsWhenTooMuchWaitsToBeSent) {
    connect();
    std::size_t taken = 0;
    while (taken < 10'000 && write_only("x"))
        ++taken;
    EXPECT_EQ(taken, 4096u);
    EXPECT_EQ(write_only("x").error().code, Errc::exhausted);
    static_cast<void>(drain());
    EXPECT_TRUE(write_only("x"));
}

TEST_P(Writing, MarksExactlyTheRecordThatItIsFor) {
    connect();
    ASSERT_TRUE(write_only("plain"));
    ASSERT_TRUE(write_only("urgent", {.dscp = Dscp::ef}));
    ASSERT_TRUE(write_only("low", {.dscp = Dscp::le, .hop_limit = 3}));
    ASSERT_TRUE(write_only("plain"));
    const auto sent = drain();
    ASSERT_EQ(sent.size(), 4u);
    EXPECT_TRUE(sent[0].ancillary.empty());
    EXPECT_EQ(sent[1].ancillary, (Ancillary{.dscp = Dscp::ef}));
    EXPECT_EQ(sent[2].ancillary, (Ancillary{.dscp = Dscp::le, .hop_limit = 3}));
    EXPECT_TRUE(sent[3].ancillary.empty());
}

TEST_P(Writing, MakesTrainsOfEqualMarkingsAndSizesOnly) {
    connect();
    const std::string text(500, 'x');
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(write_only(text, {.ecn = Ecn::ect0}));
    ASSERT_TRUE(write_only(text, {.ecn = Ecn::ect1}));    // a new train
    ASSERT_TRUE(write_only("short", {.ecn = Ecn::ect1})); // its last segment
    ASSERT_TRUE(write_only(text, {.ecn = Ecn::ect1}));    // behind a short one nothing can stand
    const auto sent = drain();
    ASSERT_EQ(sent.size(), 3u);
    EXPECT_EQ(sent[0].segment_count(), 4u);
    EXPECT_EQ(sent[0].payload.size(), 4u * sent[0].segment_bytes);
    EXPECT_EQ(sent[1].segment_count(), 2u);
    EXPECT_EQ(sent[1].segment_bytes, sent[0].segment_bytes);
    EXPECT_EQ(sent[2].segment_count(), 1u);
    EXPECT_EQ(sent[2].ancillary.ecn, Ecn::ect1);
}

TEST_P(Writing, KeepsEachRecordInItsOwnDatagramByDefault) {
    connect();
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(write_only("small"));
    std::size_t datagrams = 0;
    for (const Transmit& sent : drain())
        datagrams += sent.segment_count();
    EXPECT_EQ(datagrams, 3u);
}

TEST_P(Writing, SharesADatagramWhereThatIsAskedFor) {
    client.coalesce_bytes = 1200;
    connect();
    const std::uint64_t before = talk.client.endpoint.counters().datagrams_sent;
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(talk.client.endpoint.write(talk.client_handle, bytes_of(std::to_string(i)), {},
                                               talk.now));
    talk.run(1s);
    EXPECT_EQ(talk.client.endpoint.counters().datagrams_sent, before + 1);
    const std::vector<std::string> texts = talk.server.texts();
    ASSERT_EQ(texts.size(), 10u);
    for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_EQ(texts[i], std::to_string(i));
}

TEST_P(Writing, SharesOnlyUpToTheSizeThatWasAskedFor) {
    client.coalesce_bytes = 1100;
    connect();
    for (int i = 0; i < 9; ++i)
        ASSERT_TRUE(write_only(std::string(300, 'x')));
    ASSERT_TRUE(write_only(std::string(2000, 'y'))); // larger than that, by itself
    const auto sent = drain();
    ASSERT_EQ(sent.size(), 4u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_LE(sent[i].payload.size(), 1100u);
        EXPECT_GT(sent[i].payload.size(), 900u);
    }
    EXPECT_GT(sent[3].payload.size(), 2000u);
}

TEST_P(Writing, SharesOnlyBetweenEqualMarkings) {
    client.coalesce_bytes = 1200;
    connect();
    const std::array<Ancillary, 4> markings{
        Ancillary{.dscp = Dscp::ef}, {.dscp = Dscp::ef}, {}, {.dscp = Dscp::ef}};
    for (const Ancillary& marking : markings)
        ASSERT_TRUE(write_only("marked", marking));
    const auto sent = drain();
    ASSERT_EQ(sent.size(), 3u);
    EXPECT_EQ(sent[0].ancillary.dscp, Dscp::ef);
    EXPECT_GT(sent[0].payload.size(), sent[1].payload.size());
    EXPECT_TRUE(sent[1].ancillary.empty());
    EXPECT_EQ(sent[2].ancillary.dscp, Dscp::ef);
}

TEST_P(Writing, SharesNothingWithABatchThatHasLeft) {
    client.coalesce_bytes = 1200;
    connect();
    ASSERT_TRUE(write_only("first"));
    EXPECT_EQ(drain().size(), 1u);
    ASSERT_TRUE(write_only("second"));
    EXPECT_EQ(drain().size(), 1u);
}

TEST_P(Writing, TakesNoOddSizeToShare) {
    client.coalesce_bytes = 255;
    const auto made = talk.client.endpoint.connect(
        Path{.local = talk.client.address, .remote = talk.server.address}, client, talk.now);
    EXPECT_EQ(made.error().code, Errc::invalid_argument);
}

TEST_P(Writing, MakesNoTrainsWhereNoneAreTaken) {
    connect();
    static_cast<void>(drain({.train_segments_max = 1}));
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(write_only("x"));
    const auto sent = drain({.train_segments_max = 1});
    EXPECT_EQ(sent.size(), 5u);
}

TEST_P(Writing, UsesTheConnectionsMarkingWhereAWriteHasNone) {
    client.ancillary = {.dscp = Dscp::af41, .ecn = Ecn::ect0};
    connect();
    ASSERT_TRUE(write_only("usual"));
    ASSERT_TRUE(write_only("special", {.dscp = Dscp::ef}));
    const auto sent = drain();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0].ancillary, (Ancillary{.dscp = Dscp::af41, .ecn = Ecn::ect0}));
    EXPECT_EQ(sent[1].ancillary, (Ancillary{.dscp = Dscp::ef, .ecn = Ecn::ect0}));
}

TEST_P(Writing, MarksHandshakeRecordsByThemselves) {
    client.handshake_ancillary = {.dscp = Dscp::cs6};
    server.handshake_ancillary = {.dscp = Dscp::cs7};
    client.ancillary = {.dscp = Dscp::ef};
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        EXPECT_EQ(datagram.ancillary.dscp, &from == &talk.client ? Dscp::cs6 : Dscp::cs7);
        return true;
    };
    connect();
    talk.on_way = [&](const End&, Talk::Flying& datagram) {
        EXPECT_EQ(datagram.ancillary.dscp, Dscp::ef);
        return true;
    };
    ASSERT_TRUE(talk.write(talk.client, "data"));
    talk.run(1s);
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        EXPECT_EQ(datagram.ancillary.dscp, &from == &talk.client ? Dscp::cs6 : Dscp::cs7);
        return true;
    };
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    talk.run(1s);
}

TEST_P(Writing, TellsWhatCameWithARecord) {
    connect();
    talk.on_way = [](const End&, Talk::Flying& datagram) {
        datagram.ancillary = {.ecn = Ecn::ce, .hop_limit = 7};
        return true;
    };
    ASSERT_TRUE(talk.write(talk.client, "marked on its way"));
    talk.run(1s);
    const Received& received = *talk.server.last<Received>();
    EXPECT_EQ(received.ancillary, (Ancillary{.ecn = Ecn::ce, .hop_limit = 7}));
    EXPECT_EQ(received.path.remote, talk.client.address);
    EXPECT_NE(received.packet_id, PacketId{0});
    EXPECT_EQ(received.connection, talk.server_handle);
}

TEST_P(Writing, SaysWhenTheKernelRefusedAMarking) {
    connect();
    talk.client.endpoint.path_event(
        {.kind = PathEvent::Kind::send_refused,
         .path = {.local = talk.client.address, .remote = talk.server.address},
         .os_errno = 1,
         .ancillary = {.mark = 9}},
        talk.now);
    talk.run(1s);
    ASSERT_NE(talk.client.last<SendRefused>(), nullptr);
    EXPECT_EQ(talk.client.last<SendRefused>()->connection, talk.client_handle);
    EXPECT_EQ(talk.client.last<SendRefused>()->ancillary, (Ancillary{.mark = 9}));
    EXPECT_EQ(talk.client.last<SendRefused>()->os_errno, 1);
}

TEST_P(Writing, GivesEachRecordANumberOfItsOwn) {
    connect();
    for (int i = 0; i < 300; ++i)
        ASSERT_TRUE(talk.write(talk.client, "numbered"));
    talk.run(1s);
    std::uint64_t expected = 0;
    for (const Event& event : talk.server.events) {
        const auto* const received = std::get_if<Received>(&event);
        if (received == nullptr) continue;
        if (expected != 0) {
            EXPECT_EQ(received->sequence, expected);
        }
        expected = received->sequence + 1;
    }
    EXPECT_EQ(talk.server.texts().size(), 300u);
}

HAWSER_BOTH_VERSIONS(Writing);

} // namespace
} // namespace hawser::dtls::test
