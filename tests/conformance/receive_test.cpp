// RFC 9260 §6.2, §6.5 to §6.7 and §6.9: DATA that arrives, and the SACK it gets.
#include "receiver.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

TEST(Rfc9260_6_2, TellsEverythingAboutAMessage) {
    Receiver scene;
    const Chunk chunk = data({.tsn = 1000, .stream = 3, .ssn = 0, .ppid = 0xaabb'ccdd});
    scene.send_octets(put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag, {chunk}),
                      {.dscp = Dscp::ef, .ecn = Ecn::ect1, .hop_limit = 33});
    const auto message = scene.engine.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(as_text(message->payload.bytes()), "data");
    EXPECT_EQ(message->stream, sctp::StreamId{3});
    EXPECT_EQ(message->ssn.value, 0u);
    EXPECT_EQ(message->ppid, sctp::Ppid{0xaabb'ccdd});
    EXPECT_EQ(message->tsn.value, 1000u);
    EXPECT_EQ(message->cumulative_tsn.value, 1000u);
    EXPECT_FALSE(message->unordered);
    EXPECT_EQ(message->ancillary.dscp, Dscp::ef);
    EXPECT_EQ(message->ancillary.ecn, Ecn::ect1);
    EXPECT_EQ(message->ancillary.hop_limit, 33);
    EXPECT_EQ(message->path.remote, scene.peer_address());
}

TEST(Rfc9260_6_2, WaitsWithASackForASecondPacketAtMost200Ms) {
    Receiver scene;
    scene.data_at(0);
    scene.data_at(1, {.ssn = 1});
    EXPECT_TRUE(scene.ack()) << "the first two packets are over";
    scene.data_at(2, {.ssn = 2});
    EXPECT_TRUE(scene.silent());
    scene.run_for(199ms);
    EXPECT_TRUE(scene.silent());
    scene.run_for(1ms);
    const auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, scene.tsn(2));
    EXPECT_TRUE(ack->gaps.empty());
}

TEST(Rfc9260_6_2, SendsNoSackBeforeThereIsData) {
    Scene scene;
    const InitView answer = scene.question();
    scene.send_as(answer.tag, cookie_echo(answer.cookie));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    ASSERT_EQ(packet->chunks.size(), 1u);
    EXPECT_EQ(packet->chunks[0].type, kCookieAck);
    EXPECT_TRUE(scene.engine.send("nothing to acknowledge"));
    scene.run_for(200ms);
    EXPECT_EQ(scene.count(kData), 1u);
    EXPECT_EQ(scene.count(kSack), 0u);
}

TEST(Rfc9260_6_2, AcknowledgesEverySecondPacketAtOnce) {
    Receiver scene;
    for (std::uint32_t i = 0; i < 20; i += 2) {
        scene.data_at(i, {.ssn = i});
        scene.data_at(i + 1, {.ssn = i + 1});
        const auto ack = scene.ack();
        ASSERT_TRUE(ack);
        EXPECT_EQ(ack->tsn, scene.tsn(i + 1));
        EXPECT_TRUE(scene.silent());
    }
}

TEST(Rfc9260_6_2, CountsPacketsNotChunks) {
    Receiver scene;
    scene.data_at(0);
    scene.data_at(1, {.ssn = 1});
    ASSERT_TRUE(scene.ack());
    scene.send(data({.tsn = scene.tsn(2), .ssn = 2}), data({.tsn = scene.tsn(3), .ssn = 3}),
               data({.tsn = scene.tsn(4), .ssn = 4}));
    EXPECT_TRUE(scene.silent());
    scene.data_at(5, {.ssn = 5});
    const auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, scene.tsn(5));
}

TEST(Rfc9260_6_2, AnswersTheImmediateBitAtOnce) {
    Receiver scene;
    scene.data_at(0);
    scene.data_at(1, {.ssn = 1});
    scene.discard();
    scene.data_at(2, {.ssn = 2, .flags = kWhole | kImmediate});
    const auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, scene.tsn(2));
}

