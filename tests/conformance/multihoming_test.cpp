// RFC 9260 §5.1.2 and §5.4: a peer that says that it has two addresses.
#include "homes_scene.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

using PathState = sctp::PathStatus::State;
using Change = sctp::PathChanged::State;

constexpr std::size_t kInitParameters = 16;
constexpr std::uint32_t kOtherTag = 0x0b0b'0b0b;
constexpr std::uint32_t kNoTag = 0; ///< an INIT's

std::vector<Address> listed(const Chunk& init) {
    std::vector<Address> all;
    for (const Tlv& tlv : init.tlvs(kInitParameters)) {
        if (tlv.type == kIpv4Address)
            all.push_back(Address::ipv4({std::to_integer<std::uint8_t>(tlv.value[0]),
                                         std::to_integer<std::uint8_t>(tlv.value[1]),
                                         std::to_integer<std::uint8_t>(tlv.value[2]),
                                         std::to_integer<std::uint8_t>(tlv.value[3])}));
    }
    return all;
}

/// How many paths an association has whose INIT came from `source` with these addresses.
std::size_t paths_after(const std::vector<std::string_view>& addresses,
                        const sctp::Options& options = quiet_rfc9260()) {
    TwoHomes scene{options};
    std::vector<Tlv> parameters;
    for (const std::string_view address : addresses)
        parameters.push_back(TwoHomes::parameter(address));
    scene.accept({.parameters = parameters});
    return scene.engine.engine->paths(scene.engine.association()).size();
}

// --- §5.1.2: which addresses ---

TEST(Rfc9260_5_1_2, ListsItsAddressesWhereItHasSeveral) {
    TwoHomes scene;
    ASSERT_TRUE(scene.engine.connect(scene.peer_address(), Scene::kPeerPort));
    scene.world.settle();
    const auto question = scene.take(kInit);
    ASSERT_TRUE(question);
    EXPECT_EQ(listed(*question), (std::vector{TwoHomes::ours(0).host(), TwoHomes::ours(1).host()}));
}

TEST(Rfc9260_5_1_2, ListsThemInItsAnswer) {
    TwoHomes scene;
    scene.send_as(0, init({.parameters = TwoHomes::both()}));
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    EXPECT_EQ(listed(*answer), (std::vector{TwoHomes::ours(0).host(), TwoHomes::ours(1).host()}));
}

TEST(Rfc9260_5_1_2, ListsNoneWhereItHasOne) {
    sctp::Options options = quiet_rfc9260();
    options.local_addresses = {Address::ipv4({192, 0, 2, 1})};
    Scene scene{options};
    scene.begin_open();
    scene.send_as(0, init());
    const auto answer = scene.take(kInitAck);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(listed(*answer).empty());
}

// Whoever writes the address of somebody else into an INIT sends him little more than that.
TEST(Security, AnswersAnInitWithThreeTimesItsBytesAtMost) {
    sctp::Options options = quiet_rfc9260();
    options.interleaving = options.forward_tsn = options.reconfiguration = true;
    options.local_addresses = {TwoHomes::ours(0), TwoHomes::ours(1)};
    for (std::uint8_t i = 2; i < sctp::Options::kAddressesMax; ++i)
        options.local_addresses.push_back(Address::ipv4({203, 0, 113, i}));
    constexpr std::size_t kAround = 28; // IPv4 and UDP headers
    for (const bool lists : {false, true}) {
        TwoHomes scene{options};
        Octets question =
            put_together(Scene::kPeerPort, Scene::kPort, 0,
                         {init({.parameters = lists ? TwoHomes::both() : std::vector<Tlv>{}})});
        const std::size_t asked = question.size() + kAround;
        scene.send_octets(std::move(question));
        ASSERT_FALSE(scene.peer.raw.empty());
        EXPECT_LE(scene.peer.raw.front().bytes.size() + kAround, 3 * asked) << lists;
    }
}

