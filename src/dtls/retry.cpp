#include "dtls/retry.hpp"

#include "dtls/handshake.hpp"
#include "dtls/server.hpp"

#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/key_share.hpp>
#include <hawser/wire/dtls/pre_shared_key.hpp>

#include <algorithm>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::ClientHello;
using wire::dtls::ExtensionType;
using wire::dtls::NamedGroup;

namespace {

/// The hash that the PSK offered first of those that may be known binds the suite to. Looks at
/// names alone: the one who asks has not shown yet that it is there.
std::optional<wire::dtls::Hash> offered_psk_hash(TicketKeys& tickets, const Options& options,
                                                 const ClientHello& hello, Instant now) {
    const auto value = hello.extensions.find(ExtensionType::pre_shared_key);
    const auto offer = value ? wire::dtls::PskOffer::parse(*value)
                             : Result<wire::dtls::PskOffer>{hawser::fail(Errc::not_found, "")};
    if (!offer) return std::nullopt;
    for (const auto& psk : offer->identities) {
        const auto state = tickets.open(psk.identity, now);
        const CipherSuiteInfo* const info = state && state->version == Version::v1_3
                                                ? wire::dtls::find_cipher_suite(state->suite)
                                                : nullptr;
        if (info != nullptr) return info->hash;
        const bool known = std::ranges::any_of(options.psks, [&psk](const Psk& one) {
            return std::ranges::equal(std::as_bytes(std::span{one.identity}), psk.identity);
        });
        if (known || options.find_psk) return wire::dtls::Hash::sha256;
    }
    return std::nullopt;
}

} // namespace

std::optional<RetryChoice> choose_retry(TicketKeys& tickets, const Options& options,
                                        const ClientHello& hello, Instant now) {
    if (!offers13(hello)) return std::nullopt;
    RetryChoice choice;
    bool found = false;
    const auto bound = offered_psk_hash(tickets, options, hello, now);
    for (const wire::dtls::CipherSuite suite : suites_of(options, Role::server)) {
        const CipherSuiteInfo* const info = wire::dtls::find_cipher_suite(suite);
        if (!info->is_1_3() || !hello.cipher_suites.contains(suite)) continue;
        const bool fits = bound && info->hash == *bound;
        if (!found || fits) choice.suite = suite;
        found = true;
        if (!bound || fits) break;
    }
    const auto groups_value = hello.extensions.find(ExtensionType::supported_groups);
    const auto shares_value = hello.extensions.find(ExtensionType::key_share);
    if (!found || !groups_value || !shares_value) return std::nullopt;
    const auto groups = wire::dtls::parse_supported_groups(*groups_value);
    const auto shares = wire::dtls::parse_key_shares(*shares_value);
    if (!groups || !shares) return std::nullopt;
    std::optional<NamedGroup> common;
    for (const NamedGroup group : groups_of(options)) {
        for (const auto& share : *shares) {
            if (share.group == group && groups->contains(group)) return choice;
        }
        if (!common && groups->contains(group)) common = group;
    }
    if (!common) return std::nullopt;
    choice.group = common;
    return choice;
}

std::vector<std::byte> retry_request(const RetryChoice& choice, Bytes cookie) {
    std::vector<std::byte> room(512 + cookie.size());
    Writer out{room};
    const wire::dtls::ServerHello hello{.random = wire::dtls::kHelloRetryRequestRandom,
                                        .cipher_suite = choice.suite};
    hello.write(out, [&](Writer& to) {
        wire::dtls::write_selected_version(to, Version::v1_3);
        if (choice.group) wire::dtls::write_retry_group(to, *choice.group);
        if (!cookie.empty()) wire::dtls::write_cookie(to, cookie);
    });
    room.resize(out.written());
    return room;
}

} // namespace hawser::dtls
