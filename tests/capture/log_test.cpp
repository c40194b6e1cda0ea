// What a log writes, read back block by block and frame by frame.
#include <hawser/capture/log.hpp>
#include <hawser/capture/reader.hpp>
#include <hawser/wire/pcapng.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

#include "capture/session.hpp"

namespace hawser::capture {
namespace {

using namespace std::chrono_literals;
using test::Conversation;
using test::MemoryLog;
using testing::ElementsAre;
using testing::IsEmpty;

struct Seen {
    std::string interface;
    std::vector<std::string> comments;
    std::optional<std::uint64_t> packet_id;
};

std::vector<Seen> frames_of(Bytes file) {
    std::vector<Seen> seen;
    auto reader = Reader::from(file);
    EXPECT_TRUE(reader);
    if (!reader) return seen;
    while (const Frame* frame = reader->next()) {
        seen.push_back({frame->interface_name, frame->comments, frame->packet_id});
    }
    EXPECT_FALSE(reader->problem());
    return seen;
}

std::vector<std::string> interfaces_of(Bytes file) {
    std::vector<std::string> names;
    for (const Seen& frame : frames_of(file))
        names.push_back(frame.interface);
    return names;
}

std::vector<wire::pcapng::BlockType> blocks_of(Bytes file) {
    std::vector<wire::pcapng::BlockType> types;
    std::endian order = std::endian::native;
    while (!file.empty()) {
        const auto block = wire::pcapng::next_block(file, order);
        if (!block || !*block) {
            ADD_FAILURE() << "a block that is not whole";
            return types;
        }
        types.push_back((*block)->type);
        file = file.subspan((*block)->size_bytes);
    }
    return types;
}

Conversation one_message() {
    Conversation talk;
    talk.out(test::data_chunk(1000, 5, 0, 0x1234, "hello"),
             {.dscp = Dscp::ef, .ecn = Ecn::ect1, .hop_limit = 63});
    return talk;
}

TEST(Log, WritesEverythingThatATapIsShown) {
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha");
    Conversation talk = one_message();
    talk.show(*tap);
    auto reader = Reader::from(memory.file());
    ASSERT_TRUE(reader);
    const Frame* frame = reader->next();
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->interface_name, "alpha/wire");
    EXPECT_EQ(frame->time, WallTime{std::chrono::sys_days{std::chrono::January / 1 / 2026}});
    EXPECT_EQ(frame->direction, Direction::out);
    EXPECT_EQ(frame->packet_id, 1u);
    EXPECT_EQ(frame->source, talk.path.local);
    EXPECT_EQ(frame->destination, talk.path.remote);
    ASSERT_TRUE(frame->ip);
    EXPECT_EQ(frame->ip->dscp, Dscp::ef);
    EXPECT_EQ(frame->ip->ecn, Ecn::ect1);
    EXPECT_EQ(frame->ip->hop_limit, 63);
    EXPECT_TRUE(std::ranges::equal(frame->payload, talk.steps[0].packet));
    EXPECT_TRUE(frame->comments.empty());
    EXPECT_EQ(reader->next(), nullptr);
    EXPECT_EQ(reader->application(), "hawser");
    EXPECT_EQ(memory.log.status().frames_written, 1u);
    EXPECT_EQ(memory.log.status().bytes_written, memory.bytes->size());
}

TEST(Log, TurnsAnInboundPacketRound) {
    Conversation talk;
    talk.in(test::data_chunk(1, 0, 0, 0, "x"));
    MemoryLog memory;
    talk.show(*memory.log.attach("alpha"));
    auto reader = Reader::from(memory.file());
    const Frame* frame = reader->next();
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->direction, Direction::in);
    EXPECT_EQ(frame->source, talk.path.remote);
    EXPECT_EQ(frame->destination, talk.path.local);
    EXPECT_EQ(frame->ip->dscp, Dscp::cs0);
    EXPECT_EQ(frame->ip->hop_limit, 64);
}

TEST(Log, ShowsAnUnknownLocalAddressAsUnspecified) {
    Conversation talk = one_message();
    talk.path.local = Address::any(Family::ipv4, 40'000); // of the wrong family, as a default is
    talk.path.remote = *Address::parse("[2001:db8::7]:9899");
    MemoryLog memory;
    talk.show(*memory.log.attach("alpha"));
    auto reader = Reader::from(memory.file());
    const Frame* frame = reader->next();
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->source, *Address::parse("[::]:40000"));
    EXPECT_EQ(frame->destination, talk.path.remote);
}

