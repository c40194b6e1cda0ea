// RFC 4895 with shared keys, as RFC 6458 §8.1.18 and §8.3.3 to §8.3.5 manage them.
#include "authenticating.hpp"

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

struct Rotating : Authenticating {
    explicit Rotating(const sctp::Options& options = authenticating({kData}))
        : Authenticating{options} {
        accept_all();
        EXPECT_TRUE(set_key(1, "one"));
        EXPECT_TRUE(set_key(2, "two"));
        secrets[1] = "one";
        secrets[2] = "two";
    }
    /// The keys of the packets with DATA that the engine has sent since.
    std::vector<std::uint32_t> keys_seen() {
        std::vector<std::uint32_t> all;
        for (const SeenPacket& each : see())
            if (each.authenticates(kData)) all.push_back(each.key.value());
        return all;
    }
    void acknowledge(std::uint32_t count) { send(sack({.tsn = engine_tsn + count - 1})); }
};
using Keys = std::vector<std::uint32_t>;

TEST(Rfc6458_8_1_18, TheNullKeyIsActiveAtFirst) {
    Rotating scene;
    scene.say("text");
    scene.world.settle();
    EXPECT_EQ(scene.keys_seen(), Keys{0});
}

// RFC 4895 §9: whoever has seen the handshake has the null key.
TEST(Rfc6458_8_3_3, WhereThereAreKeysTheNullKeyIsNoneOfThem) {
    Authenticating scene{authenticating({kCookieEcho, kData}, {shared_key(7, "both know")}, 7)};
    const InitView answer = scene.ask();
    scene.send_signed({cookie_echo(answer.cookie)});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication);
    scene.send_signed({cookie_echo(answer.cookie)}, 7, "both know");
    ASSERT_TRUE(scene.engine.is_connected());
    scene.send_signed({data({.tsn = scene.peer_tsn})});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication);
    EXPECT_TRUE(scene.texts().empty());
    EXPECT_EQ(scene.activate(0).error().code, Errc::invalid_argument);
    ASSERT_TRUE(scene.set_key(0, ""));
    scene.send_signed({scene.next_data("it was set")});
    EXPECT_EQ(scene.texts(), Texts{"it was set"});
}

TEST(Rfc6458_8_3_3, TheNullKeyMayStandAmongTheKeys) {
    Authenticating scene{
        authenticating({kCookieEcho}, {shared_key(7, "both know"), shared_key(0, "")}, 7)};
    const InitView answer = scene.ask();
    scene.send_signed({cookie_echo(answer.cookie)});
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc6458_8_1_18, WhatIsSentAfterwardsHasTheActiveKey) {
    Rotating scene;
    ASSERT_TRUE(scene.activate(1));
    scene.say("text");
    scene.world.settle();
    EXPECT_EQ(scene.keys_seen(), Keys{1});
}

TEST(Rfc6458_8_1_18, OptionsSayWhichIsActiveAtFirst) {
    Authenticating scene{authenticating({}, {shared_key(0, "zero"), shared_key(3, "three")}, 3),
                         {.chunks = {kData, kSack}}};
    scene.secrets[3] = "three";
    scene.accept_all();
    scene.say("text");
    scene.send_data();
    scene.run_for(1s);
    for (const SeenPacket& each : scene.see())
        EXPECT_EQ(each.key, 3u) << "control chunks, too";
    scene.secrets[0] = "zero";
    ASSERT_TRUE(scene.activate(0));
    scene.say("text");
    scene.world.settle();
    EXPECT_EQ(scene.see().at(0).key, 0u) << "a null key that is none";
}

