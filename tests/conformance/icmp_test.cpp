// What ICMP says of SCTP in IP: RFC 9260 §10.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace hawser::test {
namespace {

/// The beginning of a packet of the engine's, as ICMP quotes it.
struct Quoted {
    std::uint16_t source = Scene::kPort, destination = Scene::kPeerPort;
    std::uint32_t tag = 0;
    std::uint8_t first = kData;
    std::uint32_t initiate_tag = 0;
    std::uint8_t bytes = Quote::kBytesMax;

    Quote quote() const {
        constexpr std::uint32_t kChecksum = 0;
        OctetWriter out;
        out.u16(source).u16(destination).u32(tag).u32(kChecksum);
        out.u8(first).u8(0).u16(100).u32(initiate_tag);
        Quote made{.size = bytes};
        std::ranges::copy(out.octets, made.bytes.begin());
        return made;
    }
};

class InIp : public Scene {
public:
    InIp() { engine.events.clear(); }

    /// ICMP says `os_errno` of a packet that began so.
    void hear(int os_errno, const Quoted& quoted) {
        PathEvent event = PathEvent::unreachable(in_ip(), os_errno);
        event.quote = quoted.quote();
        engine.path_event(event, now());
        world.settle();
    }
    void hear_too_big(std::uint32_t mtu_bytes, const Quoted& quoted) {
        PathEvent event = PathEvent::too_big(in_ip(), mtu_bytes);
        event.quote = quoted.quote();
        engine.path_event(event, now());
        world.settle();
    }
    bool is_there() const { return engine.engine->association_count() == 1; }

private:
    Path in_ip() const {
        Path path = Scene::path();
        path.protocol = Protocol::ip;
        return path;
    }
};

TEST(Rfc9260_10, EndsAnAssociationWhosePeerHasNoSctp) {
    InIp scene;
    scene.accept();
    scene.hear(ENOPROTOOPT, {.tag = scene.peer_tag});
    EXPECT_FALSE(scene.is_there());
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::aborted_by_peer) << "as with an ABORT";
    EXPECT_EQ(end->os_errno, ENOPROTOOPT);
}

TEST(Rfc9260_10, EndsAnAttemptByTheInitThatIsQuoted) {
    InIp scene;
    scene.begin_open();
    scene.hear(ENOPROTOOPT,
               {.source = scene.engine_port, .first = kInit, .initiate_tag = scene.engine_tag});
    EXPECT_FALSE(scene.is_there());
    const auto end = scene.engine.event<sctp::Closed>();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reason, sctp::CloseReason::unreachable);
    EXPECT_EQ(end->os_errno, ENOPROTOOPT);
}

TEST(Rfc9260_10, BelievesNoIcmpAboutAnotherTag) {
    InIp scene;
    scene.accept();
    scene.hear(ENOPROTOOPT, {.tag = scene.peer_tag + 1});
    scene.hear(EHOSTUNREACH, {.tag = scene.engine_tag});
    scene.hear_too_big(600, {.tag = scene.peer_tag + 1});
    EXPECT_TRUE(scene.is_there());
    EXPECT_FALSE(scene.engine.event<sctp::PathChanged>());
    scene.hear_too_big(600, {.tag = scene.peer_tag});
    EXPECT_TRUE(scene.engine.event<sctp::PathChanged>()) << "but about its own";
}

TEST(Rfc9260_10, BelievesNoIcmpAboutOtherPorts) {
    InIp scene;
    scene.accept();
    scene.hear(ENOPROTOOPT, {.source = 5001, .tag = scene.peer_tag});
    scene.hear(ENOPROTOOPT, {.destination = 7001, .tag = scene.peer_tag});
    EXPECT_TRUE(scene.is_there());
}

TEST(Rfc9260_10, BelievesNoIcmpThatQuotesTooLittleOrNoInitOfOurs) {
    InIp scene;
    scene.begin_open();
    const Quoted right{
        .source = scene.engine_port, .first = kInit, .initiate_tag = scene.engine_tag};
    for (const int bytes : {4, 8, 12, 19}) {
        Quoted less = right;
        less.bytes = static_cast<std::uint8_t>(bytes);
        scene.hear(ENOPROTOOPT, less);
        EXPECT_TRUE(scene.is_there()) << bytes;
    }
    Quoted other = right;
    ++other.initiate_tag;
    scene.hear(ENOPROTOOPT, other);
    other = right;
    other.first = kInitAck;
    scene.hear(ENOPROTOOPT, other);
    EXPECT_TRUE(scene.is_there());
    scene.hear(ENOPROTOOPT, right);
    EXPECT_FALSE(scene.is_there());
}

// SCTP's own ports are nothing that IP knows of: port unreachable is about something else.
TEST(Rfc9260_10, PassesOverPortsThatAreUnreachable) {
    InIp scene;
    scene.accept();
    scene.hear(ECONNREFUSED, {.tag = scene.peer_tag});
    EXPECT_TRUE(scene.is_there());
    EXPECT_TRUE(scene.silent()) << "the peer is not even asked";
    EXPECT_FALSE(scene.engine.event<sctp::PathChanged>());
    scene.hear(EHOSTUNREACH, {.tag = scene.peer_tag});
    EXPECT_TRUE(scene.is_there());
    EXPECT_TRUE(scene.engine.event<sctp::PathChanged>()) << "a host that is unreachable is told of";
}

// IP takes 20 bytes, and there is no UDP that took 8 more.
TEST(Rfc9260_10, MakesPacketsThatFillTheMtu) {
    InIp scene;
    scene.accept();
    scene.hear_too_big(620, {.tag = scene.peer_tag});
    EXPECT_EQ(scene.engine.status().packet_bytes_max, 600u);
}

} // namespace
} // namespace hawser::test
