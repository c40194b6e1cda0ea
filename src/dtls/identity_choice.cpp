#include "dtls/identity_choice.hpp"

#include <hawser/wire/dtls/extensions.hpp>

#include <algorithm>
#include <array>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::CertificateType;
using wire::dtls::ExtensionType;

std::optional<bool> shown_raw(const Identity& identity, const IdentityWishes& wishes,
                              const Options& options) {
    const bool bare = !identity.has_certificates();
    if (wishes.takes_raw_keys && (bare || options.raw_public_key)) return true;
    if (wishes.takes_certificates && !bare) return false;
    return std::nullopt;
}

bool fits_issuers(const Identity& identity, const IdentityWishes& wishes) {
    if (!identity.needs_named_issuer()) return true;
    return std::ranges::any_of(identity.issuers(), [&wishes](const auto& issuer) {
        return std::ranges::find(wishes.authorities, issuer) != wishes.authorities.end();
    });
}

std::vector<CertificateType> own_certificate_types(const Options& options) {
    std::vector<CertificateType> types;
    const auto add = [&types](CertificateType type) {
        if (std::ranges::find(types, type) == types.end()) types.push_back(type);
    };
    if (options.raw_public_key) add(CertificateType::raw_public_key);
    const auto add_type_of = [&](const Identity& identity) {
        add(identity.has_certificates() ? CertificateType::x509 : CertificateType::raw_public_key);
    };
    if (options.identity) {
        add_type_of(*options.identity);
    } else {
        add(CertificateType::x509);
    }
    std::ranges::for_each(options.more_identities, add_type_of);
    return types;
}

void write_certificate_types(Writer& out, const Options& options) {
    constexpr std::array kTaken{CertificateType::raw_public_key, CertificateType::x509};
    if (options.raw_public_key)
        wire::dtls::write_certificate_types(out, ExtensionType::server_certificate_type, kTaken);
    const std::vector<CertificateType> own = own_certificate_types(options);
    if (own != std::vector{CertificateType::x509})
        wire::dtls::write_certificate_types(out, ExtensionType::client_certificate_type, own);
}

Step take_authorities(IdentityWishes& wishes, const wire::dtls::ExtensionList& extensions) {
    const auto value = extensions.find(ExtensionType::certificate_authorities);
    if (!value) return {};
    const auto names = wire::dtls::parse_certificate_authorities(*value);
    if (!names) return fault(AlertDescription::decode_error, "malformed authorities");
    take_authorities(wishes, *names);
    return {};
}

void take_authorities(IdentityWishes& wishes,
                      const wire::dtls::List<wire::dtls::DistinguishedName>& names) {
    wishes.authorities.clear();
    for (const auto& name : names)
        wishes.authorities.emplace_back(name.bytes.begin(), name.bytes.end());
}

} // namespace hawser::dtls
