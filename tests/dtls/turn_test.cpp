// Handshakes by themselves: messages in, actions out, and nobody called back.
#include "dtls/client.hpp"
#include "dtls/server.hpp"
#include "dtls/talk.hpp"
#include "dtls/versions.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace hawser::dtls::test {
namespace {

/// One end's handshake, without records, flights and time.
struct Party {
    Party(Role own_role, Options wanted, std::uint64_t seed)
        : role{own_role}, options{std::move(wanted)}, random{seed}, tickets{random} {}

    HandshakeSetting setting() {
        return {.role = role,
                .options = options,
                .forming = agreement,
                .before = nullptr,
                .base = 0,
                .first_sequence = 0,
                .own_cid = {},
                .peer_cid = {},
                .random = random,
                .tickets = tickets};
    }

    /// What came of it; messages are for the other one.
    void take(Turn& turn, const Step& step, std::deque<HandshakeMessage>& for_peer) {
        if (!step) fault = step.error();
        for (Action& action : turn.actions) {
            names.push_back(action.index());
            if (auto* const message = std::get_if<QueueMessage>(&action))
                for_peer.push_back(
                    {message->type, message->sequence, message->epoch, std::move(message->body)});
            if (auto* const next = std::get_if<GoOnWith>(&action))
                handshake = std::move(next->handshake);
            if (auto* const done = std::get_if<Establish>(&action)) established = done->event;
        }
    }

    template <class One>
    bool did() const {
        const std::size_t index = Action{One{}}.index();
        return std::ranges::find(names, index) != names.end();
    }

    Role role;
    Options options;
    SeededRandom random;
    TicketKeys tickets;
    Agreement agreement;
    std::unique_ptr<Handshake> handshake;
    std::vector<std::size_t> names;
    std::optional<Fault> fault;
    std::optional<Connected> established;
};

struct Conversation {
    Conversation(Options client_side, Options server_side)
        : client{Role::client, std::move(client_side), 1},
          server{Role::server, std::move(server_side), 2} {}

    static Turn now() {
        return Turn{Instant{}, std::chrono::floor<std::chrono::seconds>(wall().at(Instant{}))};
    }

    void run() {
        begin();
        go_on();
    }

    void begin() {
        auto begun = std::make_unique<Client>(client.setting());
        Turn first = now();
        const Step said = begun->start(first);
        client.handshake = std::move(begun);
        client.take(first, said, to_server);
    }

    void go_on() {
        while (!client.fault && !server.fault && (!to_server.empty() || !to_client.empty())) {
            if (!to_server.empty()) give(server, to_server, to_client);
            if (!to_client.empty()) give(client, to_client, to_server);
        }
    }

    void give(Party& party, std::deque<HandshakeMessage>& queue,
              std::deque<HandshakeMessage>& answers) {
        HandshakeMessage message = std::move(queue.front());
        queue.pop_front();
        if (party.handshake && party.handshake->done()) return; // a ticket
        Turn turn = now();
        if (party.handshake == nullptr) {
            auto fresh = std::make_unique<Server>(party.setting());
            const std::vector<std::byte> body = std::move(message.body);
            const Step step = fresh->on_first_hello({body, message.sequence, {}, {}}, turn);
            party.handshake = std::move(fresh);
            return party.take(turn, step, answers);
        }
        const Step step = party.handshake->on_message(std::move(message), turn);
        party.take(turn, step, answers);
    }

