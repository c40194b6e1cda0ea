// RFC 5061 §5.2 and §5.3: the peer's addresses come and go.
#include "asconf.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<Address>;
using Causes = std::vector<std::uint16_t>;
using Change = sctp::PathChanged::State;

const Address kAny = Address::any(Family::ipv4);

// --- §4.2.7, §6: who may ask at all ---

TEST(Rfc5061_4_2_7, ListsItsChunksWhereTheyAreNamedAndWhereTheyAreAuthenticated) {
    Dynamic scene;
    const InitView answer = scene.ask();
    Octets extensions, chunks;
    for (const Tlv& each : answer.parameters) {
        if (each.type == kSupportedExtensions) extensions = each.value;
        if (each.type == kChunkList) chunks = each.value;
    }
    EXPECT_EQ(extensions, (Octets{std::byte{0x0f}, std::byte{0xc1}, std::byte{0x80}}));
    EXPECT_EQ(chunks, (Octets{std::byte{0xc1}, std::byte{0x80}}));
}

TEST(Rfc5061_6, WhoWantsAsconfWithoutAuthIsRefused) {
    Scene scene{dynamic()};
    scene.send_as(0, init({.parameters = {{.type = kSupportedExtensions,
                                           .value = {std::byte{0xc1}, std::byte{0x80}}}}}));
    EXPECT_TRUE(scene.take(kAbort));
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

TEST(Rfc5061_6, AnAnswerThatWantsAsconfWithoutAuthIsRefused) {
    Scene scene{dynamic()};
    scene.begin_open();
    scene.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")},
                                        {.type = kSupportedExtensions,
                                         .value = {std::byte{0xc1}, std::byte{0x80}}}}}));
    EXPECT_TRUE(scene.take(kAbort));
    EXPECT_FALSE(scene.count(kCookieEcho));
    EXPECT_TRUE(scene.engine.event<sctp::Closed>());
}

TEST(Rfc5061_4_1_1, WhereItWasNotAgreedOnAsconfIsUnknown) {
    for (const int lacks : {0, 1, 2}) {
        PeerOffer offer = offering_asconf();
        if (lacks == 0) offer.chunks = {kAsconf};
        const auto extensions = lacks == 1   ? std::vector<int>{0xc1}
                                : lacks == 2 ? std::vector<int>{}
                                             : std::vector<int>{0xc1, 0x80};
        Dynamic scene{dynamic(), offer, extensions};
        scene.accept_dynamic();
        scene.send_signed(
            {asconf(scene.number, scene.theirs(0), {asks(kAddIp, 1, scene.theirs(1))})});
        const auto said = scene.take(kError);
        ASSERT_TRUE(said) << lacks;
        EXPECT_TRUE(said->tlv(0, kUnrecognizedChunk));
        EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
        EXPECT_EQ(scene.engine.engine
                      ->add_local_address(scene.engine.association(), scene.ours(2), scene.now())
                      .error()
                      .code,
                  Errc::unsupported);
    }
}

TEST(Rfc5061_4_1_1, WithTheOptionOffAsconfIsUnknown) {
    Dynamic scene{authenticating({})};
    scene.accept_dynamic();
    scene.send_signed({asconf(scene.number, scene.theirs(0), {asks(kAddIp, 1, scene.theirs(1))})});
    EXPECT_TRUE(scene.take(kError));
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
}

// --- §5.2 D5: AUTH ---

TEST(Rfc5061_5_2, WithoutAuthNothingIsChangedAndTheRestIsDropped) {
    Dynamic scene;
    scene.accept_dynamic();
    const Chunk request = asconf(scene.number, scene.theirs(0), {asks(kAddIp, 1, scene.theirs(1))});
    scene.send(request, data({.tsn = scene.peer_tsn, .payload = "behind"}));
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
    EXPECT_EQ(scene.engine.engine->counters().unauthenticated_chunks, 1u);
    EXPECT_FALSE(scene.answer());
    EXPECT_TRUE(scene.texts().empty());
    scene.send(request);
    EXPECT_EQ(scene.dropped(Verdict::unauthenticated), 2u);
}

