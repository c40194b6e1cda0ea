// RFC 5061 §5.1 and §5.3: what we ask the peer, and what it says.
#include "asconf.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using Outcome = sctp::LocalAddressChanged::Outcome;
using AddressWhat = sctp::LocalAddressChanged::What;

/// The engine has two addresses, and asks.
struct Asking : Dynamic {
    explicit Asking(const sctp::Options& options = dynamic()) : Dynamic{options} {
        world.network.add_address(engine.id, ours(2));
        world.network.add_address(engine.id, ours(3));
        accept_dynamic();
        asks_next = engine_tsn;
    }
    hawser::Result<> add(std::uint8_t network) {
        const auto done =
            engine.engine->add_local_address(engine.association(), ours(network), now());
        world.settle();
        return done;
    }
    hawser::Result<> remove(std::uint8_t network) {
        const auto done =
            engine.engine->remove_local_address(engine.association(), ours(network), now());
        world.settle();
        return done;
    }
    hawser::Result<> prefer(std::uint8_t network) {
        const auto done =
            engine.engine->set_peer_primary(engine.association(), ours(network), now());
        world.settle();
        return done;
    }
    void answer_with(const std::vector<Octets>& responses = {}) {
        send_signed({asconf_ack(asks_next++, responses)});
    }
    std::optional<sctp::LocalAddressChanged> changed() {
        return engine.event<sctp::LocalAddressChanged>();
    }
    std::optional<Outcome> outcome() {
        const auto event = changed();
        return event ? std::optional{event->outcome} : std::nullopt;
    }
    static std::vector<std::uint16_t> kinds(const Chunk& chunk) {
        std::vector<std::uint16_t> all;
        for (const Tlv& each : chunk.tlvs(4))
            all.push_back(each.type);
        return all;
    }

    std::uint32_t asks_next = 0; ///< the number of the engine's next ASCONF
};

const Octets kLookup = address_parameter(Dynamic::ours(0));

// --- §5.1 A ---

TEST(Rfc5061_5_1_A1, AnAsconfNamesItsSenderAndWhatItWants) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    const auto chunk = scene.asked();
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->u32(0), scene.engine_tsn) << "A2: it counts from the initial TSN";
    EXPECT_EQ(Octets(chunk->value.begin() + 4, chunk->value.begin() + 12), kLookup);
    EXPECT_EQ(Octets(chunk->value.begin() + 12, chunk->value.end()),
              asks(kAddIp, 0, scene.ours(2)));
    EXPECT_EQ(scene.asked_from, scene.ours(0));
    scene.answer_with();
    const auto changed = scene.changed();
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->outcome, Outcome::performed);
    EXPECT_EQ(changed->address, scene.ours(2).host());
    EXPECT_EQ(changed->what, AddressWhat::added);
}

TEST(Rfc5061_5_1_A3, OneIsOutstandingAndTheOthersGoTogether) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    ASSERT_TRUE(scene.asked());
    ASSERT_TRUE(scene.remove(0));
    ASSERT_TRUE(scene.prefer(1));
    ASSERT_TRUE(scene.add(3));
    EXPECT_FALSE(scene.asked());
    scene.answer_with();
    const auto next = scene.asked();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->u32(0), scene.engine_tsn + 1);
    EXPECT_EQ(Asking::kinds(*next),
              (std::vector<std::uint16_t>{kIpv4Address, kAddIp, kDeleteIp, kSetPrimary}));
    EXPECT_EQ(scene.asked_from, scene.ours(1)) << "§5.3 F6: not the one that goes";
}

