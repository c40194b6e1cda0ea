// The two chunks that say that the network is full, and that it was heard.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

namespace hawser::wire::sctp {

/// ECN-Echo chunk, RFC 4960 Appendix A.
///
///      0                   1                   2                   3
///     |   Type = 12   |  Flags = 0    |          Length = 8           |
///     |                      Lowest TSN Number                        |
struct Ecne {
    static constexpr ChunkType kType = ChunkType::ecne;

    Tsn lowest_tsn; ///< of those in the datagram that was marked CE

    friend bool operator==(const Ecne&, const Ecne&) = default;

    static Result<Ecne> parse(Bytes value);
    void write(Writer& out) const;
};

/// Congestion Window Reduced chunk, RFC 4960 Appendix A.
///
///      0                   1                   2                   3
///     |   Type = 13   |  Flags = 0    |          Length = 8           |
///     |                      Lowest TSN Number                        |
struct Cwr {
    static constexpr ChunkType kType = ChunkType::cwr;

    Tsn lowest_tsn; ///< what the ECN-Echo said

    friend bool operator==(const Cwr&, const Cwr&) = default;

    static Result<Cwr> parse(Bytes value);
    void write(Writer& out) const;
};

} // namespace hawser::wire::sctp
