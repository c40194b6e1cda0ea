#include "dtls/check_options.hpp"

#include "crypto/identity.hpp"
#include "dtls/stapling.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <string_view>

namespace hawser::dtls {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPskBytesMax = 256;
constexpr std::size_t kMkiBytesMax = 255;
constexpr std::size_t kOwnIdBytesMax = 20;
constexpr std::size_t kAlpnNameBytesMax = 255;
constexpr std::size_t kListMax = 64;
constexpr std::size_t kMoreIdentitiesMax = 15;
constexpr std::size_t kTicketSecretBytesMin = 32;

struct Rule {
    bool broken;
    std::string_view what;
};

Result<> keep(std::initializer_list<Rule> rules) {
    for (const Rule& rule : rules) {
        if (rule.broken) return fail(Errc::invalid_argument, rule.what);
    }
    return {};
}

template <class T>
bool outside(T value, T least, T most) {
    return value < least || value > most;
}

/// Of the Certificate message of 1.3 (RFC 8446 §4.4.2), which is the longer one.
std::size_t certificate_message_bytes(const Identity& identity) {
    constexpr std::size_t kContextAndListLength = 1 + 3;
    constexpr std::size_t kEntryAround = 3 + 2;
    std::size_t bytes = kContextAndListLength;
    for (const auto& der : identity.material().chain)
        bytes += kEntryAround + der.size();
    return bytes + status_extension(identity.ocsp_response()).size();
}

/// The list as a hello has it: each name after its length.
std::size_t alpn_bytes(const Options& options) {
    std::size_t bytes = 0;
    for (const std::string& name : options.alpn)
        bytes += 1 + name.size();
    return bytes;
}

/// That messages of ours have room for them, and those of a peer like us.
Result<> check_lengths(const Options& options) {
    const auto is_too_long = [](const Identity& identity) {
        return certificate_message_bytes(identity) > Inbox::kMessageBytesMax;
    };
    const auto bad_response = [](const Identity& identity) {
        return identity.ocsp_response().size() > kOcspResponseBytesMax;
    };
    const auto bad_name = [](const std::string& name) {
        return outside<std::size_t>(name.size(), 1, kAlpnNameBytesMax);
    };
    const auto bad_key = [](const Psk& psk) {
        return outside<std::size_t>(psk.key.size(), 1, kPskBytesMax);
    };
    const auto bad_identity = [](const Psk& psk) {
        return outside<std::size_t>(psk.identity.size(), 1, kPskIdentityBytesMax);
    };
    return keep({
        {(options.identity && is_too_long(*options.identity)) ||
             std::ranges::any_of(options.more_identities, is_too_long),
         "a certificate chain has at most 65536 bytes as a message of DTLS 1.3: DER, and 5 for "
         "each"},
        {(options.identity && bad_response(*options.identity)) ||
             std::ranges::any_of(options.more_identities, bad_response),
         "an OCSP response has at most 16384 bytes"},
        {std::ranges::any_of(options.psks, bad_key), "a PSK has 1 to 256 bytes"},
        {std::ranges::any_of(options.psks, bad_identity), "a PSK identity has 1 to 4096 bytes"},
        {options.more_identities.size() > kMoreIdentitiesMax, "more_identities has at most 15"},
        {!options.more_identities.empty() && !options.identity,
         "more_identities are for those who have an identity"},
        {options.psk_hint.size() > kPskIdentityBytesMax, "psk_hint has at most 4096 bytes"},
        {std::ranges::any_of(options.alpn, bad_name), "an ALPN name has 1 to 255 bytes"},
        {alpn_bytes(options) > kAlpnBytesMax,
         "all ALPN names have at most 8192 bytes, with one more for each"},
        {options.server_name.size() > kServerNameBytesMax, "server_name has at most 255 bytes"},
        {options.server_name.contains('\0'), "server_name has no zero byte"},
        {options.srtp_mki.size() > kMkiBytesMax, "an MKI has at most 255 bytes"},
        {options.cipher_suites.size() > kListMax, "cipher_suites has at most 64 entries"},
        {options.signature_schemes.size() > kListMax, "signature_schemes has at most 64 entries"},
        {options.groups.size() > kListMax, "groups has at most 64 entries"},
        {options.srtp_profiles.size() > kListMax, "srtp_profiles has at most 64 entries"},
        {options.connection_id_bytes.value_or(0) > kOwnIdBytesMax,
         "a connection ID of ours has 0 to 20 bytes"},
    });
}

Result<> check_ranges(const Options& options) {
    const std::size_t coalesce = options.coalesce_bytes;
    return keep({
        {outside<std::size_t>(options.handshake_datagram_bytes, 256, 65'000),
         "handshake_datagram_bytes is 256 to 65000"},
        {coalesce != 0 && outside<std::size_t>(coalesce, 256, 65'000),
         "coalesce_bytes is 0, or 256 to 65000"},
        {outside<std::uint16_t>(options.record_size_limit, 64, 16'384),
         "record_size_limit is 64 to 16384"},
        {outside<std::uint32_t>(options.replay_window, 64, 65'536), "replay_window is 64 to 65536"},
        {outside<std::chrono::seconds>(options.ticket_lifetime, 1s, std::chrono::days{7}),
         "ticket_lifetime is 1 second to 7 days"},
        {outside<Duration>(options.retransmission_max, 1ms, 1h),
         "retransmission_max is 1 millisecond to 1 hour"},
        {outside<Duration>(options.retransmission_initial, 1ms, options.retransmission_max),
         "retransmission_initial is 1 millisecond to retransmission_max"},
        {options.handshake_timeout < 1ms, "handshake_timeout is 1 millisecond or more"},
    });
}

} // namespace

Result<> check(const EndpointOptions& options) {
    return keep({
        {options.shard >= options.shards, "shard is below shards, which is 1 to 255"},
        {!options.ticket_secret.empty() && options.ticket_secret.size() < kTicketSecretBytesMin,
         "a ticket_secret has 32 bytes or more"},
        {options.cookie_lifetime < 1s, "cookie_lifetime is 1 second or more"},
    });
}

Result<> check_bounds(const Options& options) {
    if (auto fits = check_lengths(options); !fits) return fits;
    return check_ranges(options);
}

Result<> check(const Options& options, Role role) {
    if (auto fits = check_bounds(options); !fits) return fits;
    const bool is_server = role == Role::server;
    const bool psk = !options.psks.empty() || (is_server && options.find_psk != nullptr);
    return keep({
        {options.version_min < options.version_max, "version_min is above version_max"},
        {is_server && !options.identity && !psk, "a server needs a certificate and key, or a PSK"},
        {!is_server && !psk && !options.verification.wanted(),
         "say which certificates are taken: trust anchors, a fingerprint, or anyone"},
        {!has_group(options, Version::v1_3), "libcrypto has none of the groups"},
        {schemes_of(options).empty(), "signature_schemes has none that is checked here"},
        {!speaks(options, Version::v1_2, role) && !speaks(options, Version::v1_3, role),
         "no cipher suite fits the versions, groups and credentials"},
    });
}

bool is_usable(const Psk& psk) {
    return !outside<std::size_t>(psk.key.size(), 1, kPskBytesMax) &&
           psk.identity.size() <= kPskIdentityBytesMax;
}

} // namespace hawser::dtls
