// What a capture tells of its associations.
#include <hawser/capture/summary.hpp>

#include <hawser/wire/pcapng.hpp>
#include <hawser/wire/sctp/i_data.hpp>
#include <hawser/wire/sctp/sack.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "capture/session.hpp"
#include "capture/tsn_set.hpp"

namespace hawser::capture {
namespace {

using namespace std::chrono_literals;
using test::Conversation;
using test::MemoryLog;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

Summary summary_of(Bytes file) {
    auto reader = Reader::from(file);
    EXPECT_TRUE(reader);
    Summariser summariser;
    while (const Frame* frame = reader->next())
        summariser.add(*frame);
    return summariser.finish(*reader);
}

Summary summary_of(const Conversation& talk, Layer layer = Layer::wire) {
    MemoryLog memory;
    talk.show(*memory.log.attach("alpha", {.clear = Clear::always}), layer);
    return summary_of(memory.file());
}

std::function<void(wire::Writer&)> sack_chunk(std::uint32_t cumulative,
                                              std::vector<wire::sctp::Gap> gaps,
                                              std::vector<wire::sctp::Tsn> duplicates) {
    return [=](wire::Writer& out) { write_sack(out, {cumulative}, 50'000, gaps, duplicates); };
}

std::uint64_t chunks(const Flow& flow, wire::sctp::ChunkType type) {
    return flow.chunks[static_cast<std::size_t>(type)];
}

/// (stream, PPID, messages, bytes)
using Row = std::array<std::uint64_t, 4>;
std::vector<Row> rows(const Flow& flow) {
    std::vector<Row> rows;
    for (const StreamTally& tally : flow.streams) {
        rows.push_back({static_cast<std::uint64_t>(tally.stream),
                        static_cast<std::uint64_t>(tally.ppid), tally.messages, tally.bytes});
    }
    return rows;
}

TEST(Summary, TellsAWholeConversation) {
    Conversation talk;
    talk.handshake();
    talk.out(test::data_chunk(1000, 5, 0, 7, "four"), {.dscp = Dscp::ef, .ecn = Ecn::ect1});
    talk.out(test::data_chunk(1002, 5, 2, 7, "third"), {.dscp = Dscp::ef, .ecn = Ecn::ect1});
    talk.in(sack_chunk(1000, {{2, 2}}, {}));
    talk.out(test::data_chunk(1001, 2, 1, 9, "second"), {.dscp = Dscp::af41});
    talk.out(test::data_chunk(1002, 5, 2, 7, "third"), {.dscp = Dscp::ef, .ecn = Ecn::ect1});
    talk.in(sack_chunk(1002, {}, {{1002}}), {.hop_limit = 57});
    talk.shutdown();
    const Summary summary = summary_of(talk);

    ASSERT_THAT(summary.associations, SizeIs(1));
    const AssociationSummary& association = summary.associations[0];
    const Flow& ours = association.initiator;
    const Flow& theirs = association.responder;
    EXPECT_EQ(association.observer, "alpha");
    EXPECT_EQ(association.we_initiated, true);
    EXPECT_EQ(association.ending, Ending::shutdown);
    EXPECT_EQ(association.last - association.first, 120ms);
    EXPECT_THAT(ours.addresses, ElementsAre(talk.path.local));
    EXPECT_THAT(theirs.addresses, ElementsAre(talk.path.remote));
    EXPECT_EQ(ours.port, Conversation::kOurPort);
    EXPECT_EQ(theirs.port, Conversation::kTheirPort);
    EXPECT_EQ(ours.verification_tag, Conversation::kOurTag);
    EXPECT_EQ(theirs.verification_tag, Conversation::kTheirTag);
    EXPECT_EQ(ours.initial_tsn, 1000u);
    EXPECT_EQ(theirs.receive_window_bytes, 100'000u);
    // Ours asks for 10 and allows 5; theirs asks for 3 and allows 20.
    EXPECT_EQ(association.streams, std::pair(std::uint16_t{10}, std::uint16_t{3}));
    EXPECT_EQ(association.handshake.inits, 1u);
    EXPECT_EQ(association.handshake.round_trip, Duration{20ms});

    EXPECT_EQ(ours.packets, 8u);
    EXPECT_EQ(theirs.packets, 5u);
    EXPECT_EQ(chunks(ours, wire::sctp::ChunkType::data), 4u);
    EXPECT_EQ(chunks(theirs, wire::sctp::ChunkType::sack), 2u);
    EXPECT_EQ(chunks(ours, wire::sctp::ChunkType::shutdown_complete), 1u);
    EXPECT_THAT(rows(ours), ElementsAre(Row{2, 9, 1, 6}, Row{5, 7, 2, 9}));
    EXPECT_EQ(ours.messages, 3u);
    EXPECT_EQ(ours.message_bytes, 15u);
    EXPECT_EQ(ours.retransmitted_chunks, 1u);
    EXPECT_EQ(ours.retransmitted_bytes, 5u);
    EXPECT_EQ(theirs.sacks_with_gaps, 1u);
    EXPECT_EQ(theirs.gap_blocks, 1u);
    EXPECT_EQ(theirs.duplicates_reported, 1u);

    ASSERT_THAT(ours.markings, SizeIs(3));
    EXPECT_EQ(ours.markings[0].dscp, Dscp::cs0);
    EXPECT_EQ(ours.markings[1].dscp, Dscp::af41);
    EXPECT_EQ(ours.markings[2].dscp, Dscp::ef);
    EXPECT_EQ(ours.markings[2].ecn, Ecn::ect1);
    EXPECT_EQ(ours.markings[2].packets, 3u);
    EXPECT_THAT(theirs.hop_limits, ElementsAre(Pair(57, 1), Pair(64, 4)));
    EXPECT_EQ(summary.sctp_packets, 13u);
    EXPECT_EQ(summary.frames, 13u);
    EXPECT_EQ(summary.malformed_packets, 0u);
    EXPECT_THAT(summary.drops, IsEmpty());
}

std::function<void(wire::Writer&)> i_data_chunk(const wire::sctp::IData& data,
                                                std::string_view text) {
    return [data, text](wire::Writer& out) {
        wire::sctp::IData whole = data;
        whole.payload = as_bytes(text);
        whole.write(out);
    };
}

TEST(Summary, CountsIDataAsData) {
    Conversation talk;
    talk.handshake();
    const wire::sctp::IData first{.stream = wire::sctp::StreamId{5},
                                  .mid = {3},
                                  .ppid = wire::sctp::Ppid{7},
                                  .tsn = {1000},
                                  .beginning = true};
    const wire::sctp::IData other{.stream = wire::sctp::StreamId{5},
                                  .mid = {3},
                                  .ppid = wire::sctp::Ppid{9},
                                  .tsn = {1001},
                                  .unordered = true,
                                  .beginning = true,
                                  .ending = true};
    const wire::sctp::IData last{
        .stream = wire::sctp::StreamId{5}, .mid = {3}, .fsn = 1, .tsn = {1002}, .ending = true};
    talk.out(i_data_chunk(first, "four"));
    talk.out(i_data_chunk(other, "between"));
    talk.out(i_data_chunk(last, "last"));
    talk.out(i_data_chunk(last, "last"));
    const Summary summary = summary_of(talk);
    ASSERT_THAT(summary.associations, SizeIs(1));
    const Flow& ours = summary.associations[0].initiator;
    EXPECT_EQ(chunks(ours, wire::sctp::ChunkType::i_data), 4u);
    EXPECT_THAT(rows(ours), ElementsAre(Row{5, 7, 1, 8}, Row{5, 9, 1, 7}))
        << "the last fragment has the PPID of the first";
    EXPECT_EQ(ours.messages, 2u);
    EXPECT_EQ(ours.message_bytes, 15u);
    EXPECT_EQ(ours.retransmitted_chunks, 1u);
    EXPECT_EQ(ours.retransmitted_bytes, 4u);
}

TEST(Summary, CountsDropsByReasonAndNothingElseOfThem) {
    Conversation talk;
    talk.handshake();
    talk.in(test::data_chunk(1, 0, 0, 0, "x"));
    talk.out(test::data_chunk(1, 0, 0, 0, "x"));
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha", {.clear = Clear::always});
    talk.show_step(*tap, 4, Layer::sctp, Verdict::bad_checksum); // both views: one drop
    talk.show_step(*tap, 4, Layer::wire, Verdict::bad_checksum);
    talk.show_step(*tap, 4, Layer::wire, Verdict::bad_tag);
    talk.show_step(*tap, 4, Layer::wire, Verdict::bad_tag);
    talk.show_step(*tap, 5, Layer::wire, Verdict::send_refused);
    const Summary summary = summary_of(memory.file());
    EXPECT_THAT(summary.associations, IsEmpty());
    ASSERT_THAT(summary.drops, SizeIs(3));
    EXPECT_EQ(summary.drops[0].reason, "bad_checksum");
    EXPECT_EQ(summary.drops[0].packets, 1u);
    EXPECT_EQ(summary.drops[1].reason, "bad_tag");
    EXPECT_EQ(summary.drops[1].packets, 2u);
    EXPECT_EQ(summary.drops[1].direction, Direction::in);
    EXPECT_EQ(summary.drops[1].observer, "alpha");
    EXPECT_EQ(summary.drops[2].reason, "send_refused");
    EXPECT_EQ(summary.drops[2].direction, Direction::out);
}

TEST(Summary, CountsAnAssociationOnceWhenBothViewsShowIt) {
    Conversation talk;
    talk.handshake();
    talk.out(test::data_chunk(1000, 0, 0, 0, "x"));
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha", {.clear = Clear::always});
    talk.show(*tap, Layer::sctp);
    talk.show(*tap, Layer::wire);
    const Summary summary = summary_of(memory.file());
    ASSERT_THAT(summary.associations, SizeIs(1));
    EXPECT_FALSE(summary.associations[0].from_clear_view);
    EXPECT_EQ(summary.sctp_packets, 5u);
    EXPECT_EQ(summary.associations[0].initiator.retransmitted_chunks, 0u);
}

// What both views have lost is one packet, while it is written and when it is read.
TEST(Summary, CountsAPacketThatBothViewsLostOnce) {
    Conversation small;
    small.out(test::data_chunk(1000, 5, 0, 0, "hello"));
    Conversation large = small;
    large.steps[0].packet.resize(200'000); // no block of the queue has room for it
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha", {.clear = Clear::always});
    const auto wire_alone = memory.log.attach("beta", {.clear = Clear::never});
    for (const Conversation& talk : {small, large, large}) {
        talk.show(*tap, Layer::sctp);
        talk.show(*tap, Layer::wire);
        talk.show(*wire_alone, Layer::wire);
    }
    const LogStatus status = memory.log.status();
    EXPECT_EQ(status.frames_lost, 6u);
    EXPECT_EQ(status.packets_lost, 4u);
    EXPECT_EQ(summary_of(memory.file()).lost_packets, 4u);
}

// Who counts the frames in Wireshark gets the same number.
TEST(Summary, AddsUpToTheFrames) {
    Conversation talk;
    talk.handshake();
    talk.out(test::data_chunk(1000, 0, 0, 0, "x"));
    Conversation broken = talk;
    for (Conversation::Step& step : broken.steps)
        step.packet.back() ^= std::byte{1};
    Conversation else_where = talk;
    else_where.path.remote = talk.path.remote.with_port(53);
    else_where.steps.assign(1, {Direction::in, test::Packet(40, std::byte{0x80}), {}});
    Conversation dtls = else_where;
    dtls.steps[0].packet = test::Packet(13, std::byte{});
    dtls.steps[0].packet[0] = std::byte{22};
    dtls.steps[0].packet[1] = std::byte{0xfe};
    dtls.steps[0].packet[2] = std::byte{0xfd};
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha", {.clear = Clear::always});
    talk.show(*tap, Layer::sctp);
    talk.show(*tap, Layer::wire);
    broken.show(*tap, Layer::wire);
    else_where.show(*tap, Layer::wire);
    dtls.show(*tap, Layer::wire);
    talk.show_step(*tap, 4, Layer::sctp, Verdict::bad_tag);
    talk.show_step(*tap, 4, Layer::wire, Verdict::bad_tag);
    const Summary summary = summary_of(memory.file());
    EXPECT_EQ(summary.sctp_packets, 5u);
    EXPECT_EQ(summary.repeated_packets, 5u);
    EXPECT_EQ(summary.malformed_packets, 5u);
    EXPECT_EQ(summary.other_frames, 1u);
    EXPECT_EQ(summary.dtls_frames, 1u);
    EXPECT_EQ(summary.dropped_frames, 2u);
    EXPECT_EQ(summary.frames, 19u);
}

TEST(Summary, TakesTheClearViewWhereTheWireIsSealed) {
    Conversation talk;
    talk.handshake();
    const Summary summary = summary_of(talk, Layer::sctp);
    ASSERT_THAT(summary.associations, SizeIs(1));
    EXPECT_TRUE(summary.associations[0].from_clear_view);
    EXPECT_THAT(summary.associations[0].initiator.markings, IsEmpty()); // no IP header to see
}

TEST(Summary, FindsTheMarkingsOfSealedPacketsByTheirNumbers) {
    Conversation talk;
    talk.path.remote = talk.path.remote.with_port(4433);
    talk.handshake();
    talk.out(test::data_chunk(1000, 0, 0, 0, "x"), {.dscp = Dscp::ef, .ecn = Ecn::ect1});
    talk.out(test::data_chunk(1001, 0, 1, 0, "y"), {.dscp = Dscp::ef, .ecn = Ecn::ect1});
    talk.in(test::plain_chunk(test::sctp::ChunkType::heartbeat_ack, 0), {.dscp = Dscp::cs1});
    Conversation sealed = talk;
    for (Conversation::Step& step : sealed.steps)
        step.packet.assign(60, std::byte{0x17});
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha", {.clear = Clear::always});
    for (std::size_t i = 0; i < talk.steps.size(); ++i) {
        talk.show_step(*tap, i, Layer::sctp);
        sealed.show_step(*tap, i, Layer::wire);
    }
    const Summary summary = summary_of(memory.file());
    ASSERT_THAT(summary.associations, SizeIs(1));
    const AssociationSummary& association = summary.associations[0];
    EXPECT_TRUE(association.from_clear_view);
    ASSERT_THAT(association.initiator.markings, SizeIs(2)); // the handshake's, and those
    EXPECT_EQ(association.initiator.markings[1].dscp, Dscp::ef);
    EXPECT_EQ(association.initiator.markings[1].ecn, Ecn::ect1);
    EXPECT_EQ(association.initiator.markings[1].packets, 2u);
    ASSERT_THAT(association.responder.markings, SizeIs(2));
    EXPECT_EQ(association.responder.markings[1].dscp, Dscp::cs1);
    EXPECT_EQ(association.responder.packets, 3u);
    EXPECT_EQ(summary.dtls_frames + summary.other_frames, talk.steps.size());
}

TEST(Summary, TellsBothEndsInOneFileApart) {
    Conversation talk;
    talk.handshake();
    talk.out(test::data_chunk(1000, 0, 0, 0, "x"));
    Conversation mirrored = talk;
    std::swap(mirrored.path.local, mirrored.path.remote);
    for (Conversation::Step& step : mirrored.steps) {
        step.direction = step.direction == Direction::in ? Direction::out : Direction::in;
    }
    MemoryLog memory;
    talk.show(*memory.log.attach("alpha"));
    mirrored.show(*memory.log.attach("beta"));
    const Summary summary = summary_of(memory.file());
    ASSERT_THAT(summary.associations, SizeIs(2));
    EXPECT_EQ(summary.associations[0].observer, "alpha");
    EXPECT_EQ(summary.associations[0].we_initiated, true);
    EXPECT_EQ(summary.associations[1].observer, "beta");
    EXPECT_EQ(summary.associations[1].we_initiated, false);
    EXPECT_EQ(summary.associations[1].initiator.retransmitted_chunks, 0u);
}

TEST(Summary, KnowsSctpOnAnyUdpPortByItsChecksum) {
    Conversation talk;
    talk.path.remote = talk.path.remote.with_port(3868);
    talk.handshake();
    EXPECT_THAT(summary_of(talk).associations, SizeIs(1));
    for (Conversation::Step& step : talk.steps)
        step.packet[8] ^= std::byte{1};
    const Summary other = summary_of(talk);
    EXPECT_THAT(other.associations, IsEmpty());
    EXPECT_EQ(other.other_frames, 4u);
    EXPECT_EQ(other.malformed_packets, 0u);
    talk.path.remote = talk.path.remote.with_port(9899); // here it can only be broken
    EXPECT_EQ(summary_of(talk).malformed_packets, 4u);
}

TEST(Summary, BeginsAnewAtARestart) {
    Conversation talk;
    talk.handshake();
    talk.out(test::data_chunk(1000, 0, 0, 0, "x"));
    const std::size_t before = talk.steps.size();
    // We lose our state and ask again with another tag; the peer answers that tag.
    talk.steps.push_back({Direction::out,
                          test::packet(Conversation::kOurPort, Conversation::kTheirPort, 0,
                                       test::init_chunk(wire::sctp::ChunkType::init, 0x77, 1, 1)),
                          {}});
    talk.steps.push_back(
        {Direction::in,
         test::packet(Conversation::kTheirPort, Conversation::kOurPort, 0x77,
                      test::init_chunk(wire::sctp::ChunkType::init_ack, 0x88, 1, 1)),
         {}});
    const Summary summary = summary_of(talk);
    ASSERT_THAT(summary.associations, SizeIs(2));
    EXPECT_EQ(summary.associations[0].initiator.packets + summary.associations[0].responder.packets,
              before);
    EXPECT_EQ(summary.associations[1].initiator.verification_tag, 0x77u);
    EXPECT_EQ(summary.associations[1].responder.verification_tag, 0x88u);
}

TEST(Summary, CountsInitsThatWereSentAgain) {
    Conversation talk;
    talk.handshake();
    talk.steps.insert(talk.steps.begin(), talk.steps.front());
    const Summary summary = summary_of(talk);
    ASSERT_THAT(summary.associations, SizeIs(1));
    EXPECT_EQ(summary.associations[0].handshake.inits, 2u);
    EXPECT_EQ(summary.associations[0].handshake.round_trip, Duration{20ms}); // from the second one
}

TEST(Summary, JoinsTwoSidesThatAskAtTheSameTime) {
    Conversation talk;
    talk.steps.push_back(
        {Direction::out,
         test::packet(Conversation::kOurPort, Conversation::kTheirPort, 0,
                      test::init_chunk(wire::sctp::ChunkType::init, Conversation::kOurTag, 1, 1)),
         {}});
    talk.steps.push_back(
        {Direction::in,
         test::packet(Conversation::kTheirPort, Conversation::kOurPort, 0,
                      test::init_chunk(wire::sctp::ChunkType::init, Conversation::kTheirTag, 1, 1)),
         {}});
    talk.out(test::init_chunk(wire::sctp::ChunkType::init_ack, Conversation::kOurTag, 1, 1));
    talk.in(test::init_chunk(wire::sctp::ChunkType::init_ack, Conversation::kTheirTag, 1, 1));
    EXPECT_THAT(summary_of(talk).associations, SizeIs(1));
}

TEST(Summary, KnowsWhoAskedByWhoAnswers) {
    for (const std::size_t first : {1u, 2u, 3u}) { // INIT ACK, COOKIE ECHO, COOKIE ACK
        Conversation talk;
        talk.handshake();
        talk.steps.erase(talk.steps.begin(),
                         talk.steps.begin() + static_cast<std::ptrdiff_t>(first));
        talk.shutdown();
        const Summary summary = summary_of(talk);
        ASSERT_THAT(summary.associations, SizeIs(1)) << first;
        EXPECT_EQ(summary.associations[0].initiator.port, Conversation::kOurPort) << first;
        EXPECT_EQ(summary.associations[0].responder.verification_tag, Conversation::kTheirTag);
    }
}

TEST(Summary, MakesSenseOfACaptureThatBeganLate) {
    Conversation talk;
    talk.in(test::data_chunk(1, 3, 0, 0, "x"));
    talk.out(sack_chunk(1, {}, {}));
    talk.in(test::data_chunk(2, 3, 1, 0, "x"));
    const Summary summary = summary_of(talk);
    ASSERT_THAT(summary.associations, SizeIs(1));
    const AssociationSummary& association = summary.associations[0];
    EXPECT_EQ(association.initiator.port, Conversation::kTheirPort); // who was seen first
    EXPECT_EQ(association.initiator.messages, 2u);
    EXPECT_EQ(association.initiator.verification_tag, Conversation::kTheirTag);
    EXPECT_EQ(association.responder.packets, 1u);
    EXPECT_FALSE(association.we_initiated);
    EXPECT_FALSE(association.streams);
    EXPECT_FALSE(association.handshake.round_trip);
    EXPECT_EQ(association.ending, Ending::open);
}

TEST(Summary, ShowsWhyAnAssociationWasAborted) {
    Conversation talk;
    talk.handshake();
    talk.in([](wire::Writer& out) {
        write_chunk(out, wire::sctp::ChunkType::abort, 0, [](wire::Writer& to) {
            write_item(to, wire::sctp::CauseCode::user_initiated_abort, as_bytes("going\nhome"));
            write_item(to, wire::sctp::CauseCode{99}, as_bytes("??"));
        });
    });
    const Summary summary = summary_of(talk);
    ASSERT_THAT(summary.associations, SizeIs(1));
    EXPECT_EQ(summary.associations[0].ending, Ending::aborted);
    const auto& causes = summary.associations[0].responder.causes;
    ASSERT_THAT(causes, SizeIs(2));
    EXPECT_TRUE(causes[0].abort);
    EXPECT_EQ(causes[0].cause, 12);
    EXPECT_EQ(causes[0].name, "User-Initiated Abort");
    EXPECT_EQ(causes[0].text, "going.home");
    EXPECT_EQ(causes[1].name, "cause 99");
}

TEST(Summary, FindsTheOwnerOfAReflectedTag) {
    Conversation talk;
    talk.handshake();
    // The peer is gone; its system answers with the tag that we sent, and the T bit.
    talk.out(test::data_chunk(1000, 0, 0, 0, "x"));
    talk.steps.push_back(
        {Direction::in,
         test::packet(Conversation::kTheirPort, Conversation::kOurPort, Conversation::kTheirTag,
                      test::plain_chunk(wire::sctp::ChunkType::abort, 1)),
         {}});
    const Summary summary = summary_of(talk);
    ASSERT_THAT(summary.associations, SizeIs(1));
    EXPECT_EQ(summary.associations[0].ending, Ending::aborted);
    EXPECT_EQ(summary.associations[0].responder.causes.at(0).name, "no cause given");
}

TEST(Summary, BoundsWhatAFloodOfInitsCosts) {
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha");
    Conversation talk;
    for (std::uint32_t tag = 1; tag <= 5000; ++tag) {
        talk.steps.assign(1,
                          {Direction::in,
                           test::packet(Conversation::kTheirPort, Conversation::kOurPort, 0,
                                        test::init_chunk(wire::sctp::ChunkType::init, tag, 1, 1)),
                           {}});
        talk.show(*tap);
    }
    const Summary summary = summary_of(memory.file());
    EXPECT_THAT(summary.associations, SizeIs(4096));
    EXPECT_EQ(summary.packets_not_kept, 5000u - 4096u);
}

TEST(Summary, ReadsAFileAndTellsHowFarItIs) {
    const test::TemporaryFolder folder;
    Conversation talk;
    talk.handshake();
    {
        auto log = Log::open(folder / "a.pcapng", test::options_of_a_test());
        ASSERT_TRUE(log);
        talk.show(*log->attach("alpha"));
    }
    std::uint64_t read = 0;
    std::uint64_t total = 0;
    const auto summary = summarise(folder / "a.pcapng", [&](std::uint64_t r, std::uint64_t t) {
        read = r;
        total = t;
    });
    ASSERT_TRUE(summary);
    EXPECT_THAT(summary->associations, SizeIs(1));
    EXPECT_EQ(summary->application, "hawser");
    EXPECT_FALSE(summary->problem);
    EXPECT_GT(total, 0u);
    EXPECT_EQ(read, total);
    EXPECT_EQ(summarise(folder / "missing").error().code, Errc::not_found);
}

TEST(Summary, NamesChunks) {
    EXPECT_EQ(chunk_name(0), "DATA");
    EXPECT_EQ(chunk_name(2), "INIT ACK");
    EXPECT_EQ(chunk_name(77), "chunk 77");
}

TEST(TsnSet, TellsNewFromSeenAcrossTheWrap) {
    detail::TsnSet set;
    for (std::uint32_t i = 0; i < 10; ++i)
        EXPECT_TRUE(set.add({0xffff'fffau + i}));
    EXPECT_EQ(set.ranges(), 1u);
    EXPECT_FALSE(set.add({0xffff'fffau}));
    EXPECT_FALSE(set.add({3}));
    EXPECT_TRUE(set.add({6}));
    EXPECT_EQ(set.ranges(), 2u);
    EXPECT_TRUE(set.add({4}));
    EXPECT_TRUE(set.add({5}));
    EXPECT_EQ(set.ranges(), 1u);
    EXPECT_TRUE(set.add({0xffff'fff9u})); // one from before the first
    EXPECT_EQ(set.ranges(), 1u);
}

TEST(TsnSet, IsBounded) {
    detail::TsnSet set;
    for (std::uint32_t i = 0; i < 3 * detail::TsnSet::kRangesMax; ++i)
        set.add({i * 2});
    EXPECT_EQ(set.ranges(), detail::TsnSet::kRangesMax);
    EXPECT_FALSE(set.add({1})); // the oldest gaps count as filled
}

} // namespace
} // namespace hawser::capture