TEST(Rfc5061_5_1_A7, WhatFollowsAFailureHasFailedUnlessItIsSpokenOf) {
    Asking scene;
    ASSERT_TRUE(scene.add(2)); // makes the others wait
    ASSERT_TRUE(scene.add(3));
    ASSERT_TRUE(scene.remove(0));
    ASSERT_TRUE(scene.prefer(1));
    scene.answer_with();
    EXPECT_EQ(scene.outcome(), Outcome::performed);
    scene.answer_with({error(1, kNoAuthorization), success(2)});
    EXPECT_EQ(scene.outcome(), Outcome::performed) << "before the failure: A7";
    const auto refused = scene.changed();
    EXPECT_EQ(refused->outcome, Outcome::refused);
    EXPECT_EQ(refused->cause, kNoAuthorization);
    EXPECT_EQ(scene.outcome(), Outcome::performed);

    ASSERT_TRUE(scene.remove(2));
    ASSERT_TRUE(scene.prefer(1));
    ASSERT_TRUE(scene.remove(3));
    scene.answer_with();
    EXPECT_EQ(scene.outcome(), Outcome::performed);
    scene.answer_with({error(0, kShortage)});
    EXPECT_EQ(scene.outcome(), Outcome::refused);
    const auto silent = scene.changed();
    EXPECT_EQ(silent->outcome, Outcome::refused);
    EXPECT_FALSE(silent->cause);
}

TEST(Rfc5061_5_1_A9, APeerThatDoesNotKnowItAfterAllIsNotAskedAgain) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    const auto chunk = scene.asked();
    ASSERT_TRUE(chunk);
    OctetWriter cause;
    cause.u16(kUnrecognizedChunk).u16(8).u8(kAsconf).u8(0).u16(4);
    scene.send(Chunk{.type = kError, .value = cause.octets});
    EXPECT_EQ(scene.outcome(), Outcome::given_up);
    scene.run_for(10s);
    EXPECT_FALSE(scene.asked()) << "T-4 has stopped";
    EXPECT_EQ(scene.add(3).error().code, Errc::unsupported);
    EXPECT_TRUE(scene.engine.is_connected());
}

// --- §5.1 B ---

TEST(Rfc5061_5_1_B4, WhatIsNotAnsweredGoesAgainUnchanged) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    const auto first = scene.asked();
    ASSERT_TRUE(first);
    scene.run_for(900ms);
    EXPECT_FALSE(scene.asked());
    scene.run_for(5s);
    const auto again = scene.asked();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->value, first->value);
    EXPECT_EQ(scene.engine.status().rto, 4s) << "B3: 1 s, doubled twice";
}

TEST(Rfc5061_5_1_B4, ItGoesAgainToAnotherAddress) {
    Asking scene;
    scene.add_theirs(1);
    ASSERT_TRUE(scene.add(2));
    ASSERT_TRUE(scene.asked());
    EXPECT_EQ(scene.asked_at, scene.theirs(0));
    scene.run_for(4s);
    ASSERT_TRUE(scene.asked());
    EXPECT_EQ(scene.asked_at, scene.theirs(1));
}

TEST(Rfc5061_5_1_B2, APeerThatDoesNotAnswerIsGone) {
    sctp::Options options = dynamic();
    options.association_retransmissions_max = 3;
    Asking scene{options};
    ASSERT_TRUE(scene.add(2));
    scene.run_for(60s);
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::timed_out);
}

TEST(Rfc5061_5_1_A5, AnAnswerClearsTheErrors) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    scene.run_for(4s);
    EXPECT_GT(scene.engine.engine->paths(scene.engine.association())[0].errors, 0u);
    scene.answer_with();
    EXPECT_EQ(scene.engine.engine->paths(scene.engine.association())[0].errors, 0u);
    EXPECT_EQ(scene.outcome(), Outcome::performed);
}

// --- §5.1.1 C4: states ---

TEST(Rfc5061_5_1_1_C4, NothingIsAskedBeforeTheAssociationIsUp) {
    sctp::Options options = dynamic();
    Dynamic scene{options};
    scene.world.network.add_address(scene.engine.id, scene.ours(2));
    scene.open_until_cookie_echo();
    scene.forget();
    EXPECT_EQ(scene.engine.engine
                  ->add_local_address(scene.engine.association(), scene.ours(2), scene.now())
                  .error()
                  .code,
              Errc::closed);
    ASSERT_TRUE(scene.engine.engine->add_local_address(scene.ours(2), scene.now()));
    scene.world.settle();
    EXPECT_FALSE(scene.asked());
    scene.send_signed({bare(kCookieAck)});
    const auto chunk = scene.asked();
    ASSERT_TRUE(chunk) << "the INIT did not name it";
    EXPECT_EQ(Octets(chunk->value.begin() + 12, chunk->value.end()),
              asks(kAddIp, 0, scene.ours(2)));
}

