// How the values of flags are read.
#pragma once

#include "shim/flags.hpp"

#include <charconv>
#include <functional>
#include <string_view>

namespace hawser::shim {

/// False for a value that cannot be had.
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
Setter number_into(std::optional<Number> Expectations::* field) {
    return [field](Flags& flags, std::string_view text) {
        flags.expect.*field = number<Number>(text);
        return (flags.expect.*field).has_value();
    };
}

inline Setter text_into(std::string Flags::* field) {
    return [field](Flags& flags, std::string_view text) {
        flags.*field = text;
        return true;
    };
}

inline Setter text_into(std::optional<std::string> Expectations::* field) {
    return [field](Flags& flags, std::string_view text) {
        flags.expect.*field = std::string{text};
        return true;
    };
}

/// nullopt for what is not Base64 (RFC 4648 §4).
std::optional<std::vector<std::byte>> base64(std::string_view text);

/// The version as it stands on the wire; of those before 1.2, none is spoken.
bool version_into(dtls::Version& version, std::string_view text);
/// Names, each after a byte with its length, as they stand in the extension.
bool alpn_into(Flags& flags, std::string_view text);
/// Names of BoringSSL's, with colons between them.
bool srtp_into(Flags& flags, std::string_view text);
/// The one key that there is.
dtls::Psk& psk_of(Flags& flags);
/// 256 bytes or more.
bool mtu_into(Flags& flags, std::string_view text);

} // namespace hawser::shim