// RFC 6458 §5.3.8 and §8.1.18.
TEST(Rfc6458_8_1_18, WhatWasSentBeforeKeepsItsKeyAndSharesNoPacketWithOthers) {
    Rotating scene;
    scene.say("zero");
    ASSERT_TRUE(scene.activate(1));
    scene.say("one");
    scene.say("one again");
    ASSERT_TRUE(scene.activate(2));
    scene.say("two");
    scene.world.settle();
    const auto seen = scene.see();
    ASSERT_EQ(seen.size(), 3u);
    EXPECT_EQ(seen[0].key, 0u);
    EXPECT_EQ(seen[1].key, 1u);
    EXPECT_EQ(seen[1].after, (Types{kData, kData}));
    EXPECT_EQ(seen[2].key, 2u);
}

TEST(Rfc6458_5_3_8, AMessageMayNameItsKey) {
    Rotating scene;
    ASSERT_TRUE(scene.activate(1));
    scene.say("two", 2);
    scene.say("one");
    scene.say("zero", 0);
    scene.world.settle();
    EXPECT_EQ(scene.keys_seen(), (Keys{2, 1, 0}));
    EXPECT_EQ(scene.engine.send("none", {.key = sctp::KeyId{9}}).error().code,
              Errc::invalid_argument);
}

TEST(Rfc6458_8_1_18, WhatGoesAgainKeepsItsKey) {
    Rotating scene;
    scene.say("zero");
    scene.world.settle();
    ASSERT_TRUE(scene.activate(1));
    ASSERT_TRUE(scene.deactivate(0));
    scene.forget();
    scene.say("one");
    scene.run_for(5s);
    const Keys keys = scene.keys_seen();
    EXPECT_GE(std::count(keys.begin(), keys.end(), 0u), 1) << "T3-rtx";
    EXPECT_GE(std::count(keys.begin(), keys.end(), 1u), 1);
}

TEST(Rfc6458_8_1_18, ALargeMessageHasOneKey) {
    Rotating scene;
    ASSERT_TRUE(scene.activate(1));
    scene.say(std::string(3000, 'l'));
    scene.world.settle();
    ASSERT_TRUE(scene.activate(2));
    scene.acknowledge(2);
    scene.acknowledge(3);
    for (const std::uint32_t key : scene.keys_seen())
        EXPECT_EQ(key, 1u);
}

TEST(Rfc6458_8_1_18, OneThatIsNotThereCannotBecomeActive) {
    Rotating scene;
    EXPECT_EQ(scene.activate(9).error().code, Errc::invalid_argument);
    scene.say("text");
    scene.world.settle();
    EXPECT_EQ(scene.keys_seen(), Keys{0});
}

TEST(Rfc6458_8_3_3, ASecretMayBeReplaced) {
    Rotating scene;
    ASSERT_TRUE(scene.activate(1));
    scene.say("text");
    scene.world.settle();
    scene.forget();
    ASSERT_TRUE(scene.set_key(1, "another"));
    scene.secrets[1] = "another";
    scene.say("text");
    scene.world.settle();
    EXPECT_EQ(scene.keys_seen(), Keys{1}) << "under the new one";
    scene.send_signed({data({.tsn = scene.peer_tsn})}, 1, "one");
    EXPECT_TRUE(scene.texts().empty());
    scene.send_signed({scene.next_data("new")}, 1, "another");
    EXPECT_EQ(scene.texts(), Texts{"new"});
}

TEST(Rfc6458_8_3_3, ASecretMayBeOfAnyLength) {
    for (const std::size_t bytes : {1u, 19u, 64u, 65u, 1000u}) {
        Rotating scene;
        scene.secrets[1] = std::string(bytes, 's');
        ASSERT_TRUE(scene.set_key(1, scene.secrets[1]));
        ASSERT_TRUE(scene.activate(1));
        scene.say("text");
        scene.world.settle();
        EXPECT_EQ(scene.keys_seen(), Keys{1});
    }
}

TEST(Rfc6458_8_3_4, TheActiveKeyCannotBeDeactivated) {
    Rotating scene;
    EXPECT_EQ(scene.deactivate(0).error().code, Errc::in_use);
    EXPECT_EQ(scene.deactivate(9).error().code, Errc::invalid_argument);
}

