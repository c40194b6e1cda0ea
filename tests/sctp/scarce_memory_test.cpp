// Memory that all associations of an endpoint share: messages that nobody reads, and messages that
// nobody can read yet.
#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::init;
using test::Scene;

/// Peers that fill the windows of an endpoint whose application says what it takes.
struct Filling {
    static Options options() {
        Options options = test::quiet_rfc9260();
        options.window_credit = WindowCredit::on_release;
        options.receive_window_bytes = 100'000;
        options.receive_bytes_max = 250'000;
        return options;
    }
    void send(std::uint16_t port, std::uint32_t tag, const test::Chunk& chunk) {
        scene.send_octets(test::put_together(port, Scene::kPort, tag, {chunk}));
    }
    void open(std::uint16_t port, std::uint32_t initiate_tag) {
        send(port, 0, init({.tag = initiate_tag, .tsn = 1000}));
        const auto answer = scene.take(test::kInitAck);
        ASSERT_TRUE(answer);
        const test::InitView view{*answer};
        send(port, view.tag, test::cookie_echo(view.cookie));
        peers[port] = {.tag = view.tag};
    }
    /// Messages of 1000 bytes until one is not taken; how many were.
    std::size_t fill(std::uint16_t port) {
        const std::string payload(1000, 'x');
        Peer& peer = peers[port];
        std::size_t taken = 0;
        for (; taken < 200; ++taken, ++peer.sent) {
            send(port, peer.tag,
                 test::data({.tsn = 1000 + peer.sent, .ssn = peer.sent, .payload = payload}));
            if (scene.engine.last_verdict == Verdict::no_room) break;
        }
        scene.discard();
        return taken;
    }
    std::size_t release_all() {
        std::size_t messages = 0;
        for (; const auto message = scene.engine.message(); ++messages) {
            scene.engine.engine->release(message->association, message->payload.size(),
                                         scene.now());
        }
        return messages;
    }

    struct Peer {
        std::uint32_t tag = 0;
        std::uint32_t sent = 0;
    };
    Scene scene{options()};
    std::map<std::uint16_t, Peer> peers;
};

// Peers whose messages nobody reads take the endpoint's memory up to its limit, and leave each of
// the others enough to go on with.
TEST(ScarceMemory, OfManyWindowsFillsNoMoreThanTheEndpointHolds) {
    Filling all;
    for (std::uint16_t port = 1; port <= 6; ++port)
        all.open(port, port);
    const std::size_t window = all.fill(1);
    EXPECT_GE(window, 75u) << "100,000 at 1256 each";
    EXPECT_LE(window, 81u);
    EXPECT_EQ(all.fill(2), window);
    EXPECT_LT(all.fill(3), window) << "in its middle the memory was used up";
    for (std::uint16_t port = 4; port <= 6; ++port) {
        const std::size_t least = all.fill(port);
        EXPECT_GE(least, 12u) << "16 KiB each";
        EXPECT_LE(least, 15u);
    }
    // What is taken makes room again.
    EXPECT_GT(all.release_all(), 0u);
    EXPECT_GE(all.fill(6), window);
    EXPECT_GE(all.fill(5), window);
    all.send(6, all.peers[6].tag, test::abort());
    EXPECT_LT(all.fill(4), window) << "the application still has what the one that ended left";
    EXPECT_GT(all.release_all(), 2 * window);
    EXPECT_GE(all.fill(4), window);
}

// What ended associations leave with the application counts until it is taken; so does what was
// there before a restart.
TEST(ScarceMemory, OfAssociationsThatEndIsCountedUntilItIsTaken) {
    for (const bool restarts : {false, true}) {
        Filling one;
        std::size_t last = 0;
        std::size_t taken = 0;
        for (std::uint32_t round = 0; round < 30; ++round, taken += last) {
            one.open(7, 100 + round);
            last = one.fill(7);
            if (!restarts) one.send(7, one.peers[7].tag, test::abort());
            one.scene.discard();
        }
        EXPECT_LE(last, 16u) << "the least window";
        EXPECT_LE(taken, restarts ? 320u : 700u) << "four windows, if it restarts";
        EXPECT_EQ(one.release_all(), taken);
        one.open(7, 999);
        EXPECT_GE(one.fill(7), 75u) << "all of it is there again";
    }
}