    Party client, server;
    std::deque<HandshakeMessage> to_server, to_client;
};

class Turns : public PerVersion {};

TEST_P(Turns, ComeToTheSameAgreementAtBothEnds) {
    Conversation talk{client, server};
    talk.run();
    ASSERT_TRUE(talk.client.established && talk.server.established)
        << (talk.client.fault ? talk.client.fault->what : "") << " / "
        << (talk.server.fault ? talk.server.fault->what : "");
    const Agreement& ours = talk.client.agreement;
    const Agreement& theirs = talk.server.agreement;
    EXPECT_EQ(ours.version, version());
    EXPECT_EQ(ours.suite, theirs.suite);
    EXPECT_TRUE(std::ranges::equal(ours.master.bytes(), theirs.master.bytes()));
    EXPECT_FALSE(std::ranges::all_of(ours.master.bytes(),
                                     [](std::byte byte) { return byte == std::byte{}; }));
    EXPECT_TRUE(talk.client.established->peer_fingerprint);
    EXPECT_TRUE(talk.client.did<InstallRead>() && talk.client.did<InstallWrite>());
    EXPECT_TRUE(talk.server.did<InstallRead>() && talk.server.did<InstallWrite>());
}

TEST_P(Turns, InstallTheKeysOfAnEpochBeforeAnythingIsSentInIt) {
    Conversation talk{client, server};
    auto begun = std::make_unique<Client>(talk.client.setting());
    Turn hello = Conversation::now();
    ASSERT_TRUE(begun->start(hello));
    // The hello alone, in epoch 0, in a flight of its own.
    ASSERT_EQ(hello.actions.size(), 4u);
    EXPECT_TRUE(std::holds_alternative<BeginFlight>(hello.actions[0]));
    const auto* const message = std::get_if<QueueMessage>(&hello.actions[1]);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(message->type, HandshakeType::client_hello);
    EXPECT_EQ(message->epoch, 0u);
    EXPECT_FALSE(std::get<SendFlight>(hello.actions[2]).last);
    EXPECT_TRUE(std::holds_alternative<CloseDatagram>(hello.actions[3]));

    Server answering{talk.server.setting()};
    Turn answer = Conversation::now();
    ASSERT_TRUE(answering.on_first_hello({message->body, 0, {}, {}}, answer));
    std::uint64_t can_write = 0;
    std::uint16_t next = 0;
    for (const Action& action : answer.actions) {
        if (const auto* const keys = std::get_if<InstallWrite>(&action))
            can_write = keys->keys.epoch;
        if (const auto* const queued = std::get_if<QueueMessage>(&action)) {
            EXPECT_LE(queued->epoch, can_write);
            EXPECT_EQ(queued->sequence, next++) << "no number twice, and none left out";
        }
    }
    EXPECT_GT(next, 2);
    EXPECT_TRUE(std::holds_alternative<GoOnWith>(answer.actions.back()));
}

TEST_P(Turns, OfAHandshakeThatFailsEstablishNothing) {
    Options strict = client;
    strict.verification = {};
    strict.verification.fingerprints = {Fingerprint{}};
    Conversation talk{strict, server};
    talk.run();
    ASSERT_TRUE(talk.client.fault);
    EXPECT_EQ(talk.client.fault->alert, strict.verification.refusal);
    EXPECT_FALSE(talk.client.established);
    EXPECT_FALSE(talk.server.established);
}

TEST_P(Turns, TakeNoMessageOutOfTurn) {
    Conversation talk{client, server};
    auto begun = std::make_unique<Client>(talk.client.setting());
    Turn turn = Conversation::now();
    ASSERT_TRUE(begun->start(turn));
    for (const HandshakeType type : {HandshakeType::certificate, HandshakeType::finished,
                                     HandshakeType::client_hello, HandshakeType::key_update}) {
        Turn wrong = Conversation::now();
        const Step step = begun->on_message({type, 0, 0, {}}, wrong);
        ASSERT_FALSE(step) << wire::dtls::name(type);
        EXPECT_EQ(step.error().alert, AlertDescription::unexpected_message);
        EXPECT_TRUE(wrong.actions.empty());
    }
}

// A first hello may be somebody's who is not there any more, said again by another.
TEST(TurnsAfterARetry, CountNothingOfTheFirstHello) {
    Options asks = only(client_options(), Version::v1_3);
    asks.psks = {some_psk()};
    asks.groups = {NamedGroup::x25519, NamedGroup::secp256r1};
    Options answers = only(server_options(), Version::v1_3);
    answers.psks = {some_psk()};
    answers.groups = {NamedGroup::secp256r1};
    Conversation talk{asks, answers};
    talk.begin();
    talk.give(talk.server, talk.to_server, talk.to_client);
    ASSERT_EQ(talk.to_client.size(), 1u) << "a HelloRetryRequest";
    talk.client.options.psks.clear(); // the second hello has none
    talk.go_on();
    ASSERT_TRUE(talk.client.established && talk.server.established);
    EXPECT_EQ(talk.server.established->psk_identity, "");
    EXPECT_FALSE(talk.server.established->resumed);
    EXPECT_EQ(talk.server.established->shown_identity, 0u);
    EXPECT_TRUE(talk.client.established->peer_fingerprint) << "the server had to show itself";
}

/// A server that asked for another handshake takes the hello alone, and under the keys of now.
TEST_P(Turns, OfAServerBeginWithAHelloOfTheirEpoch) {
    Conversation talk{client, server};
    Client begun{talk.client.setting()};
    Turn hello = Conversation::now();
    ASSERT_TRUE(begun.start(hello));
    const std::vector<std::byte> body = std::get<QueueMessage>(hello.actions[1]).body;
    const auto answer_to = [&](HandshakeType type, std::uint64_t epoch) {
        Server answering{talk.server.setting()};
        Turn turn = Conversation::now();
        const Step step = answering.on_message({type, 0, epoch, body}, turn);
        EXPECT_EQ(turn.actions.empty(), !step);
        return step;
    };
    EXPECT_TRUE(answer_to(HandshakeType::client_hello, 0));
    for (const Step& refused :
         {answer_to(HandshakeType::client_hello, 1), answer_to(HandshakeType::finished, 0)}) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().alert, AlertDescription::unexpected_message);
    }
}

INSTANTIATE_TEST_SUITE_P(Dtls, Turns, testing::Values(Version::v1_2, Version::v1_3));

} // namespace
} // namespace hawser::dtls::test
