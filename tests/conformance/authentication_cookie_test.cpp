// RFC 4895 §6.1 and §6.3: a COOKIE ECHO that is authenticated, and keys that begin with one.
#include "authenticating.hpp"

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

TEST(Rfc4895_6_3, ACookieEchoIsAuthenticatedByWhatIsInIt) {
    Authenticating scene{authenticating({kCookieEcho, kData})};
    const InitView answer = scene.ask();
    const Chunk echo = cookie_echo(answer.cookie);
    scene.send(echo);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unauthenticated);
    Chunk wrong = scene.auth({echo});
    wrong.value.back() ^= std::byte{1};
    scene.send(wrong, echo);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication);
    scene.send_signed({echo}, 1);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    EXPECT_TRUE(scene.peer.raw.size() == 1u) << "all of that silently, after the INIT ACK";
    scene.send_signed({echo, scene.next_data("text")});
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.count(kCookieAck), 1u);
    EXPECT_EQ(scene.texts(), Texts{"text"}) << "all that follows it is processed";
}

TEST(Rfc4895_6_3, AuthBeforeTheCookieEchoOfWhoOfferedNothingIsNotKnown) {
    Authenticating scene{authenticating({kCookieEcho})};
    const InitView answer = scene.question();
    scene.engine_tag = answer.tag;
    scene.send_signed({cookie_echo(answer.cookie)});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unknown_chunk);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    scene.send(cookie_echo(answer.cookie));
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc4895_6_3, ACookieEchoMayBeAuthenticatedByASharedKey) {
    Authenticating scene{authenticating({kCookieEcho}, {shared_key(7, "known to both")}, 7)};
    const InitView answer = scene.ask();
    scene.send_signed({cookie_echo(answer.cookie)}, 7, "not known");
    EXPECT_FALSE(scene.engine.is_connected());
    scene.send_signed({cookie_echo(answer.cookie)}, 7, "known to both");
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc4895_7, AuthMayStandBetweenCookieEchoAndData) {
    Authenticating scene;
    const InitView answer = scene.ask();
    const Chunk text = scene.next_data("text");
    scene.send(cookie_echo(answer.cookie), scene.auth({text}), text);
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

TEST(Rfc4895_6_3, ACookieEchoThatComesAgainIsAnsweredAgain) {
    Authenticating scene{authenticating({kCookieEcho})};
    const InitView answer = scene.ask();
    const Chunk echo = cookie_echo(answer.cookie);
    scene.send_signed({echo});
    scene.forget();
    scene.send_signed({echo});
    EXPECT_EQ(scene.count(kCookieAck), 1u);
    scene.forget();
    scene.send(echo);
    EXPECT_EQ(scene.count(kCookieAck), 0u);
}

TEST(Rfc4895_6_3, WhoDoesNotHaveTheKeysOfTheAssociationCannotRestartIt) {
    Authenticating scene{authenticating({kCookieEcho, kData})};
    const InitView first = scene.ask();
    scene.send_signed({cookie_echo(first.cookie)});
    ASSERT_TRUE(scene.engine.is_connected());
    const Octets old_ours = scene.ours, old_theirs = scene.theirs;
    const std::uint32_t old_tag = scene.engine_tag;
    scene.offer.random = Octets(32, std::byte{0x77});
    InitFields fields = scene.fields();
    fields.tag = 0x0b0b'0b0b;
    fields.tsn = 5000;
    const InitView answer = scene.question(fields);
    scene.learn_vectors(answer.parameters);
    scene.engine_tag = answer.tag;
    const Chunk echo = cookie_echo(answer.cookie);
    scene.send(echo);
    scene.send_signed({echo}); // by the keys that would come of it
    EXPECT_FALSE(scene.engine.event<sctp::Restarted>());

    // But whoever does can; from then on the new keys count.
    const Octets new_ours = scene.ours, new_theirs = scene.theirs;
    scene.ours = old_ours;
    scene.theirs = old_theirs;
    scene.peer_tsn = fields.tsn;
    scene.peer_ssn = 0;
    scene.send_signed({echo, scene.next_data("with it")});
    EXPECT_TRUE(scene.engine.event<sctp::Restarted>());
    EXPECT_EQ(scene.texts(), Texts{"with it"});
    scene.send_signed({data({.tsn = scene.peer_tsn, .ssn = 1})});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication) << "the old keys are gone";
    scene.ours = new_ours;
    scene.theirs = new_theirs;
    scene.send_signed({scene.next_data("after it")});
    EXPECT_EQ(scene.texts(), Texts{"after it"});
    EXPECT_NE(scene.engine_tag, old_tag);
}

