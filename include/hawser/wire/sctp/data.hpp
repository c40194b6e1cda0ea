// The DATA chunk: a fragment of a message.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>
#include <utility>

namespace hawser::wire::sctp {

/// Payload Data chunk, RFC 9260 §3.3.1: a view, the payload is borrowed.
///
///      0                   1                   2                   3
///     |   Type = 0    |  Res  |I|U|B|E|           Length              |
///     |                              TSN                              |
///     |      Stream Identifier        |   Stream Sequence Number      |
///     |                  Payload Protocol Identifier                  |
///     |                           User Data                           |
struct Data {
    static constexpr ChunkType kType = ChunkType::data;
    /// The chunk header and the fixed fields.
    static constexpr std::size_t kHeaderBytes = 16;
    static constexpr std::size_t kPayloadBytesMax = 0xffff - kHeaderBytes;

    static constexpr std::uint8_t kEnding = 0x01;
    static constexpr std::uint8_t kBeginning = 0x02;
    static constexpr std::uint8_t kUnordered = 0x04;
    static constexpr std::uint8_t kImmediate = 0x08;

    StreamId stream{};
    Ssn ssn;
    Ppid ppid{};
    Tsn tsn;
    bool unordered = false;
    bool beginning = false; ///< the first fragment of its message
    bool ending = false;    ///< the last one; a whole message is both
    bool immediate = false; ///< the sender asks for a SACK at once
    Bytes payload;

    /// `value` is the chunk without its 4-byte header. A chunk without payload is `malformed`: the
    /// answer is an ABORT with No User Data and its `tsn_of` (RFC 9260 §6.2).
    static Result<Data> parse(std::uint8_t flags, Bytes value) {
        constexpr std::size_t kFixed = kHeaderBytes - kTlvHeaderBytes;
        if (value.size() <= kFixed) [[unlikely]] {
            return fail(Errc::malformed, "DATA without user data");
        }
        const std::byte* at = value.data();
        return Data{
            .stream = StreamId{load_big<std::uint16_t>(at + 4)},
            .ssn = {load_big<std::uint16_t>(at + 6)},
            .ppid = Ppid{load_big<std::uint32_t>(at + 8)},
            .tsn = {load_big<std::uint32_t>(at)},
            .unordered = (flags & kUnordered) != 0,
            .beginning = (flags & kBeginning) != 0,
            .ending = (flags & kEnding) != 0,
            .immediate = (flags & kImmediate) != 0,
            .payload = value.subspan(kFixed),
        };
    }

    /// The TSN of a chunk that may be too short for anything else; 0 when it lacks even that.
    static Tsn tsn_of(Bytes value) { return {Reader{value}.u32()}; }

    std::uint8_t flags() const {
        return static_cast<std::uint8_t>((ending ? kEnding : 0) | (beginning ? kBeginning : 0) |
                                         (unordered ? kUnordered : 0) |
                                         (immediate ? kImmediate : 0));
    }

    /// Writes kHeaderBytes for a payload of `payload_bytes`, at most kPayloadBytesMax, that the
    /// caller puts after them itself.
    void write_header(std::byte* to, std::size_t payload_bytes) const {
        to[0] = std::byte{std::to_underlying(kType)};
        to[1] = std::byte{flags()};
        store_big(to + 2, static_cast<std::uint16_t>(kHeaderBytes + payload_bytes));
        store_big(to + 4, tsn.value);
        store_big(to + 8, std::to_underlying(stream));
        store_big(to + 10, ssn.value);
        store_big(to + 12, std::to_underlying(ppid));
    }

    void write_header(Writer& out, std::size_t payload_bytes) const {
        if (payload_bytes > kPayloadBytesMax) return out.fail();
        const MutableBytes to = out.claim(kHeaderBytes);
        if (!to.empty()) write_header(to.data(), payload_bytes);
    }

    /// The whole chunk, with padding.
    void write(Writer& out) const {
        write_header(out, payload.size());
        out.bytes(payload);
        out.pad_to(4);
    }
};

} // namespace hawser::wire::sctp
