// Packets that leave together are one record in the log's queue, and as many frames in its file.
#include <hawser/capture/log.hpp>
#include <hawser/capture/reader.hpp>
#include <hawser/wire/ip.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "capture/session.hpp"

namespace hawser::capture {
namespace {

using test::MemoryLog;

constexpr std::size_t kSegment = 100;

std::vector<std::byte> row(std::size_t bytes) {
    std::vector<std::byte> made(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
        made[i] = static_cast<std::byte>(i / kSegment);
    return made;
}

struct Train {
    explicit Train(std::size_t size) : bytes{row(size)} {}

    Sighting sighting(Layer layer = Layer::wire) const {
        return {.at = Instant{},
                .direction = Direction::out,
                .layer = layer,
                .path = path,
                .ancillary = ancillary,
                .bytes = bytes,
                .packet_id = PacketId{70}};
    }

    std::vector<std::byte> bytes;
    Path path{.protocol = Protocol::udp,
              .local = Address::ipv4({192, 0, 2, 1}, 40'000),
              .remote = Address::ipv4({198, 51, 100, 7}, 9899)};
    Ancillary ancillary{.dscp = Dscp::af41};
};

TEST(LogTrain, IsOneFrameForEachOfItsPackets) {
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha");
    const Train train{2 * kSegment + 30};
    tap->seen_train(train.sighting(), kSegment);
    auto reader = Reader::from(memory.file());
    ASSERT_TRUE(reader);
    const std::size_t sizes[] = {kSegment, kSegment, 30};
    for (std::size_t i = 0; i < 3; ++i) {
        const Frame* frame = reader->next();
        ASSERT_NE(frame, nullptr);
        EXPECT_EQ(frame->payload.size(), sizes[i]);
        EXPECT_TRUE(std::ranges::all_of(
            frame->payload, [i](std::byte byte) { return byte == static_cast<std::byte>(i); }));
        EXPECT_EQ(frame->packet_id, 70 + i);
        ASSERT_TRUE(frame->ip);
        EXPECT_EQ(frame->ip->dscp, Dscp::af41);
    }
    EXPECT_EQ(reader->next(), nullptr);
    EXPECT_EQ(memory.log.status().frames_written, 3u);
}

TEST(LogTrain, IsLeftOutWithItsLayer) {
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha", {.layers = LayerSet{Layer::sctp}});
    const Train train{300};
    tap->seen_train(train.sighting(), kSegment);
    memory.file();
    EXPECT_EQ(memory.log.status().frames_written, 0u);
}

TEST(LogTrain, CountsEveryPacketThatFindsNoRoom) {
    LogOptions options = test::options_of_a_test();
    options.queue_bytes = std::size_t{256} * 1024;
    MemoryLog memory{options};
    const auto tap = memory.log.attach("alpha");
    const Train train{200'050}; // no block of the queue is so large
    tap->seen_train(train.sighting(), kSegment);
    memory.file();
    EXPECT_EQ(memory.log.status().frames_lost, 2001u);
}

/// What a tap sees that knows nothing of trains.
class Plain final : public Tap {
public:
    void seen(const Sighting& sighting) override {
        packets.emplace_back(std::to_underlying(sighting.packet_id), sighting.bytes.size());
    }
    std::vector<std::pair<std::uint64_t, std::size_t>> packets;
};

TEST(Tap, SeesATrainPacketByPacketUnlessItWantsMore) {
    Plain tap;
    const Train train{250};
    tap.seen_train(train.sighting(), kSegment);
    EXPECT_EQ(tap.packets, (std::vector<std::pair<std::uint64_t, std::size_t>>{
                               {70, kSegment}, {71, kSegment}, {72, 50}}));
}

class TapOfSegments : public testing::TestWithParam<std::uint16_t> {};

TEST_P(TapOfSegments, SeesThoseThatAreAskedForWithTheirIds) {
    const std::uint16_t room = GetParam();
    PacketPool pool;
    Transmit transmit{.payload = pool.take(1000)};
    transmit.segment_bytes = kSegment;
    transmit.headroom = transmit.tailroom = room;
    transmit.payload.resize(3 * (kSegment + 2 * std::size_t{room}) + 40 + 2 * std::size_t{room});
    Plain tap;
    show_segments(tap, Train{0}.sighting(), transmit, 1, 4);
    EXPECT_EQ(tap.packets, (std::vector<std::pair<std::uint64_t, std::size_t>>{
                               {71, kSegment}, {72, kSegment}, {73, 40}}));
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutRoomAroundThem, TapOfSegments, testing::Values(0, 8));

} // namespace
} // namespace hawser::capture
