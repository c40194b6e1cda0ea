// RFC 9260 §3, §6.8 and §6.10: what a packet may look like.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

TEST(Rfc9260_3_1, DropsWhatIsShorterThanACommonHeader) {
    Scene scene;
    for (std::size_t size = 0; size < 12; ++size) {
        scene.send_octets(Octets(size, std::byte{1}));
        EXPECT_TRUE(scene.silent());
        EXPECT_EQ(scene.engine.last_verdict, Verdict::malformed) << size;
    }
}

TEST(Rfc9260_3_1, DropsAHeaderWithoutChunks) {
    Scene scene;
    scene.accept();
    scene.send();
    EXPECT_TRUE(scene.silent());
    EXPECT_NE(scene.engine.last_verdict, Verdict::accepted);
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc9260_3_1, DropsPacketsOfPortZero) {
    Scene scene;
    scene.send_octets(put_together(0, Scene::kPort, 0, {init()}));
    EXPECT_TRUE(scene.silent());
    scene.send_octets(put_together(Scene::kPeerPort, 0, 0, {init()}));
    EXPECT_TRUE(scene.silent());
    EXPECT_EQ(scene.packets_sent(), 0u);
}

TEST(Rfc9260_6_8, SealsEveryPacketWithTheRightChecksum) {
    Scene scene;
    scene.accept();
    EXPECT_TRUE(scene.engine.send("one"));
    EXPECT_TRUE(scene.engine.send(std::string(5000, 'x')));
    scene.world.settle();
    ASSERT_FALSE(scene.silent());
    while (const auto packet = scene.next())
        EXPECT_TRUE(packet->checksum_right);
}

TEST(Rfc9260_6_8, DropsAPacketWithAWrongChecksum) {
    Scene scene;
    scene.accept();
    Octets packet = put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag,
                                 {data({.tsn = scene.peer_tsn})});
    for (std::size_t i = 0; i < packet.size(); ++i) {
        Octets broken = packet;
        broken[i] ^= std::byte{0x10};
        scene.send_octets(broken);
        EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_checksum) << i;
    }
    EXPECT_FALSE(scene.engine.received());
    scene.send_octets(packet);
    EXPECT_EQ(scene.engine.received(), "data");
}

TEST(Rfc9260_6_8, DropsAnInitWithAWrongChecksum) {
    Scene scene;
    Octets packet = put_together(Scene::kPeerPort, Scene::kPort, 0, {init()});
    packet[8] ^= std::byte{1};
    scene.send_octets(packet);
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc9260_3_2, IgnoresWhatStandsInThePadding) {
    Scene scene;
    scene.accept();
    Octets packet = put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag,
                                 {data({.tsn = scene.peer_tsn, .payload = "x"})});
    for (std::size_t i = packet.size() - 3; i < packet.size(); ++i)
        packet[i] = std::byte{0xff};
    seal(packet);
    scene.send_octets(packet);
    EXPECT_EQ(scene.engine.received(), "x");
}

TEST(Rfc9260_3_2, PadsItsChunksWithZeros) {
    for (std::size_t bytes = 1; bytes <= 5; ++bytes) {
        Scene scene;
        scene.accept();
        scene.peer.raw.clear();
        EXPECT_TRUE(scene.engine.send(std::string(bytes, 'x')));
        scene.world.settle();
        ASSERT_EQ(scene.peer.raw.size(), 1u);
        const Octets& packet = scene.peer.raw[0].bytes;
        constexpr std::size_t kHeaders = 12 + 16;
        ASSERT_EQ(packet.size(), kHeaders + (bytes + 3) / 4 * 4);
        for (std::size_t i = kHeaders + bytes; i < packet.size(); ++i)
            EXPECT_EQ(packet[i], std::byte{0}) << bytes;
    }
}

TEST(Rfc9260_3_2, DropsAChunkThatIsShorterThanItsHeader) {
    for (std::uint16_t length = 0; length < 4; ++length) {
        Scene scene;
        scene.accept();
        Chunk broken = data({.tsn = scene.peer_tsn});
        broken.forged_length = length;
        scene.send(broken);
        EXPECT_FALSE(scene.engine.received());
        EXPECT_EQ(scene.engine.last_verdict, Verdict::malformed) << length;
        EXPECT_TRUE(scene.engine.is_connected());
    }
}

