// The SACK chunk: which TSNs have arrived.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>
#include <span>

namespace hawser::wire::sctp {

/// TSNs that are held beyond the cumulative one: `first` to `last`, both included, as offsets from
/// it. An honest gap has 2 <= first <= last; the codec does not judge.
struct Gap {
    std::uint16_t first = 0;
    std::uint16_t last = 0;

    friend bool operator==(Gap, Gap) = default;
};

/// Selective Acknowledgement chunk, RFC 9260 §3.3.4: a view that reads gaps and duplicates from
/// the chunk's own bytes.
///
///      0                   1                   2                   3
///     |   Type = 3    |  Flags = 0    |            Length             |
///     |                      Cumulative TSN Ack                       |
///     |          Advertised Receiver Window Credit (bytes)            |
///     |   Number of Gap Ack Blocks    |   Number of Duplicate TSNs    |
///     |     Gap Ack Block Start       |      Gap Ack Block End        |  repeated
///     |                        Duplicate TSN                          |  repeated
class SackView {
public:
    static constexpr ChunkType kType = ChunkType::sack;
    /// The chunk header and the fixed fields; each gap and each duplicate takes four more.
    static constexpr std::size_t kHeaderBytes = 16;
    static constexpr std::size_t kEntryBytes = 4;

    /// `value` is the chunk without its 4-byte header. Fails with `malformed` when the two counts
    /// do not fill it exactly.
    static Result<SackView> parse(Bytes value) {
        constexpr std::size_t kFixed = kHeaderBytes - kTlvHeaderBytes;
        if (value.size() < kFixed) [[unlikely]] {
            return fail(Errc::malformed, "SACK shorter than its fixed fields");
        }
        SackView sack{value.subspan(kFixed)};
        const std::byte* at = value.data();
        sack.cumulative_tsn_ = {load_big<std::uint32_t>(at)};
        sack.receive_window_bytes_ = load_big<std::uint32_t>(at + 4);
        sack.gap_count_ = load_big<std::uint16_t>(at + 8);
        sack.duplicate_count_ = load_big<std::uint16_t>(at + 10);
        const std::size_t entries = std::size_t{sack.gap_count_} + sack.duplicate_count_;
        if (sack.entries_.size() != entries * kEntryBytes) [[unlikely]] {
            return fail(Errc::malformed, "SACK counts do not fit its length");
        }
        return sack;
    }

    Tsn cumulative_tsn() const { return cumulative_tsn_; }
    std::uint32_t receive_window_bytes() const { return receive_window_bytes_; }

    std::size_t gap_count() const { return gap_count_; }
    /// `index` is below `gap_count()`.
    Gap gap(std::size_t index) const {
        const std::byte* at = entries_.data() + index * kEntryBytes;
        return {.first = load_big<std::uint16_t>(at), .last = load_big<std::uint16_t>(at + 2)};
    }

    std::size_t duplicate_count() const { return duplicate_count_; }
    /// `index` is below `duplicate_count()`.
    Tsn duplicate(std::size_t index) const {
        return {load_big<std::uint32_t>(entries_.data() + (gap_count_ + index) * kEntryBytes)};
    }

private:
    explicit SackView(Bytes entries) : entries_{entries} {}

    Bytes entries_;
    Tsn cumulative_tsn_;
    std::uint32_t receive_window_bytes_ = 0;
    std::uint16_t gap_count_ = 0;
    std::uint16_t duplicate_count_ = 0;
};

/// Writes a whole SACK chunk.
inline void write_sack(Writer& out, Tsn cumulative_tsn, std::uint32_t receive_window_bytes,
                       std::span<const Gap> gaps, std::span<const Tsn> duplicates) {
    write_chunk(out, ChunkType::sack, 0, [&](Writer& to) {
        to.u32(cumulative_tsn.value);
        to.u32(receive_window_bytes);
        to.u16(static_cast<std::uint16_t>(gaps.size())); // more do not fit a chunk's length anyway
        to.u16(static_cast<std::uint16_t>(duplicates.size()));
        for (const Gap& gap : gaps) {
            to.u16(gap.first);
            to.u16(gap.last);
        }
        for (const Tsn duplicate : duplicates)
            to.u32(duplicate.value);
    });
}

} // namespace hawser::wire::sctp
