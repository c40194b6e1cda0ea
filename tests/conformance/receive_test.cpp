// RFC 9260 §6.2, §6.5 to §6.7 and §6.9: DATA that arrives, and the SACK it gets.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

/// An association whose peer sends DATA with TSNs counted from 0, whatever they are on the wire.
struct Receiver : Scene {
    explicit Receiver(const sctp::Options& options = quiet_rfc9260(),
                      std::uint32_t first_tsn = 1000)
        : Scene{options} {
        accept({.tsn = first_tsn});
    }
    /// One packet with one DATA chunk.
    void data_at(std::uint32_t index, DataFields fields = {}) {
        fields.tsn = peer_tsn + index;
        send(data(fields));
    }
    std::optional<SackView> ack() {
        const auto chunk = take(kSack);
        if (!chunk) return std::nullopt;
        return SackView{*chunk};
    }
    std::uint32_t tsn(std::uint32_t index) const { return peer_tsn + index; }
};

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

/// Packets of one batch, each with one DATA chunk, straight into the engine: it answers none before
/// the last.
void receive_batch(Receiver& scene, const std::vector<DataFields>& all) {
    const Path path{.local = scene.world.network.address(scene.engine.id),
                    .remote = scene.peer_address()};
    for (const DataFields& fields : all) {
        Octets packet =
            put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag, {data(fields)});
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
        static_cast<void>(scene.engine.engine->receive(datagram, scene.now()));
    }
    scene.world.settle();
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

sctp::Options small_window() {
    sctp::Options options = quiet_rfc9260();
    options.receive_window_bytes = 4000;
    options.window_credit = sctp::WindowCredit::on_release;
    return options;
}

TEST(Rfc9260_6_2, TakesWhatWaitsForTheApplicationOffTheWindow) {
    Receiver scene{small_window()};
    const std::string payload(1000, 'x');
    scene.data_at(0, {.ssn = 0, .payload = payload});
    scene.data_at(1, {.ssn = 1, .payload = payload});
    auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_LE(ack->window, 2000u);
    EXPECT_GE(ack->window, 1000u);
    while (const auto message = scene.engine.message()) {
        scene.engine.engine->release(scene.engine.association(), message->payload.size(),
                                     scene.now());
    }
    scene.data_at(2, {.ssn = 2, .flags = kWhole | kImmediate, .payload = "x"});
    while (const auto next = scene.ack())
        ack = next;
    EXPECT_GE(ack->window, 3900u);
}

TEST(Rfc9260_6_2, HoldsNoMoreThanItsWindow) {
    Receiver scene{small_window()};
    const std::string payload(1000, 'x');
    for (std::uint32_t i = 0; i < 12; ++i)
        scene.data_at(i, {.ssn = i, .payload = payload});
    std::size_t held = 0;
    for (const auto& message : scene.engine.messages)
        held += message.payload.size();
    EXPECT_LE(held, 5000u);
    std::optional<SackView> last;
    while (const auto ack = scene.ack())
        last = ack;
    ASSERT_TRUE(last);
    EXPECT_EQ(last->tsn + 1, scene.tsn(static_cast<std::uint32_t>(held / 1000)))
        << "what was dropped is not acknowledged";
    EXPECT_LT(last->window, 1000u);
}

// Our bookkeeping is not the peer's: what it was told of is taken.
TEST(Rfc9260_6_2, TakesAllThatTheWindowItToldOfAllows) {
    Receiver scene{small_window()};
    const std::string payload(100, 'x');
    std::vector<DataFields> burst;
    for (std::uint32_t i = 0; i < 40; ++i)
        burst.push_back({.tsn = scene.tsn(i), .ssn = i, .payload = payload});
    receive_batch(scene, burst);
    std::optional<SackView> last;
    while (const auto ack = scene.ack())
        last = ack;
    ASSERT_TRUE(last);
    EXPECT_EQ(last->tsn, scene.tsn(39));
    EXPECT_EQ(last->window, 0u);
    EXPECT_EQ(scene.engine.messages.size(), 40u);
}

