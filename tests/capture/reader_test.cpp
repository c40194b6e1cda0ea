// Captures of ours and of others, whole, cut and broken.
#include <hawser/capture/log.hpp>
#include <hawser/capture/reader.hpp>
#include <hawser/capture/summary.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/ip.hpp>
#include <hawser/wire/pcapng.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "capture/session.hpp"

namespace hawser::capture {
namespace {

namespace pcapng = wire::pcapng;
using test::Conversation;
using test::MemoryLog;
using test::Packet;

Packet log_of_a_conversation() {
    Conversation talk;
    talk.handshake();
    talk.out(test::data_chunk(1000, 1, 0, 7, "one"), {.dscp = Dscp::af41, .ecn = Ecn::ect0});
    talk.in(test::data_chunk(1000, 2, 0, 7, "two"));
    talk.shutdown();
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha", {.clear = Clear::always});
    talk.show(*tap, Layer::sctp);
    talk.show(*tap, Layer::wire);
    return memory.file();
}

struct Outcome {
    std::size_t frames = 0;
    std::optional<Error> problem;
};

Outcome read_all(Bytes file) {
    Outcome outcome;
    auto reader = Reader::from(file);
    if (!reader) {
        outcome.problem = reader.error();
        return outcome;
    }
    while (reader->next() != nullptr)
        outcome.frames += 1;
    outcome.problem = reader->problem();
    return outcome;
}

TEST(Reader, ReadsAFileUpToWhereItIsCut) {
    const Packet file = log_of_a_conversation();
    // Where each block ends, and how many packets there are by then.
    std::vector<std::pair<std::size_t, std::size_t>> ends;
    std::endian order = std::endian::native;
    std::size_t frames = 0;
    for (std::size_t at = 0; at < file.size();) {
        const auto block = pcapng::next_block(Bytes{file}.subspan(at), order);
        ASSERT_TRUE(block && *block);
        at += (*block)->size_bytes;
        frames += (*block)->type == pcapng::BlockType::enhanced_packet ? 1u : 0u;
        ends.emplace_back(at, frames);
    }
    ASSERT_EQ(frames, 18u);
    for (std::size_t cut = 4; cut <= file.size(); ++cut) {
        std::size_t expected = 0;
        bool between_blocks = false;
        for (const auto& [end, count] : ends) {
            if (end <= cut) expected = count;
            between_blocks = between_blocks || end == cut;
        }
        const Outcome outcome = read_all(Bytes{file}.first(cut));
        ASSERT_EQ(outcome.frames, expected) << cut;
        ASSERT_EQ(outcome.problem.has_value(), !between_blocks) << cut;
        ASSERT_EQ(outcome.problem.value_or(Error{Errc::closed, {}}).code, Errc::closed) << cut;
    }
}

TEST(Reader, SurvivesAnyByteBeingWrong) {
    const Packet file = log_of_a_conversation();
    SeededRandom random{7};
    for (int round = 0; round < 5000; ++round) {
        Packet broken = file;
        const std::uint64_t changes = 1 + random.below(4);
        for (std::uint64_t i = 0; i < changes; ++i) {
            broken[random.below(broken.size())] = static_cast<std::byte>(random.below(256));
        }
        EXPECT_LE(read_all(broken).frames, 18u);
        auto reader = Reader::from(broken);
        if (!reader) continue;
        Summariser summariser;
        while (const Frame* frame = reader->next())
            summariser.add(*frame);
        EXPECT_LE(summariser.finish(*reader).sctp_packets, 18u);
    }
}

TEST(Reader, StreamsAFileInPieces) {
    const test::TemporaryFolder folder;
    const Packet once = log_of_a_conversation();
    Packet file;
    constexpr std::size_t kSections = 400; // more than the reader takes at a time
    for (std::size_t i = 0; i < kSections; ++i)
        file.insert(file.end(), once.begin(), once.end());
    test::write_file(folder / "a.pcapng", file);
    auto reader = Reader::open(folder / "a.pcapng");
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->bytes_total(), file.size());
    std::size_t frames = 0;
    while (const Frame* frame = reader->next()) {
        frames += 1;
        ASSERT_EQ(frame->number, frames);
        ASSERT_TRUE(frame->source);
        ASSERT_FALSE(frame->payload.empty());
    }
    EXPECT_FALSE(reader->problem());
    EXPECT_EQ(frames, 18 * kSections);
    EXPECT_EQ(reader->bytes_read(), file.size());
    EXPECT_EQ(reader->interfaces().size(), 2 * kSections); // each section counts its own anew
}

TEST(Reader, ReadsClassicPcapOfBothOrdersAndUnits) {
    Packet ip;
    ASSERT_TRUE(wire::append_udp(
        ip, {.source = *Address::parse("10.0.0.1:5"), .destination = *Address::parse("10.0.0.2:6")},
        as_bytes("payload")));
    for (const bool swapped : {false, true}) {
        for (const bool nanoseconds : {false, true}) {
            Packet file;
            const auto put = [&](std::uint32_t value) {
                if (swapped) value = std::byteswap(value);
                const auto bytes = std::as_bytes(std::span{&value, 1});
                file.insert(file.end(), bytes.begin(), bytes.end());
            };
            put(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
            put(swapped ? 0x0002'0004 : 0x0004'0002); // version
            put(0);
            put(0);
            put(65'535);
            put(101); // raw IP
            for (const std::uint32_t second : {10u, 11u}) {
                put(second);
                put(500);
                put(static_cast<std::uint32_t>(ip.size()));
                put(static_cast<std::uint32_t>(ip.size()) + (second == 11 ? 1 : 0));
                file.insert(file.end(), ip.begin(), ip.end());
            }
            auto reader = Reader::from(file);
            ASSERT_TRUE(reader);
            const Frame* frame = reader->next();
            ASSERT_NE(frame, nullptr);
            EXPECT_EQ(frame->time.time_since_epoch().count(),
                      10'000'000'000 + (nanoseconds ? 500 : 500'000));
            EXPECT_EQ(frame->source, *Address::parse("10.0.0.1:5"));
            EXPECT_EQ(as_text(frame->payload), "payload");
            EXPECT_FALSE(frame->cut);
            frame = reader->next();
            ASSERT_NE(frame, nullptr);
            EXPECT_TRUE(frame->cut);
            EXPECT_EQ(reader->next(), nullptr);
            EXPECT_FALSE(reader->problem());
            // And cut short.
            const Outcome outcome = read_all(Bytes{file}.first(file.size() - 1));
            EXPECT_EQ(outcome.frames, 1u);
            EXPECT_EQ(outcome.problem->code, Errc::closed);
        }
    }
}

TEST(Reader, TellsTheDirectionInCookedCaptures) {
    Packet file;
    append(file, pcapng::SectionHeader{});
    append(file, pcapng::Interface{.link = pcapng::LinkType::linux_sll});
    for (const std::uint8_t kind : {std::uint8_t{0}, std::uint8_t{4}}) {
        Packet frame(16);
        frame[1] = std::byte{kind};
        frame[14] = std::byte{8};
        ASSERT_TRUE(wire::append_udp(
            frame,
            {.source = *Address::parse("10.0.0.1:5"), .destination = *Address::parse("10.0.0.2:6")},
            as_bytes("x")));
        append(file,
               pcapng::EnhancedPacket{.data = frame,
                                      .original_bytes = static_cast<std::uint32_t>(frame.size())});
    }
    auto reader = Reader::from(file);
    EXPECT_EQ(reader->next()->direction, Direction::in);
    EXPECT_EQ(reader->next()->direction, Direction::out);
}

TEST(Reader, GivesFramesThatItCannotReadWithWhatItKnows) {
    Packet file;
    append(file, pcapng::SectionHeader{});
    append(file, pcapng::Interface{.link = pcapng::LinkType{147}, .name = "private"});
    append(file, pcapng::EnhancedPacket{.data = as_bytes("who knows"), .original_bytes = 9});
    auto reader = Reader::from(file);
    const Frame* frame = reader->next();
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->interface_name, "private");
    EXPECT_FALSE(frame->ip);
    EXPECT_FALSE(frame->source);
    EXPECT_EQ(as_text(frame->payload), "who knows");
}

TEST(Reader, CountsInterfacesAnewInEachSection) {
    Packet file;
    append(file, pcapng::SectionHeader{});
    append(file, pcapng::Interface{.link = pcapng::LinkType{147}, .name = "first"});
    append(file, pcapng::Interface{.link = pcapng::LinkType{147}, .name = "second"});
    append(file, pcapng::SectionHeader{});
    append(file, pcapng::Interface{.link = pcapng::LinkType::raw, .name = "third"});
    Packet ip;
    ASSERT_TRUE(wire::append_ip(ip, {.source = {}, .destination = {}}, {}));
    append(file, pcapng::EnhancedPacket{.data = ip, .original_bytes = 20});
    append(file, pcapng::EnhancedPacket{.interface_id = 1, .data = ip, .original_bytes = 20});
    auto reader = Reader::from(file);
    const Frame* frame = reader->next();
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->interface_name, "third");
    EXPECT_EQ(frame->interface_id, 2u); // among all of the file
    EXPECT_TRUE(frame->ip);
    EXPECT_EQ(reader->next(), nullptr); // this section has no second interface
    EXPECT_EQ(reader->problem().value_or(Error{Errc::io, {}}).code, Errc::malformed);
}

TEST(Reader, SaysWhatIsWrongWithAFile) {
    const test::TemporaryFolder folder;
    const auto code_of = [](const std::filesystem::path& path) {
        const auto reader = read_log(path);
        return reader ? std::optional<Errc>{} : reader.error().code;
    };
    EXPECT_EQ(code_of(folder / "missing"), Errc::not_found);
    EXPECT_EQ(code_of(folder / ""), Errc::invalid_argument);
    test::write_file(folder / "text", as_bytes("this is a letter, not a capture"));
    EXPECT_EQ(code_of(folder / "text"), Errc::malformed);
    test::write_file(folder / "empty", {});
    EXPECT_EQ(code_of(folder / "empty"), Errc::malformed);
    // A packet of an interface that nobody described.
    Packet file;
    append(file, pcapng::SectionHeader{});
    append(file, pcapng::EnhancedPacket{.data = as_bytes("x"), .original_bytes = 1});
    EXPECT_EQ(read_all(file).problem->code, Errc::malformed);
}

} // namespace
} // namespace hawser::capture
