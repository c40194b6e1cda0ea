#include <hawser/capture/reader.hpp>

#include <hawser/core/check.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "capture/frame.hpp"
#include "capture/input.hpp"

namespace hawser::capture {
namespace {

namespace pcapng = wire::pcapng;

constexpr std::size_t kInterfacesMax = 65'536;
constexpr std::uint32_t kPcapMicroseconds = 0xA1B2'C3D4;
constexpr std::uint32_t kPcapNanoseconds = 0xA1B2'3C4D;
constexpr std::size_t kPcapFileHeaderBytes = 24;
constexpr std::size_t kPcapRecordHeaderBytes = 16;

std::uint32_t load_u32(const std::byte* from, bool swapped) {
    std::uint32_t value = 0;
    std::memcpy(&value, from, sizeof value);
    return swapped ? std::byteswap(value) : value;
}

constexpr Error kCut{Errc::closed, "the capture ends in the middle of a packet"};

} // namespace

/// One file on its way through.
class Reader::State {
public:
    explicit State(detail::Input&& opened) : input{std::move(opened)} {}

    Result<> begin();
    const Frame* next() { return pcap_ ? next_pcap() : next_pcapng(); }

    detail::Input input;
    Frame frame;
    std::optional<Error> problem;
    std::vector<InterfaceInfo> interfaces;
    std::string application;
    std::vector<std::string> comments;
    bool has_secrets = false;

private:
    /// What is needed of an interface for each of its packets.
    struct Link {
        pcapng::LinkType type;
        std::uint8_t resolution;
        std::int64_t offset_seconds;
    };

    bool have(std::size_t bytes);
    std::optional<pcapng::Block> next_block();
    const Frame* next_pcapng();
    const Frame* next_pcap();
    Result<> begin_pcap();
    /// Takes a block that is no packet; fails when it makes the rest of the file unreadable.
    Result<> take(const pcapng::Block& block);
    Result<> add_interface(const pcapng::Interface& interface);
    Result<> fill(const pcapng::EnhancedPacket& packet);
    const Frame* stop(const Error& error) {
        problem = error;
        ended_ = true;
        return nullptr;
    }

