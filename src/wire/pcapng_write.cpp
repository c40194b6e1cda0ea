#include <hawser/wire/pcapng.hpp>

#include <hawser/core/check.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "wire/pcapng_options.hpp"

namespace hawser::wire::pcapng {
namespace {

constexpr std::size_t kOptionBytesMax = std::numeric_limits<std::uint16_t>::max();

/// Appends one block: begins it at construction and puts both lengths in at `finish`.
class BlockBuilder {
public:
    BlockBuilder(std::vector<std::byte>& out, BlockType type) : out_{out}, start_{out.size()} {
        number(std::to_underlying(type));
        number(std::uint32_t{0}); // the length, known at the end
    }

    template <std::integral T>
    void number(T value) {
        const std::size_t at = out_.size();
        out_.resize(at + sizeof value);
        std::memcpy(out_.data() + at, &value, sizeof value);
    }
    /// Sixty-four bits as two halves, the high one first whatever the byte order.
    void timestamp(std::uint64_t value) {
        number(static_cast<std::uint32_t>(value >> 32));
        number(static_cast<std::uint32_t>(value));
    }
    void bytes(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
    void padded(Bytes some) {
        bytes(some);
        out_.resize(start_ + ((out_.size() - start_ + 3) & ~std::size_t{3}));
    }

    void option(Option code, Bytes value) {
        const Bytes kept = value.first(std::min(value.size(), kOptionBytesMax));
        number(std::to_underlying(code));
        number(static_cast<std::uint16_t>(kept.size()));
        padded(kept);
        has_options_ = true;
    }
    template <std::integral T>
    void option(Option code, T value) {
        option(code, std::as_bytes(std::span{&value, 1}));
    }
    template <std::integral T>
    void option(Option code, const std::optional<T>& value) {
        if (value) option(code, *value);
    }
    void text(Option code, std::string_view text) {
        if (!text.empty()) option(code, as_bytes(text));
    }
    void comments(const std::vector<std::string_view>& comments) {
        for (const std::string_view comment : comments)
            text(Option::comment, comment);
    }

    void finish() {
        if (has_options_) number(std::uint32_t{0}); // opt_endofopt
        const auto length = static_cast<std::uint32_t>(out_.size() - start_ + 4);
        number(length);
        std::memcpy(out_.data() + start_ + 4, &length, sizeof length);
    }

private:
    std::vector<std::byte>& out_;
    std::size_t start_;
    bool has_options_ = false;
};

} // namespace

void append(std::vector<std::byte>& out, const SectionHeader& block) {
    BlockBuilder builder{out, BlockType::section_header};
    builder.number(kByteOrderMagic);
    builder.number(std::uint16_t{1}); // version 1.0
    builder.number(std::uint16_t{0});
    builder.number(std::int64_t{-1}); // the section's length is not known
    builder.comments(block.comments);
    builder.text(Option::section_hardware, block.hardware);
    builder.text(Option::section_os, block.os);
    builder.text(Option::section_application, block.application);
    builder.finish();
}

void append(std::vector<std::byte>& out, const Interface& block) {
    BlockBuilder builder{out, BlockType::interface_description};
    builder.number(std::to_underlying(block.link));
    builder.number(std::uint16_t{0});
    builder.number(block.snap_bytes);
    builder.text(Option::interface_name, block.name);
    builder.text(Option::interface_description, block.description);
    builder.option(Option::interface_resolution, block.resolution);
    if (block.offset_seconds != 0) builder.option(Option::interface_offset, block.offset_seconds);
    builder.finish();
}

void append(std::vector<std::byte>& out, const EnhancedPacket& block) {
    const std::size_t bytes = block.head.size() + block.data.size();
    HAWSER_ASSERT(bytes <= kBlockBytesMax / 2); // no packet of any network is that long
    BlockBuilder builder{out, BlockType::enhanced_packet};
    builder.number(block.interface_id);
    builder.timestamp(block.timestamp);
    builder.number(static_cast<std::uint32_t>(bytes));
    builder.number(block.original_bytes);
    builder.bytes(block.head);
    builder.padded(block.data);
    builder.comments(block.comments);
    if (block.direction != PacketDirection::unknown) {
        builder.option(Option::packet_flags, std::uint32_t{std::to_underlying(block.direction)});
    }
    builder.option(Option::packet_drop_count, block.drop_count);
    builder.option(Option::packet_id, block.packet_id);
    builder.finish();
}

void append(std::vector<std::byte>& out, const InterfaceStatistics& block) {
    BlockBuilder builder{out, BlockType::interface_statistics};
    builder.number(block.interface_id);
    builder.timestamp(block.timestamp);
    builder.comments(block.comments);
    builder.option(Option::statistics_received, block.received);
    builder.option(Option::statistics_dropped, block.dropped);
    builder.option(Option::statistics_os_dropped, block.os_dropped);
    builder.finish();
}

void append(std::vector<std::byte>& out, const Secrets& block) {
    BlockBuilder builder{out, BlockType::decryption_secrets};
    builder.number(block.type);
    builder.number(static_cast<std::uint32_t>(block.data.size()));
    builder.padded(block.data);
    builder.finish();
}

void append(std::vector<std::byte>& out, const std::vector<Name>& block) {
    BlockBuilder builder{out, BlockType::name_resolution};
    for (const Name& name : block) {
        HAWSER_ASSERT(name.octets.size() == 4 || name.octets.size() == 16);
        const std::string_view kept = name.name.substr(0, kOptionBytesMax - 17);
        builder.number(name.octets.size() == 4 ? kNameRecordIpv4 : kNameRecordIpv6);
        builder.number(static_cast<std::uint16_t>(name.octets.size() + kept.size() + 1));
        std::vector<std::byte> record{name.octets.begin(), name.octets.end()};
        record.insert(record.end(), as_bytes(kept).begin(), as_bytes(kept).end());
        record.push_back(std::byte{0});
        builder.padded(record);
    }
    builder.number(std::uint32_t{0}); // nrb_record_end
    builder.finish();
}

} // namespace hawser::wire::pcapng
