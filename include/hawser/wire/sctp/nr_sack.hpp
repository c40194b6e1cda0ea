// The NR-SACK chunk: which TSNs have arrived, and which of them the receiver will never give up.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/sack.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace hawser::wire::sctp {

/// Non-Renegable Selective Acknowledgement chunk, draft-natarajan-tsvwg-sctp-nrsack §3: a view that
/// reads gaps and duplicates from the chunk's own bytes. What stands in a non-renegable gap need
/// not stand in one of the others.
///
///      0                   1                   2                   3
///     |   Type = 16   |  Flags = 0    |            Length             |
///     |                      Cumulative TSN Ack                       |
///     |          Advertised Receiver Window Credit (bytes)            |
///     |   Number of Gap Ack Blocks    |  Number of NR Gap Ack Blocks  |
///     |   Number of Duplicate TSNs    |           Reserved            |
///     |     Gap Ack Block Start       |      Gap Ack Block End        |  repeated
///     |    NR Gap Ack Block Start     |     NR Gap Ack Block End      |  repeated
///     |                        Duplicate TSN                          |  repeated
class NrSackView {
public:
    static constexpr ChunkType kType = ChunkType::nr_sack;
    /// The chunk header and the fixed fields; each gap and each duplicate takes four more.
    static constexpr std::size_t kHeaderBytes = 20;
    static constexpr std::size_t kEntryBytes = 4;

    /// `value` is the chunk without its 4-byte header. Fails with `malformed` when the three counts
    /// do not fill it exactly.
    static Result<NrSackView> parse(Bytes value) {
        constexpr std::size_t kFixed = kHeaderBytes - kTlvHeaderBytes;
        if (value.size() < kFixed) return fail(Errc::malformed, "NR-SACK: too short");
        NrSackView sack{value.subspan(kFixed)};
        const std::byte* at = value.data();
        sack.cumulative_tsn_ = {load_big<std::uint32_t>(at)};
        sack.receive_window_bytes_ = load_big<std::uint32_t>(at + 4);
        sack.gap_count_ = load_big<std::uint16_t>(at + 8);
        sack.nr_gap_count_ = load_big<std::uint16_t>(at + 10);
        sack.duplicate_count_ = load_big<std::uint16_t>(at + 12);
        const std::size_t entries =
            std::size_t{sack.gap_count_} + sack.nr_gap_count_ + sack.duplicate_count_;
        if (sack.entries_.size() != entries * kEntryBytes)
            return fail(Errc::malformed, "NR-SACK counts do not fit its length");
        return sack;
    }

    Tsn cumulative_tsn() const { return cumulative_tsn_; }
    std::uint32_t receive_window_bytes() const { return receive_window_bytes_; }

    std::size_t gap_count() const { return gap_count_; }
    /// That the receiver may yet give up; `index` is below `gap_count()`.
    Gap gap(std::size_t index) const { return entry(index); }

    std::size_t nr_gap_count() const { return nr_gap_count_; }
    /// That the receiver will not give up; `index` is below `nr_gap_count()`.
    Gap nr_gap(std::size_t index) const { return entry(gap_count_ + index); }

    std::size_t duplicate_count() const { return duplicate_count_; }
    /// `index` is below `duplicate_count()`.
    Tsn duplicate(std::size_t index) const {
        const std::size_t at = std::size_t{gap_count_} + nr_gap_count_ + index;
        return {load_big<std::uint32_t>(entries_.data() + at * kEntryBytes)};
    }

private:
    explicit NrSackView(Bytes entries) : entries_{entries} {}

    Gap entry(std::size_t index) const {
        const std::byte* at = entries_.data() + index * kEntryBytes;
        return {.first = load_big<std::uint16_t>(at), .last = load_big<std::uint16_t>(at + 2)};
    }

    Bytes entries_;
    Tsn cumulative_tsn_;
    std::uint32_t receive_window_bytes_ = 0;
    std::uint16_t gap_count_ = 0;
    std::uint16_t nr_gap_count_ = 0;
    std::uint16_t duplicate_count_ = 0;
};

/// Writes a whole NR-SACK chunk.
inline void write_nr_sack(Writer& out, Tsn cumulative_tsn, std::uint32_t receive_window_bytes,
                          std::span<const Gap> gaps, std::span<const Gap> nr_gaps,
                          std::span<const Tsn> duplicates) {
    write_chunk(out, ChunkType::nr_sack, 0, [&](Writer& to) {
        to.u32(cumulative_tsn.value);
        to.u32(receive_window_bytes);
        to.u16(static_cast<std::uint16_t>(gaps.size())); // more do not fit a chunk's length anyway
        to.u16(static_cast<std::uint16_t>(nr_gaps.size()));
        to.u16(static_cast<std::uint16_t>(duplicates.size()));
        to.u16(0);
        for (const std::span<const Gap> some : {gaps, nr_gaps}) {
            for (const Gap& gap : some) {
                to.u16(gap.first);
                to.u16(gap.last);
            }
        }
        for (const Tsn duplicate : duplicates)
            to.u32(duplicate.value);
    });
}

} // namespace hawser::wire::sctp
