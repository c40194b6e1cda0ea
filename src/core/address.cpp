#include <hawser/core/address.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace hawser {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::optional<Address::V4> parse_ipv4(std::string_view text) {
    Address::V4 octets{};
    for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t dot = i < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos || dot > 3) return std::nullopt;
        const auto octet = parse_number<std::uint8_t>(text.substr(0, dot));
        if (!octet || (dot > 1 && text.front() == '0')) return std::nullopt; // 010 is octal to some
        octets[i] = *octet;
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return octets;
}

/// RFC 4291 §2.2: groups of 16 bits, one `::`, perhaps an IPv4 address as the last two.
std::optional<Address::V6> parse_ipv6(std::string_view text) {
    std::array<std::uint16_t, 8> groups{};
    std::size_t count = 0;
    std::optional<std::size_t> gap;
    if (text.starts_with("::")) {
        gap = 0;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
            const auto v4 = parse_ipv4(group);
            if (!v4 || count > 6) return std::nullopt;
            groups[count++] = static_cast<std::uint16_t>((*v4)[0] << 8 | (*v4)[1]);
            groups[count++] = static_cast<std::uint16_t>((*v4)[2] << 8 | (*v4)[3]);
            break;
        }
        const auto value = parse_number<std::uint16_t>(group, 16);
        if (!value || group.size() > 4 || count == 8) return std::nullopt;
        groups[count++] = *value;
        if (colon == std::string_view::npos) break;
        text.remove_prefix(colon + 1);
        if (text.starts_with(':')) {
            if (gap) return std::nullopt;
            gap = count;
            text.remove_prefix(1);
        } else if (text.empty()) {
            return std::nullopt; // a single colon at the end
        }
    }
    if (gap ? count == 8 : count != 8) return std::nullopt;
    if (gap) {
        std::copy_backward(groups.begin() + static_cast<std::ptrdiff_t>(*gap),
                           groups.begin() + static_cast<std::ptrdiff_t>(count), groups.end());
        std::fill_n(groups.begin() + static_cast<std::ptrdiff_t>(*gap), 8 - count,
                    std::uint16_t{0});
    }
    Address::V6 octets{};
    for (std::size_t i = 0; i < 8; ++i) {
        octets[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
        octets[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
    }
    return octets;
}

Result<Address> parse_host(std::string_view text, std::uint16_t port) {
    if (const auto v4 = parse_ipv4(text)) return Address::ipv4(*v4, port);
    std::uint32_t scope = 0;
    if (const std::size_t percent = text.find('%'); percent != std::string_view::npos) {
        const auto index = parse_number<std::uint32_t>(text.substr(percent + 1));
        if (!index) return fail(Errc::invalid_argument, "address scope: want an interface index");
        scope = *index;
        text = text.substr(0, percent);
    }
    if (const auto v6 = parse_ipv6(text)) return Address::ipv6(*v6, port, scope);
    return fail(Errc::invalid_argument, "address: want 10.0.0.1:2904 or [2001:db8::1]:2904");
}

std::string v6_to_string(Bytes octets) {
    // RFC 5952 §4: lower case, no leading zeros, the longest run of two or more zeros as "::".
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < 8; ++i) {
        groups[i] = std::to_integer<unsigned>(octets[2 * i]) << 8 |
                    std::to_integer<unsigned>(octets[2 * i + 1]);
    }
    std::size_t best = 8;
    std::size_t best_length = 1;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t length = 0;
        while (i + length < 8 && groups[i + length] == 0)
            ++length;
        if (length > best_length) {
            best = i;
            best_length = length;
        }
    }
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == best) {
            text += "::";
            i += best_length - 1;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        std::array<char, 8> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16);
        text.append(digits.data(), end.ptr);
    }
    return text;
}

} // namespace

Address Address::ipv4(V4 octets, std::uint16_t port) {
    Address address;
    std::ranges::copy(octets, address.octets_.begin());
    address.port_ = port;
    return address;
}

