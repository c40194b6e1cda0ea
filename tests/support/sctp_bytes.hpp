// SCTP packets by hand: what a test writes and reads without the library's own codecs, so that a
// mistake in them cannot hide itself. Nothing is checked: a test may write what it likes.
#pragma once

#include <hawser/core/bytes.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::test {

using Octets = std::vector<std::byte>;

/// Numbers in network order, one after another.
class OctetWriter {
public:
    OctetWriter& u8(std::uint32_t value);
    OctetWriter& u16(std::uint32_t value);
    OctetWriter& u32(std::uint32_t value);
    OctetWriter& add(Bytes bytes);
    /// Zeros up to the next multiple of four.
    OctetWriter& pad();
    Octets octets;
};

std::uint32_t read_number(Bytes bytes, std::size_t offset, std::size_t size);

/// Chunk types: RFC 9260 §3.2.
enum ChunkType : std::uint8_t {
    kData = 0,
    kInit = 1,
    kInitAck = 2,
    kSack = 3,
    kHeartbeat = 4,
    kHeartbeatAck = 5,
    kAbort = 6,
    kShutdown = 7,
    kShutdownAck = 8,
    kError = 9,
    kCookieEcho = 10,
    kCookieAck = 11,
    kEcne = 12,
    kCwr = 13,
    kShutdownComplete = 14,
    kIData = 64,        ///< RFC 8260
    kPad = 132,         ///< RFC 4820
    kIForwardTsn = 194, ///< RFC 8260
};

/// Flags of DATA: RFC 9260 §3.3.1.
inline constexpr std::uint8_t kEnd = 1, kBegin = 2, kUnordered = 4, kImmediate = 8;
inline constexpr std::uint8_t kWhole = kBegin | kEnd;
/// The T bit of ABORT and SHUTDOWN COMPLETE.
inline constexpr std::uint8_t kReflected = 1;

/// Error causes: RFC 9260 §3.3.10.
enum Cause : std::uint16_t {
    kInvalidStream = 1,
    kMissingParameter = 2,
    kStaleCookie = 3,
    kOutOfResource = 4,
    kUnresolvableAddress = 5,
    kUnrecognizedChunk = 6,
    kInvalidParameter = 7,
    kUnrecognizedParameters = 8,
    kNoUserData = 9,
    kCookieWhileShuttingDown = 10,
    kRestartWithNewAddresses = 11,
    kUserInitiatedAbort = 12,
    kProtocolViolation = 13,
};

/// Parameter types of INIT and INIT ACK.
enum ParameterType : std::uint16_t {
    kHeartbeatInfo = 1,
    kIpv4Address = 5,
    kIpv6Address = 6,
    kStateCookie = 7,
    kUnrecognizedParameter = 8,
    kCookiePreservative = 9,
    kHostName = 11,
    kSupportedAddresses = 12,
    kEcnCapable = 0x8000,          ///< RFC 4960
    kPadding = 0x8005,             ///< RFC 4820
    kSupportedExtensions = 0x8008, ///< RFC 5061
    kForwardTsnSupported = 0xc000, ///< RFC 3758
};

/// A parameter or an error cause: type, value.
struct Tlv {
    std::uint16_t type = 0;
    Octets value;
    std::optional<std::uint16_t> forged_length; ///< instead of the true one

    std::uint32_t u16(std::size_t offset) const { return read_number(value, offset, 2); }
    std::uint32_t u32(std::size_t offset) const { return read_number(value, offset, 4); }
};

struct Chunk {
    std::uint8_t type = 0xff;
    std::uint8_t flags = 0;
    Octets value;
    std::optional<std::uint16_t> forged_length; ///< instead of the true one

    std::uint32_t u16(std::size_t offset) const { return read_number(value, offset, 2); }
    std::uint32_t u32(std::size_t offset) const { return read_number(value, offset, 4); }
    /// The parameters or causes from `offset` of the value on.
    std::vector<Tlv> tlvs(std::size_t offset) const;
    /// The first of a type; nullopt when there is none.
    std::optional<Tlv> tlv(std::size_t offset, std::uint16_t type) const;
    std::size_t count(std::size_t offset, std::uint16_t type) const;
};

