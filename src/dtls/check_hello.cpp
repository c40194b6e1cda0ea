#include "dtls/check_hello.hpp"

#include <hawser/wire/dtls/certificate.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/key_share.hpp>

#include <algorithm>
#include <vector>

namespace hawser::dtls {

using wire::dtls::ClientHello;
using wire::dtls::ExtensionType;

namespace {

/// RFC 8446 §4.2.8: each share is of a group that is offered, and of another one.
Step check_shares(Bytes groups_value, Bytes shares_value) {
    const auto groups = wire::dtls::parse_supported_groups(groups_value);
    const auto shares = wire::dtls::parse_key_shares(shares_value);
    if (!groups || !shares)
        return fault(AlertDescription::decode_error, "malformed groups or key shares");
    std::vector<NamedGroup> seen;
    for (const auto& share : *shares) {
        const bool again = std::ranges::find(seen, share.group) != seen.end();
        if (again || !groups->contains(share.group))
            return fault(AlertDescription::illegal_parameter,
                         "a key share that stands there twice, or of a group that is not offered");
        seen.push_back(share.group);
    }
    return {};
}

} // namespace

Step check_hello(const ClientHello& hello, bool is_1_3) {
    const auto& extensions = hello.extensions;
    const auto versions = extensions.find(ExtensionType::supported_versions);
    if (versions && !wire::dtls::parse_supported_versions(*versions))
        return fault(AlertDescription::decode_error, "malformed versions");
    if (!is_1_3) return {};
    const auto& methods = hello.compression_methods;
    if (methods.size() != 1 || !methods.contains(wire::dtls::CompressionMethod::null))
        return fault(AlertDescription::illegal_parameter, "the client wants compression");
    if (!hello.cookie.empty()) // RFC 9147 §5.3
        return fault(AlertDescription::illegal_parameter, "a cookie of 1.2 in a hello of 1.3");
    const auto authorities = extensions.find(ExtensionType::certificate_authorities);
    if (authorities && !wire::dtls::parse_certificate_authorities(*authorities))
        return fault(AlertDescription::decode_error, "malformed authorities");
    const auto groups = extensions.find(ExtensionType::supported_groups);
    const auto shares = extensions.find(ExtensionType::key_share);
    const bool psk = extensions.contains(ExtensionType::pre_shared_key);
    const bool proves = extensions.contains(psk ? ExtensionType::psk_key_exchange_modes
                                                : ExtensionType::signature_algorithms);
    if (!groups || !shares || !proves) // RFC 8446 §9.2, §4.2.9
        return fault(AlertDescription::missing_extension,
                     "a hello without groups, key shares, algorithms or modes");
    return check_shares(*groups, *shares);
}

} // namespace hawser::dtls
