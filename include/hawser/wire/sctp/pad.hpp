// The chunk that makes packets larger.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/writer.hpp>

#include <cstddef>

namespace hawser::wire::sctp {

/// Padding chunk, RFC 4820 §3. What it carries is nobody's business. The Padding parameter (§4)
/// needs no codec: its value is as good as any other.
///
///      0                   1                   2                   3
///     | Type = 0x84   |  Flags = 0    |             Length            |
///     |                         Padding Data                          |
struct Pad {
    static constexpr ChunkType kType = ChunkType::pad;

    std::size_t data_bytes = 0;

    friend bool operator==(const Pad&, const Pad&) = default;

    /// Never fails: "MUST be ignored by the receiver".
    static Result<Pad> parse(Bytes value);
    /// With zeros for data.
    void write(Writer& out) const;
};

} // namespace hawser::wire::sctp
