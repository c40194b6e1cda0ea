// Several engines behind one port: whose a packet is, and who gets what came to the wrong one.
#include "support/scripted_peer.hpp"
#include "support/shards.hpp"

#include <gtest/gtest.h>

#include <set>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::Shards;
using test::Side;

constexpr std::uint16_t kPort = 2904;
constexpr std::uint8_t kCount = 3;

Address client_at(std::uint8_t last) {
    return Address::ipv4({10, 0, 0, last}, 9899);
}

class ShardsTest : public testing::Test {
protected:
    void SetUp() override {
        for (std::size_t i = 0; i < kCount; ++i)
            ASSERT_TRUE(shards[i].engine->listen(kPort));
    }
    /// Its INIT went to this shard.
    std::optional<Connected> connect(Side& from, std::size_t shard) {
        shards.init_goes_to = shard;
        EXPECT_TRUE(from.connect(address, kPort, {.local_port = 5000}));
        world.run_for(1s);
        EXPECT_TRUE(from.is_connected());
        return shards[shard].event<Connected>();
    }
    std::string next_message(std::size_t shard) {
        const auto message = shards[shard].event<Message>();
        return message ? std::string{as_text(message->payload.bytes())} : std::string{};
    }

    test::World world{1};
    const Address address = Address::ipv4({10, 0, 0, 100}, 9899);
    Shards shards{world, address, kCount};
    Side client{world, client_at(1), {}, 7};
};

TEST_F(ShardsTest, NameThemselvesInEachTag) {
    std::set<std::uint32_t> tags;
    world.network.set_hook(client.id, [&](test::WireDatagram& sent) {
        const auto packet = test::take_apart(sent.bytes);
        if (packet.has(test::kCookieEcho)) tags.insert(packet.tag);
        return true;
    });
    for (std::uint32_t round = 0; round < 60; ++round) {
        tags.clear();
        shards.init_goes_to = round % kCount;
        ASSERT_TRUE(client.connect(address, kPort));
        world.run_for(1s);
        ASSERT_EQ(tags.size(), 1u);
        EXPECT_EQ(*tags.begin() % kCount, round % kCount);
    }
    for (std::size_t i = 0; i < kCount; ++i)
        EXPECT_EQ(shards[i].associations(), 20u);
    EXPECT_EQ(shards.handed_over, 0u);
}

TEST_F(ShardsTest, KeepAPeerThatMoves) {
    ASSERT_TRUE(connect(client, 1));
    for (std::uint16_t port = 20'000; port < 20'010; ++port) {
        world.network.rebind(client.id, Address::ipv4({10, 0, 0, 1}, port));
        shards.init_goes_to = std::size_t{port} % kCount;
        ASSERT_TRUE(client.send(std::to_string(port)));
        world.run_for(1s);
        EXPECT_EQ(next_message(1), std::to_string(port));
    }
    EXPECT_EQ(shards.handed_over, 0u);
    EXPECT_EQ(shards.peers_known(), 1u) << "where it was is nobody's place any more";
}

// RFC 9260 §5.2.2: only who has the association knows its tie-tags.
TEST_F(ShardsTest, LeadAPeerThatBeginsAnewToItsAssociation) {
    const auto before = connect(client, 1);
    ASSERT_TRUE(before);
    client.restart({});
    connect(client, 2);
    EXPECT_EQ(shards.handed_over, 1u); // INIT alone: the tag of the answer leads the cookie
    const auto restarted = shards[1].event<Restarted>();
    ASSERT_TRUE(restarted);
    EXPECT_EQ(restarted->association, before->association);
    EXPECT_EQ(shards.associations(), 1u);
    ASSERT_TRUE(client.send("again"));
    world.run_for(1s);
    EXPECT_EQ(next_message(1), "again");
}