TEST(Rfc9260_6_2, ReportsADuplicateAtOnce) {
    Receiver scene;
    scene.data_at(0);
    scene.data_at(1, {.ssn = 1});
    scene.discard();
    scene.data_at(0);
    auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->duplicates, std::vector{scene.tsn(0)});
    EXPECT_EQ(ack->tsn, scene.tsn(1));
    EXPECT_EQ(scene.engine.messages.size(), 2u) << "given out once";
    EXPECT_EQ(scene.engine.status().chunks_duplicate, 1u);
    EXPECT_EQ(scene.engine.status().chunks_received, 3u);

    scene.data_at(3);
    ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_TRUE(ack->duplicates.empty()) << "each is reported once";
}

TEST(Rfc9260_6_2, ReportsADuplicateAboveAGap) {
    Receiver scene;
    scene.data_at(2, {.ssn = 2});
    scene.discard();
    scene.data_at(2, {.ssn = 2});
    const auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->duplicates, std::vector{scene.tsn(2)});
    EXPECT_EQ(ack->gaps, (std::vector<GapBlock>{{3, 3}}));
}

// Nobody makes us hoard them: the rest shows in the sender's own timers.
TEST(Rfc9260_6_2, ReportsNoMoreThan16DuplicatesAtOnce) {
    Receiver scene;
    receive_batch(scene, std::vector<DataFields>(30, {.tsn = scene.tsn(0)}));
    const auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->duplicates, std::vector<std::uint32_t>(16, scene.tsn(0)));
    EXPECT_EQ(scene.engine.status().chunks_duplicate, 29u);
}

// A sender with a small window waits for the one SACK of its burst: it gets two, one of which may
// be lost. RFC 9260 §6.2 allows one for every second packet, and a long burst has enough of them.
TEST(Rfc9260_6_2, AcknowledgesAShortBurstTwice) {
    for (const auto& [packets, sacks] :
         {std::pair{3u, 1u}, std::pair{4u, 2u}, std::pair{16u, 2u}, std::pair{17u, 1u}}) {
        Receiver scene;
        std::vector<DataFields> burst;
        for (std::uint32_t i = 0; i < packets; ++i)
            burst.push_back({.tsn = scene.tsn(i), .ssn = i});
        receive_batch(scene, burst);
        EXPECT_EQ(scene.count(kSack), sacks) << packets;
        while (const auto ack = scene.ack())
            EXPECT_EQ(ack->tsn, scene.tsn(packets - 1));
    }
}

// RFC 9260 §6.5: what nobody will see is acknowledged like all else.
TEST(Rfc9260_6_5, AcknowledgesAShortBurstOfInvalidStreamsTwice) {
    Receiver scene;
    std::vector<DataFields> burst;
    for (std::uint32_t i = 0; i < 4; ++i)
        burst.push_back({.tsn = scene.tsn(i), .stream = 10, .ssn = i});
    receive_batch(scene, burst);
    EXPECT_EQ(scene.count(kSack), 2u);
    while (const auto ack = scene.ack())
        EXPECT_EQ(ack->tsn, scene.tsn(3));
    EXPECT_FALSE(scene.engine.received());
}

/// With more gaps than fit, those that go before the next packet say as much as the others.
TEST(Rfc9260_6_7, NoSackOfABatchIsLargerThanOurPackets) {
    sctp::Options options = quiet_rfc9260();
    options.packet_bytes_max = 512;
    Receiver scene{options};
    std::size_t largest = 0;
    for (std::uint32_t i = 0; i < 256; i += 4) {
        std::vector<DataFields> batch;
        for (std::uint32_t each = i; each < i + 4; ++each) // a gap before each
            batch.push_back({.tsn = scene.tsn(1 + 2 * each), .ssn = 1 + 2 * each});
        scene.peer.raw.clear();
        receive_batch(scene, batch);
        EXPECT_EQ(scene.peer.raw.size(), 4u) << "each is answered by itself: §6.7";
        for (const WireDatagram& datagram : scene.peer.raw)
            largest = std::max(largest, datagram.bytes.size());
    }
    EXPECT_LE(largest, 512u);
    EXPECT_GT(largest, 500u) << "and there was more to say";
}

