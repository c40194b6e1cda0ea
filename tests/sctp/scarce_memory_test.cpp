// Memory that all associations of an endpoint share: messages that nobody reads, and messages that
// nobody can read yet.
#include "conformance/reconfiguring.hpp"
#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::init;
using test::Scene;

/// Many peers of one endpoint, told apart by their SCTP ports.
struct Crowd {
    explicit Crowd(const Options& options) : scene{options}, interleaves{options.interleaving} {}
    void send(std::uint16_t port, std::uint32_t tag, const test::Chunk& chunk) {
        scene.send_octets(test::put_together(port, Scene::kPort, tag, {chunk}));
    }
    /// Comes with a TSN of 1000; the tag that the endpoint wants of it.
    std::uint32_t come(std::uint16_t port, std::uint32_t initiate_tag) {
        test::InitFields fields{.tag = initiate_tag, .tsn = 1000};
        if (interleaves) // RFC 8260 §2.2.1: I-DATA is an extension
            fields.parameters = {{.type = test::kSupportedExtensions,
                                  .value = test::Octets{std::byte{64}, std::byte{130}}}};
        send(port, 0, init(fields));
        const test::InitView view{scene.take(test::kInitAck).value()};
        send(port, view.tag, test::cookie_echo(view.cookie));
        return view.tag;
    }
    /// Whole messages, and fragments of one, are DATA or I-DATA.
    test::Chunk message(std::uint32_t number, std::string_view payload) const {
        if (interleaves)
            return test::i_data({.tsn = 1000 + number, .mid = number, .payload = payload});
        return test::data({.tsn = 1000 + number, .ssn = number, .payload = payload});
    }
    test::Chunk fragment(std::uint32_t number, std::uint8_t flags, std::string_view payload) const {
        if (interleaves)
            return test::i_data(
                {.tsn = 1000 + number, .fsn = number, .flags = flags, .payload = payload});
        return test::data({.tsn = 1000 + number, .flags = flags, .payload = payload});
    }

    Scene scene;
    bool interleaves;
};