    std::endian order_ = std::endian::native;
    std::vector<Link> links_;       ///< of this section
    std::size_t section_first_ = 0; ///< the number of its first interface among all
    std::size_t consume_before_next_ = 0;
    bool ended_ = false;
    bool pcap_ = false, pcap_swapped_ = false, pcap_nanoseconds_ = false;
};

bool Reader::State::have(std::size_t bytes) {
    while (input.window().size() < bytes) {
        const auto more = input.more();
        if (!more) problem = more.error();
        if (!more || !*more) return false;
    }
    return true;
}

Result<> Reader::State::begin() {
    if (!have(sizeof(std::uint32_t))) {
        if (problem) return std::unexpected{*problem};
        return fail(Errc::malformed, input.window().empty()
                                         ? "not a capture file: it is empty, as a packet log is "
                                           "whose writer was killed at its start"
                                         : "not a capture file");
    }
    const std::uint32_t magic = load_u32(input.window().data(), false);
    if (magic == std::to_underlying(pcapng::BlockType::section_header)) return {};
    for (const bool swapped : {false, true}) {
        const std::uint32_t plain = swapped ? std::byteswap(magic) : magic;
        if (plain != kPcapMicroseconds && plain != kPcapNanoseconds) continue;
        pcap_ = true;
        pcap_swapped_ = swapped;
        pcap_nanoseconds_ = plain == kPcapNanoseconds;
        return begin_pcap();
    }
    return fail(Errc::malformed, "not a capture file: neither pcapng nor pcap");
}

Result<> Reader::State::begin_pcap() {
    if (!have(kPcapFileHeaderBytes)) return fail(Errc::malformed, "pcap file without its header");
    // The upper half of the link type's word says what a frame ends with: nothing we look at.
    const std::uint32_t link = load_u32(input.window().data() + 20, pcap_swapped_) & 0xffff;
    input.consume(kPcapFileHeaderBytes);
    return add_interface({.link = pcapng::LinkType{static_cast<std::uint16_t>(link)}});
}

const Frame* Reader::State::next_pcap() {
    if (ended_) return nullptr;
    input.consume(std::exchange(consume_before_next_, 0));
    if (!have(kPcapRecordHeaderBytes)) {
        ended_ = true;
        if (!problem && !input.window().empty()) problem = kCut;
        return nullptr;
    }
    const std::byte* at = input.window().data();
    const std::uint32_t captured = load_u32(at + 8, pcap_swapped_);
    if (captured > pcapng::kBlockBytesMax) {
        return stop({Errc::malformed, "pcap packet of an impossible length"});
    }
    if (!have(kPcapRecordHeaderBytes + captured)) return stop(problem.value_or(kCut));
    at = input.window().data();
    const std::uint64_t unit = pcap_nanoseconds_ ? 1 : 1000;
    pcapng::EnhancedPacket packet;
    packet.timestamp = std::uint64_t{load_u32(at, pcap_swapped_)} * 1'000'000'000 +
                       load_u32(at + 4, pcap_swapped_) * unit;
    packet.original_bytes = load_u32(at + 12, pcap_swapped_);
    packet.data = input.window().subspan(kPcapRecordHeaderBytes, captured);
    consume_before_next_ = kPcapRecordHeaderBytes + captured;
    if (auto filled = fill(packet); !filled) return stop(filled.error());
    return &frame;
}

std::optional<pcapng::Block> Reader::State::next_block() {
    input.consume(std::exchange(consume_before_next_, 0));
    for (;;) {
        auto block = pcapng::next_block(input.window(), order_);
        if (!block) {
            stop(block.error());
            return std::nullopt;
        }
        if (*block) {
            consume_before_next_ = (*block)->size_bytes;
            return *block;
        }
        if (have(input.window().size() + 1)) continue;
        ended_ = true;
        if (!problem && !input.window().empty()) problem = kCut;
        return std::nullopt;
    }
}

const Frame* Reader::State::next_pcapng() {
    while (!ended_) {
        const auto block = next_block();
        if (!block) return nullptr;
        Result<> done;
        switch (block->type) {
        case pcapng::BlockType::enhanced_packet:
        case pcapng::BlockType::simple_packet:
        case pcapng::BlockType::packet: {
            const auto packet = pcapng::parse_packet(*block);
            if (!packet) return stop(packet.error());
            if (done = fill(*packet); done) return &frame;
            break;
        }
        default: done = take(*block);
        }
        if (!done) return stop(done.error());
    }
    return nullptr;
}

Result<> Reader::State::take(const pcapng::Block& block) {
    switch (block.type) {
    case pcapng::BlockType::section_header: {
        const auto section = pcapng::parse_section_header(block);
        if (!section) return std::unexpected{section.error()};
        section_first_ = interfaces.size();
        links_.clear();
        application = section->application;
        comments.assign(section->comments.begin(), section->comments.end());
        return {};
    }
    case pcapng::BlockType::interface_description: {
        const auto interface = pcapng::parse_interface(block);
        if (!interface) return std::unexpected{interface.error()};
        return add_interface(*interface);
    }
    case pcapng::BlockType::interface_statistics: {
        const auto statistics = pcapng::parse_statistics(block);
        if (!statistics || statistics->interface_id >= links_.size()) return {};
        InterfaceInfo& info = interfaces[section_first_ + statistics->interface_id];
        info.received = statistics->received;
        info.dropped = statistics->dropped;
        info.lost = statistics->os_dropped;
        return {};
    }
    case pcapng::BlockType::decryption_secrets: has_secrets = true; return {};
    default: return {}; // a block that we do not use
    }
}

Result<> Reader::State::add_interface(const pcapng::Interface& interface) {
    if (interfaces.size() >= kInterfacesMax) {
        return fail(Errc::too_large, "a capture with more than 65536 interfaces");
    }
    links_.push_back({.type = interface.link,
                      .resolution = interface.resolution,
                      .offset_seconds = interface.offset_seconds});
    interfaces.push_back(
        {.name = std::string{interface.name}, .link_type = std::to_underlying(interface.link)});
    return {};
}

Result<> Reader::State::fill(const pcapng::EnhancedPacket& packet) {
    if (packet.interface_id >= links_.size()) {
        return fail(Errc::malformed, "a packet of an interface that is not described");
    }
    const Link& link = links_[packet.interface_id];
    const pcapng::Interface units{.resolution = link.resolution,
                                  .offset_seconds = link.offset_seconds};
    const std::size_t interface = section_first_ + packet.interface_id;
    frame.number += 1;
    frame.time = WallTime{std::chrono::nanoseconds{
        packet.timed ? pcapng::to_nanoseconds(units, packet.timestamp) : 0}};
    frame.interface_id = static_cast<std::uint32_t>(interface);
    frame.interface_name = interfaces[interface].name;
    frame.direction.reset();
    if (packet.direction == pcapng::PacketDirection::in) frame.direction = Direction::in;
    if (packet.direction == pcapng::PacketDirection::out) frame.direction = Direction::out;
    frame.packet_id = packet.packet_id;
    frame.lost_before = packet.drop_count.value_or(0);
    frame.comments.assign(packet.comments.begin(), packet.comments.end());
    detail::decode_headers(frame, link.type, packet.data,
                           packet.data.size() < packet.original_bytes);
    return {};
}

Reader::Reader(std::unique_ptr<State> state) : state_{std::move(state)} {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const std::filesystem::path& path) {
    auto source = open_file_source(path);
    if (!source) return std::unexpected{source.error()};
    return from(*std::move(source));
}

Result<Reader> Reader::from(std::unique_ptr<Source> source) {
    HAWSER_ASSERT(source != nullptr);
    Reader reader{std::make_unique<State>(detail::Input{std::move(source)})};
    if (auto begun = reader.state_->begin(); !begun) return std::unexpected{begun.error()};
    return reader;
}

Result<Reader> Reader::from(Bytes file) {
    Reader reader{std::make_unique<State>(detail::Input{file})};
    if (auto begun = reader.state_->begin(); !begun) return std::unexpected{begun.error()};
    return reader;
}

const Frame* Reader::next() {
    return state_->next();
}
const std::optional<Error>& Reader::problem() const {
    return state_->problem;
}
std::uint64_t Reader::bytes_read() const {
    return state_->input.position();
}
std::uint64_t Reader::bytes_total() const {
    return state_->input.total();
}
const std::vector<InterfaceInfo>& Reader::interfaces() const {
    return state_->interfaces;
}
const std::string& Reader::application() const {
    return state_->application;
}
const std::vector<std::string>& Reader::comments() const {
    return state_->comments;
}
bool Reader::has_secrets() const {
    return state_->has_secrets;
}

Result<Reader> read_log(const std::filesystem::path& path) {
    return Reader::open(path);
}

} // namespace hawser::capture
