// The common header and the checksum of an SCTP packet.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/crc32c.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

namespace hawser::wire::sctp {

inline constexpr std::size_t kCommonHeaderBytes = 12;
inline constexpr std::size_t kChecksumOffset = 8;

/// What every SCTP packet begins with: RFC 9260 §3.1.
///
///      0                   1                   2                   3
///     |     Source Port Number        |     Destination Port Number   |
///     |                      Verification Tag                         |
///     |                   Checksum (least significant byte first)     |
struct CommonHeader {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    VerificationTag tag = VerificationTag::none;
    std::uint32_t checksum = 0; ///< CRC32c; written as 0 and filled by `write_checksum`

    friend bool operator==(const CommonHeader&, const CommonHeader&) = default;

    static Result<CommonHeader> parse(Bytes packet) {
        if (packet.size() < kCommonHeaderBytes) {
            return fail(Errc::malformed, "SCTP packet shorter than its common header");
        }
        const std::byte* at = packet.data();
        return CommonHeader{
            .source_port = load_big<std::uint16_t>(at),
            .destination_port = load_big<std::uint16_t>(at + 2),
            .tag = VerificationTag{load_big<std::uint32_t>(at + 4)},
            .checksum = load_little<std::uint32_t>(at + kChecksumOffset),
        };
    }

    void write(Writer& out) const {
        const MutableBytes to = out.claim(kCommonHeaderBytes);
        if (to.empty()) return;
        store_big(to.data(), source_port);
        store_big(to.data() + 2, destination_port);
        store_big(to.data() + 4, std::to_underlying(tag));
        store_little(to.data() + kChecksumOffset, checksum);
    }
};

/// The CRC32c of a packet of at least kCommonHeaderBytes, with its checksum field taken as zero:
/// RFC 9260 §6.8.
inline std::uint32_t packet_checksum(Bytes packet) {
    std::array<std::byte, kCommonHeaderBytes> header{};
    std::memcpy(header.data(), packet.data(), kChecksumOffset);
    return crc32c(packet.subspan(kCommonHeaderBytes), crc32c(header));
}

/// Fills in the checksum of a finished packet of at least kCommonHeaderBytes.
inline void write_checksum(MutableBytes packet) {
    store_little(packet.data() + kChecksumOffset, packet_checksum(packet));
}

/// False also for a packet too short to have a checksum.
inline bool checksum_is_right(Bytes packet) {
    return packet.size() >= kCommonHeaderBytes &&
           load_little<std::uint32_t>(packet.data() + kChecksumOffset) == packet_checksum(packet);
}

} // namespace hawser::wire::sctp
