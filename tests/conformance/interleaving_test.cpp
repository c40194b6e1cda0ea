// RFC 8260 §2: messages as I-DATA, among one another.
#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kForwardTsn = 192;
constexpr std::size_t kInitParameters = 16;
using Texts = std::vector<std::string>;

sctp::Options interleaving(bool wanted = true, bool forward_tsn = false) {
    sctp::Options options = quiet_rfc9260();
    options.interleaving = wanted;
    options.forward_tsn = forward_tsn;
    return options;
}

std::vector<Tlv> listing(std::initializer_list<std::uint8_t> chunks) {
    Octets types;
    for (const std::uint8_t type : chunks)
        types.push_back(std::byte{type});
    return {{.type = kSupportedExtensions, .value = types}};
}

/// An association whose peer knows both chunks.
struct Interleaving : Scene {
    explicit Interleaving(const sctp::Options& options = interleaving(true, true),
                          std::initializer_list<std::uint8_t> chunks = {kIData, kIForwardTsn})
        : Scene{options} {
        InitFields fields;
        fields.parameters = listing(chunks);
        accept(fields);
    }
    /// TSNs counted from 0, whatever they are on the wire.
    void data_at(std::uint32_t index, IDataFields fields) {
        fields.tsn = peer_tsn + index;
        send(i_data(fields));
    }
    void give_up(std::uint32_t index, const std::vector<SkippedFields>& skipped) {
        send(i_forward_tsn(peer_tsn + index, skipped));
    }
    Texts texts() {
        Texts texts;
        while (const auto message = engine.message())
            texts.emplace_back(as_text(message->payload.bytes()));
        return texts;
    }
    std::vector<IDataView> take_i_data() {
        std::vector<IDataView> all;
        while (const auto packet = next()) {
            EXPECT_FALSE(packet->has(kData));
            for (const Chunk& chunk : packet->chunks) {
                if (chunk.type == kIData) all.emplace_back(chunk);
            }
        }
        return all;
    }
    /// What an ABORT says of itself.
    std::string violation() {
        const auto chunk = take(kAbort);
        if (!chunk) return "no ABORT";
        const auto cause = chunk->tlv(0, kProtocolViolation);
        return cause ? std::string{as_text(cause->value)} : "another cause";
    }
};

std::optional<Octets> listed(const Chunk& chunk) {
    const auto found = chunk.tlv(kInitParameters, kSupportedExtensions);
    if (!found) return std::nullopt;
    return found->value;
}

// --- §2.2.1 ---

TEST(Rfc8260_2_2_1, IsListedByInitAndInitAckWhereTheUserAskedForIt) {
    for (const bool wanted : {false, true}) {
        for (const bool forward_tsn : {false, true}) {
            Octets types;
            if (forward_tsn) types.push_back(std::byte{kForwardTsn});
            if (wanted) types.push_back(std::byte{kIData});
            if (wanted && forward_tsn) types.push_back(std::byte{kIForwardTsn});
            const auto expected = types.empty() ? std::nullopt : std::optional{types};
            Scene opening{interleaving(wanted, forward_tsn)};
            ASSERT_TRUE(opening.engine.connect(opening.peer_address(), Scene::kPeerPort));
            opening.world.settle();
            const auto question = opening.take(kInit);
            ASSERT_TRUE(question);
            EXPECT_EQ(listed(*question), expected);
            Scene asked{interleaving(wanted, forward_tsn)};
            asked.send_as(0, init());
            const auto answer = asked.take(kInitAck);
            ASSERT_TRUE(answer);
            EXPECT_EQ(listed(*answer), expected);
        }
    }
}

TEST(Rfc8260_2_2_1, DataIsUsedUnlessBothEndsListIData) {
    for (const bool peer_lists : {false, true}) {
        Interleaving scene{interleaving(!peer_lists),
                           peer_lists ? std::initializer_list<std::uint8_t>{kIData}
                                      : std::initializer_list<std::uint8_t>{kForwardTsn}};
        ASSERT_TRUE(scene.engine.send("hello"));
        scene.world.settle();
        EXPECT_EQ(scene.take_data().size(), 1u);
        scene.send_data("plain");
        EXPECT_EQ(scene.texts(), Texts{"plain"});
    }
}

