// OCSP stapling: what asks for it, and what carries it.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>

namespace hawser::wire::dtls {

/// RFC 6066 §8.
enum class StatusType : std::uint8_t { ocsp = 1 };

using ResponderId = Opaque<2, 1>;

/// The value of status_request in a ClientHello: RFC 6066 §8.
///
///     |  status_type = 1  |  responder_id_list, 2 + 0..  |  request_extensions, 2 + 0..  |
struct StatusRequest {
    List<ResponderId> responders; ///< in DER; empty: any that the server trusts
    Bytes extensions;             ///< DER of Extensions; empty: none

    /// Fails with `unsupported` for another status_type, which says how the rest is to be read,
    /// else with `malformed`.
    static Result<StatusRequest> parse(Bytes value);
    /// The value alone, as the codecs of messages do.
    void write(Writer& out) const;
};

/// The body of CertificateStatus in DTLS 1.2 (RFC 6066 §8), and the value of status_request in a
/// CertificateEntry of DTLS 1.3 (RFC 8446 §4.4.2.1).
///
///     |  status_type = 1  |  OCSPResponse, 3 + 1..  |
struct CertificateStatus {
    Bytes ocsp_response; ///< DER, which is not looked at; at least one byte

    /// Fails as StatusRequest does.
    static Result<CertificateStatus> parse(Bytes value);
    void write(Writer& out) const;
};

} // namespace hawser::wire::dtls
