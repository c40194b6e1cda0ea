#include "shim/flag_values.hpp"

#include <algorithm>
#include <map>

namespace hawser::shim {

using dtls::Version;

std::optional<std::vector<std::byte>> base64(std::string_view text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::vector<std::byte> bytes;
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i)
        text.remove_suffix(1);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char digit : text) {
        const std::size_t value = kDigits.find(digit);
        if (value == kDigits.npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes.push_back(static_cast<std::byte>(bits >> held));
    }
    return bytes;
}

bool version_into(Version& version, std::string_view text) {
    const auto value = number<std::uint16_t>(text);
    if (value != static_cast<std::uint16_t>(Version::v1_2) &&
        value != static_cast<std::uint16_t>(Version::v1_3))
        return false;
    version = static_cast<Version>(*value);
    return true;
}

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

bool mtu_into(Flags& flags, std::string_view text) {
    constexpr std::size_t kLeast = 256;
    const auto bytes = number<std::size_t>(text);
    if (bytes) flags.options.handshake_datagram_bytes = *bytes;
    return bytes.has_value() && *bytes >= kLeast;
}

} // namespace hawser::shim
