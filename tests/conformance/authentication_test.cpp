// RFC 4895 §6.2 and §6.3: what is sent after AUTH, and what is taken only so.
#include "authenticating.hpp"

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

const Types kAll{kData,        kSack,  kHeartbeat,  kHeartbeatAck, kAbort,           kShutdown,
                 kShutdownAck, kError, kCookieEcho, kCookieAck,    kReConfigChunk,   192,
                 kIData,       194,    kInit,       kInitAck,      kShutdownComplete};

// --- §6.2, sending ---

TEST(Rfc4895_6_2, WhatThePeerWantsIsSentAfterAuth) {
    for (const Hmac hmac : {kSha1, kSha256}) {
        Authenticating scene{authenticating({}), {.hmacs = {hmac}}};
        if (hmac == kSha256) scene.offer.hmacs = {kSha256, kSha1};
        scene.accept_all();
        scene.say("text");
        scene.world.settle();
        const auto seen = scene.see();
        ASSERT_EQ(seen.size(), 1u);
        EXPECT_EQ(seen[0].after, Types{kData});
        EXPECT_EQ(seen[0].key, 0u) << "the null key";
        EXPECT_EQ(seen[0].hmac, hmac);
    }
}

TEST(Rfc4895_6_2, WhatNobodyAskedForGoesWithout) {
    Authenticating scene{authenticating({})};
    scene.accept_all();
    scene.send_data("text");
    scene.send(heartbeat("how are you"));
    scene.run_for(1s);
    const auto seen = scene.see();
    ASSERT_FALSE(seen.empty());
    for (const SeenPacket& each : seen)
        EXPECT_FALSE(each.key) << describe(each.read);
}

// The example of §7: COOKIE ECHO; AUTH; DATA.
TEST(Rfc4895_7, AuthStandsBeforeTheFirstChunkThatNeedsIt) {
    Authenticating scene;
    ASSERT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    scene.say("early");
    scene.open_until_cookie_echo_of_begun();
    const auto seen = scene.see();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].before, Types{kCookieEcho});
    EXPECT_EQ(seen[0].after, Types{kData});
}

TEST(Rfc4895_6_2, ACookieEchoIsAuthenticatedWhereThePeerWantsIt) {
    Authenticating scene{authenticating({}), {.chunks = {kCookieEcho}}};
    scene.open_until_cookie_echo();
    const auto seen = scene.see();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_TRUE(seen[0].before.empty());
    EXPECT_EQ(seen[0].after, Types{kCookieEcho});
    scene.run_for(4s); // T1-cookie
    const auto again = scene.see();
    ASSERT_FALSE(again.empty());
    EXPECT_EQ(again[0].after, Types{kCookieEcho});
}