TEST_F(ShardsTest, LeadAPeerThatHasMovedAndBeginsAnew) {
    ASSERT_TRUE(connect(client, 1));
    world.network.rebind(client.id, Address::ipv4({10, 0, 0, 1}, 20'000));
    ASSERT_TRUE(client.send("from there"));
    world.run_for(1s);
    client.restart({});
    connect(client, 0);
    EXPECT_TRUE(shards[1].event<Restarted>());
    EXPECT_EQ(shards.associations(), 1u);
}

// Both begin at once, and the peer's INIT comes to a shard that has not asked for anything.
TEST_F(ShardsTest, MeetAPeerThatBeginsAtOnce) {
    ASSERT_TRUE(client.listen(kPort));
    shards.init_goes_to = 0;
    ASSERT_TRUE(shards.connect(2, client_at(1), kPort, {.local_port = kPort}));
    ASSERT_TRUE(client.connect(address, kPort, {.local_port = kPort}));
    world.run_for(5s);
    EXPECT_EQ(shards[2].associations(), 1u);
    EXPECT_EQ(shards.associations(), 1u);
    EXPECT_EQ(client.engine->association_count(), 1u);
    ASSERT_TRUE(client.send("met"));
    world.run_for(1s);
    EXPECT_EQ(next_message(2), "met");
}

// What has no association answers with the tag that came (RFC 9260 §8.4), which is the peer's own.
TEST_F(ShardsTest, HearThatThePeerHasNoAssociation) {
    for (std::uint8_t round = 0; round < 6; ++round) { // of any peer's tag
        Side other{world, client_at(static_cast<std::uint8_t>(10 + round)), {}, 50u + round};
        const auto up = connect(other, 1);
        ASSERT_TRUE(up);
        other.restart({});
        ASSERT_TRUE(shards[1].engine->send(up->association, as_bytes("hello"), {}, world.now()));
        world.run_for(1s);
        const auto closed = shards[1].event<Closed>();
        ASSERT_TRUE(closed);
        EXPECT_EQ(closed->reason, CloseReason::aborted_by_peer);
        other.crash();
    }
    EXPECT_GT(shards.handed_over, 0u);
    EXPECT_EQ(shards.associations(), 0u);
    EXPECT_EQ(shards.peers_known(), 0u);
}

TEST_F(ShardsTest, HandOverWhatCameToTheWrongOne) {
    for (std::size_t wrong = 0; wrong < kCount; ++wrong) {
        Side other{world, client_at(static_cast<std::uint8_t>(10 + wrong)), {}, 50u + wrong};
        ASSERT_TRUE(connect(other, 1));
        shards.all_go_to = wrong;
        ASSERT_TRUE(other.send("astray"));
        world.run_for(1s);
        EXPECT_EQ(next_message(1), "astray");
        ASSERT_TRUE(other.shutdown());
        world.run_for(1s);
        EXPECT_EQ(other.state(), State::closed);
        shards.all_go_to.reset();
        other.crash();
    }
    EXPECT_EQ(shards.associations(), 0u);
    EXPECT_GT(shards[0].engine->counters().of(Verdict::other_shard), 0u);
}

TEST_F(ShardsTest, TakeACookieThatCameToTheWrongOne) {
    shards.init_goes_to = 1;
    std::size_t cookies = 0;
    world.network.set_hook(client.id, [&](test::WireDatagram& sent) {
        const bool is_cookie = test::take_apart(sent.bytes).has(test::kCookieEcho);
        cookies += is_cookie ? 1 : 0;
        if (is_cookie) shards.all_go_to = 2;
        return true;
    });
    ASSERT_TRUE(client.connect(address, kPort));
    world.run_for(100ms);
    EXPECT_TRUE(client.is_connected());
    EXPECT_EQ(cookies, 1u);
    EXPECT_EQ(shards[1].associations(), 1u);
}

// A peer may be answered by two of them, and bring both cookies.
TEST_F(ShardsTest, MakeOneAssociationWithAPeer) {
    test::ScriptedPeer peer;
    world.attach(peer, client_at(9));
    const auto say = [&](std::uint32_t tag, const test::Chunk& chunk) {
        world.network.inject({.path = {.local = client_at(9), .remote = address},
                              .bytes = test::put_together(5000, kPort, tag, {chunk})},
                             world.now());
        world.settle();
    };
    const auto ask = [&](std::size_t shard) {
        shards.init_goes_to = shard;
        say(0, test::init({}));
        const test::InitView answer{*peer.inbox.back().find(test::kInitAck)};
        EXPECT_EQ(answer.tag % kCount, shard);
        return answer;
    };
    const auto first = ask(0), second = ask(1);
    say(second.tag, test::cookie_echo(second.cookie));
    EXPECT_EQ(shards[1].associations(), 1u);
    say(first.tag, test::cookie_echo(first.cookie));
    EXPECT_EQ(shards.last_verdict, Verdict::unexpected);
    EXPECT_EQ(shards.associations(), 1u);
}

TEST_F(ShardsTest, TakeNoPortTwiceTowardsAPeer) {
    ASSERT_TRUE(client.listen(kPort));
    ASSERT_TRUE(shards.connect(0, client_at(1), kPort, {.local_port = 5000}));
    const auto again = shards.connect(1, client_at(1), kPort, {.local_port = 5000});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::in_use);
    for (int i = 0; i < 400; ++i) // of 16384 ports: some would be taken twice
        for (std::size_t shard = 0; shard < kCount; ++shard)
            ASSERT_TRUE(shards.connect(shard, client_at(1), kPort));
    world.run_for(10s);
    EXPECT_EQ(client.engine->association_count(), 1u + 400 * kCount);
}

// Who has ended takes nothing: its peers hear that there is nobody, and may begin anew elsewhere.
TEST_F(ShardsTest, AnswerForOneThatHasEnded) {
    ASSERT_TRUE(connect(client, 1));
    shards.end(1);
    shards.all_go_to = 0;
    ASSERT_TRUE(client.send("anybody?"));
    world.run_for(1s);
    const auto closed = client.event<Closed>();
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->reason, CloseReason::aborted_by_peer);
    connect(client, 2);
    EXPECT_EQ(shards.associations(), 1u);
}

TEST_F(ShardsTest, HoldNoMoreForOthersThanALimit) {
    ASSERT_TRUE(connect(client, 1));
    shards.hands_over = false;
    std::size_t taken = 0, refused = 0;
    for (int i = 0; i < 1000; ++i) {
        world.network.inject({.path = {.local = client_at(1), .remote = address},
                              .bytes = test::put_together(5000, kPort, 0, {test::init({})})},
                             world.now());
        shards.init_goes_to = 0;
        world.settle();
        taken += shards.last_verdict == Verdict::other_shard ? 1 : 0;
        refused += shards.last_verdict == Verdict::no_room ? 1 : 0;
    }
    EXPECT_EQ(taken, 256u);
    EXPECT_EQ(refused, 744u);
}

// Without others in the process the tags are all that is shared.
TEST(ShardsAlone, TreatsWhatIsAnothersAsAStranger) {
    Options options;
    options.shards = 2;
    options.shard = 1;
    test::Scene scene{options};
    const auto answer = scene.question();
    EXPECT_EQ(answer.tag % 2, 1u);
    scene.send_as(answer.tag ^ 1, test::heartbeat("?"));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::out_of_the_blue);
}

} // namespace
} // namespace hawser::sctp