TEST(Log, DrawsRawSctpWithoutUdp) {
    Conversation talk = one_message();
    talk.path.protocol = Protocol::ip;
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha");
    talk.show(*tap);
    talk.show(*tap, Layer::sctp); // in sight already
    auto reader = Reader::from(memory.file());
    const Frame* frame = reader->next();
    ASSERT_NE(frame, nullptr);
    EXPECT_FALSE(frame->is_udp);
    EXPECT_EQ(frame->ip->protocol, wire::IpProtocol::sctp);
    EXPECT_TRUE(std::ranges::equal(frame->payload, talk.steps[0].packet));
    EXPECT_EQ(reader->next(), nullptr);
}

TEST(Log, SaysWhyAPacketWasDropped) {
    Conversation talk;
    talk.in(test::data_chunk(1, 0, 0, 0, "x"));
    talk.out(test::data_chunk(1, 0, 0, 0, "x"));
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha");
    talk.show_step(*tap, 0, Layer::wire, Verdict::bad_tag);
    talk.show_step(*tap, 0, Layer::wire);
    talk.show_step(*tap, 1, Layer::wire, Verdict::send_refused, "retransmission");
    const auto frames = frames_of(memory.file());
    ASSERT_EQ(frames.size(), 3u);
    EXPECT_THAT(frames[0].comments, ElementsAre("rx drop=bad_tag"));
    EXPECT_THAT(frames[1].comments, IsEmpty());
    EXPECT_THAT(frames[2].comments, ElementsAre("tx refused=send_refused", "retransmission"));

    auto reader = Reader::from(*memory.bytes);
    EXPECT_EQ(reader->next()->drop_reason(), "bad_tag");
    while (reader->next() != nullptr) {
    }
    ASSERT_EQ(reader->interfaces().size(), 1u);
    EXPECT_EQ(reader->interfaces()[0].received, 3u);
    EXPECT_EQ(reader->interfaces()[0].dropped, 2u);
    EXPECT_EQ(reader->interfaces()[0].lost, 0u);
}