TEST(Rfc4895_6_2, EveryPacketOfATrainHasAnAuthOfItsOwn) {
    sctp::Options options = authenticating({});
    options.congestion = sctp::Congestion::modern;
    for (const bool over_dtls : {false, true}) {
        Authenticating scene{options};
        scene.engine.framing.train_segments_max = 16;
        if (over_dtls) scene.engine.framing.headroom = scene.engine.framing.tailroom = 24;
        scene.accept_all();
        const std::string large(20'000, 'l');
        scene.say(large);
        scene.world.settle();
        const auto seen = scene.see();
        ASSERT_GT(seen.size(), 3u);
        for (const SeenPacket& each : seen) {
            EXPECT_TRUE(each.authenticates(kData));
            EXPECT_LE(each.raw.size(), options.packet_bytes_max);
        }
        EXPECT_EQ(seen[0].raw.size(), options.packet_bytes_max) << "and no room is left over";
    }
}

TEST(Rfc4895_6_2, AllChunksThatThePeerListsStandAfterAuth) {
    sctp::Options options = authenticating({});
    options.reconfiguration = options.forward_tsn = true;
    Authenticating scene{options, {.chunks = kAll}};
    scene.more = {{.type = kSupportedExtensions, .value = {std::byte{kReConfigChunk}}},
                  {.type = kForwardTsnSupported, .value = {}}};
    scene.accept_all();
    Types sent;
    const auto collect = [&] {
        for (const SeenPacket& each : scene.see()) {
            EXPECT_TRUE(each.before.empty()) << describe(each.read);
            sent.insert(sent.end(), each.after.begin(), each.after.end());
        }
    };
    scene.say("text");
    scene.send_data("text");
    scene.send(heartbeat("how are you"));
    scene.send(Chunk{.type = 0xff, .value = octets("nobody knows it")}); // ERROR
    scene.run_for(1s);
    collect();
    scene.send(sack({.tsn = scene.engine_tsn}));
    EXPECT_TRUE(scene.engine.engine->heartbeat(scene.engine.association(), 1, {}, scene.now()));
    EXPECT_TRUE(scene.engine.send("given up", {.retransmissions_max = std::uint8_t{0}}));
    scene.run_for(5s); // FORWARD TSN
    collect();
    scene.send(sack({.tsn = scene.engine_tsn + 1}));
    EXPECT_TRUE(scene.engine.engine->reset_streams(scene.engine.association(), {}, scene.now()));
    scene.run_for(1s);
    collect();
    EXPECT_TRUE(scene.engine.abort());
    scene.world.settle();
    collect();
    for (const std::uint8_t type : {kData, kSack, kHeartbeat, kHeartbeatAck, kAbort, kError})
        EXPECT_TRUE(std::find(sent.begin(), sent.end(), type) != sent.end()) << int{type};
    for (const std::uint8_t type : {kReConfigChunk, std::uint8_t{192}})
        EXPECT_TRUE(std::find(sent.begin(), sent.end(), type) != sent.end()) << int{type};
}

TEST(Rfc4895_6_2, AnEndIsAuthenticatedToo) {
    Authenticating scene{authenticating({}), {.chunks = kAll}};
    scene.accept_all();
    ASSERT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    EXPECT_EQ(scene.see().at(0).after, Types{kShutdown});
    scene.send(bare(kShutdownAck));
    const auto last = scene.see();
    ASSERT_EQ(last.size(), 1u);
    EXPECT_EQ(last[0].before, Types{kShutdownComplete}) << "it cannot be, whoever lists it";

    Authenticating other{authenticating({}), {.chunks = kAll}};
    other.accept_all();
    other.send(shutdown(other.engine_tsn - 1));
    EXPECT_EQ(other.see().at(0).after, Types{kShutdownAck});
}

TEST(Rfc4895_6_2, WhatGoesAgainIsAuthenticatedAgain) {
    Authenticating scene{authenticating({})};
    scene.accept_all();
    scene.say("text");
    scene.run_for(5s);
    const auto seen = scene.see();
    ASSERT_GE(seen.size(), 2u);
    for (const SeenPacket& each : seen)
        EXPECT_TRUE(each.authenticates(kData));
}

TEST(Rfc4895_6_2, ASackApartIsAuthenticatedLikeAnyOther) {
    Authenticating scene{authenticating({}), {.chunks = {kSack}}};
    scene.accept_all();
    for (const std::uint32_t index : {2u, 4u, 6u}) // gaps: each is told at once
        scene.send(data({.tsn = scene.peer_tsn + index, .ssn = index}));
    scene.run_for(1s);
    const auto seen = scene.see();
    ASSERT_FALSE(seen.empty());
    for (const SeenPacket& each : seen)
        EXPECT_EQ(each.after, Types{kSack});
}

/// What is larger than a packet leaves in one of its own, which AUTH makes larger still.
TEST(Rfc4895_6_2, AChunkThatFillsAPacketHasRoomForAuth) {
    Authenticating scene{authenticating({}), {.chunks = {kHeartbeatAck, kCookieAck}}};
    scene.accept_all();
    for (const std::size_t less : {0u, 4u, 24u, 28u, 32u, 60u}) {
        const std::size_t info = scene.engine.status().packet_bytes_max - 12 - 8 - less;
        scene.send(heartbeat(std::string(info, 'h')));
        const auto seen = scene.see();
        ASSERT_EQ(seen.size(), 1u) << less;
        EXPECT_EQ(seen[0].after, Types{kHeartbeatAck});
        EXPECT_EQ(seen[0].read.chunks.back().value.size(), info + 4);
    }
}

// --- §6.3, receiving ---

TEST(Rfc4895_6_3, WhatMustBeAuthenticatedIsDroppedWithout) {
    Authenticating scene;
    scene.accept_all();
    scene.send(data({.tsn = scene.peer_tsn}));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unauthenticated);
    EXPECT_TRUE(scene.silent()) << "silently";
    EXPECT_TRUE(scene.texts().empty());
    EXPECT_EQ(scene.dropped(Verdict::unauthenticated), 1u);
    EXPECT_EQ(scene.engine.engine->counters().unauthenticated_chunks, 1u);
    scene.send_signed({scene.next_data("text")});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::accepted);
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

