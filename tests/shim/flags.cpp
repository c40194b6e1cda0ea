#include "shim/flags.hpp"

#include <charconv>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>
#include <vector>

namespace hawser::shim {

namespace {

using dtls::Version;
using Setter = std::function<bool(Flags&, std::string_view)>;

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

template <class Field>
Setter number_into(Field Flags::* field) {
    return [field](Flags& flags, std::string_view text) {
        const auto value = number<Field>(text);
        if (value) flags.*field = *value;
        return value.has_value();
    };
}

template <class Number>
Setter number_into(std::optional<Number> Flags::* field) {
    return [field](Flags& flags, std::string_view text) {
        flags.*field = number<Number>(text);
        return (flags.*field).has_value();
    };
}

template <class Text>
Setter text_into(Text Flags::* field) {
    return [field](Flags& flags, std::string_view text) {
        flags.*field = std::string{text};
        return true;
    };
}

/// The version as it stands on the wire; of those before 1.2, none is spoken.
bool version_into(Version& version, std::string_view text) {
    const auto value = number<std::uint16_t>(text);
    if (value != static_cast<std::uint16_t>(Version::v1_2) &&
        value != static_cast<std::uint16_t>(Version::v1_3))
        return false;
    version = static_cast<Version>(*value);
    return true;
}

/// Names behind a length byte each, as they stand in the extension.
bool alpn_into(Flags& flags, std::string_view text) {
    while (!text.empty()) {
        const auto size = static_cast<unsigned char>(text.front());
        if (size == 0 || size >= text.size()) return false;
        flags.options.alpn.emplace_back(text.substr(1, size));
        text.remove_prefix(1 + std::size_t{size});
    }
    return true;
}

bool srtp_into(Flags& flags, std::string_view text) {
    using dtls::SrtpProfile;
    const std::map<std::string_view, SrtpProfile> names{
        {"SRTP_AES128_CM_SHA1_80", SrtpProfile::aes128_cm_hmac_sha1_80},
        {"SRTP_AES128_CM_SHA1_32", SrtpProfile::aes128_cm_hmac_sha1_32},
        {"SRTP_AEAD_AES_128_GCM", SrtpProfile::aead_aes_128_gcm},
        {"SRTP_AEAD_AES_256_GCM", SrtpProfile::aead_aes_256_gcm}};
    while (!text.empty()) {
        const std::string_view name = text.substr(0, text.find(':'));
        const auto found = names.find(name);
        if (found == names.end()) return false;
        flags.options.srtp_profiles.push_back(found->second);
        text.remove_prefix(std::min(text.size(), name.size() + 1));
    }
    return true;
}

dtls::Psk& psk_of(Flags& flags) {
    if (flags.options.psks.empty()) flags.options.psks.emplace_back();
    return flags.options.psks.front();
}

bool psk_into(Flags& flags, std::string_view text) {
    const Bytes key = std::as_bytes(std::span{text});
    psk_of(flags).key.assign(key.begin(), key.end());
    return true;
}

bool psk_identity_into(Flags& flags, std::string_view text) {
    psk_of(flags).identity = text;
    return true;
}

bool protocol_into(Flags& flags, std::string_view text) {
    flags.options.alpn.emplace_back(text);
    return true;
}

bool host_into(Flags& flags, std::string_view text) {
    flags.options.server_name = text;
    return true;
}

bool group_into(Flags& flags, std::string_view text) {
    const auto group = number<std::uint16_t>(text);
    if (group) flags.options.groups.push_back(static_cast<dtls::NamedGroup>(*group));
    return group.has_value();
}

bool mtu_into(Flags& flags, std::string_view text) {
    constexpr std::size_t kLeast = 256;
    const auto bytes = number<std::size_t>(text);
    if (bytes) flags.options.handshake_datagram_bytes = *bytes;
    return bytes.has_value() && *bytes >= kLeast;
}

bool first_timeout_into(Flags& flags, std::string_view text) {
    const auto ms = number<std::uint32_t>(text);
    if (ms) flags.options.retransmission_initial = std::chrono::milliseconds{*ms};
    return ms.has_value();
}

const std::map<std::string_view, Setter>& with_value() {
    static const std::map<std::string_view, Setter> setters{
        {"-port", number_into(&Flags::port)},
        {"-shim-id", number_into(&Flags::shim_id)},
        {"-resume-count", number_into(&Flags::resumptions)},
        {"-cert-file", text_into(&Flags::certificate_file)},
        {"-key-file", text_into(&Flags::key_file)},
        {"-trust-cert", text_into(&Flags::anchors_file)},
        {"-export-keying-material", number_into(&Flags::export_bytes)},
        {"-export-label", text_into(&Flags::export_label)},
        {"-export-context", text_into(&Flags::export_context)},
        {"-expect-version", number_into(&Flags::expect_version)},
        {"-expect-curve-id", number_into(&Flags::expect_group)},
        {"-expect-cipher", number_into(&Flags::expect_cipher)},
        {"-expect-alpn", text_into(&Flags::expect_alpn)},
        {"-expect-server-name", text_into(&Flags::expect_server_name)},
        {"-expect-total-renegotiations", number_into(&Flags::expect_renegotiations)},
        {"-min-version",
         [](Flags& f, std::string_view v) { return version_into(f.options.version_min, v); }},
        {"-max-version",
         [](Flags& f, std::string_view v) { return version_into(f.options.version_max, v); }},
        {"-advertise-alpn", alpn_into},
        {"-select-alpn", protocol_into},
        {"-srtp-profiles", srtp_into},
        {"-host-name", host_into},
        {"-psk", psk_into},
        {"-psk-identity", psk_identity_into},
        {"-curves", group_into},
        {"-mtu", mtu_into},
        {"-initial-timeout-duration-ms", first_timeout_into},
    };
    return setters;
}

const std::map<std::string_view, std::function<void(Flags&)>>& without_value() {
    static const std::map<std::string_view, std::function<void(Flags&)>> setters{
        {"-dtls", [](Flags&) {}},
        {"-check-close-notify", [](Flags&) {}},
        {"-ipv6", [](Flags& f) { f.ipv6 = true; }},
        {"-server", [](Flags& f) { f.server = true; }},
        {"-shim-writes-first", [](Flags& f) { f.writes_first = true; }},
        {"-shim-shuts-down", [](Flags& f) { f.shuts_down = true; }},
        {"-key-update", [](Flags& f) { f.updates_keys = true; }},
        {"-no-ticket", [](Flags& f) { f.options.issue_tickets = false; }},
        {"-renegotiate-freely", [](Flags& f) { f.options.renegotiation = true; }},
        {"-require-any-client-certificate", [](Flags& f) { f.options.verification.anyone = true; }},
        {"-verify-peer", [](Flags& f) { f.options.verification.anyone = true; }},
        {"-verify-fail",
         [](Flags& f) {
             f.options.verification.accepts = [](const dtls::PeerCertificate&) { return false; };
         }},
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
    return setters;
}

std::string read_text(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

Result<> load_files(Flags& flags) {
    if (!flags.certificate_file.empty()) {
        const std::string& key = flags.key_file.empty() ? flags.certificate_file : flags.key_file;
        auto identity = dtls::Identity::from_pem(read_text(flags.certificate_file), read_text(key));
        if (!identity) return std::unexpected{identity.error()};
        flags.options.identity = std::move(*identity);
    }
    if (!flags.anchors_file.empty()) {
        auto anchors = dtls::TrustAnchors::from_pem(read_text(flags.anchors_file));
        if (!anchors) return std::unexpected{anchors.error()};
        flags.options.verification.anchors = std::move(*anchors);
    }
    return {};
}

} // namespace

Result<Flags> parse_flags(std::span<char* const> arguments) {
    Flags flags;
    // The runner proves addresses, or not, by itself; and it moves the clock.
    flags.options.cookie_exchange = false;
    flags.options.handshake_timeout = std::chrono::hours{24};
    flags.options.acknowledge_later = true; // BoringSSL does
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view name = arguments[i];
        if (const auto plain = without_value().find(name); plain != without_value().end()) {
            plain->second(flags);
            continue;
        }
        const auto valued = with_value().find(name);
        const bool has_value = i + 1 < arguments.size();
        if (valued == with_value().end() || !has_value || !valued->second(flags, arguments[++i]))
            return fail(Errc::unsupported, "a flag that is not known here");
    }
    if (auto loaded = load_files(flags); !loaded) return std::unexpected{loaded.error()};
    const bool nobody = !flags.options.verification.wanted() && flags.options.psks.empty();
    if (!flags.server && nobody) flags.options.verification.anyone = true;
    return flags;
}

} // namespace hawser::shim
