#include "capture/session.hpp"

#include <hawser/wire/sctp/packet.hpp>

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include <stdlib.h> // mkdtemp

namespace hawser::capture::test {

using namespace std::chrono_literals;

Packet packet(std::uint16_t source, std::uint16_t destination, std::uint32_t tag,
              const std::function<void(wire::Writer&)>& write_chunks) {
    Packet room(8192);
    wire::Writer out{room};
    sctp::CommonHeader{
        .source_port = source, .destination_port = destination, .tag = sctp::VerificationTag{tag}}
        .write(out);
    write_chunks(out);
    EXPECT_TRUE(out.ok());
    room.resize(out.written());
    sctp::write_checksum(room);
    return room;
}

void Conversation::out(const std::function<void(wire::Writer&)>& chunks, Ancillary beside) {
    steps.push_back({Direction::out, packet(kOurPort, kTheirPort, kTheirTag, chunks), beside});
}

void Conversation::in(const std::function<void(wire::Writer&)>& chunks, Ancillary beside) {
    steps.push_back({Direction::in, packet(kTheirPort, kOurPort, kOurTag, chunks), beside});
}

void Conversation::handshake() {
    steps.push_back(
        {Direction::out,
         packet(kOurPort, kTheirPort, 0, init_chunk(sctp::ChunkType::init, kOurTag, 10, 5)),
         {}});
    in(init_chunk(sctp::ChunkType::init_ack, kTheirTag, 3, 20));
    out(plain_chunk(sctp::ChunkType::cookie_echo, 0, "a cookie"));
    in(plain_chunk(sctp::ChunkType::cookie_ack, 0));
}

void Conversation::shutdown() {
    out(plain_chunk(sctp::ChunkType::shutdown, 0, std::string_view{"\0\0\0\1", 4}));
    in(plain_chunk(sctp::ChunkType::shutdown_ack, 0));
    out(plain_chunk(sctp::ChunkType::shutdown_complete, 0));
}

void Conversation::show_step(Tap& tap, std::size_t index, Layer layer, Verdict verdict,
                             std::string_view note) const {
    const Step& step = steps[index];
    std::uint64_t id = 0;
    for (std::size_t i = 0; i <= index; ++i)
        id += steps[i].direction == step.direction ? 1u : 0u;
    tap.seen({.at = Instant{index * 10ms},
              .direction = step.direction,
              .layer = layer,
              .path = path,
              .ancillary = step.ancillary,
              .bytes = step.packet,
              .verdict = verdict,
              .packet_id = PacketId{id},
              .endpoint = "ignored",
              .note = note});
}

void Conversation::show(Tap& tap, Layer layer) const {
    for (std::size_t i = 0; i < steps.size(); ++i)
        show_step(tap, i, layer);
}

std::function<void(wire::Writer&)> init_chunk(sctp::ChunkType type, std::uint32_t tag,
                                              std::uint16_t outbound, std::uint16_t inbound_max) {
    return [=](wire::Writer& out) {
        const sctp::Init init{.initiate_tag = sctp::VerificationTag{tag},
                              .receive_window_bytes = 100'000,
                              .outbound_streams = outbound,
                              .inbound_streams = inbound_max,
                              .initial_tsn = {1000}};
        init.write(out, type, [type](wire::Writer& to) {
            if (type != sctp::ChunkType::init_ack) return;
            write_item(to, sctp::ParameterType::state_cookie, as_bytes("a cookie"));
        });
    };
}

std::function<void(wire::Writer&)> data_chunk(std::uint32_t tsn, std::uint16_t stream,
                                              std::uint16_t ssn, std::uint32_t ppid,
                                              std::string_view text) {
    return [=](wire::Writer& out) {
        sctp::Data{.stream = sctp::StreamId{stream},
                   .ssn = {ssn},
                   .ppid = sctp::Ppid{ppid},
                   .tsn = {tsn},
                   .beginning = true,
                   .ending = true,
                   .payload = as_bytes(text)}
            .write(out);
    };
}

std::function<void(wire::Writer&)> plain_chunk(sctp::ChunkType type, std::uint8_t flags,
                                               std::string_view value) {
    return [=, text = std::string{value}](wire::Writer& out) {
        write_chunk(out, type, flags, as_bytes(text));
    };
}

LogOptions options_of_a_test() {
    LogOptions options;
    options.wall_clock = WallClock{std::chrono::sys_days{std::chrono::January / 1 / 2026}};
    return options;
}

MemoryLog::MemoryLog(const LogOptions& options)
    : log{*Log::open(std::make_unique<MemorySink>(bytes), options)} {}

const Packet& MemoryLog::file() {
    EXPECT_TRUE(log.close());
    return *bytes;
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hawser-capture-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::filesystem::path& path, Bytes bytes) {
    std::ofstream out{path, std::ios::binary};
    const std::string_view text = as_text(bytes);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    EXPECT_TRUE(out.good()) << path;
}

Packet read_file(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const Bytes bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

} // namespace hawser::capture::test