TEST(Rfc9260_3_2, DropsAChunkThatIsLongerThanItsPacket) {
    for (const std::uint16_t length : std::initializer_list<std::uint16_t>{30, 100, 65'535}) {
        Scene scene;
        scene.accept();
        Chunk broken = data({.tsn = scene.peer_tsn});
        broken.forged_length = length;
        scene.send(broken);
        EXPECT_FALSE(scene.engine.received());
        EXPECT_EQ(scene.engine.last_verdict, Verdict::malformed) << length;
        EXPECT_TRUE(scene.engine.is_connected());
    }
}

// Every chunk type, cut at every length: none may crash, and none may end the association that a
// stranger who knows the tag could not end with a whole chunk.
TEST(Rfc9260_3_2, SurvivesEveryChunkTypeCutShort) {
    for (std::uint8_t type = 0; type < 16; ++type) {
        for (std::size_t size = 0; size < 24; ++size) {
            Scene scene;
            scene.accept();
            scene.send(Chunk{.type = type, .value = Octets(size, std::byte{0x11})});
            scene.run_for(std::chrono::milliseconds{1});
            if (type != kAbort && type != kShutdown && type != kSack && type != kData) {
                EXPECT_TRUE(scene.engine.is_connected()) << int{type} << " of " << size;
            }
        }
    }
}

constexpr std::uint8_t kUnknownStop = 0x30;
constexpr std::uint8_t kUnknownStopAndReport = 0x70;
constexpr std::uint8_t kUnknownSkip = 0xb0;
constexpr std::uint8_t kUnknownSkipAndReport = 0xf0;

struct UnknownChunk : Scene {
    explicit UnknownChunk(std::uint8_t type) {
        accept();
        send(Chunk{.type = type, .flags = 7, .value = octets("what is this")},
             data({.tsn = peer_tsn}));
        report = take(kError);
    }
    std::optional<Chunk> report;
};

TEST(Rfc9260_3_2, StopsSilentlyAtAnUnknownChunkOfTopBits00) {
    UnknownChunk scene{kUnknownStop};
    EXPECT_FALSE(scene.engine.received());
    EXPECT_FALSE(scene.report);
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Rfc9260_3_2, StopsAndReportsAnUnknownChunkOfTopBits01) {
    UnknownChunk scene{kUnknownStopAndReport};
    EXPECT_FALSE(scene.engine.received());
    ASSERT_TRUE(scene.report);
    const auto cause = scene.report->tlv(0, kUnrecognizedChunk);
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->u16(0), 0x7007u); // the chunk itself, from its type on
    EXPECT_EQ(cause->u16(2), 16u);
    EXPECT_EQ(as_text(Bytes{cause->value}.subspan(4)), "what is this");
}

// An ERROR is no way to make us send large packets: what it quotes is cut to half of one.
TEST(Rfc9260_3_2, QuotesNoMoreThanHalfAPacketOfAnUnknownChunk) {
    Scene scene;
    scene.accept();
    for (const std::size_t bytes : {600u - 4u, 600u, 1100u}) {
        scene.send(Chunk{.type = 0xfe, .value = Octets(bytes, std::byte{1})});
        const auto report = scene.take(kError);
        ASSERT_TRUE(report);
        const auto cause = report->tlv(0, kUnrecognizedChunk);
        ASSERT_TRUE(cause);
        EXPECT_EQ(cause->value.size(), 600u);
    }
}

TEST(Rfc9260_3_2, QuotesAnUnknownChunkOfEverySizeWhole) {
    Scene scene;
    scene.accept();
    for (std::size_t bytes = 0; bytes < 300; ++bytes) {
        scene.send(Chunk{.type = 0xfe, .value = Octets(bytes, std::byte{1})});
        const auto report = scene.take(kError);
        ASSERT_TRUE(report);
        const auto cause = report->tlv(0, kUnrecognizedChunk);
        ASSERT_TRUE(cause);
        ASSERT_EQ(cause->value.size(), 4 + bytes);
        EXPECT_EQ(cause->u16(2), 4 + bytes);
        EXPECT_TRUE(
            std::ranges::equal(Bytes{cause->value}.subspan(4), Octets(bytes, std::byte{1})));
    }
}