TEST(Rfc9260_5_1_2, TakesTheAddressesThatThePeerLists) {
    TwoHomes scene;
    scene.accept_both();
    const auto first = scene.path_to(TwoHomes::theirs(0));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->state, PathState::active) << "it has answered";
    EXPECT_TRUE(first->primary && first->current);
    EXPECT_EQ(first->path.local, TwoHomes::ours(0));
    const auto second = scene.path_to(TwoHomes::theirs(1));
    ASSERT_TRUE(second) << "by the UDP port of the first";
    EXPECT_EQ(second->state, PathState::unconfirmed);
    EXPECT_FALSE(second->primary || second->current);
    EXPECT_EQ(second->path.local, TwoHomes::ours(1)) << "the one that is most like it";
}

TEST(Rfc9260_5_1_2, TakesEachAddressOnce) {
    EXPECT_EQ(paths_after({"192.0.2.2", "198.51.100.2", "198.51.100.2"}), 2u);
}

TEST(Rfc9260_5_1_2, TakesNoMoreThanItWasAllowed) {
    sctp::Options options = quiet_rfc9260();
    for (const std::size_t most : {1u, 2u, 4u}) {
        options.peer_addresses_max = most;
        EXPECT_EQ(
            paths_after({"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"}, options),
            most);
    }
}

TEST(Security, TakesNoAddressThatNoHostOfTheNetworkHas) {
    for (const std::string_view address :
         {"127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "169.254.1.1", "10.1.2.3",
          "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1"})
        EXPECT_EQ(paths_after({address}), 1u) << address;
    for (const std::string_view address : {"172.15.0.1", "172.32.0.1", "100.128.0.1", "11.0.0.1"})
        EXPECT_EQ(paths_after({address}), 2u) << address;
}

TEST(Rfc9260_5_1_2, TakesPrivateAddressesBesideAPublicOneWhereItIsAsked) {
    sctp::Options options = quiet_rfc9260();
    options.addresses_of_any_scope = true;
    EXPECT_EQ(paths_after({"10.1.2.3"}, options), 2u);
    EXPECT_EQ(paths_after({"127.0.0.1"}, options), 1u);
    EXPECT_EQ(paths_after({"169.254.1.1"}, options), 1u);
}

TEST(Rfc9260_5_1_2, TakesNoAddressOfAFamilyThatItDoesNotHave) {
    EXPECT_EQ(paths_after({"2001:db8::1"}), 1u);
}

TEST(Rfc9260_5_1_2, KeepsOfTheAddressesThatItsUserNamedThoseThatThePeerLists) {
    TwoHomes scene;
    const std::vector<Tlv> parameters{{.type = kStateCookie, .value = octets("cookie")},
                                      TwoHomes::parameter(TwoHomes::theirs(1))};
    scene.open({.parameters = parameters},
               {.remote_addresses = {TwoHomes::theirs(1), Address::ipv4({203, 0, 113, 9})}});
    EXPECT_EQ(scene.engine.engine->paths(scene.engine.association()).size(), 2u);
    const auto second = scene.path_to(TwoHomes::theirs(1));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->state, PathState::active) << "§5.4 (1): its user has said so";
}

TEST(Rfc9260_5_1_2, RefusesWhatCannotBeAnAddressOfThePeers) {
    TwoHomes scene;
    for (const std::string_view address : {"0.0.0.0", "224.0.0.1", "255.255.255.255"}) {
        const auto made =
            scene.engine.connect(scene.peer_address(), Scene::kPeerPort,
                                 {.remote_addresses = {Address::parse(address).value()}});
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, Errc::invalid_argument) << address;
    }
    const auto made =
        scene.engine.connect(scene.peer_address(), Scene::kPeerPort,
                             {.remote_addresses = std::vector<Address>(16, TwoHomes::theirs(1))});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::too_large);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

// --- §5.4: are they true? ---

TEST(Rfc9260_5_4, SendsNothingButHeartbeatsToAnAddressThatHasNotAnswered) {
    TwoHomes scene;
    scene.accept_both();
    EXPECT_TRUE(scene.engine.send("to the first alone"));
    scene.run_for(20s);
    const auto packets = scene.packets_to(1);
    ASSERT_FALSE(packets.empty());
    for (const ReadPacket& packet : packets) {
        ASSERT_EQ(packet.chunks.size(), 1u);
        EXPECT_EQ(packet.chunks.front().type, kHeartbeat);
    }
}

