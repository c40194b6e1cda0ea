// RFC 4895 §3 and §6.1: what INIT and INIT ACK say, and the keys that come of it.
#include "authenticating.hpp"

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

/// The parameters of AUTH, and whether Supported Extensions lists the chunk.
struct Said {
    explicit Said(const Chunk& chunk)
        : random{chunk.tlv(kInitParameters, kRandom)},
          chunks{chunk.tlv(kInitParameters, kChunkList)},
          hmacs{chunk.tlv(kInitParameters, kHmacAlgo)} {
        const auto listed = chunk.tlv(kInitParameters, kSupportedExtensions);
        lists_auth = listed && std::find(listed->value.begin(), listed->value.end(),
                                         std::byte{kAuth}) != listed->value.end();
    }
    std::optional<Tlv> random, chunks, hmacs;
    bool lists_auth = false;
};

Said said_in_init(const sctp::Options& options, std::uint64_t seed = 1) {
    Scene scene{options, seed};
    EXPECT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    scene.world.settle();
    return Said{scene.take(kInit).value_or(Chunk{})};
}

Said said_in_init_ack(const sctp::Options& options, const std::vector<Tlv>& parameters) {
    Scene scene{options};
    scene.send_as(0, init({.parameters = parameters}));
    return Said{scene.take(kInitAck).value_or(Chunk{})};
}

TEST(Rfc4895_3, AllThreeAreOfferedWhereAuthenticationIsWanted) {
    for (const Said& said :
         {said_in_init(authenticating({kData, kSack})),
          said_in_init_ack(authenticating({kData, kSack}), PeerOffer{}.parameters())}) {
        ASSERT_TRUE(said.random && said.chunks && said.hmacs);
        EXPECT_EQ(said.random->value.size(), 32u);
        EXPECT_EQ(said.chunks->value, OctetWriter{}.u8(kData).u8(kSack).octets);
        EXPECT_EQ(said.hmacs->value, OctetWriter{}.u16(kSha256).u16(kSha1).octets);
        EXPECT_TRUE(said.lists_auth) << "RFC 5061 §4.2.7";
    }
}

TEST(Rfc4895_3, NothingIsOfferedWhereItIsNot) {
    for (const Said& said : {said_in_init(quiet_rfc9260()),
                             said_in_init_ack(quiet_rfc9260(), PeerOffer{}.parameters())}) {
        EXPECT_FALSE(said.random || said.chunks || said.hmacs || said.lists_auth);
    }
}

TEST(Rfc4895_3, NothingIsAnsweredToWhoOffersNothing) {
    const Said said = said_in_init_ack(authenticating(), {});
    EXPECT_FALSE(said.random || said.chunks || said.hmacs);
}

TEST(Rfc4895_3_2, WhatCannotBeAuthenticatedIsNotListed) {
    const Said said = said_in_init(
        authenticating({kInit, kInitAck, kShutdownComplete, kAuth, kAbort, kData, kData}));
    ASSERT_TRUE(said.chunks);
    EXPECT_EQ(said.chunks->value, OctetWriter{}.u8(kAbort).u8(kData).octets);
}

TEST(Rfc4895_6_1, AnEmptyListIsLeftOut) {
    const Said said = said_in_init(authenticating({}));
    EXPECT_TRUE(said.random && said.hmacs);
    EXPECT_FALSE(said.chunks);
}

TEST(Rfc4895_6_1, Sha1IsAlwaysListedAndNothingThatIsNotKnown) {
    sctp::Options options = authenticating();
    options.authentication->hmacs = {sctp::HmacId{2}, sctp::HmacId::sha256, sctp::HmacId::sha256};
    EXPECT_EQ(said_in_init(options).hmacs->value, OctetWriter{}.u16(kSha256).u16(kSha1).octets);
    options.authentication->hmacs = {};
    EXPECT_EQ(said_in_init(options).hmacs->value, OctetWriter{}.u16(kSha1).octets);
}

TEST(Rfc4895_6_1, RandomNumbersDifferBetweenAssociations) {
    EXPECT_NE(said_in_init(authenticating(), 1).random->value,
              said_in_init(authenticating(), 2).random->value);
    Scene scene{authenticating()};
    scene.send_as(0, init({.parameters = PeerOffer{}.parameters()}));
    scene.send_as(0, init({.parameters = PeerOffer{}.parameters()}));
    const Said first{scene.take(kInitAck).value()};
    const Said second{scene.take(kInitAck).value()};
    EXPECT_NE(first.random->value, second.random->value) << "each has a tag of its own";
}