TEST(Rfc4895_6_3, OtherChunksOfThePacketAreTaken) {
    Authenticating scene;
    scene.accept_all();
    scene.send(heartbeat("how are you"), data({.tsn = scene.peer_tsn}));
    EXPECT_EQ(scene.count(kHeartbeatAck), 1u);
    EXPECT_TRUE(scene.texts().empty());
    EXPECT_EQ(scene.engine.engine->counters().unauthenticated_chunks, 1u);
}

TEST(Rfc4895_6_3, WhatNeedsNoAuthIsTakenWithAndWithout) {
    Authenticating scene{authenticating({kAbort})};
    scene.accept_all();
    scene.send(scene.next_data("without"));
    scene.send_signed({scene.next_data("with")});
    EXPECT_EQ(scene.texts(), (Texts{"without", "with"}));
}

TEST(Rfc4895_5_1, WhatStandsBeforeAuthIsNotAuthenticated) {
    Authenticating scene{authenticating({kHeartbeat, kData})};
    scene.accept_all();
    const Chunk text = scene.next_data("text");
    scene.send(heartbeat("before"), scene.auth({text}), text);
    EXPECT_EQ(scene.count(kHeartbeatAck), 0u);
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

TEST(Rfc4895_6_3, EveryByteAfterAuthCounts) {
    Authenticating scene;
    scene.accept_all();
    const Chunk text = data({.tsn = scene.peer_tsn, .payload = "five!"}); // and three of padding
    const Octets right =
        put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag, {scene.auth({text}), text});
    for (std::size_t at = 12; at < right.size(); ++at) {
        Octets wrong = right;
        wrong[at] ^= std::byte{0x40};
        seal(wrong);
        scene.send_octets(wrong);
        EXPECT_NE(scene.engine.last_verdict, Verdict::accepted) << at;
        EXPECT_EQ(scene.count(kAbort), 0u) << at;
    }
    EXPECT_TRUE(scene.texts().empty());
    EXPECT_GT(scene.dropped(Verdict::bad_authentication), right.size() - 40);
    scene.send_octets(right);
    EXPECT_EQ(scene.texts(), Texts{"five!"});
}

TEST(Rfc4895_5_1, FlagsOfAuthAreIgnored) {
    Authenticating scene;
    scene.accept_all();
    const Chunk text = scene.next_data("text");
    scene.send(scene.auth({text}, 0, {}, kSha1, 0xff), text);
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

TEST(Rfc4895_6_3, BothAlgorithmsThatWereListedAreTaken) {
    Authenticating scene;
    scene.accept_all();
    scene.send_signed({scene.next_data("one")}, 0, {}, kSha1);
    scene.send_signed({scene.next_data("two")}, 0, {}, kSha256);
    EXPECT_EQ(scene.texts(), (Texts{"one", "two"}));
}

TEST(Rfc4895_6_3, AnAlgorithmThatWasNotListedIsAnError) {
    sctp::Options options = authenticating({kData, kHeartbeat});
    options.authentication->hmacs = {sctp::HmacId::sha1};
    for (const std::uint16_t hmac : {std::uint16_t{kSha256}, std::uint16_t{0}, std::uint16_t{99}}) {
        Authenticating scene{options};
        scene.accept_all();
        const Chunk text = data({.tsn = scene.peer_tsn});
        Chunk auth = scene.auth({text}, 0, {}, kSha256);
        auth.value[2] = std::byte{0};
        auth.value[3] = std::byte(hmac);
        scene.send(auth, heartbeat("how are you"), text);
        EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication);
        const auto error = scene.take(kError);
        ASSERT_TRUE(error);
        const auto cause = error->tlv(0, kUnsupportedHmac);
        ASSERT_TRUE(cause);
        EXPECT_EQ(cause->value, OctetWriter{}.u16(hmac).octets);
        EXPECT_EQ(scene.count(kHeartbeatAck), 0u) << "all that follows is dropped";
        EXPECT_TRUE(scene.texts().empty());
    }
}