TEST(Rfc5061_5_2, WithAWrongCodeNothingIsChanged) {
    Dynamic scene;
    scene.accept_dynamic();
    const Chunk request = asconf(scene.number, scene.theirs(0), {asks(kAddIp, 1, scene.theirs(1))});
    Chunk code = scene.auth({request});
    code.value.back() ^= std::byte{1};
    scene.send(code, request);
    scene.send_plain_from(scene.theirs(3), {code, request});
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
    EXPECT_EQ(scene.dropped(Verdict::bad_authentication), 2u);
    EXPECT_FALSE(scene.answer());
}

// --- §5.2 E: numbers ---

TEST(Rfc5061_5_2_E2, ARequestThatComesAgainIsAnsweredTheSameAndDoneOnce) {
    Dynamic scene;
    scene.accept_dynamic();
    const Chunk request =
        asconf(scene.number, scene.theirs(0),
               {asks(kAddIp, 7, scene.theirs(1)), asks(kDeleteIp, 8, scene.theirs(0))});
    scene.send_signed({request});
    const auto first = scene.answer();
    ASSERT_TRUE(first);
    EXPECT_EQ(Dynamic::causes(first), Causes{kDeleteSource});
    scene.forget();
    scene.engine.events.clear();
    scene.send_signed({request});
    const auto again = scene.answer();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->value, first->value);
    EXPECT_FALSE(scene.engine.event<sctp::PathChanged>());
}

