// What happens to the way between two hosts while they talk.
#include "support/pair.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::WireDatagram;

TEST(Path, GetsSmallerPacketsWhenTheyAreTooBig) {
    Pair pair;
    pair.latency(5ms);
    ASSERT_TRUE(pair.connect());
    pair.network().link(pair.a.id).mtu_bytes = 900;
    ASSERT_TRUE(pair.a.send(std::string(20'000, 'x')));
    pair.run_for(10s);
    EXPECT_EQ(pair.z.received(), std::string(20'000, 'x'));
    const auto change = pair.a.event<PathChanged>();
    ASSERT_TRUE(change);
    EXPECT_EQ(change->state, PathChanged::State::too_big);
    EXPECT_LE(pair.a.status().packet_bytes_max, 900u - 28u);
}

// A TSN fixes the bounds of its chunk: one that was cut for larger packets goes alone, and IP may
// cut it; nothing else goes with it.
void expect_alone(std::size_t packet_bytes) {
    Options options;
    options.packet_bytes_max = packet_bytes;
    Pair pair{options};
    pair.latency(5ms);
    ASSERT_TRUE(pair.connect());
    pair.run_for(1s);
    pair.network().link(pair.a.id).down = true;
    const std::vector<std::size_t> sizes{100, packet_bytes - 100, 200, packet_bytes - 50, 100};
    for (const std::size_t bytes : sizes) {
        ASSERT_TRUE(pair.a.send(std::string(bytes, 'x')));
        pair.settle();
    }
    pair.a.path_event(PathEvent::too_big(pair.a.status().path, 900), pair.now());
    const std::size_t limit = pair.a.status().packet_bytes_max;
    EXPECT_LE(limit, 900u - 28u);
    pair.network().link(pair.a.id).down = false;
    std::size_t alone = 0;
    pair.set_hook(pair.a, [&](const WireDatagram& datagram) {
        const auto packet = test::take_apart(datagram.bytes);
        if (packet.bytes > limit) {
            ++alone;
            EXPECT_EQ(packet.chunks.size(), 1u);
            EXPECT_EQ(datagram.ancillary.dont_fragment, false);
        }
        return true;
    });
    pair.run_for(1min);
    EXPECT_GE(alone, 2u);
    for (const std::size_t bytes : sizes)
        EXPECT_EQ(pair.z.received(), std::string(bytes, 'x'));
}

TEST(Path, SendsAloneWhatWasCutForLargerPackets) {
    for (const std::size_t packet_bytes : {1200u, 4000u, 8000u})
        expect_alone(packet_bytes);
}

TEST(Path, SurvivesOneThatSwallowsLargePacketsInSilence) {
    Pair pair;
    pair.latency(5ms);
    ASSERT_TRUE(pair.connect());
    pair.network().link(pair.a.id).mtu_bytes = 900;
    pair.network().link(pair.a.id).too_big_events = false;
    ASSERT_TRUE(pair.a.send(std::string(20'000, 'x')));
    pair.run_for(1min);
    EXPECT_EQ(pair.z.received(), std::string(20'000, 'x'));
}

// Two timeouts in a row may be large packets that vanish: from then on IP may cut them.
TEST(Path, LetsIpCutPacketsAfterTwoTimeouts) {
    Options options;
    options.recovery = Recovery::rfc9260; // no probes in between
    Pair pair{options};
    ASSERT_TRUE(pair.connect());
    std::vector<bool> whole;
    pair.set_hook(pair.a, [&](const WireDatagram& datagram) {
        whole.push_back(datagram.ancillary.dont_fragment.value_or(true));
        return false;
    });
    ASSERT_TRUE(pair.a.send(std::string(1000, 'x')));
    pair.run_for(10s);
    ASSERT_GE(whole.size(), 4u);
    EXPECT_TRUE(whole[0]);
    EXPECT_TRUE(whole[1]) << "after one timeout";
    EXPECT_FALSE(whole[2]);
    EXPECT_FALSE(whole[3]);
}

TEST(Path, TellsOnceOfPacketsThatAreTooBig) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    for (int i = 0; i < 2; ++i)
        pair.a.path_event(PathEvent::too_big(pair.a.status().path, 900), pair.now());
    pair.a.path_event(PathEvent::too_big(pair.a.status().path, 1400), pair.now());
    pair.settle();
    EXPECT_TRUE(pair.a.event<PathChanged>());
    EXPECT_FALSE(pair.a.event<PathChanged>()) << "no smaller than before is nothing new";
    EXPECT_EQ(pair.a.status().packet_bytes_max, 900u - 28u);
}

TEST(Path, BelievesNoTooBigBelowReason) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const Path path = pair.a.status().path;
    for (const std::uint32_t mtu : {0u, 1u, 68u, 300u}) {
        pair.a.path_event(PathEvent::too_big(path, mtu), pair.now());
    }
    EXPECT_GE(pair.a.status().packet_bytes_max, 512u);
    ASSERT_TRUE(pair.a.send(std::string(20'000, 'x')));
    pair.run_for(10s);
    EXPECT_EQ(pair.z.received(), std::string(20'000, 'x'));
}

TEST(Path, FollowsAPeerBehindANatThatForgot) {
    Pair pair;
    pair.latency(5ms);
    ASSERT_TRUE(pair.connect());
    const Address before = pair.z.status().path.remote;
    pair.network().rebind(pair.a.id, Address::ipv4({10, 0, 0, 1}, 40'001));
    ASSERT_TRUE(pair.a.send("from elsewhere"));
    pair.run_for(100ms);
    EXPECT_EQ(pair.z.received(), "from elsewhere");
    const auto change = pair.z.event<PathChanged>();
    ASSERT_TRUE(change);
    EXPECT_EQ(change->state, PathChanged::State::moved);
    EXPECT_EQ(pair.z.status().path.remote.port(), 40'001);
    EXPECT_NE(pair.z.status().path.remote, before);
    ASSERT_TRUE(pair.z.send("found you"));
    pair.run_for(100ms);
    EXPECT_EQ(pair.a.received(), "found you");
}

// Who does not know the tag moves nobody.
TEST(Path, FollowsNoPacketWithAWrongTag) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const Address before = pair.z.status().path.remote;
    std::vector<std::byte> last;
    pair.set_hook(pair.a, [&](const WireDatagram& datagram) {
        last = datagram.bytes;
        return true;
    });
    ASSERT_TRUE(pair.a.send("x"));
    pair.settle();
    last[4] ^= std::byte{1};
    test::seal(last);
    const Path from{.local = Address::ipv4({10, 0, 0, 1}, 666),
                    .remote = pair.network().address(pair.z.id)};
    pair.network().inject({.path = from, .bytes = last}, pair.now());
    pair.settle();
    EXPECT_EQ(pair.z.last_verdict, Verdict::out_of_the_blue);
    EXPECT_EQ(pair.z.status().path.remote, before);
}

TEST(Path, EndsAConnectThatNobodyCanReach) {
    Pair pair;
    const Address nowhere = Address::ipv4({10, 0, 0, 77}, 9899);
    ASSERT_TRUE(pair.a.connect(nowhere, Pair::kPort));
    pair.settle();
    const Path path{.local = pair.network().address(pair.a.id), .remote = nowhere};
    pair.a.path_event(PathEvent::unreachable(path, ECONNREFUSED), pair.now());
    pair.settle();
    const auto end = pair.a.event<Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, CloseReason::unreachable);
    EXPECT_EQ(end->os_errno, ECONNREFUSED);
}

// The kernel itself knows no way there: nothing was sent, and nobody can have forged it.
TEST(Path, EndsAConnectThatHasNoRoute) {
    for (const int error : {ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL}) {
        Pair pair;
        const Address nowhere = Address::ipv4({10, 0, 0, 77}, 9899);
        ASSERT_TRUE(pair.a.connect(nowhere, Pair::kPort));
        pair.settle();
        const Path path{.local = pair.network().address(pair.a.id), .remote = nowhere};
        pair.a.path_event(PathEvent::send_refused(path, error, {}), pair.now());
        pair.settle();
        const auto end = pair.a.event<Closed>();
        ASSERT_TRUE(end);
        EXPECT_EQ(end->reason, CloseReason::unreachable);
        EXPECT_EQ(end->os_errno, error);
    }
}

// What has nothing to do with markings must not cost a marked message its life.
TEST(Path, KeepsMarkedMessagesWhileThereIsNoRoute) {
    for (const int error :
         {ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL, EMSGSIZE, ECONNREFUSED}) {
        Pair pair;
        ASSERT_TRUE(pair.connect());
        const Ancillary marking{.dscp = Dscp::ef};
        pair.network().link(pair.a.id).down = true;
        ASSERT_TRUE(pair.a.send("later", {.ancillary = marking}));
        pair.settle();
        pair.a.path_event(PathEvent::send_refused(pair.a.status().path, error, marking),
                          pair.now());
        EXPECT_FALSE(pair.a.event<SendFailed>());
        pair.network().link(pair.a.id).down = false;
        pair.run_for(10s);
        EXPECT_EQ(pair.z.received(), "later");
    }
}

TEST(Path, GivesBackWhatTheKernelWouldNotSend) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const Ancillary marking{.dscp = Dscp::ef, .hop_limit = 77};
    pair.network().link(pair.a.id).down = true; // the kernel refuses: nothing leaves
    ASSERT_TRUE(pair.a.send("refused", {.context = 5, .ancillary = marking}));
    ASSERT_TRUE(pair.a.send("refused too", {.context = 6, .ancillary = marking}));
    pair.a.path_event(PathEvent::send_refused(pair.a.status().path, EINVAL, marking), pair.now());
    pair.settle();
    const auto failed = pair.a.event<SendFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->why, SendFailed::Why::marking_refused);
    EXPECT_EQ(failed->os_errno, EINVAL);
    pair.network().link(pair.a.id).down = false;
    ASSERT_TRUE(pair.a.send("plain", {.stream = StreamId{1}}));
    pair.run_for(10s);
    EXPECT_EQ(pair.z.received(), "plain");
}

TEST(Path, ListensToEventsOfItsOwnOnly) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const std::size_t before = pair.a.status().packet_bytes_max;
    const Path other{.local = pair.network().address(pair.a.id),
                     .remote = Address::ipv4({10, 0, 0, 77}, 9899)};
    pair.a.path_event(PathEvent::too_big(other, 700), pair.now());
    EXPECT_EQ(pair.a.status().packet_bytes_max, before);
}

} // namespace
} // namespace hawser::sctp