TEST(Rfc4895_6_3, AKeyThatIsNotHereIsSilentlyDropped) {
    Authenticating scene;
    scene.accept_all();
    scene.send_signed({data({.tsn = scene.peer_tsn})}, 1);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication);
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.texts().empty());
}

TEST(Rfc4895_6_3, ASecretThatIsNotOursIsSilentlyDropped) {
    Authenticating scene{authenticating({kData}, {shared_key(1, "ours")}, 1)};
    scene.accept_all();
    scene.send_signed({data({.tsn = scene.peer_tsn})}, 1, "theirs");
    scene.send_signed({data({.tsn = scene.peer_tsn})}, 1, "");
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.texts().empty());
    scene.send_signed({scene.next_data("text")}, 1, "ours");
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

TEST(Rfc4895_5_1, AnHmacOfAnotherLengthIsWrong) {
    Authenticating scene;
    scene.accept_all();
    const Chunk text = data({.tsn = scene.peer_tsn});
    const Chunk right = scene.auth({text});
    for (const std::size_t bytes : {0u, 3u, 4u, 20u, 23u, 28u, 60u}) {
        Chunk cut = right;
        cut.value.resize(bytes);
        scene.send(cut, text);
        EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication) << bytes;
    }
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.texts().empty());
}

TEST(Rfc4895_5_1, ASecondAuthEndsThePacket) {
    Authenticating scene;
    scene.accept_all();
    const Chunk one = data({.tsn = scene.peer_tsn, .payload = "one"});
    const Chunk two = data({.tsn = scene.peer_tsn + 1, .ssn = 1, .payload = "two"});
    const Chunk inner = scene.auth({two});
    scene.send(scene.auth({one, inner, two}), one, inner, two);
    EXPECT_EQ(scene.texts(), Texts{"one"});
}

TEST(Rfc4895_5_1, AnAuthOverNothingHarmsNobody) {
    Authenticating scene;
    scene.accept_all();
    scene.send(scene.auth({}));
    EXPECT_TRUE(scene.silent());
    EXPECT_TRUE(scene.engine.is_connected());
}

// §9: there is no number in AUTH; what came before is a duplicate like any other.
TEST(Rfc4895_9, AReplayIsADuplicate) {
    Authenticating scene;
    scene.accept_all();
    const Chunk text = scene.next_data("text");
    for (int i = 0; i < 3; ++i)
        scene.send_signed({text});
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

TEST(Rfc4895_5, WithoutAuthenticationTheChunkIsNotKnown) {
    Scene scene;
    scene.accept();
    scene.send(Chunk{.type = kAuth, .value = Octets(24)}, heartbeat("how are you"));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unknown_chunk);
    EXPECT_TRUE(scene.silent()) << "its type says: look no further, and say nothing";
}

TEST(Rfc4895_5, WithAPeerThatOfferedNothingTheChunkIsNotKnown) {
    Authenticating scene;
    scene.accept();
    scene.send(Chunk{.type = kAuth, .value = Octets(24)}, heartbeat("how are you"));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unknown_chunk);
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc4895_6_3, AnAbortThatMustBeAuthenticatedEndsNothingWithout) {
    Authenticating scene{authenticating({kAbort})};
    scene.accept_all();
    scene.send(abort());
    scene.send_as(scene.peer_tag, abort({}, kReflected));
    scene.send_as(scene.peer_tag, scene.auth({abort({}, kReflected)}), abort({}, kReflected));
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send_signed({abort()});
    EXPECT_FALSE(scene.engine.is_connected());
}