TEST(Rfc9260_5_4, AsksOnceAnRtoThatDoublesUntilItIsInactive) {
    TwoHomes scene;
    scene.accept_both();
    scene.run_for(500ms);
    EXPECT_EQ(scene.count_to(1, kHeartbeat), 1u);
    scene.run_for(1s);
    EXPECT_EQ(scene.count_to(1, kHeartbeat), 2u);
    scene.run_for(2s);
    EXPECT_EQ(scene.count_to(1, kHeartbeat), 3u);
    scene.run_for(5min);
    EXPECT_EQ(scene.count_to(1, kHeartbeat), 6u) << "heartbeats are off: that was all";
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->state, PathState::unconfirmed);
    EXPECT_TRUE(scene.engine.is_connected()) << "the association is not blamed";
}

TEST(Rfc9260_5_4, TakesTheNonceThatCameBackForProof) {
    TwoHomes scene;
    scene.accept_both();
    scene.run_for(1ms);
    EXPECT_EQ(scene.answer_heartbeats(), 1);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->state, PathState::active);
    const auto event = scene.engine.event<sctp::PathChanged>();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->state, Change::confirmed);
    EXPECT_EQ(event->path.remote, TwoHomes::theirs(1));
}

TEST(Security, TakesNoOtherNonceForProof) {
    TwoHomes scene;
    scene.accept_both();
    scene.run_for(1ms);
    auto packets = scene.packets_to(1);
    ASSERT_EQ(packets.size(), 1u);
    Chunk answer{.type = kHeartbeatAck, .value = packets.front().chunks.front().value};
    for (std::size_t i = 4; i < answer.value.size(); ++i) {
        Chunk forged = answer;
        forged.value[i] ^= std::byte{1};
        scene.send_from(1, forged);
    }
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->state, PathState::unconfirmed);
    scene.send_from(1, answer);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->state, PathState::active);
}

TEST(Rfc9260_5_4, AnswersAHeartbeatToWhereItCameFrom) {
    TwoHomes scene;
    scene.accept_both();
    scene.send_from(1, heartbeat("am I heard?"));
    EXPECT_EQ(scene.count_to(1, kHeartbeatAck), 1u) << "confirmed or not";
    EXPECT_EQ(scene.count_to(0, kHeartbeatAck), 0u);
}

TEST(Rfc9260_5_4, SendsNoSackToAnAddressThatHasNotAnswered) {
    TwoHomes scene;
    scene.accept_both();
    scene.send_from(1, data({.tsn = scene.peer_tsn}));
    scene.run_for(1s);
    EXPECT_EQ(scene.engine.received(), "data") << "but its DATA is taken";
    EXPECT_EQ(scene.count_to(1, kSack), 0u);
    EXPECT_EQ(scene.count_to(0, kSack), 1u);
}

TEST(Rfc9260_5_4, TrustsWhereInitCameFromAndNotWhereTheCookieComesFrom) {
    TwoHomes scene;
    const InitFields fields{.parameters = TwoHomes::both()};
    const InitView answer = scene.question(fields);
    scene.forget();
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {cookie_echo(answer.cookie)},
                            answer.tag);
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->state, PathState::active);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->state, PathState::unconfirmed);
    EXPECT_EQ(scene.count_to(1, kCookieAck), 0u);
    EXPECT_EQ(scene.count_to(0, kCookieAck), 1u);
}

TEST(Security, TakesNoCookieFromAnAddressThatInitDidNotList) {
    TwoHomes scene;
    const InitView answer = scene.question();
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {cookie_echo(answer.cookie)},
                            answer.tag);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_cookie);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
}

// --- who is who ---

TEST(Rfc9260_8_4, TakesARightTagFromAnAddressThatIsNoneOfThePeersForNothing) {
    TwoHomes scene;
    scene.accept_both();
    scene.send_from_address(Address::ipv4({203, 0, 113, 7}, 9899), TwoHomes::ours(0),
                            {data({.tsn = scene.peer_tsn})});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::out_of_the_blue);
    EXPECT_FALSE(scene.engine.received());
}

