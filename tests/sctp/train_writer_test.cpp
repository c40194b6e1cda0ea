#include "sctp/tx/train_writer.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

constexpr std::size_t kHeader = wire::sctp::kCommonHeaderBytes;
constexpr auto kType = wire::sctp::ChunkType::data;
constexpr wire::sctp::CommonHeader kCommon{1, 2, wire::sctp::VerificationTag{3}, 0};

class TrainWriterTest : public testing::Test {
protected:
    TrainWriter writer(const Framing& framing, std::size_t capacity = 4000) {
        return TrainWriter{packets_.take(capacity, 0), framing, kCommon};
    }
    static std::vector<std::byte> chunk(std::size_t bytes, unsigned char value = 0xab) {
        return std::vector<std::byte>(bytes, std::byte{value});
    }
    PacketPool packets_;
};

TEST_F(TrainWriterTest, MakesOneDatagramOfOnePacket) {
    const Framing framing;
    TrainWriter train = writer(framing);
    ASSERT_TRUE(train.open(100));
    EXPECT_EQ(train.room(kType), 100 - kHeader);
    EXPECT_FALSE(train.has_chunks());
    ASSERT_TRUE(train.add(chunk(6)));
    EXPECT_EQ(train.room(kType), 100 - kHeader - 8) << "a chunk is padded to four bytes";
    train.close();
    const Transmit transmit = train.finish({}, {});
    EXPECT_EQ(transmit.segment_bytes, 0u);
    EXPECT_EQ(transmit.segment_count(), 1u);
    const Bytes packet = transmit.segment(0);
    ASSERT_EQ(packet.size(), kHeader + 8);
    EXPECT_TRUE(wire::sctp::checksum_is_right(packet));
    EXPECT_EQ(packet[kHeader + 5], std::byte{0xab});
    EXPECT_EQ(packet[kHeader + 6], std::byte{0}) << "padding is zeros";
    EXPECT_EQ(packet[kHeader + 7], std::byte{0});
}

// As AUTH needs it: first in the packet, over all that follows.
TEST_F(TrainWriterTest, LetsAReservedChunkBeWrittenLast) {
    const Framing framing;
    TrainWriter train = writer(framing);
    ASSERT_TRUE(train.open(100));
    std::byte* const reserved = train.claim(kType, 8);
    ASSERT_TRUE(train.add(chunk(12, 0x11)));
    std::fill_n(reserved, 8, std::byte{0x22});
    train.close();
    const Transmit transmit = train.finish({}, {});
    const Bytes packet = transmit.segment(0);
    ASSERT_EQ(packet.size(), kHeader + 20);
    EXPECT_EQ(packet[kHeader], std::byte{0x22});
    EXPECT_EQ(packet[kHeader + 8], std::byte{0x11});
    EXPECT_TRUE(wire::sctp::checksum_is_right(packet));
}

TEST_F(TrainWriterTest, LeavesTheRoomThatLayersBelowWantAroundEachPacket) {
    const Framing framing{.headroom = 13, .tailroom = 17};
    TrainWriter train = writer(framing);
    for (unsigned char i = 0; i < 3; ++i) {
        ASSERT_TRUE(train.open(64));
        ASSERT_TRUE(train.add(chunk(64 - kHeader, i)));
        train.close();
    }
    EXPECT_EQ(train.count(), 3u);
    EXPECT_EQ(train.size(), 64u);
    const Transmit transmit = train.finish({}, {});
    EXPECT_EQ(transmit.segment_bytes, 64u);
    EXPECT_EQ(transmit.stride(), 13u + 64 + 17);
    ASSERT_EQ(transmit.segment_count(), 3u);
    EXPECT_EQ(transmit.payload.size(), 3 * transmit.stride());
    for (unsigned char i = 0; i < 3; ++i) {
        const Bytes packet = transmit.segment(i);
        ASSERT_EQ(packet.size(), 64u);
        EXPECT_TRUE(wire::sctp::checksum_is_right(packet));
        EXPECT_EQ(packet[kHeader], std::byte{i});
    }
}

