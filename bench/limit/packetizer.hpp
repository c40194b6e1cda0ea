// Messages cut into packets of SCTP's shape, and put together again.
#pragma once

#include <hawser/core/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hawser::bench {

/// Where things stand in a packet: a 12-byte common header, then DATA chunks with 16-byte headers
/// (RFC 9260 §3.1, §3.3.1).
struct Shape {
    static constexpr std::size_t kPacketBytes = 1200;
    static constexpr std::size_t kMessageBytes = 16 * 1024;
    static constexpr std::size_t kCommonHeader = 12;
    static constexpr std::size_t kChecksumAt = 8;
    static constexpr std::size_t kDataHeader = 16;
    static constexpr std::uint8_t kBegins = 2;
    static constexpr std::uint8_t kEnds = 1;
};

/// Sends the same message over and over: full packets, each with its CRC32c. A message's short
/// tail shares its packet with the next one's start.
class Packetizer {
public:
    Packetizer();
    /// Fills `packet`, which has Shape::kPacketBytes, and counts its TSNs.
    void fill(MutableBytes packet, bool with_checksum = true);

private:
    std::vector<std::byte> message_;
    std::size_t sent_of_message_ = 0;
    std::uint32_t tsn_ = 0;
    std::uint16_t ssn_ = 0;
};

/// Takes packets in order, verifies each and copies whole messages together.
class Reassembler {
public:
    Reassembler();
    /// False when the packet is not the one that had to come next, or is damaged.
    bool take(MutableBytes packet, bool with_checksum = true);
    std::uint64_t bytes_delivered() const { return bytes_delivered_; }

private:
    bool take_chunk(Bytes chunk);

    std::vector<std::byte> message_;
    std::size_t got_of_message_ = 0;
    std::uint32_t tsn_ = 0;
    std::uint64_t bytes_delivered_ = 0;
};

} // namespace hawser::bench