TEST(Rfc6458_8_3_4, WhatIsDeactivatedCannotBeNamed) {
    Rotating scene;
    ASSERT_TRUE(scene.deactivate(1));
    EXPECT_EQ(scene.engine.send("text", {.key = sctp::KeyId{1}}).error().code,
              Errc::invalid_argument);
    ASSERT_TRUE(scene.activate(1)) << "it is active again";
    scene.say("text", 1);
}

TEST(Rfc6458_6_1_8, AKeyIsFreeWhenItsLastMessageIsDone) {
    Rotating scene;
    scene.say("one", 1);
    scene.world.settle();
    ASSERT_TRUE(scene.deactivate(1));
    EXPECT_FALSE(scene.changed()) << "it is under way";
    scene.acknowledge(1);
    const auto told = scene.changed();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->what, What::key_is_free);
    EXPECT_EQ(told->key, sctp::KeyId{1});
    ASSERT_TRUE(scene.deactivate(2));
    EXPECT_EQ(scene.changed().value().key, sctp::KeyId{2}) << "at once, with nothing sent";
    EXPECT_FALSE(scene.changed());
}

TEST(Rfc6458_8_3_5, OnlyADeactivatedKeyThatIsFreeCanBeDeleted) {
    Rotating scene;
    EXPECT_EQ(scene.erase(9).error().code, Errc::invalid_argument);
    EXPECT_EQ(scene.erase(0).error().code, Errc::in_use) << "active";
    scene.say("one", 1);
    scene.world.settle();
    EXPECT_EQ(scene.erase(1).error().code, Errc::in_use);
    ASSERT_TRUE(scene.deactivate(1));
    EXPECT_EQ(scene.erase(1).error().code, Errc::in_use) << "a message needs it";
    scene.acknowledge(1);
    EXPECT_TRUE(scene.erase(1));
    EXPECT_EQ(scene.activate(1).error().code, Errc::invalid_argument);
}

TEST(Rfc6458_8_3_5, WhatComesUnderADeletedKeyIsDropped) {
    Rotating scene;
    scene.send_signed({scene.next_data("before")}, 1, "one");
    ASSERT_TRUE(scene.deactivate(1));
    scene.send_signed({scene.next_data("between")}, 1, "one");
    EXPECT_EQ(scene.texts(), (Texts{"before", "between"})) << "the peer may not know yet";
    ASSERT_TRUE(scene.erase(1));
    scene.send_signed({data({.tsn = scene.peer_tsn})}, 1, "one");
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_authentication);
    EXPECT_TRUE(scene.texts().empty());
}

// RFC 4895 §9: as long as it is there, whoever has seen the handshake can use it.
TEST(Rfc6458_8_3_5, TheNullKeyCanBeDeletedLikeOthers) {
    Rotating scene;
    ASSERT_TRUE(scene.activate(1));
    ASSERT_TRUE(scene.deactivate(0));
    ASSERT_TRUE(scene.erase(0));
    scene.send_signed({data({.tsn = scene.peer_tsn})});
    EXPECT_TRUE(scene.texts().empty());
    scene.send_signed({scene.next_data("text")}, 1, "one");
    EXPECT_EQ(scene.texts(), Texts{"text"});
}

TEST(Rfc6458_6_1_8, AKeyThatThePeerBeginsToUseIsReportedOnce) {
    Rotating scene;
    scene.send_signed({scene.next_data()});
    EXPECT_FALSE(scene.changed()) << "key 0 was active from the start";
    for (int i = 0; i < 2; ++i) {
        scene.send_signed({scene.next_data()}, 1, "one");
        scene.send_signed({scene.next_data()}, 2, "two");
    }
    const auto one = scene.changed();
    const auto two = scene.changed();
    ASSERT_TRUE(one && two);
    EXPECT_EQ(one->what, What::peer_uses_key);
    EXPECT_EQ(one->key, sctp::KeyId{1});
    EXPECT_EQ(two->key, sctp::KeyId{2});
    EXPECT_FALSE(scene.changed());
    scene.send_signed({data({.tsn = scene.peer_tsn})}, 1, "forged");
    EXPECT_FALSE(scene.changed());
}

