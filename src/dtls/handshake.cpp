#include "dtls/handshake.hpp"

#include "crypto/identity.hpp"
#include "crypto/key_exchange.hpp"

#include <hawser/core/address.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls {

using wire::dtls::NamedGroup;
using Suite = wire::dtls::CipherSuite;

Handshake::Handshake(const HandshakeSetting& setting)
    : role_{setting.role},
      options_{setting.options},
      forming_{setting.forming},
      before_{setting.before},
      base_{setting.base},
      random_{setting.random},
      tickets_{setting.tickets},
      next_sequence_{setting.first_sequence},
      own_cid_{setting.own_cid.begin(), setting.own_cid.end()},
      peer_cid_{setting.peer_cid.begin(), setting.peer_cid.end()} {}

std::vector<Suite> Handshake::own_suites() const {
    return suites_of(options(), role_);
}

bool Handshake::speaks(Version version) const {
    return dtls::speaks(options(), version, role_);
}

crypto::Entropy Handshake::entropy() {
    crypto::Entropy bytes;
    random_.fill(bytes);
    return bytes;
}

void Handshake::send_body(Turn& turn, HandshakeType type, std::uint64_t epoch,
                          std::vector<std::byte> body) {
    transcript_.add(type, next_sequence_, body);
    queue(turn, type, epoch, std::move(body));
}

std::uint16_t Handshake::queue(Turn& turn, HandshakeType type, std::uint64_t epoch,
                               std::vector<std::byte> body) {
    turn.then(QueueMessage{type, next_sequence_, epoch, std::move(body)});
    return next_sequence_++;
}

void Handshake::use_peer_cid(Turn& turn, Bytes cid) {
    peer_cid_.assign(cid.begin(), cid.end());
    turn.then(UsePeerCid{peer_cid_});
}

void Handshake::drop_own_cid(Turn& turn) {
    own_cid_.clear();
    turn.then(DropOwnCid{});
}

void Handshake::establish(Turn& turn) {
    done_ = true;
    turn.then(Establish{result_});
}

std::uint16_t Handshake::shown_record_limit(bool is_1_3) const {
    const std::uint16_t limit = options().record_size_limit;
    const bool largest = limit == wire::dtls::kPlaintextBytesMax;
    return static_cast<std::uint16_t>(largest && is_1_3 ? limit + 1 : limit);
}

void Handshake::take_record_limit(std::uint16_t limit) {
    const bool is_1_3 = suite_->is_1_3();
    const auto content = static_cast<std::uint16_t>(is_1_3 ? limit - 1 : limit);
    forming_.peer_record_limit = std::min<std::uint16_t>(wire::dtls::kPlaintextBytesMax, content);
    forming_.own_record_limit =
        static_cast<std::uint16_t>(shown_record_limit(is_1_3) - (is_1_3 ? 1 : 0));
}

void Handshake::log(Turn& turn, std::string_view label, const Secret& secret) const {
    turn.then(LogSecret{label, client_random_, secret});
}

std::string_view without_scope(std::string_view name) {
    std::string_view host = name;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    host = host.substr(0, host.find('%'));
    return host.contains(':') && Address::parse(host) ? host : name;
}

bool is_address(std::string_view name) {
    return Address::parse(without_scope(name)).has_value();
}

std::string_view wrong_finished(Role role) {
    return role == Role::client ? "the server's Finished does not fit what was said"
                                : "the client's Finished does not fit what was said";
}

namespace {

using wire::dtls::KeyExchange;

/// Short tags are for those who ask for them by name.
constexpr std::array kUsualSuites{
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
constexpr std::array kUsualGroups{NamedGroup::x25519_mlkem768, NamedGroup::x25519,
                                  NamedGroup::secp256r1, NamedGroup::secp384r1};

std::span<const Suite> listed_suites(const Options& options) {
    if (options.cipher_suites.empty()) return kUsualSuites;
    return options.cipher_suites;
}

std::span<const NamedGroup> listed_groups(const Options& options) {
    if (options.groups.empty()) return kUsualGroups;
    return options.groups;
}

bool is_available(NamedGroup group) {
    return crypto::available(static_cast<crypto::Group>(group));
}

/// Whether these options allow the suite at all: versions, credentials, groups.
bool allows(const Options& options, Role role, const CipherSuiteInfo& info) {
    const Version version = info.is_1_3() ? Version::v1_3 : Version::v1_2;
    // Newer versions are smaller numbers.
    if (version > options.version_min || version < options.version_max) return false;
    const bool is_client = role == Role::client;
    const bool psk = !options.psks.empty() || (!is_client && options.find_psk != nullptr);
    const bool certificates = is_client ? options.verification.wanted() : !!options.identity;
    switch (info.key_exchange) {
    case KeyExchange::any: // a PSK of 1.3 is one of SHA-256
        return has_group(options, version) &&
               (certificates || (psk && info.hash == wire::dtls::Hash::sha256));
    case KeyExchange::psk: return psk;
    case KeyExchange::ecdhe_psk: return psk && has_group(options, version);
    case KeyExchange::ecdhe_ecdsa:
    case KeyExchange::ecdhe_rsa: break;
    }
    if (!certificates || !has_group(options, version)) return false;
    if (is_client) return true;
    const auto fits = [&info](const Identity& identity) {
        const bool rsa_key = identity.material().key.kind() == crypto::KeyKind::rsa;
        return rsa_key == (info.key_exchange == KeyExchange::ecdhe_rsa);
    };
    return fits(*options.identity) || std::ranges::any_of(options.more_identities, fits);
}

} // namespace

bool has_group(const Options& options, Version version) {
    return std::ranges::any_of(listed_groups(options), [version](NamedGroup group) {
        const bool known = version == Version::v1_3 || group != NamedGroup::x25519_mlkem768;
        return known && is_available(group);
    });
}

bool speaks(const Options& options, Version version, Role role) {
    return std::ranges::any_of(listed_suites(options), [&](Suite suite) {
        const CipherSuiteInfo* const info = wire::dtls::find_cipher_suite(suite);
        return info != nullptr && info->is_1_3() == (version == Version::v1_3) &&
               allows(options, role, *info);
    });
}

std::vector<NamedGroup> groups_of(const Options& options) {
    const auto listed = listed_groups(options);
    std::vector<NamedGroup> groups{listed.begin(), listed.end()};
    std::erase_if(groups, [](NamedGroup group) { return !is_available(group); });
    return groups;
}

std::vector<Suite> suites_of(const Options& options, Role role) {
    const auto listed = listed_suites(options);
    std::vector<Suite> suites{listed.begin(), listed.end()};
    std::erase_if(suites, [&](Suite suite) {
        const CipherSuiteInfo* const info = wire::dtls::find_cipher_suite(suite);
        return info == nullptr || !allows(options, role, *info);
    });
    return suites;
}

} // namespace hawser::dtls
