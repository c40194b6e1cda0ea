// Handshake messages on their way: the header, and the fragments that a record carries.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace hawser::wire::dtls {

inline constexpr std::size_t kHandshakeHeaderBytes = 12;
/// In the transcript of DTLS 1.3 the header is TLS's own: type and length (RFC 9147 §5.2).
inline constexpr std::size_t kTlsHandshakeHeaderBytes = 4;
/// The largest message there can be.
inline constexpr std::size_t kHandshakeBytesMax = kU24Max;

/// RFC 6347 §4.2.2, RFC 9147 §5.2.
///
///     |  type  |          length          |   message_seq   |
///     |     fragment_offset      |     fragment_length      |
struct HandshakeHeader {
    HandshakeType type{};
    std::uint32_t length = 0; ///< of the whole message, without headers
    std::uint16_t message_seq = 0;
    std::uint32_t fragment_offset = 0;
    std::uint32_t fragment_length = 0;

    friend bool operator==(const HandshakeHeader&, const HandshakeHeader&) = default;

    /// The header of a message that is its own only fragment.
    static HandshakeHeader whole(HandshakeType type, std::uint16_t message_seq,
                                 std::size_t body_bytes) {
        const auto length = static_cast<std::uint32_t>(body_bytes);
        return {.type = type,
                .length = length,
                .message_seq = message_seq,
                .fragment_offset = 0,
                .fragment_length = length};
    }
    bool is_whole() const { return fragment_offset == 0 && fragment_length == length; }

    /// Reads the first kHandshakeHeaderBytes of `bytes`. Fails with `malformed` when they are not
    /// there, and when the fragment reaches beyond the message.
    static Result<HandshakeHeader> parse(Bytes bytes);
    /// Fails when a length or offset needs more than 24 bits, or the fragment reaches beyond.
    void write(Writer& out) const;
};

/// TLS's header of a message, for the transcript of DTLS 1.3.
void write_tls_handshake_header(Writer& out, HandshakeType type, std::size_t body_bytes);

struct HandshakeFragment {
    HandshakeHeader header;
    Bytes body; ///< `fragment_length` bytes
};

/// Walks the fragments in the payload of one handshake record. It ends, and says `malformed()`, at
/// a header that does not parse and at a fragment that is not all there. An empty fragment of a
/// longer message is allowed, and says nothing.
class HandshakeFragments {
public:
    explicit HandshakeFragments(Bytes payload) : left_{payload} {}

    std::optional<HandshakeFragment> next();
    bool malformed() const { return malformed_; }

private:
    Bytes left_;
    bool malformed_ = false;
};

/// Writes a whole message as one fragment: the header and what `write_body` writes.
template <std::invocable<Writer&> WriteBody>
void write_handshake(Writer& out, HandshakeType type, std::uint16_t message_seq,
                     WriteBody&& write_body) {
    const MutableBytes header = out.claim(kHandshakeHeaderBytes);
    const std::size_t start = out.written();
    write_body(out);
    const std::size_t body_bytes = out.written() - start;
    if (body_bytes > kHandshakeBytesMax) return out.fail();
    if (header.empty()) return;
    Writer to{header};
    HandshakeHeader::whole(type, message_seq, body_bytes).write(to);
}

/// The body of a message that has none: HelloRequest, ServerHelloDone, EndOfEarlyData. Fails with
/// `malformed` when there is one.
Result<> parse_empty_body(Bytes body);

/// The payload of a ChangeCipherSpec record: RFC 5246 §7.1. Fails with `malformed` when it is
/// anything but one byte of 1.
Result<> parse_change_cipher_spec(Bytes payload);
void write_change_cipher_spec(Writer& out);

} // namespace hawser::wire::dtls