TEST_F(TrainWriterTest, EndsATrainWithItsFirstShorterPacket) {
    const Framing framing;
    TrainWriter train = writer(framing);
    ASSERT_TRUE(train.open(64));
    ASSERT_TRUE(train.add(chunk(52)));
    train.close();
    EXPECT_TRUE(train.can_grow());
    ASSERT_TRUE(train.open(64));
    ASSERT_TRUE(train.add(chunk(20)));
    train.close();
    EXPECT_FALSE(train.can_grow());
    EXPECT_EQ(train.packet(0).size(), 64u);
    EXPECT_EQ(train.packet(1).size(), kHeader + 20);
    EXPECT_EQ(train.finish({}, {}).segment(1).size(), kHeader + 20);
}

TEST_F(TrainWriterTest, HasNoMoreSegmentsThanOneSendTakes) {
    const Framing framing{.train_segments_max = 2};
    TrainWriter train = writer(framing);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(train.can_grow(), i == 1);
        ASSERT_TRUE(train.open(32));
        ASSERT_TRUE(train.add(chunk(20)));
        train.close();
    }
    EXPECT_FALSE(train.can_grow());
}

TEST_F(TrainWriterTest, OpensNoPacketThatTheSlabOrTheSendHasNoRoomFor) {
    const Framing small{.train_bytes_max = 100};
    TrainWriter train = writer(small);
    EXPECT_FALSE(train.open(101));
    ASSERT_TRUE(train.open(60));
    ASSERT_TRUE(train.add(chunk(48)));
    train.close();
    EXPECT_FALSE(train.open(41));
    EXPECT_TRUE(train.open(40));
}

TEST_F(TrainWriterTest, ForgetsAPacketWithoutChunks) {
    const Framing framing;
    TrainWriter train = writer(framing);
    ASSERT_TRUE(train.open(64));
    train.close();
    EXPECT_EQ(train.count(), 0u);
    ASSERT_TRUE(train.open(64));
    ASSERT_TRUE(train.add(chunk(4)));
    train.close();
    EXPECT_EQ(train.count(), 1u);
    EXPECT_EQ(train.finish({}, {}).segment(0).size(), kHeader + 4);
}

