// The I-DATA chunk: a fragment of a message among those of others.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/data.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>
#include <utility>

namespace hawser::wire::sctp {

/// Payload Data chunk supporting message interleaving, RFC 8260 §2.1: a view, the payload is
/// borrowed.
///
///      0                   1                   2                   3
///     |   Type = 64   |  Res  |I|U|B|E|           Length              |
///     |                              TSN                              |
///     |      Stream Identifier        |           Reserved            |
///     |                      Message Identifier                       |
///     |  Payload Protocol Identifier (B) / Fragment Sequence Number   |
///     |                           User Data                           |
struct IData {
    static constexpr ChunkType kType = ChunkType::i_data;
    /// The chunk header and the fixed fields.
    static constexpr std::size_t kHeaderBytes = 20;
    static constexpr std::size_t kPayloadBytesMax = 0xffff - kHeaderBytes;

    StreamId stream{};
    Mid mid;
    Ppid ppid{};           ///< only the first fragment says it
    std::uint32_t fsn = 0; ///< 0 for the first fragment, which does not say it
    Tsn tsn;
    bool unordered = false;
    bool beginning = false; ///< the first fragment of its message
    bool ending = false;    ///< the last one; a whole message is both
    bool immediate = false; ///< the sender asks for a SACK at once
    Bytes payload;

    /// `value` is the chunk without its 4-byte header. A chunk without payload is `malformed`: the
    /// answer is an ABORT with No User Data and its TSN, as with DATA.
    static Result<IData> parse(std::uint8_t flags, Bytes value) {
        constexpr std::size_t kFixed = kHeaderBytes - kTlvHeaderBytes;
        if (value.size() <= kFixed) [[unlikely]] {
            return fail(Errc::malformed, "I-DATA without user data");
        }
        const std::byte* at = value.data();
        const bool beginning = (flags & Data::kBeginning) != 0;
        const auto shared = load_big<std::uint32_t>(at + 12);
        return IData{
            .stream = StreamId{load_big<std::uint16_t>(at + 4)},
            .mid = {load_big<std::uint32_t>(at + 8)},
            .ppid = Ppid{beginning ? shared : 0},
            .fsn = beginning ? 0 : shared,
            .tsn = {load_big<std::uint32_t>(at)},
            .unordered = (flags & Data::kUnordered) != 0,
            .beginning = beginning,
            .ending = (flags & Data::kEnding) != 0,
            .immediate = (flags & Data::kImmediate) != 0,
            .payload = value.subspan(kFixed),
        };
    }

    std::uint8_t flags() const {
        return static_cast<std::uint8_t>(
            (ending ? Data::kEnding : 0) | (beginning ? Data::kBeginning : 0) |
            (unordered ? Data::kUnordered : 0) | (immediate ? Data::kImmediate : 0));
    }

    /// Writes kHeaderBytes for a payload of `payload_bytes`, at most kPayloadBytesMax, that the
    /// caller puts after them itself.
    void write_header(std::byte* to, std::size_t payload_bytes) const {
        to[0] = std::byte{std::to_underlying(kType)};
        to[1] = std::byte{flags()};
        store_big(to + 2, static_cast<std::uint16_t>(kHeaderBytes + payload_bytes));
        store_big(to + 4, tsn.value);
        store_big(to + 8, std::to_underlying(stream));
        store_big(to + 10, std::uint16_t{0});
        store_big(to + 12, mid.value);
        store_big(to + 16, beginning ? std::to_underlying(ppid) : fsn);
    }

    /// The whole chunk, with padding.
    void write(Writer& out) const {
        if (payload.size() > kPayloadBytesMax) return out.fail();
        const MutableBytes to = out.claim(kHeaderBytes);
        if (!to.empty()) write_header(to.data(), payload.size());
        out.bytes(payload);
        out.pad_to(4);
    }
};

} // namespace hawser::wire::sctp
