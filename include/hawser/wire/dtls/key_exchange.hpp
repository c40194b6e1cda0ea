// ServerKeyExchange and ClientKeyExchange of DTLS 1.2. The cipher suite says which of them it is.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>
#include <optional>

namespace hawser::wire::dtls {

// Every message is a view of its body: without the handshake header. `write` writes the body.

/// ServerECDHParams with a named curve, the only kind there is: RFC 8422 §5.4.
///
///     |  3  |  named curve  |  public point, 1 + 1..255  |
struct EcdhParams {
    static constexpr std::uint8_t kNamedCurve = 3;

    NamedGroup group{};
    Bytes point; ///< 1 to 255 bytes

    /// nullopt when it is cut, no named curve, or without a point.
    static std::optional<EcdhParams> take(Reader& in);
    void write(Writer& out) const;
};

/// ServerKeyExchange of ECDHE_ECDSA and ECDHE_RSA: RFC 8422 §5.4.
///
///     |  params  |  signature algorithm  |  signature, 2 + 0..65535  |
struct EcdheServerKeyExchange {
    EcdhParams params;
    SignatureScheme scheme{};
    Bytes signature;
    Bytes signed_params; ///< the params as they stand: they are signed after both randoms

    static Result<EcdheServerKeyExchange> parse(Bytes body);
    /// `signed_params` is not looked at.
    void write(Writer& out) const;
};

/// ServerKeyExchange of PSK: RFC 4279 §2. A server without a hint leaves the message out.
struct PskServerKeyExchange {
    Bytes identity_hint;

    static Result<PskServerKeyExchange> parse(Bytes body);
    void write(Writer& out) const;
};

/// ServerKeyExchange of ECDHE_PSK: RFC 5489 §2. Nothing is signed.
///
///     |  identity hint, 2 + 0..65535  |  params  |
struct EcdhePskServerKeyExchange {
    Bytes identity_hint;
    EcdhParams params;

    static Result<EcdhePskServerKeyExchange> parse(Bytes body);
    void write(Writer& out) const;
};

/// ClientKeyExchange of ECDHE_ECDSA and ECDHE_RSA: RFC 8422 §5.7.
struct EcdheClientKeyExchange {
    Bytes point; ///< 1 to 255 bytes

    static Result<EcdheClientKeyExchange> parse(Bytes body);
    void write(Writer& out) const;
};

/// ClientKeyExchange of PSK: RFC 4279 §2.
struct PskClientKeyExchange {
    Bytes identity;

    static Result<PskClientKeyExchange> parse(Bytes body);
    void write(Writer& out) const;
};

/// ClientKeyExchange of ECDHE_PSK: RFC 5489 §2.
struct EcdhePskClientKeyExchange {
    Bytes identity;
    Bytes point; ///< 1 to 255 bytes

    static Result<EcdhePskClientKeyExchange> parse(Bytes body);
    void write(Writer& out) const;
};

} // namespace hawser::wire::dtls
