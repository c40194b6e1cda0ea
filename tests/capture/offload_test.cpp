// Captures as tcpdump makes them: rows of packets that no network card has cut yet, and frames of
// which only the beginning was kept.
#include <hawser/capture/summary.hpp>
#include <hawser/wire/ip.hpp>
#include <hawser/wire/pcapng.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "capture/session.hpp"

namespace hawser::capture {
namespace {

using test::Conversation;
using test::Packet;
using testing::SizeIs;

/// A capture of one interface, raw IP.
class Tcpdump {
public:
    Tcpdump() {
        append(file_, wire::pcapng::SectionHeader{});
        append(file_, wire::pcapng::Interface{.link = wire::pcapng::LinkType::raw});
    }
    /// One frame from our side of the conversation, of which at most so many bytes are kept.
    void add(Bytes udp_payload, std::size_t snap_bytes = 262'144) {
        add(header(), udp_payload, snap_bytes);
    }
    void add(const wire::IpHeader& ip_header, Bytes udp_payload, std::size_t snap_bytes) {
        std::vector<std::byte> ip;
        ASSERT_TRUE(append_udp(ip, ip_header, udp_payload));
        add_ip(ip, snap_bytes);
    }
    /// A conversation of which so many bytes of every SCTP packet were kept.
    void add(const Conversation& talk, std::size_t sctp_bytes) {
        for (const auto& step : talk.steps) {
            wire::IpHeader ip_header = header();
            if (step.direction == Direction::in) std::swap(ip_header.source, ip_header.destination);
            add(ip_header, step.packet, 20 + 8 + sctp_bytes);
        }
    }
    void add_ip(Bytes ip, std::size_t snap_bytes = 262'144) {
        append(file_, wire::pcapng::EnhancedPacket{
                          .data = ip.first(std::min(ip.size(), snap_bytes)),
                          .original_bytes = static_cast<std::uint32_t>(ip.size())});
    }
    static wire::IpHeader header() {
        const Path path = Conversation{}.path;
        return {.source = path.local,
                .destination = path.remote,
                .protocol = wire::IpProtocol::udp,
                .dscp = Dscp::ef};
    }

