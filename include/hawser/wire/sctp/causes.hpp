// The error causes of ABORT and ERROR, typed: RFC 9260 §3.3.10.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace hawser::wire::sctp {

// Every cause is a view with `kCode`, `parse(value)`, and `write(out)`, which writes it with its
// header. Padding stands between causes only, see `write_item`.

/// RFC 9260 §3.3.10.1: DATA for a stream that does not exist.
struct InvalidStreamIdentifier {
    static constexpr CauseCode kCode = CauseCode::invalid_stream_identifier;

    StreamId stream{};

    static Result<InvalidStreamIdentifier> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.2: INIT or INIT ACK lacks what it must have.
struct MissingMandatoryParameter {
    static constexpr CauseCode kCode = CauseCode::missing_mandatory_parameter;

    Bytes types; ///< two bytes each

    std::size_t size() const { return types.size() / 2; }
    ParameterType operator[](std::size_t index) const {
        return ParameterType{load_big<std::uint16_t>(types.data() + 2 * index)};
    }

    /// Fails with `malformed` when the count does not fit the length.
    static Result<MissingMandatoryParameter> parse(Bytes value);
    void write(Writer& out) const;
};

/// A whole Missing Mandatory Parameter cause, from typed numbers.
void write_missing_parameters(Writer& out, std::span<const ParameterType> types);

/// RFC 9260 §3.3.10.3: the cookie was right but came late.
struct StaleCookie {
    static constexpr CauseCode kCode = CauseCode::stale_cookie;

    std::chrono::microseconds staleness{}; ///< how late; 0 to 2^32 - 1, cut to that when written

    static Result<StaleCookie> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.4.
struct OutOfResource {
    static constexpr CauseCode kCode = CauseCode::out_of_resource;

    static Result<OutOfResource> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.5: an address that means nothing to us, such as a host name.
struct UnresolvableAddress {
    static constexpr CauseCode kCode = CauseCode::unresolvable_address;

    Bytes address; ///< the whole parameter

    static Result<UnresolvableAddress> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.6.
struct UnrecognizedChunkType {
    static constexpr CauseCode kCode = CauseCode::unrecognized_chunk_type;

    Bytes chunk; ///< the whole chunk, or as much of it as fits

    static Result<UnrecognizedChunkType> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.7: INIT or INIT ACK says something impossible, such as no streams.
struct InvalidMandatoryParameter {
    static constexpr CauseCode kCode = CauseCode::invalid_mandatory_parameter;

    static Result<InvalidMandatoryParameter> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.8: parameters of an INIT ACK that asked to be reported.
struct UnrecognizedParameters {
    static constexpr CauseCode kCode = CauseCode::unrecognized_parameters;

    Bytes parameters; ///< whole parameters; walk it with `Parameters{cause.parameters}`

    static Result<UnrecognizedParameters> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.9: a DATA chunk without payload.
struct NoUserData {
    static constexpr CauseCode kCode = CauseCode::no_user_data;

    Tsn tsn;

    static Result<NoUserData> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.10: COOKIE ECHO came while we were in SHUTDOWN-ACK-SENT.
struct CookieWhileShuttingDown {
    static constexpr CauseCode kCode = CauseCode::cookie_while_shutting_down;

    static Result<CookieWhileShuttingDown> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.11: an INIT for a running association brought addresses that were not its own.
struct RestartWithNewAddresses {
    static constexpr CauseCode kCode = CauseCode::restart_with_new_addresses;

    Bytes addresses; ///< whole address parameters

    static Result<RestartWithNewAddresses> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.12.
struct UserInitiatedAbort {
    static constexpr CauseCode kCode = CauseCode::user_initiated_abort;

    Bytes reason; ///< the upper layer's own

    static Result<UserInitiatedAbort> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 9260 §3.3.10.13.
struct ProtocolViolation {
    static constexpr CauseCode kCode = CauseCode::protocol_violation;

    Bytes information; ///< free text for people, or nothing

    static Result<ProtocolViolation> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 4895 §4.1: AUTH came with an HMAC that was not asked for.
struct UnsupportedHmac {
    static constexpr CauseCode kCode = CauseCode::unsupported_hmac;

    HmacId hmac{};

    static Result<UnsupportedHmac> parse(Bytes value);
    void write(Writer& out) const;
};

/// A cause of an extension, or of nobody we know.
struct OtherCause {
    CauseCode code{};
    Bytes value;

    void write(Writer& out) const;
};

using AnyCause = std::variant<InvalidStreamIdentifier, MissingMandatoryParameter, StaleCookie,
                              OutOfResource, UnresolvableAddress, UnrecognizedChunkType,
                              InvalidMandatoryParameter, UnrecognizedParameters, NoUserData,
                              CookieWhileShuttingDown, RestartWithNewAddresses, UserInitiatedAbort,
                              ProtocolViolation, UnsupportedHmac, OtherCause>;

/// The cause by its code: for logs and events. Fails with `malformed` when the value does not fit
/// the code.
Result<AnyCause> parse_cause(const Cause& cause);

} // namespace hawser::wire::sctp