/// Those that fill the windows of an endpoint whose application says what it takes.
struct Filling : Crowd {
    explicit Filling(bool interleaving = false) : Filling{options(interleaving)} {}
    explicit Filling(const Options& options) : Crowd{options} {}
    static Options options(bool interleaving) {
        Options options = test::quiet_rfc9260();
        options.interleaving = interleaving;
        options.window_credit = WindowCredit::on_release;
        options.receive_window_bytes = 100'000;
        options.receive_bytes_max = 250'000;
        return options;
    }
    void open(std::uint16_t port, std::uint32_t initiate_tag) {
        peers[port] = {.tag = come(port, initiate_tag)};
    }
    /// Messages of 1000 bytes until one is not taken; how many were.
    std::size_t fill(std::uint16_t port) {
        const std::string payload(1000, 'x');
        Peer& peer = peers[port];
        std::size_t taken = 0;
        for (; taken < 200; ++taken, ++peer.sent) {
            send(port, peer.tag, message(peer.sent, payload));
            if (scene.engine.last_verdict == Verdict::no_room) break;
        }
        scene.discard();
        return taken;
    }
    /// So many peers come, and fill what they may.
    void come_and_fill(std::uint16_t count) {
        for (std::uint16_t port = 1; port <= count; ++port) {
            open(port, port);
            fill(port);
        }
    }
    /// Fragments of 1000 bytes of a message that never ends, until the association does; how many.
    std::uint32_t send_without_end(std::uint16_t port, std::uint32_t most) {
        const std::string payload(1000, 'x');
        const std::size_t before = scene.engine.engine->association_count();
        std::uint32_t sent = 0;
        for (; sent < most && scene.engine.engine->association_count() == before; ++sent)
            send(port, peers[port].tag,
                 fragment(sent, sent == 0 ? test::kBegin : std::uint8_t{0}, payload));
        return sent;
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
    for (const auto& [restarts, interleaving] :
         {std::pair{false, false}, {true, false}, {false, true}, {true, true}}) {
        Filling one{interleaving};
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
struct Unfinished : Crowd {
    Unfinished(std::size_t receive_bytes_max, std::size_t message_bytes, std::uint16_t count,
               bool interleaving = false)
        : Crowd{options(receive_bytes_max, interleaving)} {
        for (std::uint16_t port = 1; port <= count; ++port)
            open(port, message_bytes);
    }
    static Options options(std::size_t receive_bytes_max, bool interleaving) {
        Options options = test::quiet_rfc9260();
        options.interleaving = interleaving;
        options.receive_bytes_max = receive_bytes_max;
        return options;
    }
    void open(std::uint16_t port, std::size_t message_bytes) {
        peers.push_back({.tag = come(port, port), .left = message_bytes});
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
                const auto flags = static_cast<std::uint8_t>((peer.sent == 0 ? test::kBegin : 0) |
                                                             (peer.left <= 1000 ? test::kEnd : 0));
                send(port, peer.tag, fragment(peer.sent, flags, payload));
                if (scene.engine.last_verdict != Verdict::accepted) continue;
                ++peer.sent;
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
        std::uint32_t sent = 0;
        std::size_t left = 0;
    };
    std::vector<Peer> peers;
};

TEST(ScarceMemory, OfLargeMessagesBesideEachOtherStopsNone) {
    for (const bool interleaving : {false, true}) {
        const auto whole = [=](std::size_t most, std::uint16_t peers) {
            return Unfinished{most, 200'000, peers, interleaving}.run();
        };
        EXPECT_EQ(whole(std::size_t{1} << 30, 4), 4u);
        EXPECT_EQ(whole(500'000, 4), 4u) << "together less than twice the limit";
        EXPECT_EQ(whole(101'000, 1), 1u) << "above the limit by itself";
    }
}

// More than that has to end somebody: the one with most. The others become whole.
TEST(ScarceMemory, OfUnfinishedMessagesEndsTheLargest) {
    for (const bool interleaving : {false, true}) {
        Unfinished all{500'000, 400'000, 3, interleaving};
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
}

// Whole messages may pass twice the limit, 16 KiB for each association, and end nobody. What that
// allowed is not allowed to others once it has been taken.
TEST(ScarceMemory, OfManyLeastWindowsRaisesTheLimitNoLongerThanTheyStand) {
    Filling all;
    all.come_and_fill(40);
    EXPECT_EQ(all.scene.engine.engine->association_count(), 40u);
    EXPECT_GT(all.release_all() * 1256, 600'000u);
    all.scene.run_for(1s);
    all.open(41, 41);
    const std::uint32_t sent = all.send_without_end(41, 2000);
    EXPECT_GE(sent, 500u) << "twice 250,000";
    EXPECT_LE(sent, 520u);
}

// A peer that fills a window which it was told of before memory was scarce, and does not hear of
// the smaller one, gets as far beyond that as with any other window, and no further.
TEST(ScarceMemory, OfAPeerThatHearsNothingIsLittle) {
    Filling all;
    for (std::uint16_t port = 1; port <= 4; ++port)
        all.open(port, port);
    for (std::uint16_t port = 1; port <= 3; ++port)
        all.fill(port);
    const std::string payload(1000, 'x');
    std::uint32_t taken = 0;
    for (auto verdict = Verdict::accepted; verdict == Verdict::accepted && taken < 400; ++taken) {
        auto bytes =
            test::put_together(4, Scene::kPort, all.peers[4].tag, {all.message(taken, payload)});
        const Path path = all.scene.path();
        Datagram datagram{.id = {}, .path = path, .ancillary = {}, .payload = bytes};
        verdict = all.scene.engine.engine->receive(datagram, all.scene.now());
    }
    EXPECT_GE(taken, 13u);
    EXPECT_LE(taken, 4 * 16'384 / 1256 + 2u);
}

// What a reset of streams throws away is there for others at once.
TEST(ScarceMemory, OfMessagesThatAResetEndsIsGivenBack) {
    Options options = Filling::options(true);
    options.reconfiguration = true;
    Filling all{options};
    all.open(1, 1);
    all.open(2, 2);
    const std::string payload(1000, 'x');
    for (std::uint32_t i = 0; i < 240; ++i) // each the beginning of a message of its own
        all.send(
            1, all.peers[1].tag,
            test::i_data({.tsn = 1000 + i, .mid = i, .flags = test::kBegin, .payload = payload}));
    EXPECT_LE(all.fill(2), 16u) << "the least window";
    EXPECT_GT(all.release_all(), 0u);
    test::OctetWriter reset;
    reset.u32(1000).u32(0).u32(999);
    all.send(1, all.peers[1].tag,
             test::re_config({{.type = test::kOutgoing, .value = reset.octets}}));
    EXPECT_GE(all.fill(2), 75u);
}

TEST(ScarceMemory, OfManyLeastWindowsEndsWhoeverTakesMoreThanThose) {
    Filling all;
    all.come_and_fill(40);
    all.open(41, 41);
    const std::uint32_t sent = all.send_without_end(41, 400);
    EXPECT_GE(sent, 65u) << "64 KiB are not worth an end";
    EXPECT_LE(sent, 90u);
}

TEST(ScarceMemory, OfASmallWindowStaysSmall) {
    Options options = Filling::options(false);
    options.receive_window_bytes = 4000;
    options.receive_bytes_max = 1;
    Crowd one{options};
    const std::uint32_t tag = one.come(7, 7);
    one.send(7, tag, one.message(0, "x"));
    one.send(7, tag, one.message(1, "x"));
    const auto sack = one.scene.take(test::kSack);
    ASSERT_TRUE(sack);
    EXPECT_LE(test::SackView{*sack}.window, 4000u);
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