TEST(Rfc5061_5_1_1_C4, AShutdownGoesOnWithoutItsAnswer) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    ASSERT_TRUE(scene.asked());
    ASSERT_TRUE(scene.engine.shutdown());
    scene.world.settle();
    EXPECT_TRUE(scene.take(kShutdown));
    scene.answer_with();
    EXPECT_EQ(scene.outcome(), Outcome::performed) << "SHUTDOWN-SENT";
    scene.send(bare(kShutdownAck));
    EXPECT_TRUE(scene.engine.event<sctp::Closed>());
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

TEST(Rfc5061_5_1_1_C4, InShutdownAckSentNothingGoesAgain) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    ASSERT_TRUE(scene.asked());
    scene.send(Chunk{.type = kShutdown, .value = OctetWriter{}.u32(scene.engine_tsn - 1).octets});
    EXPECT_TRUE(scene.take(kShutdownAck));
    scene.forget();
    scene.run_for(10s);
    EXPECT_FALSE(scene.asked());
}

// --- §5.3 ---

TEST(Rfc5061_5_3_F0, AnAnswerToWhatWasNotAskedEndsTheAssociation) {
    for (const bool outstanding : {false, true}) {
        Asking scene;
        if (outstanding) {
            ASSERT_TRUE(scene.add(2));
            ASSERT_TRUE(scene.asked());
        }
        scene.send_signed({asconf_ack(scene.engine_tsn + (outstanding ? 1 : 0))});
        const auto abort = scene.take(kAbort);
        ASSERT_TRUE(abort);
        EXPECT_TRUE(abort->tlv(0, kIllegalAck));
        EXPECT_EQ(scene.engine.event<sctp::Closed>()->reason,
                  sctp::CloseReason::protocol_violation);
    }
}

TEST(Rfc5061_5_3_F0, AnOldAnswerIsPassedOver) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    scene.answer_with();
    ASSERT_TRUE(scene.outcome());
    for (const std::uint32_t back : {1u, 2u, 0x7fff'ffffu})
        scene.send_signed({asconf_ack(scene.asks_next - back, {error(0, kShortage)})});
    EXPECT_FALSE(scene.outcome());
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc5061_5_3_F0, AnUnauthenticatedAnswerIsNone) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    scene.send(asconf_ack(scene.asks_next));
    scene.send(asconf_ack(scene.asks_next + 1));
    EXPECT_FALSE(scene.outcome());
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.dropped(Verdict::unauthenticated), 2u);
}

TEST(Rfc5061_5_3_F3a, APeerThatDoesNotKnowARequestIsNotAskedForMore) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    ASSERT_TRUE(scene.add(3));
    scene.answer_with({error(0, kUnrecognizedParameters)});
    EXPECT_EQ(scene.outcome(), Outcome::refused);
    EXPECT_EQ(scene.outcome(), Outcome::given_up);
    EXPECT_EQ(scene.remove(1).error().code, Errc::unsupported);
}

TEST(Rfc5061_5_3_F3b, APeerThatDoesNotKnowSetPrimaryIsStillAskedForTheRest) {
    Asking scene;
    ASSERT_TRUE(scene.prefer(1));
    scene.answer_with({error(0, kUnrecognizedParameters)});
    EXPECT_EQ(scene.outcome(), Outcome::refused);
    EXPECT_EQ(scene.prefer(1).error().code, Errc::unsupported);
    EXPECT_TRUE(scene.add(2));
}

