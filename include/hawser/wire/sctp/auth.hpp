// Authentication: the AUTH chunk, and what INIT and INIT ACK say of it (RFC 4895).
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstddef>
#include <span>

namespace hawser::wire::sctp {

/// Authentication chunk, RFC 4895 §5.1: a view. It is over all that stands behind it in its packet.
///
///      0                   1                   2                   3
///     |  Type = 0x0f  |   Flags = 0   |             Length            |
///     |    Shared Key Identifier      |        HMAC Identifier        |
///     |                             HMAC                              |
struct Auth {
    static constexpr ChunkType kType = ChunkType::auth;
    /// Before the HMAC.
    static constexpr std::size_t kHeaderBytes = kTlvHeaderBytes + 4;

    KeyId key{};
    HmacId hmac{};
    Bytes code; ///< the HMAC, as long as it is

    /// Fails with `malformed` when it ends before the HMAC.
    static Result<Auth> parse(Bytes value);
    void write(Writer& out) const;
};

/// The Random Number that RFC 4895 §6.1 asks for. It is all that a RANDOM parameter (§3.1) has, so
/// that this needs no codec.
inline constexpr std::size_t kRandomBytes = 32;

/// Chunk List parameter, CHUNKS (RFC 4895 §3.2): what its sender takes only after AUTH. A view.
class ChunkList {
public:
    explicit ChunkList(Bytes value) : types_{value} {}

    std::size_t size() const { return types_.size(); }
    ChunkType operator[](std::size_t index) const {
        return ChunkType{std::to_integer<std::uint8_t>(types_[index])};
    }

private:
    Bytes types_;
};

void write_chunk_list(Writer& out, std::span<const ChunkType> types);

/// Requested HMAC Algorithm parameter, HMAC-ALGO (RFC 4895 §3.3), the best one first. A view.
class RequestedHmacs {
public:
    /// Fails with `malformed` for half a number.
    static Result<RequestedHmacs> parse(Bytes value);

    std::size_t size() const { return hmacs_.size() / 2; }
    HmacId operator[](std::size_t index) const {
        return HmacId{load_big<std::uint16_t>(hmacs_.data() + 2 * index)};
    }

private:
    explicit RequestedHmacs(Bytes hmacs) : hmacs_{hmacs} {}
    Bytes hmacs_;
};

void write_requested_hmacs(Writer& out, std::span<const HmacId> hmacs);

} // namespace hawser::wire::sctp
