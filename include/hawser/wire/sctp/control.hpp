// The small chunks: cookies, heartbeats, the ends of an association.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>

namespace hawser::wire::sctp {

/// The T bit of ABORT and SHUTDOWN COMPLETE: the sender had no association, and the packet carries
/// the receiver's own verification tag (RFC 9260 §8.5.1).
inline constexpr std::uint8_t kTagReflected = 0x01;

/// State Cookie chunk, RFC 9260 §3.3.11: a view. The cookie is its maker's own.
///
///      0                   1                   2                   3
///     |   Type = 10   |  Flags = 0    |         Length                |
///     |                            Cookie                             |
struct CookieEcho {
    static constexpr ChunkType kType = ChunkType::cookie_echo;

    Bytes cookie;

    /// Fails with `malformed` for an empty cookie.
    static Result<CookieEcho> parse(Bytes value);
    void write(Writer& out) const;
};

/// Cookie Acknowledgement chunk, RFC 9260 §3.3.12: a header and nothing more.
struct CookieAck {
    static constexpr ChunkType kType = ChunkType::cookie_ack;

    /// Fails with `malformed` when it is not empty.
    static Result<CookieAck> parse(Bytes value);
    void write(Writer& out) const;
};

/// Heartbeat Request chunk and its acknowledgement, RFC 9260 §3.3.5 and §3.3.6: a view.
///
///      0                   1                   2                   3
///     |  Type = 4, 5  |  Flags = 0    |         Length                |
///     |       Info Type = 1           |         Info Length           |
///     |              Sender-Specific Heartbeat Info                   |
struct Heartbeat {
    Bytes info; ///< the sender's own; the acknowledgement brings it back unchanged

    /// Fails with `malformed` when the first parameter is not a Heartbeat Info. Others after it
    /// are passed over.
    static Result<Heartbeat> parse(Bytes value);
    void write(Writer& out, ChunkType type) const;
};

/// Shutdown chunk, RFC 9260 §3.3.8.
///
///      0                   1                   2                   3
///     |   Type = 7    |  Flags = 0    |          Length = 8           |
///     |                      Cumulative TSN Ack                       |
struct Shutdown {
    static constexpr ChunkType kType = ChunkType::shutdown;

    Tsn cumulative_tsn;

    friend bool operator==(const Shutdown&, const Shutdown&) = default;

    static Result<Shutdown> parse(Bytes value);
    void write(Writer& out) const;
};

/// Shutdown Acknowledgement chunk, RFC 9260 §3.3.9: a header and nothing more.
struct ShutdownAck {
    static constexpr ChunkType kType = ChunkType::shutdown_ack;

    /// Fails with `malformed` when it is not empty.
    static Result<ShutdownAck> parse(Bytes value);
    void write(Writer& out) const;
};

/// Shutdown Complete chunk, RFC 9260 §3.3.13.
///
///      0                   1                   2                   3
///     |   Type = 14   |  Reserved   |T|          Length = 4           |
struct ShutdownComplete {
    static constexpr ChunkType kType = ChunkType::shutdown_complete;

    bool tag_reflected = false; ///< the T bit

    friend bool operator==(const ShutdownComplete&, const ShutdownComplete&) = default;

    /// Fails with `malformed` when it is not empty.
    static Result<ShutdownComplete> parse(std::uint8_t flags, Bytes value);
    void write(Writer& out) const;
};

/// Abort chunk, RFC 9260 §3.3.7: a view.
///
///      0                   1                   2                   3
///     |   Type = 6    |  Reserved   |T|           Length              |
///     |                   zero or more Error Causes                   |
struct Abort {
    static constexpr ChunkType kType = ChunkType::abort;

    bool tag_reflected = false; ///< the T bit
    Bytes causes;               ///< borrowed; walk it with `Causes{abort.causes}`

    /// Never fails: an ABORT ends the association whatever its causes look like.
    static Result<Abort> parse(std::uint8_t flags, Bytes value);
    void write(Writer& out) const;
};

/// Operation Error chunk, RFC 9260 §3.3.10: a view.
///
///      0                   1                   2                   3
///     |   Type = 9    |  Flags = 0    |           Length              |
///     |                    one or more Error Causes                   |
struct OperationError {
    static constexpr ChunkType kType = ChunkType::error;

    Bytes causes; ///< borrowed; walk it with `Causes{operation_error.causes}`

    /// Fails with `malformed` without a cause or when they cannot be walked to their end.
    static Result<OperationError> parse(Bytes value);
    void write(Writer& out) const;
};

} // namespace hawser::wire::sctp