TEST(Rfc5061_5_3_F4, WhatComesToAnAddressThatIsLeavingIsTaken) {
    Asking scene;
    ASSERT_TRUE(scene.remove(0));
    scene.send_data("still for us");
    EXPECT_EQ(scene.texts(), Texts{"still for us"});
}

// The peer has forgotten the source of an earlier packet, and does not know whose it was.
TEST(Rfc5061_5_3_1, AnAbortToAnAddressThatIsLeavingIsIgnored) {
    Asking scene;
    ASSERT_TRUE(scene.remove(0));
    scene.send(Chunk{.type = kAbort});
    scene.send_as(scene.peer_tag, Chunk{.type = kAbort, .flags = kReflected});
    EXPECT_TRUE(scene.engine.is_connected());
    scene.send_plain_from(scene.theirs(0), {{.type = kAbort}}, 1);
    EXPECT_FALSE(scene.engine.is_connected());
}

// And the address is back before it comes. Who has lost its memory says so again.
TEST(Rfc5061_5_3_1, AReflectedAbortSoonAfterAChangeIsIgnored) {
    Asking scene;
    ASSERT_TRUE(scene.remove(0));
    scene.answer_with();
    ASSERT_TRUE(scene.add(0));
    scene.answer_with();
    const Chunk reflected{.type = kAbort, .flags = kReflected};
    scene.send_as(scene.peer_tag, reflected);
    EXPECT_TRUE(scene.engine.is_connected());
    scene.run_for(31s);
    scene.send_as(scene.peer_tag, reflected);
    EXPECT_FALSE(scene.engine.is_connected());
}

TEST(Rfc5061_5_3_F5, TheLastAddressWaitsForAnother) {
    Asking scene;
    ASSERT_TRUE(scene.remove(1));
    scene.answer_with();
    ASSERT_TRUE(scene.remove(0));
    scene.say("nowhere to send it from");
    scene.forget();
    scene.run_for(5s);
    EXPECT_TRUE(scene.peer.raw.empty());
    ASSERT_TRUE(scene.add(2));
    const auto chunk = scene.asked();
    ASSERT_TRUE(chunk);
    EXPECT_EQ(scene.asked_from, scene.ours(2));
    EXPECT_EQ(Octets(chunk->value.begin() + 4, chunk->value.begin() + 12), kLookup) << "§5.3.2";
    EXPECT_EQ(Asking::kinds(*chunk), (std::vector<std::uint16_t>{kIpv4Address, kAddIp, kDeleteIp}));
    scene.answer_with();
    scene.run_for(1s);
    EXPECT_FALSE(scene.take_data().empty());
}

TEST(Rfc5061_5_3_F5, AnAddressThatComesBackBeforeThePeerHeardIsNotSpokenOf) {
    Asking scene;
    ASSERT_TRUE(scene.remove(1));
    scene.answer_with();
    ASSERT_TRUE(scene.remove(0));
    ASSERT_TRUE(scene.add(0));
    EXPECT_TRUE(scene.outcome()) << "that of the first";
    EXPECT_FALSE(scene.outcome());
    scene.forget();
    scene.say("again");
    scene.world.settle();
    EXPECT_FALSE(scene.asked());
    EXPECT_EQ(scene.take_data().size(), 1u);
}

// It may not know all that we have, or see our packets come from there.
TEST(Rfc5061_5_3_F7, AnAddressThatThePeerWouldNotLetGoIsTakenBackWithTheNext) {
    Asking scene;
    ASSERT_TRUE(scene.remove(0));
    scene.answer_with({error(0, kDeleteLast)});
    EXPECT_EQ(scene.changed()->cause, kDeleteLast);
    scene.forget();
    ASSERT_TRUE(scene.add(2));
    ASSERT_TRUE(scene.asked());
    scene.answer_with();
    const auto chunk = scene.asked();
    ASSERT_TRUE(chunk);
    EXPECT_EQ(Octets(chunk->value.begin() + 12, chunk->value.end()),
              asks(kDeleteIp, 0, scene.ours(0)));
}

