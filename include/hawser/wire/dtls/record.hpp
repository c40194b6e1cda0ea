// Records: how a datagram is cut into them, their headers, and what their protection covers.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace hawser::wire::dtls {

/// Of DTLSPlaintext and of DTLS 1.2's DTLSCiphertext; a connection ID makes it longer.
inline constexpr std::size_t kRecordHeaderBytes = 13;
/// The shortest header of DTLS 1.3 ciphertext: flags and one byte of the number.
inline constexpr std::size_t kUnifiedHeaderBytesMin = 2;
/// The longest: flags, connection ID, two bytes of the number, length.
inline constexpr std::size_t kUnifiedHeaderBytesMax = 1 + 255 + 2 + 2;
inline constexpr std::size_t kCidBytesMax = 255;
/// What a record may carry before protection: RFC 5246 §6.2.1, RFC 8446 §5.1.
inline constexpr std::size_t kPlaintextBytesMax = 1 << 14;
/// After protection: RFC 5246 §6.2.3 and RFC 8446 §5.2.
inline constexpr std::size_t kCiphertext12BytesMax = kPlaintextBytesMax + 2048;
inline constexpr std::size_t kCiphertext13BytesMax = kPlaintextBytesMax + 256;
/// The last sequence number of an epoch: the field has 48 bits, and RFC 9147 §4 keeps the limit.
inline constexpr std::uint64_t kSequenceMax = (std::uint64_t{1} << 48) - 1;

/// DTLSPlaintext (RFC 6347 §4.1, RFC 9147 §4) and DTLS 1.2's DTLSCiphertext, also with a
/// connection ID (RFC 9146 §4).
///
///     |  type  |     version     |      epoch      |      sequence number ...
///        ... 48 bits             |  connection ID, only type 25  |     length      |
struct RecordHeader {
    ContentType type{};
    Version version = Version::v1_2;
    std::uint16_t epoch = 0;
    std::uint64_t sequence = 0; ///< 48 bits
    Bytes cid;                  ///< not empty exactly with `tls12_cid`

    std::size_t size() const { return kRecordHeaderBytes + cid.size(); }

    /// Writes `size()` bytes, for a payload of `payload_bytes` (below 2^16) after them.
    void write(std::byte* to, std::size_t payload_bytes) const;
    void write(Writer& out, std::size_t payload_bytes) const;
};

/// The header of DTLS 1.3 ciphertext, RFC 9147 §4: as it is before the number is masked.
///
///     |0|0|1|C|S|L|E E|  connection ID, C  |  8 or 16 bits of the number, S  |  length, L  |
struct UnifiedHeader {
    static constexpr std::uint8_t kFixed = 0x20;
    static constexpr std::uint8_t kFixedMask = 0xe0;
    static constexpr std::uint8_t kHasCid = 0x10;
    static constexpr std::uint8_t kSequence16 = 0x08;
    static constexpr std::uint8_t kHasLength = 0x04;
    static constexpr std::uint8_t kEpochMask = 0x03;

    std::uint64_t epoch = 0;    ///< its low two bits are written
    std::uint64_t sequence = 0; ///< its low 8 or 16 bits are written
    Bytes cid;                  ///< the C bit says that it is not empty
    bool sequence_16 = true;
    bool has_length = true; ///< only the last record of a datagram may do without

    std::size_t sequence_offset() const { return 1 + cid.size(); }
    std::size_t size() const {
        return sequence_offset() + (sequence_16 ? 2u : 1u) + (has_length ? 2u : 0u);
    }

    /// Writes `size()` bytes, for a payload of `payload_bytes` (below 2^16) after them. They are
    /// the additional data of its protection, too.
    void write(std::byte* to, std::size_t payload_bytes) const;
    void write(Writer& out, std::size_t payload_bytes) const;
};

enum class RecordKind : std::uint8_t {
    plain,   ///< the 13-byte header: unprotected in epoch 0, else DTLS 1.2 ciphertext
    cid12,   ///< the same with a connection ID: RFC 9146
    unified, ///< DTLS 1.3 ciphertext
};

/// The parts of a record that is opened in its place.
struct RecordInPlace {
    MutableBytes header;
    MutableBytes number; ///< in the header; masked, in DTLS 1.3 ciphertext
    MutableBytes payload;
};