// RFC 6951 §5.4: a NAT may have given the peer another UDP port.
TEST(Rfc4895_6_3, ThePathFollowsOnlyWhatIsBelieved) {
    Authenticating scene{authenticating({kData})};
    scene.open_all();
    const Address before = scene.engine.status().path.remote;
    const Address elsewhere = before.with_port(static_cast<std::uint16_t>(before.port() + 1));
    const auto send_from_elsewhere = [&](const std::vector<Chunk>& chunks) {
        scene.send_octets_from(
            elsewhere, put_together(Scene::kPeerPort, scene.engine_port, scene.engine_tag, chunks));
    };
    const Chunk text = scene.next_data("text");
    Chunk wrong = scene.auth({text});
    wrong.value.back() ^= std::byte{1};
    for (const std::vector<Chunk>& chunks :
         {std::vector{text}, {wrong, text}, {text, bare(kShutdownComplete)}}) {
        send_from_elsewhere(chunks);
        EXPECT_EQ(scene.engine.status().path.remote, before);
        EXPECT_FALSE(scene.engine.event<sctp::PathChanged>());
    }
    send_from_elsewhere({scene.auth({text}), text});
    EXPECT_EQ(scene.engine.status().path.remote, elsewhere);
    EXPECT_TRUE(scene.engine.event<sctp::PathChanged>());
    EXPECT_EQ(scene.texts(), Texts{"text"});
    scene.send(heartbeat("which nobody wants authenticated"));
    EXPECT_EQ(scene.engine.status().path.remote, before);
}

// Who reflects a tag has no association, and so no keys.
TEST(Rfc4895_6_3, AReflectedTagAfterAuthIsNobodys) {
    Authenticating scene;
    scene.accept_all();
    const Chunk ending = abort({}, kReflected);
    scene.send_as(scene.peer_tag, scene.auth({ending}), ending);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_tag);
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send_as(scene.peer_tag, ending);
    EXPECT_FALSE(scene.engine.is_connected()) << "which nobody wants authenticated here";
}

// The peer has no keys before it has our INIT, and none where it takes no association.
TEST(Rfc4895_6_3, AnAbortToAnInitNeedsNoAuth) {
    Scene scene{authenticating({kAbort})};
    scene.begin_open();
    scene.send(abort());
    const auto closed = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->reason, sctp::CloseReason::refused);
}

TEST(Rfc4895_6_3, AMalformedPacketDoesNotEndAnAssociationThatOnlyAnAbortMayEnd) {
    Authenticating scene{authenticating({kData, kAbort})};
    scene.accept_all();
    scene.send(data({.tsn = scene.peer_tsn, .payload = ""})); // would be answered with ABORT
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_TRUE(scene.silent());
}

// --- §6.3, out of the blue ---

TEST(Rfc4895_6_3, OutOfTheBlueThePacketIsTakenWithoutItsAuth) {
    Scene scene{authenticating()};
    const Chunk stray{.type = kAuth, .value = Octets(24)};
    scene.send_as(0x1234, stray, bare(kShutdownAck));
    EXPECT_EQ(scene.count(kShutdownComplete), 1u);
    scene.discard();
    scene.send_as(0x1234, stray, data({}));
    EXPECT_EQ(scene.count(kAbort), 1u);
    scene.discard();
    for (const Chunk& silent : {abort(), bare(kShutdownComplete), bare(kCookieAck), error({})}) {
        scene.send_as(0x1234, stray, silent);
        EXPECT_TRUE(scene.silent()) << int{silent.type};
    }
    scene.send_as(0x1234, stray);
    EXPECT_TRUE(scene.silent());
    scene.send_as(0, stray, init());
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_tag) << "INIT comes alone";
    EXPECT_TRUE(scene.silent());
}

} // namespace
} // namespace hawser::test
