#include "support/sctp_bytes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string>

namespace hawser::test {
namespace {

constexpr std::size_t kCommonHeaderBytes = 12;
constexpr std::size_t kChecksumOffset = 8;
constexpr std::size_t kInitFixedBytes = 16;

Chunk init_like(std::uint8_t type, const InitFields& fields) {
    OctetWriter out;
    out.u32(fields.tag).u32(fields.window).u16(fields.outbound_streams);
    out.u16(fields.inbound_streams).u32(fields.tsn).add(octets(fields.parameters));
    return {.type = type, .value = std::move(out.octets)};
}

} // namespace

OctetWriter& OctetWriter::u8(std::uint32_t value) {
    octets.push_back(static_cast<std::byte>(value));
    return *this;
}

OctetWriter& OctetWriter::u16(std::uint32_t value) {
    return u8(value >> 8).u8(value);
}

OctetWriter& OctetWriter::u32(std::uint32_t value) {
    return u16(value >> 16).u16(value);
}

OctetWriter& OctetWriter::add(Bytes bytes) {
    octets.insert(octets.end(), bytes.begin(), bytes.end());
    return *this;
}

OctetWriter& OctetWriter::pad() {
    while (octets.size() % 4 != 0)
        u8(0);
    return *this;
}

std::uint32_t read_number(Bytes bytes, std::size_t offset, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const bool there = offset + i < bytes.size();
        value = value << 8 | (there ? std::to_integer<std::uint32_t>(bytes[offset + i]) : 0);
    }
    return value;
}

std::vector<Tlv> Chunk::tlvs(std::size_t offset) const {
    std::vector<Tlv> all;
    while (offset + 4 <= value.size()) {
        const std::size_t length = std::max<std::size_t>(u16(offset + 2), 4);
        const Bytes rest = Bytes{value}.subspan(offset);
        const Bytes body = rest.first(std::min(length, rest.size())).subspan(4);
        all.push_back(
            {.type = static_cast<std::uint16_t>(u16(offset)), .value = {body.begin(), body.end()}});
        offset += (length + 3) / 4 * 4;
    }
    return all;
}

std::optional<Tlv> Chunk::tlv(std::size_t offset, std::uint16_t wanted) const {
    for (Tlv& found : tlvs(offset)) {
        if (found.type == wanted) return std::move(found);
    }
    return std::nullopt;
}

std::size_t Chunk::count(std::size_t offset, std::uint16_t wanted) const {
    const auto all = tlvs(offset);
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [wanted](const Tlv& tlv) { return tlv.type == wanted; }));
}

const Chunk* ReadPacket::find(std::uint8_t type) const {
    const auto it = std::ranges::find(chunks, type, &Chunk::type);
    return it == chunks.end() ? nullptr : &*it;
}

ReadPacket take_apart(Bytes bytes) {
    ReadPacket packet{.source_port = static_cast<std::uint16_t>(read_number(bytes, 0, 2)),
                      .destination_port = static_cast<std::uint16_t>(read_number(bytes, 2, 2)),
                      .tag = read_number(bytes, 4, 4),
                      .bytes = bytes.size()};
    Octets again{bytes.begin(), bytes.end()};
    seal(again);
    packet.checksum_right = std::ranges::equal(again, bytes);

    std::size_t offset = kCommonHeaderBytes;
    while (offset + 4 <= bytes.size()) {
        const std::size_t length = std::max<std::size_t>(read_number(bytes, offset + 2, 2), 4);
        const Bytes rest = bytes.subspan(offset);
        const Bytes body = rest.first(std::min(length, rest.size())).subspan(4);
        packet.chunks.push_back({.type = std::to_integer<std::uint8_t>(rest[0]),
                                 .flags = std::to_integer<std::uint8_t>(rest[1]),
                                 .value = {body.begin(), body.end()}});
        offset += (length + 3) / 4 * 4;
    }
    return packet;
}

namespace {

constexpr std::uint8_t kReConfigType = 130;
constexpr std::uint8_t kForwardTsnType = 192;
constexpr std::uint8_t kIForwardTsnType = 194;

} // namespace