TEST(Rfc5061_5_2_E5, OtherNumbersAreDropped) {
    Dynamic scene;
    scene.accept_dynamic();
    for (const std::uint32_t step : {1u, 2u, 0x7fff'ffffu, 0x8000'0000u, 0xffff'ffffu}) {
        scene.send_signed(
            {asconf(scene.number + step, scene.theirs(0), {asks(kAddIp, 1, scene.theirs(1))})});
        EXPECT_FALSE(scene.answer()) << step;
    }
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
    EXPECT_EQ(scene.dropped(Verdict::unexpected), 5u);
}

TEST(Rfc5061_5_2_E1, AnOldAnswerIsForgottenOnceANewerRequestComesAlone) {
    Dynamic scene;
    scene.accept_dynamic();
    ASSERT_TRUE(scene.ask_for({asks(kAddIp, 1, scene.theirs(1))}));
    ASSERT_TRUE(scene.ask_for({asks(kAddIp, 1, scene.theirs(2))}));
    scene.forget();
    scene.send_signed({asconf(scene.number - 2, scene.theirs(0), {})});
    EXPECT_FALSE(scene.answer());
    scene.send_signed({asconf(scene.number - 1, scene.theirs(0), {})});
    EXPECT_TRUE(scene.answer());
}

TEST(Rfc5061_5_5, BundledRequestsAreAnsweredInOnePacket) {
    Dynamic scene;
    scene.accept_dynamic();
    scene.send_signed(
        {asconf(scene.number, scene.theirs(0), {asks(kAddIp, 1, scene.theirs(1))}),
         asconf(scene.number + 1, scene.theirs(0), {asks(kAddIp, 1, scene.theirs(2))})});
    const auto answers = scene.see();
    ASSERT_FALSE(answers.empty());
    EXPECT_EQ(answers[0].after, (Types{kAsconfAck, kAsconfAck}));
    EXPECT_EQ(scene.known().size(), 3u);
    // The first answer is still there: it may have been lost with the second.
    scene.send_signed(
        {asconf(scene.number, scene.theirs(0), {}), asconf(scene.number + 1, scene.theirs(0), {})});
    const auto again = scene.see();
    ASSERT_FALSE(again.empty());
    EXPECT_EQ(again[0].after, (Types{kAsconfAck, kAsconfAck}));
}

TEST(Rfc5061_5_2_E4, RequestsAreDoneInTheirOrder) {
    Dynamic scene;
    scene.accept_dynamic();
    const auto ack =
        scene.ask_for({asks(kAddIp, 1, scene.theirs(1)), asks(kDeleteIp, 2, scene.theirs(1)),
                       asks(kSetPrimary, 3, scene.theirs(1))});
    EXPECT_EQ(Dynamic::causes(ack), Causes{kUnresolvableAddress}) << "it was gone by then";
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
}

TEST(Rfc5061_5_2_V2, WhatIsNotKnownIsReportedAsItsTypeSays) {
    Dynamic scene;
    scene.accept_dynamic();
    const auto unknown = [](std::uint16_t type) {
        return OctetWriter{}.u16(type).u16(8).u32(77).octets;
    };
    const Octets add = asks(kAddIp, 1, scene.theirs(1));
    const auto reported = scene.ask_for({unknown(0xc0ff), add});
    EXPECT_EQ(Dynamic::causes(reported), (Causes{kUnrecognizedParameters, 0}));
    EXPECT_EQ(reported->tlvs(4)[0].u32(0), 77u) << "the correlation";
    EXPECT_EQ(scene.known().size(), 2u);
    const Octets more = asks(kAddIp, 1, scene.theirs(2));
    EXPECT_EQ(Dynamic::causes(scene.ask_for({unknown(0x80ff), more})), Causes{0});
    EXPECT_EQ(scene.known().size(), 3u);
    const Octets last = asks(kAddIp, 1, scene.theirs(3));
    EXPECT_EQ(Dynamic::causes(scene.ask_for({unknown(0x40ff), last})),
              Causes{kUnrecognizedParameters});
    EXPECT_EQ(scene.known().size(), 3u) << "nothing after it was looked at";
}

TEST(Rfc5061_5_2, WhatCannotBeReadIsDropped) {
    Dynamic scene;
    scene.accept_dynamic();
    Chunk cut = asconf(scene.number, scene.theirs(0), {asks(kAddIp, 1, scene.theirs(1))});
    cut.value.resize(cut.value.size() - 5);
    scene.send_signed({cut});
    scene.send_signed({{.type = kAsconf, .value = octets("abc")}});
    scene.send_signed({{.type = kAsconfAck, .value = octets("ab")}});
    EXPECT_EQ(scene.dropped(Verdict::malformed), 3u);
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
    EXPECT_TRUE(scene.ask_for({asks(kAddIp, 1, scene.theirs(1))}));
}

// Whatever it asks for, it is answered in one packet or not at all.
TEST(Rfc5061_5_1_1_C5, ARequestBeyondAllPacketsIsDropped) {
    for (const std::size_t bytes : {8'000u, 9'000u, 65'400u}) {
        Dynamic scene;
        scene.accept_dynamic();
        const Octets large = OctetWriter{}
                                 .u16(0xc0ff)
                                 .u16(static_cast<std::uint32_t>(bytes))
                                 .add(Octets(bytes - 4))
                                 .pad()
                                 .octets;
        scene.send_signed({asconf(scene.number, scene.theirs(0), {large})});
        EXPECT_FALSE(scene.answer());
        EXPECT_EQ(scene.dropped(Verdict::malformed), bytes > 8'192 ? 1u : 0u);
        EXPECT_TRUE(scene.engine.is_connected());
    }
}

TEST(Rfc5061_5_2, ManyRequestsWithoutSenseAreOnePacketOrNone) {
    Dynamic scene;
    scene.accept_dynamic();
    std::vector<Octets> requests(2'000, OctetWriter{}.u16(0xc0ff).u16(4).octets);
    scene.send_signed({asconf(scene.number, scene.theirs(0), requests)});
    EXPECT_LE(scene.peer.raw.size(), 1u);
    EXPECT_TRUE(scene.engine.is_connected());
}

// --- §5.2 D: whose it is ---

TEST(Rfc5061_5_2_D2, ARequestFromANewAddressIsFoundByTheOneThatItNames) {
    for (const Address& lookup : {Dynamic::theirs(0), kAny}) {
        Dynamic scene;
        scene.accept_dynamic();
        const auto ack =
            scene.ask_from(scene.theirs(3), lookup, {asks(kAddIp, 1, scene.theirs(3))});
        ASSERT_TRUE(ack);
        EXPECT_TRUE(Dynamic::causes(ack).empty());
        EXPECT_EQ(scene.answered_to, scene.theirs(3)) << "§5.2 E6";
        EXPECT_EQ(scene.known(), (Addresses{scene.theirs(0), scene.theirs(3)}));
        EXPECT_FALSE(scene.confirmed(scene.theirs(3)));
    }
}

TEST(Rfc5061_5_2_D3, OneThatNamesAStrangerIsOutOfTheBlueWithoutAuth) {
    Dynamic scene;
    scene.accept_dynamic();
    const Chunk request = asconf(scene.number, scene.theirs(2), {asks(kAddIp, 1, scene.theirs(3))});
    scene.send_plain_from(scene.theirs(3), {request});
    Chunk code = scene.auth({request});
    code.value.back() ^= std::byte{1};
    scene.send_plain_from(scene.theirs(3), {code, request});
    EXPECT_EQ(scene.dropped(Verdict::out_of_the_blue), 2u);
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
}

// The peer has moved once more since it first asked, and its answer was lost.
TEST(Rfc5061_5_2_D2, AfterAuthItsTagIsEnough) {
    Dynamic scene;
    scene.accept_dynamic();
    const Chunk request =
        asconf(scene.number, scene.theirs(0),
               {asks(kAddIp, 1, scene.theirs(1)), asks(kDeleteIp, 2, scene.theirs(0))});
    scene.send_signed_from(scene.theirs(1), {request});
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(1)});
    scene.forget();
    scene.send_signed_from(scene.theirs(2), {request});
    EXPECT_TRUE(scene.answer());
    EXPECT_EQ(scene.answered_to, scene.theirs(2));
}

TEST(Rfc5061_5_2_D5, FromElsewhereNothingIsTakenWithoutAuth) {
    Dynamic scene;
    scene.accept_dynamic();
    scene.forget();
    scene.send_plain_from(scene.theirs(3), {asconf(scene.number, scene.theirs(0),
                                                   {asks(kAddIp, 1, scene.theirs(3))})});
    EXPECT_EQ(scene.dropped(Verdict::unauthenticated), 1u);
    EXPECT_TRUE(scene.peer.raw.empty()) << "and nobody is told";
}

// --- §5.3: adding ---

TEST(Rfc5061_5_3_F14, AnAddedAddressIsAskedBeforeItIsUsed) {
    Dynamic scene;
    scene.accept_dynamic();
    ASSERT_TRUE(scene.ask_for({asks(kAddIp, 1, scene.theirs(1))}));
    EXPECT_FALSE(scene.confirmed(scene.theirs(1)));
    EXPECT_EQ(scene.engine.event<sctp::PathChanged>()->state, Change::added);
    scene.run_for(10ms);
    EXPECT_EQ(scene.answer_heartbeats(), 1);
    EXPECT_TRUE(scene.confirmed(scene.theirs(1)));
    EXPECT_EQ(scene.engine.event<sctp::PathChanged>()->state, Change::confirmed);
}

TEST(Rfc5061_5_3_F9, NoMoreAddressesAreTakenThanThereMayBe) {
    sctp::Options options = dynamic();
    options.peer_addresses_max = 2;
    Dynamic scene{options};
    scene.accept_dynamic();
    const auto ack =
        scene.ask_for({asks(kAddIp, 1, scene.theirs(1)), asks(kAddIp, 2, scene.theirs(2)),
                       asks(kDeleteIp, 3, scene.theirs(1)), asks(kSetPrimary, 4, scene.theirs(0))});
    EXPECT_EQ(Dynamic::causes(ack), (Causes{kShortage, kShortage, 0})) << "F11, and §5.1 A7";
    EXPECT_EQ(scene.known(), (Addresses{scene.theirs(0), scene.theirs(1)}));
    // The whole TLV that was refused comes back: §4.3.2.
    const Tlv first = ack->tlvs(4)[0];
    EXPECT_EQ(first.u32(0), 2u);
    EXPECT_EQ(Octets(first.value.begin() + 8, first.value.end()), asks(kAddIp, 2, scene.theirs(2)));
}

TEST(Rfc5061_4_2_1, WhatIsNoHostIsNotAdded) {
    for (const char* address : {"224.0.0.1", "255.255.255.255"}) {
        Dynamic scene;
        scene.accept_dynamic();
        EXPECT_EQ(
            Dynamic::causes(scene.ask_for({asks(kAddIp, 1, Address::parse(address).value())})),
            Causes{kUnresolvableAddress});
        EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
    }
}

// The scopes of RFC 9260 §5.1.2 hold for what is added later, too.
TEST(Rfc5061_5_3, WhatThePeerCannotMeanIsNotAdded) {
    for (const char* address : {"127.0.0.1", "169.254.1.1", "10.0.0.1", "2001:db8::1"}) {
        Dynamic scene;
        scene.accept_dynamic();
        EXPECT_EQ(
            Dynamic::causes(scene.ask_for({asks(kAddIp, 1, Address::parse(address).value())})),
            Causes{kNoAuthorization})
            << address;
        EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
    }
}

TEST(Rfc5061_4_2_1, TheWildcardAddsTheSourceOfThePacket) {
    Dynamic scene;
    scene.accept_dynamic();
    const auto ack = scene.ask_from(scene.theirs(3), kAny, {asks(kAddIp, 1, kAny)});
    ASSERT_TRUE(ack);
    EXPECT_TRUE(Dynamic::causes(ack).empty());
    EXPECT_EQ(scene.known(), (Addresses{scene.theirs(0), scene.theirs(3)}));
}

TEST(Rfc5061_5_3, WhatIsThereAlreadyIsAddedWithoutAWord) {
    Dynamic scene;
    scene.accept_dynamic();
    EXPECT_TRUE(Dynamic::causes(scene.ask_for({asks(kAddIp, 1, scene.theirs(0))})).empty());
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
    EXPECT_TRUE(Dynamic::causes(scene.ask_for({asks(kDeleteIp, 1, scene.theirs(3))})).empty());
}

// --- §5.3: deleting ---

TEST(Rfc5061_5_3_F7, TheLastAddressIsNotDeleted) {
    Dynamic scene;
    scene.accept_dynamic();
    const auto ack = scene.ask_for({asks(kDeleteIp, 9, scene.theirs(0))});
    EXPECT_EQ(Dynamic::causes(ack), Causes{kDeleteLast});
    EXPECT_EQ(ack->tlvs(4)[0].u32(0), 9u);
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(0)});
}