TEST(Log, WritesTheClearViewOnlyWhereTheWireViewIsNotEnough) {
    const auto shown = [](std::uint16_t local, std::uint16_t remote, std::optional<Clear> clear) {
        Conversation talk = one_message();
        talk.path.local = talk.path.local.with_port(local);
        talk.path.remote = talk.path.remote.with_port(remote);
        MemoryLog memory;
        const auto tap = memory.log.attach("alpha", {.clear = clear});
        talk.show(*tap, Layer::sctp);
        talk.show(*tap, Layer::wire);
        return interfaces_of(memory.file());
    };
    EXPECT_THAT(shown(40'000, 9899, {}), ElementsAre("alpha/wire"));
    EXPECT_THAT(shown(9899, 9899, {}), ElementsAre("alpha/wire"));
    EXPECT_THAT(shown(40'000, 10'000, {}), ElementsAre("alpha/clear", "alpha/wire"));
    EXPECT_THAT(shown(5000, 9899, {}), ElementsAre("alpha/clear", "alpha/wire"));
    EXPECT_THAT(shown(40'000, 9899, Clear::always), ElementsAre("alpha/clear", "alpha/wire"));
    EXPECT_THAT(shown(40'000, 10'000, Clear::never), ElementsAre("alpha/wire"));
}

TEST(Log, SeesNoNeedForTheClearViewBeforeThePortIsKnown) {
    Conversation talk = one_message();
    talk.path.local = Address::any(Family::ipv4); // of the first packet that we send
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha");
    talk.show(*tap, Layer::sctp);
    talk.show(*tap, Layer::wire);
    EXPECT_THAT(interfaces_of(memory.file()), ElementsAre("alpha/wire"));
}

TEST(Log, DescribesBothInterfacesBeforeTheFirstPacket) {
    using wire::pcapng::BlockType;
    const auto blocks = [](std::uint16_t peer_port, Clear clear) {
        Conversation talk = one_message();
        talk.path.remote = talk.path.remote.with_port(peer_port);
        MemoryLog memory;
        const auto tap = memory.log.attach("alpha", {.clear = clear});
        talk.show(*tap, Layer::wire);
        return blocks_of(memory.file());
    };
    const std::vector both{BlockType::section_header,        BlockType::interface_description,
                           BlockType::interface_description, BlockType::enhanced_packet,
                           BlockType::interface_statistics,  BlockType::interface_statistics};
    EXPECT_EQ(blocks(9899, Clear::always), both);
    EXPECT_EQ(blocks(10'000, Clear::automatic), both);
    const std::vector wire{BlockType::section_header, BlockType::interface_description,
                           BlockType::enhanced_packet, BlockType::interface_statistics};
    EXPECT_EQ(blocks(9899, Clear::automatic), wire);
    EXPECT_EQ(blocks(10'000, Clear::never), wire);
}

TEST(Log, LinksBothViewsByThePacketId) {
    Conversation talk = one_message();
    MemoryLog memory;
    const auto first = memory.log.attach("alpha", {.clear = Clear::always});
    const auto second = memory.log.attach("beta", {.clear = Clear::always});
    for (const auto& tap : {first, second}) {
        talk.show(*tap, Layer::sctp);
        talk.show(*tap, Layer::wire);
    }
    const auto frames = frames_of(memory.file());
    ASSERT_EQ(frames.size(), 4u);
    EXPECT_EQ(frames[0].packet_id, frames[1].packet_id);
    EXPECT_EQ(frames[2].packet_id, frames[3].packet_id);
    EXPECT_NE(frames[0].packet_id, frames[2].packet_id); // another endpoint counts for itself
}

TEST(Log, FiltersByLayerAndEndpoint) {
    const Conversation talk = one_message();
    LogOptions options = test::options_of_a_test();
    options.endpoints = {"alpha", "beta"};
    options.clear = Clear::always;
    MemoryLog memory{options};
    const auto alpha = memory.log.attach("alpha", {.layers = {Layer::wire}});
    const auto beta = memory.log.attach("beta", {.layers = {Layer::sctp}});
    const auto gamma = memory.log.attach("gamma");
    gamma->set_layers(LayerSet::all()); // what the log leaves out stays out
    EXPECT_TRUE(alpha->wants(Layer::wire) && beta->wants(Layer::sctp));
    EXPECT_FALSE(alpha->wants(Layer::sctp) || beta->wants(Layer::wire));
    EXPECT_FALSE(gamma->wants(Layer::wire) || gamma->wants(Layer::sctp));
    for (const auto& tap : {alpha, beta, gamma}) {
        talk.show(*tap, Layer::wire);
        talk.show(*tap, Layer::sctp);
    }
    EXPECT_THAT(interfaces_of(memory.file()), ElementsAre("alpha/wire", "beta/clear"));
}

TEST(Log, ChangesWhileItRuns) {
    const Conversation talk = one_message();
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha");
    talk.show(*tap, Layer::sctp);
    tap->set_clear(Clear::always);
    talk.show(*tap, Layer::sctp);
    tap->set_layers({Layer::wire});
    talk.show(*tap, Layer::sctp);
    talk.show(*tap, Layer::wire);
    tap->detach();
    talk.show(*tap, Layer::wire);
    talk.show(*memory.log.attach("late"), Layer::wire);
    EXPECT_THAT(interfaces_of(memory.file()),
                ElementsAre("alpha/clear", "alpha/wire", "late/wire"));
}

TEST(Log, TakesNothingOnceClosedAndOutlivesItsAttachments) {
    const Conversation talk = one_message();
    std::shared_ptr<Attachment> tap;
    auto bytes = std::make_shared<test::Packet>();
    {
        auto log = Log::open(std::make_unique<test::MemorySink>(bytes), test::options_of_a_test());
        ASSERT_TRUE(log);
        tap = log->attach("alpha");
        talk.show(*tap);
    } // the destructor closes
    talk.show(*tap);
    EXPECT_EQ(frames_of(*bytes).size(), 1u);
    EXPECT_EQ(tap->name(), "alpha");
}

TEST(Log, ClosesOnceAndAnswersTheSameAgain) {
    MemoryLog memory;
    EXPECT_TRUE(memory.log.close());
    const std::size_t size = memory.bytes->size();
    EXPECT_TRUE(memory.log.close());
    EXPECT_EQ(memory.bytes->size(), size);
}

// By its statistics it is told from a log whose writer was killed.
TEST(Log, HasStatisticsEvenWithoutAPacket) {
    using wire::pcapng::BlockType;
    MemoryLog memory;
    EXPECT_THAT(blocks_of(memory.file()),
                ElementsAre(BlockType::section_header, BlockType::interface_description,
                            BlockType::interface_statistics));
}

TEST(Log, KeepsSecretsOutUnlessAskedFor) {
    using wire::pcapng::BlockType;
    const Conversation talk = one_message();
    for (const bool keys : {false, true}) {
        LogOptions options = test::options_of_a_test();
        options.keys = keys;
        MemoryLog memory{options};
        const auto tap = memory.log.attach("alpha");
        tap->secret("CLIENT_RANDOM 00 11");
        talk.show(*tap);
        const auto blocks = blocks_of(memory.file());
        const std::string_view text = as_text(*memory.bytes);
        EXPECT_EQ(text.find("CLIENT_RANDOM 00 11\n") != std::string_view::npos, keys);
        if (keys) { // and it stands before the packet that needs it
            EXPECT_THAT(blocks,
                        ElementsAre(BlockType::section_header, BlockType::interface_description,
                                    BlockType::decryption_secrets, BlockType::enhanced_packet,
                                    BlockType::interface_statistics));
        }
        auto reader = Reader::from(*memory.bytes);
        while (reader->next() != nullptr) {
        }
        EXPECT_EQ(reader->has_secrets(), keys);
        ASSERT_EQ(reader->comments().size(), 1u);
        EXPECT_EQ(reader->comments()[0].find("no keys") == std::string::npos, keys);
    }
}

TEST(Log, CountsWhatItCannotDraw) {
    Conversation talk = one_message();
    talk.path.protocol = Protocol::tcp;
    MemoryLog memory;
    const auto tap = memory.log.attach("alpha", {.clear = Clear::never});
    talk.show(*tap);
    EXPECT_THAT(frames_of(memory.file()), IsEmpty());
    EXPECT_EQ(memory.log.status().frames_lost, 1u);
}

TEST(Log, IsInTheFileWithinTheFlushInterval) {
    const test::TemporaryFolder folder;
    LogOptions options = test::options_of_a_test();
    options.flush_interval = 1ms;
    auto log = Log::open(folder / "a.pcapng", options);
    ASSERT_TRUE(log);
    one_message().show(*log->attach("alpha"));
    const auto give_up = std::chrono::steady_clock::now() + 5s;
    while (log->status().frames_written == 0 && std::chrono::steady_clock::now() < give_up) {
        std::this_thread::yield();
    }
    EXPECT_EQ(frames_of(test::read_file(folder / "a.pcapng")).size(), 1u); // and not yet closed
}

TEST(Log, RefusesOptionsOutOfRange) {
    const auto error_of = [](const LogOptions& options) {
        const auto log = Log::open(std::make_unique<test::MemorySink>(nullptr), options);
        return log ? std::optional<Errc>{} : log.error().code;
    };
    EXPECT_EQ(error_of({.queue_bytes = 1024}), Errc::invalid_argument);
    EXPECT_EQ(error_of({.queue_bytes = std::size_t{1} << 40}), Errc::invalid_argument);
    EXPECT_EQ(error_of({.flush_interval = 0s}), Errc::invalid_argument);
    EXPECT_EQ(Log::open(std::unique_ptr<Sink>{}).error().code, Errc::invalid_argument);
}

// Four threads attach, show, change and detach; two of them share an attachment.
TEST(Log, TakesManyThreads) {
    constexpr int kThreads = 4;
    constexpr int kRounds = 40;
    constexpr int kPackets = 25;
    MemoryLog memory;
    const Conversation talk = one_message();
    const auto shared = memory.log.attach("shared");
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (int round = 0; round < kRounds; ++round) {
                const auto own = memory.log.attach("own" + std::to_string(thread));
                for (int i = 0; i < kPackets; ++i) {
                    talk.show(*own);
                    talk.show(*shared);
                }
                own->set_clear(Clear::always);
                own->detach();
                talk.show(*own);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    const LogStatus status = memory.log.status();
    std::map<std::string, std::size_t> counts;
    for (const std::string& name : interfaces_of(memory.file()))
        counts[name] += 1;
    EXPECT_EQ(status.frames_lost, 0u);
    EXPECT_EQ(counts["shared/wire"], std::size_t{kThreads * kRounds * kPackets});
    for (int thread = 0; thread < kThreads; ++thread) {
        EXPECT_EQ(counts["own" + std::to_string(thread) + "/wire"],
                  std::size_t{kRounds * kPackets});
    }
}

} // namespace
} // namespace hawser::capture
