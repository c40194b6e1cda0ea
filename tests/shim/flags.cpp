#include "shim/flags.hpp"

#include "shim/flag_values.hpp"

#include <fstream>
#include <iterator>
#include <map>

namespace hawser::shim {

namespace {

using dtls::Version;
using Switch = std::function<void(Flags&)>;

/// The credential that the flags are about.
CredentialFiles& files_of(Flags& flags) {
    return flags.credentials.empty() ? flags.last_credential : flags.credentials.back();
}

Setter file_into(std::string CredentialFiles::* field) {
    return [field](Flags& flags, std::string_view text) {
        files_of(flags).*field = text;
        return true;
    };
}

bool signing_into(Flags& flags, std::string_view text) {
    const auto scheme = number<std::uint16_t>(text);
    if (scheme)
        files_of(flags).schemes.push_back(static_cast<wire::dtls::SignatureScheme>(*scheme));
    return scheme.has_value();
}

bool stapling_into(Flags& flags, std::string_view text) {
    const auto response = base64(text);
    if (response) files_of(flags).ocsp_response = *response;
    return response.has_value();
}

const std::map<std::string_view, Setter>& expectations() {
    static const std::map<std::string_view, Setter> setters{
        {"-expect-version", number_into(&Expectations::version)},
        {"-expect-curve-id", number_into(&Expectations::group)},
        {"-expect-cipher", number_into(&Expectations::cipher)},
        {"-expect-selected-credential", number_into(&Expectations::credential)},
        {"-expect-alpn", text_into(&Expectations::alpn)},
        {"-expect-advertised-alpn", text_into(&Expectations::advertised_alpn)},
        {"-expect-server-name", text_into(&Expectations::server_name)},
        {"-expect-total-renegotiations", number_into(&Expectations::renegotiations)},
        {"-expect-ocsp-response",
         [](Flags& f, std::string_view v) {
             f.expect.ocsp_response = base64(v);
             return f.expect.ocsp_response.has_value();
         }},
        // Of early data, which DTLS has not, and of QUIC, which this is not.
        {"-quic-use-legacy-codepoint", [](Flags&, std::string_view) { return true; }},
        {"-expect-early-data-reason", [](Flags&, std::string_view) { return true; }},
    };
    return setters;
}

/// Of those that are shown, and of what is taken of the peer's.
const std::map<std::string_view, Setter>& of_credentials() {
    static const std::map<std::string_view, Setter> setters{
        {"-cert-file", file_into(&CredentialFiles::certificate)},
        {"-key-file", file_into(&CredentialFiles::key)},
        {"-signing-prefs", signing_into},
        {"-ocsp-response", stapling_into},
        // Those that the credentials have are offered anyway.
        {"-available-client-cert-types", [](Flags&, std::string_view) { return true; }},
        {"-verify-prefs",
         [](Flags& f, std::string_view v) {
             const auto scheme = number<std::uint16_t>(v);
             if (scheme)
                 f.options.signature_schemes.push_back(
                     static_cast<wire::dtls::SignatureScheme>(*scheme));
             return scheme.has_value();
         }},
    };
    return setters;
}

const std::map<std::string_view, Setter>& with_value() {
    static const std::map<std::string_view, Setter> setters{
        {"-port", number_into(&Flags::port)},
        {"-shim-id", number_into(&Flags::shim_id)},
        {"-resume-count", number_into(&Flags::resumptions)},
        {"-trust-cert", text_into(&Flags::anchors_file)},
        {"-export-keying-material", number_into(&Flags::export_bytes)},
        {"-export-label", text_into(&Flags::export_label)},
        {"-export-context", text_into(&Flags::export_context)},
        {"-min-version",
         [](Flags& f, std::string_view v) {
             // 1.0 may be spoken where it is the least, and is not here.
             return number<std::uint16_t>(v) == static_cast<std::uint16_t>(Version::v1_0) ||
                    version_into(f.options.version_min, v);
         }},
        {"-max-version",
         [](Flags& f, std::string_view v) { return version_into(f.options.version_max, v); }},
        {"-advertise-alpn", alpn_into},
        {"-select-alpn",
         [](Flags& f, std::string_view v) {
             f.options.alpn.emplace_back(v);
             return true;
         }},
        {"-srtp-profiles", srtp_into},
        {"-host-name",
         [](Flags& f, std::string_view v) {
             f.options.server_name = v;
             return true;
         }},
        {"-psk",
         [](Flags& f, std::string_view v) {
             const Bytes key = std::as_bytes(std::span{v});
             psk_of(f).key.assign(key.begin(), key.end());
             return true;
         }},
        {"-psk-identity",
         [](Flags& f, std::string_view v) {
             psk_of(f).identity = v;
             f.options.psk_hint = v;
             return true;
         }},
        {"-curves",
         [](Flags& f, std::string_view v) {
             const auto group = number<std::uint16_t>(v);
             if (group) f.options.groups.push_back(static_cast<dtls::NamedGroup>(*group));
             return group.has_value();
         }},
        {"-mtu", mtu_into},
        {"-initial-timeout-duration-ms",
         [](Flags& f, std::string_view v) {
             const auto ms = number<std::uint32_t>(v);
             if (ms) f.options.retransmission_initial = std::chrono::milliseconds{*ms};
             return ms.has_value();
         }},
    };
    return setters;
}

/// What a polled engine does anyway, or BoringSSL does in more than one way.
const std::map<std::string_view, Switch>& taken() {
    static const std::map<std::string_view, Switch> switches = [] {
        std::map<std::string_view, Switch> all;
        for (const char* const name :
             {"-dtls", "-check-close-notify", "-async", "-implicit-handshake",
              "-expect-verify-result", "-renew-ticket", "-use-old-client-cert-callback",
              "-use-early-callback", "-use-ticket-callback", "-use-ticket-aead-callback",
              "-expect-no-session-id", "-no-tls1", "-no-tls11", "-expect-extended-master-secret",
              "-expect-secure-renegotiation"})
            all.emplace(name, [](Flags&) {});
        return all;
    }();
    return switches;
}

const std::map<std::string_view, Switch>& switches() {
    static const std::map<std::string_view, Switch> all{
        {"-ipv6", [](Flags& f) { f.ipv6 = true; }},
        {"-server", [](Flags& f) { f.server = true; }},
        {"-new-x509-credential", [](Flags& f) { f.credentials.emplace_back(); }},
        {"-new-rpk-credential",
         [](Flags& f) { f.credentials.emplace_back().raw_public_key = true; }},
        {"-must-match-issuer", [](Flags& f) { files_of(f).must_match_issuer = true; }},
        {"-no-tls12", [](Flags& f) { f.options.version_min = Version::v1_3; }},
        {"-no-tls13", [](Flags& f) { f.options.version_max = Version::v1_2; }},
        {"-shim-writes-first", [](Flags& f) { f.writes_first = true; }},
        {"-shim-shuts-down", [](Flags& f) { f.shuts_down = true; }},
        {"-key-update", [](Flags& f) { f.updates_keys = true; }},
        {"-key-update-before-read", [](Flags& f) { f.updates_keys_first = true; }},
        {"-enable-ocsp-stapling", [](Flags& f) { f.options.ask_ocsp = true; }},
        {"-use-ocsp-callback", [](Flags& f) { f.status_callback.asked = true; }},
        {"-fail-ocsp-callback", [](Flags& f) { f.status_callback.fails = true; }},
        {"-decline-ocsp-callback", [](Flags& f) { f.status_callback.declines = true; }},
        {"-set-ocsp-in-callback", [](Flags& f) { f.status_callback.sets = true; }},
        {"-no-ticket", [](Flags& f) { f.options.issue_tickets = false; }},
        {"-skip-ticket", [](Flags& f) { f.options.issue_tickets = false; }},
        {"-no-server-name-ack", [](Flags& f) { f.options.answer_server_name = false; }},
        {"-decline-alpn", [](Flags& f) { f.options.alpn.clear(); }},
        {"-reject-alpn", [](Flags& f) { f.options.alpn = {"none that a client knows"}; }},
        {"-use-export-context", [](Flags& f) { f.has_export_context = true; }},
        {"-renegotiate-freely", [](Flags& f) { f.options.renegotiation = true; }},
        {"-require-any-client-certificate", [](Flags& f) { f.options.verification.anyone = true; }},
        {"-verify-peer", [](Flags& f) { f.asks_peer = true; }},
        {"-use-custom-verify-callback", [](Flags& f) { f.judges_itself = true; }},
        {"-verify-fail", [](Flags& f) { f.rejects_peer = true; }},
        {"-reverify-on-resume", [](Flags& f) { f.judges_again = true; }},
        {"-expect-hrr", [](Flags& f) { f.expect.retried = true; }},
        {"-expect-no-hrr", [](Flags& f) { f.expect.retried = false; }},
        {"-expect-ticket-renewal", [](Flags& f) { f.expect.ticket_renewal = true; }},
        {"-expect-no-session", [](Flags& f) { f.expect.no_session = true; }},
        {"-expect-session-miss", [](Flags& f) { f.expect.session_miss = true; }},
        {"-permute-extensions",
         [](Flags& f) {
             f.options.shape_hello = [random = SeededRandom{1}](dtls::HelloDraft& hello) mutable {
                 dtls::permute_extensions(hello, random);
             };
         }},
        {"-enable-grease",
         [](Flags& f) {
             f.options.shape_hello = [random = SeededRandom{1}](dtls::HelloDraft& hello) mutable {
                 dtls::add_grease(hello, random);
             };
         }},
    };
    return all;
}

std::string read_text(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

Result<> load_files(Flags& flags) {
    std::vector<CredentialFiles> all = flags.credentials;
    if (!flags.last_credential.certificate.empty()) all.push_back(flags.last_credential);
    for (const CredentialFiles& files : all) {
        const std::string& key = files.key.empty() ? files.certificate : files.key;
        auto identity =
            files.raw_public_key
                ? dtls::Identity::raw_public_key(read_text(key))
                : dtls::Identity::from_pem(read_text(files.certificate), read_text(key));
        if (!identity) return std::unexpected{identity.error()};
        if (files.must_match_issuer) identity = identity->where_issuer_is_named();
        if (!files.schemes.empty()) identity = identity->signing_with(files.schemes);
        if (!flags.status_callback.sets) identity = identity->stapling(files.ocsp_response);
        if (flags.options.identity) {
            flags.options.more_identities.push_back(std::move(*identity));
        } else {
            flags.options.identity = std::move(*identity);
        }
    }
    if (!flags.anchors_file.empty()) {
        auto anchors = dtls::TrustAnchors::from_pem(read_text(flags.anchors_file));
        if (!anchors) return std::unexpected{anchors.error()};
        flags.options.verification.anchors = std::move(*anchors);
    }
    return {};
}

/// A runner's certificates are those of anybody; what is said of them is the judge's.
void set_rules(Flags& flags, Round round) {
    dtls::Verification& rules = flags.options.verification;
    rules.refusal = flags.judges_itself ? dtls::AlertDescription::certificate_unknown
                                        : dtls::AlertDescription::handshake_failure;
    // Without one of these the verdict is only noted.
    const bool demanded = flags.asks_peer || flags.judges_itself || rules.anyone;
    const bool nobody = !rules.wanted() && flags.options.psks.empty();
    if (!flags.server && nobody) rules.anyone = true;
    if (flags.server && flags.asks_peer && !rules.wanted()) rules.anyone = rules.optional = true;
    const StatusCallback& status = flags.status_callback;
    if (!flags.server && status.asked && status.fails) {
        rules.refusal = dtls::AlertDescription::bad_certificate_status_response;
        rules.accepts = [](const dtls::PeerCertificate&) { return false; };
    }
    const bool asked_again = round == Round::first || flags.judges_again;
    if (flags.rejects_peer && demanded && asked_again && rules.wanted())
        rules.accepts = [](const dtls::PeerCertificate&) { return false; };
}

struct Named {
    std::string_view name; ///< without the word for a round
    bool meant;            ///< for the round at hand
};

Named in_round(std::string_view name, Round round) {
    constexpr std::string_view kFirst = "-on-initial-", kResumed = "-on-resume-",
                               kRetried = "-on-retry-"; // after early data, which there is not
    const std::string_view ours = round == Round::first ? kFirst : kResumed;
    for (const std::string_view prefix : {kFirst, kResumed, kRetried}) {
        if (name.starts_with(prefix)) return {name.substr(prefix.size() - 1), prefix == ours};
    }
    return {name, true};
}

} // namespace

Result<Flags> parse_flags(std::span<char* const> arguments, Round round) {
    Flags flags;
    // The runner proves addresses, or not, by itself; and it moves the clock.
    flags.options.cookie_exchange = false;
    flags.options.handshake_timeout = std::chrono::hours{24};
    flags.options.acknowledge_later = true; // as BoringSSL does
    flags.options.retransmission_initial = std::chrono::milliseconds{400};
    flags.options.answer_server_name = true;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto [name, meant] = in_round(arguments[i], round);
        const Switch* plain = nullptr;
        for (const auto* table : {&switches(), &taken()}) {
            const auto found = table->find(name);
            if (found != table->end()) plain = &found->second;
        }
        if (plain != nullptr) {
            if (meant) (*plain)(flags);
            continue;
        }
        const Setter* setter = nullptr;
        for (const auto* table : {&with_value(), &of_credentials(), &expectations()}) {
            const auto found = table->find(name);
            if (found != table->end()) setter = &found->second;
        }
        if (setter == nullptr || ++i == arguments.size() ||
            (meant && !(*setter)(flags, arguments[i])))
            return fail(Errc::unsupported, "a flag that is not known here");
    }
    if (auto loaded = load_files(flags); !loaded) return std::unexpected{loaded.error()};
    set_rules(flags, round);
    return flags;
}

} // namespace hawser::shim
