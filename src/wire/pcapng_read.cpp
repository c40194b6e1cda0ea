#include <hawser/wire/pcapng.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "wire/pcapng_options.hpp"

namespace hawser::wire::pcapng {
namespace {

constexpr std::size_t kBlockHeaderBytes = 8;
constexpr std::size_t kBlockBytesMin = 12;
constexpr std::size_t kSectionBytesMin = 28;

template <std::integral T>
T load(const std::byte* from, std::endian order) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return order == std::endian::native ? value : std::byteswap(value);
}

/// Reads a block's body. Like wire::Reader, but in the order of the section: what runs short
/// answers zeros, and `ok` says so once at the end.
class Cursor {
public:
    explicit Cursor(const Block& block) : left_{block.body}, order_{block.order} {}

    template <std::integral T>
    T number() {
        const Bytes from = bytes(sizeof(T));
        return from.empty() ? T{0} : load<T>(from.data(), order_);
    }
    std::uint64_t timestamp() {
        const std::uint64_t high = number<std::uint32_t>();
        return high << 32 | number<std::uint32_t>();
    }
    Bytes bytes(std::size_t count) {
        if (count > left_.size()) {
            ok_ = false;
            left_ = {};
            return {};
        }
        const Bytes taken = left_.first(count);
        left_ = left_.subspan(count);
        return taken;
    }
    Bytes padded(std::size_t count) {
        const Bytes taken = bytes(count);
        if (ok_) bytes((4 - count % 4) % 4);
        return taken;
    }
    std::size_t remaining() const { return left_.size(); }
    bool ok() const { return ok_; }
    void fail() { ok_ = false; }

private:
    Bytes left_;
    std::endian order_;
    bool ok_ = true;
};

/// Calls `take(code, value)` for each option up to the end mark or the end of the block.
template <class Take>
void each_option(Cursor& in, Take&& take) {
    while (in.ok() && in.remaining() != 0) {
        const auto code = static_cast<Option>(in.number<std::uint16_t>());
        const std::size_t length = in.number<std::uint16_t>();
        if (code == Option::end) return;
        const Bytes value = in.padded(length);
        if (in.ok()) take(code, value);
    }
}

/// The number that an option holds; an option of another length is passed over, as one we do not
/// know would be.
template <std::integral T>
std::optional<T> number_in(Bytes value, std::endian order) {
    if (value.size() != sizeof(T)) return std::nullopt;
    return load<T>(value.data(), order);
}

template <class T>
Result<T> finish(const Cursor& in, T value, std::string_view what) {
    if (!in.ok()) return fail(Errc::malformed, what);
    return value;
}

Result<std::endian> order_of_section(Bytes block) {
    const auto magic = load<std::uint32_t>(block.data() + kBlockHeaderBytes, std::endian::native);
    if (magic == kByteOrderMagic) return std::endian::native;
    if (magic != std::byteswap(kByteOrderMagic)) {
        return fail(Errc::malformed, "pcapng section header without its magic number");
    }
    return std::endian::native == std::endian::little ? std::endian::big : std::endian::little;
}

Result<EnhancedPacket> parse_enhanced(const Block& block) {
    Cursor in{block};
    EnhancedPacket packet;
    packet.interface_id = in.number<std::uint32_t>();
    packet.timestamp = in.timestamp();
    const std::size_t captured = in.number<std::uint32_t>();
    packet.original_bytes = in.number<std::uint32_t>();
    packet.data = in.padded(captured);
    each_option(in, [&](Option code, Bytes value) {
        if (code == Option::comment) {
            packet.comments.push_back(as_text(value));
        } else if (code == Option::packet_flags) {
            const auto flags = number_in<std::uint32_t>(value, block.order).value_or(0);
            packet.direction = static_cast<PacketDirection>((flags & 3) == 3 ? 0 : flags & 3);
        } else if (code == Option::packet_drop_count) {
            packet.drop_count = number_in<std::uint64_t>(value, block.order);
        } else if (code == Option::packet_id) {
            packet.packet_id = number_in<std::uint64_t>(value, block.order);
        }
    });
    return finish(in, std::move(packet), "pcapng packet block shorter than its fields");
}

/// The obsolete block: as the enhanced one, with 16 bits of interface and 16 of drop count.
Result<EnhancedPacket> parse_obsolete(const Block& block) {
    Cursor in{block};
    EnhancedPacket packet;
    packet.interface_id = in.number<std::uint16_t>();
    const auto drops = in.number<std::uint16_t>();
    if (drops != 0xffff) packet.drop_count = drops;
    packet.timestamp = in.timestamp();
    const std::size_t captured = in.number<std::uint32_t>();
    packet.original_bytes = in.number<std::uint32_t>();
    packet.data = in.padded(captured);
    return finish(in, std::move(packet), "pcapng packet block shorter than its fields");
}

/// No interface (it is the first), no time, and the length on the wire alone.
Result<EnhancedPacket> parse_simple(const Block& block) {
    Cursor in{block};
    EnhancedPacket packet;
    packet.timed = false;
    packet.original_bytes = in.number<std::uint32_t>();
    packet.data = in.bytes(std::min<std::size_t>(packet.original_bytes, in.remaining()));
    return finish(in, std::move(packet), "pcapng packet block shorter than its fields");
}

} // namespace