/// Messages larger than what is left of the memory of all still come in: beside each other by as
/// many peers, or until it is too much for all of them.
struct Unfinished {
    Unfinished(std::size_t receive_bytes_max, std::size_t message_bytes, std::uint16_t count)
        : scene{options(receive_bytes_max)} {
        for (std::uint16_t port = 1; port <= count; ++port)
            open(port, message_bytes);
    }
    static Options options(std::size_t receive_bytes_max) {
        Options options = test::quiet_rfc9260();
        options.receive_bytes_max = receive_bytes_max;
        return options;
    }
    void send(std::uint16_t port, std::uint32_t tag, const test::Chunk& chunk) {
        scene.send_octets(test::put_together(port, Scene::kPort, tag, {chunk}));
    }
    void open(std::uint16_t port, std::size_t message_bytes) {
        send(port, 0, init({.tag = port, .tsn = 1000}));
        const auto answer = scene.take(test::kInitAck);
        ASSERT_TRUE(answer);
        const test::InitView view{*answer};
        send(port, view.tag, test::cookie_echo(view.cookie));
        peers.push_back({.tag = view.tag, .left = message_bytes});
    }
    /// Each sends a fragment in turn, and again what was refused. Messages that became whole.
    std::size_t run() {
        const std::string payload(1000, 'x');
        std::size_t messages = 0;
        for (int idle = 0; idle < 100;) {
            bool moved = false;
            for (std::uint16_t port = 1; port <= peers.size(); ++port) {
                Peer& peer = peers[port - 1u];
                if (peer.left == 0) continue;
                const auto flags = static_cast<std::uint8_t>((peer.tsn == 1000 ? test::kBegin : 0) |
                                                             (peer.left <= 1000 ? test::kEnd : 0));
                send(port, peer.tag,
                     test::data({.tsn = peer.tsn, .flags = flags, .payload = payload}));
                if (scene.engine.last_verdict != Verdict::accepted) continue;
                ++peer.tsn;
                peer.left -= 1000;
                moved = true;
            }
            scene.discard();
            while (scene.engine.message())
                ++messages;
            idle = moved ? 0 : idle + 1;
        }
        return messages;
    }

    struct Peer {
        std::uint32_t tag = 0;
        std::uint32_t tsn = 1000;
        std::size_t left = 0;
    };
    Scene scene;
    std::vector<Peer> peers;
};

TEST(ScarceMemory, OfLargeMessagesBesideEachOtherStopsNone) {
    EXPECT_EQ((Unfinished{std::size_t{1} << 30, 200'000, 4}.run()), 4u);
    EXPECT_EQ((Unfinished{500'000, 200'000, 4}.run()), 4u) << "together less than twice the limit";
    EXPECT_EQ((Unfinished{101'000, 200'000, 1}.run()), 1u) << "above the limit by itself";
}

// More than that has to end somebody: the one with most. The others become whole.
TEST(ScarceMemory, OfUnfinishedMessagesEndsTheLargest) {
    Unfinished all{500'000, 400'000, 3};
    all.open(4, 20'000);
    EXPECT_EQ(all.run(), 3u);
    std::size_t ended = 0;
    while (const auto closed = all.scene.engine.event<Closed>()) {
        EXPECT_EQ(closed->reason, CloseReason::out_of_resource);
        ++ended;
    }
    EXPECT_EQ(ended, 1u);
    EXPECT_EQ(all.scene.engine.engine->association_count(), 3u);
}

// Real ends: a message that is larger than all the memory that may be taken arrives.
TEST(ScarceMemory, OfScarceMemoryHangsNobody) {
    Options small;
    small.receive_bytes_max = 110'000;
    Pair pair{Options{}, small};
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.a.send(std::string(200'000, 'x')));
    pair.run_for(10s);
    const auto message = pair.z.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->payload.size(), 200'000u);
}

} // namespace
} // namespace hawser::sctp