TEST(Rfc5061_5_3_F8, TheSourceOfTheRequestIsNotDeleted) {
    Dynamic scene;
    scene.accept_dynamic();
    scene.add_theirs(1);
    EXPECT_EQ(Dynamic::causes(scene.ask_for({asks(kDeleteIp, 1, scene.theirs(0))})),
              Causes{kDeleteSource});
    EXPECT_EQ(scene.known().size(), 2u);
}

TEST(Rfc5061_5_3_F13, FromADeletedAddressAllIsOutOfTheBlue) {
    Dynamic scene;
    scene.accept_dynamic();
    scene.add_theirs(1);
    ASSERT_TRUE(
        scene.ask_from(scene.theirs(1), scene.theirs(1), {asks(kDeleteIp, 1, scene.theirs(0))}));
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(1)});
    EXPECT_EQ(scene.engine.event<sctp::PathChanged>()->state, Change::removed);
    scene.forget();
    scene.send_plain_from(scene.theirs(0), {data({.tsn = scene.peer_tsn, .payload = "late"})});
    EXPECT_TRUE(scene.texts().empty());
    EXPECT_EQ(scene.dropped(Verdict::out_of_the_blue), 1u);
    scene.send_plain_from(scene.theirs(1), {data({.tsn = scene.peer_tsn, .payload = "in time"})});
    EXPECT_EQ(scene.texts(), Texts{"in time"});
    // Another association may begin there.
    InitFields anew;
    anew.tag = 0x0c0c'0c0c;
    scene.send_as(0, init(anew));
    EXPECT_TRUE(scene.take(kInitAck));
}