// RFC 5062 §4: to say that an address is one's own keeps nobody out who is there.
TEST(Security, LetsTheOwnerOfAnAddressInThatAnotherHasListed) {
    TwoHomes scene;
    scene.accept_both(); // which has not answered at the second
    scene.forget();
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {init({.tag = kOtherTag})},
                            kNoTag);
    ASSERT_EQ(scene.count_to(1, kInitAck), 1u);
    const InitView answer{*take_apart(scene.peer.raw.back().bytes).find(kInitAck)};
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {cookie_echo(answer.cookie)},
                            answer.tag);
    EXPECT_EQ(scene.engine.engine->association_count(), 2u);
}

// RFC 9260 §5.2.2: nor does it let one into what others have.
TEST(Security, RefusesAnInitThatListsAnAddressOfARunningAssociation) {
    TwoHomes scene;
    scene.accept(); // from the first address, and lists no other
    scene.forget();
    const InitFields fields{.tag = kOtherTag,
                            .parameters = {TwoHomes::parameter(TwoHomes::theirs(0))}};
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {init(fields)}, kNoTag);
    const auto packets = scene.packets_to(1);
    ASSERT_EQ(packets.size(), 1u);
    ASSERT_TRUE(packets.front().has(kAbort));
    EXPECT_TRUE(packets.front().find(kAbort)->tlv(0, kRestartWithNewAddresses));
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc9260_5_2_4, TakesARestartFromAnotherAddressOfThePeersAndAsksTheRestAgain) {
    TwoHomes scene;
    scene.confirm_both();
    const InitFields fields{.tag = kOtherTag, .parameters = TwoHomes::both()};
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {init(fields)}, kNoTag);
    ASSERT_EQ(scene.count_to(1, kInitAck), 1u);
    const InitView answer{*take_apart(scene.peer.raw.back().bytes).find(kInitAck)};
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {cookie_echo(answer.cookie)},
                            answer.tag);
    EXPECT_TRUE(scene.engine.event<sctp::Restarted>());
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->state, PathState::active);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->state, PathState::unconfirmed);
}

// RFC 9260 §5.2.1: whoever says that it is the peer that we look for is answered where we look for
// it, so that saying so is no use to anybody else.
TEST(Security, AnswersAnInitOfAPeerThatItLooksForWhereItLooksForIt) {
    TwoHomes scene;
    scene.begin_open({.local_port = Scene::kPort});
    scene.forget();
    const InitFields fields{.tag = kOtherTag, .parameters = TwoHomes::both()};
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {init(fields)}, kNoTag);
    EXPECT_EQ(scene.count_to(1, kInitAck), 0u);
    ASSERT_EQ(scene.count_to(0, kInitAck), 1u);
    const InitView answer{*take_apart(scene.peer.raw.back().bytes).find(kInitAck)};
    EXPECT_EQ(answer.tag, scene.engine_tag) << "and with the tag of its own INIT";
    scene.send_from_address(TwoHomes::theirs(1), TwoHomes::ours(1), {cookie_echo(answer.cookie)});
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.engine.engine->association_count(), 1u);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(0))->state, PathState::active);
    EXPECT_EQ(scene.path_to(TwoHomes::theirs(1))->state, PathState::unconfirmed);
}

TEST(Rfc9260_5_2_1, TakesAnInitAckFromAnAddressThatListsTheOneThatWasAsked) {
    TwoHomes scene;
    scene.begin_open();
    scene.forget();
    scene.peer_tag = kOtherTag;
    const auto parameters = [](std::vector<Tlv> addresses) {
        addresses.push_back({.type = kStateCookie, .value = octets("cookie")});
        return addresses;
    };
    scene.send_from(1, init_ack({.tag = kOtherTag,
                                 .parameters = parameters({TwoHomes::parameter("203.0.113.1")})}));
    EXPECT_EQ(scene.engine.last_verdict, Verdict::out_of_the_blue) << "which this is not";
    EXPECT_EQ(scene.engine.state(), sctp::State::cookie_wait);
    scene.forget();
    scene.send_from(1, init_ack({.tag = kOtherTag, .parameters = parameters(TwoHomes::both())}));
    EXPECT_EQ(scene.count_to(0, kCookieEcho), 1u) << "its user knows the first address";
    EXPECT_EQ(scene.count_to(1, kCookieEcho), 0u);
    EXPECT_EQ(scene.engine.engine->paths(scene.engine.association()).size(), 2u);
}

} // namespace
} // namespace hawser::test