TEST(Rfc4895_6_1, AnInitThatGoesAgainHasTheSameRandomNumber) {
    Scene scene{authenticating()};
    ASSERT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    scene.run_for(10s);
    const auto first = scene.take(kInit);
    const auto second = scene.take(kInit);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->value, second->value);
}

// The tag is that of our own INIT, and the random number follows the same pattern.
TEST(Rfc4895_6_1, AnInitAckInACollisionHasTheRandomNumberOfOurInit) {
    Authenticating scene;
    ASSERT_TRUE(
        scene.engine.connect(scene.peer_address(), Scene::kPeerPort, {.local_port = Scene::kPort}));
    scene.world.settle();
    const auto init_sent = scene.take(kInit);
    ASSERT_TRUE(init_sent);
    scene.send_as(0, init(scene.fields()));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    EXPECT_EQ(InitView{*answer}.tag, InitView{*init_sent}.tag);
    EXPECT_EQ(Said{*answer}.random->value, Said{*init_sent}.random->value);
}

// --- offers that no keys can come of ---

std::vector<std::vector<Tlv>> broken_offers() {
    std::vector<std::vector<Tlv>> all;
    for (const std::size_t bytes : {0u, 31u, 33u, 64u})
        all.push_back(PeerOffer{.random = Octets(bytes)}.parameters());
    const auto whole = PeerOffer{}.parameters();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto twice = whole;
        twice.push_back(whole[i]);
        all.push_back(twice);
    }
    all.push_back({whole[0], whole[1]}); // no HMAC-ALGO
    all.push_back({whole[1], whole[2]}); // no RANDOM
    all.push_back({whole[0]});
    all.push_back({whole[1]});
    all.push_back({whole[2]});
    all.push_back(PeerOffer{.hmacs = {}}.parameters());
    all.push_back(PeerOffer{.hmacs = {2, 99}}.parameters()); // SHA-1 MUST be included
    all.push_back(PeerOffer{.hmacs = std::vector<std::uint16_t>(17, kSha1)}.parameters());
    all.push_back({whole[0], whole[1], {.type = kHmacAlgo, .value = Octets(3)}});
    all.push_back(PeerOffer{.chunks = Types(257, kData)}.parameters());
    return all;
}

TEST(Rfc4895_6_1, AnInitWithABrokenOfferIsRefused) {
    for (const auto& parameters : broken_offers()) {
        Scene scene{authenticating()};
        scene.send_as(0, init({.parameters = parameters}));
        const auto refused = scene.take(kAbort);
        ASSERT_TRUE(refused);
        EXPECT_TRUE(refused->tlv(0, kProtocolViolation));
        EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    }
}

// What has no keys of both ends must not become an association with others.
TEST(Rfc4895_6_1, AnInitAckWithABrokenOfferEndsTheAssociation) {
    for (auto parameters : broken_offers()) {
        Scene scene{authenticating()};
        scene.begin_open();
        parameters.push_back({.type = kStateCookie, .value = octets("cookie")});
        scene.discard();
        scene.send(init_ack({.parameters = parameters}));
        EXPECT_EQ(scene.count(kCookieEcho), 0u);
        const auto refused = scene.take(kAbort);
        ASSERT_TRUE(refused);
        EXPECT_TRUE(refused->tlv(0, kProtocolViolation));
        const auto closed = scene.engine.event<sctp::Closed>();
        ASSERT_TRUE(closed);
        EXPECT_EQ(closed->reason, sctp::CloseReason::protocol_violation);
    }
}

TEST(Rfc4895_6_1, ABrokenOfferIsNothingToWhoDoesNotWantIt) {
    for (const auto& parameters : broken_offers()) {
        Scene scene;
        scene.accept({.parameters = parameters});
        EXPECT_TRUE(scene.engine.is_connected());
    }
}

