// RFC 9260 §5.1, with the parameters of §3.3.2 and §3.3.3: INIT and what is said about it.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kParameters = 16; ///< where they begin in INIT and INIT ACK

Tlv cookie_parameter() {
    return {.type = kStateCookie, .value = octets("cookie")};
}

TEST(Rfc9260_5_1, AnswersInitWithAnInitAckAndKeepsNothing) {
    Scene scene;
    const std::size_t buffers = scene.engine.buffers.in_use();
    scene.send_as(0, init({.tag = 0x1234'5678}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->tag, 0x1234'5678u);
    EXPECT_EQ(packet->source_port, Scene::kPort);
    EXPECT_EQ(packet->destination_port, Scene::kPeerPort);
    ASSERT_EQ(packet->chunks.size(), 1u);
    const InitView answer{packet->chunks[0]};
    EXPECT_NE(answer.tag, 0u);
    EXPECT_FALSE(answer.cookie.empty());
    EXPECT_GE(answer.window, 1500u);
    EXPECT_NE(answer.outbound_streams, 0u);
    EXPECT_NE(answer.inbound_streams, 0u);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    EXPECT_EQ(scene.engine.buffers.in_use(), buffers);
    EXPECT_TRUE(scene.engine.events.empty());
}

TEST(Rfc9260_5_1, OpensByTheFourWayHandshake) {
    Scene scene;
    scene.accept();
    const auto up = scene.engine.event<sctp::Connected>();
    ASSERT_TRUE(up);
    EXPECT_TRUE(up->initiated_by_peer);
    EXPECT_EQ(up->local_port, Scene::kPort);
    EXPECT_EQ(up->remote_port, Scene::kPeerPort);
    EXPECT_EQ(up->path.remote, scene.peer_address());
    EXPECT_EQ(scene.engine.engine->association_count(), 1u);
}

TEST(Rfc9260_5_1, SendsInitWithTagZeroAndNothingBesides) {
    Scene scene;
    EXPECT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    EXPECT_TRUE(scene.engine.send("too early for a packet"));
    scene.world.settle();
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->tag, 0u);
    EXPECT_EQ(packet->destination_port, Scene::kPeerPort);
    EXPECT_GE(packet->source_port, 49'152u);
    ASSERT_EQ(packet->chunks.size(), 1u);
    ASSERT_EQ(packet->chunks[0].type, kInit);
    EXPECT_NE(InitView{packet->chunks[0]}.tag, 0u);
    EXPECT_TRUE(scene.silent());
    EXPECT_EQ(scene.engine.state(), sctp::State::cookie_wait);
}

TEST(Rfc9260_5_1, EchoesTheCookieAsItCame) {
    Scene scene;
    scene.begin_open();
    const Octets cookie = octets("any seventeen by.");
    scene.send(
        init_ack({.tag = 0xfeed'beef, .parameters = {{.type = kStateCookie, .value = cookie}}}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->tag, 0xfeed'beefu);
    ASSERT_EQ(packet->chunks[0].type, kCookieEcho);
    EXPECT_EQ(packet->chunks[0].value, cookie);
    EXPECT_EQ(scene.engine.state(), sctp::State::cookie_echoed);
    scene.send(bare(kCookieAck));
    EXPECT_TRUE(scene.engine.is_connected());
    const auto up = scene.engine.event<sctp::Connected>();
    ASSERT_TRUE(up);
    EXPECT_FALSE(up->initiated_by_peer);
}

TEST(Rfc9260_5_1, LetsDataTravelBehindTheCookie) {
    Scene scene;
    EXPECT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    EXPECT_TRUE(scene.engine.send("early"));
    scene.world.settle();
    scene.engine_port = scene.peer.inbox.front().source_port;
    scene.engine_tag = InitView{*scene.take(kInit)}.tag;
    scene.send(init_ack({.parameters = {cookie_parameter()}}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->chunks[0].type, kCookieEcho);
    scene.send(bare(kCookieAck));
    scene.world.settle();
    std::string text;
    for (const Chunk& chunk : packet->chunks) {
        if (chunk.type == kData) text = DataView{chunk}.payload;
    }
    for (const DataView& more : scene.take_data())
        text += more.payload;
    EXPECT_EQ(text, "early") << "once, with the cookie or after its acknowledgement";
}

TEST(Rfc9260_5_1, TakesDataThatTravelsBehindTheCookie) {
    Scene scene;
    const InitView answer = scene.question({.tsn = 77});
    scene.send_as(answer.tag, cookie_echo(answer.cookie), data({.tsn = 77, .payload = "early"}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->chunks[0].type, kCookieAck) << "first in its packet";
    EXPECT_EQ(scene.engine.received(), "early");
}

TEST(Rfc9260_5_1, SendsInitAgainWithBackoffAndThenGivesUp) {
    sctp::Options options = quiet_rfc9260();
    options.init_retransmissions_max = 3;
    Scene scene{options};
    scene.begin_open();
    for (const Duration wait : {1s, 2s, 4s}) {
        scene.run_for(wait - 1ms);
        EXPECT_TRUE(scene.silent());
        scene.run_for(1ms);
        const auto again = scene.take(kInit);
        ASSERT_TRUE(again);
        EXPECT_EQ(InitView{*again}.tag, scene.engine_tag);
        EXPECT_EQ(InitView{*again}.tsn, scene.engine_tsn);
    }
    scene.run_for(8s);
    EXPECT_TRUE(scene.silent());
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::timed_out);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc9260_5_1, SendsCookieEchoAgainWithBackoffAndThenGivesUp) {
    sctp::Options options = quiet_rfc9260();
    options.init_retransmissions_max = 2;
    Scene scene{options};
    scene.begin_open();
    scene.send(init_ack({.parameters = {cookie_parameter()}}));
    const auto first = scene.take(kCookieEcho);
    ASSERT_TRUE(first);
    for (const Duration wait : {1s, 2s}) {
        scene.run_for(wait - 1ms);
        EXPECT_TRUE(scene.silent());
        scene.run_for(1ms);
        const auto again = scene.take(kCookieEcho);
        ASSERT_TRUE(again);
        EXPECT_EQ(again->value, first->value);
    }
    scene.run_for(4s);
    EXPECT_TRUE(scene.silent());
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::timed_out);
    EXPECT_EQ(scene.engine.deadline(), kNever);
}

TEST(Rfc9260_5_1, TellsOfARefusal) {
    Scene scene;
    scene.begin_open();
    scene.send(abort());
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::refused);
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc9260_5_1, RefusesInitOfAPortThatNobodyListensOn) {
    Scene scene;
    scene.engine_port = 5001;
    scene.send_as(0, init({.tag = 0x7777}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->tag, 0x7777u);
    ASSERT_TRUE(packet->has(kAbort));
    EXPECT_EQ(packet->find(kAbort)->flags & kReflected, 0);
}

TEST(Rfc9260_5_1, RefusesInitAfterListeningHasStopped) {
    Scene scene;
    scene.accept();
    scene.engine.engine->stop_listening(Scene::kPort);
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send_octets(put_together(Scene::kPeerPort + 1, Scene::kPort, 0, {init({.tag = 5})}));
    EXPECT_FALSE(scene.take(kInitAck));
}

TEST(Rfc9260_3_3_2, DropsAnInitWithTagZero) {
    Scene scene;
    scene.send_as(0, init({.tag = 0}));
    EXPECT_TRUE(scene.silent());
}

struct RefusedInit : Scene {
    explicit RefusedInit(const InitFields& fields) {
        send_as(0, init(fields));
        answer = next();
        EXPECT_EQ(engine.engine->association_count(), 0u);
    }
    void expect_abort() const {
        ASSERT_TRUE(answer);
        EXPECT_TRUE(answer->has(kAbort));
        EXPECT_EQ(answer->tag, InitFields{}.tag) << "the Initiate Tag of the INIT";
    }
    std::optional<ReadPacket> answer;
};

TEST(Rfc9260_3_3_2, RefusesAnInitWithoutOutboundStreams) {
    RefusedInit{{.outbound_streams = 0}}.expect_abort();
}

TEST(Rfc9260_3_3_2, RefusesAnInitWithoutInboundStreams) {
    RefusedInit{{.inbound_streams = 0}}.expect_abort();
}

TEST(Rfc9260_3_3_2, RefusesAnInitWhoseWindowIsBelow1500Bytes) {
    RefusedInit{{.window = 1499}}.expect_abort();
    RefusedInit smallest{{.window = 1500}};
    ASSERT_TRUE(smallest.answer);
    EXPECT_TRUE(smallest.answer->has(kInitAck));
}

TEST(Rfc9260_5_1_2, RefusesAnInitWithAHostName) {
    RefusedInit{{.parameters = {{.type = kHostName, .value = octets("host.example")}}}}
        .expect_abort();
}

TEST(Rfc9260_3_3_2, DropsAnInitThatIsCutShort) {
    for (std::size_t size = 0; size < 16; ++size) {
        Scene scene;
        Chunk cut = init();
        cut.value.resize(size);
        scene.send_as(0, cut);
        EXPECT_FALSE(scene.take(kInitAck)) << size;
    }
}

TEST(Rfc9260_3_3_2, TakesAddressesAndTheirTypesInStride) {
    Scene scene;
    const InitView answer = scene.question(
        {.parameters = {{.type = kSupportedAddresses, .value = OctetWriter{}.u16(5).u16(6).octets},
                        {.type = kIpv4Address, .value = OctetWriter{}.u32(0xc000'0202).octets},
                        {.type = kCookiePreservative, .value = OctetWriter{}.u32(1000).octets}}});
    EXPECT_FALSE(answer.cookie.empty());
}

std::vector<std::uint16_t> reported(const Chunk& answer) {
    std::vector<std::uint16_t> types;
    for (const Tlv& parameter : answer.tlvs(kParameters)) {
        if (parameter.type == kUnrecognizedParameter) {
            types.push_back(static_cast<std::uint16_t>(parameter.u16(0)));
        }
    }
    return types;
}

std::vector<std::uint16_t> reported_of(std::vector<Tlv> parameters) {
    Scene scene;
    scene.send_as(0, init({.parameters = std::move(parameters)}));
    const auto answer = scene.take(kInitAck);
    EXPECT_TRUE(answer);
    return answer ? reported(*answer) : std::vector<std::uint16_t>{};
}

using Types = std::vector<std::uint16_t>;

TEST(Rfc9260_3_2_1, StopsSilentlyAtAnUnknownParameterOfTopBits00) {
    EXPECT_EQ(reported_of({{.type = 0x3abc}, {.type = 0xfabc}}), Types{});
}

TEST(Rfc9260_3_2_1, StopsAndReportsAnUnknownParameterOfTopBits01) {
    EXPECT_EQ(reported_of({{.type = 0x7abc}, {.type = 0xfabc}}), Types{0x7abc});
}

TEST(Rfc9260_3_2_1, SkipsAnUnknownParameterOfTopBits10) {
    EXPECT_EQ(reported_of({{.type = 0xbabc}, {.type = 0xfabc}}), Types{0xfabc});
}

TEST(Rfc9260_3_2_1, SkipsAndReportsAnUnknownParameterOfTopBits11) {
    EXPECT_EQ(reported_of({{.type = 0xfabc}, {.type = 0xfabd}}), (Types{0xfabc, 0xfabd}));
}

TEST(Rfc9260_3_2_2, ReportsAnUnknownParameterWhole) {
    Scene scene;
    scene.send_as(0, init({.parameters = {{.type = 0xfabc, .value = octets("hello")}}}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    const auto report = answer->tlv(kParameters, kUnrecognizedParameter);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->u16(0), 0xfabcu);
    EXPECT_EQ(report->u16(2), 9u);
    EXPECT_EQ(as_text(Bytes{report->value}.subspan(4, 5)), "hello");
}

TEST(Rfc9260_3_2_2, ReportsAnUnknownParameterOfInitAckBehindTheCookie) {
    Scene scene;
    scene.begin_open();
    scene.send(
        init_ack({.parameters = {{.type = 0xfabc, .value = octets("what")}, cookie_parameter()}}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    ASSERT_EQ(packet->chunks.size(), 2u);
    EXPECT_EQ(packet->chunks[0].type, kCookieEcho);
    ASSERT_EQ(packet->chunks[1].type, kError);
    const auto cause = packet->chunks[1].tlv(0, kUnrecognizedParameters);
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->u16(0), 0xfabcu);
}

TEST(Rfc9260_3_2_1, DropsParametersWhoseLengthsDoNotHold) {
    for (const std::uint16_t length : std::initializer_list<std::uint16_t>{0, 1, 3, 100, 65'535}) {
        Scene scene;
        scene.send_as(
            0, init({.parameters = {
                         {.type = kIpv4Address, .value = Octets(4), .forged_length = length}}}));
        EXPECT_FALSE(scene.take(kInitAck)) << length;
    }
}

TEST(Rfc9260_5_1_1, AgreesOnTheSmallerStreamCounts) {
    Scene scene;
    scene.accept({.outbound_streams = 5, .inbound_streams = 3});
    const auto up = scene.engine.event<sctp::Connected>();
    ASSERT_TRUE(up);
    EXPECT_EQ(up->outbound_streams, 3u);
    EXPECT_EQ(up->inbound_streams, 5u);
    EXPECT_EQ(scene.engine.status().outbound_streams, 3u);
    EXPECT_EQ(scene.engine.status().inbound_streams, 5u);
    EXPECT_TRUE(scene.engine.send("ok", {.stream = sctp::StreamId{2}}));
    const auto refused = scene.engine.send("no", {.stream = sctp::StreamId{3}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
}

TEST(Rfc9260_5_1_1, AgreesOnTheSmallerStreamCountsWhenItOpens) {
    sctp::Options options = quiet_rfc9260();
    options.outbound_streams = 20;
    options.inbound_streams_max = 30;
    Scene scene{options};
    scene.open({.outbound_streams = 40, .inbound_streams = 4});
    const auto up = scene.engine.event<sctp::Connected>();
    ASSERT_TRUE(up);
    EXPECT_EQ(up->outbound_streams, 4u);
    EXPECT_EQ(up->inbound_streams, 30u);
}

// What was queued before the peer said how many streams it takes never leaves for one beyond them,
// not even beside the COOKIE ECHO; it comes back.
TEST(Rfc9260_5_1_1, GivesBackWhatWaitsForAStreamThatWasNotGranted) {
    Scene scene;
    scene.begin_open();
    const auto say = [&scene](std::uint16_t stream, Duration later) {
        sctp::SendOptions options{.stream = static_cast<sctp::StreamId>(stream), .context = stream};
        if (later > Duration{}) options.ancillary.send_at = SendTime{scene.now() + later};
        EXPECT_TRUE(scene.engine.send("x", options));
    };
    for (const Duration later : {Duration{}, Duration{1s}}) {
        say(9, later);
        say(10, later);
        say(65'534, later);
    }
    scene.send(init_ack({.inbound_streams = 10, .parameters = {cookie_parameter()}}));
    const auto refused = scene.engine.send("no", {.stream = sctp::StreamId{10}});
    ASSERT_FALSE(refused) << "it is known by now";
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    scene.send(bare(kCookieAck));
    ASSERT_TRUE(scene.engine.is_connected());
    std::vector<std::uint64_t> back;
    while (const auto failed = scene.engine.event<sctp::SendFailed>()) {
        EXPECT_EQ(failed->why, sctp::SendFailed::Why::no_such_stream);
        EXPECT_FALSE(failed->sent);
        EXPECT_EQ(std::to_underlying(failed->stream), failed->context);
        EXPECT_EQ(as_text(failed->payload.bytes()), "x");
        back.push_back(failed->context);
    }
    std::ranges::sort(back);
    EXPECT_EQ(back, (std::vector<std::uint64_t>{10, 10, 65'534, 65'534}));
    auto sent = scene.take_data();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].stream, 9u);
    scene.send(sack({.tsn = scene.engine_tsn}));
    scene.run_for(1s);
    sent = scene.take_data();
    ASSERT_EQ(sent.size(), 1u) << "at its time";
    EXPECT_EQ(sent[0].stream, 9u);
    scene.send(sack({.tsn = scene.engine_tsn + 1}));
    EXPECT_EQ(scene.engine.status().queued_bytes, 0u);
}

TEST(Rfc9260_3_3_3, EndsWhenTheInitAckHasNoCookie) {
    Scene scene;
    scene.begin_open();
    scene.send(init_ack());
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_FALSE(packet->has(kCookieEcho));
    ASSERT_TRUE(packet->has(kAbort));
    EXPECT_EQ(packet->tag, InitFields{}.tag);
    const auto cause = packet->find(kAbort)->tlv(0, kMissingParameter);
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->u32(0), 1u);
    EXPECT_EQ(cause->u16(4), static_cast<std::uint32_t>(kStateCookie));
    EXPECT_TRUE(scene.engine.event<sctp::Closed>());
}

void expect_the_end(const InitFields& answer) {
    Scene scene;
    scene.begin_open();
    InitFields fields = answer;
    fields.parameters = {cookie_parameter()};
    scene.send(init_ack(fields));
    EXPECT_FALSE(scene.take(kCookieEcho));
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::protocol_violation);
    EXPECT_TRUE(end->cause) << "which rule it broke";
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

TEST(Rfc9260_3_3_3, EndsWhenTheInitAckHasTagZero) {
    expect_the_end({.tag = 0});
}

TEST(Rfc9260_3_3_3, EndsWhenTheInitAckHasNoOutboundStreams) {
    expect_the_end({.outbound_streams = 0});
}

TEST(Rfc9260_3_3_3, EndsWhenTheInitAckHasNoInboundStreams) {
    expect_the_end({.inbound_streams = 0});
}

TEST(Rfc9260_3_3_3, EndsWhenTheWindowOfTheInitAckIsBelow1500Bytes) {
    expect_the_end({.window = 1499});
}

TEST(Rfc9260_3_3_2, TakesAWindowOf1500BytesAndNoSmallerOne) {
    Scene scene;
    scene.open({.window = 1500});
    Scene other;
    other.accept({.window = 1500});
    Scene third;
    third.send_as(0, init({.window = 1499}));
    EXPECT_FALSE(third.take(kInitAck));
}

TEST(Rfc9260_3_3_2, TakesAPeerWithOneStreamEachWay) {
    Scene scene;
    scene.accept({.outbound_streams = 1, .inbound_streams = 1});
    EXPECT_TRUE(scene.engine.send("ok"));
    EXPECT_FALSE(scene.engine.send("no", {.stream = sctp::StreamId{1}}));
}

TEST(Rfc9260_8_4, RefusesAnInitForAPortOfNobody) {
    Scene scene;
    scene.send_octets(put_together(Scene::kPeerPort, Scene::kPort + 1, 0, {init({.tag = 0xabcd})}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->has(kAbort));
    EXPECT_EQ(packet->tag, 0xabcdu);
    EXPECT_EQ(scene.engine.engine->counters().stateless_answers, 1u);
}

TEST(Rfc9260_3_1, ListensOnPortsThatThereAre) {
    Scene scene;
    const auto none = scene.engine.listen(0);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Errc::invalid_argument);
    for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{65'535}}) {
        EXPECT_TRUE(scene.engine.listen(port));
        const auto again = scene.engine.listen(port);
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().code, Errc::in_use);
    }
}

TEST(Rfc9260_5_3_1, ChoosesTagsAnewEachTime) {
    Scene scene;
    std::vector<std::uint32_t> tags;
    for (int i = 0; i < 50; ++i)
        tags.push_back(scene.question().tag);
    std::ranges::sort(tags);
    EXPECT_EQ(std::ranges::adjacent_find(tags), tags.end());
}

} // namespace
} // namespace hawser::test