// Without `release` the window opens as the messages are taken out of the engine.
void expect_window_told(bool messages_only) {
    sctp::Options options = small_window();
    options.window_credit = sctp::WindowCredit::on_poll;
    Receiver scene{options};
    sctp::Endpoint& engine = *scene.engine.engine;
    const std::string payload(1000, 'x');
    const Path path{.local = scene.world.network.address(scene.engine.id),
                    .remote = scene.peer_address()};
    for (std::uint32_t i = 0; i < 4; ++i) {
        Octets packet = put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag,
                                     {data({.tsn = scene.tsn(i), .ssn = i, .payload = payload})});
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
        EXPECT_EQ(engine.receive(datagram, scene.now()), Verdict::accepted);
    }
    std::optional<SackView> told;
    const auto listen = [&] {
        while (const auto answer = engine.poll_transmit(scene.now(), {})) {
            const auto packet = take_apart(answer->segment(0));
            if (const Chunk* sack = packet.find(kSack)) told = SackView{*sack};
        }
    };
    listen();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->window, 0u);
    told.reset();
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(messages_only ? engine.poll_message().has_value()
                                  : engine.poll_event().has_value());
    listen();
    ASSERT_TRUE(told) << "nothing else will come to tell";
    EXPECT_EQ(told->window, 4000u);
}

TEST(Rfc9260_6_2, TellsWhenTheWindowOpensBecauseEventsAreTaken) {
    expect_window_told(false);
    expect_window_told(true);
}

// RFC 9260 §6.2: what is dropped for want of room is answered at once, with what there is.
TEST(Rfc9260_6_2, AnswersAtOnceWhatItHasNoRoomFor) {
    Receiver scene{small_window()};
    scene.data_at(0, {.payload = std::string(5000, 'x')});
    scene.run_for(1s);
    scene.discard();
    scene.data_at(1, {.ssn = 1, .payload = "dropped"});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::no_room);
    auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, scene.tsn(0));
    EXPECT_EQ(ack->window, 0u);
    Receiver other;
    other.data_at(0);
    other.run_for(1s);
    other.discard();
    other.data_at(70'000, {.ssn = 1, .payload = "beyond what gap blocks can tell of"});
    EXPECT_EQ(other.engine.last_verdict, Verdict::no_room);
    ack = other.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, other.tsn(0));
    EXPECT_TRUE(ack->gaps.empty());
}

TEST(Rfc9260_6_2, TellsWhenTheWindowOpensAgain) {
    Receiver scene{small_window()};
    const std::string payload(1000, 'x');
    for (std::uint32_t i = 0; i < 4; ++i)
        scene.data_at(i, {.ssn = i, .payload = payload});
    scene.run_for(1s);
    scene.discard();
    scene.engine.engine->release(scene.engine.association(), 4000, scene.now());
    scene.run_for(1s);
    const auto ack = scene.ack();
    ASSERT_TRUE(ack) << "a peer that saw a closed window waits for this";
    EXPECT_GE(ack->window, 3000u);
}

// A message may be larger than the window: its fragments go into it as they come in order, else it
// could never become whole. Its size has a limit of its own.
TEST(Rfc9260_6_9, TakesAMessageThatIsLargerThanTheWindow) {
    Receiver scene{small_window()};
    const std::string payload(1000, 'x');
    for (std::uint32_t i = 0; i < 20; ++i) {
        const std::uint8_t flags = i == 0 ? kBegin : i == 19 ? kEnd : std::uint8_t{0};
        scene.data_at(i, {.flags = flags, .payload = payload});
    }
    const auto message = scene.engine.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->payload.size(), 20'000u);
}

TEST(Rfc9260_6_9, EndsOnAMessageThatIsLargerThanItsLimit) {
    sctp::Options options = quiet_rfc9260();
    options.message_bytes_max = 5000;
    Receiver scene{options};
    const std::string payload(1000, 'x');
    for (std::uint32_t i = 0; i < 6; ++i) {
        scene.data_at(i, {.flags = i == 0 ? kBegin : std::uint8_t{0}, .payload = payload});
    }
    EXPECT_TRUE(scene.take(kAbort));
    scene.engine.events.clear();
    EXPECT_EQ(scene.engine.buffers.in_use(), 0u);
}

// Nothing above the window is kept, however far away it is: memory stays flat.
TEST(Rfc9260_6_2, KeepsNothingThatIsFarBeyondTheWindow) {
    Receiver scene;
    const std::size_t before = scene.engine.buffers.in_use();
    for (std::uint32_t i = 1; i < 200; ++i) {
        scene.data_at(i * 0x0080'0000, {.ssn = i, .payload = "far"});
    }
    EXPECT_LE(scene.engine.buffers.in_use(), before + 2);
    EXPECT_FALSE(scene.engine.received());
    EXPECT_TRUE(scene.engine.is_connected());
}

// RFC 9260 §6.7: while something is missing each packet is answered by itself, a batch of them too:
// a sender may count the SACKs that report what it misses (§7.2.4).
TEST(Rfc9260_6_7, AcknowledgesEachPacketOfABatchWhileSomethingIsMissing) {
    Scene scene;
    scene.accept();
    const Path path{.local = scene.world.network.address(scene.engine.id),
                    .remote = scene.peer_address()};
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