TEST(Rfc9260_3_2, SkipsAnUnknownChunkOfTopBits10) {
    UnknownChunk scene{kUnknownSkip};
    EXPECT_EQ(scene.engine.received(), "data");
    EXPECT_FALSE(scene.report);
}

TEST(Rfc9260_3_2, SkipsAndReportsAnUnknownChunkOfTopBits11) {
    UnknownChunk scene{kUnknownSkipAndReport};
    EXPECT_EQ(scene.engine.received(), "data");
    ASSERT_TRUE(scene.report);
    EXPECT_TRUE(scene.report->tlv(0, kUnrecognizedChunk));
}

// RFC 9260 took ECN out; its chunk numbers stay reserved.
TEST(Rfc9260_3_2, TakesNoNoticeOfEcneAndCwr) {
    Scene scene;
    scene.accept();
    const std::size_t window = scene.engine.status().congestion_window_bytes;
    for (const std::uint8_t type : {kEcne, kCwr}) {
        scene.send(Chunk{.type = type, .value = OctetWriter{}.u32(scene.engine_tsn).octets});
        EXPECT_TRUE(scene.silent());
    }
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.engine.status().congestion_window_bytes, window);
    scene.send_data("later");
    EXPECT_EQ(scene.engine.received(), "later");
}

TEST(Rfc9260_6_10, DropsAnInitThatIsNotAlone) {
    Scene scene;
    scene.send_as(0, init(), data({.tsn = 1000}));
    EXPECT_FALSE(scene.take(kInitAck));
    scene.send_as(0, bare(kCookieAck), init());
    EXPECT_FALSE(scene.take(kInitAck));
}

TEST(Rfc9260_6_10, DropsAnInitAckThatIsNotAlone) {
    Scene scene;
    scene.begin_open();
    scene.peer_tag = InitFields{}.tag;
    const Chunk answer =
        init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")}}});
    scene.send(answer, bare(kCookieAck));
    EXPECT_FALSE(scene.take(kCookieEcho));
    EXPECT_EQ(scene.engine.state(), sctp::State::cookie_wait);
    scene.send(answer);
    EXPECT_TRUE(scene.take(kCookieEcho));
}

TEST(Rfc9260_6_10, DropsAShutdownCompleteThatIsNotAlone) {
    Scene scene;
    scene.accept();
    scene.send(shutdown(scene.engine_tsn - 1));
    ASSERT_TRUE(scene.take(kShutdownAck));
    scene.send(bare(kShutdownComplete), data({.tsn = scene.peer_tsn}));
    EXPECT_EQ(scene.engine.state(), sctp::State::shutdown_ack_sent);
}

TEST(Rfc9260_6_10, BundlesWhatFitsIntoOnePacket) {
    Scene scene;
    scene.accept();
    for (const char* text : {"one", "two", "three"})
        EXPECT_TRUE(scene.engine.send(text));
    scene.world.settle();
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->chunks.size(), 3u);
    EXPECT_TRUE(scene.silent());
}

TEST(Rfc9260_6_10, NeverSendsMoreThanFitsIntoAPacket) {
    sctp::Options options = quiet_rfc9260();
    options.packet_bytes_max = 600;
    Scene scene{options};
    scene.accept({.window = 1'000'000});
    for (std::size_t size = 1; size < 1300; size += 7) {
        EXPECT_TRUE(scene.engine.send(std::string(size, 'x')));
        scene.world.settle();
        std::uint32_t last = scene.engine_tsn - 1;
        while (const auto packet = scene.next()) {
            EXPECT_LE(packet->bytes, 600u);
            EXPECT_EQ(packet->bytes % 4, 0u);
            for (const Chunk& chunk : packet->chunks)
                last = DataView{chunk}.tsn;
        }
        scene.send(sack({.tsn = last, .window = 1'000'000}));
    }
}

TEST(Rfc9260_6_10, PutsControlChunksBeforeData) {
    Scene scene;
    scene.accept();
    scene.send_data();
    EXPECT_TRUE(scene.engine.send("answer"));
    scene.world.settle();
    const auto packet = scene.next();
    ASSERT_TRUE(packet);
    ASSERT_EQ(packet->chunks.size(), 2u) << "a SACK that waits goes with the next DATA";
    EXPECT_EQ(packet->chunks[0].type, kSack);
    EXPECT_EQ(packet->chunks[1].type, kData);
}

} // namespace
} // namespace hawser::test