TEST(Rfc4895_6_1, ARestartHasKeysOfItsOwn) {
    Authenticating scene;
    scene.accept_all();
    scene.offer.chunks = {kData, kSack};
    scene.begin_again();
    scene.send_signed({scene.next_data("text")});
    EXPECT_EQ(scene.texts(), Texts{"text"});
    scene.run_for(1s);
    EXPECT_TRUE(scene.see().at(0).authenticates(kSack)) << "what it wants is new, too";
}

TEST(Rfc4895_6_1, ARestartWithoutAuthHasNone) {
    Authenticating scene;
    scene.accept_all();
    const InitView answer = scene.question({.tag = 0x0b0b'0b0b});
    scene.engine_tag = answer.tag;
    scene.send(cookie_echo(answer.cookie));
    ASSERT_TRUE(scene.engine.event<sctp::Restarted>());
    EXPECT_EQ(scene.changed().value().what, What::peer_without);
    scene.peer_tsn = 1000;
    scene.peer_ssn = 0;
    scene.send_data("plain");
    EXPECT_EQ(scene.texts(), Texts{"plain"});
}

TEST(Rfc4895_6_1, KeysComeOutTheSameInACollision) {
    Authenticating scene{authenticating({kCookieEcho, kData})};
    ASSERT_TRUE(
        scene.engine.connect(scene.peer_address(), Scene::kPeerPort, {.local_port = Scene::kPort}));
    scene.world.settle();
    const InitView question{scene.take(kInit).value()};
    const InitView answer = scene.question(scene.fields());
    scene.engine_tag = answer.tag;
    scene.learn_vectors(question.parameters);
    scene.forget();
    scene.peer_tsn = scene.fields().tsn;
    scene.send(cookie_echo(answer.cookie));
    EXPECT_FALSE(scene.engine.is_connected());
    scene.send_signed({cookie_echo(answer.cookie), scene.next_data("text")});
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

// RFC 9260 §5.2.4 (B): the peer has answered our INIT as another than it asked as. The random
// number follows the tag.
TEST(Rfc4895_6_1, KeysFollowTheTagOfALateCookie) {
    Authenticating scene;
    ASSERT_TRUE(
        scene.engine.connect(scene.peer_address(), Scene::kPeerPort, {.local_port = Scene::kPort}));
    scene.world.settle();
    const InitView question{scene.take(kInit).value()};
    const InitView early = scene.question(scene.fields());
    scene.engine_tag = question.tag;
    const PeerOffer first = scene.offer;
    scene.offer.random = Octets(32, std::byte{0x77});
    InitFields answer = scene.fields();
    answer.tag = 0x0b0b'0b0b;
    answer.parameters.push_back({.type = kStateCookie, .value = octets("cookie")});
    scene.send(init_ack(answer));
    scene.send(bare(kCookieAck));
    ASSERT_TRUE(scene.engine.is_connected());
    scene.peer_tsn = answer.tsn;
    scene.learn_vectors(question.parameters);
    scene.send_signed({scene.next_data("as the one")});
    scene.send(cookie_echo(early.cookie));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unauthenticated);
    scene.send_signed({cookie_echo(early.cookie)}, 1);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication);
    scene.send_signed({scene.next_data("still as the one")});
    scene.send_signed({cookie_echo(early.cookie)});
    scene.offer = first;
    scene.learn_vectors(question.parameters);
    scene.send_signed({scene.next_data("as the other")});
    EXPECT_EQ(scene.texts(), (Texts{"as the one", "still as the one", "as the other"}));
}

/// The engine has asked; somebody has got a cookie of another tag from it since, for its own INIT.
struct Forestalled : Authenticating {
    Forestalled(const sctp::Options& options, const InitFields& early) : Authenticating{options} {
        EXPECT_TRUE(engine.connect(peer_address(), kPeerPort, {.local_port = kPort}));
        world.settle();
        const InitView asked{take(kInit).value()};
        echo = cookie_echo(question(early).cookie);
        engine_tag = asked.tag;
        peer_tsn = fields().tsn;
        learn_vectors(asked.parameters);
    }
    void answer() {
        InitFields all = fields();
        all.parameters.push_back({.type = kStateCookie, .value = octets("cookie")});
        send(init_ack(all));
    }

    Chunk echo;
};
const InitFields kStranger{.tag = 0x0b0b'0b0b};

TEST(Rfc4895_6_3, ALateCookieWithoutAnOfferTakesNoAuthAway) {
    Forestalled scene{authenticating(), kStranger};
    scene.answer();
    scene.send(bare(kCookieAck));
    ASSERT_TRUE(scene.engine.is_connected());
    scene.send(scene.echo);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unexpected);
    scene.send_signed({scene.echo});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unexpected);
    scene.send(data({.tsn = scene.peer_tsn, .payload = "forged"}));
    scene.send_signed({scene.next_data("signed")});
    EXPECT_EQ(scene.texts(), Texts{"signed"});
    EXPECT_TRUE(scene.engine.status().authentication);
}

