// The FORWARD TSN chunk: messages that the sender has given up.
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

/// The largest SSN of a stream that no message will come for.
struct SkippedStream {
    StreamId stream{};
    Ssn ssn{};

    friend bool operator==(SkippedStream, SkippedStream) = default;
};

/// Forward Cumulative TSN chunk, RFC 3758 §3.2: a view that reads the streams from the chunk's own
/// bytes.
///
///      0                   1                   2                   3
///     |   Type = 192  |  Flags = 0    |            Length             |
///     |                      New Cumulative TSN                       |
///     |             Stream            |        Stream Sequence        |  repeated
class ForwardTsnView {
public:
    static constexpr ChunkType kType = ChunkType::forward_tsn;
    static constexpr std::size_t kEntryBytes = 4;

    /// `value` is the chunk without its 4-byte header. Fails with `malformed` when it has no TSN,
    /// or half a stream.
    static Result<ForwardTsnView> parse(Bytes value) {
        if (value.size() < sizeof(std::uint32_t) || value.size() % kEntryBytes != 0)
            return fail(Errc::malformed, "FORWARD TSN of a wrong length");
        return ForwardTsnView{value};
    }

    Tsn new_cumulative_tsn() const { return {load_big<std::uint32_t>(value_.data())}; }
    std::size_t skipped_count() const { return value_.size() / kEntryBytes - 1; }
    /// `index` is below `skipped_count()`.
    SkippedStream skipped(std::size_t index) const {
        const std::byte* at = value_.data() + (index + 1) * kEntryBytes;
        return {.stream = StreamId{load_big<std::uint16_t>(at)},
                .ssn = {load_big<std::uint16_t>(at + 2)}};
    }

private:
    explicit ForwardTsnView(Bytes value) : value_{value} {}

    Bytes value_;
};

/// Writes a whole FORWARD TSN chunk.
inline void write_forward_tsn(Writer& out, Tsn new_cumulative_tsn,
                              std::span<const SkippedStream> skipped) {
    write_chunk(out, ChunkType::forward_tsn, 0, [&](Writer& to) {
        to.u32(new_cumulative_tsn.value);
        for (const SkippedStream& one : skipped) {
            to.u16(std::to_underlying(one.stream));
            to.u16(one.ssn.value);
        }
    });
}

} // namespace hawser::wire::sctp
