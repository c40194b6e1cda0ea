// The small extensions, typed. Key shares and pre-shared keys have their own files.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/extension_list.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace hawser::wire::dtls {

// `value` is an extension without its type and length; each `write` writes all three. Every
// `parse` fails with `malformed` when a length does not fit, when a list that must not be empty
// is, and for bytes after the end.

/// An extension that says it all by being there: extended_master_secret (RFC 7627 §5.1), rrc
/// (RFC 9853), early_data in a hello, a server's server_name and session_ticket. They are written
/// with `write_extension(out, type)`.
Result<> parse_empty_extension(Bytes value);

/// RFC 8446 §4.2.1: a client's list, in the order of its preference.
Result<NumberList<Version>> parse_supported_versions(Bytes value);
void write_supported_versions(Writer& out, std::span<const Version> versions);
/// What a server chose: in ServerHello and HelloRetryRequest.
Result<Version> parse_selected_version(Bytes value);
void write_selected_version(Writer& out, Version version);

/// RFC 8446 §4.2.7.
Result<NumberList<NamedGroup>> parse_supported_groups(Bytes value);
void write_supported_groups(Writer& out, std::span<const NamedGroup> groups);

/// RFC 8446 §4.2.3: signature_algorithms and signature_algorithms_cert.
Result<NumberList<SignatureScheme>> parse_signature_algorithms(Bytes value);
void write_signature_algorithms(Writer& out, std::span<const SignatureScheme> schemes,
                                ExtensionType type = ExtensionType::signature_algorithms);

/// RFC 8446 §4.2.9.
Result<NumberList<PskKeyExchangeMode>> parse_psk_key_exchange_modes(Bytes value);
void write_psk_key_exchange_modes(Writer& out, std::span<const PskKeyExchangeMode> modes);

/// RFC 8446 §4.2.2: at least one byte.
Result<Bytes> parse_cookie(Bytes value);
void write_cookie(Writer& out, Bytes cookie);

/// RFC 6066 §3: the host that a client asks for, which is empty when it names none of that type.
/// Fails with `malformed` for two of them, and for one with a zero byte in it. What else a host
/// name may be is not judged.
Result<std::string_view> parse_server_name(Bytes value);
void write_server_name(Writer& out, std::string_view host);

using ProtocolName = Opaque<1, 1>;

/// RFC 7301 §3.1: a client's protocols, in the order of its preference.
Result<List<ProtocolName>> parse_alpn(Bytes value);
void write_alpn(Writer& out, std::span<const Bytes> protocols);
/// What a server chose: exactly one.
Result<Bytes> parse_selected_alpn(Bytes value);
void write_selected_alpn(Writer& out, Bytes protocol);

/// RFC 5764 §4.1.1. A server's has one profile, which is its reader's to check.
struct UseSrtp {
    NumberList<SrtpProfile> profiles;
    Bytes mki; ///< 0 to 255 bytes
};
Result<UseSrtp> parse_use_srtp(Bytes value);
void write_use_srtp(Writer& out, std::span<const SrtpProfile> profiles, Bytes mki);

/// RFC 5746 §3.2: what stood in the Finished messages before; empty in a first handshake.
Result<Bytes> parse_renegotiation_info(Bytes value);
void write_renegotiation_info(Writer& out, Bytes renegotiated_connection);

/// RFC 8422 §5.1.2.
Result<NumberList<EcPointFormat>> parse_ec_point_formats(Bytes value);
void write_ec_point_formats(Writer& out, std::span<const EcPointFormat> formats);

/// RFC 9146 §3: what the peer wants to find in our records; 0 to 255 bytes.
Result<Bytes> parse_connection_id(Bytes value);
void write_connection_id(Writer& out, Bytes cid);

/// RFC 8449 §4: a value below this one is an illegal parameter.
inline constexpr std::uint16_t kRecordSizeLimitMin = 64;
Result<std::uint16_t> parse_record_size_limit(Bytes value);
void write_record_size_limit(Writer& out, std::uint16_t limit);

/// RFC 7250 §3: a client's list, for client_certificate_type or server_certificate_type.
Result<NumberList<CertificateType>> parse_certificate_types(Bytes value);
void write_certificate_types(Writer& out, ExtensionType extension,
                             std::span<const CertificateType> types);
/// What a server chose.
Result<CertificateType> parse_selected_certificate_type(Bytes value);
void write_selected_certificate_type(Writer& out, ExtensionType extension, CertificateType type);

/// early_data in NewSessionTicket: RFC 8446 §4.2.10.
Result<std::uint32_t> parse_early_data_max(Bytes value);

} // namespace hawser::wire::dtls
