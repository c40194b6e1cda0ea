#include <hawser/wire/dtls/cipher_suite.hpp>

#include <algorithm>
#include <array>

namespace hawser::wire::dtls {
namespace {

// RFC 8446, RFC 5289, RFC 7251, RFC 7905; RFC 5487, RFC 6655, RFC 8442 for those with pre-shared
// keys. A suite whose name ends without a hash has SHA-256.
constexpr auto kSuites = std::to_array<CipherSuiteInfo>({
    {CipherSuite::aes_128_gcm_sha256, "TLS_AES_128_GCM_SHA256", KeyExchange::any, Aead::aes_128_gcm,
     Hash::sha256},
    {CipherSuite::aes_256_gcm_sha384, "TLS_AES_256_GCM_SHA384", KeyExchange::any, Aead::aes_256_gcm,
     Hash::sha384},
    {CipherSuite::chacha20_poly1305_sha256, "TLS_CHACHA20_POLY1305_SHA256", KeyExchange::any,
     Aead::chacha20_poly1305, Hash::sha256},
    {CipherSuite::aes_128_ccm_sha256, "TLS_AES_128_CCM_SHA256", KeyExchange::any, Aead::aes_128_ccm,
     Hash::sha256},
    {CipherSuite::aes_128_ccm_8_sha256, "TLS_AES_128_CCM_8_SHA256", KeyExchange::any,
     Aead::aes_128_ccm_8, Hash::sha256},
    {CipherSuite::ecdhe_ecdsa_aes_128_gcm_sha256, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
     KeyExchange::ecdhe_ecdsa, Aead::aes_128_gcm, Hash::sha256},
    {CipherSuite::ecdhe_ecdsa_aes_256_gcm_sha384, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
     KeyExchange::ecdhe_ecdsa, Aead::aes_256_gcm, Hash::sha384},
    {CipherSuite::ecdhe_ecdsa_chacha20_poly1305_sha256,
     "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", KeyExchange::ecdhe_ecdsa,
     Aead::chacha20_poly1305, Hash::sha256},
    {CipherSuite::ecdhe_ecdsa_aes_128_ccm, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
     KeyExchange::ecdhe_ecdsa, Aead::aes_128_ccm, Hash::sha256},
    {CipherSuite::ecdhe_ecdsa_aes_256_ccm, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
     KeyExchange::ecdhe_ecdsa, Aead::aes_256_ccm, Hash::sha256},
    {CipherSuite::ecdhe_ecdsa_aes_128_ccm_8, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
     KeyExchange::ecdhe_ecdsa, Aead::aes_128_ccm_8, Hash::sha256},
    {CipherSuite::ecdhe_ecdsa_aes_256_ccm_8, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
     KeyExchange::ecdhe_ecdsa, Aead::aes_256_ccm_8, Hash::sha256},
    {CipherSuite::ecdhe_rsa_aes_128_gcm_sha256, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
     KeyExchange::ecdhe_rsa, Aead::aes_128_gcm, Hash::sha256},
    {CipherSuite::ecdhe_rsa_aes_256_gcm_sha384, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
     KeyExchange::ecdhe_rsa, Aead::aes_256_gcm, Hash::sha384},
    {CipherSuite::ecdhe_rsa_chacha20_poly1305_sha256, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
     KeyExchange::ecdhe_rsa, Aead::chacha20_poly1305, Hash::sha256},
    {CipherSuite::psk_aes_128_gcm_sha256, "TLS_PSK_WITH_AES_128_GCM_SHA256", KeyExchange::psk,
     Aead::aes_128_gcm, Hash::sha256},
    {CipherSuite::psk_aes_256_gcm_sha384, "TLS_PSK_WITH_AES_256_GCM_SHA384", KeyExchange::psk,
     Aead::aes_256_gcm, Hash::sha384},
    {CipherSuite::psk_chacha20_poly1305_sha256, "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256",
     KeyExchange::psk, Aead::chacha20_poly1305, Hash::sha256},
    {CipherSuite::psk_aes_128_ccm, "TLS_PSK_WITH_AES_128_CCM", KeyExchange::psk, Aead::aes_128_ccm,
     Hash::sha256},
    {CipherSuite::psk_aes_256_ccm, "TLS_PSK_WITH_AES_256_CCM", KeyExchange::psk, Aead::aes_256_ccm,
     Hash::sha256},
    {CipherSuite::psk_aes_128_ccm_8, "TLS_PSK_WITH_AES_128_CCM_8", KeyExchange::psk,
     Aead::aes_128_ccm_8, Hash::sha256},
    {CipherSuite::psk_aes_256_ccm_8, "TLS_PSK_WITH_AES_256_CCM_8", KeyExchange::psk,
     Aead::aes_256_ccm_8, Hash::sha256},
    {CipherSuite::ecdhe_psk_aes_128_gcm_sha256, "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256",
     KeyExchange::ecdhe_psk, Aead::aes_128_gcm, Hash::sha256},
    {CipherSuite::ecdhe_psk_aes_256_gcm_sha384, "TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384",
     KeyExchange::ecdhe_psk, Aead::aes_256_gcm, Hash::sha384},
    {CipherSuite::ecdhe_psk_aes_128_ccm_8_sha256, "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256",
     KeyExchange::ecdhe_psk, Aead::aes_128_ccm_8, Hash::sha256},
    {CipherSuite::ecdhe_psk_aes_128_ccm_sha256, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256",
     KeyExchange::ecdhe_psk, Aead::aes_128_ccm, Hash::sha256},
    {CipherSuite::ecdhe_psk_chacha20_poly1305_sha256, "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
     KeyExchange::ecdhe_psk, Aead::chacha20_poly1305, Hash::sha256},
});

} // namespace

std::span<const CipherSuiteInfo> cipher_suites() {
    return kSuites;
}

const CipherSuiteInfo* find_cipher_suite(CipherSuite suite) {
    const auto* const found = std::ranges::find(kSuites, suite, &CipherSuiteInfo::suite);
    return found == kSuites.end() ? nullptr : found;
}

std::string_view name(CipherSuite suite) {
    switch (suite) {
    case CipherSuite::empty_renegotiation_info_scsv: return "TLS_EMPTY_RENEGOTIATION_INFO_SCSV";
    case CipherSuite::fallback_scsv: return "TLS_FALLBACK_SCSV";
    default: break;
    }
    const CipherSuiteInfo* const info = find_cipher_suite(suite);
    return info == nullptr ? "unknown" : info->name;
}

} // namespace hawser::wire::dtls
