// RFC 3758, the receiver's side: a peer that gives up messages.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kForwardTsn = 192;
constexpr std::size_t kInitParameters = 16;

sctp::Options forward_tsn(bool wanted = true) {
    sctp::Options options = quiet_rfc9260();
    options.forward_tsn = wanted;
    return options;
}

struct GivingUp : Scene {
    explicit GivingUp(bool peer_knows = true, const sctp::Options& options = forward_tsn())
        : Scene{options} {
        InitFields fields;
        if (peer_knows) fields.parameters = {{.type = kForwardTsnSupported, .value = {}}};
        accept(fields);
    }
    void data_at(std::uint32_t index, DataFields fields) {
        fields.tsn = peer_tsn + index;
        send(data(fields));
    }
    void give_up(std::uint32_t index,
                 std::vector<std::pair<std::uint32_t, std::uint32_t>> streams) {
        OctetWriter value;
        value.u32(peer_tsn + index);
        for (const auto& [stream, ssn] : streams)
            value.u32(stream << 16 | ssn);
        send(Chunk{.type = kForwardTsn, .value = value.octets});
    }
    std::vector<std::string> texts() {
        std::vector<std::string> texts;
        while (const auto message = engine.message())
            texts.emplace_back(as_text(message->payload.bytes()));
        return texts;
    }
    using Texts = std::vector<std::string>;
};

TEST(Rfc3758_3_1, SaysThatItIsKnownWhereItIsWanted) {
    for (const bool wanted : {false, true}) {
        Scene opening{forward_tsn(wanted)};
        ASSERT_TRUE(opening.engine.connect(opening.peer_address(), Scene::kPeerPort));
        opening.world.settle();
        const auto question = opening.take(kInit);
        ASSERT_TRUE(question);
        EXPECT_EQ(question->tlv(kInitParameters, kForwardTsnSupported).has_value(), wanted);
        Scene asked{forward_tsn(wanted)};
        asked.send_as(0, init());
        const auto answer = asked.take(kInitAck);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->tlv(kInitParameters, kForwardTsnSupported).has_value(), wanted);
    }
}

// Some peers list the chunk, and have no parameter of its own.
TEST(Rfc5061_4_2_7, ForwardTsnMayBeListedInstead) {
    for (const bool wanted : {false, true}) {
        Scene scene{forward_tsn(wanted)};
        scene.accept(
            {.parameters = {{.type = kSupportedExtensions, .value = {std::byte{kForwardTsn}}}}});
        EXPECT_EQ(scene.engine.status().partial_reliability, wanted);
    }
}

TEST(Rfc5061_4_2_7, ForwardTsnIsListedWhereItIsWanted) {
    for (const bool wanted : {false, true}) {
        Scene asked{forward_tsn(wanted)};
        asked.send_as(0, init());
        const auto answer = asked.take(kInitAck);
        ASSERT_TRUE(answer);
        const auto listed = answer->tlv(kInitParameters, kSupportedExtensions);
        EXPECT_EQ(listed ? listed->value : Octets{},
                  wanted ? Octets{std::byte{kForwardTsn}} : Octets{});
    }
}

TEST(Rfc3758_3_6, AChunkThatWasNotAgreedOnIsSkippedAndReported) {
    for (const bool peer_knows : {false, true}) {
        GivingUp scene{peer_knows, forward_tsn(!peer_knows)};
        scene.data_at(1, {.ssn = 1, .payload = "one"});
        scene.discard();
        scene.give_up(0, {{0, 0}});
        EXPECT_TRUE(scene.texts().empty());
        EXPECT_EQ(scene.count(kError), 1u) << "its type has both upper bits set";
    }
}

TEST(Rfc3758_3_6, TheStreamGoesOnAndTheSackSaysSoAtOnce) {
    GivingUp scene;
    scene.data_at(1, {.ssn = 1, .payload = "one"});
    scene.discard();
    scene.give_up(0, {{0, 0}});
    EXPECT_EQ(scene.texts(), GivingUp::Texts{"one"});
    const auto chunk = scene.take(kSack);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(SackView{*chunk}.tsn, scene.peer_tsn + 1);
    EXPECT_TRUE(SackView{*chunk}.gaps.empty());
}

TEST(Rfc3758_3_6, WhoOpensTheAssociationTakesItToo) {
    Scene scene{forward_tsn()};
    scene.open({.parameters = {{.type = kStateCookie, .value = octets("cookie")},
                               {.type = kForwardTsnSupported, .value = {}}}});
    scene.send(
        Chunk{.type = kForwardTsn, .value = OctetWriter{}.u32(scene.peer_tsn).u32(0).octets});
    ++scene.peer_tsn;
    scene.send(data({.tsn = scene.peer_tsn, .ssn = 1, .payload = "one"}));
    const auto message = scene.engine.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(as_text(message->payload.bytes()), "one");
}

TEST(Rfc3758_3_6, AnOldOneIsAnsweredAndChangesNothing) {
    GivingUp scene;
    scene.data_at(0, {.payload = "zero"});
    scene.give_up(0, {{0, 5}});
    const auto chunk = scene.take(kSack);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(SackView{*chunk}.tsn, scene.peer_tsn);
    scene.data_at(1, {.ssn = 1, .payload = "one"});
    EXPECT_EQ(scene.texts(), (GivingUp::Texts{"zero", "one"})) << "its stream did not move";
}

TEST(Rfc3758_3_6, WhatComesLateOfWhatWasGivenUpIsADuplicate) {
    GivingUp scene;
    scene.give_up(1, {{0, 1}});
    scene.data_at(1, {.ssn = 1, .payload = "late"});
    scene.data_at(2, {.ssn = 2, .payload = "two"});
    EXPECT_EQ(scene.texts(), GivingUp::Texts{"two"});
}

TEST(Rfc3758_3_6, AnotherStreamIsNotTouched) {
    GivingUp scene;
    scene.data_at(2, {.stream = 1, .ssn = 1, .payload = "waits"});
    scene.give_up(0, {{0, 0}});
    EXPECT_TRUE(scene.texts().empty());
    scene.data_at(1, {.stream = 1, .ssn = 0, .payload = "first"});
    EXPECT_EQ(scene.texts(), (GivingUp::Texts{"first", "waits"}));
}

TEST(Rfc3758_3_6, TheRestOfWhatWasGivenUpEndsNothing) {
    GivingUp scene;
    scene.data_at(1, {.flags = kBegin, .payload = "a"});
    scene.data_at(2, {.flags = 0, .payload = "b"});
    scene.give_up(1, {});
    scene.data_at(3, {.flags = kEnd, .payload = "c"});
    scene.data_at(4, {.payload = "whole"});
    EXPECT_EQ(scene.count(kAbort), 0u);
    EXPECT_EQ(scene.texts(), GivingUp::Texts{"whole"});
}

TEST(Rfc3758_3_2, AMalformedOneIsDropped) {
    GivingUp scene;
    scene.send(Chunk{.type = kForwardTsn, .value = OctetWriter{}.u16(1).octets});
    scene.send(
        Chunk{.type = kForwardTsn, .value = OctetWriter{}.u32(scene.peer_tsn).u16(1).octets});
    EXPECT_TRUE(scene.silent());
    scene.data_at(0, {.payload = "zero"});
    EXPECT_EQ(scene.texts(), GivingUp::Texts{"zero"});
}

} // namespace
} // namespace hawser::test