Address Address::ipv6(const V6& octets, std::uint16_t port, std::uint32_t scope) {
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(kMapped.begin(), kMapped.end(), octets.begin())) {
        return ipv4({octets[12], octets[13], octets[14], octets[15]}, port);
    }
    Address address;
    address.family_ = Family::ipv6;
    address.octets_ = octets;
    address.port_ = port;
    address.scope_ = scope;
    return address;
}

Address Address::any(Family family, std::uint16_t port) {
    return family == Family::ipv4 ? ipv4({}, port) : ipv6({}, port);
}

Address Address::loopback(Family family, std::uint16_t port) {
    V6 one{};
    one[15] = 1;
    return family == Family::ipv4 ? ipv4({127, 0, 0, 1}, port) : ipv6(one, port);
}

Result<Address> Address::parse(std::string_view text) {
    std::string_view host = text;
    std::string_view port_text;
    bool has_port = false;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) {
            return fail(Errc::invalid_argument, "address: a [ without its ]");
        }
        host = text.substr(1, close - 1);
        const std::string_view rest = text.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') {
            return fail(Errc::invalid_argument, "address: after ] only :port may follow");
        }
        has_port = !rest.empty();
        port_text = rest.substr(has_port ? 1 : 0);
        if (host.find(':') == std::string_view::npos) {
            return fail(Errc::invalid_argument, "address: brackets are for IPv6 addresses");
        }
    } else if (std::ranges::count(text, ':') == 1) {
        const std::size_t colon = text.find(':');
        host = text.substr(0, colon);
        port_text = text.substr(colon + 1);
        has_port = true;
    }
    std::uint16_t port = 0;
    if (has_port) {
        const auto number = parse_number<std::uint16_t>(port_text);
        if (!number) return fail(Errc::invalid_argument, "port: want a number up to 65535");
        port = *number;
    }
    return parse_host(host, port);
}

Address Address::with_port(std::uint16_t port) const {
    Address changed = *this;
    changed.port_ = port;
    return changed;
}

Address Address::host() const {
    Address changed = *this;
    changed.port_ = 0;
    changed.scope_ = 0;
    return changed;
}

bool Address::is_unspecified() const {
    return std::ranges::all_of(octets_, [](std::uint8_t octet) { return octet == 0; });
}

bool Address::is_loopback() const {
    return is_ipv4() ? octets_[0] == 127 : host() == loopback(Family::ipv6);
}

bool Address::is_multicast() const {
    return is_ipv4() ? octets_[0] >= 224 && octets_[0] < 240 : octets_[0] == 0xff;
}

bool Address::is_broadcast() const {
    return is_ipv4() && std::all_of(octets_.begin(), octets_.begin() + 4,
                                    [](std::uint8_t octet) { return octet == 255; });
}

bool Address::is_link_local() const {
    if (is_ipv4()) return octets_[0] == 169 && octets_[1] == 254;
    return octets_[0] == 0xfe && (octets_[1] & 0xc0) == 0x80;
}

std::string host_to_string(const Address& address) {
    const Bytes octets = address.octets();
    std::string text;
    if (address.is_ipv4()) {
        for (const std::byte octet : octets) {
            if (!text.empty()) text += '.';
            text += std::to_string(std::to_integer<int>(octet));
        }
        return text;
    }
    text = v6_to_string(octets);
    if (address.scope() != 0) text += "%" + std::to_string(address.scope());
    return text;
}

std::string to_string(const Address& address) {
    const std::string host = host_to_string(address);
    const std::string port = std::to_string(address.port());
    return address.is_ipv4() ? host + ":" + port : "[" + host + "]:" + port;
}

std::size_t AddressHash::operator()(const Address& address) const noexcept {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325u ^ address.port();
    for (const std::byte octet : address.octets()) {
        hash = (hash ^ std::to_integer<std::uint64_t>(octet)) * 0x0000'0100'0000'01b3u;
    }
    return static_cast<std::size_t>(hash ^ (hash >> 29));
}

} // namespace hawser