TEST(Rfc6458_8_3_3, KeysMayBeSetBeforeTheAssociationIsUp) {
    Authenticating scene{authenticating({}), {.chunks = {kData, kCookieEcho}}};
    scene.secrets[5] = "five";
    ASSERT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    ASSERT_TRUE(scene.set_key(5, "five"));
    ASSERT_TRUE(scene.activate(5));
    scene.say("early");
    scene.open_until_cookie_echo_of_begun();
    const auto seen = scene.see();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].key, 5u);
    EXPECT_EQ(seen[0].after, (Types{kCookieEcho, kData}));
}

TEST(Rfc6458_8_3_3, KeysOutliveARestart) {
    Rotating scene;
    ASSERT_TRUE(scene.activate(1));
    scene.say("lost");
    scene.begin_again();
    scene.say("text");
    scene.world.settle();
    EXPECT_EQ(scene.keys_seen(), Keys{1});
    scene.acknowledge(1);
    ASSERT_TRUE(scene.activate(2));
    ASSERT_TRUE(scene.deactivate(1));
    EXPECT_TRUE(scene.erase(1)) << "what was lost in the restart needs it no more";
}

TEST(Rfc6458_8_3_3, WithoutAuthenticationThereAreNoKeys) {
    Authenticating scene{quiet_rfc9260()};
    scene.accept();
    EXPECT_EQ(scene.set_key(1, "one").error().code, Errc::unsupported);
    EXPECT_EQ(scene.activate(0).error().code, Errc::unsupported);
    EXPECT_EQ(scene.deactivate(0).error().code, Errc::unsupported);
    EXPECT_EQ(scene.erase(0).error().code, Errc::unsupported);
    EXPECT_EQ(scene.engine.send("text", {.key = sctp::KeyId{0}}).error().code, Errc::unsupported);
}

// Both ends are engines: keys change while data flows, and some of it is lost.
TEST(Rfc6458_8_1_18, KeysRotateWhileDataFlows) {
    sctp::Options options = authenticating({kData, kSack}, {shared_key(0, "secret 0")});
    options.congestion = sctp::Congestion::modern;
    Pair pair{options};
    pair.latency(10ms);
    ASSERT_TRUE(pair.connect());
    for (const Side* side : {&pair.a, &pair.z})
        pair.network().link(side->id).loss = 0.1;
    std::size_t sent = 0;
    for (unsigned generation = 1; generation <= 20; ++generation) {
        for (Side* side : {&pair.a, &pair.z}) {
            const auto key = shared_key(generation, "secret " + std::to_string(generation));
            ASSERT_TRUE(side->engine->set_shared_key(side->association(), key, pair.now()));
        }
        for (int i = 0; i < 10; ++i, ++sent)
            ASSERT_TRUE(pair.a.send(std::string(700, 'd')));
        const auto old = sctp::KeyId{static_cast<std::uint16_t>(generation - 1)};
        const auto fresh = sctp::KeyId{static_cast<std::uint16_t>(generation)};
        ASSERT_TRUE(pair.a.engine->activate_key(pair.a.association(), fresh, pair.now()));
        ASSERT_TRUE(pair.a.engine->deactivate_key(pair.a.association(), old, pair.now()));
        pair.run_for(20ms);
    }
    ASSERT_TRUE(pair.run_until_idle());
    EXPECT_EQ(pair.z.messages.size(), sent);
    std::size_t freed = 0;
    while (const auto told = pair.a.event<sctp::AuthenticationChanged>()) {
        freed += told->what == What::key_is_free ? 1u : 0u;
        ASSERT_TRUE(pair.a.engine->delete_key(pair.a.association(), told->key, pair.now()));
    }
    EXPECT_EQ(freed, 20u);
    EXPECT_EQ(pair.z.engine->counters().of(Verdict::bad_authentication), 0u);
}

} // namespace
} // namespace hawser::test
