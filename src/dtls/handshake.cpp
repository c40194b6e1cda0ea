#include "dtls/handshake.hpp"

#include "crypto/key_exchange.hpp"
#include "dtls/connection.hpp"

#include <algorithm>
#include <array>

namespace hawser::dtls {

using wire::dtls::NamedGroup;
using Suite = wire::dtls::CipherSuite;

Handshake::Handshake(Connection& connection)
    : connection_{connection}, again_{connection.connected()}, base_{connection.write_epoch()} {}

const Options& Handshake::options() const {
    return connection_.options();
}

void Handshake::send_body(HandshakeType type, std::uint64_t epoch, std::vector<std::byte> body) {
    const std::vector<std::byte> copy = body;
    const std::uint16_t sequence = connection_.queue(type, epoch, std::move(body));
    transcript_.add(type, sequence, copy);
}

std::uint16_t Handshake::shown_record_limit(bool is_1_3) const {
    const std::uint16_t limit = options().record_size_limit;
    const bool largest = limit == wire::dtls::kPlaintextBytesMax;
    return static_cast<std::uint16_t>(largest && is_1_3 ? limit + 1 : limit);
}

void Handshake::take_record_limit(std::uint16_t limit) {
    Agreement& agreement = connection_.agreement();
    const auto content = static_cast<std::uint16_t>(suite_->is_1_3() ? limit - 1 : limit);
    agreement.peer_record_limit = std::min<std::uint16_t>(wire::dtls::kPlaintextBytesMax, content);
    agreement.own_record_limit = options().record_size_limit;
}

void Handshake::log13(std::string_view label, const Secret& secret) {
    connection_.log_secret(label, client_random_, secret.bytes());
}

std::string_view wrong_finished(Role role) {
    return role == Role::client ? "the server's Finished does not fit what was said"
                                : "the client's Finished does not fit what was said";
}

bool speaks(const Options& options, Version version) {
    // Newer versions are smaller numbers.
    return version <= options.version_min && version >= options.version_max;
}

std::vector<NamedGroup> groups_of(const Options& options) {
    constexpr std::array kUsual{NamedGroup::x25519_mlkem768, NamedGroup::x25519,
                                NamedGroup::secp256r1, NamedGroup::secp384r1};
    std::vector<NamedGroup> groups = options.groups;
    if (groups.empty()) groups.assign(kUsual.begin(), kUsual.end());
    std::erase_if(groups, [](NamedGroup group) {
        return !crypto::available(static_cast<crypto::Group>(group));
    });
    return groups;
}

std::vector<Suite> suites_of(const Options& options) {
    // Short tags are for those who ask for them by name.
    constexpr std::array kUsual{
        Suite::aes_128_gcm_sha256,
        Suite::aes_256_gcm_sha384,
        Suite::chacha20_poly1305_sha256,
        Suite::aes_128_ccm_sha256,
        Suite::ecdhe_ecdsa_aes_128_gcm_sha256,
        Suite::ecdhe_rsa_aes_128_gcm_sha256,
        Suite::ecdhe_ecdsa_aes_256_gcm_sha384,
        Suite::ecdhe_rsa_aes_256_gcm_sha384,
        Suite::ecdhe_ecdsa_chacha20_poly1305_sha256,
        Suite::ecdhe_rsa_chacha20_poly1305_sha256,
        Suite::ecdhe_ecdsa_aes_128_ccm,
        Suite::ecdhe_ecdsa_aes_256_ccm,
        Suite::ecdhe_psk_aes_128_gcm_sha256,
        Suite::ecdhe_psk_aes_256_gcm_sha384,
        Suite::ecdhe_psk_chacha20_poly1305_sha256,
        Suite::ecdhe_psk_aes_128_ccm_sha256,
        Suite::psk_aes_128_gcm_sha256,
        Suite::psk_aes_256_gcm_sha384,
        Suite::psk_chacha20_poly1305_sha256,
        Suite::psk_aes_128_ccm,
        Suite::psk_aes_256_ccm,
    };
    std::vector<Suite> suites = options.cipher_suites;
    if (suites.empty()) suites.assign(kUsual.begin(), kUsual.end());
    const bool psk = !options.psks.empty() || options.find_psk != nullptr;
    const bool certificates = options.identity.has_value() || options.verification.wanted();
    std::erase_if(suites, [&](Suite suite) {
        const CipherSuiteInfo* const info = wire::dtls::find_cipher_suite(suite);
        if (info == nullptr) return true;
        if (info->is_1_3()) return !speaks(options, Version::v1_3);
        if (!speaks(options, Version::v1_2)) return true;
        const bool with_psk = info->key_exchange == wire::dtls::KeyExchange::psk ||
                              info->key_exchange == wire::dtls::KeyExchange::ecdhe_psk;
        return with_psk ? !psk : !certificates;
    });
    return suites;
}

} // namespace hawser::dtls