    Summary summary() const {
        auto reader = Reader::from(file_);
        EXPECT_TRUE(reader);
        Summariser summariser;
        while (const Frame* frame = reader->next())
            summariser.add(*frame);
        return summariser.finish(*reader);
    }

private:
    std::vector<std::byte> file_;
};

/// Three packets of one length and a shorter one, one after the other.
Packet row() {
    Conversation talk;
    for (std::uint32_t i = 0; i < 3; ++i)
        talk.out(test::data_chunk(1000 + i, 5, static_cast<std::uint16_t>(i), 7, "forty bytes"));
    talk.out(test::data_chunk(1003, 5, 3, 7, "end"));
    Packet bytes;
    for (const auto& step : talk.steps)
        bytes.insert(bytes.end(), step.packet.begin(), step.packet.end());
    return bytes;
}

void expect_four_packets(const Summary& summary) {
    EXPECT_EQ(summary.frames, 1u);
    EXPECT_EQ(summary.malformed_packets, 0u);
    EXPECT_EQ(summary.trains, 1u);
    EXPECT_EQ(summary.train_packets, 4u);
    ASSERT_THAT(summary.associations, SizeIs(1));
    const Flow& flow = summary.associations[0].initiator;
    EXPECT_EQ(flow.packets, 4u);
    EXPECT_EQ(flow.messages, 4u);
    EXPECT_EQ(flow.message_bytes, 36u);
    EXPECT_EQ(flow.bytes, row().size());
    ASSERT_THAT(flow.markings, SizeIs(1));
    EXPECT_EQ(flow.markings[0].packets, 4u);
}

TEST(OffloadedRow, IsThePacketsThatItWasOnTheWire) {
    Tcpdump capture;
    capture.add(row());
    expect_four_packets(capture.summary());
}

TEST(OffloadedRow, MayHaveNoLengthInItsHeaders) {
    std::vector<std::byte> ip;
    ASSERT_TRUE(append_udp(ip, Tcpdump::header(), row()));
    ip[2] = ip[3] = ip[24] = ip[25] = std::byte{0}; // of IPv4 and of UDP
    Tcpdump capture;
    capture.add_ip(ip);
    expect_four_packets(capture.summary());
}

TEST(OffloadedRow, MayHaveTheLengthOfItsFirstPacket) {
    const Packet bytes = row();
    std::vector<std::byte> ip;
    ASSERT_TRUE(append_udp(ip, Tcpdump::header(), Bytes{bytes}.first(40)));
    ip.insert(ip.end(), bytes.begin() + 40, bytes.end());
    Tcpdump capture;
    capture.add_ip(ip);
    expect_four_packets(capture.summary());
}

TEST(OffloadedRow, IsCountedAsFarAsItWasKept) {
    Tcpdump capture;
    capture.add(row(), 20 + 8 + 40 + 40 + 30);
    const Summary summary = capture.summary();
    EXPECT_EQ(summary.cut_frames, 1u);
    EXPECT_EQ(summary.train_packets, 3u);
    ASSERT_THAT(summary.associations, SizeIs(1));
    EXPECT_EQ(summary.associations[0].initiator.messages, 3u);
}

TEST(OffloadedRow, IsNoneWhenTheSecondHalfIsOfAnotherAssociation) {
    Packet bytes = row();
    bytes[40 + 7] ^= std::byte{1}; // the tag of the second packet
    Tcpdump capture;
    capture.add(Bytes{bytes}.first(80));
    EXPECT_EQ(capture.summary().trains, 0u);
    EXPECT_EQ(capture.summary().malformed_packets, 1u);
}

TEST(SnappedFrame, IsCountedByItsHeaders) {
    Conversation talk;
    talk.out(test::data_chunk(1000, 5, 0, 7, std::string(1000, 'x')));
    talk.out(test::data_chunk(1001, 5, 1, 7, std::string(500, 'y')));
    talk.out(test::data_chunk(1000, 5, 0, 7, std::string(1000, 'x'))); // again
    Tcpdump capture;
    for (const auto& step : talk.steps)
        capture.add(step.packet, 96);
    const Summary summary = capture.summary();
    EXPECT_EQ(summary.cut_frames, 3u);
    EXPECT_EQ(summary.malformed_packets, 0u);
    ASSERT_THAT(summary.associations, SizeIs(1));
    const Flow& flow = summary.associations[0].initiator;
    EXPECT_EQ(flow.packets, 3u);
    EXPECT_EQ(flow.bytes, 28u + 1000 + 28 + 500 + 28 + 1000);
    EXPECT_EQ(flow.messages, 2u);
    EXPECT_EQ(flow.message_bytes, 1500u);
    EXPECT_EQ(flow.retransmitted_chunks, 1u);
    EXPECT_EQ(flow.retransmitted_bytes, 1000u);
}

TEST(SnappedFrame, FindsItsAssociationByTheTagInACutInit) {
    Conversation talk;
    talk.handshake();
    Tcpdump capture;
    capture.add(talk.steps[0].packet, 20 + 8 + 12 + 14); // what 68 bytes of an Ethernet frame leave
    for (const std::size_t step : {0u, 2u})
        capture.add(talk.steps[step].packet);
    const Summary summary = capture.summary();
    EXPECT_EQ(summary.malformed_packets, 0u);
    ASSERT_THAT(summary.associations, SizeIs(1));
    EXPECT_EQ(summary.associations[0].initiator.packets, 3u);
    EXPECT_EQ(summary.associations[0].handshake.inits, 2u);
}

// 60 bytes of an Ethernet frame leave 18 of them, and some programs keep less.
TEST(SnappedFrame, TellsWhoAskedAsLongAsThereIsAHeader) {
    Conversation talk;
    talk.handshake();
    talk.out(test::data_chunk(1000, 5, 0, 7, "some text that is cut off"));
    talk.shutdown();
    for (std::size_t kept = 12; kept <= 40; ++kept) {
        Tcpdump capture;
        capture.add(talk, kept);
        const Summary summary = capture.summary();
        EXPECT_EQ(summary.malformed_packets, 0u) << kept;
        EXPECT_EQ(summary.unreadable_packets, 0u) << kept;
        ASSERT_THAT(summary.associations, SizeIs(1)) << kept;
        const AssociationSummary& association = summary.associations[0];
        EXPECT_EQ(association.initiator.port, Conversation::kOurPort) << kept;
        EXPECT_EQ(association.responder.port, Conversation::kTheirPort) << kept;
        EXPECT_EQ(association.initiator.packets, 5u) << kept;
        EXPECT_EQ(association.responder.packets, 3u) << kept;
        if (kept == 12) continue; // no chunk is there
        EXPECT_EQ(association.handshake.inits, 1u) << kept;
        EXPECT_EQ(association.ending, Ending::shutdown) << kept;
    }
}

TEST(SnappedFrame, IsNeverMalformed) {
    Conversation talk;
    talk.handshake();
    Tcpdump capture;
    capture.add(talk, 11);
    const Summary summary = capture.summary();
    EXPECT_EQ(summary.malformed_packets, 0u);
    EXPECT_EQ(summary.unreadable_packets, 4u);
    EXPECT_TRUE(summary.associations.empty());
}

TEST(SnappedFrame, SaysThatACauseWasCutOff) {
    Conversation talk;
    talk.handshake();
    talk.in(test::plain_chunk(wire::sctp::ChunkType::abort, 0, "cause"));
    Tcpdump capture;
    capture.add(talk, 16);
    const Summary summary = capture.summary();
    ASSERT_THAT(summary.associations, SizeIs(1));
    ASSERT_THAT(summary.associations[0].responder.causes, SizeIs(1));
    EXPECT_EQ(summary.associations[0].responder.causes[0].name, "cut off");
}

} // namespace
} // namespace hawser::capture