TEST(Rfc9260_6_7, ReportsAGapAtOnce) {
    Receiver scene;
    scene.data_at(1, {.ssn = 1});
    auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, scene.tsn(0) - 1);
    EXPECT_EQ(ack->gaps, (std::vector<GapBlock>{{2, 2}}));
    EXPECT_FALSE(scene.engine.received());

    scene.data_at(0);
    scene.run_for(200ms);
    ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, scene.tsn(1));
    EXPECT_TRUE(ack->gaps.empty());
    EXPECT_EQ(scene.engine.messages.size(), 2u);
}

TEST(Rfc9260_6_7, ReportsEveryGap) {
    Receiver scene;
    for (const std::uint32_t index : {10u, 2u, 3u, 7u, 4u, 11u})
        scene.data_at(index);
    std::optional<SackView> last;
    while (const auto ack = scene.ack())
        last = ack;
    ASSERT_TRUE(last);
    EXPECT_EQ(last->gaps, (std::vector<GapBlock>{{3, 5}, {8, 8}, {11, 12}}));
}

TEST(Rfc9260_6_7, KeepsAcknowledgingAtOnceWhileAGapIsOpen) {
    Receiver scene;
    scene.data_at(1);
    scene.discard();
    for (std::uint32_t i = 2; i < 10; ++i) {
        scene.data_at(i);
        const auto ack = scene.ack();
        ASSERT_TRUE(ack) << i;
        EXPECT_EQ(ack->gaps, (std::vector<GapBlock>{{2, static_cast<std::uint16_t>(i + 1)}}));
    }
}

TEST(Rfc9260_6_7, CountsTsnsAcrossTheirWrap) {
    Receiver scene{quiet_rfc9260(), 0xffff'fffe};
    scene.data_at(3, {.ssn = 3});
    auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, 0xffff'fffdu);
    EXPECT_EQ(ack->gaps, (std::vector<GapBlock>{{4, 4}}));
    for (std::uint32_t i = 0; i < 3; ++i)
        scene.data_at(i, {.ssn = i});
    scene.run_for(200ms);
    while (const auto next = scene.ack())
        ack = next;
    EXPECT_EQ(ack->tsn, 1u);
    EXPECT_EQ(scene.engine.messages.size(), 4u);
}

TEST(Rfc9260_6_6, HoldsBackWhatIsAheadInItsStream) {
    Receiver scene;
    scene.data_at(1, {.stream = 1, .ssn = 1, .payload = "second"});
    scene.data_at(2, {.stream = 1, .ssn = 2, .payload = "third"});
    EXPECT_FALSE(scene.engine.received());
    scene.data_at(0, {.stream = 1, .ssn = 0, .payload = "first"});
    EXPECT_EQ(scene.engine.received(), "first");
    EXPECT_EQ(scene.engine.received(), "second");
    EXPECT_EQ(scene.engine.received(), "third");
}

TEST(Rfc9260_6_6, LetsNoStreamWaitForAnother) {
    Receiver scene;
    scene.data_at(1, {.stream = 1, .ssn = 0, .payload = "other stream"});
    EXPECT_EQ(scene.engine.received(), "other stream");
    scene.data_at(0, {.stream = 0, .ssn = 0, .payload = "late"});
    EXPECT_EQ(scene.engine.received(), "late");
}

TEST(Rfc9260_6_6, GivesOutUnorderedMessagesAsTheyCome) {
    Receiver scene;
    scene.data_at(2, {.ssn = 9, .flags = kWhole | kUnordered, .payload = "at once"});
    const auto message = scene.engine.message();
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->unordered);
    EXPECT_EQ(as_text(message->payload.bytes()), "at once");
}

