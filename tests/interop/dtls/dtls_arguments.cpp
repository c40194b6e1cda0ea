#include "interop/dtls/dtls_arguments.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

namespace hawser::interop {
namespace {

[[noreturn]] void refuse(std::string_view option, std::string_view why) {
    std::cerr << "dtls_peer: " << option << ": " << why << '\n';
    std::exit(2);
}

template <class T>
T require(std::string_view option, Result<T> result) {
    if (!result) refuse(option, to_string(result.error()));
    return *std::move(result);
}

std::string whole(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in) refuse(file, "cannot be read");
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::byte> from_hex(std::string_view text) {
    std::vector<std::byte> bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        unsigned value = 0;
        const auto [end, failure] =
            std::from_chars(text.data() + at, text.data() + at + 2, value, 16);
        if (failure != std::errc{} || end != text.data() + at + 2) refuse("--psk", "no hex");
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

dtls::CipherSuite suite(std::string_view name) {
    for (const auto& known : wire::dtls::cipher_suites()) {
        if (known.name == name) return known.suite;
    }
    refuse("--suite", name);
}

dtls::NamedGroup group(std::string_view name) {
    using enum dtls::NamedGroup;
    constexpr std::array kGroups{x25519, secp256r1, secp384r1, x25519_mlkem768};
    const auto found = std::ranges::find_if(
        kGroups, [name](dtls::NamedGroup each) { return wire::dtls::name(each) == name; });
    if (found == kGroups.end()) refuse("--group", name);
    return *found;
}

/// The words that need more than to be kept.
struct Words {
    std::string version;
    std::vector<std::string> suites;
    std::vector<std::string> groups;
    std::vector<std::string> fingerprints;
    std::string psk;
    std::string psk_identity = "rope";
    bool srtp = false;
    bool no_ems = false;
    bool no_cookie = false;
    bool no_tickets = false;
    std::optional<std::uint8_t> cid_bytes;
};

void add_options(CLI::App& app, DtlsArguments& all, Words& words) {
    dtls::Options& options = all.options;
    app.add_option("--version", words.version)->check(CLI::IsMember({"1.2", "1.3"}));
    app.add_option("--suite", words.suites);
    app.add_option("--group", words.groups);
    app.add_option("--cert", all.identity_certificates);
    app.add_option("--key", all.identity_key);
    app.add_option("--ca", all.anchors);
    app.add_option("--name", options.verification.name);
    app.add_option("--sni", options.server_name);
    app.add_option("--fingerprint", words.fingerprints);
    app.add_flag("--anyone", options.verification.anyone);
    app.add_flag("--raw-public-key", options.raw_public_key);
    app.add_option("--psk", words.psk);
    app.add_option("--psk-identity", words.psk_identity);
    app.add_option("--psk-hint", options.psk_hint);
    app.add_flag("--no-ems", words.no_ems);
    app.add_flag("--no-cookie", words.no_cookie);
    app.add_flag("--no-tickets", words.no_tickets);
    app.add_option("--alpn", options.alpn);
    app.add_flag("--srtp", words.srtp);
    app.add_option("--cid", words.cid_bytes);
    app.add_option("--mtu", options.handshake_datagram_bytes);
    app.add_option("--record-limit", options.record_size_limit);
    app.add_option("--export", all.export_label);
    app.add_option("--export-bytes", all.export_bytes);
    app.add_flag("--key-update", all.updates_keys);
    app.add_option("--session", all.session);
    app.add_flag("--echo", all.echoes);
    app.add_option("--send", all.text);
    app.add_option("--expect", all.expect);
    app.add_option("--repeat", all.repeat);
    app.add_option("--again", all.again_ms);
    app.add_option("--connections", all.connections);
    app.add_option("--keylog", all.key_log);
    app.add_option("--timeout", all.timeout_s);
}

void apply(const Words& words, DtlsArguments& all) {
    dtls::Options& options = all.options;
    if (words.version == "1.2") options.version_max = dtls::Version::v1_2;
    if (words.version == "1.3") options.version_min = dtls::Version::v1_3;
    std::ranges::transform(words.suites, std::back_inserter(options.cipher_suites), suite);
    std::ranges::transform(words.groups, std::back_inserter(options.groups), group);
    for (const std::string& text : words.fingerprints) {
        options.verification.fingerprints.push_back(
            require("--fingerprint", dtls::parse_fingerprint(text)));
    }
    if (!words.psk.empty()) options.psks = {{words.psk_identity, from_hex(words.psk)}};
    if (words.srtp) {
        options.srtp_profiles = {dtls::SrtpProfile::aead_aes_128_gcm,
                                 dtls::SrtpProfile::aes128_cm_hmac_sha1_80};
    }
    options.psk_needs_extended_master_secret = !words.no_ems;
    options.cookie_exchange = !words.no_cookie;
    options.issue_tickets = !words.no_tickets;
    options.connection_id_bytes = words.cid_bytes;
    if (!all.identity_certificates.empty()) {
        options.identity =
            require("--cert", dtls::Identity::from_pem(whole(all.identity_certificates),
                                                       whole(all.identity_key)));
    }
    if (!all.anchors.empty())
        options.verification.anchors =
            require("--ca", dtls::TrustAnchors::from_pem(whole(all.anchors)));
    if (!all.listens && !all.session.empty() && std::filesystem::exists(all.session)) {
        const std::string state = whole(all.session);
        const Bytes bytes = as_bytes(state);
        options.session = dtls::Session{{bytes.begin(), bytes.end()}};
    }
}

} // namespace

DtlsArguments DtlsArguments::parse(int argc, char** argv) {
    DtlsArguments all;
    Words words;
    CLI::App app{"hawser as a DTLS peer, for tests against others"};
    std::string role;
    app.add_option("role", role)->required()->check(CLI::IsMember({"listen", "connect"}));
    app.add_option("address", all.address)->required();
    add_options(app, all, words);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error));
    }
    all.listens = role == "listen";
    apply(words, all);
    return all;
}

} // namespace hawser::interop