/// One record of a datagram: a view.
struct Record {
    RecordKind kind = RecordKind::plain;
    ContentType type{};              ///< the outer one; 0 when the kind is `unified`
    Version version = Version::v1_3; ///< as the header says; `v1_3` when the kind is `unified`
    std::uint16_t epoch = 0;         ///< `unified`: the low two bits
    std::uint64_t sequence = 0;      ///< `unified`: the 8 or 16 bits as they stand, still masked
    Bytes cid;
    Bytes header;
    Bytes payload;
    Bytes whole;
    std::size_t offset = 0;          ///< of `whole` in the datagram
    std::size_t sequence_offset = 0; ///< in `header`
    std::size_t sequence_bytes = 0;  ///< 6, or 1 or 2

    /// The same bytes, writable: `datagram` is the one that was walked.
    RecordInPlace in(MutableBytes datagram) const;
};

/// Walks the records of a datagram, never beyond its end.
///
/// It ends, and says `malformed()`, at a first byte that starts no record (RFC 9147 §4.1), a major
/// version that is not DTLS, a cut header, a length beyond the end, and at a connection ID when
/// `cid_bytes` is 0: what follows is lost, as nothing says where it starts. Whether a record
/// of a connection that expects a connection ID may lack it, is the connection's to judge.
class Records {
public:
    /// `cid_bytes` is the length of the connection IDs that the receiver gave out.
    Records(Bytes datagram, std::size_t cid_bytes) : datagram_{datagram}, cid_bytes_{cid_bytes} {}

    /// The next record, which stands until the next call; nullptr at the end and where the bytes
    /// stop making sense.
    const Record* next() &;
    bool malformed() const { return malformed_; }
    /// What has not been walked yet; empty once it is malformed.
    Bytes rest() const { return datagram_.subspan(at_); }

private:
    bool read_plain();
    bool read_unified();
    bool cut(std::size_t header_bytes, std::size_t payload_bytes);
    const Record* stop();

    Bytes datagram_;
    /// Written in its place: a record is as large as what it tells of is small, and a copy that
    /// waits for the stores before it costs as much as all the rest.
    Record record_;
    std::size_t at_ = 0;
    std::size_t cid_bytes_;
    bool malformed_ = false;
};

/// The additional data of DTLS 1.2's AEAD: RFC 5246 §6.2.3.3, with RFC 6347 §4.1.2.1's number.
std::array<std::byte, 13> additional_data(std::uint16_t epoch, std::uint64_t sequence,
                                          ContentType type, Version version,
                                          std::size_t plaintext_bytes);

/// The same for a record with a connection ID (RFC 9146 §5.3): 23 bytes and the connection ID.
struct CidAdditionalData {
    std::array<std::byte, 23 + kCidBytesMax> room;
    std::size_t size = 0;

    Bytes bytes() const { return Bytes{room}.first(size); }
};

/// `cid` has at most kCidBytesMax bytes; `inner_bytes` is the length of DTLSInnerPlaintext: the
/// content, its type, its padding.
CidAdditionalData cid_additional_data(std::uint16_t epoch, std::uint64_t sequence, Version version,
                                      Bytes cid, std::size_t inner_bytes);

/// DTLSInnerPlaintext, opened: RFC 9146 §4, RFC 8446 §5.2.
struct InnerPlaintext {
    ContentType type{};
    std::size_t content_bytes = 0; ///< the content is the first so many of the opened bytes

    /// Fails with `malformed` when there is nothing but padding.
    static Result<InnerPlaintext> parse(Bytes opened);
};

/// The whole number whose low `bits` (8 or 16) are `low` and that is nearest to `expected`, one
/// more than the highest that was opened (RFC 9147 §4.2.2). Of two equally near the higher one;
/// never above kSequenceMax.
std::uint64_t reconstruct_sequence(std::uint64_t expected, std::uint64_t low, unsigned bits);

/// The newest epoch up to `current` whose low two bits are `low` (RFC 9147 §4.2.2); nullopt when
/// there has been none.
inline std::optional<std::uint64_t> reconstruct_epoch(std::uint64_t current, std::uint64_t low) {
    const std::uint64_t steps_back = (current - low) & UnifiedHeader::kEpochMask;
    if (steps_back > current) return std::nullopt;
    return current - steps_back;
}

} // namespace hawser::wire::dtls