Result<std::optional<Block>> next_block(Bytes input, std::endian& order) {
    if (input.size() < kBlockBytesMin) return std::nullopt;
    // A section header's type reads the same both ways; its length is in an order that only the
    // magic number after it tells.
    const bool section = load<std::uint32_t>(input.data(), std::endian::native) ==
                         std::to_underlying(BlockType::section_header);
    std::endian here = order;
    if (section) {
        const auto told = order_of_section(input);
        if (!told) return std::unexpected{told.error()};
        here = *told;
    }
    const std::size_t length = load<std::uint32_t>(input.data() + 4, here);
    const std::size_t least = section ? kSectionBytesMin : kBlockBytesMin;
    if (length < least || length % 4 != 0 || length > kBlockBytesMax) {
        return fail(Errc::malformed, "pcapng block of an impossible length");
    }
    if (length > input.size()) return std::nullopt;
    if (load<std::uint32_t>(input.data() + length - 4, here) != length) {
        return fail(Errc::malformed, "pcapng block whose two lengths differ");
    }
    order = here;
    return Block{.type = BlockType{load<std::uint32_t>(input.data(), here)},
                 .body = input.subspan(kBlockHeaderBytes, length - kBlockBytesMin),
                 .order = here,
                 .size_bytes = length};
}

Result<SectionHeader> parse_section_header(const Block& block) {
    if (block.type != BlockType::section_header) {
        return fail(Errc::malformed, "not a pcapng section header");
    }
    Cursor in{block};
    in.bytes(4); // the magic number, which next_block has read
    if (in.number<std::uint16_t>() != 1) return fail(Errc::malformed, "pcapng of a later version");
    in.bytes(2 + 8);
    SectionHeader section;
    each_option(in, [&](Option code, Bytes value) {
        if (code == Option::comment) section.comments.push_back(as_text(value));
        if (code == Option::section_hardware) section.hardware = as_text(value);
        if (code == Option::section_os) section.os = as_text(value);
        if (code == Option::section_application) section.application = as_text(value);
    });
    return finish(in, std::move(section), "pcapng section header shorter than its fields");
}

Result<Interface> parse_interface(const Block& block) {
    if (block.type != BlockType::interface_description) {
        return fail(Errc::malformed, "not a pcapng interface description");
    }
    Cursor in{block};
    Interface interface;
    interface.link = LinkType{in.number<std::uint16_t>()};
    in.bytes(2);
    interface.snap_bytes = in.number<std::uint32_t>();
    interface.resolution = 6; // microseconds, unless an option says otherwise
    each_option(in, [&](Option code, Bytes value) {
        if (code == Option::interface_name) interface.name = as_text(value);
        if (code == Option::interface_description) interface.description = as_text(value);
        if (code == Option::interface_resolution) {
            interface.resolution = number_in<std::uint8_t>(value, block.order).value_or(6);
        }
        if (code == Option::interface_offset) {
            interface.offset_seconds = number_in<std::int64_t>(value, block.order).value_or(0);
        }
    });
    return finish(in, std::move(interface), "pcapng interface shorter than its fields");
}

