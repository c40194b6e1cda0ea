// RFC 8260 §3: which stream's bytes leave next.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using enum sctp::StreamScheduler;

constexpr std::size_t kPacketBytes = 512;
/// A peer that knows I-DATA, or not, and what the engine sends it. Streams are letters, from 'a'.
struct Sending : Scene {
    Sending(sctp::StreamScheduler kind, bool interleaving)
        : Scene{options(kind)},
          type{interleaving ? kIData : kData},
          packetful{kPacketBytes - 12 - (interleaving ? 20u : 16u)} {
        InitFields fields{.window = 1'000'000, .inbound_streams = 26, .parameters = {}};
        if (interleaving)
            fields.parameters = {
                {.type = kSupportedExtensions, .value = Octets{std::byte{kIData}}}};
        accept(fields);
    }
    static sctp::Options options(sctp::StreamScheduler kind) {
        sctp::Options options = quiet_rfc9260();
        options.scheduler = kind;
        options.interleaving = true;
        options.packet_bytes_max = kPacketBytes;
        return options;
    }
    static sctp::StreamId id(char stream) { return static_cast<sctp::StreamId>(stream - 'a'); }

    void value(char stream, std::uint16_t value) {
        ASSERT_TRUE(
            engine.engine->set_stream_value(engine.association(), id(stream), value, now()));
    }
    void queue(char stream, std::size_t bytes, const Ancillary& ancillary = {}) {
        ASSERT_TRUE(engine.send(std::string(bytes, stream),
                                {.stream = id(stream), .ancillary = ancillary}));
    }
    void queue_packets(char stream, std::size_t count, const Ancillary& ancillary = {}) {
        queue(stream, count * packetful, ancillary);
    }
    /// Acknowledges until all has come; the chunks of each packet.
    std::vector<std::vector<Chunk>> packets() {
        std::vector<std::vector<Chunk>> packets;
        world.settle();
        for (std::uint32_t last = engine_tsn - 1; !silent();) {
            while (const auto packet = next()) {
                if (!packet->has(type)) continue;
                packets.push_back(packet->chunks);
                for (const Chunk& chunk : packet->chunks)
                    last = std::max(last, chunk.u32(0));
            }
            Scene::send(sack({.tsn = last, .window = 1'000'000}));
        }
        return packets;
    }
    /// Their streams, a word a packet.
    std::string sent() {
        std::string words;
        for (const auto& packet : packets()) {
            if (!words.empty()) words += ' ';
            for (const Chunk& chunk : packet)
                words += static_cast<char>('a' + chunk.u16(4));
        }
        return words;
    }

    const std::uint8_t type;
    const std::size_t packetful; ///< message bytes
};

/// The same without the bounds of packets.
std::string joined(std::string words) {
    std::erase(words, ' ');
    return words;
}

// --- §3.1 ---

TEST(Rfc8260_3_1, MessagesLeaveInTheOrderInWhichTheyWereGiven) {
    for (const bool interleaving : {false, true}) {
        Sending scene{first_come_first_served, interleaving};
        for (const char stream : std::string{"bacab"})
            scene.queue_packets(stream, 2);
        EXPECT_EQ(scene.sent(), "b b a a c c a a b b");
    }
}

// --- §3.2 ---

TEST(Rfc8260_3_2, MessagesOfTheStreamsTakeTurns) {
    Sending scene{round_robin, false};
    for (int i = 0; i < 3; ++i)
        scene.queue_packets('a', 2);
    for (int i = 0; i < 3; ++i)
        scene.queue_packets('b', 1);
    scene.queue_packets('c', 1);
    EXPECT_EQ(scene.sent(), "a a b c a a b a a b");
}

TEST(Rfc8260_3_2, ChunksTakeTurnsWhereMessagesAreInterleaved) {
    Sending scene{round_robin, true};
    scene.queue_packets('a', 5);
    scene.queue_packets('b', 2);
    scene.queue_packets('c', 3);
    EXPECT_EQ(scene.sent(), "a b c a b c a c a a");
}

// --- §3.3 ---

TEST(Rfc8260_3_3, PacketsTakeTurnsAndHaveOneStreamEach) {
    for (const bool interleaving : {false, true}) {
        Sending scene{round_robin_per_packet, interleaving};
        for (int i = 0; i < 4; ++i)
            scene.queue('a', 100);
        scene.queue('b', 20);
        for (int i = 0; i < 6; ++i)
            scene.queue('c', 100);
        EXPECT_EQ(scene.sent(), "aaaa b cccc cc");
    }
}