TEST(Rfc8260_2_2_1, IDataIsUsedForAllMessagesWhereBothEndsListIt) {
    Interleaving scene;
    ASSERT_TRUE(scene.engine.send("hello", {.stream = sctp::StreamId{3}, .ppid = sctp::Ppid{46}}));
    scene.world.settle();
    const auto sent = scene.take_i_data();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].tsn, scene.engine_tsn);
    EXPECT_EQ(sent[0].stream, 3u);
    EXPECT_EQ(sent[0].reserved, 0u);
    EXPECT_EQ(sent[0].mid, 0u);
    EXPECT_EQ(sent[0].ppid_or_fsn, 46u);
    EXPECT_EQ(sent[0].flags, kWhole);
    EXPECT_EQ(sent[0].payload, "hello");
}

TEST(Rfc8260_2_2_1, WhoOpensTheAssociationUsesItToo) {
    Scene scene{interleaving()};
    auto parameters = listing({kIData});
    parameters.push_back({.type = kStateCookie, .value = octets("cookie")});
    scene.open({.parameters = parameters});
    scene.send(i_data({.tsn = scene.peer_tsn, .payload = "zero"}));
    const auto message = scene.engine.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(as_text(message->payload.bytes()), "zero");
    ASSERT_TRUE(scene.engine.send("answer"));
    scene.world.settle();
    EXPECT_TRUE(scene.take(kIData));
}

TEST(Rfc8260_2_2_1, DataBesideIDataEndsTheAssociation) {
    Interleaving scene;
    scene.send_data();
    EXPECT_EQ(scene.violation(), "DATA where I-DATA was agreed on");
    EXPECT_EQ(scene.engine.event<sctp::Closed>()->reason, sctp::CloseReason::protocol_violation);
}

TEST(Rfc8260_2_2_1, IDataThatWasNotAgreedOnEndsTheAssociation) {
    Interleaving scene{interleaving(false)};
    scene.data_at(0, {});
    EXPECT_EQ(scene.violation(), "I-DATA where DATA was agreed on");
}