TEST_F(TrainWriterTest, BeginsEveryPacketWithThePreface) {
    const Framing framing;
    const auto preface = chunk(24, 0x33);
    TrainWriter train{packets_.take(4000, 0), framing, kCommon, preface};
    for (unsigned char value = 1; value <= 2; ++value) {
        ASSERT_TRUE(train.open(100));
        EXPECT_FALSE(train.has_chunks()) << "it counts as none";
        EXPECT_EQ(train.room(kType), 100 - kHeader - 24);
        EXPECT_EQ(train.payload_room(kType, 16) % (100 - kHeader - 24 - 16), 0u);
        ASSERT_TRUE(train.add(chunk(train.room(kType), value)));
        train.close();
    }
    ASSERT_TRUE(train.open(100));
    train.close(); // nothing else came
    const Transmit transmit = train.finish({}, {});
    ASSERT_EQ(transmit.segment_count(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        const Bytes packet = transmit.segment(i);
        EXPECT_TRUE(std::ranges::equal(packet.subspan(kHeader, 24), preface));
        EXPECT_EQ(packet[kHeader + 24], std::byte(i + 1));
    }
}

TEST_F(TrainWriterTest, TakesNoChunkThatDoesNotFitAndStaysAsItWas) {
    const Framing framing;
    TrainWriter train = writer(framing);
    ASSERT_TRUE(train.open(kHeader + 8));
    EXPECT_FALSE(train.add(chunk(9))) << "with its padding it has twelve";
    EXPECT_FALSE(train.has_chunks());
    EXPECT_TRUE(train.add(chunk(8)));
    EXPECT_FALSE(train.add(chunk(1)));
}

TEST_F(TrainWriterTest, WidensThePacketAtHand) {
    const Framing framing;
    TrainWriter train = writer(framing, 2000);
    ASSERT_TRUE(train.open(kHeader + 8));
    EXPECT_TRUE(train.widen_for(kType, 100));
    EXPECT_TRUE(train.widen_for(kType, 4));
    EXPECT_EQ(train.limit(), kHeader + 100) << "never narrower";
    EXPECT_TRUE(train.add(chunk(100)));
    EXPECT_FALSE(train.widen_for(kType, 70'000));
}

TEST_F(TrainWriterTest, KnowsWhatTheRestOfTheTrainCanCarry) {
    const Framing framing{.train_segments_max = 3};
    TrainWriter train = writer(framing);
    constexpr std::size_t kChunkHeader = 16;
    ASSERT_TRUE(train.open(100));
    constexpr std::size_t kEach = 100 - kHeader - kChunkHeader;
    EXPECT_EQ(train.payload_room(kType, kChunkHeader), 3 * kEach);
    ASSERT_TRUE(train.add(chunk(40)));
    EXPECT_EQ(train.payload_room(kType, kChunkHeader), 3 * kEach - 40);
    ASSERT_TRUE(train.add(chunk(40)));
    EXPECT_EQ(train.payload_room(kType, kChunkHeader), 2 * kEach)
        << "not enough for a chunk's header";
    ASSERT_TRUE(train.add(chunk(8)));
    train.close();
    ASSERT_TRUE(train.open(100));
    EXPECT_EQ(train.payload_room(kType, kChunkHeader), 2 * kEach);
}

TEST_F(TrainWriterTest, LeavesTheChecksumZeroWhereItIsTold) {
    const Framing framing;
    TrainWriter train = writer(framing);
    ASSERT_TRUE(train.open(64));
    ASSERT_TRUE(train.add(chunk(4)));
    train.close(false);
    const Transmit transmit = train.finish({}, {});
    const Bytes packet = transmit.segment(0);
    EXPECT_TRUE(std::ranges::all_of(packet.subspan(8, 4),
                                    [](std::byte byte) { return byte == std::byte{0}; }));
}

// --- what stands behind AUTH ---

struct TrainWithAuth : TrainWriterTest {
    TrainWithAuth() {
        Authentication wanted{
            .chunks = {}, .keys = {{.id = KeyId{0}, .secret = {}}, {.id = KeyId{5}, .secret = {}}}};
        terms = std::make_unique<AuthenticationTerms>(wanted, false, random);
        authenticator = std::make_unique<Authenticator>(*terms, terms->keys().fresh());
        std::array<std::byte, AuthenticationOffer::kBytesMax> room{};
        wire::Writer out{room};
        wire::sctp::write_item(out, wire::sctp::ParameterType::random,
                               Bytes{std::array<std::byte, 32>{}});
        wire::sctp::write_chunk_list(out, std::array{kType, ChunkType::abort});
        wire::sctp::write_requested_hmacs(out, std::array{HmacId::sha1});
        const auto offer = AuthenticationOffer::read(out.output());
        authenticator->agree({}, **offer);
    }
    TrainWriter authenticated(const Framing& framing, Bytes preface = {}) {
        return TrainWriter{packets_.take(4000, 0), framing, kCommon, preface, authenticator.get()};
    }
    static std::vector<std::byte> chunk_of(ChunkType type, std::size_t bytes) {
        std::vector<std::byte> made(bytes);
        made[0] = std::byte{std::to_underlying(type)};
        return made;
    }
    static constexpr std::size_t kAuth = 28;
    static constexpr auto kOther = ChunkType::sack; // which the peer does not list

    SeededRandom random{1};
    std::unique_ptr<AuthenticationTerms> terms;
    std::unique_ptr<Authenticator> authenticator;
};

TEST_F(TrainWithAuth, AuthStandsBeforeTheFirstChunkThatNeedsIt) {
    const Framing framing;
    TrainWriter train = authenticated(framing);
    ASSERT_TRUE(train.open(100));
    EXPECT_EQ(train.room(kOther), 100 - kHeader);
    EXPECT_EQ(train.room(kType), 100 - kHeader - kAuth);
    ASSERT_TRUE(train.add(chunk_of(kOther, 8)));
    ASSERT_TRUE(train.add(chunk_of(kType, 12)));
    EXPECT_EQ(train.room(kType), 100 - kHeader - kAuth - 20) << "one for all that follows";
    ASSERT_TRUE(train.add(chunk_of(ChunkType::abort, 4)));
    train.close();
    const Bytes packet = train.packet(0);
    EXPECT_EQ(packet.size(), kHeader + kAuth + 24);
    EXPECT_EQ(packet[kHeader + 8], std::byte{15});
    EXPECT_TRUE(wire::sctp::checksum_is_right(packet)) << "made after the HMAC";
    const auto auth = wire::sctp::Chunks{packet.subspan(kHeader + 8)}.next();
    ASSERT_TRUE(auth);
    EXPECT_EQ(authenticator->judge(*auth, packet.subspan(kHeader + 8 + kAuth)),
              Authenticator::Belief::right);
}

TEST_F(TrainWithAuth, NothingIsAddedWhereAuthHasNoRoom) {
    const Framing framing;
    TrainWriter train = authenticated(framing);
    ASSERT_TRUE(train.open(kHeader + kAuth + 8));
    EXPECT_FALSE(train.add(chunk_of(kType, 12)));
    EXPECT_FALSE(train.has_chunks());
    EXPECT_TRUE(train.widen_for(kType, 12));
    EXPECT_EQ(train.limit(), kHeader + kAuth + 12);
    EXPECT_TRUE(train.add(chunk_of(kType, 12)));
    ASSERT_TRUE(train.open(kHeader + 8));
    EXPECT_EQ(train.room(kType), 0u) << "less than AUTH alone";
}

TEST_F(TrainWithAuth, CountsAuthInWhatTheTrainCanCarry) {
    const Framing framing{.train_segments_max = 4};
    TrainWriter train = authenticated(framing);
    ASSERT_TRUE(train.open(100));
    constexpr std::size_t kEach = 100 - kHeader - kAuth - 16;
    EXPECT_EQ(train.payload_room(kType, 16), 4 * kEach);
    EXPECT_EQ(train.before(kType), kHeader + kAuth);
    EXPECT_EQ(train.before(kOther), kHeader);
    ASSERT_TRUE(train.add(chunk_of(kType, 20)));
    EXPECT_EQ(train.payload_room(kType, 16), 4 * kEach - 20);
    EXPECT_EQ(train.before(kType), kHeader + kAuth);
}

TEST_F(TrainWithAuth, APrefaceMayNeedAuthToo) {
    const Framing framing{.train_segments_max = 4};
    const auto preface = chunk_of(ChunkType::abort, 8);
    TrainWriter train = authenticated(framing, preface);
    for (int packet = 0; packet < 2; ++packet) {
        ASSERT_TRUE(train.open(100));
        EXPECT_FALSE(train.has_chunks());
        EXPECT_EQ(train.before(kType), kHeader + kAuth + 8);
        EXPECT_EQ(train.room(kType), 100 - kHeader - kAuth - 8);
        ASSERT_TRUE(train.add(chunk_of(kType, train.room(kType))));
        train.close();
    }
    EXPECT_EQ(train.packet(1)[kHeader], std::byte{15});
}

TEST_F(TrainWithAuth, ATrainHasOneKey) {
    const Framing framing{.train_segments_max = 4};
    TrainWriter train = authenticated(framing);
    AuthKey* const zero = authenticator->keys.find(KeyId{0});
    AuthKey* const five = authenticator->keys.find(KeyId{5});
    ASSERT_TRUE(train.open(100));
    ASSERT_TRUE(train.add(chunk_of(kOther, 8)));
    train.set_key(zero);
    EXPECT_TRUE(train.takes(five)) << "nothing of it is authenticated";
    ASSERT_TRUE(train.add(chunk_of(kType, train.room(kType))));
    train.set_key(five);
    EXPECT_FALSE(train.takes(zero));
    train.close();
    ASSERT_TRUE(train.open(100));
    EXPECT_FALSE(train.takes(zero));
    EXPECT_TRUE(train.takes(five));
    EXPECT_EQ(train.packet(0)[kHeader + 8 + 5], std::byte{5}) << "the identifier in AUTH";
}

} // namespace
} // namespace hawser::sctp
