// The registered numbers of DTLS. Every one of these types can hold values that have no name here.
#pragma once

#include <cstdint>
#include <string_view>

namespace hawser::wire::dtls {

/// Protocol versions: ones' complements, so that newer is smaller.
enum class Version : std::uint16_t {
    v1_0 = 0xfeff, ///< only in the record headers of first hellos and in HelloVerifyRequest
    v1_2 = 0xfefd,
    v1_3 = 0xfefc,
};

/// What a record carries: RFC 5246 §6.2.1, RFC 9147 §4.
enum class ContentType : std::uint8_t {
    change_cipher_spec = 20,
    alert = 21,
    handshake = 22,
    application_data = 23,
    heartbeat = 24,
    tls12_cid = 25,                ///< RFC 9146: a record with a connection ID, DTLS 1.2
    ack = 26,                      ///< RFC 9147
    return_routability_check = 27, ///< RFC 9853
};

/// RFC 5246 §7.4, RFC 8446 §4, RFC 9147 §5.2.
enum class HandshakeType : std::uint8_t {
    hello_request = 0,
    client_hello = 1,
    server_hello = 2,
    hello_verify_request = 3,
    new_session_ticket = 4,
    end_of_early_data = 5,
    encrypted_extensions = 8,
    request_connection_id = 9,
    new_connection_id = 10,
    certificate = 11,
    server_key_exchange = 12,
    certificate_request = 13,
    server_hello_done = 14,
    certificate_verify = 15,
    client_key_exchange = 16,
    finished = 20,
    certificate_url = 21,
    certificate_status = 22,
    supplemental_data = 23,
    key_update = 24,
    compressed_certificate = 25,
    message_hash = 254, ///< in transcripts only: RFC 8446 §4.4.1
};

enum class AlertLevel : std::uint8_t { warning = 1, fatal = 2 };

/// RFC 8446 §6, RFC 9147 §5.8.4, and those that only DTLS 1.2 knows.
enum class AlertDescription : std::uint8_t {
    close_notify = 0,
    unexpected_message = 10,
    bad_record_mac = 20,
    decryption_failed = 21,
    record_overflow = 22,
    decompression_failure = 30,
    handshake_failure = 40,
    no_certificate = 41,
    bad_certificate = 42,
    unsupported_certificate = 43,
    certificate_revoked = 44,
    certificate_expired = 45,
    certificate_unknown = 46,
    illegal_parameter = 47,
    unknown_ca = 48,
    access_denied = 49,
    decode_error = 50,
    decrypt_error = 51,
    too_many_cids_requested = 52,
    export_restriction = 60,
    protocol_version = 70,
    insufficient_security = 71,
    internal_error = 80,
    inappropriate_fallback = 86,
    user_canceled = 90,
    no_renegotiation = 100,
    missing_extension = 109,
    unsupported_extension = 110,
    certificate_unobtainable = 111,
    unrecognized_name = 112,
    bad_certificate_status_response = 113,
    bad_certificate_hash_value = 114,
    unknown_psk_identity = 115,
    certificate_required = 116,
    no_application_protocol = 120,
};

enum class ExtensionType : std::uint16_t {
    server_name = 0,              ///< RFC 6066
    max_fragment_length = 1,      ///< RFC 6066
    status_request = 5,           ///< RFC 6066
    supported_groups = 10,        ///< RFC 8422, RFC 8446
    ec_point_formats = 11,        ///< RFC 8422
    signature_algorithms = 13,    ///< RFC 8446
    use_srtp = 14,                ///< RFC 5764
    alpn = 16,                    ///< RFC 7301
    sct = 18,                     ///< RFC 6962
    client_certificate_type = 19, ///< RFC 7250
    server_certificate_type = 20, ///< RFC 7250
    padding = 21,                 ///< RFC 7685
    encrypt_then_mac = 22,        ///< RFC 7366
    extended_master_secret = 23,  ///< RFC 7627
    compress_certificate = 27,    ///< RFC 8879
    record_size_limit = 28,       ///< RFC 8449
    session_ticket = 35,          ///< RFC 5077
    pre_shared_key = 41,
    early_data = 42,
    supported_versions = 43,
    cookie = 44,
    psk_key_exchange_modes = 45,
    certificate_authorities = 47,
    oid_filters = 48,
    post_handshake_auth = 49,
    signature_algorithms_cert = 50,
    key_share = 51,
    connection_id = 54,          ///< RFC 9146
    rrc = 61,                    ///< RFC 9853
    renegotiation_info = 0xff01, ///< RFC 5746
};

enum class NamedGroup : std::uint16_t {
    secp256r1 = 23,
    secp384r1 = 24,
    secp521r1 = 25,
    x25519 = 29,
    x448 = 30,
    secp256r1_mlkem768 = 0x11eb,
    x25519_mlkem768 = 0x11ec,
    secp384r1_mlkem1024 = 0x11ed,
};

/// RFC 8446 §4.2.3. In DTLS 1.2 the two bytes are a hash and a signature algorithm, and the
/// elliptic curve in these names says nothing there.
enum class SignatureScheme : std::uint16_t {
    rsa_pkcs1_sha1 = 0x0201,
    ecdsa_sha1 = 0x0203,
    rsa_pkcs1_sha256 = 0x0401,
    ecdsa_secp256r1_sha256 = 0x0403,
    rsa_pkcs1_sha384 = 0x0501,
    ecdsa_secp384r1_sha384 = 0x0503,
    rsa_pkcs1_sha512 = 0x0601,
    ecdsa_secp521r1_sha512 = 0x0603,
    rsa_pss_rsae_sha256 = 0x0804,
    rsa_pss_rsae_sha384 = 0x0805,
    rsa_pss_rsae_sha512 = 0x0806,
    ed25519 = 0x0807,
    ed448 = 0x0808,
    rsa_pss_pss_sha256 = 0x0809,
    rsa_pss_pss_sha384 = 0x080a,
    rsa_pss_pss_sha512 = 0x080b,
};

/// RFC 7250 §3.
enum class CertificateType : std::uint8_t { x509 = 0, raw_public_key = 2 };

/// What a DTLS 1.2 CertificateRequest asks for: RFC 5246 §7.4.4, RFC 8422 §5.5.
enum class ClientCertificateType : std::uint8_t { rsa_sign = 1, ecdsa_sign = 64 };

enum class CompressionMethod : std::uint8_t { null = 0 };

/// RFC 8422 §5.1.2.
enum class EcPointFormat : std::uint8_t { uncompressed = 0 };

/// RFC 8446 §4.2.9.
enum class PskKeyExchangeMode : std::uint8_t { psk_ke = 0, psk_dhe_ke = 1 };

/// RFC 5764 §4.1.2, RFC 7714 §14.2.
enum class SrtpProfile : std::uint16_t {
    aes128_cm_hmac_sha1_80 = 0x0001,
    aes128_cm_hmac_sha1_32 = 0x0002,
    null_hmac_sha1_80 = 0x0005,
    null_hmac_sha1_32 = 0x0006,
    aead_aes_128_gcm = 0x0007,
    aead_aes_256_gcm = 0x0008,
};

/// "DTLS 1.2"; "unknown" for a number without a name, as with all of these.
std::string_view name(Version version);
/// "handshake".
std::string_view name(ContentType type);
/// "client_hello".
std::string_view name(HandshakeType type);
/// "handshake_failure".
std::string_view name(AlertDescription description);
/// "key_share".
std::string_view name(ExtensionType type);
/// "X25519MLKEM768".
std::string_view name(NamedGroup group);
/// "ecdsa_secp256r1_sha256".
std::string_view name(SignatureScheme scheme);

} // namespace hawser::wire::dtls
