#include <hawser/core/address.hpp>

#include <algorithm>
#include <charconv>

namespace hawser {
namespace {

/// Where the port begins: the last colon outside of brackets, when what stands before it is not a
/// bare IPv6 address.
std::size_t find_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return colon;
    const std::size_t close = text.rfind(']');
    if (close != std::string_view::npos && colon < close) return std::string_view::npos;
    const std::size_t slash = text.rfind('/');
    const std::string_view last = text.substr(slash == std::string_view::npos ? 0 : slash + 1);
    const bool bare_ipv6 = !last.starts_with('[') && last.find(':') != last.rfind(':');
    return bare_ipv6 ? std::string_view::npos : colon;
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

/// The number or the name of an interface, which the system knows and we do not: any characters but
/// those that mean something here.
bool is_zone(std::string_view text) {
    constexpr std::size_t kInterfaceNameMax = 15; // IFNAMSIZ of Linux, without the zero
    return !text.empty() && text.size() <= kInterfaceNameMax &&
           std::ranges::all_of(
               text, [](char c) { return c > ' ' && c < 127 && c != '%' && c != '[' && c != ']'; });
}

/// What stands in brackets: an IPv6 address, maybe with a zone (RFC 4007 §11). One that is mapped
/// is IPv4, as in Address.
Result<std::string> parse_bracketed(std::string_view host) {
    const std::size_t percent = host.find('%');
    if (percent != std::string_view::npos && !is_zone(host.substr(percent + 1))) {
        return fail(Errc::invalid_argument, "host: want an interface after %, [fe80::1%eth0]");
    }
    const std::string_view number = host.substr(0, percent);
    const auto address = Address::parse(number);
    if (number.find(':') == std::string_view::npos || !address) {
        return fail(Errc::invalid_argument, "host: want an IPv6 address in brackets");
    }
    return address->is_ipv4() ? host_to_string(*address) : std::string{host};
}

Result<std::string> parse_one(std::string_view host) {
    if (host.empty()) return fail(Errc::invalid_argument, "host: empty; want NAME or ADDRESS");
    if (host.front() == '[') {
        if (host.back() != ']') return fail(Errc::invalid_argument, "host: a [ without its ]");
        return parse_bracketed(host.substr(1, host.size() - 2));
    }
    if (host.find(':') != std::string_view::npos) {
        return fail(Errc::invalid_argument,
                    "host: write IPv6 addresses in brackets, [2001:db8::1]");
    }
    for (const char c : host) {
        if (!is_name_character(c)) {
            return fail(Errc::invalid_argument, "host: not a name and not an address");
        }
    }
    return std::string{host};
}

} // namespace

Result<HostList> HostList::parse(std::string_view text, bool port_required) {
    HostList list;
    if (text.empty()) return fail(Errc::invalid_argument, "address: empty; want HOST:PORT");
    if (const std::size_t colon = find_port(text); colon != std::string_view::npos) {
        const std::string_view digits = text.substr(colon + 1);
        const char* end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, list.port);
        if (digits.empty() || error != std::errc{} || stop != end) {
            return fail(Errc::invalid_argument, "port: want a number up to 65535");
        }
        text = text.substr(0, colon);
    } else if (port_required) {
        return fail(Errc::invalid_argument, "port: missing; want HOST:PORT, such as 10.0.0.1:2904");
    }
    while (true) {
        const std::size_t slash = text.find('/');
        auto host = parse_one(text.substr(0, slash));
        if (!host) return std::unexpected{host.error()};
        list.hosts.push_back(std::move(*host));
        if (slash == std::string_view::npos) return list;
        text.remove_prefix(slash + 1);
    }
}

std::string to_string(const HostList& list) {
    std::string text;
    for (const std::string& host : list.hosts) {
        if (!text.empty()) text += '/';
        text += host.find(':') == std::string::npos ? host : "[" + host + "]";
    }
    return text + ":" + std::to_string(list.port);
}

} // namespace hawser
