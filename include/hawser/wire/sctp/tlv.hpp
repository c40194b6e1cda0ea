// The one walker for everything in SCTP that is type, length, value: chunks, parameters, causes.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/numbers.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace hawser::wire::sctp {

inline constexpr std::size_t kTlvHeaderBytes = 4;
/// The largest value an item can have: its length field counts the header too.
inline constexpr std::size_t kTlvValueBytesMax = 0xffff - kTlvHeaderBytes;

/// `bytes` rounded up to the next multiple of four: RFC 9260 §3.2.
constexpr std::size_t padded(std::size_t bytes) {
    return (bytes + 3) & ~std::size_t{3};
}

/// One chunk: RFC 9260 §3.2.
///
///      0                   1                   2                   3
///     |  Chunk Type   |  Chunk Flags  |        Chunk Length           |
///     |                          Chunk Value                          |
struct Chunk {
    using Type = ChunkType;

    Type type;
    std::uint8_t flags;
    Bytes value; ///< after the header, without padding
    Bytes whole; ///< from the header, without padding
};

/// One parameter: RFC 9260 §3.2.1.
///
///      0                   1                   2                   3
///     |          Parameter Type       |       Parameter Length        |
///     |                       Parameter Value                         |
struct Parameter {
    using Type = ParameterType;

    Type type;
    Bytes value;
    Bytes whole;
};

/// One error cause, shaped like a parameter: RFC 9260 §3.3.10.
struct Cause {
    using Type = CauseCode;

    Type type;
    Bytes value;
    Bytes whole;
};

/// Walks forward over items that stand one after the other, each padded to four bytes.
///
/// It ends, and says `malformed()`, at a length below four, a length beyond the end, or fewer than
/// four bytes where a header should be. The last item may lack its padding (RFC 9260 §3.2).
template <class Item>
class Tlvs {
public:
    explicit Tlvs(Bytes items) : left_{items} {}

    /// The next item; nullopt at the end and where the bytes stop making sense.
    std::optional<Item> next() {
        if (left_.empty()) return std::nullopt;
        if (left_.size() < kTlvHeaderBytes) [[unlikely]]
            return stop();
        const std::size_t length = load_big<std::uint16_t>(left_.data() + 2);
        if (length < kTlvHeaderBytes || length > left_.size()) [[unlikely]]
            return stop();

        const Bytes whole = left_.first(length);
        left_ = left_.subspan(std::min(padded(length), left_.size()));
        return item(whole);
    }

    /// True once `next` answered nullopt because the bytes made no sense.
    bool malformed() const { return malformed_; }
    /// What has not been walked yet.
    Bytes rest() const { return left_; }

private:
    static Item item(Bytes whole) {
        const Bytes value = whole.subspan(kTlvHeaderBytes);
        if constexpr (std::same_as<Item, Chunk>) {
            return {.type = ChunkType{std::to_integer<std::uint8_t>(whole[0])},
                    .flags = std::to_integer<std::uint8_t>(whole[1]),
                    .value = value,
                    .whole = whole};
        } else {
            return {.type = typename Item::Type{load_big<std::uint16_t>(whole.data())},
                    .value = value,
                    .whole = whole};
        }
    }
    std::nullopt_t stop() {
        malformed_ = true;
        left_ = {};
        return std::nullopt;
    }

    Bytes left_;
    bool malformed_ = false;
};

using Chunks = Tlvs<Chunk>;         ///< of a packet, after its common header
using Parameters = Tlvs<Parameter>; ///< of a chunk, after its fixed fields
using Causes = Tlvs<Cause>;         ///< of an ABORT or ERROR

/// True when all of `items` can be walked.
template <class Item>
bool well_formed(Bytes items) {
    Tlvs<Item> walker{items};
    while (walker.next()) {
    }
    return !walker.malformed();
}

/// The first item of a type; nullopt without one, also when what stands before it is malformed.
template <class Item>
std::optional<Item> find_first(Bytes items, typename Item::Type type) {
    Tlvs<Item> walker{items};
    while (const auto item = walker.next()) {
        if (item->type == type) return item;
    }
    return std::nullopt;
}

namespace detail {

/// Fills in the length of the item that began at `start`.
inline void patch_length(Writer& out, std::size_t start) {
    const std::size_t length = out.written() - start;
    if (length > std::numeric_limits<std::uint16_t>::max()) return out.fail();
    out.patch_u16(start + 2, static_cast<std::uint16_t>(length));
}

} // namespace detail

/// Writes one chunk: its header, what `write_value` writes, and zeros up to four bytes. The length
/// leaves out the padding, also that of the last parameter in it (RFC 9260 §3.2). The writer
/// stands at a multiple of four.
template <std::invocable<Writer&> WriteValue>
void write_chunk(Writer& out, ChunkType type, std::uint8_t flags, WriteValue&& write_value) {
    const std::size_t start = out.written();
    out.u8(std::to_underlying(type));
    out.u8(flags);
    out.u16(0);
    write_value(out);
    detail::patch_length(out, start);
    out.pad_to(4);
}

/// Writes one chunk with a value that stands somewhere already.
inline void write_chunk(Writer& out, ChunkType type, std::uint8_t flags, Bytes value) {
    write_chunk(out, type, flags, [value](Writer& to) { to.bytes(value); });
}

/// Writes one parameter or cause: padding for the one before it, the header, the value. Its own
/// padding is the business of what comes next, because a chunk's length leaves out the last one's.
template <class Type, std::invocable<Writer&> WriteValue>
void write_item(Writer& out, Type type, WriteValue&& write_value) {
    out.pad_to(4);
    const std::size_t start = out.written();
    out.u16(std::to_underlying(type));
    out.u16(0);
    write_value(out);
    detail::patch_length(out, start);
}

/// Writes one parameter or cause with a value that stands somewhere already.
template <class Type>
void write_item(Writer& out, Type type, Bytes value) {
    write_item(out, type, [value](Writer& to) { to.bytes(value); });
}

} // namespace hawser::wire::sctp