TEST(Rfc4895_6_1, WithAPeerThatDoesNotKnowAuthTheAssociationGoesOn) {
    for (const bool opens : {false, true}) {
        Authenticating scene{authenticating({kData, kSack, kAbort, kCookieEcho, kCookieAck})};
        opens ? scene.open() : scene.accept();
        EXPECT_FALSE(scene.engine.status().authentication);
        const auto told = scene.changed();
        ASSERT_TRUE(told);
        EXPECT_EQ(told->what, What::peer_without);
        EXPECT_FALSE(scene.changed());
        scene.send_data("plain");
        EXPECT_EQ(scene.texts(), Texts{"plain"});
        scene.say("plain");
        scene.run_for(1s);
        EXPECT_EQ(scene.count(kAuth), 0u);
        EXPECT_EQ(scene.engine.send("text", {.key = sctp::KeyId{0}}).error().code,
                  Errc::unsupported);
    }
}

TEST(Rfc4895_6_1, WhoKnowsItIsNotReportedAsOneWhoDoesNot) {
    for (const bool opens : {false, true}) {
        Authenticating scene;
        opens ? scene.open_all() : scene.accept_all();
        EXPECT_TRUE(scene.engine.status().authentication);
        EXPECT_FALSE(scene.changed());
    }
}

// --- key vectors ---

/// What both say of it, both ways.
void expect_same_keys(Authenticating& scene, Hmac hmac = kSha1) {
    scene.send_signed({scene.next_data("to the engine")}, 0, {}, hmac);
    EXPECT_EQ(scene.texts(), Texts{"to the engine"});
    scene.forget();
    scene.say("to the peer");
    scene.world.settle();
    const auto seen = scene.see(); // which checks the HMAC
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_TRUE(seen[0].authenticates(kData));
}

TEST(Rfc4895_6_1, TheSmallerKeyVectorStandsFirst) {
    for (const unsigned first : {0x00u, 0xffu}) {
        Authenticating scene{authenticating(),
                             {.hmacs = {kSha256, kSha1}, .random = Octets(32, std::byte(first))}};
        scene.accept_all();
        ASSERT_EQ(scene.ours.size(), scene.theirs.size());
        EXPECT_EQ(is_smaller_number(scene.ours, scene.theirs), first == 0);
        expect_same_keys(scene);
    }
}

TEST(Rfc4895_6_1, KeyVectorsOfDifferentLengthsAreComparedAsNumbers) {
    for (const bool longer : {false, true}) {
        Authenticating scene{
            authenticating(),
            {.chunks = longer ? Types{kData, kHeartbeat, kHeartbeatAck, 77, 78} : Types{kData},
             .random = Octets(32, std::byte(longer ? 0x00 : 0xff))}};
        scene.accept_all();
        EXPECT_EQ(scene.ours.size() > scene.theirs.size(), longer);
        expect_same_keys(scene);
    }
}

TEST(Rfc4895_6_1, PaddingIsNoPartOfAKeyVector) {
    for (const Types& list : {Types{kData}, Types{kData, 70}, Types{kData, 70, 71}}) {
        Authenticating scene{authenticating(list), {.chunks = list}};
        scene.accept_all();
        expect_same_keys(scene);
    }
}

TEST(Rfc4895_6_1, AParameterThatWasNotSentIsNoPartOfAKeyVector) {
    Authenticating scene{authenticating(), {.lists_chunks = false}};
    scene.accept_all();
    scene.send_signed({scene.next_data("text")});
    EXPECT_EQ(scene.texts(), Texts{"text"});
    scene.say("nobody asked");
    scene.world.settle();
    for (const SeenPacket& each : scene.see())
        EXPECT_FALSE(each.key);
}

TEST(Rfc4895_6_1, WhoOpensTheAssociationHasTheSameKeys) {
    Authenticating scene;
    scene.open_all();
    expect_same_keys(scene);
}