TEST(Rfc5061_4_2_2, TheWildcardDeletesAllButTheSource) {
    Dynamic scene;
    scene.accept_dynamic();
    scene.add_theirs(1);
    scene.add_theirs(2);
    ASSERT_EQ(scene.known().size(), 3u);
    EXPECT_TRUE(Dynamic::causes(
                    scene.ask_from(scene.theirs(2), scene.theirs(2), {asks(kDeleteIp, 1, kAny)}))
                    .empty());
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(2)});
}

// A peer that is at a new address only: nothing goes there before it has answered a nonce.
TEST(Rfc5061_5_3_2, TheOnlyAddressIsExchanged) {
    Dynamic scene;
    scene.accept_dynamic();
    scene.say("under way");
    scene.world.settle();
    scene.forget();
    const auto ack =
        scene.ask_from(scene.theirs(3), scene.theirs(0),
                       {asks(kAddIp, 1, scene.theirs(3)), asks(kDeleteIp, 2, scene.theirs(0))});
    ASSERT_TRUE(ack);
    EXPECT_TRUE(Dynamic::causes(ack).empty());
    EXPECT_EQ(scene.answered_to, scene.theirs(3));
    EXPECT_EQ(scene.known(), Addresses{scene.theirs(3)});
    scene.say("more");
    scene.send_plain_from(scene.theirs(3),
                          {data({.tsn = scene.peer_tsn++, .payload = "meanwhile"})});
    scene.run_for(500ms);
    for (const WireDatagram& datagram : scene.peer.raw) {
        const SeenPacket seen = scene.look_at(datagram.bytes);
        EXPECT_FALSE(seen.read.has(kData) || seen.read.has(kSack)) << describe(seen.read);
    }
    EXPECT_GE(scene.answer_heartbeats(), 1);
    EXPECT_TRUE(scene.confirmed(scene.theirs(3)));
    scene.run_for(1s);
    EXPECT_EQ(scene.take_data().size(), 2u) << "both, at the new address";
}

