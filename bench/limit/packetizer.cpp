#include "limit/packetizer.hpp"

#include <hawser/core/crc32c.hpp>

#include <algorithm>
#include <cstring>

namespace hawser::bench {
namespace {

void put16(std::byte* at, std::uint16_t value) {
    at[0] = static_cast<std::byte>(value >> 8);
    at[1] = static_cast<std::byte>(value);
}

void put32(std::byte* at, std::uint32_t value) {
    value = __builtin_bswap32(value);
    std::memcpy(at, &value, sizeof value);
}

std::uint16_t get16(const std::byte* at) {
    return static_cast<std::uint16_t>((std::to_integer<unsigned>(at[0]) << 8) |
                                      std::to_integer<unsigned>(at[1]));
}

std::uint32_t get32(const std::byte* at) {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}

/// RFC 9260 §6.8: over the packet with zeros in place of the checksum, which is left there.
std::uint32_t checksum(MutableBytes packet) {
    std::memset(&packet[Shape::kChecksumAt], 0, sizeof(std::uint32_t));
    return crc32c(packet);
}

} // namespace

Packetizer::Packetizer() : message_(Shape::kMessageBytes) {
    for (std::size_t i = 0; i < message_.size(); ++i)
        message_[i] = static_cast<std::byte>(i * 7);
}

void Packetizer::fill(MutableBytes packet, bool with_checksum) {
    put32(&packet[0], 0x13881389); // ports
    put32(&packet[4], 0x5ca1ab1e); // verification tag
    std::size_t at = Shape::kCommonHeader;
    // A chunk of less than one word of payload is not worth its header.
    while (packet.size() - at >= Shape::kDataHeader + 4) {
        const std::size_t left = message_.size() - sent_of_message_;
        const std::size_t size = std::min(left, packet.size() - at - Shape::kDataHeader);
        std::uint8_t flags = 0;
        if (sent_of_message_ == 0) flags |= Shape::kBegins;
        if (size == left) flags |= Shape::kEnds;

        std::byte* const chunk = &packet[at];
        chunk[0] = std::byte{0};
        chunk[1] = static_cast<std::byte>(flags);
        put16(chunk + 2, static_cast<std::uint16_t>(Shape::kDataHeader + size));
        put32(chunk + 4, tsn_++);
        put16(chunk + 8, 0);
        put16(chunk + 10, ssn_);
        put32(chunk + 12, 51);
        std::memcpy(chunk + Shape::kDataHeader, &message_[sent_of_message_], size);
        at += Shape::kDataHeader + size;

        sent_of_message_ += size;
        if (size == left) {
            sent_of_message_ = 0;
            ++ssn_;
        }
    }
    std::memset(packet.data() + at, 0, packet.size() - at);
    const std::uint32_t crc = with_checksum ? checksum(packet) : 0;
    std::memcpy(&packet[Shape::kChecksumAt], &crc, sizeof crc);
}

Reassembler::Reassembler() : message_(Shape::kMessageBytes) {}

bool Reassembler::take(MutableBytes packet, bool with_checksum) {
    if (packet.size() < Shape::kCommonHeader + Shape::kDataHeader) return false;
    std::uint32_t said = 0;
    std::memcpy(&said, &packet[Shape::kChecksumAt], sizeof said);
    if (with_checksum && checksum(packet) != said) return false;

    std::size_t at = Shape::kCommonHeader;
    while (packet.size() - at >= Shape::kDataHeader + 4) {
        const std::size_t length = get16(&packet[at + 2]);
        if (length < Shape::kDataHeader || length > packet.size() - at) return false;
        if (!take_chunk(packet.subspan(at, length))) return false;
        at += length;
    }
    return true;
}

bool Reassembler::take_chunk(Bytes chunk) {
    const auto flags = std::to_integer<std::uint8_t>(chunk[1]);
    const Bytes payload = chunk.subspan(Shape::kDataHeader);
    if (get32(&chunk[4]) != tsn_++) return false;
    if ((flags & Shape::kBegins) != 0) got_of_message_ = 0;
    if (payload.size() > message_.size() - got_of_message_) return false;

    std::memcpy(&message_[got_of_message_], payload.data(), payload.size());
    got_of_message_ += payload.size();
    if ((flags & Shape::kEnds) == 0) return true;
    bytes_delivered_ += got_of_message_;
    return got_of_message_ == message_.size();
}

} // namespace hawser::bench