TEST(Rfc9260_6_6, CountsStreamSequenceNumbersAcrossTheirWrap) {
    Receiver scene;
    constexpr std::uint32_t kTotal = 65'536 + 20;
    constexpr std::uint32_t kPerPacket = 20;
    std::uint32_t received = 0;
    for (std::uint32_t i = 0; i < kTotal; i += kPerPacket) {
        std::vector<Chunk> chunks;
        for (std::uint32_t j = i; j < std::min(i + kPerPacket, kTotal); ++j) {
            chunks.push_back(data({.tsn = scene.tsn(j), .ssn = j & 0xffff, .payload = "x"}));
        }
        scene.send_packet(scene.engine_tag, chunks);
        while (const auto message = scene.engine.message()) {
            ASSERT_EQ(message->ssn.value, received & 0xffff);
            ++received;
        }
    }
    EXPECT_EQ(received, kTotal);
}

TEST(Rfc9260_6_5, AnswersAnInvalidStreamWithAnError) {
    Receiver scene; // ten streams each way
    scene.data_at(0, {.stream = 10});
    std::optional<Chunk> report;
    std::optional<std::uint32_t> acknowledged;
    scene.run_for(200ms);
    while (const auto packet = scene.next()) {
        if (const Chunk* found = packet->find(kError)) report = *found;
        if (const Chunk* found = packet->find(kSack)) acknowledged = SackView{*found}.tsn;
    }
    ASSERT_TRUE(report);
    const auto cause = report->tlv(0, kInvalidStream);
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->u16(0), 10u);
    EXPECT_EQ(cause->value.size(), 4u);
    EXPECT_EQ(acknowledged, scene.tsn(0)) << "it has come, all the same";
    EXPECT_FALSE(scene.engine.received());
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc9260_6_2, EndsOnDataWithoutUserData) {
    Receiver scene;
    scene.data_at(0, {.payload = ""});
    const auto chunk = scene.take(kAbort);
    ASSERT_TRUE(chunk);
    const auto cause = chunk->tlv(0, kNoUserData);
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->u32(0), scene.tsn(0));
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::protocol_violation);
}

TEST(Rfc9260_6_9, PutsFragmentsTogether) {
    Receiver scene;
    scene.data_at(0, {.flags = kBegin, .payload = "one "});
    scene.data_at(1, {.flags = 0, .payload = "two "});
    EXPECT_FALSE(scene.engine.received());
    scene.data_at(2, {.flags = kEnd, .payload = "three"});
    EXPECT_EQ(scene.engine.received(), "one two three");
}

TEST(Rfc9260_6_9, PutsFragmentsTogetherInWhateverOrderTheyCome) {
    const std::string_view parts[] = {"a", "b", "c", "d"};
    std::vector<std::uint32_t> order{0, 1, 2, 3};
    do {
        for (const std::uint8_t unordered : {std::uint8_t{0}, kUnordered}) {
            Receiver scene;
            for (const std::uint32_t i : order) {
                std::uint8_t flags = unordered;
                if (i == 0) flags |= kBegin;
                if (i == 3) flags |= kEnd;
                scene.data_at(i, {.flags = flags, .payload = parts[i]});
            }
            EXPECT_EQ(scene.engine.received(), "abcd");
            EXPECT_FALSE(scene.engine.received());
        }
    } while (std::ranges::next_permutation(order).found);
}

