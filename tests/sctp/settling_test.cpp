// What the packet before has said is not asked again, and what trains leave to be done is done
// once: for the right association, and before somebody looks.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::Scene;

constexpr std::uint16_t kOtherPeerPort = Scene::kPeerPort + 1;

/// Hands the engine packets in a row; nobody asks it anything in between.
struct Row : Scene {
    Verdict hand(const Path& path, std::vector<std::byte> bytes) {
        Datagram datagram{.id = {}, .path = path, .ancillary = {}, .payload = bytes};
        return engine.engine->receive(datagram, now());
    }
    Verdict hand(std::uint16_t from_port, std::uint16_t to_port, std::uint32_t tag,
                 const test::Chunk& chunk) {
        return hand(path(), test::put_together(from_port, to_port, tag, {chunk}));
    }
    test::Chunk next_data() {
        return test::data({.tsn = peer_tsn++, .ssn = peer_ssn++, .payload = "data"});
    }
    /// More of the association that was accepted.
    Verdict more() { return hand(kPeerPort, kPort, engine_tag, next_data()); }
    /// The first of the second one.
    Verdict first_of(std::uint32_t second_tag) {
        return hand(kOtherPeerPort, kPort, second_tag,
                    test::data({.tsn = 1000, .payload = "data"}));
    }
    /// A second association with the same peer; its tag.
    std::uint32_t second() {
        constexpr std::uint32_t kTag = 0x2222'2222;
        send_octets(
            test::put_together(kOtherPeerPort, kPort, 0, {test::init({.tag = kTag, .tsn = 1000})}));
        const test::InitView view{take(test::kInitAck).value()};
        send_octets(
            test::put_together(kOtherPeerPort, kPort, view.tag, {test::cookie_echo(view.cookie)}));
        discard();
        return view.tag;
    }
    /// To which ports of the peer the engine sends a SACK now.
    std::vector<std::uint16_t> acknowledged() {
        std::vector<std::uint16_t> ports;
        while (const auto transmit = engine.engine->poll_transmit(now(), {})) {
            const auto packet = test::take_apart(transmit->payload.bytes());
            if (packet.has(test::kSack)) ports.push_back(packet.destination_port);
        }
        return ports;
    }
};

// RFC 9260 §8.5: the tag alone does not make a packet the association's.
TEST(Settling, TakesNoPacketForTheLastOnesNeighbour) {
    Row row;
    row.accept();
    const test::Chunk forged =
        test::data({.tsn = row.peer_tsn + 5, .ssn = 5, .payload = "of somebody else"});
    Path other_host = row.path();
    other_host.remote = Address::ipv4({192, 0, 2, 77}, other_host.remote.port());
    ASSERT_EQ(row.more(), Verdict::accepted);
    EXPECT_EQ(row.hand(kOtherPeerPort, Scene::kPort, row.engine_tag, forged),
              Verdict::out_of_the_blue);
    ASSERT_EQ(row.more(), Verdict::accepted);
    EXPECT_EQ(row.hand(Scene::kPeerPort, Scene::kPort + 1, row.engine_tag, forged),
              Verdict::out_of_the_blue);
    ASSERT_EQ(row.more(), Verdict::accepted);
    EXPECT_EQ(row.hand(Scene::kPeerPort, Scene::kPort, row.engine_tag + 1, forged),
              Verdict::bad_tag);
    ASSERT_EQ(row.more(), Verdict::accepted);
    EXPECT_EQ(row.hand(other_host, test::put_together(Scene::kPeerPort, Scene::kPort,
                                                      row.engine_tag, {forged})),
              Verdict::out_of_the_blue);
    EXPECT_EQ(row.engine.status().path.remote, row.peer_address());
}

// An INIT, and a cookie, are looked at by themselves wherever they come in a row.
TEST(Settling, LeavesWhatBeginsAnAssociationToItsOwnRules) {
    Row row;
    row.accept();
    ASSERT_EQ(row.more(), Verdict::accepted);
    EXPECT_EQ(row.hand(Scene::kPeerPort, Scene::kPort, row.engine_tag, test::init()),
              Verdict::bad_tag);
    EXPECT_EQ(row.hand(Scene::kPeerPort, Scene::kPort, row.engine_tag,
                       test::cookie_echo(test::Octets(100))),
              Verdict::bad_cookie);
}

TEST(Settling, FollowsThePeerInTheMiddleOfARow) {
    Row row;
    row.accept();
    Path moved = row.path();
    moved.remote = moved.remote.with_port(4711);
    ASSERT_EQ(row.more(), Verdict::accepted);
    ASSERT_EQ(row.hand(moved, test::put_together(Scene::kPeerPort, Scene::kPort, row.engine_tag,
                                                 {row.next_data()})),
              Verdict::accepted);
    EXPECT_EQ(row.engine.status().path.remote, moved.remote);
}

TEST(Settling, TellsTheClockOfEachAssociationInARow) {
    Row row;
    row.accept();
    const std::uint32_t second = row.second();
    ASSERT_EQ(row.more(), Verdict::accepted);
    ASSERT_EQ(row.first_of(second), Verdict::accepted);
    // Acknowledged after 200 ms (RFC 9260 §6.2), asked for nothing before that.
    const Instant due = row.now() + 200ms;
    EXPECT_EQ(row.engine.engine->deadline(), due);
    row.engine.engine->advance(due);
    EXPECT_EQ(row.acknowledged(), (std::vector{Scene::kPeerPort, kOtherPeerPort}));
}

TEST(Settling, KnowsWhatIsDueWithoutBeingAskedFirst) {
    Row row;
    row.accept();
    ASSERT_EQ(row.more(), Verdict::accepted);
    row.engine.engine->advance(row.now() + 200ms);
    EXPECT_EQ(row.acknowledged(), std::vector{Scene::kPeerPort});
}

TEST(Settling, HasToSendWhatARowAsksFor) {
    Row row;
    row.accept();
    for (int i = 0; i < 2; ++i) // RFC 9260 §6.2: at least every second packet
        ASSERT_EQ(row.more(), Verdict::accepted);
    EXPECT_EQ(row.acknowledged(), std::vector{Scene::kPeerPort});
}

// The last of a row ends the association that the ones before it were for.
TEST(Settling, ForgetsAnAssociationThatEndsInARow) {
    Row row;
    row.accept();
    const std::uint32_t second = row.second();
    ASSERT_EQ(row.more(), Verdict::accepted);
    ASSERT_EQ(row.hand(Scene::kPeerPort, Scene::kPort, row.engine_tag, test::abort()),
              Verdict::accepted);
    EXPECT_EQ(row.engine.engine->association_count(), 1u);
    EXPECT_EQ(row.more(), Verdict::out_of_the_blue);
    ASSERT_EQ(row.first_of(second), Verdict::accepted);
    EXPECT_EQ(row.engine.engine->deadline(), row.now() + 200ms);
}

} // namespace
} // namespace hawser::sctp