std::string describe(const ReadPacket& packet) {
    static constexpr const char* kNames[] = {
        "DATA",          "INIT",       "INIT ACK", "SACK",         "HEARTBEAT",
        "HEARTBEAT ACK", "ABORT",      "SHUTDOWN", "SHUTDOWN ACK", "ERROR",
        "COOKIE ECHO",   "COOKIE ACK", "ECNE",     "CWR",          "SHUTDOWN COMPLETE"};
    std::string text = packet.checksum_right ? "" : "(bad checksum) ";
    for (const Chunk& chunk : packet.chunks) {
        if (&chunk != &packet.chunks.front()) text += ", ";
        text += chunk.type < std::size(kNames) ? kNames[chunk.type]
                                               : "chunk " + std::to_string(chunk.type);
        if (chunk.type == kData) {
            const DataView data{chunk};
            text +=
                fmt::format(" {} stream {} ssn {} {}{}{} {} bytes", data.tsn, data.stream, data.ssn,
                            data.flags & kUnordered ? "U" : "", data.flags & kBegin ? "B" : "",
                            data.flags & kEnd ? "E" : "", data.payload.size());
        } else if (chunk.type == kIData) {
            text += fmt::format(" {} stream {} mid {} {}{}{} {} bytes", chunk.u32(0), chunk.u16(4),
                                chunk.u32(8), chunk.flags & kUnordered ? "U" : "",
                                chunk.flags & kBegin ? "B" : "", chunk.flags & kEnd ? "E" : "",
                                chunk.value.size() - 16);
        } else if (chunk.type == kReConfigType) {
            for (const Tlv& one : chunk.tlvs(0)) {
                text += fmt::format(" {}:", one.type);
                for (std::size_t at = 0; at + 4 <= one.value.size(); at += 4)
                    text += fmt::format(" {}", read_number(one.value, at, 4));
            }
        } else if (chunk.type == kForwardTsnType || chunk.type == kIForwardTsnType) {
            text += fmt::format(" {}", chunk.u32(0));
            const bool interleaved = chunk.type == kIForwardTsnType;
            for (std::size_t at = 4; at + 4 <= chunk.value.size(); at += interleaved ? 8 : 4) {
                text += fmt::format(" stream {} {}{}", chunk.u16(at),
                                    interleaved && chunk.u16(at + 2) != 0 ? "U" : "",
                                    interleaved ? chunk.u32(at + 4) : chunk.u16(at + 2));
            }
        } else if (chunk.type == kSack) {
            const SackView sack{chunk};
            text += fmt::format(" {} window {}", sack.tsn, sack.window);
            for (const auto& [first, last] : sack.gaps)
                text += fmt::format(" +{}-{}", first, last);
            for (const std::uint32_t tsn : sack.duplicates)
                text += fmt::format(" again {}", tsn);
        } else if (chunk.type == kInit || chunk.type == kInitAck) {
            const InitView init{chunk};
            text += fmt::format(" tag {:08x} window {} streams {}/{} tsn {}", init.tag, init.window,
                                init.outbound_streams, init.inbound_streams, init.tsn);
        } else if (chunk.type == kShutdown) {
            text += fmt::format(" {}", chunk.u32(0));
        } else if (chunk.type == kAbort || chunk.type == kError) {
            for (const Tlv& cause : chunk.tlvs(0))
                text += fmt::format(" cause {}", cause.type);
        }
    }
    return text;
}

std::uint32_t slow_crc32c(Bytes bytes) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (const std::byte byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f6'3b78u : 0u);
    }
    return ~crc;
}

void seal(Octets& packet) {
    if (packet.size() < kCommonHeaderBytes) return;
    const auto field = packet.begin() + kChecksumOffset;
    std::fill_n(field, 4, std::byte{0});
    const std::uint32_t crc = slow_crc32c(packet);
    for (int i = 0; i < 4; ++i)
        field[i] = static_cast<std::byte>(crc >> (8 * i)); // low byte first
}

Octets put_together(std::uint16_t source_port, std::uint16_t destination_port, std::uint32_t tag,
                    const std::vector<Chunk>& chunks) {
    OctetWriter out;
    out.u16(source_port).u16(destination_port).u32(tag).u32(0);
    for (const Chunk& chunk : chunks) {
        const auto length = static_cast<std::uint32_t>(chunk.value.size() + 4);
        out.u8(chunk.type)
            .u8(chunk.flags)
            .u16(chunk.forged_length.value_or(static_cast<std::uint16_t>(length)));
        out.add(chunk.value).pad();
    }
    seal(out.octets);
    return std::move(out.octets);
}