TEST(Rfc4895_6_1, TheOrderOfTheParametersInAnInitDoesNotMatter) {
    Authenticating scene;
    InitFields fields = scene.fields();
    std::swap(fields.parameters.front(), fields.parameters.back());
    const InitView answer = scene.question(fields);
    scene.learn_vectors(answer.parameters);
    scene.engine_tag = answer.tag;
    scene.peer_tsn = fields.tsn;
    scene.send(cookie_echo(answer.cookie));
    scene.send_signed({scene.next_data("text")});
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

TEST(Rfc4895_6_1, TheFirstAlgorithmThatThePeerListsAndWeKnowIsUsed) {
    for (const auto& [listed, used] :
         std::vector<std::pair<std::vector<std::uint16_t>, Hmac>>{{{kSha1}, kSha1},
                                                                  {{kSha256, kSha1}, kSha256},
                                                                  {{kSha1, kSha256}, kSha1},
                                                                  {{99, 2, kSha256}, kSha256}}) {
        Authenticating scene{authenticating(), {.hmacs = listed}};
        scene.accept_all();
        scene.say("text");
        scene.world.settle();
        const auto seen = scene.see();
        ASSERT_EQ(seen.size(), 1u);
        EXPECT_EQ(seen[0].hmac, used);
        expect_same_keys(scene, kSha256);
    }
}

// RFC 9260 §5.1: nothing is kept, and nobody is amplified.
TEST(Rfc4895_6_1, AnInitAckStaysBelowThreeTimesTheInit) {
    constexpr std::size_t kIpAndUdp = 28;
    for (const Types& list : {Types{}, Types{kData}, Types(256, kData)}) {
        Authenticating scene{
            authenticating({kData, kSack, kHeartbeat, kHeartbeatAck, kAbort, kShutdown,
                            kShutdownAck, kError, kCookieEcho, kCookieAck}),
            {.chunks = list, .lists_chunks = !list.empty()}};
        scene.send_as(0, init(scene.fields()));
        const std::size_t asked = put_together(1, 1, 0, {init(scene.fields())}).size() + kIpAndUdp;
        ASSERT_EQ(scene.peer.raw.size(), 1u);
        EXPECT_LT(scene.peer.raw[0].bytes.size() + kIpAndUdp, 3 * asked);
    }
}

TEST(Rfc4895_6_1, AnInitAckThatIsLargerThanOurPacketsMayBeCutByIp) {
    Types list;
    for (unsigned type = 0; type < 256; ++type)
        list.push_back(static_cast<std::uint8_t>(type));
    sctp::Options options = authenticating(list);
    options.packet_bytes_max = 512;
    Authenticating scene{options, {.chunks = list}};
    std::size_t larger = 0;
    scene.world.network.set_hook(scene.engine.id, [&](const WireDatagram& datagram) {
        if (datagram.bytes.size() <= 512) return true;
        EXPECT_EQ(datagram.ancillary.dont_fragment, false);
        ++larger;
        return true;
    });
    scene.ask();
    EXPECT_EQ(larger, 1u);
    scene.open_all();
}

TEST(Rfc4895_6_1, AnInitThatIsLargerThanOurPacketsMayBeCutByIp) {
    Types all;
    for (unsigned type = 0; type < 256; ++type)
        all.push_back(static_cast<std::uint8_t>(type));
    sctp::Options options = authenticating(all);
    options.packet_bytes_max = 512;
    for (unsigned i = 1; i < 15; ++i)
        options.local_addresses.push_back(Address::parse("2001:db8::" + std::to_string(i)).value());
    Authenticating scene{options};
    std::size_t larger = 0;
    scene.world.network.set_hook(scene.engine.id, [&](const WireDatagram& datagram) {
        EXPECT_GT(datagram.bytes.size(), 512u);
        EXPECT_EQ(datagram.ancillary.dont_fragment, false);
        ++larger;
        return true;
    });
    ASSERT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    scene.world.settle();
    EXPECT_EQ(larger, 1u);
    EXPECT_TRUE(scene.take(kInit));
}

TEST(Rfc4895_6_3, ACookieHoldsNoSharedKey) {
    Authenticating scene{authenticating({kData}, {shared_key(1, "a secret of our own")}, 1)};
    const InitView answer = scene.ask();
    const std::string cookie{as_text(answer.cookie)};
    EXPECT_EQ(cookie.find("secret"), std::string::npos);
}

TEST(Rfc4895_6_1, ACookieWhoseOfferWasChangedIsForged) {
    Authenticating scene;
    const InitView answer = scene.ask();
    for (std::size_t at = 44; at + 16 < answer.cookie.size(); at += 5) {
        Octets cookie = answer.cookie;
        cookie[at] ^= std::byte{1};
        scene.send(cookie_echo(cookie));
        EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_cookie);
    }
    Octets cut = answer.cookie;
    cut.resize(cut.size() - 4);
    scene.send(cookie_echo(cut));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_cookie);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

} // namespace
} // namespace hawser::test
