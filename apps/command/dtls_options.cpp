#include "command/dtls_options.hpp"

#include "command/network_options.hpp"
#include "command/text.hpp"
#include "command/whole_file.hpp"

#include "dtls/check_options.hpp"

#include <hawser/wire/dtls/numbers.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace hawser::command {
namespace {

std::string check_fingerprint(const std::string& text) {
    if (dtls::parse_fingerprint(text)) return {};
    return fmt::format("\"{}\" is no fingerprint: that is SHA-256, 32 bytes in hexadecimal, "
                       "AB:CD:..., as `hawser keygen` and a listener print it",
                       text);
}

std::optional<std::vector<std::byte>> parse_hex(std::string_view text) {
    if (text.empty() || text.size() % 2 != 0) return std::nullopt;
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        unsigned value = 0;
        const char* const from = text.data() + i;
        const auto [stop, error] = std::from_chars(from, from + 2, value, 16);
        if (error != std::errc{} || stop != from + 2) return std::nullopt;
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

std::string check_psk(const std::string& text) {
    const auto bytes = parse_hex(text);
    if (bytes && bytes->size() <= 256) return {};
    // What stands there may be the secret with a typo: it is not shown.
    return "the key is no hexadecimal number of 1 to 256 bytes, two digits a byte";
}

Outcome<dtls::Identity> read_identity(const DtlsOptions& options) {
    if (options.certificate.empty() || options.key.empty()) {
        return failure(ExitCode::usage, "--cert and --key belong together; `hawser keygen` makes a "
                                        "pair of files for them");
    }
    const auto certificates = read_whole_file(options.certificate);
    if (!certificates) return std::unexpected{certificates.error()};
    const auto key = read_whole_file(options.key);
    if (!key) return std::unexpected{key.error()};
    auto identity = dtls::Identity::from_pem(*certificates, *key);
    if (identity) return *std::move(identity);
    if (identity.error().code == Errc::invalid_argument) {
        return failure(ExitCode::file, fmt::format("the key in {} is not that of the certificate "
                                                   "in {}",
                                                   options.key, options.certificate));
    }
    return failure(ExitCode::file, fmt::format("--cert {}, --key {}: {}", options.certificate,
                                               options.key, identity.error().what));
}

Outcome<dtls::Verification> verification(const DtlsOptions& options, Role role,
                                         std::string_view host) {
    dtls::Verification rule;
    if (!options.authorities.empty()) {
        const auto text = read_whole_file(options.authorities);
        if (!text) return std::unexpected{text.error()};
        auto anchors = dtls::TrustAnchors::from_pem(*text);
        if (!anchors) {
            return failure(ExitCode::file,
                           fmt::format("--ca {}: {}", options.authorities, anchors.error().what));
        }
        rule.anchors = *std::move(anchors);
        WantedName wanted{.name = options.name, .from = "--name"};
        if (wanted.name.empty() && role == Role::connects) {
            wanted = {.name = std::string{host}, .from = "ADDR (--name gives another)"};
        }
        if (!wanted.name.empty()) want_name(rule, role, std::move(wanted), options.misnamed);
    }
    for (const std::string& text : options.fingerprints) {
        if (const auto fingerprint = dtls::parse_fingerprint(text)) {
            rule.fingerprints.push_back(*fingerprint);
        }
    }
    rule.anyone = options.insecure;
    return rule;
}

Outcome<> check_complete(Role role, const dtls::Options& made) {
    if (!made.psks.empty()) return {};
    if (role == Role::listens && !made.identity) {
        return failure(ExitCode::usage,
                       "--dtls: a listener has to show who it is: --cert FILE --key FILE (`hawser "
                       "keygen` makes them), or --psk HEX as at the other end");
    }
    if (role == Role::connects && !made.verification.wanted()) {
        return failure(ExitCode::usage,
                       "--dtls: nothing says which peer is the right one: --fingerprint AB:CD:.. "
                       "of its certificate, --ca FILE for certificates of an authority, --psk HEX "
                       "for a common key, or --insecure for anybody");
    }
    return {};
}

/// An option, and what the engine is told without it.
struct Part {
    std::string_view option;
    void (*leave_out)(dtls::Options& made);
};

constexpr std::array kParts{
    Part{"--cert", [](dtls::Options& made) { made.identity.reset(); }},
    Part{"--psk-identity", [](dtls::Options& made) { made.psks.clear(); }},
    Part{"--alpn", [](dtls::Options& made) { made.alpn.clear(); }},
    Part{"--name", [](dtls::Options& made) { made.server_name.clear(); }},
};

/// The option without which the engine finds another fault, or none; --dtls when no single one is
/// to blame.
std::string_view to_blame(const dtls::Options& made, dtls::Role role, const Error& fault) {
    for (const Part& part : kParts) {
        dtls::Options without = made;
        part.leave_out(without);
        const auto possible = dtls::check(without, role);
        if (possible || possible.error().what != fault.what) return part.option;
    }
    return "--dtls";
}

/// What can never work is told before anything is sent.
Outcome<> check_possible(const dtls::Options& made, Role role) {
    const auto side = role == Role::connects ? dtls::Role::client : dtls::Role::server;
    const auto possible = dtls::check(made, side);
    if (possible) return {};
    const Error& fault = possible.error();
    return failure(ExitCode::usage, fmt::format("{}: {}", to_blame(made, side, fault), fault.what));
}

/// What an alert of the peer's most likely means for who is at this end; empty: its name says it.
std::string_view meaning(dtls::AlertDescription alert, const DtlsOptions& options) {
    using enum dtls::AlertDescription;
    const bool has_key = !options.psk.empty();
    switch (alert) {
    case handshake_failure:
        return has_key
                   ? "no cipher suite in common: it may have no --psk"
                   : "no cipher suite in common, or it wants a key that both have (--psk), or a "
                     "certificate of ours (--cert, --key)";
    case protocol_version: return "no version of DTLS in common";
    case bad_certificate:
        return "it does not take our certificate: it may want another one, or a key that both have "
               "(--psk)";
    case unsupported_certificate:
    case certificate_unknown:
    case unknown_ca: return "it does not take our certificate";
    case certificate_expired: return "our certificate is not valid now";
    case certificate_required: return "it wants a certificate of ours: --cert, --key";
    case decrypt_error: return "another --psk than its own, or a signature that is not right";
    case unknown_psk_identity:
        return has_key ? "it has no key of the name in --psk-identity"
                       : "it takes only who has its key: --psk";
    case no_application_protocol: return "no application protocol in common: --alpn";
    default: return {};
    }
}

/// What we found wrong, where an option of ours says more than the engine; empty: it says all.
std::string_view fault(const dtls::Closed& closed, const DtlsOptions& options) {
    const bool judges_none =
        options.authorities.empty() && options.fingerprints.empty() && !options.insecure;
    if (closed.alert_sent == dtls::AlertDescription::bad_certificate && judges_none &&
        !options.psk.empty()) {
        return "the peer does not take the key in --psk, but shows a certificate; --fingerprint, "
               "--ca or --insecure says which one is right";
    }
    if (closed.alert_sent == dtls::AlertDescription::unknown_psk_identity) {
        return "the peer came without --psk, or with another --psk-identity than ours";
    }
    return {};
}

std::string_view version_text(dtls::Version version) {
    return version == dtls::Version::v1_3 ? "DTLS 1.3" : "DTLS 1.2";
}

} // namespace

void add_dtls_options(Subcommand command, DtlsOptions& options, Role role) {
    const std::string heading = "DTLS, with --dtls";
    const Option enabled = command.group(heading).flag(
        "--dtls", &options.enabled,
        "seals everything with DTLS 1.3 or 1.2; the port in ADDR is then the UDP port");
    Subcommand dtls = command.group(heading, enabled);
    const bool listens = role == Role::listens;
    dtls.option("--cert", &options.certificate, "our certificate chain, PEM")
        .type_name("FILE")
        .not_empty();
    dtls.option("--key", &options.key, "its private key, PEM").type_name("FILE").not_empty();
    dtls.option("--ca", &options.authorities,
                listens ? "authorities, PEM: clients need a certificate of theirs"
                        : "authorities, PEM: the peer needs a certificate of theirs")
        .type_name("FILE")
        .not_empty();
    dtls.option("--name", &options.name,
                listens ? "with --ca, what that certificate has to carry"
                        : "with --ca, what that certificate has to carry; the host in ADDR")
        .type_name("NAME")
        .not_empty();
    dtls.option("--fingerprint", &options.fingerprints,
                "SHA-256 of the one certificate that the peer may have; may be given several times")
        .type_name("AB:CD..")
        .several()
        .check(check_fingerprint);
    dtls.flag("--insecure", &options.insecure,
              listens ? "clients need a certificate, but any will do"
                      : "any certificate will do: sealed, but with whom is unknown");
    const Option psk =
        dtls.option("--psk", &options.psk, "a key that the peer has, too, in hexadecimal")
            .type_name("HEX")
            .check(check_psk);
    dtls.option("--psk-identity", &options.psk_identity, "that key's name")
        .type_name("NAME")
        .shows_default()
        .needs(psk);
    dtls.option("--alpn", &options.alpn,
                "application protocol to agree on (RFC 7301); several: the best first")
        .type_name("NAME")
        .several();
    dtls.option("--cid", &options.connection_id_bytes,
                "bytes of the connection IDs on what we receive (RFC 9146); 0: only use the peer's")
        .type_name("BYTES")
        .range(0, 20);
}

Outcome<dtls::Options> dtls_options(const DtlsOptions& options, Role role, std::string_view host) {
    dtls::Options made;
    if (!options.certificate.empty() || !options.key.empty()) {
        auto identity = read_identity(options);
        if (!identity) return std::unexpected{identity.error()};
        made.identity = *std::move(identity);
    }
    auto rule = verification(options, role, host);
    if (!rule) return std::unexpected{rule.error()};
    made.verification = *std::move(rule);
    if (!options.psk.empty()) {
        made.psks.push_back({.identity = options.psk_identity, .key = *parse_hex(options.psk)});
    }
    made.alpn = options.alpn;
    if (options.connection_id_bytes) {
        made.connection_id_bytes = static_cast<std::uint8_t>(*options.connection_id_bytes);
    }
    if (role == Role::connects) made.server_name = options.name.empty() ? host : options.name;
    if (auto complete = check_complete(role, made); !complete) {
        return std::unexpected{complete.error()};
    }
    if (auto possible = check_possible(made, role); !possible) {
        return std::unexpected{possible.error()};
    }
    return made;
}

Outcome<stack::Sealing> sealing(const DtlsOptions& options, Role role, std::string_view host) {
    auto made = dtls_options(options, role, host);
    if (!made) return std::unexpected{made.error()};
    stack::Sealing sealing;
    (role == Role::connects ? sealing.client : sealing.server) = *std::move(made);
    return sealing;
}

std::string agreed_text(const dtls::Connected& agreed) {
    std::string text =
        fmt::format("{}, {}", version_text(agreed.version), wire::dtls::name(agreed.cipher_suite));
    if (agreed.resumed) text += ", resumed";
    if (!agreed.alpn.empty()) text += fmt::format(", ALPN {}", escaped(agreed.alpn));
    if (!agreed.psk_identity.empty()) {
        text += fmt::format("; the key named {}", escaped(agreed.psk_identity));
    }
    if (agreed.peer_fingerprint) {
        text += fmt::format("; the peer's certificate is {}",
                            dtls::to_string(*agreed.peer_fingerprint));
    } else if (agreed.psk_identity.empty()) {
        text += "; the peer shows no certificate";
    }
    return text;
}

std::string alert_name(dtls::AlertDescription alert) {
    const std::string_view name = wire::dtls::name(alert);
    return name == "unknown" ? fmt::format("{}", std::to_underlying(alert)) : std::string{name};
}

std::string closed_text(const dtls::Closed& closed, const DtlsOptions& options) {
    const std::string_view ours = fault(closed, options);
    std::string text{ours.empty() ? closed.reason.what : ours};
    if (closed.reason.os_errno != 0) text += fmt::format(" ({})", os_text(closed.reason.os_errno));
    if (closed.alert_received) {
        const std::string_view cause = meaning(*closed.alert_received, options);
        text = fmt::format("the peer ended it with alert {}{}{}",
                           alert_name(*closed.alert_received), cause.empty() ? "" : ": ", cause);
    } else if (closed.alert_sent) {
        text += fmt::format("; told the peer so with alert {}", alert_name(*closed.alert_sent));
    }
    return text;
}

std::string handshake_text(const dtls::Closed& closed, const DtlsOptions& options) {
    if (closed.alert_sent != dtls::AlertDescription::bad_certificate) {
        return closed_text(closed, options);
    }
    const std::string misnamed = options.misnamed->take();
    if (misnamed.empty()) return closed_text(closed, options);
    return fmt::format("{}; told the peer so with alert {}", misnamed,
                       alert_name(*closed.alert_sent));
}

} // namespace hawser::command