Octets octets(std::string_view text) {
    const Bytes bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

Octets octets(const std::vector<Tlv>& tlvs) {
    OctetWriter out;
    for (const Tlv& tlv : tlvs) {
        const auto length = static_cast<std::uint32_t>(tlv.value.size() + 4);
        out.pad().u16(tlv.type).u16(tlv.forged_length.value_or(static_cast<std::uint16_t>(length)));
        out.add(tlv.value); // the last one's padding is the chunk's
    }
    return std::move(out.octets);
}

Chunk init(const InitFields& fields) {
    return init_like(kInit, fields);
}

Chunk init_ack(const InitFields& fields) {
    return init_like(kInitAck, fields);
}

Chunk cookie_echo(const Octets& cookie) {
    return {.type = kCookieEcho, .value = cookie};
}

Chunk data(const DataFields& fields) {
    OctetWriter out;
    out.u32(fields.tsn).u16(fields.stream).u16(fields.ssn).u32(fields.ppid);
    out.add(as_bytes(fields.payload));
    return {.type = kData, .flags = fields.flags, .value = std::move(out.octets)};
}

Chunk i_data(const IDataFields& fields) {
    OctetWriter out;
    out.u32(fields.tsn).u16(fields.stream).u16(0).u32(fields.mid);
    out.u32(fields.flags & kBegin ? fields.ppid : fields.fsn);
    out.add(as_bytes(fields.payload));
    return {.type = kIData, .flags = fields.flags, .value = std::move(out.octets)};
}

Chunk i_forward_tsn(std::uint32_t tsn, const std::vector<SkippedFields>& skipped) {
    OctetWriter out;
    out.u32(tsn);
    for (const SkippedFields& one : skipped)
        out.u16(one.stream).u16(one.unordered ? 1 : 0).u32(one.mid);
    return {.type = kIForwardTsn, .value = std::move(out.octets)};
}

Chunk sack(const SackFields& fields) {
    OctetWriter out;
    out.u32(fields.tsn).u32(fields.window);
    out.u16(static_cast<std::uint32_t>(fields.gaps.size()));
    out.u16(static_cast<std::uint32_t>(fields.duplicates.size()));
    for (const auto& [first, last] : fields.gaps)
        out.u16(first).u16(last);
    for (const std::uint32_t tsn : fields.duplicates)
        out.u32(tsn);
    return {.type = kSack, .value = std::move(out.octets)};
}

Chunk shutdown(std::uint32_t cumulative_tsn) {
    return {.type = kShutdown, .value = OctetWriter{}.u32(cumulative_tsn).octets};
}

Chunk heartbeat(std::string_view info) {
    return {.type = kHeartbeat,
            .value = octets(std::vector<Tlv>{{.type = kHeartbeatInfo, .value = octets(info)}})};
}

Chunk abort(const std::vector<Tlv>& causes, std::uint8_t flags) {
    return {.type = kAbort, .flags = flags, .value = octets(causes)};
}

Chunk error(const std::vector<Tlv>& causes) {
    return {.type = kError, .value = octets(causes)};
}

Chunk bare(std::uint8_t type, std::uint8_t flags) {
    return {.type = type, .flags = flags};
}

InitView::InitView(const Chunk& chunk)
    : InitFields{.tag = chunk.u32(0),
                 .window = chunk.u32(4),
                 .outbound_streams = chunk.u16(8),
                 .inbound_streams = chunk.u16(10),
                 .tsn = chunk.u32(12),
                 .parameters = chunk.tlvs(kInitFixedBytes)} {
    if (auto found = chunk.tlv(kInitFixedBytes, kStateCookie)) cookie = std::move(found->value);
}

SackView::SackView(const Chunk& chunk) : SackFields{.tsn = chunk.u32(0), .window = chunk.u32(4)} {
    std::size_t offset = 12;
    for (std::uint32_t i = 0; i < chunk.u16(8); ++i, offset += 4) {
        gaps.emplace_back(chunk.u16(offset), chunk.u16(offset + 2));
    }
    for (std::uint32_t i = 0; i < chunk.u16(10); ++i, offset += 4) {
        duplicates.push_back(chunk.u32(offset));
    }
}

DataView::DataView(const Chunk& chunk)
    : tsn{chunk.u32(0)},
      stream{chunk.u16(4)},
      ssn{chunk.u16(6)},
      ppid{chunk.u32(8)},
      flags{chunk.flags},
      payload{as_text(Bytes{chunk.value}.subspan(std::min<std::size_t>(chunk.value.size(), 12)))} {}

IDataView::IDataView(const Chunk& chunk)
    : tsn{chunk.u32(0)},
      stream{chunk.u16(4)},
      reserved{chunk.u16(6)},
      mid{chunk.u32(8)},
      ppid_or_fsn{chunk.u32(12)},
      flags{chunk.flags},
      payload{as_text(Bytes{chunk.value}.subspan(std::min<std::size_t>(chunk.value.size(), 16)))} {}

} // namespace hawser::test