TEST(Rfc5061_5_3_F10, AnAddressThatWasRefusedIsNotUsed) {
    Asking scene;
    ASSERT_TRUE(scene.add(2));
    scene.answer_with({error(0, kShortage)});
    EXPECT_EQ(scene.outcome(), Outcome::refused);
    EXPECT_EQ(scene.prefer(2).error().code, Errc::invalid_argument);
    EXPECT_EQ(scene.remove(2).error().code, Errc::invalid_argument);
    EXPECT_TRUE(scene.add(2)) << "it may be asked for again";
}

// --- what a user may ask ---

TEST(LocalAddresses, WhatCannotBeIsRefused) {
    Asking scene;
    EXPECT_EQ(scene.add(1).error().code, Errc::in_use);
    EXPECT_EQ(scene.remove(2).error().code, Errc::invalid_argument);
    EXPECT_EQ(scene.prefer(2).error().code, Errc::invalid_argument);
    sctp::Endpoint& engine = *scene.engine.engine;
    EXPECT_EQ(engine.add_local_address(scene.ours(1), scene.now()).error().code, Errc::in_use);
    EXPECT_EQ(engine.remove_local_address(scene.ours(3), scene.now()).error().code,
              Errc::invalid_argument);
    EXPECT_EQ(engine.add_local_address(Address::any(Family::ipv4), scene.now()).error().code,
              Errc::invalid_argument);
    const auto nobody = sctp::AssociationId{77};
    EXPECT_EQ(engine.add_local_address(nobody, scene.ours(2), scene.now()).error().code,
              Errc::not_found);
    for (std::uint8_t i = 0; i < 14; ++i)
        EXPECT_TRUE(engine.add_local_address(Address::ipv4({203, 0, 113, i}), scene.now()));
    EXPECT_EQ(engine.add_local_address(Address::ipv4({203, 0, 113, 99}), scene.now()).error().code,
              Errc::exhausted);
}

TEST(LocalAddresses, WithoutTheOptionThereAreNoChanges) {
    Scene scene;
    EXPECT_EQ(scene.engine.engine->add_local_address(Dynamic::ours(0), scene.now()).error().code,
              Errc::unsupported);
    EXPECT_EQ(scene.engine.engine->remove_local_address(Dynamic::ours(0), scene.now()).error().code,
              Errc::unsupported);
}

TEST(LocalAddresses, ThoseOfTheEndpointAreToldToAll) {
    Asking scene;
    ASSERT_TRUE(scene.engine.engine->add_local_address(scene.ours(2), scene.now()));
    scene.world.settle();
    EXPECT_TRUE(scene.asked());
    scene.answer_with();
    ASSERT_TRUE(scene.engine.engine->remove_local_address(scene.ours(0), scene.now()));
    scene.world.settle();
    const auto chunk = scene.asked();
    ASSERT_TRUE(chunk);
    EXPECT_EQ(Asking::kinds(*chunk), (std::vector<std::uint16_t>{kIpv4Address, kDeleteIp}));
    // New ones hear of them in INIT ACK.
    InitFields fields;
    fields.tag = 0x0d0d'0d0d;
    scene.world.settle();
    scene.send_octets_from(scene.theirs(4), put_together(7001, Scene::kPort, 0, {init(fields)}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->count(16, kIpv4Address), 2u);
}

// A peer that has a cookie has been told of other addresses.
TEST(LocalAddresses, ACookieFromBeforeAChangeIsStale) {
    Dynamic scene;
    const InitView answer = scene.ask();
    ASSERT_TRUE(scene.engine.engine->add_local_address(scene.ours(2), scene.now()));
    scene.send(cookie_echo(answer.cookie));
    const auto said = scene.take(kError);
    ASSERT_TRUE(said);
    EXPECT_TRUE(said->tlv(0, kStaleCookie));
    scene.run_for(1ms);
    scene.accept_all();
}

} // namespace
} // namespace hawser::test