Result<EnhancedPacket> parse_packet(const Block& block) {
    switch (block.type) {
    case BlockType::enhanced_packet: return parse_enhanced(block);
    case BlockType::packet: return parse_obsolete(block);
    case BlockType::simple_packet: return parse_simple(block);
    default: return fail(Errc::malformed, "not a pcapng packet block");
    }
}

Result<InterfaceStatistics> parse_statistics(const Block& block) {
    if (block.type != BlockType::interface_statistics) {
        return fail(Errc::malformed, "not a pcapng statistics block");
    }
    Cursor in{block};
    InterfaceStatistics statistics;
    statistics.interface_id = in.number<std::uint32_t>();
    statistics.timestamp = in.timestamp();
    each_option(in, [&](Option code, Bytes value) {
        const auto count = number_in<std::uint64_t>(value, block.order);
        if (code == Option::comment) statistics.comments.push_back(as_text(value));
        if (code == Option::statistics_received) statistics.received = count;
        if (code == Option::statistics_dropped) statistics.dropped = count;
        if (code == Option::statistics_os_dropped) statistics.os_dropped = count;
    });
    return finish(in, std::move(statistics), "pcapng statistics shorter than their fields");
}

Result<Secrets> parse_secrets(const Block& block) {
    if (block.type != BlockType::decryption_secrets) {
        return fail(Errc::malformed, "not a pcapng secrets block");
    }
    Cursor in{block};
    Secrets secrets;
    secrets.type = in.number<std::uint32_t>();
    secrets.data = in.bytes(in.number<std::uint32_t>());
    return finish(in, secrets, "pcapng secrets shorter than their length");
}

Result<std::vector<Name>> parse_names(const Block& block) {
    if (block.type != BlockType::name_resolution) {
        return fail(Errc::malformed, "not a pcapng name resolution block");
    }
    Cursor in{block};
    std::vector<Name> names;
    while (in.ok() && in.remaining() != 0) {
        const auto kind = in.number<std::uint16_t>();
        const Bytes record = in.padded(in.number<std::uint16_t>());
        if (kind == 0) break;
        if (kind != kNameRecordIpv4 && kind != kNameRecordIpv6) continue;
        const std::size_t octets = kind == kNameRecordIpv4 ? 4 : 16;
        if (record.size() <= octets) {
            in.fail();
            break;
        }
        const std::string_view name = as_text(record.subspan(octets)); // several end in NUL each
        names.push_back({record.first(octets), name.substr(0, name.find('\0'))});
    }
    return finish(in, std::move(names), "pcapng names shorter than their lengths");
}

std::int64_t to_nanoseconds(const Interface& interface, std::uint64_t timestamp) {
    constexpr std::int64_t kPerSecond = 1'000'000'000;
    constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / kPerSecond - 1;
    const unsigned exponent = interface.resolution & 0x7fu;
    std::uint64_t seconds = 0;
    std::uint64_t fraction = 0; // of a second, in nanoseconds
    if ((interface.resolution & 0x80) != 0) {
        if (exponent < 64) {
            seconds = timestamp >> exponent;
            const std::uint64_t rest = timestamp - (seconds << exponent);
            fraction = static_cast<std::uint64_t>(
                std::ldexp(static_cast<double>(rest) * 1e9, -static_cast<int>(exponent)));
        }
    } else if (exponent <= 19) { // 10^19 is the largest power of ten in 64 bits
        std::uint64_t units = 1;
        for (unsigned i = 0; i < exponent; ++i)
            units *= 10;
        seconds = timestamp / units;
        const std::uint64_t rest = timestamp % units;
        fraction = exponent <= 9 ? rest * (kPerSecond / units) : rest / (units / kPerSecond);
    }
    if (seconds > static_cast<std::uint64_t>(kSecondsMax)) return 0;
    // A file may claim any offset: what leaves the range of times counts as 1970.
    std::int64_t shifted = 0;
    if (__builtin_add_overflow(static_cast<std::int64_t>(seconds), interface.offset_seconds,
                               &shifted) ||
        shifted > kSecondsMax || shifted < -kSecondsMax) {
        return 0;
    }
    return shifted * kPerSecond + static_cast<std::int64_t>(fraction);
}

} // namespace hawser::wire::pcapng