TEST(Rfc8260_2_2_1, ARestartAgreesAnew) {
    Interleaving scene;
    scene.data_at(0, {.payload = "zero"});
    EXPECT_EQ(scene.texts(), Texts{"zero"});
    scene.accept({.tag = 0x0c0c'0c0c}); // which lists nothing
    EXPECT_TRUE(scene.engine.event<sctp::Restarted>());
    scene.send_data("plain");
    EXPECT_EQ(scene.texts(), Texts{"plain"});
    ASSERT_TRUE(scene.engine.send("answer"));
    scene.world.settle();
    EXPECT_TRUE(scene.take(kData));
}

// Crossed INITs (RFC 9260 §5.2.4 B): what left beside COOKIE ECHO cannot become another chunk.
TEST(Rfc8260_2_2_1, APeerThatSaysBothInACollisionIsSentAbort) {
    Scene scene{interleaving()};
    scene.begin_open();
    ASSERT_TRUE(scene.engine.send("early"));
    auto parameters = listing({kIData});
    parameters.push_back({.type = kStateCookie, .value = octets("cookie")});
    scene.send(init_ack({.parameters = parameters}));
    const auto packet = scene.next();
    ASSERT_TRUE(packet && packet->has(kCookieEcho) && packet->has(kIData));
    scene.send_as(0, init({.tag = 0x0b0b'0b0b}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    scene.send(cookie_echo(InitView{*answer}.cookie));
    EXPECT_EQ(scene.count(kAbort), 1u);
    EXPECT_EQ(scene.engine.state(), sctp::State::closed);
}

// --- §2.2.2 ---

TEST(Rfc8260_2_2_2, FragmentsAreCountedAndOnlyTheFirstHasThePpid) {
    sctp::Options options = interleaving();
    options.packet_bytes_max = 512;
    Interleaving scene{options};
    std::string text(1200, '\0');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>('a' + i % 26);
    ASSERT_TRUE(scene.engine.send(text, {.ppid = sctp::Ppid{46}}));
    scene.world.settle();
    const auto sent = scene.take_i_data();
    ASSERT_EQ(sent.size(), 3u);
    std::string whole;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        EXPECT_EQ(sent[i].mid, 0u);
        EXPECT_EQ(sent[i].ppid_or_fsn, i == 0 ? 46u : i);
        EXPECT_EQ(sent[i].flags, i == 0 ? kBegin : i == 2 ? kEnd : 0);
        EXPECT_LE(12 + 20 + sent[i].payload.size(), 512u) << "a header of 20 bytes and not 16";
        whole += sent[i].payload;
    }
    EXPECT_EQ(sent[0].payload.size(), 480u) << "and not a byte less than the packet has room for";
    EXPECT_EQ(whole, text);
}

TEST(Rfc8260_2_2_2, MidsCountPerStreamOrderedAndUnorderedApart) {
    Interleaving scene;
    for (const std::uint16_t stream : {std::uint16_t{1}, std::uint16_t{2}}) {
        for (const bool unordered : {false, true, true, false, false}) {
            ASSERT_TRUE(
                scene.engine.send("x", {.stream = sctp::StreamId{stream}, .unordered = unordered}));
        }
    }
    scene.world.settle();
    std::vector<std::uint32_t> mids;
    for (const IDataView& data : scene.take_i_data())
        mids.push_back(data.mid);
    EXPECT_EQ(mids, (std::vector<std::uint32_t>{0, 0, 1, 1, 2, 0, 0, 1, 1, 2}));
}

TEST(Rfc8260_2_2_2, WhatIsSentAgainIsTheSameChunk) {
    sctp::Options options = interleaving();
    options.packet_bytes_max = 512;
    Interleaving scene{options};
    ASSERT_TRUE(scene.engine.send(std::string(1200, 'x'), {.unordered = true}));
    scene.world.settle();
    const auto sent = scene.take_i_data();
    scene.run_for(options.rto_initial);
    scene.send(sack({.tsn = scene.engine_tsn}));
    const auto again = scene.take_i_data();
    ASSERT_FALSE(again.empty());
    for (const IDataView& data : again) {
        const IDataView& first = sent.at(data.tsn - scene.engine_tsn);
        EXPECT_EQ(data.mid, first.mid);
        EXPECT_EQ(data.ppid_or_fsn, first.ppid_or_fsn);
        EXPECT_EQ(data.flags | kImmediate, first.flags | kImmediate);
        EXPECT_EQ(data.payload, first.payload);
    }
}

// --- §2.2.3 ---

TEST(Rfc8260_2_2_3, FragmentsOfSeveralMessagesMayAlternate) {
    Interleaving scene;
    scene.data_at(0, {.stream = 1, .flags = kBegin, .ppid = 7, .payload = "a"});
    scene.data_at(1, {.stream = 2, .flags = kBegin, .payload = "b"});
    scene.data_at(2, {.stream = 1, .flags = kUnordered | kBegin, .payload = "c"});
    scene.data_at(3, {.stream = 2, .fsn = 1, .flags = kEnd, .payload = "b"});
    scene.data_at(4, {.stream = 1, .fsn = 1, .flags = kEnd, .payload = "a"});
    scene.data_at(5, {.stream = 1, .fsn = 1, .flags = kUnordered | kEnd, .payload = "c"});
    EXPECT_EQ(scene.texts(), (Texts{"bb", "aa", "cc"}));
}

TEST(Rfc8260_2_2_3, FragmentsAreJoinedByTheirFsnWhateverTheirTsn) {
    Interleaving scene;
    scene.data_at(0, {.fsn = 2, .flags = kEnd, .payload = "c"});
    scene.data_at(2, {.fsn = 1, .flags = 0, .payload = "b"});
    scene.data_at(1, {.flags = kBegin, .payload = "a"});
    EXPECT_EQ(scene.texts(), Texts{"abc"});
}

TEST(Rfc8260_2_2_3, MessagesOfAStreamComeInTheOrderOfTheirMids) {
    Interleaving scene;
    scene.data_at(1, {.mid = 1, .payload = "one"});
    scene.data_at(2, {.mid = 7, .flags = kUnordered | kWhole, .payload = "unordered"});
    EXPECT_EQ(scene.texts(), Texts{"unordered"});
    scene.data_at(0, {.mid = 0, .payload = "zero"});
    EXPECT_EQ(scene.texts(), (Texts{"zero", "one"}));
}

TEST(Rfc8260_2_2_3, WhatDoesNotFitTogetherEndsTheAssociation) {
    const std::vector<std::vector<IDataFields>> all{
        {{.flags = kEnd}},                                               // FSN 0 begins
        {{.flags = kBegin}, {.flags = kBegin}},                          // twice
        {{.flags = kBegin}, {.flags = kWhole}},                          // whole after all
        {{.fsn = 3, .flags = 0}, {.fsn = 3, .flags = 0}},                // twice
        {{.fsn = 3, .flags = kEnd}, {.fsn = 4, .flags = 0}},             // beyond the end
        {{.fsn = 3, .flags = kEnd}, {.fsn = 2, .flags = kEnd}},          // two ends
        {{.fsn = 3, .flags = 0}, {.fsn = 2, .flags = kEnd}},             // an end too early
        {{.mid = 2, .flags = kWhole}, {.mid = 2, .fsn = 1, .flags = 0}}, // more of a whole one
    };
    for (const auto& chunks : all) {
        Interleaving scene;
        std::uint32_t index = 0;
        for (const IDataFields& fields : chunks)
            scene.data_at(index++, fields);
        EXPECT_EQ(scene.violation(), "fragments that do not fit together");
    }
}

TEST(Rfc8260_2_2_3, AMidThatHasPassedIsAcknowledgedAndCounted) {
    Interleaving scene;
    scene.data_at(0, {.mid = 0, .payload = "zero"});
    scene.data_at(1, {.mid = 0, .payload = "again"});
    scene.discard();
    scene.data_at(2, {.mid = 1, .payload = "one"});
    scene.run_for(1s);
    EXPECT_EQ(scene.texts(), (Texts{"zero", "one"}));
    EXPECT_EQ(scene.engine.engine->counters().misnumbered_messages, 1u);
    const auto chunk = scene.take(kSack);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(SackView{*chunk}.tsn, scene.peer_tsn + 2);
}

TEST(Rfc8260_2_1, WithoutUserDataItEndsTheAssociation) {
    Interleaving scene;
    scene.data_at(0, {.payload = ""});
    const auto chunk = scene.take(kAbort);
    ASSERT_TRUE(chunk);
    const auto cause = chunk->tlv(0, kNoUserData);
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->u32(0), scene.peer_tsn);
}

TEST(Rfc8260_2_1, ForAStreamThatIsNotThereItIsAcknowledgedAndReported) {
    Interleaving scene;
    scene.data_at(0, {.stream = 0xffff});
    const auto chunk = scene.take(kError);
    ASSERT_TRUE(chunk);
    const auto cause = chunk->tlv(0, kInvalidStream);
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->u16(0), 0xffffu);
    scene.data_at(1, {.payload = "goes on"});
    EXPECT_EQ(scene.texts(), Texts{"goes on"});
}

// Messages that are together larger than the window must not close it for ever.
TEST(Rfc8260_2_2_3, MessagesLargerThanTheWindowComeInSideBySide) {
    sctp::Options options = interleaving();
    options.receive_window_bytes = 8000;
    options.message_bytes_max = 20'000;
    Interleaving scene{options};
    const std::string part(1000, 'x');
    std::uint32_t index = 0;
    for (std::uint32_t fsn = 0; fsn < 10; ++fsn) {
        const std::uint8_t flags = fsn == 0 ? kBegin : fsn == 9 ? kEnd : 0;
        for (std::uint32_t stream = 0; stream < 4; ++stream)
            scene.data_at(index++, {.stream = stream, .fsn = fsn, .flags = flags, .payload = part});
        if (fsn == 5) {
            const auto chunk = scene.take(kSack);
            ASSERT_TRUE(chunk);
            EXPECT_GE(SackView{*chunk}.window, 4000u);
        }
    }
    EXPECT_EQ(scene.texts().size(), 4u);
}

TEST(Rfc8260_2_2_3, APeerThatBeginsMoreThanItMayIsToldThatThereIsNoRoom) {
    sctp::Options options = interleaving();
    options.receive_window_bytes = 8000;
    options.message_bytes_max = 20'000;
    Interleaving scene{options};
    const std::string part(1000, 'x');
    std::uint32_t index = 0;
    while (index < 1000 && scene.engine.is_connected()) {
        scene.data_at(index, {.mid = index, .flags = kUnordered | kBegin, .payload = part});
        ++index;
    }
    EXPECT_EQ(index, 52'000 / 1512 + 1u);
    const auto chunk = scene.take(kAbort);
    ASSERT_TRUE(chunk);
    EXPECT_TRUE(chunk->tlv(0, kOutOfResource));
}

// --- §2.3 ---

TEST(Rfc8260_2_3_1, TheStreamGoesOnAndTheSackSaysSoAtOnce) {
    Interleaving scene;
    scene.data_at(1, {.mid = 1, .payload = "one"});
    scene.discard();
    scene.give_up(0, {{.mid = 0}});
    EXPECT_EQ(scene.texts(), Texts{"one"});
    const auto chunk = scene.take(kSack);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(SackView{*chunk}.tsn, scene.peer_tsn + 1);
    EXPECT_TRUE(SackView{*chunk}.gaps.empty());
}

TEST(Rfc8260_2_3_1, OnlyWhatIsNamedGoes) {
    Interleaving scene;
    scene.data_at(0, {.stream = 1, .flags = kBegin, .payload = "a"});
    scene.data_at(1, {.stream = 1, .flags = kUnordered | kBegin, .payload = "u"});
    scene.data_at(2, {.stream = 2, .flags = kBegin, .payload = "b"});
    scene.give_up(3, {{.stream = 1, .unordered = false, .mid = 0}});
    EXPECT_EQ(scene.engine.engine->counters().given_up_fragments, 1u);
    scene.data_at(4, {.stream = 1, .fsn = 1, .flags = kUnordered | kEnd, .payload = "u"});
    scene.data_at(5, {.stream = 2, .fsn = 1, .flags = kEnd, .payload = "b"});
    scene.data_at(6, {.stream = 1, .mid = 1, .payload = "next"});
    EXPECT_EQ(scene.texts(), (Texts{"uu", "bb", "next"}));
}

TEST(Rfc8260_2_3_1, AMalformedOneIsDropped) {
    Interleaving scene;
    scene.send(Chunk{.type = kIForwardTsn, .value = Octets(2)});
    scene.send(Chunk{.type = kIForwardTsn, .value = Octets(8)});
    EXPECT_TRUE(scene.silent());
    EXPECT_EQ(scene.engine.last_verdict, Verdict::malformed);
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc8260_2_3_1, WhereItWasNotAgreedOnItIsSkippedAndReported) {
    for (const bool lists_i_data : {false, true}) {
        Interleaving scene{interleaving(true, !lists_i_data),
                           lists_i_data ? std::initializer_list<std::uint8_t>{kIData, kIForwardTsn}
                                        : std::initializer_list<std::uint8_t>{kIForwardTsn}};
        scene.give_up(0, {{.mid = 0}});
        EXPECT_EQ(scene.count(kError), 1u);
        EXPECT_TRUE(scene.engine.is_connected());
    }
}

TEST(Rfc8260_2_3_1, ForwardTsnBesideIDataEndsTheAssociation) {
    Interleaving scene;
    scene.send(Chunk{.type = kForwardTsn, .value = OctetWriter{}.u32(scene.peer_tsn).octets});
    EXPECT_EQ(scene.violation(), "FORWARD TSN where I-DATA was agreed on");
}

TEST(Rfc8260_2_3_1, IForwardTsnBesideDataEndsTheAssociation) {
    Scene scene{interleaving(false, true)};
    InitFields fields;
    fields.parameters = {{.type = 0xc000, .value = {}}};
    scene.accept(fields);
    scene.send(i_forward_tsn(scene.peer_tsn, {}));
    const auto abort = scene.take(kAbort);
    ASSERT_TRUE(abort);
    EXPECT_NE(as_text(abort->value).find("I-FORWARD-TSN where DATA was agreed on"),
              std::string_view::npos);
}

TEST(Rfc8260_2_3_1, EitherIsUnknownWhereNoneWasAgreedOn) {
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{kForwardTsn, kIForwardTsn}) {
        Interleaving scene{interleaving(true, false), {kIData}};
        scene.send(Chunk{.type = type, .value = OctetWriter{}.u32(scene.peer_tsn).octets});
        EXPECT_EQ(scene.count(kError), 1u);
        scene.data_at(0, {.payload = "zero"});
        EXPECT_EQ(scene.texts(), Texts{"zero"}) << "nothing was skipped";
    }
}

// --- both ends ours ---

TEST(Rfc8260_2_2, TwoEndsBringMessagesAcrossALossyPath) {
    sctp::Options options;
    options.interleaving = true;
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    Pair pair{options};
    ASSERT_TRUE(pair.connect());
    pair.network().link(pair.a.id).loss = 0.1;
    pair.latency(10ms);
    for (std::uint16_t i = 0; i < 50; ++i) {
        const std::string text(1 + 997u * i % 20'000, static_cast<char>('a' + i % 26));
        ASSERT_TRUE(pair.a.send(text, {.stream = sctp::StreamId{static_cast<std::uint16_t>(i % 5)},
                                       .unordered = i % 7 == 0}));
    }
    pair.run_until_idle();
    for (std::uint16_t i = 0; i < 50; ++i)
        EXPECT_TRUE(pair.z.received()) << i;
    EXPECT_GT(pair.a.status().chunks_retransmitted, 0u);
    EXPECT_EQ(pair.z.engine->counters().misnumbered_messages, 0u);
}

} // namespace
} // namespace hawser::test
