// The cipher suites that hawser speaks, and what each of them is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hawser::wire::dtls {

/// Those hawser speaks, and the two values that are signals and no suites.
enum class CipherSuite : std::uint16_t {
    aes_128_gcm_sha256 = 0x1301,
    aes_256_gcm_sha384 = 0x1302,
    chacha20_poly1305_sha256 = 0x1303,
    aes_128_ccm_sha256 = 0x1304,
    aes_128_ccm_8_sha256 = 0x1305,

    ecdhe_ecdsa_aes_128_gcm_sha256 = 0xc02b,
    ecdhe_ecdsa_aes_256_gcm_sha384 = 0xc02c,
    ecdhe_ecdsa_chacha20_poly1305_sha256 = 0xcca9,
    ecdhe_ecdsa_aes_128_ccm = 0xc0ac,
    ecdhe_ecdsa_aes_256_ccm = 0xc0ad,
    ecdhe_ecdsa_aes_128_ccm_8 = 0xc0ae,
    ecdhe_ecdsa_aes_256_ccm_8 = 0xc0af,

    ecdhe_rsa_aes_128_gcm_sha256 = 0xc02f,
    ecdhe_rsa_aes_256_gcm_sha384 = 0xc030,
    ecdhe_rsa_chacha20_poly1305_sha256 = 0xcca8,

    psk_aes_128_gcm_sha256 = 0x00a8,
    psk_aes_256_gcm_sha384 = 0x00a9,
    psk_chacha20_poly1305_sha256 = 0xccab,
    psk_aes_128_ccm = 0xc0a4,
    psk_aes_256_ccm = 0xc0a5,
    psk_aes_128_ccm_8 = 0xc0a8,
    psk_aes_256_ccm_8 = 0xc0a9,

    ecdhe_psk_aes_128_gcm_sha256 = 0xd001,
    ecdhe_psk_aes_256_gcm_sha384 = 0xd002,
    ecdhe_psk_aes_128_ccm_8_sha256 = 0xd003,
    ecdhe_psk_aes_128_ccm_sha256 = 0xd005,
    ecdhe_psk_chacha20_poly1305_sha256 = 0xccac,

    empty_renegotiation_info_scsv = 0x00ff, ///< RFC 5746 §3.3
    fallback_scsv = 0x5600,                 ///< RFC 7507
};

enum class KeyExchange : std::uint8_t {
    any, ///< DTLS 1.3: extensions say
    ecdhe_ecdsa,
    ecdhe_rsa,
    psk,
    ecdhe_psk,
};

enum class Aead : std::uint8_t {
    aes_128_gcm,
    aes_256_gcm,
    chacha20_poly1305,
    aes_128_ccm,
    aes_256_ccm,
    aes_128_ccm_8,
    aes_256_ccm_8,
};

/// Of the PRF in DTLS 1.2, of HKDF and the transcript in DTLS 1.3.
enum class Hash : std::uint8_t { sha256, sha384 };

struct CipherSuiteInfo {
    CipherSuite suite;
    std::string_view name; ///< the registered one: "TLS_PSK_WITH_AES_128_CCM"
    KeyExchange key_exchange;
    Aead aead;
    Hash hash;

    /// Else it is a suite of DTLS 1.2.
    bool is_1_3() const { return key_exchange == KeyExchange::any; }
};

/// All that hawser speaks, by no preference.
std::span<const CipherSuiteInfo> cipher_suites();

/// nullptr for a suite that hawser does not speak.
const CipherSuiteInfo* find_cipher_suite(CipherSuite suite);

/// "TLS_AES_128_GCM_SHA256"; "unknown" for a suite that hawser does not speak.
std::string_view name(CipherSuite suite);

} // namespace hawser::wire::dtls