TEST(Rfc9260_6_9, KeepsFragmentsOfNeighboursApart) {
    Receiver scene;
    scene.data_at(5, {.ssn = 1, .flags = kEnd, .payload = "2b"});
    scene.data_at(1, {.stream = 2, .flags = kWhole | kUnordered, .payload = "alone"});
    EXPECT_EQ(scene.engine.received(), "alone");
    scene.data_at(3, {.ssn = 0, .flags = kEnd, .payload = "1b"});
    scene.data_at(4, {.ssn = 1, .flags = kBegin, .payload = "2a"});
    EXPECT_FALSE(scene.engine.received());
    scene.data_at(2, {.ssn = 0, .flags = kBegin, .payload = "1a"});
    EXPECT_EQ(scene.engine.received(), "1a1b");
    EXPECT_EQ(scene.engine.received(), "2a2b");
}

// TSNs of one message follow each other, so what breaks the row can never be part of it.
TEST(Rfc9260_6_9, NeverMakesAMessageOfFragmentsThatDoNotBelongTogether) {
    Receiver scene;
    scene.data_at(0, {.stream = 0, .ssn = 0, .flags = kBegin, .payload = "A"});
    scene.data_at(1, {.stream = 1, .ssn = 0, .flags = kEnd, .payload = "B"});
    EXPECT_FALSE(scene.engine.received());
    Receiver other;
    other.data_at(0, {.ssn = 0, .flags = kBegin, .payload = "A"});
    other.data_at(1, {.ssn = 1, .flags = kEnd, .payload = "B"});
    EXPECT_FALSE(other.engine.received());
}

TEST(Rfc9260_6_9, TellsOfCongestionMarksOnAnyFragment) {
    Receiver scene;
    const auto send_marked = [&scene](std::uint32_t index, std::uint8_t flags, Ecn ecn) {
        const Chunk chunk = data({.tsn = scene.tsn(index), .flags = flags, .payload = "x"});
        scene.send_octets(put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag, {chunk}),
                          {.dscp = Dscp::af41, .ecn = ecn});
    };
    send_marked(0, kBegin, Ecn::ect0);
    send_marked(1, 0, Ecn::ce);
    send_marked(2, kEnd, Ecn::ect0);
    const auto message = scene.engine.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->ancillary.ecn, Ecn::ce);
    EXPECT_EQ(message->ancillary.dscp, Dscp::af41);
}

// RFC 9260 §6.7: while something is missing each packet is answered by itself, a batch of them too:
// a sender may count the SACKs that report what it misses (§7.2.4).
// Not more than four before the last, though the batch is longer, and begins with the cookie.
TEST(Rfc9260_6_7, AcknowledgesNoMoreThanFivePacketsOfABatch) {
    for (std::uint32_t packets = 1; packets < 8; ++packets) {
        Scene scene;
        const InitView answer = scene.question();
        const Path path = scene.path();
        std::vector<Chunk> batch{cookie_echo(answer.cookie)};
        for (std::uint32_t i = 1; i <= packets; ++i) // the first is missing
            batch.push_back(data({.tsn = InitFields{}.tsn + i, .ssn = i}));
        for (const Chunk& chunk : batch) {
            Octets packet = put_together(Scene::kPeerPort, Scene::kPort, answer.tag, {chunk});
            const Ancillary none;
            Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
            EXPECT_EQ(scene.engine.engine->receive(datagram, scene.now()), Verdict::accepted);
        }
        scene.world.settle();
        EXPECT_EQ(scene.count(kSack), std::min(packets, 5u));
    }
}

TEST(Rfc9260_6_7, AcknowledgesEachPacketOfABatchWhileSomethingIsMissing) {
    Scene scene;
    scene.accept();
    const Path path = scene.path();
    for (const std::uint32_t beyond : {1u, 2u, 3u}) { // the first is missing
        Octets packet = put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag,
                                     {data({.tsn = scene.peer_tsn + beyond})});
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
        EXPECT_EQ(scene.engine.engine->receive(datagram, scene.now()), Verdict::accepted);
    }
    scene.world.settle();
    EXPECT_EQ(scene.count(kSack), 3u);
}

} // namespace
} // namespace hawser::test
