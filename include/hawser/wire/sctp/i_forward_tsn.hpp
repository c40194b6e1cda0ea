// The I-FORWARD-TSN chunk: messages that a sender of I-DATA has given up.
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

/// The largest MID of a stream, of its ordered or of its unordered messages, that no message will
/// come for.
struct SkippedMessages {
    StreamId stream{};
    bool unordered = false;
    Mid mid{};

    friend bool operator==(SkippedMessages, SkippedMessages) = default;
};

/// I-FORWARD-TSN chunk, RFC 8260 §2.3.1: a view that reads the streams from the chunk's own bytes.
///
///      0                   1                   2                   3
///     |   Type = 194  |  Flags = 0    |            Length             |
///     |                      New Cumulative TSN                       |
///     |      Stream Identifier        |          Reserved           |U|  repeated
///     |                      Message Identifier                       |  repeated
class IForwardTsnView {
public:
    static constexpr ChunkType kType = ChunkType::i_forward_tsn;
    static constexpr std::size_t kTsnBytes = 4;
    static constexpr std::size_t kEntryBytes = 8;

    /// `value` is the chunk without its 4-byte header. Fails with `malformed` when it has no TSN,
    /// or half a stream.
    static Result<IForwardTsnView> parse(Bytes value) {
        if (value.size() < kTsnBytes || (value.size() - kTsnBytes) % kEntryBytes != 0)
            return fail(Errc::malformed, "I-FORWARD-TSN of a wrong length");
        return IForwardTsnView{value};
    }

    Tsn new_cumulative_tsn() const { return {load_big<std::uint32_t>(value_.data())}; }
    std::size_t skipped_count() const { return (value_.size() - kTsnBytes) / kEntryBytes; }
    /// `index` is below `skipped_count()`.
    SkippedMessages skipped(std::size_t index) const {
        const std::byte* at = value_.data() + kTsnBytes + index * kEntryBytes;
        return {.stream = StreamId{load_big<std::uint16_t>(at)},
                .unordered = (load_big<std::uint16_t>(at + 2) & kUnordered) != 0,
                .mid = {load_big<std::uint32_t>(at + 4)}};
    }

    static constexpr std::uint16_t kUnordered = 0x0001;

private:
    explicit IForwardTsnView(Bytes value) : value_{value} {}

    Bytes value_;
};

/// Writes a whole I-FORWARD-TSN chunk.
inline void write_i_forward_tsn(Writer& out, Tsn new_cumulative_tsn,
                                std::span<const SkippedMessages> skipped) {
    write_chunk(out, ChunkType::i_forward_tsn, 0, [&](Writer& to) {
        to.u32(new_cumulative_tsn.value);
        for (const SkippedMessages& one : skipped) {
            to.u16(std::to_underlying(one.stream));
            to.u16(one.unordered ? IForwardTsnView::kUnordered : std::uint16_t{0});
            to.u32(one.mid.value);
        }
    });
}

} // namespace hawser::wire::sctp