// --- §5.4 ---

TEST(Rfc5061_5_4, ThePrimaryIsWhatThePeerWants) {
    Dynamic scene;
    scene.accept_dynamic();
    scene.add_theirs(1);
    EXPECT_TRUE(Dynamic::causes(scene.ask_for({asks(kSetPrimary, 1, scene.theirs(1))})).empty());
    EXPECT_EQ(scene.engine.status().path.remote, scene.theirs(1));
    EXPECT_EQ(scene.engine.event<sctp::PathChanged>()->state, Change::made_primary);
    EXPECT_TRUE(Dynamic::causes(scene.ask_for({asks(kSetPrimary, 1, kAny)})).empty());
    EXPECT_EQ(scene.engine.status().path.remote, scene.theirs(0)) << "the source";
}

TEST(Rfc5061_5_4, AnAddressThatHasNotAnsweredBecomesPrimaryWhenItDoes) {
    Dynamic scene;
    scene.accept_dynamic();
    EXPECT_TRUE(Dynamic::causes(scene.ask_for({asks(kAddIp, 1, scene.theirs(1)),
                                               asks(kSetPrimary, 2, scene.theirs(1))}))
                    .empty());
    EXPECT_EQ(scene.engine.status().path.remote, scene.theirs(0));
    scene.run_for(10ms);
    scene.answer_heartbeats();
    EXPECT_EQ(scene.engine.status().path.remote, scene.theirs(1));
}

TEST(Rfc5061_5_4, AStrangersAddressIsNoPrimary) {
    Dynamic scene;
    scene.accept_dynamic();
    EXPECT_EQ(Dynamic::causes(scene.ask_for({asks(kSetPrimary, 1, scene.theirs(1))})),
              Causes{kUnresolvableAddress});
}

TEST(Rfc5061_4_3_5, ThePeerChoosesNoPrimaryWhereItMayNot) {
    sctp::Options options = dynamic();
    options.peer_chooses_primary = false;
    Dynamic scene{options};
    scene.accept_dynamic();
    scene.add_theirs(1);
    EXPECT_EQ(Dynamic::causes(scene.ask_for({asks(kSetPrimary, 1, scene.theirs(1))})),
              Causes{kNoAuthorization});
    EXPECT_EQ(scene.engine.status().path.remote, scene.theirs(0));
}

} // namespace
} // namespace hawser::test