/// One SCTP packet taken apart.
struct ReadPacket {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t tag = 0;
    bool checksum_right = false;
    std::size_t bytes = 0;
    std::vector<Chunk> chunks;

    bool has(std::uint8_t type) const { return find(type) != nullptr; }
    const Chunk* find(std::uint8_t type) const;
};

ReadPacket take_apart(Bytes bytes);
/// "DATA tsn 1000 stream 0 ssn 0 BE 4 bytes, SACK 17 window 65536 gaps 2-3": for people.
std::string describe(const ReadPacket& packet);

/// The CRC32c of RFC 9260 Appendix A, bit by bit.
std::uint32_t slow_crc32c(Bytes bytes);
/// Writes the right checksum into a packet.
void seal(Octets& packet);
/// A whole packet, with the right checksum.
Octets put_together(std::uint16_t source_port, std::uint16_t destination_port, std::uint32_t tag,
                    const std::vector<Chunk>& chunks);

Octets octets(std::string_view text);
Octets octets(const std::vector<Tlv>& tlvs);

// --- chunks ---

struct InitFields {
    std::uint32_t tag = 0x0a0a'0a0a;
    std::uint32_t window = 65'536;
    std::uint32_t outbound_streams = 10;
    std::uint32_t inbound_streams = 10;
    std::uint32_t tsn = 1000;
    std::vector<Tlv> parameters = {};
};

struct DataFields {
    std::uint32_t tsn = 0;
    std::uint32_t stream = 0;
    std::uint32_t ssn = 0;
    std::uint8_t flags = kWhole;
    std::uint32_t ppid = 0;
    std::string_view payload = "data";
};

/// `fsn` is what the chunk says where it does not begin a message, `ppid` where it does.
struct IDataFields {
    std::uint32_t tsn = 0;
    std::uint32_t stream = 0;
    std::uint32_t mid = 0;
    std::uint32_t fsn = 0;
    std::uint8_t flags = kWhole;
    std::uint32_t ppid = 0;
    std::string_view payload = "data";
};

/// Of an I-FORWARD-TSN.
struct SkippedFields {
    std::uint32_t stream = 0;
    bool unordered = false;
    std::uint32_t mid = 0;
};

using GapBlock = std::pair<std::uint16_t, std::uint16_t>;

struct SackFields {
    std::uint32_t tsn = 0;
    std::uint32_t window = 65'536;
    std::vector<GapBlock> gaps = {};
    std::vector<std::uint32_t> duplicates = {};
};

Chunk init(const InitFields& fields = {});
Chunk init_ack(const InitFields& fields = {});
Chunk cookie_echo(const Octets& cookie);
Chunk data(const DataFields& fields);
Chunk i_data(const IDataFields& fields);
Chunk i_forward_tsn(std::uint32_t tsn, const std::vector<SkippedFields>& skipped);
Chunk sack(const SackFields& fields);
Chunk shutdown(std::uint32_t cumulative_tsn);
Chunk heartbeat(std::string_view info);
Chunk abort(const std::vector<Tlv>& causes = {}, std::uint8_t flags = 0);
Chunk error(const std::vector<Tlv>& causes);
/// A chunk without a value.
Chunk bare(std::uint8_t type, std::uint8_t flags = 0);

// --- what a chunk that was received says ---

struct InitView : InitFields {
    explicit InitView(const Chunk& chunk);
    /// The state cookie; empty when there is none.
    Octets cookie;
};

struct SackView : SackFields {
    explicit SackView(const Chunk& chunk);
};

struct DataView {
    explicit DataView(const Chunk& chunk);
    std::uint32_t tsn, stream, ssn, ppid;
    std::uint8_t flags;
    std::string payload;
};

struct IDataView {
    explicit IDataView(const Chunk& chunk);
    std::uint32_t tsn, stream, reserved, mid, ppid_or_fsn;
    std::uint8_t flags;
    std::string payload;
};

} // namespace hawser::test