// The peer has said in its INIT ACK that it knows AUTH.
TEST(Rfc4895_6_3, ACookieWithoutAnOfferDoesNotEndAHandshakeThatHasOne) {
    for (const Types& wanted : {Types{kData}, Types{kCookieEcho, kData}}) {
        Forestalled scene{authenticating(wanted), kStranger};
        scene.answer();
        scene.send(scene.echo);
        EXPECT_EQ(scene.engine.last_verdict, Verdict::unexpected);
        EXPECT_FALSE(scene.engine.is_connected());
        scene.send(bare(kCookieAck));
        EXPECT_TRUE(scene.engine.is_connected());
        EXPECT_TRUE(scene.engine.status().authentication);
    }
}

// RFC 9260 §5.2.4 (D), while our COOKIE ECHO is under way.
TEST(Rfc4895_6_3, ACookieOfTheSameTagsIsAuthenticatedByWhatWasAgreedOn) {
    Forestalled scene{authenticating({kCookieEcho, kData}), {.tag = InitFields{}.tag}};
    scene.answer();
    scene.send(scene.echo);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::unauthenticated);
    scene.send_signed({scene.echo}, 1);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication);
    EXPECT_FALSE(scene.engine.is_connected());
    scene.send_signed({scene.echo});
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send_signed({scene.next_data("text")});
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

TEST(Rfc4895_6_1, AfterAStaleCookieTheKeysAreThoseOfTheNewInit) {
    Authenticating scene;
    scene.open_until_cookie_echo();
    scene.forget();
    scene.send(error({{.type = kStaleCookie, .value = OctetWriter{}.u32(1000).octets}}));
    const auto question = scene.take(kInit);
    ASSERT_TRUE(question);
    const InitView again{*question};
    EXPECT_NE(key_vector(again.parameters), scene.theirs);
    scene.theirs = key_vector(again.parameters);
    scene.engine_tag = again.tag;
    InitFields answer = scene.fields();
    answer.parameters.push_back({.type = kStateCookie, .value = octets("cookie")});
    scene.send(init_ack(answer));
    scene.send(bare(kCookieAck));
    scene.send_signed({scene.next_data("text")});
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

} // namespace
} // namespace hawser::test