TEST(Rfc8260_3_3, ALargeMessageIsCutByTurnsOnlyWhereMessagesAreInterleaved) {
    for (const bool interleaving : {false, true}) {
        Sending scene{round_robin_per_packet, interleaving};
        scene.queue_packets('a', 3);
        scene.queue_packets('b', 2);
        EXPECT_EQ(scene.sent(), interleaving ? "a b a b a" : "a a a b b");
    }
}

// --- §3.4 ---

TEST(Rfc8260_3_4, TheHigherPriorityGoesFirst) {
    for (const bool interleaving : {false, true}) {
        Sending scene{priority, interleaving};
        scene.value('a', 3);
        scene.value('b', 1);
        scene.value('c', 2);
        for (const char stream : std::string{"abcabc"})
            scene.queue_packets(stream, 2);
        EXPECT_EQ(scene.sent(), "b b b b c c c c a a a a");
    }
}

TEST(Rfc8260_3_4, EqualOnesTakeTurns) {
    for (const bool interleaving : {false, true}) {
        Sending scene{priority, interleaving};
        for (const char stream : std::string{"aabb"})
            scene.queue_packets(stream, 2);
        EXPECT_EQ(scene.sent(), interleaving ? "a b a b a b a b" : "a a b b a a b b");
    }
}

TEST(Rfc8260_3_4, AMessageThatHasBegunIsPassedOnlyWhereMessagesAreInterleaved) {
    for (const bool interleaving : {false, true}) {
        Sending scene{priority, interleaving};
        scene.value('b', 1);
        scene.queue_packets('a', 20); // more than the congestion window
        scene.world.settle();
        scene.queue_packets('b', 1);
        const std::string order = joined(scene.sent());
        EXPECT_EQ(order.find('b') < 15, interleaving) << order;
        EXPECT_EQ(order.size(), 21u);
    }
}

TEST(Rfc8260_3_4, OfDifferentMarkingsTheHigherPriorityGoesFirst) {
    for (const bool interleaving : {false, true}) {
        Sending scene{priority, interleaving};
        scene.value('c', 1);
        scene.value('b', 2);
        scene.value('a', 3);
        scene.queue_packets('a', 2, {.dscp = Dscp::ef});
        scene.queue_packets('b', 2, {.dscp = Dscp::cs1});
        scene.queue_packets('c', 2, {.dscp = Dscp::ef});
        EXPECT_EQ(scene.sent(), "c c b b a a");
    }
}

// --- §3.5 ---

TEST(Rfc8260_3_5, StreamsHaveTheSameShareWhateverTheirMessages) {
    for (const bool interleaving : {false, true}) {
        Sending scene{fair_capacity, interleaving};
        for (int i = 0; i < 6; ++i)
            scene.queue_packets('a', 4);
        for (int i = 0; i < 24; ++i)
            scene.queue_packets('b', 1);
        const std::string order = joined(scene.sent()).substr(0, 32);
        const auto of_a = std::ranges::count(order, 'a');
        EXPECT_TRUE(of_a >= 14 && of_a <= 18) << order;
    }
}

// --- §3.6 ---

TEST(Rfc8260_3_6, StreamsHaveAShareByTheirWeight) {
    for (const bool interleaving : {false, true}) {
        Sending scene{weighted_fair_queueing, interleaving};
        scene.value('a', 300);
        scene.value('b', 100);
        for (int i = 0; i < 40; ++i) {
            scene.queue_packets('a', 1);
            scene.queue_packets('b', 1);
        }
        const std::string order = joined(scene.sent()).substr(0, 40);
        const auto of_a = std::ranges::count(order, 'a');
        EXPECT_TRUE(of_a >= 29 && of_a <= 31) << order;
    }
}

// --- §2.2.2 ---

TEST(Rfc8260_2_2_2, OneMessageOfAStreamIsUnderWayAtATime) {
    for (const auto kind : {first_come_first_served, round_robin, priority, fair_capacity}) {
        Sending scene{kind, true};
        for (const bool unordered : {false, true, true, false}) {
            ASSERT_TRUE(scene.engine.send(
                std::string(2 * scene.packetful, 'x'),
                {.unordered = unordered, .ancillary = {.hop_limit = unordered ? 9 : 8}}));
        }
        std::string flags;
        for (const auto& packet : scene.packets())
            flags += packet.at(0).flags & kBegin ? 'B' : 'E';
        EXPECT_EQ(flags, "BEBEBEBE");
    }
}

} // namespace
} // namespace hawser::test
